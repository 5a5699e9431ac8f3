// SPDX-License-Identifier: BSD-2-Clause
/*
 * Pages as the rest of the kernel has them: hot lists, exact sizes, and when there are none left.
 *
 * Sources: mm/page/frame.c mm/page/buddy.c mm/page/buddy_check.c mm/page/pageblock.c
 * Sources: mm/page/pages.c mm/page/pages_hot.c mm/boot/memblock.c mm/boot/region_list.c
 * Sources: lib/format.c lib/string.c arch/arm64/table/granule.c tests/host/fake_machine.c
 * Sources: tests/host/fake_image.S tests/host/buddy_model.c tests/host/machine_pages.c
 * Sources: mm/page/boot_data.c mm/page/hot_text.c
 */
#include <string.h>

#include "machine_pages.h"

#include <cmocka.h>

#include <arch/page.h>
#include <kernel/errno.h>
#include <mm/addr.h>
#include <mm/buddy.h>

/* What the hot lists' sizes have to be, whatever the page: the literals of mm/page/pages.c. */
#define HOT_BLOCK_MOST (1 * MiB)
#define HOT_LIST_MOST  (256 * KiB)

/* ---- hot lists ---- */

/* Of each order, and type: no more than so many bytes or one block, and large blocks not at all. */
static void hot_limits(void **state)
{
	static u64 block[400];

	(void)state;
	begin();
	for (unsigned order = 0; bytes_of(order) <= 2 * MiB; order++) {
		for (unsigned flags = 0; flags <= PAGES_MOVABLE; flags += PAGES_MOVABLE) {
			u64 limit = MAX(HOT_LIST_MOST, bytes_of(order)), total = 0;
			unsigned count = 0;

			while (total <= 3 * limit)
				total += bytes_of(order), block[count++] = alloc(order, flags);
			while (count)
				pages_free(paddr(block[--count]), order);
			assert_int_equal(pages_free_bytes(), all_bytes);
			assert_true(hot_bytes() <= limit);
			if (bytes_of(order) > HOT_BLOCK_MOST)
				assert_int_equal(hot_bytes(), 0);
			else
				assert_true(hot_bytes() >= limit / 2);
			pages_drain();
			assert_int_equal(hot_bytes(), 0);
			buddy_model_compare();
		}
	}
	finish();
}

/* One more than a list holds: half of it goes back, so that not every further one has to. */
static void hot_list_is_halved(void **state)
{
	static u64 block[400];
	unsigned limit, count = 0;

	(void)state;
	begin();
	limit = (unsigned)(HOT_LIST_MOST >> host_page_shift);
	while (count <= limit)
		block[count++] = alloc(0, 0);
	pages_drain();
	while (count > 1)
		pages_free(paddr(block[--count]), 0);
	assert_int_equal(hot_bytes(), HOT_LIST_MOST);
	pages_free(paddr(block[0]), 0);
	assert_int_equal(hot_bytes(), HOT_LIST_MOST / 2 + page_size());
	finish();
}

/* What was freed last comes first: it is in the cache. What is taken fills the list by half. */
static void hot_order(void **state)
{
	u64 a, b, bytes;

	(void)state;
	begin();
	a = alloc(0, 0);
	bytes = hot_bytes();
	assert_true(bytes >= HOT_LIST_MOST / 2 && bytes < HOT_LIST_MOST);
	b = alloc(0, 0);
	pages_free(paddr(a), 0);
	assert_int_equal(frame_kind(frame_of(paddr(a))), FRAME_HOT);
	pages_free(paddr(b), 0);
	assert_int_equal(alloc(0, 0), b);
	assert_int_equal(alloc(0, 0), a);
	/* Not for the other type, nor for another order. */
	pages_free(paddr(a), 0);
	assert_int_not_equal(alloc(0, PAGES_MOVABLE), a);
	pages_drain();
	a = alloc(0, 0);
	pages_free(paddr(a), 0);
	pages_free(paddr(b), 0);
	pages_drain();
	buddy_check(&(paddr_t){ 0 });
}

/* Without hot lists each block goes straight back. */
static void not_hot(void **state)
{
	u64 a;

	(void)state;
	begin();
	pages_free(paddr(alloc(0, 0)), 0);
	assert_true(hot_bytes() > 0);
	pages_set_hot(false);
	assert_int_equal(hot_bytes(), 0);
	a = alloc(0, 0);
	assert_int_equal(hot_bytes(), 0);
	pages_free(paddr(a), 0);
	assert_int_equal(hot_bytes(), 0);
	pages_set_hot(true);
	pages_free(paddr(alloc(0, 0)), 0);
	assert_true(hot_bytes() > 0);
	finish();
}

/* A block of CMA goes back to it, though it was allocated as movable; nor is it kept ready. */
static void cma_is_never_hot(void **state)
{
	paddr_t pa;

	(void)state;
	begin_with_cma(2 * PAGEBLOCK_BYTES);
	pa = paddr(alloc(1, PAGES_MOVABLE));
	assert_int_equal(frame_pageblock_type(pa), MIGRATE_CMA);
	assert_int_equal(hot_bytes(), 0);
	pages_free(pa, 1);
	assert_int_equal(hot_bytes(), 0);
	assert_int_equal(buddy_free_bytes(MIGRATE_CMA), 2 * PAGEBLOCK_BYTES);
	finish();
}

/* Blocks are kept ready of their own type's pageblocks only, even if those of others are many. */
static void hot_blocks_are_of_one_type(void **state)
{
	unsigned quarter = 19 - host_page_shift;
	paddr_t pa, left;
	u64 first;

	(void)state;
	begin();
	/* A quarter of a pageblock of movable memory is left: it is used, block by block. */
	assert_true(buddy_take(MIGRATE_MOVABLE, MIGRATE_MOVABLE, quarter, &left));
	while (buddy_take(MIGRATE_UNMOVABLE, MIGRATE_UNMOVABLE, 0, &pa) ||
	       buddy_take(MIGRATE_MOVABLE, MIGRATE_MOVABLE, 0, &pa))
		;
	buddy_put(left, quarter);
	first = alloc(0, 0);
	assert_int_equal(frame_pageblock_type(paddr(first)), MIGRATE_MOVABLE);
	assert_int_equal(hot_bytes(), 0);
	assert_int_equal(frame_pageblock_type(paddr(alloc(0, PAGES_MOVABLE))), MIGRATE_MOVABLE);
	assert_true(hot_bytes() > 0);
	assert_null(buddy_check(&pa));
}

/* ---- sizes ---- */

static void orders_of_sizes(void **state)
{
	(void)state;
	assert_int_equal(pages_order(1), 0);
	assert_int_equal(pages_order(page_size()), 0);
	for (unsigned order = 0; order < 40; order++) {
		assert_int_equal(pages_order(bytes_of(order)), order);
		assert_int_equal(pages_order(bytes_of(order) + 1), order + 1);
		assert_int_equal(pages_order(bytes_of(order + 1) - 1), order + 1);
	}
	assert_int_equal(pages_order(~0ULL), 64 - host_page_shift);
	assert_int_equal(pages_order(~0ULL - page_size()), 64 - host_page_shift);
}

/* Orders and sizes that nothing has, with something on every list that could be mistaken for it. */
static void refuses(void **state)
{
	static const u64 sizes[] = { 0,          1 * GiB + 1, 2 * GiB,   1ULL << 44, 1ULL << 46,
				     1ULL << 48, 1ULL << 63,  ~0ULL - 1, ~0ULL };
	unsigned max = 30 - host_page_shift;
	paddr_t pa = paddr(1);

	(void)state;
	begin();
	for (unsigned order = 0; order < 3; order++) {
		pages_free(paddr(alloc(order, 0)), order);
		pages_free(paddr(alloc(order, PAGES_MOVABLE)), order);
	}
	for (unsigned flags = 0; flags <= PAGES_MOVABLE; flags += PAGES_MOVABLE) {
		for (unsigned order = max + 1; order < 300; order++)
			assert_int_equal(pages_alloc(order, flags, &pa), -EINVAL);
		assert_int_equal(pages_alloc(~0U, flags, &pa), -EINVAL);
		assert_int_equal(pages_alloc(~0U, flags | PAGES_MUST, &pa), -EINVAL);
		assert_int_equal(pages_alloc(max, flags, &pa), -ENOMEM);
		for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++)
			assert_int_equal(pages_alloc_exact(sizes[i], flags, &pa), -EINVAL);
		assert_int_equal(pages_alloc_exact(1 * GiB, flags, &pa), -ENOMEM);
	}
	assert_int_equal(pa.val, 1);
	finish();
}

/* Every number of pages, a byte less and more: just these pages, and the rest is free. */
static void exact(void **state)
{
	u64 most = 4 * MiB >> host_page_shift;

	(void)state;
	begin();
	for (u64 pages = 1; pages <= most; pages += 1 + (pages > 300 ? host_random_below(9) : 0)) {
		u64 bytes = pages * page_size() - host_random_below(page_size());
		unsigned flags = (unsigned)host_random_below(2) * PAGES_MOVABLE;
		paddr_t pa;

		assert_int_equal(pages_alloc_exact(bytes, flags, &pa), 0);
		assert_int_equal(all_bytes - pages_free_bytes(), pages * page_size());
		assert_int_equal(pa.val & (bytes_of(pages_order(bytes)) - 1), 0);
		memset(vaddr_ptr(paddr_to_linear(pa)), 0x11, (size_t)bytes);
		pages_free_exact(pa, bytes);
		assert_int_equal(pages_free_bytes(), all_bytes);
	}
	finish();
}

/* ---- failure ---- */

/* All of memory, in single pages and in larger blocks, and all of it back. */
static void exhaustion(void **state)
{
	(void)state;
	begin();
	for (unsigned flags = 0; flags <= PAGES_MOVABLE; flags += PAGES_MOVABLE) {
		for (unsigned order = 0; order < 5; order++) {
			unsigned count = exhaust(order, flags);

			if (order == 0)
				assert_int_equal(pages_free_bytes(), 0);
			assert_true(pages_free_bytes() < all_bytes / 10);
			assert_int_equal(count * bytes_of(order) + pages_free_bytes(), all_bytes);
			while (count)
				pages_free(paddr(taken[--count]), order);
			assert_int_equal(pages_free_bytes(), all_bytes);
		}
	}
	finish();
}

/* What hot lists hold merges to larger blocks before an allocation fails. */
static void hot_blocks_merge(void **state)
{
	unsigned count, kept = 0;
	u64 block;

	(void)state;
	begin();
	count = exhaust(0, 0);
	block = ALIGN_DOWN(taken[count / 2], bytes_of(2));
	for (unsigned i = 0; i < count; i++) {
		if (ALIGN_DOWN(taken[i], bytes_of(2)) == block)
			pages_free(paddr(taken[i]), 0);
		else
			taken[kept++] = taken[i];
	}
	assert_int_equal(count - kept, 4);
	assert_int_equal(hot_bytes(), bytes_of(2));
	assert_int_equal(alloc(2, 0), block);
	pages_free(paddr(block), 2);
	while (kept)
		pages_free(paddr(taken[--kept]), 0);
	finish();
}

static void must(void **state)
{
	unsigned compactions = machine_compactions;
	static unsigned count;

	(void)state;
	begin();
	count = exhaust(0, 0);
	assert_true(HOST_ASSERTS((void)!pages_alloc(0, PAGES_MUST, &(paddr_t){ 0 })));
	assert_true(pages_exhausted);
	assert_int_equal(machine_compactions, compactions + 1);
	if (!strstr(host_last_failure(), "pages_alloc: no block of"))
		fail_msg("%s", host_last_failure());
	/* One that may fail says so, in silence. Nothing is moved unless it is asked for. */
	assert_int_equal(pages_alloc(0, 0, &(paddr_t){ 0 }), -ENOMEM);
	assert_int_equal(machine_compactions, compactions + 1);
	assert_int_equal(pages_alloc(0, PAGES_COMPACT, &(paddr_t){ 0 }), -ENOMEM);
	assert_int_equal(machine_compactions, compactions + 2);
	pages_exhausted = false;
	while (count)
		pages_free(paddr(taken[--count]), 0);
	finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(hot_limits),
		HOST_AT_EACH_PAGE_SHIFT(hot_list_is_halved),
		HOST_AT_EACH_PAGE_SHIFT(hot_order),
		HOST_AT_EACH_PAGE_SHIFT(not_hot),
		HOST_AT_EACH_PAGE_SHIFT(cma_is_never_hot),
		HOST_AT_EACH_PAGE_SHIFT(hot_blocks_are_of_one_type),
		HOST_AT_EACH_PAGE_SHIFT(orders_of_sizes),
		HOST_AT_EACH_PAGE_SHIFT(refuses),
		HOST_AT_EACH_PAGE_SHIFT(exact),
		HOST_AT_EACH_PAGE_SHIFT(exhaustion),
		HOST_AT_EACH_PAGE_SHIFT(hot_blocks_merge),
		HOST_AT_EACH_PAGE_SHIFT(must),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
