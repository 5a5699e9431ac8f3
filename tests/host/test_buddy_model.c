// SPDX-License-Identifier: BSD-2-Clause
/*
 * The buddy allocator and its pageblocks against a naive model, more than a million random
 * operations on random machines.
 *
 * Sources: mm/page/frame.c mm/page/buddy.c mm/page/buddy_check.c mm/page/pageblock.c
 * Sources: mm/page/pages.c mm/page/pages_hot.c mm/boot/memblock.c mm/boot/region_list.c
 * Sources: lib/format.c lib/string.c arch/arm64/table/granule.c tests/host/fake_machine.c
 * Sources: tests/host/fake_image.S tests/host/buddy_model.c mm/page/boot_data.c
 * Sources: mm/page/hot_text.c
 */
#include <string.h>

#include "buddy_model.h"
#include "fake_machine.h"

#include <cmocka.h>

#include <arch/boot.h>
#include <arch/page.h>
#include <kernel/compiler.h>
#include <mm/buddy.h>
#include <mm/pageblock.h>

#define ROUNDS     400
#define OPERATIONS 3000

/* Blocks that are allocated. */
static struct held {
	u64 pa;
	unsigned order;
} held[OPERATIONS * 2];

static unsigned held_count;
static bool has_cma, gave; /* this round: the lists won't be the first ones again */

static u64 bytes_of(unsigned order)
{
	return page_size() << order;
}

static void hold(u64 pa, unsigned order)
{
	assert_true(held_count < ARRAY_SIZE(held));
	held[held_count++] = (struct held){ pa, order };
}

/* Small ones most of the time. */
static unsigned random_order(void)
{
	unsigned order = 0;

	while (order < 24 - host_page_shift && host_random_below(8) > 4)
		order++;
	return order;
}

/* The smallest order of a free block that would do, -1 for none. By the counts. */
static int smallest(enum migratetype type, unsigned least)
{
	for (unsigned order = least; order <= buddy_max_order(); order++)
		if (buddy_count(type, order))
			return (int)order;
	return -1;
}

/* A block that was taken: free before, aligned, part of a free block of order `of`. */
static void expect_taken(u64 pa, unsigned order, enum migratetype from, int of)
{
	u64 head;

	assert_true(of >= (int)order);
	assert_int_equal(pa & (bytes_of(order) - 1), 0);
	assert_true(buddy_model_all(pa, bytes_of(order), MODEL_FREE));
	assert_int_equal(buddy_model_type(pa), from);
	if (host_random_below(16) == 0)
		assert_int_equal(buddy_model_block(pa, &head), of);
	assert_int_equal(frame_kind(frame_of(paddr(pa))), FRAME_ALLOCATED);
	assert_int_equal(frame_order(frame_of(paddr(pa))), order);
	buddy_model_take(pa, bytes_of(order));
	hold(pa, order);
}

static void step_take(void)
{
	enum migratetype from = (enum migratetype)host_random_below(3), as = from;
	unsigned order = random_order(), least = order;
	paddr_t pa = paddr(1);
	int expected;

	if (from == MIGRATE_MOVABLE && host_random_below(4) == 0) {
		/* What a region lends is never more than a pageblock (B6). */
		as = host_random_below(8) || order > buddy_pageblock_order() ? MIGRATE_UNMOVABLE
									     : MIGRATE_CMA;
		least = MAX(order, buddy_pageblock_order());
		has_cma |= as == MIGRATE_CMA;
	}
	expected = smallest(from, least);
	if (!buddy_take(from, as, order, &pa)) {
		assert_int_equal(expected, -1);
		assert_int_equal(pa.val, 1);
		return;
	}
	expect_taken(pa.val, order, from, expected);
	if (as != from)
		buddy_model_set_type(pa.val, bytes_of(order), as);
}

/* Where <mm/pageblock.h> says that a block has to come from, and what changes sides. */
struct source {
	enum migratetype from;
	int order;        /* of the free block that it is cut from; -1: there is none */
	bool pageblocks;  /* those it takes change sides */
	bool whole_first; /* its pageblock changes sides with all that is free in it, before */
};

/* For movable allocations, and for what moves out of the way. */
static struct source movable_source(unsigned order, bool elsewhere)
{
	static const enum migratetype choice[2][3] = {
		{ MIGRATE_CMA, MIGRATE_MOVABLE, MIGRATE_UNMOVABLE },
		{ MIGRATE_MOVABLE, MIGRATE_CMA, MIGRATE_UNMOVABLE },
	};
	struct source s = { .order = -1 };

	for (unsigned i = 0; i < 3 && s.order < 0; i++) {
		s.from = choice[elsewhere][i];
		s.order = smallest(s.from, order);
	}
	return s;
}

static struct source unmovable_source(unsigned order)
{
	struct source s = { .from = MIGRATE_UNMOVABLE,
			    .order = smallest(MIGRATE_UNMOVABLE, order) };
	unsigned pageblock = buddy_pageblock_order();

	if (s.order >= 0)
		return s;
	s.from = MIGRATE_MOVABLE;
	s.order = smallest(s.from, MAX(order, pageblock));
	s.pageblocks = s.order >= 0;
	if (s.pageblocks)
		return s;
	/* Nothing of a pageblock or more: is there half of one? */
	s.order = smallest(s.from, MAX(order, pageblock - 1));
	s.whole_first = s.order >= 0;
	if (!s.whole_first)
		s.order = smallest(s.from, order);
	return s;
}

static void step_pageblock_take(void)
{
	enum migratetype type = (enum migratetype)host_random_below(2);
	bool elsewhere = type == MIGRATE_MOVABLE && host_random_below(2);
	unsigned order = random_order();
	struct source s = type == MIGRATE_MOVABLE ? movable_source(order, elsewhere)
						  : unmovable_source(order);
	paddr_t pa = paddr(1);
	u64 head;

	if (!(elsewhere ? pageblock_take_elsewhere(order, &pa)
			: pageblock_take(type, order, &pa))) {
		assert_int_equal(s.order, -1);
		assert_int_equal(pa.val, 1);
		return;
	}
	if (s.whole_first) {
		buddy_model_set_type(pa.val, 1, type);
		s.from = type;
		/* Something smaller in it may have fitted better than the half. */
		s.order = (int)buddy_model_block(pa.val, &head);
	}
	expect_taken(pa.val, order, s.from, s.order);
	if (s.pageblocks)
		buddy_model_set_type(pa.val, bytes_of(order), type);
}

static void put(unsigned i)
{
	buddy_put(paddr(held[i].pa), held[i].order);
	buddy_model_give(held[i].pa, bytes_of(held[i].order));
	held[i] = held[--held_count];
}

static void step_split(void)
{
	struct held *h = &held[host_random_below(held_count)];

	if (!h->order)
		return;
	buddy_cut_allocated(paddr(h->pa), bytes_of(--h->order));
	hold(h->pa + bytes_of(h->order), h->order);
}

/* Pages of the image that it still has. */
static void step_give(void)
{
	u64 pages = MACHINE_IMAGE_BYTES >> host_page_shift;
	u64 at = boot_info.image_pa + (host_random_below(pages) << host_page_shift);
	u64 end = at;

	while (end < boot_info.image_pa + MACHINE_IMAGE_BYTES &&
	       buddy_model_at(end) == MODEL_TAKEN && host_random_below(16))
		end += page_size();
	for (unsigned i = 0; i < held_count && end > at; i++)
		if (held[i].pa < end && held[i].pa + bytes_of(held[i].order) > at)
			end = at;
	if (end == at)
		return;
	buddy_give(paddr(at), paddr(end));
	buddy_model_give(at, end - at);
	gave = true;
}

static void step(void)
{
	switch (host_random_below(16)) {
	case 0 ... 4:
		step_take();
		break;
	case 5 ... 8:
		step_pageblock_take();
		break;
	case 9:
		if (held_count)
			step_split();
		break;
	case 10:
		if (host_random_below(8) == 0)
			step_give();
		break;
	default:
		if (held_count)
			put((unsigned)host_random_below(held_count));
	}
}

struct census {
	u32 count[MIGRATE_TYPES][BUDDY_ORDERS];
};

static void take_census(struct census *census)
{
	for (unsigned type = 0; type < MIGRATE_TYPES; type++)
		for (unsigned order = 0; order < BUDDY_ORDERS; order++)
			census->count[type][order] = buddy_count((enum migratetype)type, order);
}

static void round_of_operations(void)
{
	struct census before, after;
	unsigned every = 1 + (unsigned)host_random_below(600);

	take_census(&before);
	for (unsigned i = 0; i < OPERATIONS; i++) {
		step();
		if (i % every == 0)
			buddy_model_compare();
	}
	while (held_count)
		put((unsigned)host_random_below(held_count));
	buddy_model_compare();
	if (has_cma || gave)
		return;
	take_census(&after);
	assert_memory_equal(&after, &before, sizeof(before));
}

static void random_operations(void **state)
{
	u64 bytes = 16 * MiB << (host_page_shift - 12) / 2;

	(void)state;
	for (unsigned i = 0; i < ROUNDS;) {
		u64 start = 0x40000000 + (host_random_below(64) << 16);

		/* Junk words all alike for the one order, or of every order. */
		machine_poison =
			host_random_below(2)
				? MACHINE_MIXED
				: machine_free_word(random_order(),
						    (enum migratetype)host_random_below(3));
		machine_random(start, bytes);
		held_count = 0;
		has_cma = gave = false;
		if (machine_init())
			continue;
		buddy_model_begin(start, bytes);
		buddy_model_compare();
		round_of_operations();
		i++;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(random_operations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
