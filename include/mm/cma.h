/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The contiguous memory allocator: regions that are reserved for large claims, and lent to movable
 * memory until they are claimed.
 *
 * Regions come from `cma=` and from nodes of the devicetree (mm/boot/memblock_devicetree.c); they
 * are multiples of 2 MiB at every page size. Lending is the page allocator's (mm/page/pageblock.c).
 * A claim is a search in the region's bitmap of claimed pages, from the top down since lending
 * begins at the bottom, and then contig_take.
 *
 *   C1  a page of a region is claimed if and only if its bit is set, and lies in a FRAME_CLAIMED
 *       block
 *   C2  what isn't claimed is free, movable, or about to be mapped by its user; no page of it is
 *       pinned for long
 *   C3  all pageblocks of a region have type cma
 *
 * So within the region a claim can fail for three reasons: no run of unclaimed pages is long
 * enough, there is no memory to move the others to, or a short pin is held for
 * longer than it may be. Each is reported with the bytes asked for and the longest run.
 *
 * Locking: one mutex for all regions, above that of mm/move/contig.c; not with those of
 * <mm/compact.h>. Page size enters by the unit of the bitmap. Context: after mm_init; claims and
 * their ends sleep.
 */
#ifndef MM_CMA_H
#define MM_CMA_H

#include <kernel/compiler.h>
#include <kernel/types.h>

struct devicetree_reservation;

#define CMA_REGIONS_MOST 16
#define CMA_NAME_BYTES   24

/* Why a claim failed. */
enum cma_failure {
	CMA_FAIL_CLAIMED,  /* no run that isn't claimed is long enough */
	CMA_FAIL_MEMORY,   /* nothing to move lent pages to */
	CMA_FAIL_BUSY,     /* a short pin was held too long */
	CMA_FAIL_INJECTED, /* fault injection said so */
	CMA_FAILURES,
};

/* Claims by what they cost: below 1 us, below 2 us, below 4 us and so on; the last is the rest. */
#define CMA_COST_BUCKETS 20

struct cma_region {
	char name[CMA_NAME_BYTES]; /* the node's, cut, or "cma=" */
	paddr_t base;
	u64 bytes;
	bool is_default;
	u64 *claimed; /* a bit for each page; NULL: for lack of memory, and nothing is claimed */
	/* Sums since boot, for people, who read them without the lock: each is whole. */
	u64 claims;
	u64 failures[CMA_FAILURES];
	u64 moved_bytes;
	u64 cost_ns;
	u64 worst_ns;
	u32 cost[CMA_COST_BUCKETS];
};

/*
 * Remember the reservation as a region if it is one (shared-dma-pool, reusable); anything else is
 * ignored. Boot, while memblock is filled; see struct memblock_setup.
 */
void cma_placed(void *context, const struct devicetree_reservation *reservation, paddr_t base);

/* Bitmaps for the regions. Boot, once there is a heap. */
void cma_init(void);

/* The region of this name, or the default one for NULL; NULL if there is none. */
struct cma_region *cma_find(const char *name);

/* All of them, in the order in which they were placed: NULL after the last. */
struct cma_region *cma_region(unsigned number);

/*
 * cma_alloc - claim `bytes` of a region, contiguous, at a multiple of `align`.
 *
 * `bytes` are rounded up to pages; `align` is a power of two, 0 for pages. The content is junk.
 * Returns 0 and the address; -EINVAL for 0 bytes, an alignment that is none, or more than an empty
 * region would hold at a multiple of it; -ENOSPC, -ENOMEM, -EBUSY, -EAGAIN for the failures above,
 * in that order: a line says which (but see cma_quiet), and nothing has changed.
 */
int cma_alloc(struct cma_region *region, u64 bytes, u64 align, paddr_t *pa) __must_check;

/*
 * cma_free - give back what cma_alloc claimed, all of it.
 *
 * -EINVAL, with a line that says what is there, for anything but the address and size (rounded up
 * to pages) of a claim.
 */
int cma_free(struct cma_region *region, paddr_t pa, u64 bytes) __must_check;

/* No line about a claim that fails: for callers that make many and count them. */
extern bool cma_quiet;

/* NULL when C1 to C3 hold, or a sentence about the first that does not, and where. */
const char *cma_check(paddr_t *where);

#endif
