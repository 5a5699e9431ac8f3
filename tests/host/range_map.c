// SPDX-License-Identifier: BSD-2-Clause
/* Ranges, and what they should be: <range_map.h> says what it is for. */
#include <string.h>

#include "range_map.h"

#include <cmocka.h>

#include <arch/page.h>
#include <kernel/errno.h>
#include <mm/buddy.h>
#include <mm/movable.h>
#include <mm/pages.h>
#include <mm/rmap.h>

#define RAM_END (MOVING_RAM + MOVING_RAM_BYTES)
#define CMA     (MOVING_RAM + MOVING_CMA_OFFSET)
#define CMA_END (CMA + MOVING_CMA_BYTES)

struct contig_result range_result;

/* ---- a naive map: what each page is ---- */

#define PAGES (MOVING_RAM_BYTES >> PAGE_SHIFT_MIN)

static u8 map[PAGES];

static u64 number(u64 pa)
{
	return (pa - MOVING_RAM) >> host_page_shift;
}

enum range_page range_map_at(u64 pa)
{
	return (enum range_page)map[number(pa)];
}

static bool is_cma(u64 pa)
{
	return pa >= CMA && pa < CMA_END;
}

void range_map_draw(void)
{
	struct movable_cursor cursor = { 0 };
	paddr_t page;

	pages_drain();
	memset(map, RANGE_FIXED, sizeof(map));
	for (u64 pa = MOVING_RAM, end; pa < RAM_END; pa = end) {
		const struct frame *f = frame_of(paddr(pa));

		end = pa + PAGEBLOCK_BYTES;
		/* Of what was all reserved at boot nobody wrote the words. */
		if (IS_ALIGNED(pa, PAGEBLOCK_BYTES) &&
		    buddy_model_all(pa, PAGEBLOCK_BYTES, MODEL_TAKEN))
			continue;
		end = pa + frame_bytes(f);
		if (frame_kind(f) == FRAME_FREE && !is_cma(pa))
			memset(map + number(pa), RANGE_EMPTY, number(end) - number(pa));
	}
	while (movable_next(&cursor, &page))
		if (!is_cma(page.val) && rmap_may_move(*moving_word(page.val)))
			map[number(page.val)] = RANGE_MOVING;
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

		while (end < RAM_END && end - base < bytes && map[number(end)] != RANGE_FIXED &&
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

void range_check(void)
{
	paddr_t pa;
	vaddr_t va;

	assert_null(buddy_check(&pa));
	assert_null(movable_check(&va));
	assert_null(pgtable_check(&moving_space, &va));
	assert_int_equal(buddy_free_bytes(MIGRATE_ISOLATE), 0);
}

/* A row of claimed blocks, none larger than a pageblock, and no pageblock is CMA's. */
void range_is_taken(u64 base, u64 bytes)
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
bool range_alloc(const struct contig_request *r, u64 *base)
{
	u64 bytes = page_align_up(r->bytes), all, place, longest;
	u64 moved = moving_copies;
	paddr_t pa;
	int err;

	range_map_draw();
	all = pages_free_bytes();
	place = expected_place(r, RANGE_EMPTY, &longest);
	if (!place && bytes <= all)
		place = expected_place(r, RANGE_MOVING, &longest);
	err = contig_alloc(r, &range_result, &pa);
	moving_ns = 0;
	range_check();
	if (!place) {
		assert_int_equal(err, -ENOMEM);
		assert_non_null(range_result.why);
		if (bytes <= all)
			assert_int_equal(range_result.largest_bytes, MIN(longest, all));
		assert_int_equal(moving_copies, moved);
		assert_int_equal(pages_free_bytes(), all);
		return false;
	}
	assert_int_equal(err, 0);
	assert_int_equal(pa.val, place);
	assert_int_equal(range_result.moved_bytes, count_of(place, bytes, RANGE_MOVING)
							   << host_page_shift);
	assert_int_equal(range_result.moved_bytes, (moving_copies - moved) << host_page_shift);
	assert_int_equal(pages_free_bytes(), all - bytes);
	range_is_taken(place, bytes);
	*base = place;
	return true;
}

void range_give(u64 base, u64 bytes)
{
	contig_free(paddr(base), bytes);
	range_check();
}
