// SPDX-License-Identifier: BSD-2-Clause
/*
 * Figures of CMA, for the prompt's `bench`: what a claim costs on an idle region, beside a plain
 * copy of what it moves, and at worst. Nothing is printed where there is no region.
 */
#include <arch/copy.h>
#include <arch/page.h>
#include <arch/pmu.h>
#include <kernel/bench.h>
#include <kernel/printk.h>
#include <mm/addr.h>
#include <mm/buddy.h>
#include <mm/cma.h>
#include <mm/movable.h>
#include <mm/pages.h>

#define CLAIMS 20 /* of each size */

/* Movable memory that fills the region, area by area; the first word of each makes the list. */
struct lent {
	struct lent *next;
};

static struct lent *lend_all(void)
{
	struct lent *first = NULL;
	u64 free;

	while ((free = buddy_free_bytes(MIGRATE_CMA)) > 0) {
		struct lent *area = movable_alloc(MIN(free, 2 * MiB), 0);

		if (!area)
			break;
		area->next = first;
		first = area;
	}
	return first;
}

static void take_back(struct lent *area)
{
	while (area) {
		struct lent *next = area->next;

		movable_free(area);
		area = next;
	}
}

/* Instructions of a claim, which is given back; 0 when it failed. */
static u32 claim_and_release(struct cma_region *region, u64 bytes, u64 align)
{
	u32 start = pmu_instructions(), cost;
	paddr_t pa;

	if (cma_alloc(region, bytes, align, &pa))
		return 0;
	cost = pmu_instructions() - start;
	return cma_free(region, pa, bytes) ? 0 : cost;
}

/* The whole region, lent; and the same bytes copied to ordinary memory, a page at a time. */
static void bench_whole(struct cma_region *region)
{
	unsigned order = buddy_pageblock_order();
	u64 pages = page_shift_right(region->bytes);
	u32 start, copy, cost;
	paddr_t to;

	if (pages_alloc(order, 0, &to))
		return;
	start = pmu_instructions();
	for (u64 at = 0; at < region->bytes; at += PAGEBLOCK_BYTES)
		arch_copy_pages(vaddr_ptr(paddr_to_linear(to)),
				vaddr_ptr(paddr_to_linear(paddr(region->base.val + at))),
				PAGEBLOCK_BYTES);
	copy = pmu_instructions() - start;
	pages_free(to, order);
	cost = claim_and_release(region, region->bytes, 0);
	bench_report("cma_copy_page", copy, pages);
	bench_report("cma_claim_page", cost, pages);
	bench_report("cma_claim_percent", (u64)cost * 100, copy);
}

/* Claims of one size, each of a region that is lent out: the worst over the average, in percent. */
static u64 worst_over_average(struct cma_region *region, u64 bytes)
{
	u64 sum = 0, worst = 0;

	for (unsigned i = 0; i < CLAIMS; i++) {
		struct lent *areas = lend_all();
		u32 cost = claim_and_release(region, bytes, page_size() << i % 5);

		take_back(areas);
		if (!cost)
			return ~0U;
		sum += cost;
		worst = MAX(worst, cost);
	}
	return worst * 100 * CLAIMS / sum;
}

static void bench_worst(struct cma_region *region)
{
	u64 worst = 0;

	for (u64 bytes = page_size(); bytes <= region->bytes; bytes *= 4)
		worst = MAX(worst, worst_over_average(region, bytes));
	bench_report("cma_worst_percent", worst, 1);
}

void bench_cma(void)
{
	struct cma_region *region = cma_find(NULL);
	struct lent *areas;

	if (!region)
		return;
	bench_report("cma_claim_idle_1M", claim_and_release(region, 1 * MiB, 0), 1);
	areas = lend_all();
	bench_whole(region);
	take_back(areas);
	bench_worst(region);
}
