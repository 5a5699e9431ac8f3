// SPDX-License-Identifier: BSD-2-Clause
/*
 * The walker: arrays of pages, blocks that are split, tables that are given back, and the short
 * way for single pages.
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
#include <kernel/errno.h>

static u64 page(void)
{
	return 1ULL << host_page_shift;
}

static u64 block(void)
{
	return 1ULL << (2 * host_page_shift - 3);
}

/* Any physical page. */
static u64 random_pa(void)
{
	return host_random_below(1ULL << (48 - host_page_shift)) * page();
}

static paddr_t *random_pages(u64 count)
{
	paddr_t *pages = calloc(count, sizeof(*pages));

	assert_non_null(pages);
	for (u64 i = 0; i < count; i++)
		pages[i] = paddr(random_pa());
	return pages;
}

static void is_array(const struct pgtable *pt, u64 va, const paddr_t *pages, u64 count)
{
	for (u64 i = 0; i < count; i++) {
		struct fake_translation t = fake_translate(pt, va + i * page() + 9);

		assert_true(t.mapped);
		assert_int_equal(t.pa, pages[i].val + 9);
		assert_int_equal(t.run_bytes, page());
	}
	assert_false(fake_translate(pt, va - 1).mapped);
	assert_false(fake_translate(pt, va + count * page()).mapped);
}

/* Lengths around the unrolled steps, and across the ends of tables. */
static void array_in(struct pgtable *pt)
{
	static const u16 counts[] = { 1, 2, 3, 7, 8, 9, 15, 16, 17, 64, 127 };
	u64 base = pgtable_base(pt) + (pt->va_bits > 36 ? block() : 0);

	for (unsigned i = 0; i < ARRAY_SIZE(counts); i++) {
		u64 count = MIN(counts[i], (1ULL << pt->va_bits) / page() / 4);
		u64 va = base + host_random_below(40) * page();
		paddr_t *pages = random_pages(count);

		if (pt->va_bits > 36)
			va += block() - 20 * page();
		assert_int_equal(pgtable_map_array(pt, vaddr(va), pages, count, MAP_DATA), 0);
		is_array(pt, va, pages, count);
		/* Again, in part: nothing may be there already, not even the same. */
		assert_int_equal(pgtable_map_array(pt, vaddr(va), pages, 1, MAP_DATA), -EEXIST);
		assert_int_equal(pgtable_unmap(pt, vaddr(va), count * page()), 0);
		assert_false(fake_translate(pt, va).mapped);
		assert_false(fake_translate(pt, va + (count - 1) * page()).mapped);
		free(pages);
	}
}

static void maps_arrays(void **state)
{
	(void)state;
	fake_each_space(array_in);
}

/* A whole table and more: the one that is full isn't cleared first. */
static void fills_whole_tables(void **state)
{
	u64 count = 3 * block() / page() + 5;
	paddr_t *pages;
	struct pgtable pt;

	(void)state;
	fake_begin(&pt, 48, true);
	pages = random_pages(count);
	assert_int_equal(pgtable_map_array(&pt, vaddr(pgtable_base(&pt) + block() - page()), pages,
					   count, MAP_RODATA),
			 0);
	is_array(&pt, pgtable_base(&pt) + block() - page(), pages, count);
	free(pages);
	fake_end(&pt);
}

static void array_changes_nothing_when_it_fails(void **state)
{
	u64 count = block() / page() + 30, va;
	paddr_t *pages;
	struct pgtable pt;
	unsigned n;
	int err = -1;

	(void)state;
	fake_begin(&pt, 48, false);
	pages = random_pages(count);
	va = pgtable_base(&pt) + 7 * block() - 11 * page();
	/* Something in the way, at the far end. */
	assert_int_equal(
		pgtable_map(&pt, vaddr(va + (count - 1) * page()), paddr(0), page(), MAP_DATA), 0);
	for (n = 0; n < 2; n++) {
		struct fake_snapshot *before = fake_save();

		assert_int_equal(pgtable_map_array(&pt, vaddr(va), pages, count, MAP_DATA),
				 -EEXIST);
		assert_true(fake_unchanged(before));
	}
	assert_int_equal(pgtable_unmap(&pt, vaddr(va + (count - 1) * page()), page()), 0);
	for (n = 0; err; n++) {
		struct fake_snapshot *before = fake_save();

		fake_fail_after = (int)n;
		err = pgtable_map_array(&pt, vaddr(va), pages, count, MAP_DATA);
		fake_fail_after = -1;
		if (err)
			assert_true(fake_unchanged(before));
		else
			free(before);
	}
	assert_true(n > 1);
	is_array(&pt, va, pages, count);
	/* Not even where the same is there already. */
	pages[0] = paddr(5 * page());
	assert_int_equal(
		pgtable_map(&pt, vaddr(pgtable_base(&pt) + 5 * page()), pages[0], page(), MAP_DATA),
		0);
	assert_int_equal(
		pgtable_map_array(&pt, vaddr(pgtable_base(&pt) + 5 * page()), pages, 1, MAP_DATA),
		-EEXIST);
	assert_true(HOST_ASSERTS(pgtable_map_array(&pt, vaddr(va), pages, 0, MAP_DATA)));
	assert_true(HOST_ASSERTS(pgtable_map_array(&pt, vaddr(va), pages, ~0ULL, MAP_DATA)));
	pages[3].val |= 1ULL << 48;
	assert_true(HOST_ASSERTS(pgtable_map_array(&pt, vaddr(va), pages, 8, MAP_DATA)));
	pages[3].val = page() / 2;
	assert_true(HOST_ASSERTS(pgtable_map_array(&pt, vaddr(va), pages, 8, MAP_DATA)));
	free(pages);
	fake_end(&pt);
}

/* A block is cut at any page: what it maps stays, and what it allows. */
static void split_in(struct pgtable *pt, u64 bytes)
{
	u64 base = pgtable_base(pt) + 4 * bytes, pa = 9 * bytes;
	u64 front = (1 + host_random_below(bytes / page() - 2)) * page();
	u64 size = (1 + host_random_below((bytes - front) / page() - 1)) * page();
	unsigned n = 0;
	int err;

	assert_int_equal(pgtable_map(pt, vaddr(base), paddr(pa), bytes, MAP_TEXT), 0);
	assert_int_equal(fake_translate(pt, base).bytes, bytes);
	pt->live = true;
	assert_int_equal(pgtable_unmap(pt, vaddr(base + front), size), -EINVAL);
	do {
		struct fake_snapshot *before = fake_save();

		fake_fail_after = (int)n++;
		err = pgtable_split(pt, vaddr(base + front), size);
		fake_fail_after = -1;
		if (err)
			assert_true(fake_unchanged(before));
		else
			free(before);
	} while (err);
	assert_true(n > 1);
	for (u64 at = 0; at < bytes; at += host_random_below(3000) * page() + page()) {
		struct fake_translation t = fake_translate(pt, base + at);

		assert_int_equal(t.pa, pa + at);
		assert_string_equal(t.access, "r-x---");
	}
	assert_int_equal(fake_translate(pt, base + front).pa, pa + front);
	/* Nothing that it cuts is left, so it can't fail now. */
	assert_int_equal(pgtable_unmap(pt, vaddr(base + front), size), 0);
	assert_true(fake_translate(pt, base + front - 1).mapped);
	assert_false(fake_translate(pt, base + front).mapped);
	assert_false(fake_translate(pt, base + front + size - 1).mapped);
	assert_true(fake_translate(pt, base + front + size).mapped);
	for (unsigned i = 0; i < fake_flush_count; i++)
		if (fake_flushes[i].bytes == bytes)
			assert_int_equal(fake_flushes[i].mapped, 0);
	pt->live = false;
}

static void splits_blocks_of_each_level(void **state)
{
	struct pgtable pt;

	(void)state;
	for (unsigned round = 0; round < 20; round++) {
		fake_begin(&pt, 48, round % 2);
		split_in(&pt, block());
		fake_end(&pt);
		if (host_page_shift == 12) {
			fake_begin(&pt, 48, round % 2);
			split_in(&pt, 1 * GiB);
			fake_end(&pt);
		}
	}
}

/* Aligned ends, holes and pages need no table. */
static void split_takes_no_more_than_it_needs(void **state)
{
	struct fake_snapshot *before;
	struct pgtable pt;
	u64 base;

	(void)state;
	fake_begin(&pt, 48, false);
	base = 5 * block();
	assert_int_equal(pgtable_map(&pt, vaddr(base), paddr(block()), 2 * block(), MAP_DATA), 0);
	assert_int_equal(
		pgtable_map(&pt, vaddr(base + 2 * block()), paddr(page()), 3 * page(), MAP_DATA),
		0);
	before = fake_save();
	fake_fail_after = 0;
	assert_int_equal(pgtable_split(&pt, vaddr(base), 2 * block()), 0);
	assert_int_equal(pgtable_split(&pt, vaddr(base + block()), block()), 0);
	assert_int_equal(pgtable_split(&pt, vaddr(base + 2 * block() + page()), page()), 0);
	assert_int_equal(pgtable_split(&pt, vaddr(base - 3 * page()), page()), 0);
	fake_fail_after = -1;
	assert_true(fake_unchanged(before));
	fake_end(&pt);
}

static u64 bytes_at_flush;

static void note_bytes(u64 va, u64 bytes)
{
	(void)va, (void)bytes;
	bytes_at_flush = fake_table_bytes;
}

/* Only tables that map nothing but the gap go; what is beside it stays. */
static void releases_empty_tables(void **state)
{
	struct pgtable pt;
	u64 base, kept, all;

	(void)state;
	fake_begin(&pt, 48, true);
	base = pgtable_base(&pt) + 16 * block();
	assert_int_equal(pgtable_map_pages(&pt, vaddr(base), paddr(0), page(), MAP_DATA), 0);
	kept = fake_table_bytes;
	assert_int_equal(
		pgtable_map_pages(&pt, vaddr(base + page()), paddr(0), 3 * block(), MAP_DATA), 0);
	all = fake_table_bytes;
	assert_int_equal(all, kept + 3 * page());
	pt.live = true;
	assert_int_equal(pgtable_unmap(&pt, vaddr(base + page()), 3 * block()), 0);
	fake_watch(&pt);
	bytes_at_flush = ~0ULL;
	fake_on_flush = note_bytes;
	/* A gap that ends in the last table's middle leaves that one. */
	pgtable_release(&pt, vaddr(base + page()), 3 * block(), base + page(),
			base + 3 * block() + 4 * page() - 1);
	assert_int_equal(fake_table_bytes, kept + page());
	/* Each is freed when its flush is done, and not before. */
	assert_int_equal(fake_flush_count, 2);
	assert_int_equal(fake_flushes[0].va / block(), base / block() + 1);
	assert_int_equal(fake_flushes[1].va / block(), base / block() + 2);
	assert_int_equal(bytes_at_flush, kept + 2 * page());
	pgtable_release(&pt, vaddr(base + page()), 3 * block(), base + page(),
			base + 4 * block() - 1);
	assert_int_equal(fake_table_bytes, kept);
	assert_true(fake_translate(&pt, base).mapped);
	assert_false(fake_translate(&pt, base + 2 * block()).mapped);
	/* What is released can be mapped again. */
	assert_int_equal(
		pgtable_map_pages(&pt, vaddr(base + 2 * block()), paddr(page()), page(), MAP_DATA),
		0);
	assert_int_equal(fake_translate(&pt, base + 2 * block()).pa, page());
	pt.live = false;
	fake_end(&pt);
}

/* The table that was used last is remembered; it must not be when it is gone. */
static void forgets_tables_that_are_gone(void **state)
{
	struct pgtable pt;
	u64 va;

	(void)state;
	for (unsigned round = 0; round < 8; round++) {
		fake_begin(&pt, 48, round % 2);
		va = pgtable_base(&pt) + 3 * block();
		pt.live = true;
		for (unsigned i = 0; i < 4; i++) {
			assert_int_equal(
				pgtable_map_pages(&pt, vaddr(va), paddr(0), page(), MAP_DATA), 0);
			assert_int_equal(pgtable_map_pages(&pt, vaddr(va + page()),
							   paddr(8 * page()), page(), MAP_RODATA),
					 0);
			assert_int_equal(fake_translate(&pt, va + page()).pa, 8 * page());
			assert_int_equal(
				pgtable_map_pages(&pt, vaddr(va), paddr(page()), page(), MAP_DATA),
				-EEXIST);
			assert_int_equal(pgtable_unmap(&pt, vaddr(va), page()), 0);
			assert_int_equal(pgtable_unmap(&pt, vaddr(va + page()), page()), 0);
			pgtable_release(&pt, vaddr(va), 2 * page(), pgtable_base(&pt),
					pgtable_last(&pt));
			assert_int_equal(fake_tables, 1);
		}
		pt.live = false;
		fake_end(&pt);
	}
}

/* The short way refuses what the long way refuses. */
static void single_pages_keep_the_contract(void **state)
{
	struct pgtable pt;
	u64 va;

	(void)state;
	fake_begin(&pt, 48, true);
	va = pgtable_base(&pt) + 3 * block();
	assert_int_equal(pgtable_map(&pt, vaddr(va), paddr(0), page(), MAP_DATA), 0);
	assert_int_equal(pgtable_unmap(&pt, vaddr(va), page()), 0);
	assert_int_equal(pgtable_map(&pt, vaddr(va), paddr(0), page(), MAP_DATA), 0);
	assert_non_null(pt.recent);
	va += page();
	assert_true(HOST_ASSERTS(pgtable_map(&pt, vaddr(va + 8), paddr(0), page(), MAP_DATA)));
	assert_true(HOST_ASSERTS(pgtable_map(&pt, vaddr(va), paddr(8), page(), MAP_DATA)));
	assert_true(HOST_ASSERTS(pgtable_map(&pt, vaddr(va), paddr(1ULL << 48), page(), MAP_DATA)));
	assert_true(HOST_ASSERTS(pgtable_map(&pt, vaddr(va), paddr(0), page(), MAP_BOOT)));
	assert_true(HOST_ASSERTS(pgtable_map(&pt, vaddr(va), paddr(0), 0, MAP_DATA)));
	assert_true(HOST_ASSERTS(pgtable_unmap(&pt, vaddr(va + 8), page())));
	assert_true(HOST_ASSERTS(pgtable_unmap(&pt, vaddr(va - (1ULL << 48)), page())));
	assert_false(fake_translate(&pt, va).mapped);
	fake_end(&pt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(maps_arrays),
		HOST_AT_EACH_PAGE_SHIFT(fills_whole_tables),
		HOST_AT_EACH_PAGE_SHIFT(array_changes_nothing_when_it_fails),
		HOST_AT_EACH_PAGE_SHIFT(splits_blocks_of_each_level),
		HOST_AT_EACH_PAGE_SHIFT(split_takes_no_more_than_it_needs),
		HOST_AT_EACH_PAGE_SHIFT(releases_empty_tables),
		HOST_AT_EACH_PAGE_SHIFT(forgets_tables_that_are_gone),
		HOST_AT_EACH_PAGE_SHIFT(single_pages_keep_the_contract),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
