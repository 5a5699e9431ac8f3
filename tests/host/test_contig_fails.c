// SPDX-License-Identifier: BSD-2-Clause
/*
 * Ranges that can't be emptied for want of memory, and failures at every step: all is as it was,
 * but for pages that had moved by then.
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

#include <arch/page.h>
#include <kernel/errno.h>
#include <mm/buddy.h>
#include <mm/contig.h>
#include <mm/movable.h>
#include <mm/pages.h>

#define CMA     (MOVING_RAM + MOVING_CMA_OFFSET)
#define CMA_END (CMA + MOVING_CMA_BYTES)

static struct contig_result result;

static int take(u64 base, u64 end)
{
	return contig_take(paddr(base), end - base, MIGRATE_CMA, false, &result);
}

static u64 region_pages(void)
{
	return MOVING_CMA_BYTES >> host_page_shift;
}

/* One attempt, at which the step fails: false when there is no such step. */
static bool try_with(u64 base, u64 end, const struct moving_area *area, u64 step)
{
	struct moving_snapshot *before = moving_save();
	bool failed;
	int err;

	moving_inject(FAULT_MIGRATE, step);
	err = take(base, end);
	failed = moving_failed(FAULT_MIGRATE);
	moving_inject(FAULT_MIGRATE, 0);
	if (err) {
		assert_int_equal(err, -EAGAIN);
		assert_string_equal(result.why, "fault injection said so");
	} else {
		contig_give(paddr(base), end - base);
	}
	moving_check();
	if (area->at)
		moving_area_verify(area);
	if (result.moved_bytes)
		moving_expect_same_sums(before);
	else
		moving_expect_unchanged(before);
	return failed;
}

/*
 * Each step fails in turn; `pages` of the range are lent. The first step and the last end the
 * attempt; a page that found no place is tried again.
 */
static void sweep(u64 base, u64 end, u64 pages)
{
	struct moving_area area = { 0 };
	bool failed = true;
	u64 step = 0;

	while (failed) {
		moving_begin();
		if (pages)
			assert_true(moving_area_alloc(&area, pages));
		failed = try_with(base, end, &area, ++step);
		if (area.at)
			moving_area_free(&area);
		moving_end();
		assert_true(step < 1000);
	}
	assert_true(step > (pages ? 3 : 2));
}

static void each_step(void **state)
{
	u64 page = 1ULL << host_page_shift;

	(void)state;
	sweep(CMA, CMA_END, 0);
	sweep(CMA + page, CMA + PAGEBLOCK_BYTES + page, 0);
	sweep(CMA, CMA_END, 3);
	sweep(CMA + page, CMA_END, 10);
	sweep(CMA, CMA + 2 * PAGEBLOCK_BYTES, (PAGEBLOCK_BYTES + PAGEBLOCK_BYTES / 2) / page);
}

/* No memory but what the regions lend, and that is in use: nothing moves. */
static void no_memory(void **state)
{
	struct moving_snapshot *before;
	struct moving_area area;

	(void)state;
	moving_begin();
	assert_true(moving_area_alloc(&area, region_pages()));
	moving_exhaust(0);
	before = moving_save();
	assert_int_equal(take(CMA, CMA_END), -ENOMEM);
	assert_string_equal(result.why, "there is no memory to move what it holds to");
	assert_int_equal(result.moved_bytes, 0);
	moving_expect_unchanged(before);
	moving_check();
	moving_area_verify(&area);
	moving_relent_all();
	moving_area_free(&area);
	moving_end();
}

/* A few pages less than what has to move: these few have moved, the rest is where it was. */
static void too_little_memory(void **state)
{
	struct moving_snapshot *before;
	struct moving_area area;
	u64 most = 2 * MIN(64ULL, 256 * KiB >> host_page_shift);

	(void)state;
	for (u64 left = 1; left < 20; left += 1 + left / 4) {
		moving_begin();
		assert_true(moving_area_alloc(&area, most));
		moving_exhaust(MIN(left, most - 1));
		pages_drain();
		before = moving_save();
		assert_int_equal(take(CMA, CMA_END), -ENOMEM);
		assert_int_equal(result.moved_bytes >> host_page_shift, MIN(left, most - 1));
		moving_check();
		moving_expect_same_sums(before);
		moving_area_verify(&area);
		moving_relent_all();
		moving_area_free(&area);
		moving_end();
	}
}

/* Just as much is free as has to move, but it is kept hot: the claim is had all the same. */
static void hot_blocks_are_used(void **state)
{
	struct moving_area area;

	(void)state;
	moving_begin();
	assert_true(moving_area_alloc(&area, 4));
	moving_exhaust(0);
	moving_relent(4);
	assert_int_equal(buddy_free_bytes(MIGRATE_MOVABLE) + buddy_free_bytes(MIGRATE_UNMOVABLE),
			 0);
	assert_int_equal(take(CMA, CMA_END), 0);
	assert_int_equal(result.moved_bytes, 4 * page_size());
	moving_area_verify(&area);
	contig_give(paddr(CMA), MOVING_CMA_BYTES);
	moving_check();
	moving_relent_all();
	moving_area_free(&area);
	moving_end();
}

/* The same while nothing was hot before, and part of it can go at once. */
static void part_is_hot(void **state)
{
	struct moving_area area;
	paddr_t free_block[3];

	(void)state;
	moving_begin();
	assert_true(moving_area_alloc(&area, 8));
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(pages_alloc(0, 0, &free_block[i]), 0);
	moving_exhaust(0);
	buddy_lock();
	for (unsigned i = 0; i < 3; i++)
		buddy_put(free_block[i], 0);
	buddy_unlock();
	moving_relent(5);
	assert_int_equal(take(CMA, CMA_END), 0);
	assert_int_equal(result.moved_bytes, 8 * page_size());
	moving_area_verify(&area);
	contig_give(paddr(CMA), MOVING_CMA_BYTES);
	moving_check();
	moving_relent_all();
	moving_area_free(&area);
	moving_end();
}

static bool starts(u64 base, u64 bytes)
{
	return HOST_ASSERTS((void)!contig_take(paddr(base), bytes, MIGRATE_CMA, false, &result));
}

static void asserts(void **state)
{
	(void)state;
	moving_begin();
	assert_true(starts(CMA, 0));
	assert_true(starts(CMA + 1, page_size()));
	assert_true(starts(CMA, page_size() + 1));
	moving_check();
	moving_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(each_step),
		HOST_AT_EACH_PAGE_SHIFT(no_memory),
		HOST_AT_EACH_PAGE_SHIFT(too_little_memory),
		HOST_AT_EACH_PAGE_SHIFT(hot_blocks_are_used),
		HOST_AT_EACH_PAGE_SHIFT(part_is_hot),
		HOST_AT_EACH_PAGE_SHIFT(asserts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
