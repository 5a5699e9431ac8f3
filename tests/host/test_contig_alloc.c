// SPDX-License-Identifier: BSD-2-Clause
/*
 * Ranges of ordinary memory: which is found, what it may not touch, what is moved for it, and that
 * nothing is left of it once it has been given back.
 *
 * Sources: mm/movable.c mm/migrate.c mm/rmap.c mm/contig.c mm/contig_alloc.c mm/compact.c mm/cma.c
 * Sources: mm/cma_report.c
 * Sources: mm/frame.c mm/buddy.c mm/pageblock.c mm/pages.c mm/memblock.c mm/region_list.c
 * Sources: mm/vmap.c mm/vmap_area.c mm/vmap_report.c mm/fault_inject.c kernel/cmdline.c
 * Sources: arch/arm64/pgtable.c arch/arm64/pgtable_entries.c arch/arm64/pgtable_change.c
 * Sources: arch/arm64/pgtable_replace.c arch/arm64/pgtable_read.c arch/arm64/granule.c
 * Sources: lib/bitmap.c lib/format.c lib/parse.c lib/string.c tests/host/moving.c
 * Sources: tests/host/moving_state.c tests/host/fake_machine.c tests/host/fake_image.S
 * Sources: tests/host/fake_mmu.c tests/host/buddy_model.c
 * Libs: -Wl,--wrap=pgtable_map
 */
#include <string.h>

#include "moving.h"

#include <cmocka.h>

#include <arch/boot.h>
#include <arch/page.h>
#include <kernel/errno.h>
#include <mm/buddy.h>
#include <mm/contig_alloc.h>
#include <mm/movable.h>
#include <mm/pages.h>
#include <mm/rmap.h>

#define RAM_END (MOVING_RAM + MOVING_RAM_BYTES)
#define CMA     (MOVING_RAM + MOVING_CMA_OFFSET)
#define CMA_END (CMA + MOVING_CMA_BYTES)
#define IMAGE   (MOVING_RAM + 2 * MiB)

static struct contig_result result;

/* ---- a naive map: what each page is ---- */

#define PAGES (MOVING_RAM_BYTES >> PAGE_SHIFT_MIN)

enum { FIXED, EMPTY, MOVING };

static u8 map[PAGES];

static u64 number(u64 pa)
{
	return (pa - MOVING_RAM) >> host_page_shift;
}

static u64 page_at(u64 n)
{
	return MOVING_RAM + (n << host_page_shift);
}

static bool is_cma(u64 pa)
{
	return pa >= CMA && pa < CMA_END;
}

static void draw_map(void)
{
	struct movable_cursor cursor = { 0 };
	paddr_t page;

	pages_drain();
	memset(map, FIXED, sizeof(map));
	for (u64 pa = MOVING_RAM, end; pa < RAM_END; pa = end) {
		const struct frame *f = frame_of(paddr(pa));

		end = pa + PAGEBLOCK_BYTES;
		/* Of what was all reserved at boot nobody wrote the words. */
		if (IS_ALIGNED(pa, PAGEBLOCK_BYTES) &&
		    buddy_model_all(pa, PAGEBLOCK_BYTES, MODEL_TAKEN))
			continue;
		end = pa + frame_bytes(f);
		if (frame_kind(f) == FRAME_FREE && !is_cma(pa))
			memset(map + number(pa), EMPTY, number(end) - number(pa));
	}
	while (movable_next(&cursor, &page))
		if (!is_cma(page.val) && rmap_may_move(*moving_word(page.val)))
			map[number(page.val)] = MOVING;
}

static bool page_is_allowed(const struct contig_request *r, u64 pa)
{
	u64 end = pa + page_size();

	if (pa < r->min.val || (r->max.val && end > r->max.val))
		return false;
	for (unsigned i = 0; i < r->avoid_count; i++) {
		const struct contig_range *range = &r->avoid[i];
		bool begins_below = range->base.val < pa;

		if (range->bytes && range->base.val < end &&
		    (!begins_below || pa - range->base.val < range->bytes))
			return false;
	}
	return true;
}

/* The lowest place, or 0. */
static u64 expected_place(const struct contig_request *r, u64 worst, u64 *longest)
{
	u64 bytes = page_align_up(r->bytes), align = MAX(r->align, page_size());

	*longest = 0;
	for (u64 base = ALIGN_UP(MOVING_RAM, align); base < RAM_END; base += align) {
		u64 end = base;

		while (end < RAM_END && end - base < bytes && map[number(end)] != FIXED &&
		       map[number(end)] <= worst && page_is_allowed(r, end))
			end += page_size();
		*longest = MAX(*longest, end - base);
		if (end - base == bytes)
			return base;
	}
	return 0;
}

static u64 count_of(u64 base, u64 bytes, u64 kind)
{
	u64 count = 0;

	for (u64 pa = base; pa < base + bytes; pa += page_size())
		count += map[number(pa)] == kind;
	return count;
}

static void check(void)
{
	paddr_t pa;
	vaddr_t va;

	assert_null(buddy_check(&pa));
	assert_null(movable_check(&va));
	assert_null(pgtable_check(&moving_space, &va));
	assert_int_equal(buddy_free_bytes(MIGRATE_ISOLATE), 0);
}

/* A row of claimed blocks, none larger than a pageblock, and no pageblock is CMA's. */
static void is_taken(u64 base, u64 bytes)
{
	u64 own = bytes >> host_page_shift;

	for (u64 at = base; at < base + bytes; own = 0) {
		const struct frame *f = frame_of(paddr(at));

		assert_int_equal(frame_kind(f), FRAME_CLAIMED);
		assert_int_equal(frame_own(f), own);
		assert_true(frame_bytes(f) <= PAGEBLOCK_BYTES);
		assert_true(frame_pageblock_type(paddr(at)) <= MIGRATE_MOVABLE);
		at += frame_bytes(f);
		assert_true(at <= base + bytes);
	}
}

/* Ask for it, and compare with what the map says. True when it was had. */
static bool alloc(const struct contig_request *r, u64 *base)
{
	u64 bytes = page_align_up(r->bytes), all, place, longest;
	u64 moved = moving_copies;
	paddr_t pa;
	int err;

	draw_map();
	all = pages_free_bytes();
	place = expected_place(r, EMPTY, &longest);
	if (!place && bytes <= all)
		place = expected_place(r, MOVING, &longest);
	err = contig_alloc(r, &result, &pa);
	moving_ns = 0;
	check();
	if (!place) {
		assert_int_equal(err, -ENOMEM);
		assert_non_null(result.why);
		if (bytes <= all)
			assert_int_equal(result.largest_bytes, MIN(longest, all));
		assert_int_equal(moving_copies, moved);
		assert_int_equal(pages_free_bytes(), all);
		return false;
	}
	assert_int_equal(err, 0);
	assert_int_equal(pa.val, place);
	assert_int_equal(result.moved_bytes, count_of(place, bytes, MOVING) << host_page_shift);
	assert_int_equal(result.moved_bytes, (moving_copies - moved) << host_page_shift);
	assert_int_equal(pages_free_bytes(), all - bytes);
	is_taken(place, bytes);
	*base = place;
	return true;
}

static void give(u64 base, u64 bytes)
{
	contig_free(paddr(base), bytes);
	check();
}

/* Ask for it, be sure to get it, and give it back at once: all is as it was. */
static u64 alloc_and_give(const struct contig_request *r)
{
	struct moving_snapshot *before;
	u64 base;

	pages_drain();
	before = moving_save();
	assert_true(alloc(r, &base));
	give(base, r->bytes);
	moving_expect_unchanged(before);
	return base;
}

/* ---- free memory ---- */

static void sizes_and_alignments(void **state)
{
	(void)state;
	moving_begin();
	for (u64 align = 0; align <= 8 * MiB; align = align ? align * 2 : 1)
		for (u64 bytes = 1; bytes <= 8 * MiB; bytes = bytes * 3 + 1)
			alloc_and_give(&(struct contig_request){ .bytes = bytes, .align = align });
	moving_end();
}

static void windows(void **state)
{
	u64 base;

	(void)state;
	moving_begin();
	for (unsigned i = 0; i < 300; i++) {
		struct contig_request r = { .bytes = 1 + host_random_below(6 * MiB) };

		r.min.val = MOVING_RAM - MiB + host_random_below(MOVING_RAM_BYTES);
		r.max.val = r.min.val + host_random_below(12 * MiB);
		if (alloc(&r, &base))
			give(base, r.bytes);
	}
	/* Its very end, and no page more. */
	base = alloc_and_give(&(struct contig_request){ .bytes = 3 * MiB, .min = paddr(CMA_END) });
	assert_int_equal(base, CMA_END);
	assert_int_equal(alloc_and_give(&(struct contig_request){ .bytes = 3 * MiB,
								  .min = paddr(base),
								  .max = paddr(base + 3 * MiB) }),
			 base);
	assert_false(alloc(&(struct contig_request){ .bytes = 3 * MiB,
						     .min = paddr(base + 1),
						     .max = paddr(base + 3 * MiB) },
			   &base));
	moving_end();
}

static void avoids(void **state)
{
	struct contig_range avoid[6];
	u64 base;

	(void)state;
	moving_begin();
	for (unsigned i = 0; i < 300; i++) {
		struct contig_request r = { .bytes = 1 + host_random_below(5 * MiB),
					    .align = 1ULL << host_random_below(23),
					    .avoid = avoid };

		r.avoid_count = (unsigned)host_random_below(7);
		for (unsigned n = 0; n < r.avoid_count; n++) {
			avoid[n].base.val = MOVING_RAM + host_random_below(MOVING_RAM_BYTES);
			avoid[n].bytes = host_random_below(3) ? host_random_below(6 * MiB) : 0;
		}
		if (alloc(&r, &base))
			give(base, r.bytes);
	}
	/* Everything, to the end of the world. */
	avoid[0] = (struct contig_range){ paddr(1), ~0ULL };
	assert_false(alloc(&(struct contig_request){ .bytes = 1, .avoid = avoid, .avoid_count = 1 },
			   &base));
	moving_end();
}

static void wrong_requests(void **state)
{
	const struct contig_request wrong[] = {
		{ .bytes = 0 },
		{ .bytes = 1, .align = 3 },
		{ .bytes = 1, .align = 0x6000 },
	};
	paddr_t pa;

	(void)state;
	moving_begin();
	for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_int_equal(contig_alloc(&wrong[i], &result, &pa), -EINVAL);
	assert_int_equal(contig_alloc_at(paddr(CMA_END), 0, &result), -EINVAL);
	assert_int_equal(contig_alloc_at(paddr(CMA_END), 1, &result), -EINVAL);
	assert_int_equal(contig_alloc_at(paddr(CMA_END + 1), page_size(), &result), -EINVAL);
	assert_int_equal(contig_alloc(&(struct contig_request){ .bytes = ~0ULL }, &result, &pa),
			 -ENOMEM);
	assert_string_equal(result.why, "not so much memory is free");
	assert_true(result.largest_bytes > 8 * MiB);
	alloc_and_give(&(struct contig_request){ .bytes = result.largest_bytes });
	moving_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(sizes_and_alignments),
		HOST_AT_EACH_PAGE_SHIFT(windows),
		HOST_AT_EACH_PAGE_SHIFT(avoids),
		HOST_AT_EACH_PAGE_SHIFT(wrong_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
