// SPDX-License-Identifier: BSD-2-Clause
/*
 * Compaction: blocks that weren't there, made by moving pages, of any order and for either type.
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
#include <stdlib.h>

#include "moving.h"

#include <cmocka.h>

#include <arch/page.h>
#include <kernel/errno.h>
#include <mm/buddy.h>
#include <mm/compact.h>
#include <mm/movable.h>
#include <mm/pages.h>

/*
 * Areas of a page each, which take all that movable memory can have, and every other one is given
 * back: what is free then is in pieces of a page.
 */
static struct moving_area *area;
static unsigned count;

static void fragment(bool cma)
{
	unsigned most = (unsigned)(MOVING_RAM_BYTES >> host_page_shift);

	if (cma)
		moving_begin();
	else
		moving_begin_without_cma();
	area = calloc(most, sizeof(*area));
	assert_non_null(area);
	for (count = 0; moving_area_alloc(&area[count], 1);)
		count++;
	for (unsigned i = 0; i < count; i += 2)
		moving_area_free(&area[i]);
	pages_drain();
}

static void end(void)
{
	for (unsigned i = 0; i < count; i++)
		if (area[i].at)
			moving_area_free(&area[i]);
	free(area);
	moving_end();
}

static void verify(void)
{
	for (unsigned i = 0; i < count; i++)
		if (area[i].at)
			moving_area_verify(&area[i]);
}

static u64 bytes_of(unsigned order)
{
	return page_size() << order;
}

/* A block as pages_alloc would have it. */
static void is_block(paddr_t pa, unsigned order)
{
	const struct frame *f = frame_of(pa);

	assert_int_equal(pa.val & (bytes_of(order) - 1), 0);
	assert_int_equal(frame_kind(f), FRAME_ALLOCATED);
	assert_int_equal(frame_order(f), order);
	assert_int_equal(frame_own(f), 0);
	/* Never of a region: what it is for may be unmovable. */
	assert_true(frame_pageblock_type(pa) < MIGRATE_CMA);
	assert_true((f->word & FRAME_LIST_MASK) >> FRAME_LIST_SHIFT < MIGRATE_CMA);
}

/* Every order from one page to four pageblocks, for either type; all of it comes back. */
static void orders(void **state)
{
	unsigned pageblock = 21 - host_page_shift;

	(void)state;
	for (unsigned type = 0; type <= MIGRATE_MOVABLE; type++) {
		fragment(true);
		for (unsigned order = 1; order <= pageblock + 2; order++) {
			u64 free_bytes = pages_free_bytes();
			paddr_t pa;
			int err = compact_block((enum migratetype)type, order, &pa);

			if (err)
				fail_msg("order %u, type %u", order, type);
			is_block(pa, order);
			assert_int_equal(free_bytes - pages_free_bytes(), bytes_of(order));
			if (order >= pageblock)
				assert_int_equal(frame_pageblock_type(pa), type);
			moving_check();
			verify();
			pages_free(pa, order);
			pages_drain();
			moving_check();
		}
		end();
	}
}

/* By pages_alloc: not unless it is asked for. What is made is used and freed like any other. */
static void by_allocation(void **state)
{
	static const unsigned flags[] = { PAGES_COMPACT, PAGES_MUST, PAGES_COMPACT | PAGES_MOVABLE,
					  PAGES_COMPACT | PAGES_ZERO };
	unsigned order = 23 - host_page_shift;

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(flags); i++) {
		paddr_t pa;

		fragment(true);
		assert_int_equal(pages_alloc(order, flags[i] & PAGES_MOVABLE, &pa), -ENOMEM);
		assert_int_equal(pages_alloc(order, flags[i], &pa), 0);
		is_block(pa, order);
		verify();
		moving_check();
		/* In part, too: each pageblock of it knows its type. */
		buddy_cut_allocated(pa, bytes_of(order - 1));
		buddy_cut_allocated(pa, bytes_of(order - 2));
		pages_free(paddr(pa.val + bytes_of(order - 1)), order - 1);
		moving_check();
		pages_free(pa, order - 2);
		pages_free(paddr(pa.val + bytes_of(order - 2)), order - 2);
		moving_check();
		end();
	}
}

/* Everything that is free lies in a region: what can't move gets its memory all the same. */
static void idle_region(void **state)
{
	u64 lent = MOVING_CMA_BYTES >> host_page_shift, first = 0, pages;
	struct moving_area inside, outside;
	paddr_t pa, unmovable[3];

	(void)state;
	moving_begin();
	pages = pages_free_bytes() >> host_page_shift;
	assert_true(moving_area_alloc(&inside, lent));
	assert_true(moving_area_alloc(&outside, pages - lent));
	moving_area_free(&inside);
	assert_int_equal(buddy_free_bytes(MIGRATE_CMA), MOVING_CMA_BYTES);
	assert_int_equal(pages_alloc(0, 0, &pa), -ENOMEM);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(pages_alloc(i, PAGES_COMPACT, &unmovable[i]), 0);
		is_block(unmovable[i], i);
		first += bytes_of(i);
		assert_int_equal(MOVING_CMA_BYTES - buddy_free_bytes(MIGRATE_CMA), first);
	}
	moving_check();
	moving_area_verify(&outside);
	for (unsigned i = 0; i < 3; i++)
		pages_free(unmovable[i], i);
	moving_area_free(&outside);
	moving_end();
}

/* Nothing that moves; nothing that is free; no block of the order in all of memory. */
static void nothing_to_gain(void **state)
{
	struct moving_snapshot *before;
	struct moving_area one;
	paddr_t pa = paddr(1);

	(void)state;
	moving_begin();
	before = moving_save();
	assert_int_equal(compact_block(MIGRATE_UNMOVABLE, 3, &pa), -ENOMEM);
	assert_int_equal(compact_block(MIGRATE_UNMOVABLE, buddy_max_order(), &pa), -ENOMEM);
	moving_expect_unchanged(before);
	assert_true(moving_area_alloc(&one, 1));
	moving_exhaust(0);
	pages_drain();
	before = moving_save();
	/* The only one lies in a region. */
	assert_int_equal(compact_block(MIGRATE_UNMOVABLE, 0, &pa), -ENOMEM);
	moving_expect_unchanged(before);
	moving_area_free(&one);
	moving_relent_all();
	moving_end();

	fragment(false);
	before = moving_save();
	assert_int_equal(compact_block(MIGRATE_UNMOVABLE, buddy_max_order(), &pa), -ENOMEM);
	moving_expect_unchanged(before);
	assert_int_equal(pa.val, 1);
	end();
	/* Memory is full of what can move: there is no place to move it to. */
	moving_begin_without_cma();
	assert_true(moving_area_alloc(&one, pages_free_bytes() >> host_page_shift));
	before = moving_save();
	for (unsigned order = 0; order <= 21 - host_page_shift; order++)
		assert_int_equal(compact_block(MIGRATE_MOVABLE, order, &pa), -ENOMEM);
	moving_expect_unchanged(before);
	moving_area_free(&one);
	moving_end();
}

/* Blocks up to the largest, though memory begins and ends at odd pageblocks: no look beyond. */
static void ends_of_memory(void **state)
{
	(void)state;
	fragment(false);
	for (unsigned order = 0; order <= buddy_max_order(); order++) {
		paddr_t pa;

		if (!compact_block(MIGRATE_UNMOVABLE, order, &pa)) {
			is_block(pa, order);
			pages_free(pa, order);
			pages_drain();
		}
		moving_check();
	}
	verify();
	end();
}

/* What is pinned stays, and another range is made free; unless each has such a page. */
static void around_pins(void **state)
{
	unsigned order = 20 - host_page_shift;
	paddr_t pa, pin;

	(void)state;
	fragment(true);
	/* One in each pageblock's first half of ordinary memory, as far as there is one. */
	for (unsigned i = 1; i < count; i += 2)
		if (moving_pa(&area[i], 0) % PAGEBLOCK_BYTES < PAGEBLOCK_BYTES / 2)
			assert_int_equal(movable_pin(area[i].at, MOVABLE_PIN_SHORT, &pin), 0);
	assert_int_equal(compact_block(MIGRATE_UNMOVABLE, order + 1, &pa), -ENOMEM);
	assert_int_equal(compact_block(MIGRATE_UNMOVABLE, order, &pa), 0);
	is_block(pa, order);
	assert_true(pa.val % PAGEBLOCK_BYTES >= PAGEBLOCK_BYTES / 2);
	moving_check();
	verify();
	pages_free(pa, order);
	for (unsigned i = 1; i < count; i += 2)
		if (*moving_word(moving_pa(&area[i], 0)) >> (FRAME_OWN_SHIFT + 40) & 255)
			movable_unpin(area[i].at);
	end();
}

/* A failure at each step, as fault injection has it, is a block that isn't there, or is in time. */
static void injected(void **state)
{
	unsigned order = 21 - host_page_shift;
	bool failed = true;

	(void)state;
	fragment(true);
	for (u64 step = 1; failed; step++) {
		paddr_t pa;
		int err;

		moving_inject(FAULT_MIGRATE, step);
		err = compact_block(MIGRATE_UNMOVABLE, order, &pa);
		failed = moving_failed(FAULT_MIGRATE);
		moving_inject(FAULT_MIGRATE, 0);
		moving_check();
		verify();
		assert_int_equal(err, 0);
		pages_free(pa, order);
		/* Fragmented again, by as much. */
		if (step > 40)
			break;
	}
	fault_inject_set(FAULT_MIGRATE, &(struct fault_rule){ .mode = FAULT_EVERY, .n = 1 });
	assert_int_equal(compact_block(MIGRATE_UNMOVABLE, order, &(paddr_t){ 0 }), -ENOMEM);
	moving_check();
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(orders),         HOST_AT_EACH_PAGE_SHIFT(by_allocation),
		HOST_AT_EACH_PAGE_SHIFT(idle_region),    HOST_AT_EACH_PAGE_SHIFT(nothing_to_gain),
		HOST_AT_EACH_PAGE_SHIFT(ends_of_memory), HOST_AT_EACH_PAGE_SHIFT(around_pins),
		HOST_AT_EACH_PAGE_SHIFT(injected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
