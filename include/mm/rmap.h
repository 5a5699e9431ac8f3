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
 *           space, of which there are 2^32 at 4K, 2^30 at 16K, 2^28 at 64K; for a program's page,
 *           that of its record
 *
 * The owner is what knows how to make a page unreachable for a moment, and mapped elsewhere; each
 * has a row of its own in mm/move/migrate.c. A program's page may be a block of several of the
 * kernel's: its head alone has a word.
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
	RMAP_AREA, /* mm/move/movable.c: pages of K, whose number must be 0: see rmap_shape */
	RMAP_USER, /* mm/user: blocks of a space's page */
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
	/* With the bits above, which are zero, it is an immediate: so, too, in rmap_shape. */
	const u64 pins = ~0ULL << (FRAME_OWN_SHIFT + RMAP_PIN_SHIFT);

	return (word & (FRAME_KIND_MASK | pins)) == FRAME_MOVABLE;
}

/*
 * What pages have in common that can be moved together: kind, owner, order, and no pins.
 *
 * Of a page of an area it is FRAME_MOVABLE.
 */
static inline u64 rmap_shape(u64 word)
{
	return word &
	       (FRAME_KIND_MASK | FRAME_ORDER_MASK | ~0ULL << (FRAME_OWN_SHIFT + RMAP_OWNER_SHIFT));
}

void rmap_lock(void);
void rmap_unlock(void);

#endif
