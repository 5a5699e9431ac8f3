// SPDX-License-Identifier: BSD-2-Clause
/* The invariants of CMA regions: C1 to C3 of <mm/cma.h>. */
#include <arch/page.h>
#include <lib/bitmap.h>
#include <mm/buddy.h>
#include <mm/cma.h>

/* Are all bits of the block what its kind says? */
static bool bits_are(const struct cma_region *region, paddr_t head, bool claimed)
{
	u64 first = page_shift_right(paddr_diff(head, region->base));
	u64 end = first + page_shift_right(frame_bytes(frame_of(head)));

	for (; first < end; first++)
		if ((region->claimed && bitmap_test(region->claimed, first)) != claimed)
			return false;
	return true;
}

static const char *check_block(const struct cma_region *region, paddr_t head)
{
	enum frame_kind kind = frame_kind(frame_of(head));

	if (frame_pageblock_type(head) != MIGRATE_CMA)
		return "C3: a pageblock of a region has another type";
	if (!bits_are(region, head, kind == FRAME_CLAIMED))
		return "C1: a region's bitmap is not what the frames say";
	if (kind != FRAME_CLAIMED && kind != FRAME_FREE && kind != FRAME_MOVABLE &&
	    kind != FRAME_ALLOCATED)
		return "C2: what a region lends is not movable";
	return NULL;
}

static const char *check_region(const struct cma_region *region, paddr_t *where)
{
	struct frame_walk w = { .next = region->base.val };
	const char *broken = NULL;

	buddy_lock();
	while (!broken && frame_walk(&w, region->base.val + region->bytes)) {
		*where = w.at;
		broken = check_block(region, w.at);
	}
	buddy_unlock();
	return broken;
}

const char *cma_check(paddr_t *where)
{
	const struct cma_region *region;
	const char *broken = NULL;

	for (unsigned i = 0; !broken && (region = cma_region(i)); i++)
		broken = check_region(region, where);
	return broken;
}
