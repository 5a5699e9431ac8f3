/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a workload costs at one page size or another: arithmetic, which takes the granule.
 *
 * A workload is a list of allocations, and each can be made in two ways:
 *
 *   areas  pages of its own, side by side in virtual addresses only, as vmalloc has them, and as
 *          files and processes have theirs: rounded up to pages; an unmapped page after each
 *   heap   kmalloc: slabs and chunks, whose sizes are bytes at every page size (mm/kmalloc.h),
 *          and pages from 64 KiB on
 *
 * Areas. They lie one after the other in the order in which they are added, after a first page
 * that is never mapped, from an address on at which tables of every level begin. Tables map pages:
 * no blocks. The root is not counted, since every space has one; tables below it all are. A run
 * of contiguous entries counts as one TLB entry wherever an area has the pages for one.
 *
 *   3 bytes, a thousand times      4K            16K            64K
 *   held                           4,096,000     16,384,000     65,536,000
 *   tables                         6 x 4 KiB     3 x 16 KiB     2 x 64 KiB
 *   TLB entries                    1,000         1,000          1,000
 *
 * Heap. Objects fill their slabs, and slabs and chunks their pages, as they do where nothing has
 * been freed yet: a lower bound for a heap that is older.
 *
 * Frame table: a word of 8 bytes a page.
 *
 * Page size enters as a `const struct granule *` only. Locking: none.
 */
#ifndef KERNEL_COMPARE_H
#define KERNEL_COMPARE_H

#include <arch/granule.h>
#include <arch/layout.h>
#include <kernel/compiler.h>
#include <kernel/types.h>
#include <mm/chunk.h>

#define COMPARE_ITEMS_MOST 16

struct compare_item {
	u64 bytes; /* of each */
	u64 count;
};

struct compare_part {
	u64 count;
	u64 requested; /* bytes */
	u64 held;
};

struct compare {
	const struct granule *granule;
	struct compare_part areas;
	u64 addresses; /* bytes, from the space's first page to the guard after the last area */
	u64 entries;   /* for areas: pages, and what they are with contiguous runs */
	u64 run_entries;
	struct compare_part heap;
	u64 chunk_bytes; /* of heap.held, in slabs and chunks */
};

/* `bytes` to whole pages; more than any space has for what would wrap around. */
static inline u64 compare_page_bytes(const struct granule *g, u64 bytes)
{
	return bytes > VMAP_BYTES ? VMAP_BYTES : ALIGN_UP(bytes, granule_page_bytes(g));
}

/* What kmalloc takes for `bytes` that are too many for its slabs: a chunk, or pages. */
static inline u64 compare_block_bytes(const struct granule *g, u64 bytes)
{
	u64 chunk = CHUNK_BYTES_MIN;

	if (bytes > CHUNK_BYTES_MAX)
		return compare_page_bytes(g, bytes);
	while (chunk < bytes)
		chunk *= 2;
	return chunk;
}

/* TLB entries of an area that holds `held` bytes, with contiguous runs where it has the pages. */
static inline u64 compare_run_entries(const struct granule *g, u64 held)
{
	unsigned run_shift = granule_contig_shift(g, GRANULE_LAST_LEVEL);
	u64 pages = held >> g->shift;

	return (pages >> run_shift) + (pages & ((1ULL << run_shift) - 1));
}

/* SIZE or COUNTxSIZE. Returns 0; -EINVAL for what is neither, or 0; -ERANGE beyond 64 bits. */
int compare_parse(const char *word, struct compare_item *item) __must_check;

void compare_begin(struct compare *c, const struct granule *g);

/*
 * compare_add_area - `count` areas of `bytes` each; neither is 0.
 *
 * Returns 0; or -ERANGE when all areas are more than there are addresses for (VMAP_BYTES), and
 * nothing has changed.
 */
int compare_add_area(struct compare *c, u64 bytes, u64 count) __must_check;

/* The same for one that is where it is: [first, end), to pages at both ends. */
int compare_add_range(struct compare *c, u64 first, u64 end) __must_check;

/* Blocks of the heap's that are pages of their own. As compare_add_area. */
int compare_add_blocks(struct compare *c, u64 bytes, u64 count) __must_check;

/* What slabs and chunks hold, which is known in bytes. */
void compare_add_chunks(struct compare *c, u64 count, u64 requested, u64 held);

/*
 * compare_add_items - a list, each item both as areas and as heap.
 *
 * What kmalloc does not have, more than PAGES_BLOCK_BYTES_MAX, is in the areas only. Needs the heap
 * for its classes. Returns 0 or -ERANGE, as above; what was added before the error stays.
 */
int compare_add_items(struct compare *c, const struct compare_item *items,
		      unsigned count) __must_check;

/* Everything was added: heap.held is final then. */
void compare_end(struct compare *c);

/*
 * compare_add_live - what the kernel holds now: its image, the devicetree, areas, and the heap.
 *
 * What was asked for is known to the byte, but of the heap's blocks that aren't slabs: their size
 * counts. Page tables, the frame table and what else boot reserved are not in it. The image's
 * constants end where those of init begin. Returns 0 or -ERANGE.
 */
int compare_add_live(struct compare *c) __must_check;

/* Of the areas' tables, all levels below the root. */
u64 compare_table_bytes(const struct compare *c);

/* Of the frame table, for memory of `bytes`. */
u64 compare_frame_bytes(const struct granule *g, u64 bytes);

/* What of a part that is held was not asked for, in tenths of a percent, rounded down. */
unsigned compare_waste_permille(const struct compare_part *part);

#endif
