// SPDX-License-Identifier: BSD-2-Clause
/*
 * Leaves that were split become what they were: blocks, contiguous runs, and no table is left over.
 *
 * Sources: arch/arm64/table/pgtable.c arch/arm64/table/pgtable_hot.c
 * Sources: arch/arm64/table/pgtable_change.c arch/arm64/table/pgtable_replace.c
 * Sources: arch/arm64/table/pgtable_read.c
 * Sources: arch/arm64/table/pgtable_check.c arch/arm64/table/granule.c lib/string.c
 * Sources: tests/host/fake_mmu.c
 */
#include <stdlib.h>
#include <string.h>

#include "fake_mmu.h"

#include <cmocka.h>

#include <kernel/compiler.h>

static u64 page(void)
{
	return 1ULL << host_page_shift;
}

/* Bytes of the smallest block. */
static u64 block(void)
{
	return host_page_shift == 12 ? 2 * MiB : host_page_shift == 14 ? 32 * MiB : 512 * MiB;
}

/* A multiple of a run of blocks, as far up as the space goes. */
static u64 place(const struct pgtable *pt)
{
	return pgtable_base(pt) + (1ULL << (pt->va_bits - 1));
}

static unsigned level_at(const struct pgtable *pt, u64 va)
{
	struct pgtable_walk walk;
	paddr_t pa;

	assert_true(pgtable_walk(pt, vaddr(va), &walk, &pa));
	return walk.last_level;
}

/* Every flush of a change of size or hint saw none of its pages. */
static void broke_before_made(unsigned from)
{
	unsigned broken = 0;

	for (unsigned i = from; i < fake_flush_count && i < FAKE_FLUSHES; i++)
		broken += !fake_flushes[i].mapped;
	assert_true(broken);
}

/* Read-only from `first` for `bytes`, and back. */
static void there_and_back(struct pgtable *pt, u64 first, u64 bytes)
{
	unsigned level[2] = { level_at(pt, first), level_at(pt, first + bytes) };
	unsigned tables = fake_tables;
	u64 table_bytes = pt->table_bytes;
	struct fake_snapshot *before = fake_save();

	assert_int_equal(pgtable_split(pt, vaddr(first), bytes), 0);
	assert_int_equal(pgtable_protect(pt, vaddr(first), bytes, MAP_RODATA), 0);
	assert_string_equal(fake_translate(pt, first).access, "r-----");
	assert_string_equal(fake_translate(pt, first + bytes - 1).access, "r-----");
	assert_string_equal(fake_translate(pt, first + bytes).access, "rw----");
	/* While leaves differ nothing is joined. */
	pgtable_join(pt, vaddr(first), level[0]);
	assert_string_equal(fake_translate(pt, first).access, "r-----");
	assert_int_equal(pgtable_protect(pt, vaddr(first), bytes, MAP_DATA), 0);
	fake_watch(pt);
	pgtable_join(pt, vaddr(first), level[0]);
	pgtable_join(pt, vaddr(first + bytes), level[1]);
	broke_before_made(0);
	assert_int_equal(fake_tables, tables);
	assert_int_equal(pt->table_bytes, table_bytes);
	assert_int_equal(level_at(pt, first), level[0]);
	assert_true(fake_unchanged(before));
}

static void join_in(struct pgtable *pt)
{
	u64 va = place(pt), bytes = MIN(1ULL << (pt->va_bits - 1), 2 * block());

	pt->live = true;
	fake_watch(pt);
	if (bytes < 2 * block())
		return; /* no block in so small a space */
	assert_int_equal(pgtable_map(pt, vaddr(va), paddr(1ULL << 40), bytes, MAP_DATA), 0);
	there_and_back(pt, va, page());
	there_and_back(pt, va + 3 * page(), page());
	there_and_back(pt, va + page(), block());
	there_and_back(pt, va + block() / 2, block() / 2 + 5 * page());
	assert_int_equal(pgtable_unmap(pt, vaddr(va), bytes), 0);
}

static void what_was_split_is_joined(void **state)
{
	(void)state;
	fake_each_space(join_in);
}

/* Where somebody else has changed a page, the table stays, and so does what it maps. */
static void others_in(struct pgtable *pt)
{
	u64 va = place(pt), bytes = MIN(1ULL << (pt->va_bits - 1), 2 * block());
	unsigned level;

	if (bytes < 2 * block())
		return;
	assert_int_equal(pgtable_map(pt, vaddr(va), paddr(1ULL << 40), bytes, MAP_DATA), 0);
	level = level_at(pt, va);
	assert_int_equal(pgtable_split(pt, vaddr(va), page()), 0);
	assert_int_equal(pgtable_unmap(pt, vaddr(va + 5 * page()), page()), 0);
	pgtable_join(pt, vaddr(va), level);
	assert_int_equal(level_at(pt, va), GRANULE_LAST_LEVEL);
	assert_false(fake_translate(pt, va + 5 * page()).mapped);
	assert_true(fake_translate(pt, va + 6 * page()).mapped);
	assert_int_equal(fake_translate(pt, va).run_bytes, page());
}

static void what_differs_is_left(void **state)
{
	(void)state;
	fake_each_space(others_in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(what_was_split_is_joined),
		HOST_AT_EACH_PAGE_SHIFT(what_differs_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
