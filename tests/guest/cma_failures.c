// SPDX-License-Identifier: BSD-2-Clause
/*
 * What a claim can fail for, and what it can't: pins. After a failure all is as it was.
 */
#include <arch/page.h>
#include <kernel/cma_report.h>
#include <kernel/errno.h>
#include <kernel/fault_inject.h>
#include <kernel/mm_check.h>
#include <kernel/selftest.h>
#include <mm/addr.h>
#include <mm/buddy.h>
#include <mm/cma.h>
#include <mm/contig.h>
#include <mm/movable.h>
#include <mm/pages.h>
#include <mm/slab.h>
#include <mm/vmap.h>

#include "lent.h"

/* The default region, lent out; NULL where a test is skipped. */
static struct cma_region *begin(u64 *free)
{
	struct cma_region *region = lent_region();

	*free = stress_free_bytes();
	if (!region || *free < 3 * region->bytes || *free > 1 * GiB)
		return NULL;
	if (lent_add(region->bytes) && lent_refill())
		return region;
	lent_end();
	return NULL;
}

#define NO_REGION \
	"no idle CMA region, or one that is more than a third of memory, or too much memory"

static bool is_in(const struct cma_region *region, paddr_t pa)
{
	return paddr_diff(pa, region->base) < region->bytes;
}

SELFTEST(cma_fails_for_what_is_claimed_already)
{
	struct cma_usage before, after;
	struct cma_region *region;
	paddr_t a, b;
	u64 free;

	region = begin(&free);
	if (!region)
		SKIP_TEST(NO_REGION);
	EXPECT_EQUAL(lent_claim(region, page_size(), 0, &a), 0);
	cma_read_usage(region, &before);
	EXPECT_EQUAL(before.largest, region->bytes - page_size());
	EXPECT_EQUAL(lent_claim(region, region->bytes, 0, &b), (u64)-ENOSPC);
	cma_read_usage(region, &after);
	EXPECT_EQUAL(after.claimed, before.claimed);
	EXPECT_EQUAL(after.lent, before.lent);
	EXPECT_EQUAL(after.free, before.free);
	EXPECT_EQUAL(lent_claim(region, 0, 0, &b), (u64)-EINVAL);
	EXPECT_EQUAL(lent_claim(region, region->bytes + 1, 0, &b), (u64)-EINVAL);
	EXPECT_EQUAL(lent_claim(region, page_size(), 3 * page_size(), &b), (u64)-EINVAL);
	EXPECT(lent_give(a));
	lent_expect_end(run, free);
}

SELFTEST(cma_free_checks_what_it_is_given)
{
	struct cma_region *region;
	u64 free, bytes = 5 * page_size();
	paddr_t a;

	region = begin(&free);
	if (!region)
		SKIP_TEST(NO_REGION);
	EXPECT_EQUAL(lent_claim(region, bytes, 0, &a), 0);
	EXPECT_EQUAL(cma_free(region, a, bytes - page_size()), (u64)-EINVAL);
	EXPECT_EQUAL(cma_free(region, a, 0), (u64)-EINVAL);
	EXPECT_EQUAL(cma_free(region, paddr_add(a, page_size()), 4 * page_size()), (u64)-EINVAL);
	EXPECT_EQUAL(cma_free(region, paddr_add(a, 8), bytes), (u64)-EINVAL);
	EXPECT_EQUAL(cma_free(region, region->base, bytes), (u64)-EINVAL);
	EXPECT_EQUAL(cma_free(region, paddr(0), bytes), (u64)-EINVAL);
	EXPECT(lent_give(a));
	EXPECT_EQUAL(cma_free(region, a, bytes), (u64)-EINVAL);
	lent_expect_end(run, free);
}

/* Memory is full, so nothing can move; afterwards it works. */
SELFTEST(cma_fails_without_memory_to_move_into)
{
	struct cma_region *region;
	struct cma_usage after;
	u64 free, left;
	paddr_t a;

	region = begin(&free);
	if (!region)
		SKIP_TEST(NO_REGION);
	while (lent_add(LENT_AREA_BYTES))
		;
	pages_drain();
	left = pages_free_bytes();
	EXPECT_EQUAL(lent_claim(region, region->bytes, 0, &a), (u64)-ENOMEM);
	cma_read_usage(region, &after);
	EXPECT_EQUAL(after.claimed, 0);
	/* A few pages may have moved to the last ones that were free outside. */
	EXPECT_EQUAL(after.lent + after.free, region->bytes);
	EXPECT_EQUAL(pages_free_bytes(), left);
	EXPECT(lent_is_whole());
	EXPECT_EQUAL(mm_check(), 0);
	for (u64 bytes = 0; bytes < region->bytes; bytes += LENT_AREA_BYTES)
		EXPECT(lent_remove(lent_count() - 1));
	EXPECT_EQUAL(lent_claim(region, region->bytes, 0, &a), 0);
	EXPECT(lent_give(a));
	lent_expect_end(run, free);
}

/* A long pin is in no claim's way: its page leaves the region before. */
SELFTEST(cma_long_pin_leaves_the_region)
{
	struct cma_region *region;
	paddr_t pinned, now, a;
	u64 free, *area;

	region = begin(&free);
	if (!region)
		SKIP_TEST(NO_REGION);
	area = lent_area(0);
	EXPECT(is_in(region, vmap_to_paddr(area)));
	EXPECT_EQUAL(lent_pin(area, MOVABLE_PIN_LONG, &pinned), 0);
	EXPECT(!is_in(region, pinned));
	EXPECT_EQUAL(lent_claim(region, region->bytes, 0, &a), 0);
	EXPECT_EQUAL(vmap_to_paddr(area).val, pinned.val);
	/* Twice: pins are counted. */
	EXPECT_EQUAL(lent_pin(&area[1], MOVABLE_PIN_LONG, &now), 0);
	EXPECT_EQUAL(now.val, pinned.val + 8);
	EXPECT(lent_unpin(area));
	EXPECT(lent_unpin(&area[1]));
	EXPECT(lent_give(a));
	EXPECT_EQUAL(lent_pin(&free, MOVABLE_PIN_LONG, &now), (u64)-EINVAL);
	lent_expect_end(run, free);
}

/* A short pin is gone around where there is room, and waited for where there is none. */
static u64 *short_pinned;
static unsigned waits;

static void unpin_it(void)
{
	waits++;
	lent_unpin(short_pinned);
}

SELFTEST(cma_short_pin_is_waited_for)
{
	struct cma_region *region;
	paddr_t pinned, a;
	u64 free;

	region = begin(&free);
	if (!region)
		SKIP_TEST(NO_REGION);
	short_pinned = lent_area(lent_count() / 2);
	EXPECT_EQUAL(lent_pin(short_pinned, MOVABLE_PIN_SHORT, &pinned), 0);
	EXPECT(is_in(region, pinned));
	waits = 0;
	contig_idle = unpin_it;
	EXPECT_EQUAL(lent_claim(region, 64 * KiB, 0, &a), 0);
	EXPECT_EQUAL(waits, 0);
	EXPECT(lent_give(a));
	EXPECT(lent_refill());
	EXPECT_EQUAL(lent_claim(region, region->bytes, 0, &a), 0);
	EXPECT_EQUAL(waits, 1);
	EXPECT(lent_give(a));
	lent_expect_end(run, free);
}

/* Longer than a short pin may be held: the wait ends, and all is as it was. */
SELFTEST(cma_wait_for_a_pin_is_bounded)
{
	struct cma_region *region;
	struct cma_usage after;
	paddr_t pinned, a;
	u64 free, *area;

	region = begin(&free);
	if (!region)
		SKIP_TEST(NO_REGION);
	area = lent_area(0);
	EXPECT_EQUAL(lent_pin(area, MOVABLE_PIN_SHORT, &pinned), 0);
	EXPECT(is_in(region, pinned));
	EXPECT_EQUAL(lent_claim(region, region->bytes, 0, &a), (u64)-EBUSY);
	cma_read_usage(region, &after);
	EXPECT_EQUAL(after.claimed, 0);
	EXPECT_EQUAL(vmap_to_paddr(area).val, pinned.val);
	EXPECT_EQUAL(mm_check(), 0);
	EXPECT(lent_unpin(area));
	EXPECT_EQUAL(lent_claim(region, region->bytes, 0, &a), 0);
	EXPECT(lent_give(a));
	lent_expect_end(run, free);
}

/* The Nth step of a claim fails, for each N until one succeeds. */
SELFTEST(cma_failure_at_each_step_leaves_things_as_they_were)
{
	struct fault_rule rule = { .mode = FAULT_NTH, .n = 1 };
	struct cma_region *region;
	u64 free, left;
	paddr_t a;
	int err;

	region = begin(&free);
	if (!region)
		SKIP_TEST(NO_REGION);
	for (;; rule.n++) {
		struct cma_usage usage;

		/* To refill may take another number of tables. */
		EXPECT(lent_refill());
		slab_shrink();
		pages_drain();
		left = pages_free_bytes();
		fault_inject_set(FAULT_MIGRATE, &rule);
		err = lent_claim(region, 2 * MiB, 0, &a);
		fault_inject_off();
		if (!err)
			break;
		cma_read_usage(region, &usage);
		EXPECT_EQUAL(usage.claimed, 0);
		EXPECT(lent_is_whole());
		EXPECT_EQUAL(mm_check(), 0);
		pages_drain();
		EXPECT_EQUAL(pages_free_bytes(), left);
		if (run->failed || rule.n > 1000)
			break;
	}
	/* Before isolating, before each batch's memory is taken, and before it is the caller's. */
	EXPECT(rule.n > 2 + 2 * MiB / LENT_AREA_BYTES / 8);
	lent_expect_end(run, free);
}
