// SPDX-License-Identifier: BSD-2-Clause
/*
 * What a space has where: for /proc/self/maps, mincore, and calls that ask whether all of a range
 * is mapped; and what of it is dropped though it stays mapped.
 */
#include <arch/pgtable_geometry.h>
#include <kernel/errno.h>
#include <lib/string.h>
#include <mm/rmap.h>

#include "inside.h"

/* The end, rounded up. -EINVAL for an unaligned base, and an end that wraps. */
static int end_of(const struct space *space, u64 at, u64 bytes, u64 *end)
{
	u64 whole = ALIGN_UP(bytes, space_page_bytes(space));

	*end = at + whole;
	return !IS_ALIGNED(at, space_page_bytes(space)) || whole < bytes || *end < at ? -EINVAL : 0;
}

/* Is each byte of [at, end) mapped? */
static bool is_mapped(const struct space *space, u64 at, u64 end)
{
	const struct space_mapping *mapping;

	for (; at < end; at = mapping->area.end) {
		mapping = space_mapping_next(space, at);
		if (!mapping || mapping->area.base > at)
			return false;
	}
	return true;
}

int space_is_mapped(struct space *space, u64 at, u64 bytes)
{
	bool mapped;
	u64 end;
	int err = end_of(space, at, bytes, &end);

	if (err)
		return err;
	mutex_lock(&space->lock, "a program's memory");
	mapped = is_mapped(space, at, end);
	mutex_unlock(&space->lock);
	return mapped ? 0 : -ENOMEM;
}

int space_discard(struct space *space, u64 at, u64 bytes)
{
	bool mapped;
	u64 end;
	int err = end_of(space, at, bytes, &end);

	if (err || at == end)
		return err;
	mutex_lock(&space->lock, "a program's memory");
	mapped = is_mapped(space, at, end);
	if (at < SPACE_END)
		space_pages_drop(space, at, MIN(end, SPACE_END) - 1);
	mutex_unlock(&space->lock);
	return mapped ? 0 : -ENOMEM;
}

/* ---- what is there ---- */

/* Of one mapping: what a source has is in memory, what was touched is. */
static void fill(struct space *space, const struct space_mapping *mapping, u64 at, u64 end,
		 u8 *vector)
{
	const unsigned shift = space->pt.granule->shift;
	unsigned count;

	memset(vector, mapping->source != NULL, (end - at) >> shift);
	rmap_lock();
	for (u64 va = at; va < end; va += (u64)count << shift) {
		const pte_t *entry = pgtable_next_pages(&space->pt, &va, end - 1, &count);

		if (!entry)
			break;
		for (unsigned i = 0; i < count; i++)
			vector[((va - at) >> shift) + i] |= pte_valid(pgtable_read(&entry[i]));
	}
	rmap_unlock();
}

static int resident(struct space *space, u64 at, u64 end, u8 *vector)
{
	while (at < end) {
		const struct space_mapping *mapping = space_mapping_next(space, at);
		u64 part_end;

		if (!mapping || mapping->area.base > at)
			return -ENOMEM;
		part_end = MIN(end, mapping->area.end);
		fill(space, mapping, at, part_end, vector);
		vector += (part_end - at) >> space->pt.granule->shift;
		at = part_end;
	}
	return 0;
}

int space_resident(struct space *space, u64 at, u64 bytes, u8 *vector)
{
	u64 end;
	int err = end_of(space, at, bytes, &end);

	if (err)
		return err;
	mutex_lock(&space->lock, "a program's memory");
	err = resident(space, at, end, vector);
	mutex_unlock(&space->lock);
	return err;
}

/* What the program's own files call it. */
static unsigned view_flags(const struct space *space, const struct space_mapping *mapping)
{
	bool heap = space->brk > space->brk_start && mapping->area.base <= space->brk &&
		    mapping->area.end >= space->brk_start && !mapping->source;
	bool stack = mapping->area.base < space->stack_top && mapping->area.end >= space->stack_top;

	return mapping->flags | (heap ? SPACE_HEAP : 0U) | (stack ? SPACE_STACK : 0U);
}

bool space_next(struct space *space, u64 from, struct space_view *view)
{
	const struct space_mapping *mapping;

	mutex_lock(&space->lock, "a program's memory");
	mapping = space_mapping_next(space, from);
	if (mapping)
		*view = (struct space_view){
			.base = mapping->area.base,
			.end = mapping->area.end,
			.prot = mapping->prot,
			.flags = view_flags(space, mapping),
			.source = mapping->source,
			.offset = mapping->source ? mapping->offset : 0,
			.resident_bytes =
				space_pages_bytes(space, mapping->area.base, mapping->area.end - 1),
		};
	mutex_unlock(&space->lock);
	return mapping;
}
