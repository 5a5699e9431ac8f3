// SPDX-License-Identifier: BSD-2-Clause
/*
 * What pages hold when they are handed out, and frees that are wrong.
 *
 * What a wrong free can look like: the word of a page that is not the head of a block was written
 * when it last was one, or never. The allocator leaves none that says allocated, so a double free
 * and the free of a tail page are seen; but for a page that was never a head, and whose word is
 * whatever memory held before boot, they may not be.
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

#include <arch/boot.h>
#include <arch/page.h>
#include <mm/addr.h>
#include <mm/buddy.h>
#include <mm/junk.h>

/* ---- content ---- */

static bool is_all(u64 pa, u64 bytes, u8 value)
{
	const u8 *p = vaddr_ptr(paddr_to_linear(paddr(pa)));

	for (u64 i = 0; i < bytes; i++)
		if (p[i] != value)
			return false;
	return true;
}

static void zeroes(void **state)
{
	(void)state;
	begin();
	for (unsigned round = 0; round < 4; round++) {
		host_debug = round & 1;
		for (unsigned order = 0; bytes_of(order) <= 4 * MiB; order++) {
			/* From the buddy allocator, then hot. */
			for (unsigned again = 0; again < 2; again++) {
				u64 pa = alloc(order, PAGES_ZERO | (round & 2));

				assert_true(is_all(pa, bytes_of(order), 0));
				memset(vaddr_ptr(paddr_to_linear(paddr(pa))), 0xee,
				       (size_t)bytes_of(order));
				pages_free(paddr(pa), order);
			}
		}
	}
	finish();
}

/* In a build for debugging fresh and freed memory hold junk, each its own; links apart. */
static void junk(void **state)
{
	u64 pa;

	(void)state;
	begin();
	host_debug = true;
	for (unsigned order = 0; bytes_of(order) <= 2 * MiB; order++) {
		for (unsigned again = 0; again < 2; again++) {
			pa = alloc(order, 0);
			assert_true(is_all(pa, bytes_of(order), JUNK_FRESH));
			memset(vaddr_ptr(paddr_to_linear(paddr(pa))), 0, (size_t)bytes_of(order));
			pages_free(paddr(pa), order);
			assert_true(is_all(pa + 16, page_size() - 16, JUNK_FREED));
		}
	}
	finish();
}

/* ---- frees that are wrong ---- */

static void refuses_to_free(u64 pa, unsigned order, const char *is)
{
	assert_true(HOST_ASSERTS(pages_free(paddr(pa), order)));
	if (!strstr(host_last_failure(), "pages_free: ") || !strstr(host_last_failure(), is))
		fail_msg("%s", host_last_failure());
}

static void wrong_frees(void **state)
{
	static u64 pa;
	unsigned large = 21 - host_page_shift;

	(void)state;
	begin();
	pa = alloc(1, 0);
	refuses_to_free(pa, 0, "of order 0 is allocated, order 1");
	refuses_to_free(pa, 2, "is allocated, order 1");
	refuses_to_free(pa, 33, "is allocated, order 1");
	pages_free(paddr(pa), 1);
	refuses_to_free(pa, 1, "is free, order 1"); /* hot */
	pages_drain();
	refuses_to_free(pa, 1, "is free");
	/* Too large to be hot. */
	pa = alloc(large, 0);
	pages_free(paddr(pa), large);
	refuses_to_free(pa, large, "is free");
	/* What was never the allocator's, and no block at all. */
	refuses_to_free(boot_info.image_pa, 0, "is reserved");
	pa = alloc(0, 0);
	frame_set_kind(frame_of(paddr(pa)), FRAME_TABLE);
	refuses_to_free(pa, 0, "is table, order 0");
	frame_of(paddr(pa))->word |= FRAME_KIND_MASK;
	refuses_to_free(pa, 0, "is no block");
	frame_set_kind(frame_of(paddr(pa)), FRAME_ALLOCATED);
	pages_free(paddr(pa), 0);
	finish();
}

/* Both halves of a block that merged, each with the order it had. */
static void double_free_after_merge(void **state)
{
	(void)state;
	begin();
	for (unsigned order = 0; order < 5; order++) {
		static u64 halves[2];

		halves[0] = alloc(order + 1, 0);
		halves[1] = halves[0] + bytes_of(order);
		pages_set_hot(false);
		buddy_cut_allocated(paddr(halves[0]), bytes_of(order));
		for (unsigned first = 0; first < 2; first++) {
			pages_free(paddr(halves[first]), order);
			pages_free(paddr(halves[!first]), order);
			refuses_to_free(halves[0], order, "is free");
			refuses_to_free(halves[1], order, "is free");
			if (first)
				break;
			halves[0] = alloc(order + 1, 0);
			halves[1] = halves[0] + bytes_of(order);
			buddy_cut_allocated(paddr(halves[0]), bytes_of(order));
		}
		pages_set_hot(true);
	}
	finish();
}

/* A page after the head, that was once allocated by itself. */
static void tail_pages(void **state)
{
	unsigned order = 3, count;
	static u64 pa;

	(void)state;
	begin();
	count = exhaust(0, 0);
	while (count)
		pages_free(paddr(taken[--count]), 0);
	pages_drain();
	pa = alloc(order, 0);
	for (u64 page = 1; page < 1ULL << order; page++)
		for (unsigned at = 0; at <= order; at++)
			refuses_to_free(pa + page * page_size(), at, "is free");
	pages_free(paddr(pa), order);
	finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(zeroes),
		HOST_AT_EACH_PAGE_SHIFT(junk),
		HOST_AT_EACH_PAGE_SHIFT(wrong_frees),
		HOST_AT_EACH_PAGE_SHIFT(double_free_after_merge),
		HOST_AT_EACH_PAGE_SHIFT(tail_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
