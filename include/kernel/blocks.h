/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pageblocks, one by one: what of the 2 MiB is whose, and a character that says so.
 *
 * A pageblock is 2 MiB at every page size, so that the same machine looks the same. Locking and
 * cost are those of <kernel/owner.h>.
 */
#ifndef KERNEL_BLOCKS_H
#define KERNEL_BLOCKS_H

#include <kernel/owner.h>

/* One pageblock, as far as it is RAM. */
struct block {
	paddr_t base;
	u64 ram;
	u64 free;    /* in the allocator's hands */
	u64 used;    /* from the allocator's hands, in somebody else's */
	u64 claimed; /* of that, in the hands of mm/move/contig.c */
	u64 image;
	u64 no_map;
	u8 type; /* enum migratetype; MIGRATE_TYPES: the allocator has nothing of it */
};

struct blocks_walk {
	struct owner_walk owners;
	struct owner_range rest; /* of the range that the last pageblock ended in */
};

/* Begin with the pageblock that `from` lies in, or the first above it that has RAM. */
void blocks_begin(struct blocks_walk *walk, paddr_t from);

/* The next pageblock that has RAM; false after the last. */
bool blocks_next(struct blocks_walk *walk, struct block *block);

/* The character of a pageblock. */
char blocks_char(const struct block *block);

/* The name of a migratetype. */
const char *blocks_type_name(enum migratetype type);

#endif
