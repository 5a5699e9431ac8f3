// SPDX-License-Identifier: BSD-2-Clause
/*
 * Which pageblock a block comes from, and what that makes of it: the rules of <mm/pageblock.h>.
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

#define RAM       0x40000000ULL
#define RAM_BYTES (16 * MiB)
#define IMAGE     (RAM + 12 * MiB)

/*
 * Six whole pageblocks; one with the image and one with the frame table, whose rest is
 * unmovable. With `cma`, two of the six are a CMA region.
 */
static void begin(bool cma)
{
	machine_poison = MACHINE_MIXED;
	machine_begin(RAM, RAM_BYTES);
	machine_add(RAM, RAM_BYTES);
	machine_image(IMAGE);
	if (cma)
		machine_reserve(RAM + 4 * MiB, 2 * PAGEBLOCK_BYTES, MEMBLOCK_CMA);
	assert_int_equal(machine_init(), 0);
	buddy_model_begin(RAM, RAM_BYTES);
	buddy_model_compare();
	assert_int_equal(buddy_free_bytes(MIGRATE_CMA), cma ? 2 * PAGEBLOCK_BYTES : 0);
}

static unsigned pageblock_order(void)
{
	return 21 - host_page_shift;
}

static u64 bytes_of(unsigned order)
{
	return page_size() << order;
}

/* Take a block for `type`; it is of `from`, and the pageblock it lies in is of `after` then. */
static u64 take(enum migratetype type, unsigned order, enum migratetype from,
		enum migratetype after)
{
	enum migratetype before;
	paddr_t pa;

	assert_true(pageblock_take(type, order, &pa));
	before = buddy_model_type(pa.val);
	assert_int_equal(before, from);
	assert_int_equal(frame_pageblock_type(pa), after);
	assert_true(buddy_model_all(pa.val, bytes_of(order), MODEL_FREE));
	buddy_model_take(pa.val, bytes_of(order));
	if (after != before)
		buddy_model_set_type(pa.val, bytes_of(order), after);
	buddy_model_compare();
	return pa.val;
}

static void put(u64 pa, unsigned order)
{
	buddy_put(paddr(pa), order);
	buddy_model_give(pa, bytes_of(order));
	buddy_model_compare();
}

/* Take all of a type, in blocks of `order` and then in smaller ones. */
static void exhaust(enum migratetype type, unsigned order)
{
	paddr_t pa;

	for (unsigned at = order + 1; at-- > 0;)
		while (buddy_take(type, type, at, &pa))
			buddy_model_take(pa.val, bytes_of(at));
	buddy_model_compare();
}

/* Unmovable begins where pageblocks are not whole anyway; movable begins in what CMA lends. */
static void first_choices(void **state)
{
	(void)state;
	begin(true);
	take(MIGRATE_UNMOVABLE, 0, MIGRATE_UNMOVABLE, MIGRATE_UNMOVABLE);
	take(MIGRATE_MOVABLE, 0, MIGRATE_CMA, MIGRATE_CMA);
	/* More than a pageblock has no region, however large (B6). */
	take(MIGRATE_MOVABLE, pageblock_order() + 1, MIGRATE_MOVABLE, MIGRATE_MOVABLE);
}

/* A whole pageblock is free: it changes sides, one only, and back when it is free again. */
static void whole_pageblock(void **state)
{
	u64 first, second, large, movable;

	(void)state;
	begin(false);
	exhaust(MIGRATE_UNMOVABLE, pageblock_order());
	movable = buddy_free_bytes(MIGRATE_MOVABLE);
	first = take(MIGRATE_UNMOVABLE, 0, MIGRATE_MOVABLE, MIGRATE_UNMOVABLE);
	assert_int_equal(movable - buddy_free_bytes(MIGRATE_MOVABLE), PAGEBLOCK_BYTES);
	/* Further ones lie in it, too. */
	second = take(MIGRATE_UNMOVABLE, 2, MIGRATE_UNMOVABLE, MIGRATE_UNMOVABLE);
	assert_int_equal(ALIGN_DOWN(first, PAGEBLOCK_BYTES), ALIGN_DOWN(second, PAGEBLOCK_BYTES));
	put(first, 0);
	assert_int_equal(buddy_model_type(second), MIGRATE_UNMOVABLE);
	put(second, 2);
	assert_int_equal(buddy_model_type(second), MIGRATE_MOVABLE);
	assert_int_equal(buddy_free_bytes(MIGRATE_MOVABLE), movable);
	/* Two at once. */
	large = take(MIGRATE_UNMOVABLE, pageblock_order() + 1, MIGRATE_MOVABLE, MIGRATE_UNMOVABLE);
	assert_int_equal(movable - buddy_free_bytes(MIGRATE_MOVABLE), 2 * PAGEBLOCK_BYTES);
	put(large, pageblock_order() + 1);
	assert_int_equal(buddy_free_bytes(MIGRATE_MOVABLE), movable);
}

/* Put what lies above `from` of an allocated block. */
static void put_above(u64 pa, unsigned order, u64 from)
{
	if (pa >= from) {
		put(pa, order);
	} else if (order && from < pa + bytes_of(order)) {
		buddy_cut_allocated(paddr(pa), bytes_of(order - 1));
		put_above(pa, order - 1, from);
		put_above(pa + bytes_of(order - 1), order - 1, from);
	}
}

/* Leave the last `free_bytes` of one movable pageblock, which is returned, and nothing else. */
static u64 leave_movable(u64 free_bytes)
{
	paddr_t pa;

	exhaust(MIGRATE_UNMOVABLE, pageblock_order());
	assert_true(buddy_take(MIGRATE_MOVABLE, MIGRATE_MOVABLE, pageblock_order(), &pa));
	buddy_model_take(pa.val, PAGEBLOCK_BYTES);
	exhaust(MIGRATE_MOVABLE, pageblock_order());
	put_above(pa.val, pageblock_order(), pa.val + PAGEBLOCK_BYTES - free_bytes);
	assert_int_equal(buddy_free_bytes(MIGRATE_MOVABLE), free_bytes);
	return pa.val;
}

/* Half of one: it changes sides with all that is free in it. */
static void half_a_pageblock(void **state)
{
	u64 half = PAGEBLOCK_BYTES / 2, pa, pageblock, most = half + half / 2;

	(void)state;
	begin(true);
	pageblock = leave_movable(most);
	pa = take(MIGRATE_UNMOVABLE, 0, MIGRATE_MOVABLE, MIGRATE_UNMOVABLE);
	assert_int_equal(ALIGN_DOWN(pa, PAGEBLOCK_BYTES), pageblock);
	assert_int_equal(buddy_free_bytes(MIGRATE_MOVABLE), 0);
	assert_int_equal(buddy_free_bytes(MIGRATE_UNMOVABLE), most - page_size());
	put(pa, 0);
	/* It is not wholly free. */
	assert_int_equal(buddy_free_bytes(MIGRATE_UNMOVABLE), most);
}

/* Less: the block alone is used, and goes back where it came from. */
static void less_than_half(void **state)
{
	u64 free = PAGEBLOCK_BYTES / 2 - page_size(), pa;

	(void)state;
	begin(true);
	leave_movable(free);
	pa = take(MIGRATE_UNMOVABLE, 1, MIGRATE_MOVABLE, MIGRATE_MOVABLE);
	assert_int_equal(buddy_free_bytes(MIGRATE_UNMOVABLE), 0);
	put(pa, 1);
	assert_int_equal(buddy_free_bytes(MIGRATE_MOVABLE), free);
}

/* What can't move never enters CMA, whatever else is left. */
static void unmovable_and_cma(void **state)
{
	paddr_t pa = paddr(1);

	(void)state;
	begin(true);
	exhaust(MIGRATE_UNMOVABLE, pageblock_order());
	exhaust(MIGRATE_MOVABLE, pageblock_order());
	for (unsigned order = 0; order < BUDDY_ORDERS; order++)
		assert_false(pageblock_take(MIGRATE_UNMOVABLE, order, &pa));
	assert_int_equal(pa.val, 1);
	assert_int_equal(buddy_free_bytes(MIGRATE_CMA), 2 * PAGEBLOCK_BYTES);
}

/* What can move fills CMA, then its own, then mixes with what can't; nothing changes sides. */
static void movable_and_cma(void **state)
{
	u64 pa;

	(void)state;
	begin(true);
	pa = take(MIGRATE_MOVABLE, pageblock_order(), MIGRATE_CMA, MIGRATE_CMA);
	put(pa, pageblock_order());
	exhaust(MIGRATE_CMA, pageblock_order());
	pa = take(MIGRATE_MOVABLE, 0, MIGRATE_MOVABLE, MIGRATE_MOVABLE);
	put(pa, 0);
	exhaust(MIGRATE_MOVABLE, pageblock_order());
	/* A block of half a pageblock or less, of what is unmovable. */
	pa = take(MIGRATE_MOVABLE, pageblock_order() - 2, MIGRATE_UNMOVABLE, MIGRATE_UNMOVABLE);
	put(pa, pageblock_order() - 2);
	exhaust(MIGRATE_UNMOVABLE, pageblock_order());
	assert_false(pageblock_take(MIGRATE_MOVABLE, 0, &(paddr_t){ 0 }));
}

/* What moves out of the way doesn't move into a region as long as there is another place. */
static void elsewhere(void **state)
{
	static const enum migratetype order_of_choice[] = { MIGRATE_MOVABLE, MIGRATE_CMA,
							    MIGRATE_UNMOVABLE };

	(void)state;
	begin(true);
	for (unsigned i = 0; i < ARRAY_SIZE(order_of_choice); i++) {
		paddr_t pa;

		assert_true(pageblock_take_elsewhere(0, &pa));
		assert_int_equal(buddy_model_type(pa.val), order_of_choice[i]);
		assert_int_equal(frame_pageblock_type(pa), order_of_choice[i]);
		buddy_put(pa, 0);
		buddy_model_compare();
		exhaust(order_of_choice[i], pageblock_order());
	}
	assert_false(pageblock_take_elsewhere(0, &(paddr_t){ 0 }));
}

/* Small unmovable allocations stay in few pageblocks, so that most remain to be had whole. */
static void keeps_apart(void **state)
{
	unsigned whole = 0, taken = 0;
	paddr_t pa;

	(void)state;
	begin(false);
	/* As much of each as fits twice into one pageblock, taking turns. */
	for (u64 bytes = 0; bytes < PAGEBLOCK_BYTES / 2; bytes += page_size()) {
		assert_true(pageblock_take(MIGRATE_UNMOVABLE, 0, &pa));
		assert_true(pageblock_take(MIGRATE_MOVABLE, 0, &pa));
		taken += 2;
	}
	while (pageblock_take(MIGRATE_MOVABLE, pageblock_order(), &pa))
		whole++;
	assert_true(taken * page_size() >= PAGEBLOCK_BYTES);
	assert_int_equal(whole, 5);
}

/* Each pageblock can change sides, also one that is partly reserved: those pages have words. */
static void set_type_of_all(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		machine_random(RAM, RAM_BYTES);
		if (machine_init())
			continue;
		buddy_model_begin(RAM, RAM_BYTES);
		for (u64 at = RAM; at < RAM + RAM_BYTES; at += PAGEBLOCK_BYTES) {
			if (buddy_model_all(at, PAGEBLOCK_BYTES, MODEL_TAKEN) ||
			    buddy_model_all(at, PAGEBLOCK_BYTES, MODEL_FREE))
				continue;
			pageblock_set_type(paddr(at), MIGRATE_ISOLATE);
			buddy_model_set_type(at, 1, MIGRATE_ISOLATE);
			buddy_model_compare();
		}
	}
}

/* Owners write their words without the lock that types change under: neither holds the other. */
static void types_lie_beside_words(void **state)
{
	paddr_t pa;
	u64 word;

	(void)state;
	begin(false);
	assert_true(pageblock_take(MIGRATE_UNMOVABLE, pageblock_order(), &pa));
	word = frame_of(pa)->word;
	for (unsigned type = 0; type < MIGRATE_TYPES; type++) {
		pageblock_set_type(pa, (enum migratetype)type);
		assert_int_equal(frame_of(pa)->word, word);
		frame_of(pa)->word = ~word;
		assert_int_equal(frame_pageblock_type(pa), type);
		frame_of(pa)->word = word;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(types_lie_beside_words),
		HOST_AT_EACH_PAGE_SHIFT(first_choices),
		HOST_AT_EACH_PAGE_SHIFT(whole_pageblock),
		HOST_AT_EACH_PAGE_SHIFT(half_a_pageblock),
		HOST_AT_EACH_PAGE_SHIFT(less_than_half),
		HOST_AT_EACH_PAGE_SHIFT(unmovable_and_cma),
		HOST_AT_EACH_PAGE_SHIFT(movable_and_cma),
		HOST_AT_EACH_PAGE_SHIFT(elsewhere),
		HOST_AT_EACH_PAGE_SHIFT(keeps_apart),
		HOST_AT_EACH_PAGE_SHIFT(set_type_of_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
