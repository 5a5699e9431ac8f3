/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Contiguous memory where there is none: a range is emptied of what can move, and taken.
 *
 *   isolate  the range's pageblocks go off the market: what is freed in them stays free
 *   migrate  movable pages go elsewhere, batch by batch
 *   take     all of the range is the caller's, the pageblocks are what they were
 *
 * or, at any failure, undo: what was taken is free again. CMA claims (mm/move/cma.c) and compaction
 * are the same three steps; they differ in who chooses the range.
 *
 * Time is in proportion to the bytes that move and to the pages of the range.
 *
 * Locking: one mutex, so that one range is emptied at a time; below it rmap_lock, the kernel page
 * tables' and the buddy allocator's. Sleeps: for the mutex, and for short pins, for these at most
 * MIGRATE_WAIT_NS.
 */
#ifndef MM_CONTIG_H
#define MM_CONTIG_H

#include <kernel/compiler.h>
#include <kernel/types.h>
#include <mm/frame.h>

/* What it took, or what was in the way. */
struct contig_result {
	u64 moved_bytes;
	paddr_t where;     /* -EBUSY: the page that can't move; -ENOMEM: one that found no place */
	const char *why;   /* -EBUSY, -ENOMEM: half a sentence */
	u64 largest_bytes; /* contig_alloc's -ENOMEM: what could have been had */
};

/*
 * contig_take - empty [base, base + bytes) and take it.
 *
 * Whole pages, all of them in pageblocks of `type` (movable or cma), of a region or of one run
 * (I4 of <mm/frame.h>). The range becomes a row of FRAME_CLAIMED blocks; the first one's own bits
 * are the number of pages. With `wait`, short pins are waited for; without, the first one found
 * ends it, before anything moves. Returns 0; -EBUSY when something in it can't move; -ENOMEM when
 * there is no memory for what has to; -EAGAIN when fault injection said so. On an error the range
 * is used as before, though pages that moved stay where they are now.
 */
int contig_take(paddr_t base, u64 bytes, enum migratetype type, bool wait,
		struct contig_result *result) __must_check;

/*
 * contig_take_mixed - the same in ordinary memory, whose pageblocks may be of either type.
 *
 * The range lies in one run. Doesn't wait. What can't move is found before anything does.
 */
int contig_take_mixed(paddr_t base, u64 bytes, struct contig_result *result) __must_check;

/* Give back what one of them gave. */
void contig_give(paddr_t base, u64 bytes);

/* Called while waiting for a pin; NULL, or a test's other users, who get on by it. */
extern void (*contig_idle)(void);

#endif
