// SPDX-License-Identifier: BSD-2-Clause
/*
 * The whole stub against firmware: what the kernel is handed, and that whatever fails is said and
 * returned.
 *
 * Sources: arch/arm64/efi/efi_main.c arch/arm64/efi/efi_cmdline.c arch/arm64/efi/efi_console.c
 * Sources: arch/arm64/efi/efi_memory.c arch/arm64/efi/efi_initrd.c arch/arm64/efi/efi_tree.c
 * Sources: arch/arm64/efi/acpi.c arch/arm64/efi/acpi_tree.c
 * Sources: tests/host/fake_firmware.c tests/host/acpi_tables.c tests/host/fake_image.S
 * Sources: lib/cmdline.c lib/parse.c lib/devicetree/devicetree.c lib/devicetree/devicetree_node.c
 * Sources: lib/devicetree/devicetree_chosen.c lib/devicetree/devicetree_memory.c tests/host/tree.c
 * Libs: -lfdt
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libfdt.h>

#include <arch/sections.h>
#include <lib/devicetree_chosen.h>
#include <lib/devicetree_memory.h>

#include "acpi_tables.h"
#include "fake_firmware.h"
#include "tree.h"

/* ---- where it jumps to ---- */

static jmp_buf jumped;
static struct devicetree dt;
static void *handed; /* a copy of the tree that the kernel gets */
static const u8 *kernel;
static u64 kernel_bytes;

void efi_jump(void *image, u64 bytes, void *fdt, u64 fdt_bytes)
{
	assert_int_equal(fdt_totalsize(fdt), fdt_bytes);
	handed = malloc((size_t)fdt_bytes);
	memcpy(handed, fdt, (size_t)fdt_bytes);
	kernel = image;
	kernel_bytes = bytes;
	longjmp(jumped, 1);
}

/* True if the kernel was started; else *status is what firmware got back. */
static bool run(efi_status *status)
{
	free(handed);
	handed = NULL;
	firmware_start(NULL);
	if (setjmp(jumped)) {
		assert_true(firmware.exited && !firmware.asked_late);
		tree_open(&dt, handed);
		return true;
	}
	*status = efi_main(&firmware_image, &firmware_system);
	return false;
}

static const char *bootargs(void)
{
	const char *args = NULL;

	assert_int_equal(devicetree_chosen_bootargs(&dt, &args), 0);
	return args;
}

static const void *chosen(const char *property, u32 bytes)
{
	int length = 0;
	const void *value = fdt_getprop(handed, dt.chosen, property, &length);

	assert_true(!value || (u32)length == bytes);
	return value;
}

/* ---- machines ---- */

static void *tree;
static struct acpi_machine machine;

static void begin(const char *source)
{
	firmware_begin();
	free(tree);
	tree = source ? tree_from_text(source) : NULL;
	firmware.devicetree = tree;
	if (tree)
		firmware_hold(tree, tree_bytes(tree));
}

static void offer_acpi(void)
{
	acpi_machine(&machine);
	firmware.rsdp = &machine.rsdp;
	firmware_hold(&machine, sizeof(machine));
}

static const char board[] =
	"/ { #address-cells = <2>; #size-cells = <2>; model = \"a board\";"
	" chosen { bootargs = \"old\"; kaslr-seed = <1 2>; };"
	" memory@0 { device_type = \"memory\"; reg = <0 0 0 0x1000>; };"
	" memory@8000 { device_type = \"memory\"; reg = <0 0x8000 0 0x1000>; }; };";

static void with_a_tree(void **state)
{
	struct devicetree_cursor cursor = { 0 };
	struct devicetree_range range;
	efi_status status;

	(void)state;
	begin(board);
	firmware_set_options("pagesize=64k run=\"mem ; poweroff\"");
	assert_true(run(&status));
	assert_string_equal(devicetree_model(&dt), "a board");
	assert_string_equal(bootargs(), "pagesize=64k run=\"mem ; poweroff\"");
	/* memory is firmware's, not the tree's */
	assert_true(devicetree_memory_next(&dt, &cursor, &range));
	assert_int_equal(range.base.val, 0x40000000);
	assert_int_equal(range.bytes, 0x40000000);
	assert_false(devicetree_memory_next(&dt, &cursor, &range));
	assert_int_equal((uintptr_t)kernel % 0x200000, 0);
	assert_int_equal(kernel_bytes, _edata - _text);
	/* without a generator the tree's seed stays */
	assert_non_null(chosen("kaslr-seed", 8));
	assert_null(chosen("rng-seed", 32));
	assert_non_null(chosen("linux,uefi-system-table", 8));
	assert_non_null(chosen("linux,uefi-secure-boot", 4));
	assert_null(chosen("linux,initrd-start", 8));
	/* the copy of the map, which Linux reads, is reserved */
	memset(&cursor, 0, sizeof(cursor));
	assert_true(devicetree_memory_next_memreserve(&dt, &cursor, &range));
	assert_int_equal(range.base.val, fdt64_ld(chosen("linux,uefi-mmap-start", 8)));
	/* firmware's own tree is as it was */
	assert_memory_equal(fdt_getprop(tree, fdt_path_offset(tree, "/chosen"), "bootargs", NULL),
			    "old", 4);
}

static void refused(const char *why)
{
	efi_status status;

	firmware.said[0] = '\0';
	assert_false(run(&status));
	assert_true(status >> 63);
	if (!strstr(firmware.said, why))
		fail_msg("said: %s", firmware.said);
	assert_false(firmware.exited);
}

/* Memory in the cells that the root has: sizes of one cell in pieces, addresses of one to 4 GiB. */
static void with_cells(void **state)
{
	struct devicetree_cursor cursor = { 0 };
	struct devicetree_range range;
	efi_status status;
	u64 bytes = 0;

	(void)state;
	begin("/ { #address-cells = <2>; #size-cells = <1>;"
	      " memory@0 { device_type = \"memory\"; reg = <0 0 0x1000>; }; };");
	firmware_add(EFI_CONVENTIONAL, 4 * GiB, 5 * GiB, EFI_MEMORY_WB);
	assert_true(run(&status));
	while (devicetree_memory_next(&dt, &cursor, &range))
		bytes += range.bytes;
	assert_int_equal(bytes, 6 * GiB);

	begin("/ { #address-cells = <1>; #size-cells = <1>;"
	      " memory@0 { device_type = \"memory\"; reg = <0 0x1000>; }; };");
	firmware_add(EFI_CONVENTIONAL, 4 * GiB, 5 * GiB, EFI_MEMORY_WB);
	assert_true(run(&status));
	memset(&cursor, 0, sizeof(cursor));
	assert_true(devicetree_memory_next(&dt, &cursor, &range));
	assert_int_equal(range.base.val, GiB);
	assert_int_equal(range.bytes, GiB);
	assert_false(devicetree_memory_next(&dt, &cursor, &range));

	/* more than two: such memory can't be read, nor ours be written */
	begin("/ { #address-cells = <3>; #size-cells = <1>;"
	      " memory@0 { device_type = \"memory\"; reg = <0 0 0 0x1000>; }; };");
	refused("neither by a devicetree with memory nor by ACPI");
}

/* A server's terabyte is one range, in a tree that has no room but what the stub asked for. */
static void with_much_memory(void **state)
{
	struct devicetree_cursor cursor = { 0 };
	struct devicetree_range range;
	efi_status status;

	(void)state;
	begin(NULL);
	offer_acpi();
	firmware_add(EFI_CONVENTIONAL, 4 * GiB, 1024 * GiB, EFI_MEMORY_WB);
	assert_true(run(&status));
	assert_true(devicetree_memory_next(&dt, &cursor, &range));
	assert_true(devicetree_memory_next(&dt, &cursor, &range));
	assert_int_equal(range.base.val, 4 * GiB);
	assert_int_equal(range.bytes, 1024 * GiB);
	assert_false(devicetree_memory_next(&dt, &cursor, &range));
}

/* A node of that name that the tree doesn't call memory is in nobody's way. */
static void with_another_memory_node(void **state)
{
	struct devicetree_cursor cursor = { 0 };
	struct devicetree_range range;
	efi_status status;

	(void)state;
	begin("/ { #address-cells = <2>; #size-cells = <2>;"
	      " memory@0 { device_type = \"memory\"; reg = <0 0 0 0x1000>; };"
	      " memory@8000 { reg = <0 0x8000 0 0x1000>; }; };");
	assert_true(run(&status));
	assert_true(devicetree_memory_next(&dt, &cursor, &range));
	assert_int_equal(range.base.val, GiB);
	assert_false(devicetree_memory_next(&dt, &cursor, &range));
}

static void with_acpi(void **state)
{
	efi_status status;

	(void)state;
	begin(NULL);
	offer_acpi();
	firmware_set_options("");
	firmware.rng = true;
	assert_true(run(&status));
	assert_string_equal(devicetree_model(&dt), "BOCHS BXPC");
	assert_string_equal(bootargs(), "");
	assert_memory_equal(chosen("kaslr-seed", 8), "\1\2\3\4\5\6\7\10", 8);
	assert_memory_equal(chosen("rng-seed", 32), "\11\12\13", 3);

	/* A tree that has memory in it describes the machine, whatever else is there. */
	begin(board);
	offer_acpi();
	assert_true(run(&status));
	assert_string_equal(devicetree_model(&dt), "a board");
}

/* A Linux that is started later learns it from here alone: variables, and what they mean. */
static void with_secure_boot(void **state)
{
	static const u8 said[][3] = {
		{ 0, 0, 2 }, { 1, 0, 3 }, { 1, 1, 2 }, { 2, 0, 1 }, { 1, 2, 1 }
	};
	efi_status status;

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(said); i++) {
		begin(board);
		firmware.secure_boot = said[i][0];
		firmware.setup_mode = said[i][1];
		assert_true(run(&status));
		assert_int_equal(fdt32_ld(chosen("linux,uefi-secure-boot", 4)), said[i][2]);
	}
}

/* GRUB's tree is a note with /chosen only: its initrd counts, the machine is ACPI's. */
static void with_a_note(void **state)
{
	efi_status status;

	(void)state;
	begin("/ { #address-cells = <2>; #size-cells = <2>;"
	      " chosen { linux,initrd-start = <0 0x50000000>; linux,initrd-end = <0 0x50000200>; "
	      "}; };");
	offer_acpi();
	assert_true(run(&status));
	assert_string_equal(devicetree_model(&dt), "BOCHS BXPC");
	assert_int_equal(fdt64_ld(chosen("linux,initrd-start", 8)), 0x50000000);
	assert_int_equal(fdt64_ld(chosen("linux,initrd-end", 8)), 0x50000200);
}

static void with_an_initrd(void **state)
{
	static const char files[] = "070701...";
	u64 start, end;
	efi_status status;

	(void)state;
	/* offered, and named: the offer counts */
	begin(board);
	firmware.initrd = files;
	firmware.initrd_bytes = sizeof(files);
	firmware_set_options("initrd=other.img");
	assert_true(run(&status));
	start = fdt64_ld(chosen("linux,initrd-start", 8));
	end = fdt64_ld(chosen("linux,initrd-end", 8));
	assert_int_equal(end - start, sizeof(files));
	assert_memory_equal((void *)(uintptr_t)start, files, sizeof(files));

	/* named: slashes become firmware's */
	begin(board);
	firmware.file_name = "\\boot\\initrd.img";
	firmware.file = files;
	firmware.file_bytes = 7;
	firmware_set_options("initrd=/boot/initrd.img");
	assert_true(run(&status));
	start = fdt64_ld(chosen("linux,initrd-start", 8));
	assert_int_equal(fdt64_ld(chosen("linux,initrd-end", 8)) - start, 7);

	/* an empty one is none */
	firmware.exited = false;
	firmware.file_bytes = 0;
	assert_true(run(&status));
	assert_null(chosen("linux,initrd-start", 8));
}

static void refusals(void **state)
{
	char name[600] = "initrd=";

	(void)state;
	begin(NULL);
	refused("neither by a devicetree with memory nor by ACPI");
	begin("/ { chosen { }; };");
	refused("neither by a devicetree with memory nor by ACPI");

	begin(board);
	fdt_set_totalsize(tree, 100);
	refused("devicetree");
	begin(board);
	firmware.map_count = 1; /* what held the tree is gone */
	refused("isn't in memory");

	begin(NULL);
	offer_acpi();
	machine.madt.madt.header.sum++;
	refused("ACPI: table APIC has a wrong checksum");

	begin(board);
	firmware_set_options("initrd=a");
	refused("initrd=a: the kernel came from no volume");
	firmware.file_name = "b";
	refused("initrd=a: the file can't be read: status 0x800000000000000e");
	memset(name + 7, 'x', 300);
	firmware_set_options(name);
	refused("more than 255 characters");
	firmware.from_qemu = true;
	refused("verdict: fail");
	assert_true(firmware.reset);
}

/* Each call of a start that has everything fails in turn: it says so, or does without. */
static void each_call_fails(void **state)
{
	efi_status status;
	u32 refusals_seen = 0, starts = 0;

	(void)state;
	for (int at = 0;; at++) {
		begin(NULL);
		offer_acpi();
		firmware.rng = true;
		firmware.file_name = "i";
		firmware.file = "abc";
		firmware.file_bytes = 3;
		firmware_set_options("initrd=i");
		firmware.fail_at = at;
		if (run(&status)) {
			starts++;
			if (firmware.calls <= at)
				break;
			continue;
		}
		refusals_seen++;
		assert_true(status >> 63);
		assert_int_equal(strncmp(firmware.said, "granule: ", 9), 0);
		assert_false(firmware.asked_late);
	}
	assert_true(refusals_seen >= 10);
	/* done without: the shell's and the media's protocol, the generator, one look at the map */
	assert_true(starts >= 4);
	begin(NULL);
	free(handed);
	handed = NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(with_a_tree),      cmocka_unit_test(with_cells),
		cmocka_unit_test(with_much_memory), cmocka_unit_test(with_another_memory_node),
		cmocka_unit_test(with_acpi),        cmocka_unit_test(with_secure_boot),
		cmocka_unit_test(with_a_note),      cmocka_unit_test(with_an_initrd),
		cmocka_unit_test(refusals),         cmocka_unit_test(each_call_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
