// SPDX-License-Identifier: BSD-2-Clause
/*
 * A translation table at physical address 0 is one like any other, allocated, freed and walked.
 *
 * Sources: arch/arm64/table/pgtable.c arch/arm64/table/pgtable_read.c
 * Sources: arch/arm64/table/pgtable_check.c arch/arm64/table/granule.c
 * Sources: lib/string.c arch/arm64/table/pgtable_hot.c arch/arm64/table/pgtable_change.c
 * Sources: tests/host/fake_mmu.c arch/arm64/table/pgtable_replace.c
 */
#include "fake_mmu.h"

#include <cmocka.h>

#include <kernel/compiler.h>
#include <kernel/errno.h>

/* Physical memory may begin at 0. */
static u64 lowest_page[(1 << 16) / 8] __aligned(1 << 16);
static bool lowest_taken;

/* What a table of the fake's has to move by, so that the lowest page is at 0. */
static u64 shift(void)
{
	return FAKE_TABLE_OFFSET - (u64)(uintptr_t)lowest_page;
}

static int alloc_from_0(struct pgtable *pt, u64 bytes, paddr_t *table)
{
	int err = lowest_taken ? fake_alloc(pt, bytes, table) : 0;

	*table = lowest_taken ? paddr_add(*table, shift()) : paddr(0);
	lowest_taken = true;
	return err;
}

static void free_from_0(struct pgtable *pt, u64 bytes, paddr_t table)
{
	if (table.val)
		fake_free(pt, bytes, paddr_sub(table, shift()));
	else
		lowest_taken = false;
}

static void table_at_address_0(void **state)
{
	struct fake_snapshot *before;
	struct pgtable pt;

	(void)state;
	fake_begin(&pt, 48, true);
	pt.table_offset -= shift();
	pt.root = paddr_add(pt.root, shift());
	pt.alloc = alloc_from_0;
	pt.free = free_from_0;
	before = fake_save();
	fake_fail_after = 0;
	assert_int_equal(pgtable_map(&pt, vaddr(pgtable_base(&pt)), paddr(0),
				     1ULL << host_page_shift, MAP_DATA),
			 -ENOMEM);
	assert_true(fake_unchanged(before));
	assert_false(lowest_taken);
	fake_fail_after = -1;
	assert_int_equal(pgtable_map(&pt, vaddr(pgtable_base(&pt)), paddr(0),
				     1ULL << host_page_shift, MAP_DATA),
			 0);
	assert_true(lowest_taken);
	pgtable_destroy(&pt);
	assert_false(lowest_taken);
	assert_int_equal(fake_tables, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(table_at_address_0),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
