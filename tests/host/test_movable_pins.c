// SPDX-License-Identifier: BSD-2-Clause
/*
 * Pins of movable pages: short ones keep a page where it is, long ones have it leave CMA regions.
 *
 * Sources: mm/move/movable_pin.c
 * Sources: mm/move/movable.c mm/move/migrate.c mm/move/rmap.c mm/move/contig.c mm/move/compact.c
 * Sources: mm/move/cma.c kernel/show/memory/cma_report.c mm/page/frame.c mm/page/buddy.c
 * Sources: mm/page/buddy_check.c mm/page/pageblock.c mm/page/pages.c mm/page/pages_hot.c
 * Sources: mm/boot/memblock.c mm/boot/region_list.c mm/vmap/vmap.c mm/vmap/vmalloc.c
 * Sources: mm/vmap/vmap_area.c kernel/show/memory/vmap_report.c kernel/show/memory/fault_inject.c
 * Sources: lib/cmdline.c arch/arm64/table/pgtable.c arch/arm64/table/pgtable_hot.c
 * Sources: arch/arm64/table/pgtable_change.c arch/arm64/table/pgtable_replace.c
 * Sources: arch/arm64/table/pgtable_read.c mm/page/hot_text.c
 * Sources: arch/arm64/table/pgtable_check.c arch/arm64/table/granule.c lib/bitmap.c lib/format.c
 * Sources: lib/parse.c lib/string.c tests/host/moving.c tests/host/moving_state.c
 * Sources: tests/host/fake_machine.c tests/host/fake_image.S tests/host/fake_mmu.c
 * Sources: tests/host/buddy_model.c mm/page/hooks.c mm/page/boot_data.c
 * Libs: -Wl,--wrap=pgtable_map
 */
#include "moving.h"

#include <cmocka.h>

#include <arch/page.h>
#include <kernel/errno.h>
#include <mm/compact.h>
#include <mm/movable.h>
#include <mm/pages.h>
#include <mm/rmap.h>
#include <mm/vmap.h>

static void alloc(struct moving_area *area, u64 pages)
{
	assert_true(moving_area_alloc(area, pages));
}

static void *first_page; /* of what movable_free must not free */

static void free_first(void)
{
	movable_free(first_page);
}

static void unpin_first(void)
{
	movable_unpin(first_page);
}

/* The address is what it says, whatever happens around it, until it is unpinned. */
static void short_pins(void **state)
{
	struct movable_stats stats;
	struct moving_area area;
	paddr_t pa, again;
	u64 word, free_word;

	(void)state;
	moving_begin();
	alloc(&area, 3);
	free_word = *moving_word(moving_pa(&area, 1));
	assert_int_equal(movable_pin(area.at + page_size() + 77, MOVABLE_PIN_SHORT, &pa), 0);
	assert_int_equal(pa.val, moving_pa(&area, 1) + 77);
	assert_int_equal(movable_pin(area.at + page_size(), MOVABLE_PIN_SHORT, &again), 0);
	assert_int_equal(again.val + 77, pa.val);
	stats = movable_stats;
	assert_int_equal(stats.pinned, 2);
	moving_check();
	word = *moving_word(moving_pa(&area, 1));
	assert_int_equal(rmap_pins(word), 2);
	assert_false(rmap_may_move(word));
	/* It stays; its neighbour goes. */
	assert_int_equal(compact_evict(again, free_word), 0);
	assert_int_equal(moving_pa(&area, 1), again.val);
	again = paddr(moving_pa(&area, 0));
	assert_int_equal(compact_evict(again, *moving_word(again.val)), 0);
	assert_int_not_equal(moving_pa(&area, 0), again.val);
	assert_false(moving_in_cma(moving_pa(&area, 0)));
	moving_area_verify(&area);
	first_page = area.at;
	assert_true(moving_dies(free_first, "is pinned"));
	movable_unpin(area.at + page_size());
	movable_unpin(area.at + page_size() + 5);
	assert_true(moving_dies(unpin_first, "movable_unpin: "));
	moving_area_free(&area);
	moving_end();
}

/* So many, and not one more; the count doesn't run into what stands beside it. */
static void most_pins(void **state)
{
	struct moving_area area;
	paddr_t pa;
	u64 word;

	(void)state;
	moving_begin();
	alloc(&area, 1);
	word = *moving_word(moving_pa(&area, 0));
	for (unsigned i = 0; i < RMAP_PINS_MOST; i++)
		assert_int_equal(movable_pin(area.at, MOVABLE_PIN_SHORT, &pa), 0);
	assert_int_equal(movable_pin(area.at, MOVABLE_PIN_SHORT, &pa), -EBUSY);
	assert_int_equal(movable_pin(area.at, MOVABLE_PIN_LONG, &pa), -EBUSY);
	moving_check();
	for (unsigned i = 0; i < RMAP_PINS_MOST; i++)
		movable_unpin(area.at);
	assert_int_equal(*moving_word(moving_pa(&area, 0)), word);
	moving_area_free(&area);
	moving_end();
}

static void not_movable(void **state)
{
	paddr_t pa;
	struct moving_area area;
	u8 *other;

	(void)state;
	moving_begin();
	alloc(&area, 2);
	other = vmalloc(page_size(), 0);
	assert_non_null(other);
	assert_int_equal(movable_pin(other, MOVABLE_PIN_SHORT, &pa), -EINVAL);
	assert_int_equal(movable_pin(area.at - 1, MOVABLE_PIN_SHORT, &pa), -EINVAL);
	assert_int_equal(movable_pin(area.at + 2 * page_size(), MOVABLE_PIN_LONG, &pa), -EINVAL);
	assert_int_equal(movable_pin(&area, MOVABLE_PIN_LONG, &pa), -EINVAL);
	first_page = other;
	assert_true(moving_dies(free_first, "movable_free: "));
	first_page = area.at + page_size();
	assert_true(moving_dies(free_first, "is not the beginning of an area"));
	vfree(other);
	moving_area_free(&area);
	moving_end();
}

/* The page leaves its region, and stays in ordinary memory. */
static void long_pins(void **state)
{
	struct moving_area area;
	paddr_t pa, again;
	u64 before;

	(void)state;
	moving_begin();
	alloc(&area, 4);
	assert_int_equal(moving_pages_in_cma(&area), 4);
	before = pages_free_bytes();
	assert_int_equal(movable_pin(area.at + 9, MOVABLE_PIN_LONG, &pa), 0);
	assert_int_equal(pa.val, moving_pa(&area, 0) + 9);
	assert_false(moving_in_cma(pa.val));
	assert_int_equal(moving_pages_in_cma(&area), 3);
	assert_int_equal(pages_free_bytes(), before);
	assert_int_equal(moving_copies, 1);
	moving_check();
	/* Where it is now, it may be pinned again, and needn't move. */
	assert_int_equal(movable_pin(area.at, MOVABLE_PIN_LONG, &again), 0);
	assert_int_equal(again.val, pa.val - 9);
	assert_int_equal(moving_copies, 1);
	/* What a short pin keeps in a region can't be pinned for long. */
	assert_int_equal(movable_pin(area.at + page_size(), MOVABLE_PIN_SHORT, &again), 0);
	assert_int_equal(movable_pin(area.at + page_size(), MOVABLE_PIN_LONG, &again), -EBUSY);
	movable_unpin(area.at + page_size());
	movable_unpin(area.at);
	movable_unpin(area.at);
	moving_area_free(&area);
	moving_end();
}

/* No ordinary memory is free: hot blocks, then another page moves into the region instead. */
static void long_pin_makes_room(void **state)
{
	u64 lent = MOVING_CMA_BYTES >> host_page_shift;
	struct moving_area inside, outside;
	paddr_t pa;

	(void)state;
	moving_begin();
	alloc(&inside, lent);
	alloc(&outside, 2);
	moving_exhaust(0);
	assert_int_equal(moving_pages_in_cma(&inside), lent);
	/* With the region full, too, there is none to be had. */
	assert_int_equal(movable_pin(inside.at, MOVABLE_PIN_LONG, &pa), -ENOMEM);
	assert_int_equal(moving_pages_in_cma(&inside), lent);
	moving_check();
	/* One page that is kept hot. */
	moving_relent(1);
	assert_int_equal(movable_pin(inside.at, MOVABLE_PIN_LONG, &pa), 0);
	assert_false(moving_in_cma(pa.val));
	/* Now one is free in the region, where it was: a page of the other area goes there. */
	assert_int_equal(moving_pages_in_cma(&outside), 0);
	assert_int_equal(movable_pin(inside.at + page_size(), MOVABLE_PIN_LONG, &pa), 0);
	assert_false(moving_in_cma(pa.val));
	assert_int_equal(moving_pages_in_cma(&outside), 1);
	/* A failure that is injected once is got over; one each time is not. */
	moving_inject(FAULT_MIGRATE, 1);
	assert_int_equal(movable_pin(inside.at + 2 * page_size(), MOVABLE_PIN_LONG, &pa), 0);
	fault_inject_set(FAULT_MIGRATE, &(struct fault_rule){ .mode = FAULT_EVERY, .n = 1 });
	assert_int_equal(movable_pin(inside.at + 3 * page_size(), MOVABLE_PIN_LONG, &pa), -ENOMEM);
	moving_inject(FAULT_MIGRATE, 0);
	moving_check();
	moving_area_verify(&inside);
	moving_area_verify(&outside);
	movable_unpin(inside.at);
	movable_unpin(inside.at + page_size());
	movable_unpin(inside.at + 2 * page_size());
	moving_relent_all();
	moving_area_free(&inside);
	moving_area_free(&outside);
	moving_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(short_pins),          HOST_AT_EACH_PAGE_SHIFT(most_pins),
		HOST_AT_EACH_PAGE_SHIFT(not_movable),         HOST_AT_EACH_PAGE_SHIFT(long_pins),
		HOST_AT_EACH_PAGE_SHIFT(long_pin_makes_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
