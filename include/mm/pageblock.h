/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pageblocks: 2 MiB of memory, at every page size, whose allocations are of one mobility.
 *
 * Keeping what can't move apart from what can keeps large blocks available.
 * When a type has no memory left it takes from another, and how much it takes decides how
 * memory fragments:
 *
 *   a whole pageblock or more is free   it changes sides, the rest of a larger block stays
 *   half a pageblock or more is free    it changes sides with all that is free in it
 *   less                                the block alone is used; it goes back when it is freed
 *
 * in this order of preference, so that the fewest pageblocks get mixed. Only movable
 * pageblocks change sides, to unmovable, and they change back when they are wholly free (B5 of
 * <mm/buddy.h>): when everything has been freed, all is as it was.
 *
 * Locking: the buddy allocator's lock is held.
 */
#ifndef MM_PAGEBLOCK_H
#define MM_PAGEBLOCK_H

#include <mm/frame.h>

/*
 * pageblock_take - take a block for an allocation of `type` (unmovable or movable), of its own
 * type or else of another.
 *
 * Movable allocations take from CMA regions first: no region lies idle while memory runs out, and
 * what can't move has the rest for itself. Unmovable ones never enter CMA. Returns false when
 * there is no block of the order at all.
 */
bool pageblock_take(enum migratetype type, unsigned order, paddr_t *block);

/* For what moves out of the way: a movable block, of a CMA region only if there is no other. */
bool pageblock_take_elsewhere(unsigned order, paddr_t *block);

/* Change the type of the pageblock at `first` and move all that is free in it to that list. */
void pageblock_set_type(paddr_t first, enum migratetype type);

#endif
