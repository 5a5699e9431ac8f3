// SPDX-License-Identifier: BSD-2-Clause
/* The invariants of movable areas: M1 and M2 of <mm/movable.h>. */
#include <mm/rmap.h>

#include "inside.h"

static const char *check(vaddr_t *where)
{
	struct movable_cursor cursor = { 0 };
	u64 bytes = 0, pinned = 0;
	paddr_t page;

	while (movable_next(&cursor, &page)) {
		u64 word = frame_of(page)->word;

		where->val = cursor.at;
		bytes += page_size();
		if ((word & FRAME_KIND_MASK) != FRAME_MOVABLE)
			return "M1: a page of a movable area is not a movable frame";
		if (rmap_owner(word) != RMAP_AREA ||
		    rmap_where(word) != movable_page_number(cursor.at))
			return "M1: a movable frame's reverse map is wrong";
		pinned += rmap_pins(word);
	}
	if (bytes != movable_stats.bytes || pinned != movable_stats.pinned)
		return "M2: movable pages or pins don't add up";
	return NULL;
}

const char *movable_check(vaddr_t *where)
{
	const char *broken;

	rmap_lock();
	broken = check(where);
	rmap_unlock();
	return broken;
}
