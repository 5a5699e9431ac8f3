// SPDX-License-Identifier: BSD-2-Clause
/* CMA regions for people. */
#include <arch/page.h>
#include <lib/bitmap.h>
#include <lib/format.h>
#include <mm/buddy.h>
#include <mm/cma.h>

static u64 head_bytes(paddr_t head)
{
	return frame_bytes(frame_of(head));
}

void cma_read_usage(struct cma_region *region, struct cma_usage *usage)
{
	u64 end = region->base.val + region->bytes, pages = page_shift_right(region->bytes);

	*usage = (struct cma_usage){ .largest = region->bytes };
	if (region->claimed) {
		usage->claimed = page_shift_left(bitmap_count(region->claimed, pages));
		usage->largest = page_shift_left(bitmap_longest_clear_run(region->claimed, pages));
	}
	buddy_lock();
	for (paddr_t at = region->base; at.val < end; at.val += head_bytes(at))
		if (frame_kind(frame_of(at)) == FRAME_FREE)
			usage->free += head_bytes(at);
	buddy_unlock();
	usage->lent = region->bytes - usage->claimed - usage->free;
}

static void report_usage(struct cma_region *region, int (*print)(const char *fmt, ...))
{
	char size[FORMAT_BYTES_SIZE], claimed[FORMAT_BYTES_SIZE], lent[FORMAT_BYTES_SIZE],
		free[FORMAT_BYTES_SIZE], largest[FORMAT_BYTES_SIZE];
	struct cma_usage usage;

	cma_read_usage(region, &usage);
	print("cma: %s: %s at %#llx%s: %s claimed, %s lent, %s free, largest run %s\n",
	      region->name, format_bytes(size, sizeof(size), region->bytes), region->base.val,
	      region->is_default ? " (default)" : "",
	      format_bytes(claimed, sizeof(claimed), usage.claimed),
	      format_bytes(lent, sizeof(lent), usage.lent),
	      format_bytes(free, sizeof(free), usage.free),
	      format_bytes(largest, sizeof(largest), usage.largest));
}

/* "<1us 3 <4us 1": the buckets that have something in them. */
static void report_costs(const struct cma_region *region, int (*print)(const char *fmt, ...))
{
	for (unsigned i = 0; i < CMA_COST_BUCKETS; i++)
		if (region->cost[i])
			print(" %s%lluus %u", i + 1 < CMA_COST_BUCKETS ? "<" : ">=",
			      i + 1 < CMA_COST_BUCKETS ? 1ULL << i : 1ULL << (i - 1),
			      region->cost[i]);
	print("\n");
}

static void report_claims(const struct cma_region *region, int (*print)(const char *fmt, ...))
{
	const u64 *failures = region->failures;
	char moved[FORMAT_BYTES_SIZE];

	print("cma: %s: %llu claims moved %s (%llu pages); failed: %llu claimed already, %llu no "
	      "memory, %llu pinned, %llu injected\n",
	      region->name, region->claims, format_bytes(moved, sizeof(moved), region->moved_bytes),
	      page_shift_right(region->moved_bytes), failures[CMA_FAIL_CLAIMED],
	      failures[CMA_FAIL_MEMORY], failures[CMA_FAIL_BUSY], failures[CMA_FAIL_INJECTED]);
	if (!region->claims)
		return;
	print("cma: %s: a claim took %llu us on average, %llu us at most:", region->name,
	      region->cost_ns / region->claims / 1000, region->worst_ns / 1000);
	report_costs(region, print);
}

void cma_report(int (*print)(const char *fmt, ...))
{
	struct cma_region *region;

	for (unsigned i = 0; (region = cma_region(i)); i++) {
		report_usage(region, print);
		report_claims(region, print);
	}
}
