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

u32 region_list_find(const struct region_list *list, paddr_t address)
{
	const struct region *r = region_list_array(list);
	u32 low = 0, high = list->count;

	while (low < high) {
		u32 middle = low + (high - low) / 2;

		if (paddr_less(address, region_end(&r[middle])))
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

static void insert(struct region_list *list, u32 i, const struct region *region)
{
	struct region *r = array(list);

	ASSERT(list->count < region_list_capacity(list));
	memmove(&r[i + 1], &r[i], (list->count - i) * sizeof(*r));
	r[i] = *region;
	list->count++;
}

/*
 * Makes two regions out of the one that has `address` inside, if there is one. Returns the index
 * of the first region that begins at or above it.
 */
static u32 split(struct region_list *list, paddr_t address)
{
	struct region *r = array(list);
	u32 i = region_list_find(list, address);
	struct region upper;

	if (i == list->count || !paddr_less(r[i].base, address))
		return i;
	upper = r[i];
	r[i].bytes = paddr_diff(address, r[i].base);
	upper.base = address;
	upper.bytes -= r[i].bytes;
	insert(list, i + 1, &upper);
	return i + 1;
}

/* Makes one region of neighbours that touch and agree (I3). */
static void merge(struct region_list *list)
{
	struct region *r = array(list);
	u32 to = 0;

	if (list->count == 0)
		return;
	for (u32 from = 1; from < list->count; from++) {
		if (region_joins(&r[to], &r[from]))
			r[to].bytes += r[from].bytes;
		else
			r[++to] = r[from];
	}
	list->count = to + 1;
}

u32 region_list_gaps(const struct region_list *list, const struct region *range)
{
	return region_list_find(list, region_end(range)) - region_list_find(list, range->base) + 1;
}

void region_list_fill(struct region_list *list, const struct region *range)
{
	paddr_t at = range->base, end = region_end(range);

	for (u32 i = region_list_find(list, at); paddr_less(at, end); i++) {
		struct region *r = array(list), gap = *range;
		paddr_t next = i < list->count ? paddr_min(r[i].base, end) : end;

		if (paddr_less(at, next)) {
			gap.base = at;
			gap.bytes = paddr_diff(next, at);
			insert(list, i, &gap);
		}
		at = region_end(&r[i]);
	}
	merge(list);
}

void region_list_cut(struct region_list *list, const struct region *range)
{
	struct region *r = array(list);
	u32 first = split(list, range->base);
	u32 end = split(list, region_end(range));

	memmove(&r[first], &r[end], (list->count - end) * sizeof(*r));
	list->count -= end - first;
}

void region_list_flag(struct region_list *list, const struct region *range)
{
	u32 i = split(list, range->base);
	u32 end = split(list, region_end(range));

	while (i < end)
		array(list)[i++].flags |= range->flags;
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
