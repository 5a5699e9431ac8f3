// SPDX-License-Identifier: BSD-2-Clause
/* Claims: <mm/cma.h> has the contract and the invariants. */
#include <arch/counter.h>
#include <arch/page.h>
#include <kernel/compiler.h>
#include <kernel/errno.h>
#include <kernel/mutex.h>
#include <lib/bitmap.h>
#include <lib/devicetree_memory.h>
#include <lib/format.h>
#include <lib/printk.h>
#include <lib/string.h>
#include <mm/buddy.h>
#include <mm/cma.h>
#include <mm/contig.h>
#include <mm/kmalloc.h>
#include <mm/memblock.h>

bool cma_quiet;

static struct cma_region regions[CMA_REGIONS_MOST];
static unsigned region_count;
static struct mutex mutex = MUTEX; /* bitmaps and sums */

/* ---- regions ---- */

/* There is no room for another one. */
static void __init give_up(const struct devicetree_reservation *reservation, paddr_t base)
{
	int error = memblock_free(base, reservation->range.bytes);

	printk("cma: %s at %#llx is one region too many, %u are known: %s\n",
	       reservation->range.name, base.val, region_count,
	       error ? "it is lent, and can't be claimed" : "it is ordinary memory");
}

void __init cma_placed(void *context, const struct devicetree_reservation *reservation,
		       paddr_t base)
{
	struct cma_region *region = &regions[region_count];
	char size[FORMAT_BYTES_SIZE];

	(void)context;
	if (reservation->no_map || !reservation->reusable || !reservation->shared_dma_pool)
		return;
	if (region_count == CMA_REGIONS_MOST) {
		give_up(reservation, base);
		return;
	}
	*region = (struct cma_region){
		.base = base,
		.bytes = reservation->range.bytes,
		.is_default = reservation->cma_default && !cma_find(NULL),
	};
	strscpy(region->name, reservation->range.name, sizeof(region->name));
	region_count++;
	printk("cma: %s: %s at %#llx%s\n", reservation->range.name,
	       format_bytes(size, sizeof(size), region->bytes), base.val,
	       region->is_default ? ", default" : "");
}

void __init cma_init(void)
{
	for (unsigned i = 0; i < region_count; i++) {
		u64 words = bitmap_words(page_shift_right(regions[i].bytes));

		regions[i].claimed = kmalloc(words * sizeof(u64), KMALLOC_ZERO);
		if (!regions[i].claimed)
			printk("cma: %s: no memory for its bitmap: it can't be claimed\n",
			       regions[i].name);
	}
}

struct cma_region *cma_region(unsigned number)
{
	return number < region_count ? &regions[number] : NULL;
}

struct cma_region *cma_find(const char *name)
{
	for (unsigned i = 0; i < region_count; i++)
		if (name ? !strcmp(regions[i].name, name) : regions[i].is_default)
			return &regions[i];
	return NULL;
}

/* ---- claims ---- */

static u64 pages_of(const struct cma_region *region)
{
	return page_shift_right(region->bytes);
}

static paddr_t page_at(const struct cma_region *region, u64 index)
{
	return paddr_add(region->base, page_shift_left(index));
}

static u64 page_index(const struct cma_region *region, paddr_t page)
{
	return page_shift_right(paddr_diff(page, region->base));
}

/* What is to be claimed. */
struct claim {
	struct cma_region *region;
	u64 pages;
	u64 align; /* in pages */
	u64 skew;  /* the region's first page, modulo align */
	u64 first;
	struct contig_result result;
};

/* Take the highest run below `end`: 0, -ENOSPC when there is none, or contig_take's errors. */
static int try_below(struct claim *c, u64 end, bool wait)
{
	const struct cma_region *region = c->region;
	int err;

	if (!bitmap_last_clear_run(region->claimed, end, c->pages, c->align, c->skew, &c->first))
		return -ENOSPC;
	err = contig_take(page_at(region, c->first), page_shift_left(c->pages), MIGRATE_CMA, wait,
			  &c->result);
	c->region->moved_bytes += c->result.moved_bytes;
	return err;
}

/* Around what is pinned, if there is room; else wait for it. */
static int take(struct claim *c)
{
	u64 end = pages_of(c->region), busy_end = 0;
	int err;

	while ((err = try_below(c, end, false)) == -EBUSY) {
		busy_end = busy_end ? busy_end : end;
		end = page_index(c->region, c->result.where);
	}
	return err == -ENOSPC && busy_end ? try_below(c, busy_end, true) : err;
}

static enum cma_failure failure_of(int err)
{
	switch (err) {
	case -ENOSPC:
		return CMA_FAIL_CLAIMED;
	case -ENOMEM:
		return CMA_FAIL_MEMORY;
	case -EBUSY:
		return CMA_FAIL_BUSY;
	default:
		return CMA_FAIL_INJECTED;
	}
}

static void count_cost(struct cma_region *region, u64 ns)
{
	u64 us = ns / 1000;
	unsigned bucket = us ? 64 - (unsigned)__builtin_clzll(us) : 0;

	region->claims++;
	region->cost_ns += ns;
	region->worst_ns = MAX(region->worst_ns, ns);
	region->cost[MIN(bucket, CMA_COST_BUCKETS - 1)]++;
}

static void explain(const struct claim *c, int err)
{
	char size[FORMAT_BYTES_SIZE], align[FORMAT_BYTES_SIZE], run[FORMAT_BYTES_SIZE];
	u64 longest = bitmap_longest_clear_run(c->region->claimed, pages_of(c->region));

	printk("cma: %s: no %s aligned to %s: %s; the largest free run is %s\n", c->region->name,
	       format_bytes(size, sizeof(size), page_shift_left(c->pages)),
	       format_bytes(align, sizeof(align), page_shift_left(c->align)),
	       err == -ENOSPC ? "what it would need is claimed already" : c->result.why,
	       format_bytes(run, sizeof(run), page_shift_left(longest)));
}

static int claim(struct claim *c)
{
	u64 start = arch_counter_ns();
	int err = take(c);

	if (err) {
		c->region->failures[failure_of(err)]++;
		if (!cma_quiet)
			explain(c, err);
		return err;
	}
	bitmap_set(c->region->claimed, c->first, c->pages);
	count_cost(c->region, arch_counter_ns() - start);
	return 0;
}

/* Whether an empty region has a place for it. */
static bool has_place(const struct claim *c)
{
	u64 last = pages_of(c->region) - c->pages + c->skew;

	return ALIGN_DOWN(last, c->align) >= c->skew;
}

int cma_alloc(struct cma_region *region, u64 bytes, u64 align, paddr_t *pa)
{
	struct claim c;
	int err;

	if (!bytes || bytes > region->bytes || align & (align - 1) || !region->claimed)
		return -EINVAL;
	c.region = region;
	c.pages = page_count(bytes);
	c.align = page_shift_right(MAX(align, page_size()));
	c.skew = page_shift_right(region->base.val) & (c.align - 1);
	if (!has_place(&c))
		return -EINVAL;
	mutex_lock(&mutex, "a claim");
	err = claim(&c);
	mutex_unlock(&mutex);
	if (!err)
		*pa = page_at(region, c.first);
	return err;
}

/* Is [pa, pa + pages) a claim, all of it? A word is valid at heads only (I1). */
static bool is_claim(const struct cma_region *region, paddr_t pa, u64 pages)
{
	u64 offset = paddr_diff(pa, region->base);
	const struct frame *f = frame_of(pa);
	bool is;

	if (offset >= region->bytes || !page_is_aligned(offset) || !region->claimed)
		return false;
	buddy_lock();
	is = frame_head(ALIGN_DOWN(pa.val, PAGEBLOCK_BYTES), pa.val) == pa.val && /* B6 */
	     frame_kind(f) == FRAME_CLAIMED && frame_own(f) == pages;
	buddy_unlock();
	return is;
}

int cma_free(struct cma_region *region, paddr_t pa, u64 bytes)
{
	u64 pages = page_count(bytes);
	int err = -EINVAL;

	mutex_lock(&mutex, "a claim");
	/* Bytes that would wrap are no pages, which is what blocks after the first have. */
	if (bytes && bytes <= region->bytes && is_claim(region, pa, pages)) {
		bitmap_clear(region->claimed, page_index(region, pa), pages);
		contig_give(pa, page_shift_left(pages));
		err = 0;
	}
	mutex_unlock(&mutex);
	if (err)
		printk("cma: %s: %llu bytes at %#llx are not what was claimed\n", region->name,
		       bytes, pa.val);
	return err;
}
