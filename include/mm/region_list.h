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
 * A change can't fail: the caller sees to it that the array has room for the regions that it may
 * insert. A range to change is a region, too; it isn't empty.
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
#define REGION_ADDRESS_END paddr(~0ULL)

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

/* Would the two be one, if they stood side by side in a list? */
static inline bool region_joins(const struct region *a, const struct region *b)
{
	return paddr_equal(region_end(a), b->base) && a->flags == b->flags && a->owner == b->owner;
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
u32 region_list_find(const struct region_list *list, paddr_t address);

/* Moves the list into a larger array; the old one is free then. */
void region_list_move(struct region_list *list, struct region *array, u32 capacity);

/* The larger array is seen `offset` higher now; the first one has no address of its own. */
void region_list_moved(struct region_list *list, u64 offset);

/*
 * Fills the gaps in the range with its flags and owner; what is there stays as it is. There are at
 * most region_list_gaps() of them, and each may be a region more.
 */
u32 region_list_gaps(const struct region_list *list, const struct region *range);
void region_list_fill(struct region_list *list, const struct region *range);

/* Empties the range. Either end may split a region: two more, for a moment. */
void region_list_cut(struct region_list *list, const struct region *range);

/* Adds the range's flags to what lies in it. Two more, as before. */
void region_list_flag(struct region_list *list, const struct region *range);

/* Removes all regions that lack one of `flags`, and takes these flags from the others. */
void region_list_keep(struct region_list *list, u32 flags);

/* NULL, or the invariant that doesn't hold, in words. */
const char *region_list_check(const struct region_list *list);

#endif
