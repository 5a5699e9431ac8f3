/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A sorted list of address ranges, each with flags and an owner: what memblock is made of.
 *
 * Invariants, checked by region_list_check():
 *   I1  regions ascend and don't overlap
 *   I2  none is empty, and none reaches past REGION_ADDRESS_END
 *   I3  no two neighbours touch and agree in flags and owner: they would be one
 *   I4  there are no more of them than the array holds
 *
 * Changing a list is a matter of two steps: a function that counts how many regions a change
 * inserts, after which the caller sees to it that the array has room for them, and the
 * change itself, which can't fail. Ranges are [base, end), not empty.
 *
 * The array is part of the list until the owner of the list gives it a larger one. Until
 * then the list has no pointer in it, and may be copied or seen at another address.
 *
 * Locking: the owner's. No page size enters here.
 */
#ifndef MM_REGION_LIST_H
#define MM_REGION_LIST_H

#include <kernel/types.h>

/* An exclusive end that no region exceeds, so that every end is a number. */
#define REGION_ADDRESS_END (~0ULL)

#define REGION_LIST_STATIC 128

struct region {
	paddr_t base;
	u64 bytes;
	u32 flags;
	u32 owner;
};

/* All zero is an empty list. */
struct region_list {
	u32 count;
	u32 grown_capacity;
	struct region *grown; /* NULL: first[] is in use */
	struct region first[REGION_LIST_STATIC];
};

static inline paddr_t region_end(const struct region *region)
{
	return paddr_add(region->base, region->bytes);
}

static inline const struct region *region_list_array(const struct region_list *list)
{
	return list->grown ? list->grown : list->first;
}

static inline u32 region_list_capacity(const struct region_list *list)
{
	return list->grown ? list->grown_capacity : REGION_LIST_STATIC;
}

/* The index of the first region that ends above `address`; the count if none does. */
u32 region_list_find(const struct region_list *list, u64 address);

/* Moves the list into a larger array; the old one is free then. */
void region_list_move(struct region_list *list, struct region *array, u32 capacity);

/* The larger array is seen `offset` higher now; the first one has no address of its own. */
void region_list_moved(struct region_list *list, u64 offset);

/* Puts regions with these flags and owner into the gaps of the range; what's there stays. */
u32 region_list_fill_inserts(const struct region_list *list, u64 base, u64 end, u32 flags,
			     u32 owner);
void region_list_fill(struct region_list *list, u64 base, u64 end, u32 flags, u32 owner);

/* Empties the range. */
u32 region_list_cut_inserts(const struct region_list *list, u64 base, u64 end);
void region_list_cut(struct region_list *list, u64 base, u64 end);

/* Sets flags of what is in the range. */
u32 region_list_flag_inserts(const struct region_list *list, u64 base, u64 end);
void region_list_flag(struct region_list *list, u64 base, u64 end, u32 flags);

/* Removes all regions that lack one of `flags`, and takes these flags from the others. */
void region_list_keep(struct region_list *list, u32 flags);

/* NULL, or the invariant that doesn't hold, in words. */
const char *region_list_check(const struct region_list *list);

#endif
