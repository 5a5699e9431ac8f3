// SPDX-License-Identifier: BSD-2-Clause
/*
 * The buddy allocator, rule by rule; buddy_check finds each invariant that is broken by hand.
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
#include <mm/addr.h>
#include <mm/buddy.h>

#define RAM       0x40000000ULL
#define RAM_BYTES (16 * MiB)
#define IMAGE     (RAM + 2 * MiB)

/* RAM of eight pageblocks: the image in the second, the frame table at the end of the last. */
static void begin(void)
{
	machine_poison = MACHINE_MIXED;
	machine_begin(RAM, RAM_BYTES);
	machine_add(RAM, RAM_BYTES);
	machine_image(IMAGE);
	assert_int_equal(machine_init(), 0);
	buddy_model_begin(RAM, RAM_BYTES);
	buddy_model_compare();
}

static u64 bytes_of(unsigned order)
{
	return page_size() << order;
}

static u64 *word_of(u64 pa)
{
	return &frame_of(paddr(pa))->word;
}

static paddr_t take(enum migratetype type, unsigned order)
{
	paddr_t pa = paddr(1);

	assert_true(buddy_take(type, type, order, &pa));
	return pa;
}

static void orders(void **state)
{
	unsigned max = 30 - host_page_shift;

	(void)state;
	begin();
	assert_int_equal(buddy_max_order(), max);
	assert_int_equal(bytes_of(buddy_pageblock_order()), 2 * MiB);
	assert_true(max < BUDDY_ORDERS);
	assert_int_equal(buddy_count(MIGRATE_MOVABLE, BUDDY_ORDERS), 0);
	assert_int_equal(buddy_order_at(paddr(0), paddr(page_size())), 0);
	assert_int_equal(buddy_order_at(paddr(0), paddr(8 * GiB)), max);
	assert_int_equal(buddy_order_at(paddr(4 * GiB), paddr(8 * GiB)), max);
	assert_int_equal(buddy_order_at(paddr(bytes_of(3)), paddr(bytes_of(7))), 3);
	assert_int_equal(buddy_order_at(paddr(bytes_of(7)), paddr(bytes_of(7) + bytes_of(3) - 1)),
			 2);
	assert_true(buddy_largest(MIGRATE_CMA) == -1);
	assert_true(HOST_ASSERTS(buddy_give(paddr(RAM + 1), paddr(RAM + page_size()))));
	assert_true(HOST_ASSERTS(buddy_add(paddr(RAM), paddr(RAM + 1), MIGRATE_MOVABLE)));
}

/* What was put last comes first, and a block is cut from the smallest that does. */
static void takes_the_smallest(void **state)
{
	paddr_t first, second, pa = paddr(1);
	unsigned half = 20 - host_page_shift;

	(void)state;
	begin();
	/* [RAM + 4 MiB, 8 MiB) is the only block of 4 MiB whose lower half is not the image's. */
	first = take(MIGRATE_MOVABLE, half);
	second = take(MIGRATE_MOVABLE, 0);
	assert_int_equal(second.val, first.val + bytes_of(half));
	assert_false(buddy_take(MIGRATE_MOVABLE, MIGRATE_MOVABLE, buddy_max_order(), &pa));
	assert_false(buddy_take(MIGRATE_MOVABLE, MIGRATE_UNMOVABLE, 31, &pa));
	assert_false(buddy_take(MIGRATE_ISOLATE, MIGRATE_ISOLATE, 0, &pa));
	assert_int_equal(pa.val, 1);
	buddy_put(second, 0);
	buddy_put(first, half);
	buddy_model_compare();
}

/* As another type: whole pageblocks only, and of a larger block only what it takes. */
static void changes_sides(void **state)
{
	unsigned pageblock;
	u64 movable;
	paddr_t pa, more, none;

	(void)state;
	begin();
	pageblock = buddy_pageblock_order();
	movable = buddy_free_bytes(MIGRATE_MOVABLE);
	assert_true(buddy_take(MIGRATE_MOVABLE, MIGRATE_UNMOVABLE, 1, &pa));
	assert_int_equal(movable - buddy_free_bytes(MIGRATE_MOVABLE), 2 * MiB);
	assert_int_equal(frame_pageblock_type(pa), MIGRATE_UNMOVABLE);
	buddy_put(pa, 1);
	assert_int_equal(movable, buddy_free_bytes(MIGRATE_MOVABLE));
	buddy_model_compare();
	/* Of what is left of a pageblock, nothing. */
	while (buddy_take(MIGRATE_MOVABLE, MIGRATE_MOVABLE, pageblock, &more))
		buddy_model_take(more.val, 2 * MiB);
	assert_false(buddy_take(MIGRATE_MOVABLE, MIGRATE_UNMOVABLE, 0, &none));
	buddy_put(more, pageblock);
	buddy_model_give(more.val, 2 * MiB);
	pa = take(MIGRATE_MOVABLE, 0);
	assert_int_equal(pa.val, more.val);
	assert_false(buddy_take(MIGRATE_MOVABLE, MIGRATE_UNMOVABLE, 0, &none));
	buddy_put(pa, 0);
	buddy_model_compare();
}

/* A CMA region that was reserved at boot: its pageblocks merge with nobody (B6). */
static void adds_cma(void **state)
{
	u64 cma = RAM + 6 * MiB, bytes = 4 * MiB;
	paddr_t pa;

	(void)state;
	machine_poison = MACHINE_MIXED;
	machine_begin(RAM, RAM_BYTES);
	machine_add(RAM, RAM_BYTES);
	machine_image(IMAGE);
	machine_reserve(cma, bytes, MEMBLOCK_CMA);
	assert_int_equal(machine_init(), 0);
	buddy_model_begin(RAM, RAM_BYTES);
	buddy_model_compare();
	assert_int_equal(buddy_model_type(cma), MIGRATE_CMA);
	assert_int_equal(buddy_count(MIGRATE_CMA, buddy_pageblock_order()), 2);
	pa = take(MIGRATE_CMA, 0);
	assert_int_equal(frame_pageblock_type(pa), MIGRATE_CMA);
	assert_int_equal(buddy_free_bytes(MIGRATE_CMA), bytes - page_size());
	buddy_put(pa, 0);
	buddy_model_compare();
}

static void splits(void **state)
{
	static paddr_t pa;                     /* lives through a longjmp */
	unsigned order = 22 - host_page_shift; /* two pageblocks */
	u64 half = bytes_of(order - 1);

	(void)state;
	begin();
	pa = take(MIGRATE_MOVABLE, order);
	assert_true(HOST_ASSERTS(buddy_cut_allocated(pa, 2 * half)));
	assert_true(HOST_ASSERTS(buddy_cut_allocated(paddr(pa.val + half), half / 2)));
	buddy_cut_allocated(pa, bytes_of(order - 1));
	buddy_cut_allocated(pa, bytes_of(order - 2));
	buddy_cut_allocated(paddr(pa.val + half), bytes_of(order - 2));
	/* Upper halves know their pageblock's type where they begin one, whatever was there. */
	assert_int_equal(frame_pageblock_type(paddr(pa.val + half)), MIGRATE_MOVABLE);
	for (unsigned quarter = 4; quarter-- > 0;)
		buddy_put(paddr(pa.val + quarter * half / 2), order - 2);
	buddy_model_compare();
	pa = take(MIGRATE_MOVABLE, 0);
	assert_true(HOST_ASSERTS(buddy_cut_allocated(pa, page_size())));
}

/* Links that somebody wrote over after giving the block back. */
static void written_after_free(void **state)
{
	paddr_t pa, next;
	u64 *links, saved;

	(void)state;
	begin();
	pa = take(MIGRATE_MOVABLE, 0);
	next = take(MIGRATE_MOVABLE, 0);
	buddy_put(pa, 0);
	links = vaddr_ptr(paddr_to_linear(pa));
	saved = links[0];
	links[0] = (uintptr_t)links;
	assert_true(HOST_ASSERTS(buddy_put(next, 0)));
	assert_string_equal(host_last_failure(),
			    "take_off: node->next->prev == node && node->prev->next == node");
	links[0] = saved;
}

/* ---- buddy_check ---- */

static void finds(const char *invariant, u64 where)
{
	paddr_t at = paddr(1);
	const char *broken = buddy_check(&at);

	if (!broken)
		fail_msg("a broken %s is not found", invariant);
	assert_memory_equal(broken, invariant, strlen(invariant));
	if (where)
		assert_int_equal(at.val, where);
}

/* The same with one word changed meanwhile. */
static void finds_in_word(const char *invariant, u64 pa, u64 xor)
{
	*word_of(pa) ^= xor;
	finds(invariant, pa);
	*word_of(pa) ^= xor;
	buddy_model_compare();
}

static void finds_broken_words(void **state)
{
	u64 other, word;
	paddr_t pa;

	(void)state;
	begin();
	pa = buddy_first(MIGRATE_MOVABLE, (unsigned)buddy_largest(MIGRATE_MOVABLE));
	finds_in_word("B1: a block on a free list has another word", pa.val,
		      FRAME_FREE ^ FRAME_ALLOCATED);
	finds_in_word("B1: a block on a free list has another word", pa.val,
		      1 << FRAME_ORDER_SHIFT);
	finds_in_word("B1: a block on a free list has another word", pa.val, 3 << FRAME_LIST_SHIFT);
	frame_set_pageblock_type(pa, MIGRATE_ISOLATE);
	finds("B2", pa.val);
	frame_set_pageblock_type(pa, MIGRATE_MOVABLE);
	/* A buddy that says it is free as well, though on no list. */
	pa = take(MIGRATE_MOVABLE, 3);
	other = pa.val + bytes_of(3);
	assert_int_equal(frame_kind(frame_of(paddr(other))), FRAME_FREE);
	word = *word_of(pa.val);
	*word_of(pa.val) = *word_of(other);
	finds("B3", other);
	*word_of(pa.val) = word;
	buddy_put(pa, 3);
	buddy_model_compare();
}

static void finds_wrong_pageblock_type(void **state)
{
	paddr_t pa;

	(void)state;
	begin();
	/* Half a pageblock: a whole one would turn movable again. */
	take(MIGRATE_MOVABLE, 20 - host_page_shift);
	pa = take(MIGRATE_MOVABLE, 20 - host_page_shift);
	buddy_put(pa, 20 - host_page_shift);
	buddy_retype(pa, MIGRATE_UNMOVABLE);
	finds("B2", pa.val);
	buddy_retype(pa, MIGRATE_MOVABLE);
	assert_null(buddy_check(&pa));
}

/* A free block is put on the list of unmovable ones by hand, as if it were no whole pageblock. */
static void finds_unmovable_pageblock(void **state)
{
	struct node {
		struct node *next, *prev;
	} * node, *list;
	unsigned order;
	paddr_t pa;

	(void)state;
	begin();
	order = (unsigned)buddy_largest(MIGRATE_MOVABLE);
	while (buddy_count(MIGRATE_MOVABLE, order) > 1)
		take(MIGRATE_MOVABLE, order);
	pa = buddy_first(MIGRATE_MOVABLE, order);
	/* It is alone on its list, whose head is one of an array: by type, then by order. */
	node = vaddr_ptr(paddr_to_linear(pa));
	list = node->next - BUDDY_ORDERS;
	list->next = list->prev = node;
	node->next = node->prev = list;
	*word_of(pa.val) = machine_free_word(order, MIGRATE_UNMOVABLE);
	frame_set_pageblock_type(pa, MIGRATE_UNMOVABLE);
	finds("B5", pa.val);
}

/* More than a pageblock, where only pageblocks may be. */
static void finds_large_blocks(void **state)
{
	(void)state;
	for (u64 type = MIGRATE_CMA; type <= MIGRATE_ISOLATE; type++) {
		unsigned order = 22 - host_page_shift;
		paddr_t pa;

		begin();
		pa = take(MIGRATE_MOVABLE, order);
		frame_set_pageblock_type(pa, (enum migratetype)type);
		buddy_put(pa, order);
		finds("B6", pa.val);
	}
}

static void finds_broken_links(void **state)
{
	paddr_t pa;
	u64 *links, saved[2];

	(void)state;
	begin();
	pa = take(MIGRATE_MOVABLE, 0);
	take(MIGRATE_MOVABLE, 0);
	buddy_put(pa, 0);
	links = vaddr_ptr(paddr_to_linear(pa));
	memcpy(saved, links, sizeof(saved));
	/* To itself: round and round. Elsewhere, aligned or not, in memory or not. */
	links[0] = (uintptr_t)links;
	finds("B1: the links of a free list are broken", pa.val);
	links[0] = (uintptr_t)links + page_size();
	finds("B1: a block on a free list has another word", pa.val + page_size());
	links[0] = (uintptr_t)links + 8;
	finds("B1: a free block is not aligned to its size", pa.val + 8);
	links[0] = (uintptr_t)links + 4 * GiB;
	finds("B1: a free block lies outside memory", pa.val + 4 * GiB);
	links[0] = saved[0];
	links[1] = (uintptr_t)links;
	finds("B1: the links of a free list are broken", pa.val);
	links[1] = saved[1];
}

/* A block too many or too few on a list. */
static void finds_wrong_counts(void **state)
{
	u64 *a, *b, saved[2];
	paddr_t pa, other;

	(void)state;
	begin();
	pa = take(MIGRATE_MOVABLE, 0);
	take(MIGRATE_MOVABLE, 0);
	other = take(MIGRATE_MOVABLE, 0);
	take(MIGRATE_MOVABLE, 0);
	buddy_put(pa, 0);
	buddy_put(other, 0);
	a = vaddr_ptr(paddr_to_linear(other)); /* the first of the list */
	b = vaddr_ptr(paddr_to_linear(pa));
	assert_ptr_equal((void *)(uintptr_t)a[0], b);
	/* The second is left out. */
	saved[0] = a[0];
	saved[1] = ((u64 *)(uintptr_t)b[0])[1];
	a[0] = b[0];
	((u64 *)(uintptr_t)b[0])[1] = (uintptr_t)a;
	finds("B4", 0);
	a[0] = saved[0];
	((u64 *)(uintptr_t)b[0])[1] = saved[1];
	assert_null(buddy_check(&pa));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(orders),
		HOST_AT_EACH_PAGE_SHIFT(takes_the_smallest),
		HOST_AT_EACH_PAGE_SHIFT(changes_sides),
		HOST_AT_EACH_PAGE_SHIFT(adds_cma),
		HOST_AT_EACH_PAGE_SHIFT(splits),
		HOST_AT_EACH_PAGE_SHIFT(written_after_free),
		HOST_AT_EACH_PAGE_SHIFT(finds_broken_words),
		HOST_AT_EACH_PAGE_SHIFT(finds_wrong_pageblock_type),
		HOST_AT_EACH_PAGE_SHIFT(finds_unmovable_pageblock),
		HOST_AT_EACH_PAGE_SHIFT(finds_large_blocks),
		HOST_AT_EACH_PAGE_SHIFT(finds_broken_links),
		HOST_AT_EACH_PAGE_SHIFT(finds_wrong_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
