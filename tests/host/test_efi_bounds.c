// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the stub gets from firmware and can't hand on: too long, too large, or less than was said.
 * And names of files as firmware has them.
 *
 * Sources: arch/arm64/efi/efi_main.c arch/arm64/efi/efi_cmdline.c arch/arm64/efi/efi_console.c
 * Sources: arch/arm64/efi/efi_memory.c arch/arm64/efi/efi_initrd.c arch/arm64/efi/efi_tree.c
 * Sources: arch/arm64/efi/acpi.c arch/arm64/efi/acpi_tree.c
 * Sources: tests/host/fake_firmware.c tests/host/fake_image.S
 * Sources: lib/cmdline.c lib/parse.c lib/devicetree/devicetree.c lib/devicetree/devicetree_node.c
 * Sources: lib/devicetree/devicetree_chosen.c lib/devicetree/devicetree_memory.c tests/host/tree.c
 * Libs: -lfdt
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libfdt.h>

#include <lib/devicetree.h>

#include "fake_firmware.h"
#include "tree.h"

static struct efi e;

void efi_jump(void *image, u64 bytes, void *fdt, u64 fdt_bytes)
{
	(void)image;
	(void)bytes;
	(void)fdt;
	(void)fdt_bytes;
	abort();
}

static void said(const char *why)
{
	if (!strstr(firmware.said, why))
		fail_msg("said: %s", firmware.said);
}

static void long_options(void **state)
{
	static efi_char text[DEVICETREE_BYTES_MAX / 4 + 1];

	(void)state;
	firmware_begin();
	for (u32 i = 0; i < ARRAY_SIZE(text); i++)
		text[i] = 'x';
	firmware.options = text;
	firmware.options_bytes = sizeof(text) - sizeof(*text);
	firmware_start(&e);
	assert_int_equal(efi_read_cmdline(&e), EFI_SUCCESS);
	firmware.options_bytes = sizeof(text);
	firmware_start(&e);
	assert_int_equal(efi_read_cmdline(&e), EFI_INVALID_PARAMETER);
	said("load options of 524289 characters");
}

/* A tree that is small enough for the kernel, but isn't any more with what is added to it. */
static void large_trees(void **state)
{
	static u8 room[DEVICETREE_BYTES_MAX] __aligned(8), value[DEVICETREE_BYTES_MAX - 1024];
	void *small = tree_from_text(
		"/ { #address-cells = <2>; #size-cells = <2>; memory@0 { device_type = \"memory\";"
		" reg = <0 0 0 0x1000>; }; };");

	(void)state;
	for (u32 left = 0; left < 2; left++) {
		firmware_begin();
		assert_int_equal(fdt_open_into(small, room, sizeof(room)), 0);
		assert_int_equal(
			fdt_setprop(room, 0, "filler", value, (int)(sizeof(value) - left * 4096)),
			0);
		firmware.devicetree = room;
		firmware_hold(room, sizeof(room));
		firmware_start(&e);
		assert_int_equal(efi_read_cmdline(&e), EFI_SUCCESS);
		assert_int_equal(efi_read_map(&e), EFI_SUCCESS);
		assert_int_equal(efi_make_tree(&e), left ? EFI_SUCCESS : EFI_UNSUPPORTED);
		said(left ? "" : "the devicetree takes 2048 KiB, which is more than 2048");
	}
	free(small);
}

static void large_descriptors(void **state)
{
	(void)state;
	firmware_begin();
	firmware.descriptor_bytes = 0x80000000;
	firmware_start(&e);
	assert_int_equal(efi_read_map(&e), EFI_LOAD_ERROR);
	said("entries of 2147483648 bytes");
}

/* Names are UCS-2 before and after they were a part of the command line. */
static void names_of_files(void **state)
{
	static char line[] = "initrd=/r\xc3\xa9sum\xc3\xa9 initrd=/\xc3\xa9/\xe2\x82\xac.img";
	static char half[] = "initrd=a\xe2\x82";

	(void)state;
	firmware_begin();
	firmware.file_name = "\\\xe9\\\xac.img"; /* the lower halves */
	firmware.file = "abc";
	firmware.file_bytes = 3;
	firmware_start(&e);
	e.cmdline = line;
	assert_int_equal(efi_read_initrd(&e), EFI_SUCCESS);
	assert_int_equal(e.initrd_bytes, 3);
	e.cmdline = half;
	assert_int_equal(efi_read_initrd(&e), EFI_NOT_FOUND);
}

static void an_initrd_that_is_less(void **state)
{
	static char none[] = "";

	(void)state;
	firmware_begin();
	firmware.initrd = "070701";
	firmware.initrd_bytes = 6;
	firmware.initrd_less = 2;
	firmware_start(&e);
	e.cmdline = none;
	assert_int_equal(efi_read_initrd(&e), EFI_SUCCESS);
	assert_int_equal(e.initrd_bytes, 4);
}

/* A node of no length isn't QEMU's, whatever follows. */
static void a_path_without_a_name(void **state)
{
	(void)state;
	firmware_begin();
	firmware.from_qemu = firmware.short_path = true;
	firmware_start(NULL);
	assert_int_equal(efi_main(&firmware_image, &firmware_system), EFI_UNSUPPORTED);
	assert_false(firmware.reset);
	firmware_begin();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(long_options),           cmocka_unit_test(large_trees),
		cmocka_unit_test(large_descriptors),      cmocka_unit_test(names_of_files),
		cmocka_unit_test(an_initrd_that_is_less), cmocka_unit_test(a_path_without_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
