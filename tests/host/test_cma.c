// SPDX-License-Identifier: BSD-2-Clause
/*
 * Claims: where they lie, what is refused in which words, and what they leave behind.
 *
 * Sources: mm/move/movable_pin.c
 * Sources: mm/move/movable.c mm/move/migrate.c mm/move/rmap.c mm/move/contig.c mm/move/compact.c
 * Sources: mm/move/cma.c kernel/show/memory/cma_report.c mm/page/frame.c mm/page/buddy.c
 * Sources: mm/page/buddy_check.c mm/page/pageblock.c mm/page/pages.c mm/page/pages_hot.c
 * Sources: mm/boot/memblock.c mm/boot/region_list.c mm/vmap/vmap.c mm/vmap/vmap_area.c
 * Sources: kernel/show/memory/vmap_report.c kernel/show/memory/fault_inject.c lib/cmdline.c
 * Sources: arch/arm64/table/pgtable.c arch/arm64/table/pgtable_hot.c
 * Sources: arch/arm64/table/pgtable_change.c arch/arm64/table/pgtable_replace.c
 * Sources: arch/arm64/table/pgtable_read.c mm/page/hot_text.c
 * Sources: arch/arm64/table/pgtable_check.c arch/arm64/table/granule.c lib/bitmap.c lib/format.c
 * Sources: lib/parse.c lib/string.c tests/host/moving.c tests/host/moving_state.c
 * Sources: tests/host/fake_machine.c tests/host/fake_image.S tests/host/fake_mmu.c
 * Sources: tests/host/buddy_model.c mm/page/hooks.c mm/page/boot_data.c mm/vmap/vmalloc.c
 * Libs: -Wl,--wrap=pgtable_map
 */
#include <stdio.h>
#include <string.h>

#include "claims.h"

#include <cmocka.h>

#include <arch/page.h>
#include <kernel/errno.h>

/* ---- places ---- */

/* From the top down, in whole pages, one below the other. */
static void from_the_top(void **state)
{
	u64 end, a, b;

	(void)state;
	begin();
	end = one->base.val + one->bytes;
	a = claim(3 * page - 1, 0);
	assert_int_equal(a, end - 3 * page);
	b = claim(1, page);
	assert_int_equal(b, end - 4 * page);
	give(a, 3 * page);
	assert_int_equal(claim(2 * page, 0), end - 2 * page);
	/* A hole of one page is used as long as it is the highest that fits. */
	assert_int_equal(claim(page, 0), end - 3 * page);
	give(end - 2 * page, 2 * page);
	give(end - 3 * page, 1);
	give(b, page - 5);
	give(claim(one->bytes, 0), one->bytes);
	said("");
	moving_end();
}

/* Every alignment that a place in the region has, wherever the region begins. */
static void alignments(void **state)
{
	(void)state;
	begin();
	for (u64 align = 0; align <= 8 * MiB; align = MAX(2 * align, 512ULL)) {
		u64 a = claim(page, align), b;

		b = align < 4 * MiB ? claim(2 * page, align) : a;
		if (b != a) {
			assert_int_equal(a - b, MAX(align, 2 * page));
			give(b, 2 * page);
		}
		give(a, page);
	}
	/* 8 MiB has one place only, in the middle of the region: a claim of half of it. */
	assert_int_equal(claim(4 * MiB, 8 * MiB), one->base.val + 4 * MiB);
	give(one->base.val + 4 * MiB, 4 * MiB);
	said("");
	assert_int_equal(cma_alloc(one, 5 * MiB, 8 * MiB, &(paddr_t){ 0 }), -EINVAL);
	assert_int_equal(cma_alloc(one, page, 1ULL << 63, &(paddr_t){ 0 }), -EINVAL);
	said("");
	/* At random. */
	for (unsigned i = 0; i < 200; i++) {
		u64 align = page << host_random_below(23 - host_page_shift);
		u64 bytes = page * (1 + host_random_below(64)), end = one->base.val + one->bytes;
		u64 a = claim(bytes, align);

		assert_int_equal(a, ALIGN_DOWN(end - bytes, align));
		give(a, bytes);
	}
	moving_end();
}

/* Regions are found by name, and each has its own. */
static void regions(void **state)
{
	paddr_t a, b;

	(void)state;
	begin();
	assert_ptr_equal(cma_find("one"), one);
	assert_ptr_equal(cma_find(NULL), moving_region[1]);
	assert_int_equal(cma_alloc(moving_region[1], 4 * MiB, 0, &a), 0);
	assert_int_equal(a.val, moving_region[1]->base.val);
	assert_int_equal(cma_alloc(moving_region[2], 2 * MiB, 2 * MiB, &b), 0);
	assert_int_equal(b.val, a.val + 4 * MiB);
	moving_check();
	assert_int_equal(cma_free(one, a, 4 * MiB), -EINVAL);
	assert_int_equal(cma_free(moving_region[1], b, 2 * MiB), -EINVAL);
	assert_int_equal(cma_free(moving_region[1], a, 6 * MiB), -EINVAL);
	assert_int_equal(cma_free(moving_region[2], b, 2 * MiB), 0);
	assert_int_equal(cma_free(moving_region[1], a, 4 * MiB), 0);
	moving_end();
}

/* ---- what is refused ---- */

/* Not for what is claimed: an empty region has no such place. */
static void no_place(void **state)
{
	u64 align, last;
	paddr_t pa;

	(void)state;
	begin();
	assert_int_equal(cma_alloc(one, 2 * MiB, 1ULL << 40, &pa), -EINVAL);
	/* The only multiple of it, with too little after it; and just enough. */
	align = 1ULL << (63 - __builtin_clzll(one->base.val ^ (one->base.val + one->bytes - 1)));
	last = one->base.val + one->bytes - ALIGN_UP(one->base.val, align);
	assert_int_equal(cma_alloc(one, last + page, align, &pa), -EINVAL);
	assert_int_equal(cma_alloc(one, last, align, &pa), 0);
	assert_int_equal(pa.val, ALIGN_UP(one->base.val, align));
	assert_int_equal(cma_free(one, pa, last), 0);
	assert_int_equal(one->failures[CMA_FAIL_CLAIMED], 0);
	moving_end();
}

static void invalid(void **state)
{
	paddr_t pa = paddr(1);
	u64 *map;

	(void)state;
	begin();
	assert_int_equal(cma_alloc(one, 0, 0, &pa), -EINVAL);
	assert_int_equal(cma_alloc(one, one->bytes + 1, 0, &pa), -EINVAL);
	assert_int_equal(cma_alloc(one, ~0ULL, 0, &pa), -EINVAL);
	assert_int_equal(cma_alloc(one, page, 3, &pa), -EINVAL);
	assert_int_equal(cma_alloc(one, page, 3 * page, &pa), -EINVAL);
	map = one->claimed;
	one->claimed = NULL;
	assert_int_equal(cma_alloc(one, page, 0, &pa), -EINVAL);
	assert_int_equal(cma_free(one, one->base, page), -EINVAL);
	moving_check();
	one->claimed = map;
	assert_int_equal(pa.val, 1);
	for (unsigned i = 0; i < CMA_FAILURES; i++)
		assert_int_equal(one->failures[i], 0);
	moving_end();
}

/* Anything but what was claimed: its parts, more than it, its neighbours, what is free or lent. */
static void wrong_frees(void **state)
{
	u64 a, b, low;
	char line[128];

	(void)state;
	begin();
	a = claim(PAGEBLOCK_BYTES + 6 * page, 0);
	b = claim(5 * page, 0);
	low = one->base.val;
	struct {
		u64 pa;
		u64 bytes;
	} wrong[] = {
		{ b, 4 * page },
		{ b, 6 * page },
		{ b, 5 * page + 1 },
		{ b, 4 * page },
		{ b, 0 },
		{ b, ~0ULL },
		{ b, ~0ULL - page },
		{ b + page, 4 * page },
		{ b + 4 * page, page },
		{ b + 4 * page, ~0ULL },
		{ b + 4 * page, 0 },
		{ b + 1, 5 * page },
		{ b - page, page },
		{ b, a - b + PAGEBLOCK_BYTES + 6 * page },
		{ a + 6 * page, PAGEBLOCK_BYTES },
		{ a + 2 * page, 4 * page },
		{ ALIGN_UP(a + 1, PAGEBLOCK_BYTES), PAGEBLOCK_BYTES },
		{ ALIGN_UP(a + 1, PAGEBLOCK_BYTES), ~0ULL },
		{ low, page },
		{ low - page, page },
		{ low + one->bytes, page },
		{ 0, page },
		{ ~0ULL - page + 1, page },
	};
	for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct moving_snapshot *before = moving_save();

		snprintf(line, sizeof(line),
			 "cma: one: %llu bytes at %#llx are not what was claimed\n", wrong[i].bytes,
			 wrong[i].pa);
		moving_said[0] = '\0';
		if (cma_free(one, paddr(wrong[i].pa), wrong[i].bytes) != -EINVAL)
			fail_msg("row %u", i);
		said(line);
		moving_expect_unchanged(before);
	}
	give(b, 5 * page);
	/* Once more, and with what stood there before in a new claim's way. */
	assert_int_equal(cma_free(one, paddr(b), 5 * page), -EINVAL);
	assert_int_equal(claim(3 * page, 0), b + 2 * page);
	assert_int_equal(cma_free(one, paddr(b), 5 * page), -EINVAL);
	give(b + 2 * page, 3 * page);
	give(a, PAGEBLOCK_BYTES + 6 * page);
	moving_end();
}

/* Behind a head words are junk, and may look like a claim. */
static void junk_words(void **state)
{
	u64 a, inside;

	(void)state;
	begin();
	a = claim(2 * PAGEBLOCK_BYTES, PAGEBLOCK_BYTES);
	inside = a + PAGEBLOCK_BYTES + page;
	*moving_word(inside) = FRAME_CLAIMED | 1ULL << FRAME_OWN_SHIFT;
	assert_int_equal(cma_free(one, paddr(inside), page), -EINVAL);
	moving_check();
	give(a, 2 * PAGEBLOCK_BYTES);
	moving_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(from_the_top), HOST_AT_EACH_PAGE_SHIFT(alignments),
		HOST_AT_EACH_PAGE_SHIFT(regions),      HOST_AT_EACH_PAGE_SHIFT(no_place),
		HOST_AT_EACH_PAGE_SHIFT(invalid),      HOST_AT_EACH_PAGE_SHIFT(wrong_frees),
		HOST_AT_EACH_PAGE_SHIFT(junk_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
