// SPDX-License-Identifier: BSD-2-Clause
/*
 * The devicetree for the next kernel: every property, every room, and what the kernel's own
 * readers make of it. Trees are dtc's and QEMU's, edits are the real libfdt's.
 *
 * Sources: kernel/kexec/kexec_dt.c lib/devicetree/devicetree.c lib/devicetree/devicetree_node.c
 * Sources: lib/devicetree/devicetree_device.c
 * Sources: lib/devicetree/devicetree_chosen.c lib/devicetree/devicetree_memory.c tests/host/tree.c
 * Sources: tests/host/kexec_dt_rooms.c
 * Libs: -lfdt
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include <libfdt.h>

#include <kernel/errno.h>
#include <kernel/kexec_dt.h>
#include <lib/devicetree_chosen.h>
#include <lib/devicetree_memory.h>
#include <lib/devicetree_node.h>

#include "kexec_dt_rooms.h"
#include "tree.h"

#define ROOM 0x8000u
#define JUNK 0xa5

#define TREE                                                                                 \
	"/memreserve/ 0x80000000 0x10000; /memreserve/ 0x88000123 0x100333;"                 \
	"/memreserve/ 0x9000 0; /memreserve/ 0x8f000000 0x2345;"                             \
	"/memreserve/ 0x8f000000 0x2346;"                                                    \
	"/ { #address-cells = <2>; #size-cells = <2>; model = \"one\"; %s"                   \
	" memory@80000000 { device_type = \"memory\"; reg = <0 0x80000000 0 0x40000000>; };" \
	" reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;"                \
	"  fw@80010000 { reg = <0 0x80010000 0 0x1000>; no-map; }; };"                       \
	" last { rng-seed = \"kept\"; }; };"

#define SEEDS "kaslr-seed = <0x01d5eed1 0x01d5eed1>; rng-seed = [01d5eed1 01d5eed1 01d5eed1];"
#define OLD                                                                        \
	"chosen { stdout-path = \"/uart:115200\"; bootargs = \"old line\"; " SEEDS \
	" linux,initrd-start = <0x88000123>; linux,initrd-end = <0x88100456>;"     \
	" linux,usable-memory-range = <1 2 3 4>; linux,elfcorehdr = <5 6 7 8>;"    \
	" linux,uefi-system-table = <1 2>; linux,uefi-mmap-start = <3 4>;"         \
	" linux,uefi-mmap-size = <5>; linux,ima-kexec-buffer = <1 2 3 4>;"         \
	" linux,kho-fdt = <1 2>; linux,kho-scratch = <3 4>; linux,uefi = <9>;"     \
	" bootargs2 = <8>; linux,initrd = <7>; framebuffer { linux,kho-x; }; };"

static u8 entropy[KEXEC_DT_ENTROPY_BYTES];
static struct kexec_dt_result result;
static struct devicetree opened;

static void *tree_with(const char *chosen)
{
	char text[4096];

	snprintf(text, sizeof(text), TREE, chosen);
	return tree_from_text(text);
}

static struct kexec_dt_request request_of(void *source)
{
	tree_open(&opened, source);
	for (u32 i = 0; i < sizeof(entropy); i++)
		entropy[i] = (u8)(0xc0 + i % 64);
	return (struct kexec_dt_request){
		.source = &opened,
		.args = "pagesize=16k quietXYZ",
		.args_bytes = 18,
		.initrd = { { 0x123456789 }, 0x1001 },
		.usable = { { 0x4a0000000 }, 0x10000000 },
		.elfcorehdr = { { 0x4affff000 }, 0x400 },
		.entropy = entropy,
		.old_initrd = { { 0x88000123 }, 0x100333 },
		.old_devicetree = { { 0x8f000000 }, 0x2345 },
	};
}

static struct kexec_dt_request nothing_of(void *source)
{
	tree_open(&opened, source);
	return (struct kexec_dt_request){ .source = &opened };
}

/* Makes it in `room` bytes of junk. */
static void *make(const struct kexec_dt_request *request, u64 room, int error)
{
	u8 *buffer = malloc(room ? room : 1);

	memset(buffer, JUNK, room);
	assert_int_equal(kexec_dt_make(request, buffer, room, &result), error);
	assert_int_equal(error != 0, result.why[0] != '\0');
	if (!error) {
		assert_int_equal(fdt_check_header(buffer), 0);
		assert_int_equal(fdt_check_full(buffer, room), 0);
		assert_true(tree_bytes(buffer) == result.bytes);
		return buffer;
	}
	free(buffer);
	return NULL;
}

static void refused(const struct kexec_dt_request *request, u64 room, const char *why)
{
	make(request, room, -EINVAL);
	if (!strstr(result.why, why))
		fail_msg("\"%s\" isn't in \"%s\"", why, result.why);
	assert_true(result.bytes == 0 && !result.reservations_dropped && !result.args_too_long);
	assert_true(strlen(result.why) < KEXEC_DT_WHY_BYTES - 1);
}

static bool has_bytes(const void *area, u64 bytes, const char *what, u64 what_bytes)
{
	for (u64 i = 0; i + what_bytes <= bytes; i++) {
		if (!memcmp((const char *)area + i, what, what_bytes))
			return true;
	}
	return false;
}

static void has(const void *tree, const char *name, const void *value, int bytes)
{
	int len;
	const void *got = fdt_getprop(tree, fdt_path_offset(tree, "/chosen"), name, &len);

	if (bytes < 0) {
		if (got)
			fail_msg("/chosen has a %s", name);
		return;
	}
	if (!got)
		fail_msg("/chosen has no %s", name);
	assert_int_equal(len, bytes);
	assert_memory_equal(got, value, (size_t)bytes);
}

static const char *const never[] = { "linux,uefi-system-table", "linux,uefi-mmap-start",
				     "linux,uefi-mmap-size",    "linux,ima-kexec-buffer",
				     "linux,kho-fdt",           "linux,kho-scratch" };
static const char *const anew[] = { "bootargs",         "linux,initrd-start",
				    "linux,initrd-end", "linux,usable-memory-range",
				    "linux,elfcorehdr", "kaslr-seed",
				    "rng-seed" };

/* What stays of OLD and of TREE. */
static void kept(const void *tree, bool chosen)
{
	static const u64 entries[][2] = { { 0x80000000, 0x10000 }, { 0x8f000000, 0x2346 } };
	struct devicetree_cursor cursor = { 0 };
	struct devicetree_reservation reservation;
	struct devicetree_range range;
	struct devicetree dt;
	uint64_t base, bytes;

	for (u32 i = 0; i < ARRAY_SIZE(never); i++)
		has(tree, never[i], NULL, -1);
	if (chosen) {
		has(tree, "stdout-path", "/uart:115200", 13);
		has(tree, "linux,uefi", "\0\0\0\x09", 4);
		has(tree, "bootargs2", "\0\0\0\x08", 4);
		has(tree, "linux,initrd", "\0\0\0\x07", 4);
		assert_true(fdt_getprop(tree, fdt_path_offset(tree, "/chosen/framebuffer"),
					"linux,kho-x", NULL));
	}
	assert_int_equal(fdt_num_mem_rsv(tree), ARRAY_SIZE(entries));
	for (u32 i = 0; i < ARRAY_SIZE(entries); i++) {
		assert_int_equal(fdt_get_mem_rsv(tree, (int)i, &base, &bytes), 0);
		assert_true(base == entries[i][0] && bytes == entries[i][1]);
	}
	assert_int_equal(result.reservations_dropped, 3);
	assert_false(has_bytes(tree, result.bytes, "\x01\xd5\xee\xd1", 4));
	assert_string_equal(fdt_getprop(tree, fdt_path_offset(tree, "/last"), "rng-seed", NULL),
			    "kept");

	tree_open(&dt, (void *)(uintptr_t)tree);
	assert_string_equal(devicetree_model(&dt), "one");
	assert_true(devicetree_used_bytes(&dt) == result.bytes);
	assert_true(devicetree_memory_next(&dt, &cursor, &range));
	assert_true(range.base.val == 0x80000000 && range.bytes == 0x40000000 && !range.why);
	cursor = (struct devicetree_cursor){ 0 };
	assert_true(devicetree_memory_next_reservation(&dt, &cursor, &reservation));
	assert_true(reservation.range.base.val == 0x80010000 && reservation.no_map);
}

/* What request_of() asks for, to libfdt and to the kernel's own readers. */
static void every_property_of(const void *tree)
{
	struct devicetree_cursor cursor = { 0 };
	struct devicetree_range range;
	struct devicetree dt;
	const char *args;
	u64 seed;

	has(tree, "bootargs", "pagesize=16k quiet", 19);
	has(tree, "linux,initrd-start", "\0\0\0\x01\x23\x45\x67\x89", 8);
	has(tree, "linux,initrd-end", "\0\0\0\x01\x23\x45\x77\x8a", 8);
	has(tree, "linux,usable-memory-range", "\0\0\0\4\xa0\0\0\0\0\0\0\0\x10\0\0", 16);
	has(tree, "linux,elfcorehdr", "\0\0\0\4\xaf\xff\xf0\0\0\0\0\0\0\0\4", 16);
	has(tree, "kaslr-seed", entropy, 8);
	has(tree, "rng-seed", entropy + 8, 56);

	tree_open(&dt, (void *)(uintptr_t)tree);
	assert_int_equal(devicetree_chosen_bootargs(&dt, &args), 0);
	assert_string_equal(args, "pagesize=16k quiet");
	assert_int_equal(devicetree_chosen_initrd(&dt, &range), 0);
	assert_true(range.base.val == 0x123456789 && range.bytes == 0x1001);
	assert_int_equal(devicetree_chosen_kaslr_seed(&dt, &seed), 0);
	assert_true(seed == 0xc0c1c2c3c4c5c6c7);
	assert_true(devicetree_chosen_next_usable(&dt, &cursor, &range));
	assert_true(range.base.val == 0x4a0000000 && range.bytes == 0x10000000 && !range.why);
	assert_false(devicetree_chosen_next_usable(&dt, &cursor, &range));
}

static const char *const sources[] = { OLD, "", "chosen { };", "chosen@0 { };" };

static void everything(void **state)
{
	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(sources); i++) {
		void *source = tree_with(sources[i]);
		struct kexec_dt_request request = request_of(source);
		void *tree;

		fdt_set_boot_cpuid_phys(source, i + 5);
		tree = make(&request, ROOM, 0);
		assert_int_equal(fdt_boot_cpuid_phys(tree), i + 5);
		every_property_of(tree);
		kept(tree, i == 0);
		free(tree);
		free(source);
	}
}

static void nothing(void **state)
{
	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(sources); i++) {
		void *source = tree_with(sources[i]);
		struct kexec_dt_request request = nothing_of(source);
		void *tree;

		request.old_initrd = request_of(source).old_initrd;
		request.old_devicetree = request_of(source).old_devicetree;
		tree = make(&request, ROOM, 0);
		assert_true(fdt_path_offset(tree, "/chosen") > 0);
		for (u32 n = 0; n < ARRAY_SIZE(anew); n++)
			has(tree, anew[n], NULL, -1);
		kept(tree, i == 0);
		free(tree);
		free(source);
	}
}

/* From what was made, the same is made; and by another request, what it asks for. */
static void from_its_own_result(void **state)
{
	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(sources); i++) {
		void *source = tree_with(sources[i]);
		struct kexec_dt_request request = request_of(source);
		void *first = make(&request, ROOM, 0), *again;
		u64 bytes = result.bytes;

		tree_open(&opened, first);
		again = make(&request, bytes, 0);
		assert_true(result.bytes == bytes && result.reservations_dropped == 0);
		assert_memory_equal(first, again, bytes);
		free(again);
		request = nothing_of(first);
		again = make(&request, ROOM, 0);
		for (u32 n = 0; n < ARRAY_SIZE(anew); n++)
			has(again, anew[n], NULL, -1);
		assert_false(has_bytes(again, result.bytes, "\xc0\xc1", 2));
		free(again);
		free(first);
		free(source);
	}
}

/* From none to enough, and a little more: the tree is the same, or refused. */
static void every_room(void **state)
{
	(void)state;
	for (u32 i = 0; i < 2 * ARRAY_SIZE(sources); i++) {
		void *source = tree_with(sources[i / 2]);
		struct kexec_dt_request request = i % 2 ? nothing_of(source) : request_of(source);
		void *whole = make(&request, ROOM, 0);
		u64 bytes = result.bytes;
		u64 enough =
			devicetree_used_bytes(&opened) + request.args_bytes + KEXEC_DT_ADDED_BYTES;

		kexec_dt_in_each_room(&request, whole, bytes, enough);
		free(whole);
		free(source);
	}
}

/* 1 and 2 cells, those that a tree doesn't give (2 and 1), and some that can't be had. */
static void cells(void **state)
{
	static const struct {
		const char *root;
		struct contig_range range;
		const char *value; /* NULL: refused */
		int bytes;
	} cases[] = {
		{ "#address-cells = <1>; #size-cells = <1>;",
		  { { 0x80000000 }, 0x7fffffff },
		  "\x80\0\0\0\x7f\xff\xff\xff",
		  8 },
		{ "#address-cells = <1>; #size-cells = <1>;", { { 0x100000000 }, 1 }, NULL, 0 },
		{ "#address-cells = <1>; #size-cells = <1>;", { { 1 }, 0x100000000 }, NULL, 0 },
		{ "#address-cells = <1>; #size-cells = <2>;",
		  { { 1 }, 0x100000000 },
		  "\0\0\0\1\0\0\0\1\0\0\0",
		  12 },
		{ "#address-cells = <2>; #size-cells = <1>;",
		  { { 0x100000000 }, 2 },
		  "\0\0\0\1\0\0\0\0\0\0\0\2",
		  12 },
		{ "", { { 0x100000003 }, 2 }, "\0\0\0\1\0\0\0\3\0\0\0\2", 12 },
		{ "#size-cells = <0>;", { { 3 }, 2 }, NULL, 0 },
		{ "#address-cells = <3>;", { { 3 }, 2 }, NULL, 0 },
		{ "#address-cells = <0>;", { { 3 }, 2 }, NULL, 0 },
	};

	(void)state;
	for (u32 i = 0; i < 2 * ARRAY_SIZE(cases); i++) {
		const char *name = i % 2 ? "linux,usable-memory-range" : "linux,elfcorehdr";
		struct kexec_dt_request request;
		void *source, *tree;
		char text[128];

		snprintf(text, sizeof(text), "/ { %s };", cases[i / 2].root);
		source = tree_from_text(text);
		request = nothing_of(source);
		*(i % 2 ? &request.usable : &request.elfcorehdr) = cases[i / 2].range;
		request.initrd = (struct contig_range){ { 0x8000 }, 1 };
		if (cases[i / 2].value) {
			tree = make(&request, ROOM, 0);
			has(tree, name, cases[i / 2].value, cases[i / 2].bytes);
			has(tree, "linux,initrd-end", "\0\0\0\0\0\0\x80\1", 8);
			free(tree);
		} else {
			refused(&request, ROOM, name);
			refused(&request, ROOM, "the root has cells that");
		}
		free(source);
	}
}

/* QEMU's tree has 1 MiB, and uses 8 KiB: no more is read. */
static void qemu(void **state)
{
	void *source = tree_from_qemu("", "-m 256M"), *tree;
	struct kexec_dt_request request;

	(void)state;
	if (!source)
		skip();
	request = request_of(source);
	tree = make(&request, ROOM, 0);
	every_property_of(tree);
	assert_non_null(fdt_getprop(tree, fdt_path_offset(tree, "/chosen"), "stdout-path", NULL));
	free(tree);
	free(source);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything),
		cmocka_unit_test(nothing),
		cmocka_unit_test(from_its_own_result),
		cmocka_unit_test(every_room),
		cmocka_unit_test(cells),
		cmocka_unit_test(qemu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
