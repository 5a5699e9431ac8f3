/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who has what of RAM: memblock's lists and the frame words read as one, in ascending ranges that
 * cover all of it, each byte once.
 *
 * What the allocator has is told from the heads of its blocks (I4 of <mm/frame.h>), the rest by who
 * reserved it at boot: so a walk takes time in proportion to blocks, not to pages. It is made in
 * steps, the buddy allocator's lock held for at most the blocks of a GiB at a time, and not between
 * steps, so that the caller may print. A step looks for its place anew, from the nearest page that
 * is a head whatever happens. Where memory changes hands meanwhile, a range tells of some moment of
 * the walk; all of RAM is covered once nevertheless.
 *
 * Any time after mm_init. Page size enters by the size of blocks.
 */
#ifndef KERNEL_OWNER_H
#define KERNEL_OWNER_H

#include <kernel/types.h>
#include <mm/frame.h>
#include <mm/memblock.h>

enum owner {
	/* The allocator's. Free is what is on a hot list, too. */
	OWNER_FREE,
	OWNER_FREE_CMA, /* free in a CMA region */
	OWNER_PAGES,    /* FRAME_ALLOCATED, and nobody said more */
	OWNER_HEAP,     /* FRAME_CHUNKS */
	OWNER_KMALLOC,
	OWNER_MOVABLE,
	OWNER_CLAIMED,
	/* Translation tables: FRAME_TABLE, but also those that boot took before there was one. */
	OWNER_TABLES,
	/* What is still the image's. */
	OWNER_TEXT,
	OWNER_CONSTANTS,
	OWNER_DATA,
	OWNER_STACKS,
	/* Nobody's: parts of pages beside what was reserved. */
	OWNER_ROUNDING,
	/* Reserved at boot: this and an enum memblock_owner. */
	OWNER_RESERVED,
	OWNERS = OWNER_RESERVED + MEMBLOCK_OWNERS,
};

struct owner_range {
	paddr_t base;
	u64 bytes;
	u8 owner; /* enum owner */
	u8 type;  /* enum migratetype or MIGRATE_TYPES: see owner_begin */
};

#define OWNER_STEP 48

/* A walk. Large: at most one at a time on a stack. */
struct owner_walk {
	u64 at; /* what was read so far ends here */
	bool by_type;
	u8 next; /* of the ranges of this step */
	u8 count;
	struct owner_range ranges[OWNER_STEP];
};

/* Whose memory is that boot reserved by this name. */
static inline enum owner owner_reserved(enum memblock_owner by)
{
	return (enum owner)((unsigned)OWNER_RESERVED + (unsigned)by);
}

/* An owner in a word or two; each has another name. */
const char *owner_name(enum owner owner);

/*
 * owner_begin - begin a walk with what ends above `from`, cut to begin there at the earliest.
 *
 * With `by_type`, pageblocks of different types are different ranges; the type of what isn't the
 * allocator's is MIGRATE_TYPES. Without, all types are 0.
 */
void owner_begin(struct owner_walk *walk, paddr_t from, bool by_type);

/* The next range. Neighbours are merged that agree. False after the last. */
bool owner_next(struct owner_walk *walk, struct owner_range *range);

/*
 * owner_at - whose `pa` is: of the allocator's memory all of the block that it lies in, of the rest
 * what is after it of the same owner's. False where there is no RAM.
 */
bool owner_at(paddr_t pa, struct owner_range *block);

/* Bytes by owner, of all of RAM: OWNERS of them. Returns the sum. */
u64 owner_sums(u64 *bytes);

#endif
