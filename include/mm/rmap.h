/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reverse map: from the frame of a movable page back to who uses it, and where.
 *
 * It is the frame word's own 48 bits, so it costs no memory, and has no page size in it but the one
 * that page numbers have:
 *
 *   47..40  pins: how many users rely on the physical address right now
 *   39..36  owner: which kind of user, enum rmap_owner
 *   35..0   where: the owner's own number for the page. For an area, the page's number in vmap
 *           space, of which there are 2^32 at 4K, 2^30 at 16K, 2^28 at 64K
 *
 * The owner is what knows how to make a page unreachable for a moment, and mapped elsewhere; page
 * cache and user memory join by a row of their own in mm/move/migrate.c.
 *
 * Locking: rmap_lock. Who holds it knows that no page moves, is pinned or is freed meanwhile. It is
 * taken before the kernel page tables' lock and the buddy allocator's; under the latter words
 * are changed, since walks from head to head hold that.
 */
#ifndef MM_RMAP_H
#define MM_RMAP_H

#include <kernel/types.h>
#include <mm/frame.h>

enum rmap_owner {
	RMAP_AREA, /* mm/move/movable.c */
	RMAP_OWNERS,
};

#define RMAP_WHERE_BITS  36
#define RMAP_OWNER_SHIFT 36
#define RMAP_PIN_SHIFT   40
#define RMAP_PINS_MOST   255u

static inline u64 rmap_own(enum rmap_owner owner, u64 where)
{
	return (u64)owner << RMAP_OWNER_SHIFT | where;
}

/* These three take a word whose kind is FRAME_MOVABLE. */
static inline u64 rmap_where(u64 word)
{
	return word >> FRAME_OWN_SHIFT & ((1ULL << RMAP_WHERE_BITS) - 1);
}

static inline enum rmap_owner rmap_owner(u64 word)
{
	return (enum rmap_owner)(word >> (FRAME_OWN_SHIFT + RMAP_OWNER_SHIFT) & 0xf);
}

static inline unsigned rmap_pins(u64 word)
{
	return (unsigned)(word >> (FRAME_OWN_SHIFT + RMAP_PIN_SHIFT) & RMAP_PINS_MOST);
}

/* Is this the word of a page that can be moved now: movable, and not pinned? */
static inline bool rmap_may_move(u64 word)
{
	const u64 pins = (u64)RMAP_PINS_MOST << (FRAME_OWN_SHIFT + RMAP_PIN_SHIFT);

	return (word & (FRAME_KIND_MASK | pins)) == FRAME_MOVABLE;
}

void rmap_lock(void);
void rmap_unlock(void);

#endif
