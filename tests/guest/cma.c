// SPDX-License-Identifier: BSD-2-Clause
/*
 * Claims, on the machine's own region, lent out to movable memory whose content tells where it
 * belongs. Each test is named after what it would find, or what is wrong elsewhere.
 */
#include <arch/page.h>
#include <kernel/cma_report.h>
#include <kernel/errno.h>
#include <kernel/mm_check.h>
#include <kernel/selftest.h>
#include <mm/addr.h>
#include <mm/buddy.h>
#include <mm/cma.h>
#include <mm/movable.h>
#include <mm/pages.h>
#include <mm/slab.h>
#include <mm/vmap.h>

#include "lent.h"

#define TOO_MUCH  "too much memory to take it all in a test's time"
#define NO_REGION "no idle CMA region: cma=SIZE on the command line makes one"

/* All of the region, which is all lent. */
SELFTEST(cma_claim_of_all_that_is_lent)
{
	struct cma_region *region = lent_region();
	struct cma_usage usage;
	paddr_t pa;
	u64 free;

	if (!region)
		SKIP_TEST(NO_REGION);
	free = stress_free_bytes();
	/* There has to be as much memory to move to. */
	if (free < 3 * region->bytes)
		SKIP_TEST("the region is more than a third of what is free");
	EXPECT(lent_add(region->bytes) && lent_refill());
	cma_read_usage(region, &usage);
	EXPECT_EQUAL(usage.free, 0);
	EXPECT_EQUAL(usage.lent, region->bytes);
	EXPECT_EQUAL(lent_claim(region, region->bytes, 0, &pa), 0);
	EXPECT_EQUAL(pa.val, region->base.val);
	cma_read_usage(region, &usage);
	EXPECT_EQUAL(usage.claimed, region->bytes);
	EXPECT(lent_is_whole());
	EXPECT_EQUAL(mm_check(), 0);
	EXPECT(lent_give(pa));
	lent_expect_end(run, free);
}

/* ---- any size at any alignment, with the region lent out ---- */

#define CLAIMS 10000
#define HELD   6 /* claims at a time */

static struct {
	paddr_t pa;
	u64 bytes;
} held[HELD];

static void release(struct selftest_run *run, struct cma_region *region, unsigned i)
{
	if (held[i].bytes)
		EXPECT_EQUAL(cma_free(region, held[i].pa, held[i].bytes), 0);
	held[i].bytes = 0;
}

/* From a byte to `most`: each power of two as often as the others. */
static u64 random_size(u64 most)
{
	u64 power = 1ULL << lent_random_below(64 - (u64)__builtin_clzll(most));

	return MIN(power + lent_random_below(power), most);
}

/* One claim that fits; then others go, until the next would. False after a failure. */
static bool claim_one(struct selftest_run *run, struct cma_region *region, unsigned i)
{
	u64 bytes = random_size(lent_random_below(64) ? region->bytes / 8 : region->bytes);
	u64 align = 1ULL << lent_random_below(22);
	struct cma_usage usage;
	int err;

	release(run, region, i);
	for (unsigned n = 0;; n++) {
		cma_read_usage(region, &usage);
		if (usage.largest >= page_align_up(bytes) + MAX(align, page_size()) - page_size())
			break;
		if (n == HELD) {
			align = 1; /* more than the region has at that alignment */
			break;
		}
		release(run, region, n);
	}
	EXPECT(lent_refill());
	err = cma_alloc(region, bytes, align, &held[i].pa);
	EXPECT_EQUAL(err, 0);
	if (err)
		return false;
	held[i].bytes = bytes;
	EXPECT_EQUAL(held[i].pa.val & (MAX(align, page_size()) - 1), 0);
	/* What was claimed is written to: were it somebody's, that would be seen. */
	*(u64 *)vaddr_ptr(paddr_to_linear(held[i].pa)) = ~0ULL;
	return !run->failed;
}

SELFTEST(cma_claims_that_fit_succeed)
{
	struct cma_region *region = lent_region();
	u64 free;

	if (!region)
		SKIP_TEST(NO_REGION);
	free = stress_free_bytes();
	if (region->bytes > 16 * MiB || free < 3 * region->bytes)
		SKIP_TEST("a region of 16 MiB at most, and three times as much memory, is the "
			  "subject");
	lent_seed(2026);
	EXPECT(lent_add(region->bytes));
	for (unsigned i = 0;
	     i < CLAIMS && claim_one(run, region, (unsigned)lent_random_below(HELD)); i++)
		;
	for (unsigned i = 0; i < HELD; i++)
		release(run, region, i);
	EXPECT(lent_is_whole());
	lent_expect_end(run, free);
}

/* ---- lending ---- */

/*
 * Movable memory until there is none: not a page of any region may be idle by then. What is left is
 * less than an area of this test and what it takes to map one.
 */
SELFTEST(cma_lends_all_before_memory_is_short)
{
	u64 free, left = LENT_AREA_BYTES + 4 * page_size();

	if (!lent_region())
		SKIP_TEST(NO_REGION);
	free = stress_free_bytes();
	if (free > 1 * GiB)
		SKIP_TEST(TOO_MUCH);
	while (lent_add(LENT_AREA_BYTES))
		;
	EXPECT_EQUAL(buddy_free_bytes(MIGRATE_CMA), 0);
	slab_shrink();
	pages_drain();
	EXPECT(pages_free_bytes() < left);
	EXPECT(lent_is_whole());
	EXPECT_EQUAL(mm_check(), 0);
	lent_expect_end(run, free);
}

/* All the pages there are for this mobility, chained by their first words; and back. */
struct link {
	struct link *next;
};

static struct link *take_all(unsigned flags)
{
	struct link *first = NULL;
	paddr_t pa;

	while (!pages_alloc(0, flags, &pa)) {
		struct link *link = vaddr_ptr(paddr_to_linear(pa));

		link->next = first;
		first = link;
	}
	return first;
}

static void give_all(struct link *first)
{
	while (first) {
		struct link *link = first;

		first = link->next;
		pages_free(linear_to_paddr(vaddr_of(link)), 0);
	}
}

/* Page by page, and to the last one. */
SELFTEST(cma_lends_the_last_page)
{
	struct link *all;
	u64 free;

	if (!lent_region())
		SKIP_TEST(NO_REGION);
	free = stress_free_bytes();
	if (free > 1 * GiB)
		SKIP_TEST(TOO_MUCH);
	all = take_all(PAGES_MOVABLE);
	EXPECT_EQUAL(pages_free_bytes(), 0);
	give_all(all);
	lent_expect_end(run, free);
}

/* What can't move never gets a page of a region. */
SELFTEST(cma_keeps_what_cannot_move_out)
{
	struct link *all;
	u64 free, idle;

	if (!lent_region())
		SKIP_TEST(NO_REGION);
	free = stress_free_bytes();
	if (free > 1 * GiB)
		SKIP_TEST(TOO_MUCH);
	idle = buddy_free_bytes(MIGRATE_CMA);
	all = take_all(0);
	EXPECT_EQUAL(buddy_free_bytes(MIGRATE_CMA), idle);
	EXPECT_EQUAL(pages_free_bytes(), idle);
	give_all(all);
	lent_expect_end(run, free);
}

/* Movable memory has all the rest, half a region is idle: that is of use to what can't move. */
SELFTEST(cma_is_not_idle_while_others_lack_memory)
{
	unsigned order = buddy_pageblock_order() - 3; /* 256 KiB */
	struct cma_region *region = lent_region();
	u64 free, idle;
	paddr_t pa;

	if (!region)
		SKIP_TEST(NO_REGION);
	free = stress_free_bytes();
	if (free > 1 * GiB)
		SKIP_TEST(TOO_MUCH);
	while (lent_add(LENT_AREA_BYTES))
		;
	for (unsigned i = 0; buddy_free_bytes(MIGRATE_CMA) < region->bytes / 2 && i < lent_count();)
		if (frame_pageblock_type(vmap_to_paddr(lent_area(i))) == MIGRATE_CMA)
			EXPECT(lent_remove(i)); /* another one has its number */
		else
			i++;
	idle = buddy_free_bytes(MIGRATE_CMA);
	EXPECT_EQUAL(lent_block(order, 0, &pa), (u64)-ENOMEM);
	EXPECT_EQUAL(lent_block(order, PAGES_COMPACT, &pa), 0);
	EXPECT(pa.val && frame_pageblock_type(pa) < MIGRATE_CMA);
	EXPECT(buddy_free_bytes(MIGRATE_CMA) < idle);
	EXPECT(lent_is_whole());
	lent_expect_end(run, free);
}
