// SPDX-License-Identifier: BSD-2-Clause
/*
 * The tables that areas are mapped by: made when needed, given back when the last area goes.
 *
 * Sources: mm/vmap/vmap.c mm/vmap/vmap_area.c mm/vmap/vmalloc.c kernel/show/memory/vmap_report.c
 * Sources: lib/format.c arch/arm64/table/pgtable.c arch/arm64/table/pgtable_hot.c
 * Sources: arch/arm64/table/pgtable_change.c arch/arm64/table/pgtable_replace.c
 * Sources: arch/arm64/table/pgtable_read.c
 * Sources: arch/arm64/table/pgtable_check.c arch/arm64/table/granule.c lib/string.c
 * Sources: tests/host/fake_mmu.c tests/host/fake_ram.c tests/host/vmap_space.c
 * Sources: mm/page/hooks.c
 */

#include <stdlib.h>

#include "vmap_space.h"

#include <cmocka.h>

#include <arch/layout.h>
#include <kernel/compiler.h>
#include <mm/vmap.h>

#define PAGE vmap_space_page()

/* What a table of the last level maps. */
static u64 table_span(void)
{
	return 1ULL << (2 * host_page_shift - 3);
}

/* An area of single pages, at any page. */
static struct vmap_area *take(u64 bytes)
{
	struct vmap_area *area = vmap_reserve(bytes, PAGE, VMAP_TYPE_ALLOC, NULL);

	assert_non_null(area);
	assert_int_equal(
		pgtable_map_pages(vmap_tables_lock(), vaddr(area->base), paddr(0), bytes, MAP_DATA),
		0);
	vmap_tables_unlock();
	return area;
}

static void give(struct vmap_area *area)
{
	assert_int_equal(pgtable_unmap(vmap_tables_lock(), vaddr(area->base), area->bytes), 0);
	vmap_tables_unlock();
	vmap_unreserve(area);
}

/* More areas than one table of the last level has room for, freed in any order. */
static void tables_are_given_back(void **state)
{
	u64 size = table_span() / 4, kept;
	struct vmap_area *area[24];

	(void)state;
	vmap_space_begin();
	fake_ram_max_order = 0;
	vfree(vmalloc(1, 0));
	kept = fake_table_bytes;
	for (unsigned i = 0; i < ARRAY_SIZE(area); i++) {
		area[i] = take(size);
		fake_watch(&vmap_space);
	}
	assert_int_equal(fake_table_bytes, kept + 6 * PAGE);
	for (unsigned i = 0; i < ARRAY_SIZE(area); i++) {
		give(area[(i * 7 + 5) % ARRAY_SIZE(area)]);
		vmap_space_check();
	}
	assert_int_equal(fake_table_bytes, kept);
	vmap_space_end();
}

/* An area that ends with a table: its guard lies in the next one, which must not outlive both. */
static void guard_in_another_table(void **state)
{
	struct vmap_area *first, *second;

	(void)state;
	vmap_space_begin();
	first = take(table_span() - PAGE);
	second = take(PAGE);
	assert_int_equal(second->base - VMAP_BASE, table_span() + PAGE);
	give(second);
	give(first);
	vmap_space_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(tables_are_given_back),
		HOST_AT_EACH_PAGE_SHIFT(guard_in_another_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
