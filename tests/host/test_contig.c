// SPDX-License-Identifier: BSD-2-Clause
/*
 * Ranges that are emptied and taken: what may lie in them, where they end, and what is left behind
 * when it can't be done.
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
#include "moving.h"

#include <cmocka.h>

#include <arch/boot.h>
#include <arch/page.h>
#include <kernel/errno.h>
#include <mm/buddy.h>
#include <mm/contig.h>
#include <mm/movable.h>
#include <mm/pages.h>
#include <mm/rmap.h>

#define CMA     (MOVING_RAM + MOVING_CMA_OFFSET)
#define CMA_END (CMA + MOVING_CMA_BYTES)

static struct contig_result result;

static int take(u64 base, u64 end, bool wait)
{
	int err = contig_take(paddr(base), end - base, MIGRATE_CMA, wait, &result);

	moving_ns = 0;
	return err;
}

/* The range is the caller's: a row of claimed blocks, and its pageblocks are CMA's again. */
static void is_taken(u64 base, u64 end)
{
	u64 own = (end - base) >> host_page_shift;

	for (u64 at = base; at < end; own = 0) {
		const struct frame *f = frame_of(paddr(at));

		assert_int_equal(frame_kind(f), FRAME_CLAIMED);
		assert_int_equal(frame_own(f), own);
		assert_int_equal(frame_pageblock_type(paddr(at)), MIGRATE_CMA);
		at += page_size() << frame_order(f);
		assert_true(at <= end);
	}
	assert_int_equal(buddy_free_bytes(MIGRATE_ISOLATE), 0);
}

/* cma_check would miss the bits of these claims. */
static void check(void)
{
	paddr_t pa;
	vaddr_t va;

	assert_null(buddy_check(&pa));
	assert_null(movable_check(&va));
	assert_null(pgtable_check(&moving_space, &va));
}

static void take_and_give(u64 base, u64 end)
{
	struct moving_snapshot *before = moving_save();
	u64 all = pages_free_bytes();

	assert_int_equal(take(base, end, false), 0);
	is_taken(base, end);
	check();
	assert_int_equal(result.moved_bytes, 0);
	assert_int_equal(all - pages_free_bytes(), end - base);
	contig_give(paddr(base), end - base);
	check();
	moving_expect_unchanged(before);
}

/* ---- what is free ---- */

static void free_ranges(void **state)
{
	u64 page, pb = PAGEBLOCK_BYTES;

	(void)state;
	moving_begin();
	page = page_size();
	take_and_give(CMA, CMA_END);
	take_and_give(CMA, CMA + page);
	take_and_give(CMA_END - page, CMA_END);
	take_and_give(CMA + pb, CMA + 2 * pb);
	take_and_give(CMA + pb - page, CMA + pb + page);
	take_and_give(CMA + page, CMA + 4 * pb - page);
	take_and_give(CMA + 3 * page, CMA + 5 * page);
	for (unsigned i = 0; i < 300; i++) {
		u64 pages = MOVING_CMA_BYTES >> host_page_shift;
		u64 first = host_random_below(pages);
		u64 count = 1 + host_random_below(MIN(pages - first, 3 * pb >> host_page_shift));

		take_and_give(CMA + first * page, CMA + (first + count) * page);
	}
	moving_end();
}

/* Side by side, in one pageblock: neither changes the other, and each is given back by itself. */
static void neighbours(void **state)
{
	u64 page, at, count = 0, bounds[20];
	struct moving_snapshot *before;

	(void)state;
	moving_begin();
	page = page_size();
	before = moving_save();
	for (at = CMA + page; at < CMA + PAGEBLOCK_BYTES + 5 * page && count < 19;) {
		bounds[count++] = at;
		at += page * (1 + host_random_below(PAGEBLOCK_BYTES / page / 8));
		assert_int_equal(take(bounds[count - 1], at, false), 0);
		bounds[count] = at;
		check();
	}
	for (u64 i = 0; i < count; i++)
		is_taken(bounds[i], bounds[i + 1]);
	for (u64 i = 0; i < count; i += 2)
		contig_give(paddr(bounds[i]), bounds[i + 1] - bounds[i]);
	check();
	for (u64 i = 1; i < count; i += 2) {
		is_taken(bounds[i], bounds[i + 1]);
		contig_give(paddr(bounds[i]), bounds[i + 1] - bounds[i]);
	}
	moving_expect_unchanged(before);
	moving_end();
}

/* ---- what is lent ---- */

/* Areas that fill the regions, with holes where others were. */
static struct moving_area lent[40];

static void lend(u64 most)
{
	for (unsigned i = 0; i < ARRAY_SIZE(lent); i++)
		if (!moving_area_alloc(&lent[i], 1 + host_random_below(most)))
			break;
	for (unsigned i = 0; i < ARRAY_SIZE(lent); i += 3)
		if (lent[i].at)
			moving_area_free(&lent[i]);
}

static void verify_lent(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(lent); i++)
		if (lent[i].at)
			moving_area_verify(&lent[i]);
}

static void take_back(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(lent); i++)
		if (lent[i].at)
			moving_area_free(&lent[i]);
}

static u64 lent_in(u64 base, u64 end)
{
	struct movable_cursor cursor = { 0 };
	u64 bytes = 0;
	paddr_t page;

	while (movable_next(&cursor, &page))
		if (page.val >= base && page.val < end)
			bytes += page_size();
	return bytes;
}

/* It moves, whatever the range's ends are, and the user doesn't see it. */
static void lent_ranges(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 30; i++) {
		struct moving_snapshot *before;
		u64 pages = MOVING_CMA_BYTES >> host_page_shift, base, end, moving;

		moving_begin();
		lend(pages / 16);
		base = CMA + (host_random_below(pages / 2) << host_page_shift);
		end = base + ((1 + host_random_below(pages / 2)) << host_page_shift);
		before = moving_save();
		moving = lent_in(base, end);
		moving_copies = 0;
		assert_int_equal(take(base, end, false), 0);
		assert_int_equal(result.moved_bytes, moving);
		assert_int_equal(moving_copies << host_page_shift, moving);
		is_taken(base, end);
		check();
		verify_lent();
		assert_int_equal(lent_in(base, end), 0);
		contig_give(paddr(base), end - base);
		moving_check();
		verify_lent();
		moving_expect_same_sums(before);
		take_back();
		moving_end();
	}
}

/* Pages go to ordinary memory, and not into the rest of the regions, as long as there is some. */
static void goes_elsewhere(void **state)
{
	struct moving_area area;

	(void)state;
	moving_begin();
	assert_true(moving_area_alloc(&area, 2));
	assert_true(moving_pa(&area, 0) >= CMA && moving_pa(&area, 0) < CMA_END);
	assert_int_equal(take(CMA, CMA_END - PAGEBLOCK_BYTES, false), 0);
	assert_false(moving_pa(&area, 0) >= CMA && moving_pa(&area, 0) < CMA_END);
	contig_give(paddr(CMA), MOVING_CMA_BYTES - PAGEBLOCK_BYTES);
	moving_area_free(&area);
	moving_end();
}

/* ---- what is in the way ---- */

/* Refused, because of the page at `where`; if nothing could move, nothing has changed. */
static void refuses(u64 base, u64 end, enum migratetype type, u64 where, const char *why)
{
	struct moving_snapshot *before = moving_save();

	assert_int_equal(contig_take(paddr(base), end - base, type, false, &result), -EBUSY);
	assert_int_equal(result.where.val, where);
	assert_string_equal(result.why, why);
	assert_int_equal(result.moved_bytes, 0);
	moving_expect_unchanged(before);
	check();
}

/* Somebody else's claim, at either end and in the middle: it stays theirs. */
static void claimed(void **state)
{
	u64 page, own = CMA + PAGEBLOCK_BYTES + PAGEBLOCK_BYTES / 2, end;
	const char *why = "it is claimed already";

	(void)state;
	moving_begin();
	page = page_size();
	end = own + 3 * page;
	assert_int_equal(take(own, end, false), 0);
	refuses(CMA, CMA_END, MIGRATE_CMA, own, why);
	refuses(own - page, own + page, MIGRATE_CMA, own, why);
	refuses(own, end, MIGRATE_CMA, own, why);
	refuses(own, end + page, MIGRATE_CMA, own, why);
	refuses(own + page, own + 2 * page, MIGRATE_CMA,
		frame_order(frame_of(paddr(own))) ? own : own + page, why);
	refuses(end - page, end + 2 * page, MIGRATE_CMA, end - page, why);
	is_taken(own, end);
	contig_give(paddr(own), end - own);
	moving_end();
}

/* What can't move, in ordinary memory: allocated, hot, a table, reserved. */
static void unmovable(void **state)
{
	u64 pb = PAGEBLOCK_BYTES, base, at;
	paddr_t block, pa;

	(void)state;
	moving_begin();
	/* A pageblock of movable type, in small blocks, one of which is taken. */
	assert_true(buddy_take(MIGRATE_MOVABLE, MIGRATE_MOVABLE, buddy_pageblock_order(), &block));
	base = block.val;
	buddy_put(block, buddy_pageblock_order());
	assert_true(buddy_take(MIGRATE_MOVABLE, MIGRATE_MOVABLE, 2, &pa));
	assert_int_equal(ALIGN_DOWN(pa.val, pb), base);
	at = pa.val;
	refuses(base, base + pb, MIGRATE_MOVABLE, at, "a page of it can't move");
	frame_set_kind(frame_of(pa), FRAME_TABLE);
	refuses(base, base + pb, MIGRATE_MOVABLE, at, "a page of it can't move");
	frame_set_kind(frame_of(pa), FRAME_HOT);
	refuses(base, base + pb, MIGRATE_MOVABLE, at, "a CPU keeps a page of it ready");
	frame_set_kind(frame_of(pa), FRAME_ALLOCATED);
	/* Only a part of the block is in the range. */
	refuses(at + page_size(), at + 16 * page_size(), MIGRATE_MOVABLE, at,
		"a page of it can't move");
	buddy_put(pa, 2);
	moving_end();
}

/* A page of it has just been freed, and is kept ready: it is fetched from the list. */
static void kept_ready(void **state)
{
	paddr_t pa;

	(void)state;
	moving_begin();
	assert_int_equal(pages_alloc(0, 0, &pa), 0);
	pages_free(pa, 0);
	assert_int_equal(frame_kind(frame_of(pa)), FRAME_HOT);
	assert_int_equal(contig_take(pa, page_size(), frame_pageblock_type(pa), false, &result), 0);
	assert_int_equal(frame_kind(frame_of(pa)), FRAME_CLAIMED);
	contig_give(pa, page_size());
	moving_end();
}

/* Next to the image, in a pageblock that is partly reserved. */
static void reserved(void **state)
{
	u64 image = boot_info.image_pa, end;

	(void)state;
	moving_begin();
	image = boot_info.image_pa;
	end = ALIGN_UP(image + MACHINE_IMAGE_BYTES, page_size());
	refuses(image, image + PAGEBLOCK_BYTES, MIGRATE_UNMOVABLE, image,
		"a page of it can't move");
	refuses(end - page_size(), end + page_size(), MIGRATE_UNMOVABLE, end - page_size(),
		"a page of it can't move");
	assert_int_equal(contig_take(paddr(end), image + PAGEBLOCK_BYTES - end, MIGRATE_UNMOVABLE,
				     false, &result),
			 0);
	check();
	contig_give(paddr(end), image + PAGEBLOCK_BYTES - end);
	moving_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(free_ranges), HOST_AT_EACH_PAGE_SHIFT(neighbours),
		HOST_AT_EACH_PAGE_SHIFT(lent_ranges), HOST_AT_EACH_PAGE_SHIFT(goes_elsewhere),
		HOST_AT_EACH_PAGE_SHIFT(claimed),     HOST_AT_EACH_PAGE_SHIFT(unmovable),
		HOST_AT_EACH_PAGE_SHIFT(reserved),    HOST_AT_EACH_PAGE_SHIFT(kept_ready),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
