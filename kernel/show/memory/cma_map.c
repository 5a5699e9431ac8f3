// SPDX-License-Identifier: BSD-2-Clause
/* A CMA region as a picture, a character for so many bytes: <mm/cma.h>. */
#include <arch/page.h>
#include <kernel/compiler.h>
#include <lib/format.h>
#include <mm/buddy.h>
#include <mm/cma.h>
#include <mm/rmap.h>

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
		const struct frame *head = frame_of(paddr(region->base.val + at));
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
