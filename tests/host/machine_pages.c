// SPDX-License-Identifier: BSD-2-Clause
/* What tests of pages have in common; <machine_pages.h>. */
#include "machine_pages.h"

#include <cmocka.h>

#include <arch/page.h>
#include <mm/buddy.h>

#define RAM 0x40000000ULL

u64 all_bytes;

void begin_with_cma(u64 bytes)
{
	host_debug = false;
	machine_poison = MACHINE_MIXED;
	machine_begin(RAM, RAM_BYTES);
	machine_add(RAM, RAM_BYTES);
	machine_image(RAM + 6 * MiB);
	if (bytes)
		machine_reserve(RAM + 10 * MiB, bytes, MEMBLOCK_CMA);
	assert_int_equal(machine_init(), 0);
	buddy_model_begin(RAM, RAM_BYTES);
	all_bytes = pages_free_bytes();
}

void begin(void)
{
	begin_with_cma(0);
}

void finish(void)
{
	assert_int_equal(pages_free_bytes(), all_bytes);
	pages_drain();
	assert_int_equal(pages_free_bytes(), all_bytes);
	buddy_model_compare();
	host_debug = false;
}

u64 bytes_of(unsigned order)
{
	return page_size() << order;
}

u64 hot_bytes(void)
{
	u64 bytes = pages_free_bytes();

	for (unsigned type = 0; type < MIGRATE_TYPES; type++)
		bytes -= buddy_free_bytes((enum migratetype)type);
	return bytes;
}

u64 alloc(unsigned order, unsigned flags)
{
	paddr_t pa;

	assert_int_equal(pages_alloc(order, flags, &pa), 0);
	assert_int_equal(pa.val & (bytes_of(order) - 1), 0);
	assert_int_equal(frame_kind(frame_of(pa)), FRAME_ALLOCATED);
	assert_int_equal(frame_order(frame_of(pa)), order);
	return pa.val;
}

u64 taken[RAM_BYTES >> 12];

unsigned exhaust(unsigned order, unsigned flags)
{
	unsigned count = 0;
	paddr_t pa;

	while (!pages_alloc(order, flags, &pa))
		taken[count++] = pa.val;
	return count;
}
