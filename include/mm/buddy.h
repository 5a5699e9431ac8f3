/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The buddy allocator: free memory as blocks of 2^order pages, on a list for each order and
 * migratetype. What the rest of the kernel calls is <mm/pages.h>; this is below it.
 *
 * A free block's list links lie in its own first bytes, and its frame word says that it is free, of
 * which order and on which list (see <mm/frame.h>).
 *
 *   B1  every block on a list has a word that says free, with that order and list; nothing else has
 *   B2  a free block smaller than a pageblock is on the list of its pageblock's type
 *   B3  no two buddies are free with the same order and type: they would have been merged
 *   B4  nonempty[type] has a bit for each order whose list has a block; counts are right
 *   B5  a pageblock that is wholly free is never of type unmovable: it became movable
 *   B6  a free block of type cma or isolate is no larger than a pageblock, so that each of their
 *       pageblocks begins with a head
 *
 * Locking: buddy_lock() around everything but buddy_free_bytes and buddy_count, whose figures may
 * be of the past. No function here sleeps. The only failure is that there is no such block.
 *
 * Page size enters by the order of a pageblock and of the largest block, which are sizes in bytes.
 *
 * Source: Knowlton, "A Fast Storage Allocator", 1965; Linux, Documentation on page migration types.
 */
#ifndef MM_BUDDY_H
#define MM_BUDDY_H

#include <kernel/types.h>
#include <mm/frame.h>
#include <mm/pages.h>

/* Orders there can be: those of the smallest page. 19; 17 and 15 are used at 16K and 64K. */
#define BUDDY_ORDERS (30 - PAGE_SHIFT_MIN + 1)

/* Forget everything; [start, start + bytes) is where memory may be. Boot, and host tests. */
void buddy_init(paddr_t start, u64 bytes);

void buddy_lock(void);
void buddy_unlock(void);

/* Order of a block of PAGEBLOCK_BYTES (9, 7, 5) and of the largest block (18, 16, 14). */
unsigned buddy_pageblock_order(void);
unsigned buddy_max_order(void);

/*
 * Does the range lie between the first page of memory and the last? If it holds memory and is a
 * block, each of its words can be read then.
 */
bool buddy_spans(paddr_t base, u64 bytes);

/*
 * buddy_take - take a block of this order off the lists of `from`, splitting a larger one.
 *
 * What splitting leaves stays on these lists as far as it is whole pageblocks; the block and
 * what is left of its pageblock become of type `as`. Usually the two are the same; where they
 * are not, only free blocks of a pageblock or more are looked at. The block's word becomes
 * FRAME_ALLOCATED. Returns false when `from` has none.
 */
bool buddy_take(enum migratetype from, enum migratetype as, unsigned order, paddr_t *block);

/* Put a block back, on the list of its pageblock's type, and merge it as far as it goes. */
void buddy_put(paddr_t block, unsigned order);

/*
 * buddy_add - hand memory over: [base, end), multiples of the page size, as blocks of `type`.
 *
 * The words of buddies that are not part of it have to be valid already or lie outside memory
 * (frame_init sees to it). Pageblocks that it lies in, even in part, become of that type, so
 * they must not have been added to before as another.
 */
void buddy_add(paddr_t base, paddr_t end, enum migratetype type);

/* The same for what was reserved inside memory: it joins its pageblocks as they are. */
void buddy_give(paddr_t base, paddr_t end);

/*
 * buddy_cut_allocated - cut an allocated block in two, after `bytes`, which are fewer than it has.
 *
 * Each part becomes a row of allocated blocks, of the orders that buddy_order_at gives, so that
 * they can be put back.
 */
void buddy_cut_allocated(paddr_t block, u64 bytes);

/* The order of the largest block that begins at `pa` and ends at or below `end`. */
unsigned buddy_order_at(paddr_t pa, paddr_t end);

/* The largest order with a free block of `type`, or -1. */
int buddy_largest(enum migratetype type);

/* The first block of that list: order and type must be of one that is not empty. */
paddr_t buddy_first(enum migratetype type, unsigned order);

/*
 * Move a free block to the list of another type: of one that is larger than a pageblock, the first
 * pageblock. It merges with what it may.
 */
void buddy_retype(paddr_t block, enum migratetype type);

/*
 * buddy_claim_part - take the part of a free block, of any order, that lies in [from, end).
 *
 * It becomes a row of claimed blocks (buddy_mark_claimed); what lies outside is put back. Each
 * pageblock that the range touches begins with a head then, with the block's type (I3).
 */
void buddy_claim_part(paddr_t block, paddr_t from, paddr_t end);

/*
 * Make [base, end), which the caller has, a row of FRAME_CLAIMED blocks: as large as alignment and
 * B6 allow, the first with `own` in its own bits, the others with 0.
 */
void buddy_mark_claimed(paddr_t base, paddr_t end, u64 own);

/* Free memory of this type, in bytes. */
u64 buddy_free_bytes(enum migratetype type);

/* Free blocks of this type and order. */
u32 buddy_count(enum migratetype type, unsigned order);

/* NULL when B1 to B6 hold, or which does not, with the block in *where. Takes the lock. */
const char *buddy_check(paddr_t *where);

#endif
