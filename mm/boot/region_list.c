// SPDX-License-Identifier: BSD-2-Clause
/* A sorted list of address ranges. The contract and the invariants are in the header. */
#include <kernel/assert.h>
#include <kernel/compiler.h>
#include <lib/string.h>
#include <mm/region_list.h>

static struct region *array(struct region_list *list)
{
	return list->grown ? list->grown : list->first;
}

u32 region_list_find(const struct region_list *list, u64 address)
{
	const struct region *r = region_list_array(list);
	u32 low = 0, high = list->count;

	while (low < high) {
		u32 middle = low + (high - low) / 2;

		if (region_end(&r[middle]).val > address)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

void region_list_move(struct region_list *list, struct region *larger, u32 capacity)
{
	ASSERT(capacity >= list->count);
	memcpy(larger, region_list_array(list), list->count * sizeof(*larger));
	list->grown = larger;
	list->grown_capacity = capacity;
}

void region_list_moved(struct region_list *list, u64 offset)
{
	if (list->grown)
		list->grown = (void *)((char *)list->grown + offset);
}

static bool joins(const struct region *a, const struct region *b)
{
	return region_end(a).val == b->base.val && a->flags == b->flags && a->owner == b->owner;
}

static void insert(struct region_list *list, u32 i, const struct region *region)
{
	struct region *r = array(list);

	ASSERT(list->count < region_list_capacity(list));
	memmove(&r[i + 1], &r[i], (list->count - i) * sizeof(*r));
	r[i] = *region;
	list->count++;
}

static void drop(struct region_list *list, u32 i, u32 count)
{
	struct region *r = array(list);

	memmove(&r[i], &r[i + count], (list->count - i - count) * sizeof(*r));
	list->count -= count;
}

/* Makes two regions out of the one that has `address` inside, if there is one. */
static void split(struct region_list *list, u64 address)
{
	struct region *r = array(list);
	u32 i = region_list_find(list, address);
	struct region upper;

	if (i == list->count || r[i].base.val >= address)
		return;
	upper = r[i];
	upper.base = paddr(address);
	upper.bytes = region_end(&r[i]).val - address;
	r[i].bytes = address - r[i].base.val;
	insert(list, i + 1, &upper);
}

static bool would_split(const struct region_list *list, u64 address)
{
	u32 i = region_list_find(list, address);

	return i < list->count && region_list_array(list)[i].base.val < address;
}

static void merge(struct region_list *list)
{
	struct region *r = array(list);
	u32 to = 0;

	if (list->count == 0)
		return;
	for (u32 from = 1; from < list->count; from++) {
		if (joins(&r[to], &r[from]))
			r[to].bytes += r[from].bytes;
		else
			r[++to] = r[from];
	}
	list->count = to + 1;
}

/*
 * The gaps of a range, one a call: the first at or above `*at`, which moves to its end.
 * Returns whether there is one below `end`, sets its base and size, and `*next` to the
 * index of the region above it (or the count).
 */
static bool next_gap(const struct region_list *list, u64 end, u64 *at, u32 *next,
		     struct region *gap)
{
	const struct region *r = region_list_array(list);
	u32 i = region_list_find(list, *at);

	for (; i < list->count && r[i].base.val <= *at; i++)
		*at = region_end(&r[i]).val;
	*next = i;
	if (*at >= end)
		return false;
	gap->base = paddr(*at);
	*at = i < list->count ? MIN(end, r[i].base.val) : end;
	gap->bytes = *at - gap->base.val;
	return true;
}

u32 region_list_fill_inserts(const struct region_list *list, u64 base, u64 end, u32 flags,
			     u32 owner)
{
	const struct region *r = region_list_array(list);
	struct region gap = { .flags = flags, .owner = owner };
	u32 inserts = 0;
	u32 i;

	while (next_gap(list, end, &base, &i, &gap)) {
		if (!(i > 0 && joins(&r[i - 1], &gap)) && !(i < list->count && joins(&gap, &r[i])))
			inserts++;
	}
	return inserts;
}

void region_list_fill(struct region_list *list, u64 base, u64 end, u32 flags, u32 owner)
{
	struct region *r = array(list);
	struct region gap = { .flags = flags, .owner = owner };
	u32 i;

	while (next_gap(list, end, &base, &i, &gap)) {
		bool below = i > 0 && joins(&r[i - 1], &gap);
		bool above = i < list->count && joins(&gap, &r[i]);

		if (below && above) {
			r[i - 1].bytes += gap.bytes + r[i].bytes;
			drop(list, i, 1);
		} else if (below) {
			r[i - 1].bytes += gap.bytes;
		} else if (above) {
			r[i].base = gap.base;
			r[i].bytes += gap.bytes;
		} else {
			insert(list, i, &gap);
		}
	}
}

u32 region_list_cut_inserts(const struct region_list *list, u64 base, u64 end)
{
	/* only a hole in one region makes two of it; else what is split off goes away */
	return would_split(list, base) && would_split(list, end) &&
	       region_list_find(list, base) == region_list_find(list, end);
}

void region_list_cut(struct region_list *list, u64 base, u64 end)
{
	struct region *r = array(list);
	u32 i = region_list_find(list, base);
	u32 last;

	if (i < list->count && r[i].base.val < base) {
		if (region_end(&r[i]).val > end)
			split(list, end);
		r[i].bytes = base - r[i].base.val;
		i++;
	}
	last = region_list_find(list, end);
	if (last < list->count && r[last].base.val < end) {
		r[last].bytes = region_end(&r[last]).val - end;
		r[last].base = paddr(end);
	}
	drop(list, i, last - i);
}

u32 region_list_flag_inserts(const struct region_list *list, u64 base, u64 end)
{
	return (u32)would_split(list, base) + (u32)would_split(list, end);
}

void region_list_flag(struct region_list *list, u64 base, u64 end, u32 flags)
{
	struct region *r = array(list);

	split(list, base);
	split(list, end);
	for (u32 i = region_list_find(list, base); i < list->count && r[i].base.val < end; i++)
		r[i].flags |= flags;
	merge(list);
}

void region_list_keep(struct region_list *list, u32 flags)
{
	struct region *r = array(list);
	u32 to = 0;

	for (u32 from = 0; from < list->count; from++) {
		if ((r[from].flags & flags) != flags)
			continue;
		r[to] = r[from];
		r[to++].flags &= ~flags;
	}
	list->count = to;
	merge(list);
}

const char *region_list_check(const struct region_list *list)
{
	const struct region *r = region_list_array(list);

	if (list->count > region_list_capacity(list))
		return "a list has more regions than its array holds";
	for (u32 i = 0; i < list->count; i++) {
		if (r[i].bytes == 0)
			return "a region is empty";
		if (r[i].bytes > REGION_ADDRESS_END - r[i].base.val)
			return "a region wraps around";
		if (i == 0)
			continue;
		if (r[i].base.val < region_end(&r[i - 1]).val)
			return "regions overlap or don't ascend";
		if (joins(&r[i - 1], &r[i]))
			return "two regions should be one";
	}
	return NULL;
}
