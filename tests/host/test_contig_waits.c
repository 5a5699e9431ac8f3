// SPDX-License-Identifier: BSD-2-Clause
/*
 * Ranges in which something is in the way for a while: it is waited for, but not forever.
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
#include <mm/hooks.h>
#include <mm/migrate.h>
#include <mm/movable.h>
#include <mm/pages.h>

#define CMA     (MOVING_RAM + MOVING_CMA_OFFSET)
#define CMA_END (CMA + MOVING_CMA_BYTES)

static struct contig_result result;

static int take(u64 base, u64 end, bool wait)
{
	int err = contig_take(paddr(base), end - base, MIGRATE_CMA, wait, &result);

	moving_ns = 0;
	return err;
}

/* All of it is the caller's, and its pageblocks are CMA's again. */
static void is_taken(u64 base, u64 end)
{
	const struct frame *f = frame_of(paddr(base));

	assert_int_equal(frame_kind(f), FRAME_CLAIMED);
	assert_int_equal(frame_own(f), (end - base) >> host_page_shift);
	assert_int_equal(buddy_free_bytes(MIGRATE_ISOLATE), 0);
}

static struct moving_area *idle_area;
static unsigned idles, idles_until;
static paddr_t idle_block;

static void release_pin(void)
{
	if (++idles == idles_until)
		movable_unpin(moving_va(idle_area, 1));
}

/* A caller that doesn't wait learns of a pin before anything has moved. */
static void pins_are_found_first(void **state)
{
	struct moving_area area;
	paddr_t pa;

	(void)state;
	moving_begin();
	assert_true(moving_area_alloc(&area, (MOVING_CMA_BYTES >> host_page_shift) / 2));
	for (u64 page = 0; page < area.pages; page += 1 + area.pages / 7) {
		assert_int_equal(movable_pin(moving_va(&area, page), MOVABLE_PIN_SHORT, &pa), 0);
		assert_int_equal(take(CMA, CMA_END, false), -EBUSY);
		assert_int_equal(result.where.val, pa.val);
		assert_int_equal(moving_copies, 0);
		/* Just below it, and just above. */
		if (pa.val > CMA) {
			assert_int_equal(take(CMA, pa.val, false), 0);
			contig_give(paddr(CMA), pa.val - CMA);
		}
		assert_int_equal(take(pa.val + page_size(), CMA_END, false), 0);
		contig_give(paddr(pa.val + page_size()), CMA_END - pa.val - page_size());
		movable_unpin(moving_va(&area, page));
		moving_area_free(&area);
		moving_copies = 0;
		assert_true(moving_area_alloc(&area, (MOVING_CMA_BYTES >> host_page_shift) / 2));
	}
	moving_area_free(&area);
	moving_end();
}

/* Short pins are waited for, no longer than they may be held; the rest of the range is ready. */
static void pinned(void **state)
{
	struct moving_area area;
	paddr_t pa;
	u64 before;

	(void)state;
	moving_begin();
	assert_true(moving_area_alloc(&area, 5));
	assert_int_equal(movable_pin(moving_va(&area, 1), MOVABLE_PIN_SHORT, &pa), 0);
	assert_int_equal(take(CMA, CMA_END, false), -EBUSY);
	assert_int_equal(result.where.val, pa.val);
	assert_string_equal(result.why, "a page of it is pinned");
	moving_check();
	moving_area_verify(&area);

	idle_area = &area;
	contig_idle = release_pin;
	idles = 0;
	idles_until = 0; /* never */
	moving_ns = 0;
	before = moving_ns;
	assert_int_equal(contig_take(paddr(CMA), MOVING_CMA_BYTES, MIGRATE_CMA, true, &result),
			 -EBUSY);
	assert_true(moving_ns - before >= 100000000 && moving_ns - before < 110000000);
	assert_int_equal(result.where.val, pa.val);
	assert_true(idles > 10);
	moving_check();
	moving_area_verify(&area);
	assert_int_equal(moving_pa(&area, 1), pa.val);

	idles = 0;
	idles_until = 3;
	assert_int_equal(take(CMA, CMA_END, true), 0);
	assert_int_equal(idles, 3);
	is_taken(CMA, CMA_END);
	moving_area_verify(&area);
	contig_give(paddr(CMA), MOVING_CMA_BYTES);
	moving_area_free(&area);
	moving_end();
}

static void no_idling(void)
{
	if (++idles > 1000)
		fail_msg("it waits by a clock that stands still");
}

/* CNTFRQ_EL0 is 0, and nobody says what it should be: nothing waits by time. */
static void nothing_is_waited_for_without_a_clock(void **state)
{
	struct moving_area area;
	paddr_t pa;

	(void)state;
	moving_begin();
	moving_has_clock = false;
	assert_true(moving_area_alloc(&area, 5));
	assert_int_equal(movable_pin(moving_va(&area, 1), MOVABLE_PIN_SHORT, &pa), 0);
	idles = 0;
	contig_idle = no_idling;
	assert_int_equal(take(CMA, CMA_END, true), -EBUSY);
	assert_int_equal(result.where.val, pa.val);
	assert_string_equal(result.why, "a page of it is pinned");
	contig_idle = NULL;
	moving_check();
	moving_area_verify(&area);
	movable_unpin(moving_va(&area, 1));
	assert_int_equal(take(CMA, CMA_END, true), 0);
	contig_give(paddr(CMA), MOVING_CMA_BYTES);
	moving_has_clock = true;
	moving_area_free(&area);
	moving_end();
}

/* Moving takes longer than a pin is waited for. That is work, and no reason not to wait. */
static void work_is_not_waiting(void **state)
{
	struct moving_area area;
	paddr_t pa;

	(void)state;
	moving_begin();
	assert_true(moving_area_alloc(&area, 5));
	assert_int_equal(movable_pin(moving_va(&area, 1), MOVABLE_PIN_SHORT, &pa), 0);
	moving_copy_ns = 200000000;
	idle_area = &area;
	contig_idle = release_pin;
	idles = 0;
	idles_until = 3;
	assert_int_equal(take(CMA, CMA_END, true), 0);
	assert_int_equal(idles, 3);
	is_taken(CMA, CMA_END);
	moving_area_verify(&area);
	contig_give(paddr(CMA), MOVING_CMA_BYTES);
	moving_area_free(&area);
	moving_end();
}

/* The last look is at the page: a CPU that was stopped for long may find it unpinned by then. */
static void unpinned_at_the_last_moment(void **state)
{
	struct moving_area area;
	paddr_t pa;

	(void)state;
	moving_begin();
	assert_true(moving_area_alloc(&area, 5));
	assert_int_equal(movable_pin(moving_va(&area, 1), MOVABLE_PIN_SHORT, &pa), 0);
	moving_tick_ns = 200000000;
	idle_area = &area;
	contig_idle = release_pin;
	idles = 0;
	idles_until = 1;
	assert_int_equal(take(CMA, CMA_END, true), 0);
	assert_int_equal(idles, 1);
	contig_give(paddr(CMA), MOVING_CMA_BYTES);
	moving_area_free(&area);
	moving_end();
}

static void free_block(void)
{
	if (++idles == idles_until)
		pages_free(idle_block, 0);
}

/* A page that was allocated to be movable is about to be mapped, or to be freed again. */
static void not_mapped_yet(void **state)
{
	struct moving_snapshot *before;

	(void)state;
	moving_begin();
	assert_int_equal(pages_alloc(0, PAGES_MOVABLE, &idle_block), 0);
	assert_int_equal(frame_pageblock_type(idle_block), MIGRATE_CMA);
	before = moving_save();
	assert_int_equal(take(CMA, CMA_END, false), -EBUSY);
	assert_int_equal(result.where.val, idle_block.val);
	assert_string_equal(result.why, "a page of it is not mapped by its user yet");
	moving_expect_unchanged(before);
	contig_idle = free_block;
	idles = 0;
	idles_until = 2;
	assert_int_equal(take(CMA, CMA_END, true), 0);
	is_taken(CMA, CMA_END);
	contig_give(paddr(CMA), MOVING_CMA_BYTES);
	moving_end();
}

static void free_area(void)
{
	if (++idles == 1)
		moving_area_free(idle_area);
}

/* What is freed in the range while it is emptied stays free, and is taken. */
static void freed_meanwhile(void **state)
{
	struct moving_area area, other;
	paddr_t pa;

	(void)state;
	moving_begin();
	assert_true(moving_area_alloc(&area, 3));
	assert_true(moving_area_alloc(&other, 1));
	idle_area = &area;
	assert_int_equal(movable_pin(moving_va(&other, 0), MOVABLE_PIN_SHORT, &pa), 0);
	contig_idle = free_area;
	idles = 0;
	assert_int_equal(take(CMA, CMA_END, true), -EBUSY);
	moving_check();
	movable_unpin(other.at);
	assert_int_equal(take(CMA, CMA_END, false), 0);
	contig_give(paddr(CMA), MOVING_CMA_BYTES);
	moving_area_free(&other);
	moving_end();
}

/* A step that fails once something was waited for says so, and not what it waited for. */
static void injected_after_waiting(void **state)
{
	bool failed = true;

	(void)state;
	moving_begin();
	contig_idle = release_pin;
	for (u64 step = 1; failed; step++) {
		struct moving_area area;
		paddr_t pa;
		int err;

		assert_true(moving_area_alloc(&area, 3));
		assert_int_equal(movable_pin(moving_va(&area, 1), MOVABLE_PIN_SHORT, &pa), 0);
		idle_area = &area;
		idles = 0;
		idles_until = 1;
		moving_inject(FAULT_MIGRATE, step);
		err = take(CMA, CMA_END, true);
		failed = moving_failed(FAULT_MIGRATE);
		moving_inject(FAULT_MIGRATE, 0);
		if (err) {
			assert_int_equal(err, -EAGAIN);
			assert_string_equal(result.why, "fault injection said so");
		} else {
			contig_give(paddr(CMA), MOVING_CMA_BYTES);
		}
		if (!idles)
			movable_unpin(moving_va(&area, 1));
		moving_check();
		moving_area_free(&area);
	}
	moving_end();
}

static struct moving_area *doomed;
static unsigned migrations, doomed_at;

/* Before the Nth batch is moved, its owner gives an area back. */
static bool free_doomed(enum fault_site site)
{
	if (site == FAULT_MIGRATE && ++migrations == doomed_at)
		moving_area_free(doomed);
	return false;
}

/* What was collected and is freed before it moves merges with what the walk has yet to come to. */
static void freed_between_batches(void **state)
{
	bool (*injector)(enum fault_site) = fault_injector;
	unsigned limit;

	(void)state;
	moving_begin();
	limit = migrate_batch_limit(0);
	doomed = NULL;
	for (unsigned at = 1; at < 5; at++) {
		for (unsigned before = 0; before < 5; before++) {
			struct moving_area first, area;

			assert_true(moving_area_alloc(&first, before + 1));
			assert_true(moving_area_alloc(&area, limit + before));
			doomed = &area;
			doomed_at = at;
			migrations = 0;
			fault_injector = free_doomed;
			assert_int_equal(take(CMA, CMA_END, true), 0);
			fault_injector = injector;
			is_taken(CMA, CMA_END);
			contig_give(paddr(CMA), MOVING_CMA_BYTES);
			moving_area_verify(&first);
			moving_area_free(&first);
			if (migrations < at)
				moving_area_free(&area);
			moving_check();
		}
	}
	moving_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(pins_are_found_first),
		HOST_AT_EACH_PAGE_SHIFT(pinned),
		HOST_AT_EACH_PAGE_SHIFT(nothing_is_waited_for_without_a_clock),
		HOST_AT_EACH_PAGE_SHIFT(work_is_not_waiting),
		HOST_AT_EACH_PAGE_SHIFT(unpinned_at_the_last_moment),
		HOST_AT_EACH_PAGE_SHIFT(not_mapped_yet),
		HOST_AT_EACH_PAGE_SHIFT(freed_meanwhile),
		HOST_AT_EACH_PAGE_SHIFT(injected_after_waiting),
		HOST_AT_EACH_PAGE_SHIFT(freed_between_batches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
