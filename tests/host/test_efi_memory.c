// SPDX-License-Identifier: BSD-2-Clause
/*
 * Firmware's memory map: what of it the kernel may use, and how boot services end.
 *
 * Sources: arch/arm64/efi/efi_console.c arch/arm64/efi/efi_memory.c tests/host/fake_firmware.c
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <host.h>

#include "fake_firmware.h"

#define MOST 64

static struct efi e;
static u64 base[MOST], end[MOST];
static u32 count;

static int keep(void *arg, u64 first, u64 bytes)
{
	(void)arg;
	assert_true(bytes && first + bytes > first && count < MOST);
	assert_true(!count || first > end[count - 1]);
	base[count] = first;
	end[count++] = first + bytes;
	return 0;
}

static void usable(void)
{
	firmware_start(&e);
	assert_int_equal(efi_read_map(&e), EFI_SUCCESS);
	count = 0;
	assert_int_equal(efi_usable_memory(&e, keep, NULL), 0);
}

#define WB EFI_MEMORY_WB

static void merged_and_sorted(void **state)
{
	(void)state;
	firmware_begin();
	firmware.map_count = 0;
	firmware_add(EFI_CONVENTIONAL, 0x50000000, 0x10000000, WB);
	firmware_add(EFI_RUNTIME_SERVICES_DATA, 0x4fff0000, 0x10000, WB | EFI_MEMORY_RUNTIME);
	firmware_add(EFI_BOOT_SERVICES_DATA, 0x40000000, 0x1000, WB);
	firmware_add(EFI_LOADER_CODE, 0x40001000, 0x1000, WB);
	firmware_add(EFI_ACPI_RECLAIM, 0x40004000, 0x1000, WB);
	firmware_add(EFI_LOADER_DATA, 0x40002000, 0x2000, WB);
	firmware_add(EFI_MMIO, 0x9000000, 0x1000, 0);
	usable();
	assert_int_equal(count, 2);
	assert_int_equal(base[0], 0x40000000);
	assert_int_equal(end[0], 0x40004000);
	assert_int_equal(base[1], 0x50000000);
	assert_int_equal(end[1], 0x60000000);
}

static void not_everything(void **state)
{
	(void)state;
	firmware_begin();
	firmware.map_count = 0;
	firmware_add(EFI_CONVENTIONAL, 0x40000000, 0x1000, 0); /* uncached */
	firmware_add(EFI_CONVENTIONAL, 0x40002000, 0x1000, WB | EFI_MEMORY_SPECIFIC);
	firmware_add(EFI_BOOT_SERVICES_CODE, 0x40004000, 0x1000, WB | EFI_MEMORY_RUNTIME);
	firmware_add(EFI_PERSISTENT, 0x40006000, 0x1000, WB);
	firmware_add(EFI_UNUSABLE, 0x40008000, 0x1000, WB);
	firmware_add(EFI_CONVENTIONAL, 0x4000a000, 0, WB);
	firmware_add((enum efi_memory_type)77, 0x4000c000, 0x1000, WB);
	usable();
	assert_int_equal(count, 0);
}

/* Firmware's own wins where entries overlap, and sums that overflow are nothing. */
static void contradictions(void **state)
{
	(void)state;
	firmware_begin();
	firmware.map_count = 0;
	firmware_add(EFI_CONVENTIONAL, 0x40000000, 0x100000, WB);
	firmware_add(EFI_CONVENTIONAL, 0x40080000, 0x100000, WB);
	firmware_add(EFI_RUNTIME_SERVICES_CODE, 0x40010000, 0x1000, WB);
	firmware_add(EFI_RESERVED, 0x40010800, 0x2000, WB);
	firmware_add(EFI_RESERVED, 0x4017f000, 0x100000, WB);
	firmware_add(EFI_CONVENTIONAL, 0xfffffffffffff000, 0x10000, WB);
	firmware.map[firmware.map_count - 1].pages = ~0ULL;
	usable();
	assert_int_equal(count, 2);
	assert_int_equal(base[0], 0x40000000);
	assert_int_equal(end[0], 0x40010000);
	assert_int_equal(base[1], 0x40012800);
	assert_int_equal(end[1], 0x4017f000);
}

/* Random maps against a flag for each page. */
static void model(void **state)
{
	enum { PAGES = 48 };

	(void)state;
	for (u32 round = 0; round < 20000; round++) {
		bool good[PAGES] = { 0 }, bad[PAGES] = { 0 };
		u32 reported = 0, n;

		firmware_begin();
		firmware.map_count = 0;
		n = 1 + (u32)host_random_below(11);
		for (u32 i = 0; i < n; i++) {
			enum efi_memory_type type = (enum efi_memory_type)host_random_below(15);
			u32 first = (u32)host_random_below(PAGES);
			u32 pages = (u32)host_random_below(MIN(PAGES - first, 9));
			bool is_good = type == EFI_CONVENTIONAL ||
				       (type >= EFI_LOADER_CODE && type <= EFI_BOOT_SERVICES_DATA);

			firmware_add(type, first * EFI_PAGE_BYTES, pages * EFI_PAGE_BYTES, WB);
			for (u32 p = first; p < first + pages; p++)
				*(is_good ? &good[p] : &bad[p]) = true;
		}
		usable();
		for (u32 i = 0; i < count; i++) {
			for (u64 p = base[i] / EFI_PAGE_BYTES; p < end[i] / EFI_PAGE_BYTES; p++) {
				assert_true(good[p] && !bad[p]);
				reported++;
			}
		}
		for (u32 p = 0; p < PAGES; p++)
			reported -= good[p] && !bad[p];
		assert_int_equal(reported, 0);
	}
}

static void larger_descriptors(void **state)
{
	(void)state;
	firmware_begin();
	firmware.descriptor_bytes = 64;
	firmware_add(EFI_RESERVED, 0x40000000, 0x1000, WB);
	usable();
	assert_int_equal(count, 1);
	assert_int_equal(base[0], 0x40001000);

	firmware.descriptor_bytes = 32;
	firmware_start(&e);
	assert_int_equal(efi_read_map(&e), EFI_LOAD_ERROR);
	firmware.descriptor_bytes = 52;
	assert_int_equal(efi_read_map(&e), EFI_LOAD_ERROR);
}

static void leaves(void **state)
{
	(void)state;
	firmware_begin();
	firmware_start(&e);
	assert_int_equal(efi_read_map(&e), EFI_SUCCESS);
	firmware.stale_keys = 1;
	assert_int_equal(efi_exit_boot_services(&e), EFI_SUCCESS);
	assert_true(firmware.exited && !firmware.asked_late);
	/* The map is that of the second look, with the entry that came in between. */
	assert_int_equal(e.map_bytes, 2 * 48);

	firmware_begin();
	firmware_start(&e);
	assert_int_equal(efi_read_map(&e), EFI_SUCCESS);
	firmware.stale_keys = 2;
	assert_int_equal(efi_exit_boot_services(&e), EFI_INVALID_PARAMETER);
	firmware_begin();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(merged_and_sorted),  cmocka_unit_test(not_everything),
		cmocka_unit_test(contradictions),     cmocka_unit_test(model),
		cmocka_unit_test(larger_descriptors), cmocka_unit_test(leaves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
