// SPDX-License-Identifier: BSD-2-Clause
/*
 * Where a mapping goes. As on Linux: where the program says, or at its hint if there is room; else
 * the highest place below mmap_top, and if there is none, above it.
 *
 * A stack that grows keeps others away: SPACE_GUARD_PAGES of P below it are nobody's, so that it
 * doesn't run into them unnoticed.
 *
 * Source: Linux 6.12, mm/mmap.c, generic_get_unmapped_area_topdown, do_mmap.
 */
#include <kernel/errno.h>

#include "inside.h"

u64 space_guarded_base(const struct space *space, const struct space_mapping *mapping)
{
	u64 gap = SPACE_GUARD_PAGES * space_page_bytes(space);

	if (!(mapping->flags & SPACE_GROWSDOWN))
		return mapping->area.base;
	return mapping->area.base > gap ? mapping->area.base - gap : 0;
}

/* The highest place in [low, high) that no stack's guard reaches into. */
static bool place_below(struct space *space, u64 bytes, u64 low, u64 high, u64 *at)
{
	while (low < high && vmap_area_gap_below(&space->mappings, bytes, low, high, at)) {
		const struct space_mapping *above = space_mapping_next(space, *at);
		u64 limit = above ? space_guarded_base(space, above) : high;

		if (*at + bytes <= limit)
			return true;
		high = limit;
	}
	return false;
}

/* Is [at, at + bytes) free, and no stack's guard? */
static bool is_free(const struct space *space, u64 at, u64 bytes)
{
	const struct space_mapping *next = space_mapping_next(space, at);

	return !next || at + bytes <= space_guarded_base(space, next);
}

static int fixed(const struct space *space, const struct space_request *request, u64 bytes)
{
	const struct space_mapping *next;

	if (request->at > SPACE_END - bytes)
		return -ENOMEM;
	if (!IS_ALIGNED(request->at, space_page_bytes(space)))
		return -EINVAL;
	next = space_mapping_next(space, request->at);
	if (request->flags & SPACE_NOREPLACE && next && next->area.base < request->at + bytes)
		return -EEXIST;
	return 0;
}

int space_place(struct space *space, const struct space_request *request, u64 bytes, u64 *at)
{
	const u64 low = MAX(SPACE_PLACE_MIN, space_page_bytes(space));
	u64 hint = ALIGN_DOWN(request->at, space_page_bytes(space));

	if (bytes > SPACE_END)
		return -ENOMEM;
	if (request->flags & (SPACE_FIXED | SPACE_NOREPLACE)) {
		*at = request->at;
		return fixed(space, request, bytes);
	}
	if (bytes > SPACE_END - low)
		return -ENOMEM;
	if (hint) {
		*at = MAX(hint, low);
		if (*at <= SPACE_END - bytes && is_free(space, *at, bytes))
			return 0;
	}
	if (place_below(space, bytes, low, space->mmap_top, at) ||
	    place_below(space, bytes, SPACE_END / 4, SPACE_END, at))
		return 0;
	return -ENOMEM;
}
