// SPDX-License-Identifier: BSD-2-Clause
/*
 * Figures of CMA, for the prompt's `bench`: what a claim costs on an idle region, beside a plain
 * copy of what it moves, and at worst. Nothing is printed where there is no region.
 */
#include <arch/copy.h>
#include <arch/page.h>
#include <arch/pmu.h>
#include <kernel/bench.h>
#include <lib/random.h>
#include <mm/addr.h>
#include <mm/buddy.h>
#include <mm/cma.h>
#include <mm/contig.h>
#include <mm/kmalloc.h>
#include <mm/movable.h>
#include <mm/pages.h>

static u64 random = 1;

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

/* The same page by page, so that neighbours in memory are anywhere in the address space. */
static struct lent *lend_shuffled(void)
{
	u64 count = page_shift_right(buddy_free_bytes(MIGRATE_CMA)), held = 0;
	paddr_t *page = kmalloc(count * sizeof(*page), 0);
	struct lent *first = NULL;

	if (!page)
		return NULL;
	pages_set_hot(false); /* what is hot would be taken before a region's pages */
	while (held < count && !pages_alloc(0, PAGES_MOVABLE, &page[held]))
		held++;
	/* One is free at a time: the next area gets it. */
	while (held) {
		u64 any = random_below(&random, held);
		struct lent *area;

		pages_free(page[any], 0);
		page[any] = page[--held];
		area = movable_alloc(page_size(), 0);
		if (!area)
			continue;
		area->next = first;
		first = area;
	}
	pages_set_hot(true);
	kfree(page);
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

/* The whole region's bytes copied to ordinary memory; 0 where there is none. */
static u32 copy_all(const struct cma_region *region)
{
	unsigned order = buddy_pageblock_order();
	u32 start, copy;
	paddr_t to;

	if (pages_alloc(order, 0, &to))
		return 0;
	start = pmu_instructions();
	for (u64 at = 0; at < region->bytes; at += PAGEBLOCK_BYTES)
		arch_copy_pages(vaddr_ptr(paddr_to_linear(to)),
				vaddr_ptr(paddr_to_linear(paddr_add(region->base, at))),
				PAGEBLOCK_BYTES);
	copy = pmu_instructions() - start;
	pages_free(to, order);
	return copy;
}

/* Claims of the whole region, which is lent in areas and then page by page. */
static void bench_whole(struct cma_region *region)
{
	u64 pages = page_shift_right(region->bytes);
	u32 copy = copy_all(region), cost, shuffled;
	struct lent *areas;

	if (!copy)
		return;
	areas = lend_all();
	cost = claim_and_release(region, region->bytes, 0);
	take_back(areas);
	areas = lend_shuffled();
	shuffled = claim_and_release(region, region->bytes, 0);
	take_back(areas);
	if (!cost || !shuffled)
		return; /* a figure that is missing is seen */
	bench_report("cma_copy_page", copy, pages);
	bench_report("cma_claim_page", cost, pages);
	bench_report("cma_claim_percent", (u64)cost * 100, copy);
	bench_report("cma_shuffled_percent", (u64)shuffled * 100, copy);
}

/* ---- the worst claim ---- */

#define CLAIMS    5 /* of each size, as easy and as hard as they come */
#define PINS_MOST 8

/* Memory that is taken, so that little is left, and in pieces. */
struct taken {
	struct taken *next;
	unsigned order;
};

static bool take_block(struct taken **list, unsigned order)
{
	struct taken *block;
	paddr_t pa;

	if (pages_alloc(order, 0, &pa))
		return false;
	block = vaddr_ptr(paddr_to_linear(pa));
	*block = (struct taken){ *list, order };
	*list = block;
	return true;
}

/* Take all that lies outside of regions but for `bytes` in single pages, none beside another. */
static struct taken *scatter(u64 bytes)
{
	struct taken *single = NULL, *rest = NULL;

	pages_set_hot(false);
	for (u64 odd = 0; odd < bytes && take_block(&single, 0);)
		odd += linear_to_paddr(vaddr_of(single)).val & page_size();
	for (unsigned order = buddy_max_order() + 1; order--;)
		while (take_block(&rest, order))
			;
	while (single) {
		struct taken *next = single->next;
		paddr_t pa = linear_to_paddr(vaddr_of(single));

		if (pa.val & page_size()) {
			pages_free(pa, 0);
		} else {
			single->next = rest;
			rest = single;
		}
		single = next;
	}
	pages_set_hot(true);
	return rest;
}

static void gather(struct taken *list)
{
	while (list) {
		struct taken *next = list->next;

		pages_free(linear_to_paddr(vaddr_of(list)), list->order);
		list = next;
	}
}

/* Short pins of pages anywhere in the region, which go one by one while a claim waits for them. */
static struct lent *pinned[PINS_MOST];
static unsigned pins;

static void unpin_one(void)
{
	if (pins)
		movable_unpin(pinned[--pins]);
}

static void pin_some(struct lent *areas, u64 count)
{
	paddr_t pa;

	while (areas && pins < PINS_MOST) {
		struct lent *area = areas;

		for (u64 n = random_below(&random, count); n && area->next; n--)
			area = area->next;
		pinned[pins] = area;
		if (movable_pin(area, MOVABLE_PIN_SHORT, &pa))
			return;
		pins++;
	}
}

/* Instructions of a claim of a region that is lent in areas; nothing is in the way. */
static u32 easy_claim(struct cma_region *region, u64 bytes, u64 align)
{
	struct lent *areas = lend_all();
	u32 cost = claim_and_release(region, bytes, align);

	take_back(areas);
	return cost;
}

/* The same of one that is lent page by page, with pins, and what moves goes to single pages. */
static u32 hard_claim(struct cma_region *region, u64 bytes, u64 align)
{
	struct lent *areas = lend_shuffled();
	struct taken *taken = scatter(region->bytes);
	u32 cost;

	pin_some(areas, page_shift_right(region->bytes));
	contig_idle = unpin_one;
	cost = claim_and_release(region, bytes, align);
	contig_idle = NULL;
	while (pins)
		unpin_one();
	gather(taken);
	take_back(areas);
	return cost;
}

/* Claims of one size: the worst of the hard ones in percent of the average of the easy ones. */
static u64 worst_over_average(struct cma_region *region, u64 bytes)
{
	u64 sum = 0, worst = 0;

	for (unsigned i = 0; i < CLAIMS; i++) {
		u64 align = page_size() << i;
		u32 easy = easy_claim(region, bytes, align);
		u32 hard = hard_claim(region, bytes, align);

		if (!easy || !hard)
			return ~0U;
		sum += easy;
		worst = MAX(worst, hard);
	}
	return worst * 100 * CLAIMS / sum;
}

static void bench_worst(struct cma_region *region)
{
	u64 worst = 0;

	for (u64 bytes = page_size(); bytes <= region->bytes; bytes *= 4) {
		u64 percent = worst_over_average(region, bytes);

		worst = MAX(worst, percent);
	}
	bench_report("cma_worst_percent", worst, 1);
}

void bench_cma(void)
{
	struct cma_region *region = cma_find(NULL);

	if (!region)
		return;
	bench_report("cma_claim_idle_1M", claim_and_release(region, 1 * MiB, 0), 1);
	bench_whole(region);
	bench_worst(region);
}
