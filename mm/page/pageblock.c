// SPDX-License-Identifier: BSD-2-Clause
/* Mobility types of pageblocks, and which gives way to which. */
#include <arch/page.h>
#include <kernel/compiler.h>
#include <mm/buddy.h>
#include <mm/pageblock.h>

void pageblock_set_type(paddr_t first, enum migratetype type)
{
	struct frame_walk w = { .next = first.val };
	const struct frame *f;

	frame_set_pageblock_type(first, type);
	while ((f = frame_walk(&w, first.val + PAGEBLOCK_BYTES)))
		if (frame_kind(f) == FRAME_FREE)
			buddy_retype(w.at, type);
}

/* Take a block for `type` from the memory of `from`, by the rules in the header. */
static bool take_from(enum migratetype from, enum migratetype type, unsigned order, paddr_t *block)
{
	int largest = buddy_largest(from);
	int pageblock = (int)buddy_pageblock_order();
	paddr_t first;

	if (largest < (int)order)
		return false;
	/* A CMA region is only lent, and an unmovable pageblock is not rid of what can't move. */
	if (from != MIGRATE_MOVABLE || largest + 1 < pageblock)
		return buddy_take(from, from, order, block);
	if (largest >= pageblock)
		return buddy_take(from, type, order, block);
	first = paddr(ALIGN_DOWN(buddy_first(from, (unsigned)largest).val, PAGEBLOCK_BYTES));
	pageblock_set_type(first, type);
	return buddy_take(type, type, order, block);
}

bool pageblock_take_elsewhere(unsigned order, paddr_t *block)
{
	return buddy_take(MIGRATE_MOVABLE, MIGRATE_MOVABLE, order, block) ||
	       take_from(MIGRATE_CMA, MIGRATE_MOVABLE, order, block) ||
	       take_from(MIGRATE_UNMOVABLE, MIGRATE_MOVABLE, order, block);
}

bool pageblock_take(enum migratetype type, unsigned order, paddr_t *block)
{
	if (type == MIGRATE_UNMOVABLE)
		return buddy_take(type, type, order, block) ||
		       take_from(MIGRATE_MOVABLE, type, order, block);
	if (buddy_take(MIGRATE_CMA, MIGRATE_CMA, order, block))
		return true;
	return pageblock_take_elsewhere(order, block);
}
