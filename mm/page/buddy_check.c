// SPDX-License-Identifier: BSD-2-Clause
/* The walk of what <mm/buddy.h> says always holds. */
#include "inside.h"

/* What is wrong with one free block, or NULL. */
static const char *check_block(u64 pa, unsigned order, enum migratetype type)
{
	u64 other = pa ^ buddy_block_bytes(order);

	if (pa & (buddy_block_bytes(order) - 1))
		return "B1: a free block is not aligned to its size";
	if (pa - buddy.start >= buddy.bytes)
		return "B1: a free block lies outside memory";
	if ((frame_of(paddr(pa))->word & BUDDY_MERGE_MASK) != buddy_free_word(order, type))
		return "B1: a block on a free list has another word";
	if (frame_pageblock_type(paddr(pa)) != type)
		return "B2: a free block is not on the list of its pageblock's type";
	if (order > buddy_order_limit(type))
		return "B6: a free block that is lent or isolated is too large";
	if (order >= buddy.pageblock_order && type == MIGRATE_UNMOVABLE)
		return "B5: a wholly free pageblock is unmovable";
	if (order < buddy_order_limit(type) && other - buddy.start < buddy.bytes &&
	    (frame_of(paddr(other))->word & BUDDY_MERGE_MASK) == buddy_free_word(order, type))
		return "B3: two free buddies are not merged";
	return NULL;
}

static const char *check_list(unsigned order, enum migratetype type, paddr_t *where)
{
	const struct buddy_node *head = &buddy.list[type][order], *prev = head;
	u32 count = 0;

	for (const struct buddy_node *node = head->next; node != head; node = node->next, count++) {
		const char *broken;

		/* The block before what it says: the link to it may be junk, and point anywhere. */
		*where = buddy_block_of(node);
		broken = check_block(where->val, order, type);
		if (broken)
			return broken;
		if (node->prev != prev || count > buddy.count[type][order])
			return "B1: the links of a free list are broken";
		prev = node;
	}
	if (count != buddy.count[type][order] || !count != !(buddy.nonempty[type] >> order & 1))
		return "B4: a free list's count or bit is wrong";
	return NULL;
}

const char *buddy_check(paddr_t *where)
{
	const char *broken = NULL;

	buddy_lock();
	for (unsigned type = 0; type < MIGRATE_TYPES && !broken; type++)
		for (unsigned order = 0; order < BUDDY_ORDERS && !broken; order++)
			broken = check_list(order, type, where);
	buddy_unlock();
	return broken;
}
