/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compaction: free blocks are made by moving pages that can move (mm/move/contig.c), in memory
 * that isn't reserved.
 *
 * Page size enters by orders. Locking: as mm/move/contig.c, and the areas' lock, so not from under
 * any of these: not while page tables are changed, not for the nodes of areas.
 */
#ifndef MM_COMPACT_H
#define MM_COMPACT_H

#include <kernel/compiler.h>
#include <kernel/types.h>
#include <mm/frame.h>

/*
 * compact_block - make a free block of this order, for an allocation of `type`, by moving pages.
 *
 * Looks for a range in ordinary memory that holds nothing but free and movable pages. Returns 0 and
 * an allocated block, or -ENOMEM. Context: see above.
 */
int compact_block(enum migratetype type, unsigned order, paddr_t *block) __must_check;

/*
 * compact_evict - move one page, whose frame has this word, out of CMA regions.
 *
 * Returns 0 if it moved, or the frame has another word by now; -ENOMEM without memory outside.
 */
int compact_evict(paddr_t page, u64 word) __must_check;

#endif
