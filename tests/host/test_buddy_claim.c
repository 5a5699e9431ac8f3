// SPDX-License-Identifier: BSD-2-Clause
/*
 * Free memory that is taken off the market, pageblock by pageblock, or claimed in part, against the
 * naive model.
 *
 * Sources: mm/page/frame.c mm/page/buddy.c mm/page/buddy_check.c mm/page/pageblock.c
 * Sources: mm/page/pages.c mm/page/pages_hot.c mm/boot/memblock.c mm/boot/region_list.c
 * Sources: lib/format.c lib/string.c arch/arm64/table/granule.c tests/host/fake_machine.c
 * Sources: tests/host/fake_image.S tests/host/buddy_model.c mm/page/boot_data.c
 * Sources: mm/page/hot_text.c
 */
#include "buddy_model.h"
#include "fake_machine.h"

#include <cmocka.h>

#include <arch/page.h>
#include <kernel/compiler.h>
#include <mm/buddy.h>
#include <mm/pageblock.h>

#define RAM       0x40000000ULL
#define RAM_BYTES (16 * MiB)

static void begin(void)
{
	machine_poison = MACHINE_MIXED;
	machine_begin(RAM, RAM_BYTES);
	machine_add(RAM, RAM_BYTES);
	machine_image(RAM + 2 * MiB);
	assert_int_equal(machine_init(), 0);
	buddy_model_begin(RAM, RAM_BYTES);
	buddy_model_compare();
}

static u64 bytes_of(unsigned order)
{
	return page_size() << order;
}

static void set_type(u64 pageblock, enum migratetype type)
{
	pageblock_set_type(paddr(pageblock), type);
	buddy_model_set_type(pageblock, 1, type);
	buddy_model_compare();
}

/* Of a larger block the first pageblock changes sides; what is isolated stays in pageblocks. */
static void retypes(void **state)
{
	unsigned order;
	u64 first, end;

	(void)state;
	begin();
	order = (unsigned)buddy_largest(MIGRATE_MOVABLE);
	first = buddy_first(MIGRATE_MOVABLE, order).val;
	end = first + bytes_of(order);
	assert_true(end - first > PAGEBLOCK_BYTES);
	for (u64 at = first; at < end; at += PAGEBLOCK_BYTES)
		set_type(at, MIGRATE_ISOLATE);
	assert_int_equal(buddy_count(MIGRATE_ISOLATE, buddy_pageblock_order()),
			 (end - first) / PAGEBLOCK_BYTES);
	/* Nothing takes from there. */
	assert_int_equal(buddy_free_bytes(MIGRATE_ISOLATE), end - first);
	for (u64 at = end; at > first; at -= PAGEBLOCK_BYTES)
		set_type(at - PAGEBLOCK_BYTES, MIGRATE_MOVABLE);
	assert_int_equal(frame_order(frame_of(paddr(first))), order);
}

/* A row of claimed blocks, none larger than a pageblock; the first one knows `own`. */
static void is_claimed(u64 pa, u64 end, u64 own)
{
	for (; pa < end; own = 0) {
		const struct frame *f = frame_of(paddr(pa));

		assert_int_equal(frame_kind(f), FRAME_CLAIMED);
		assert_int_equal(frame_own(f), own);
		assert_int_equal(f->word & FRAME_LIST_MASK, 0);
		assert_true(frame_order(f) <= buddy_pageblock_order());
		assert_int_equal(pa & (bytes_of(frame_order(f)) - 1), 0);
		pa += bytes_of(frame_order(f));
	}
	assert_int_equal(pa, end);
}

static void claim_and_give(u64 block, unsigned order, u64 from, u64 end, u64 beyond)
{
	enum migratetype type = frame_pageblock_type(paddr(block));

	assert_int_equal(frame_kind(frame_of(paddr(block))), FRAME_FREE);
	assert_int_equal(frame_order(frame_of(paddr(block))), order);
	buddy_claim_part(paddr(block), paddr(from == block ? from - beyond : from),
			 paddr(end == block + bytes_of(order) ? end + beyond : end));
	buddy_model_take(from, end - from);
	is_claimed(from, end, 0);
	buddy_model_compare();
	buddy_mark_claimed(paddr(from), paddr(end), 1234);
	is_claimed(from, end, 1234);
	assert_int_equal(frame_pageblock_type(paddr(block)), type);
	buddy_give(paddr(from), paddr(end));
	buddy_model_give(from, end - from);
	buddy_model_compare();
}

/* Each part of a block of 16 pages: the rest stays free, and what was claimed merges with it. */
static void claims_a_part(void **state)
{
	u64 page = page_size();
	paddr_t pa;

	(void)state;
	begin();
	/* The buddy of what is taken is free, and has nothing to merge with. */
	assert_true(buddy_take(MIGRATE_MOVABLE, MIGRATE_MOVABLE, 4, &pa));
	buddy_model_take(pa.val, 16 * page);
	pa.val ^= 16 * page;
	for (u64 first = 0; first < 16; first++)
		for (u64 end = first + 1; end <= 16; end++)
			claim_and_give(pa.val, 4, pa.val + first * page, pa.val + end * page,
				       host_random_below(3) * page);
}

/* Of a whole pageblock, its first word stays that of its type. */
static void claims_of_a_pageblock(void **state)
{
	unsigned order;
	paddr_t pa;

	(void)state;
	begin();
	order = buddy_pageblock_order();
	assert_true(buddy_take(MIGRATE_MOVABLE, MIGRATE_MOVABLE, order + 1, &pa));
	buddy_put(pa, order + 1);
	set_type(pa.val, MIGRATE_ISOLATE);
	for (unsigned i = 0; i < 200; i++) {
		u64 pages = 1ULL << order, first = host_random_below(pages);
		u64 end = first + 1 + host_random_below(pages - first);

		claim_and_give(pa.val, order, pa.val + first * page_size(),
			       pa.val + end * page_size(), 0);
	}
	set_type(pa.val, MIGRATE_MOVABLE);
}

/* More than a pageblock is a row of pageblocks, each with a word for its type. */
static void marks_pageblocks(void **state)
{
	unsigned order;
	paddr_t pa;
	u64 end;

	(void)state;
	begin();
	order = buddy_pageblock_order() + 1;
	assert_true(buddy_take(MIGRATE_MOVABLE, MIGRATE_MOVABLE, order, &pa));
	end = pa.val + bytes_of(order);
	buddy_mark_claimed(pa, paddr(end), 3);
	is_claimed(pa.val, end, 3);
	assert_int_equal(frame_order(frame_of(pa)), order - 1);
	for (u64 at = pa.val; at < end; at += PAGEBLOCK_BYTES)
		assert_int_equal(frame_pageblock_type(paddr(at)), MIGRATE_MOVABLE);
	buddy_give(pa, paddr(end));
	buddy_model_compare();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(retypes),
		HOST_AT_EACH_PAGE_SHIFT(claims_a_part),
		HOST_AT_EACH_PAGE_SHIFT(claims_of_a_pageblock),
		HOST_AT_EACH_PAGE_SHIFT(marks_pageblocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
