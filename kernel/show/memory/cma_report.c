// SPDX-License-Identifier: BSD-2-Clause
/* CMA regions for people, in words and as a picture. */
#include <arch/page.h>
#include <kernel/cma_report.h>
#include <kernel/compiler.h>
#include <lib/bitmap.h>
#include <lib/format.h>
#include <mm/buddy.h>
#include <mm/cma.h>
#include <mm/rmap.h>

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

/* A region as a picture, a character for so many bytes. */
#define LINE_CELLS 64
#define MOST_CELLS (8 * LINE_CELLS)

/* What is in a cell. */
enum {
	HAS_FREE = 1,
	HAS_LENT = 2,
	HAS_CLAIMED = 4,
	HAS_PINNED = 8,
};

static u8 contents_of(const struct frame *head)
{
	switch (frame_kind(head)) {
	case FRAME_FREE:
		return HAS_FREE;
	case FRAME_CLAIMED:
		return HAS_CLAIMED;
	case FRAME_MOVABLE:
		return rmap_pins(head->word) ? HAS_PINNED : HAS_LENT;
	default:
		return HAS_LENT; /* and about to be mapped */
	}
}

/* What is least usual is what a cell shows. */
static char letter(u8 contents)
{
	if (contents & HAS_PINNED)
		return 'p';
	if (contents & HAS_CLAIMED)
		return contents == HAS_CLAIMED ? '#' : 'c';
	if (contents & HAS_LENT)
		return contents == HAS_LENT ? '+' : '-';
	return '.';
}

static void fill_cells(const struct cma_region *region, u64 unit, u8 *cells)
{
	u64 at = 0;

	buddy_lock();
	while (at < region->bytes) {
		const struct frame *head = frame_of(paddr_add(region->base, at));
		u64 end = at + frame_bytes(head);

		for (u64 cell = at / unit; cell <= (end - 1) / unit; cell++)
			cells[cell] |= contents_of(head);
		at = end;
	}
	buddy_unlock();
}

void cma_map(const struct cma_region *region, int (*print)(const char *fmt, ...) __printf(1, 2))
{
	char size[FORMAT_BYTES_SIZE];
	u8 cells[MOST_CELLS] = { 0 };
	u64 unit = page_size(), count;

	while (region->bytes > unit * MOST_CELLS)
		unit *= 2;
	count = (region->bytes + unit - 1) / unit;
	fill_cells(region, unit, cells);
	print("cma: %s: %s a character: # claimed, + lent, . free, p pinned; c, - in part\n",
	      region->name, format_bytes(size, sizeof(size), unit));
	for (u64 first = 0; first < count; first += LINE_CELLS) {
		print("%#14llx ", region->base.val + first * unit);
		for (u64 i = first; i < MIN(first + LINE_CELLS, count); i++)
			print("%c", letter(cells[i]));
		print("\n");
	}
}
