// SPDX-License-Identifier: BSD-2-Clause
/*
 * pages_alloc and pages_free, as long as a hot list has a block, or room for one: 59 instructions
 * for both, where the plain forms, pages_alloc_any and pages_free_any (pages.c), take 130. These do
 * whatever the shortcuts don't.
 */
#include <arch/zero.h>

#include "inside.h"

/* A list's place is what stands in bits 11..4 of the frame words of its blocks: type and order. */
#define HOT_INDEX_MASK (PAGES_HOT_LISTS - 1)

BUILD_ASSERT(sizeof(struct pages_hot_list) == 1 << FRAME_ORDER_SHIFT);
BUILD_ASSERT(FRAME_LIST_SHIFT - FRAME_ORDER_SHIFT == 5 && PAGES_HOT_ORDERS == 1 << 5);

/* With pages_alloc's own arguments, so that it keeps them where they are and ends in this. */
static int __noinline zero_block(unsigned order, unsigned flags, paddr_t *block)
{
	(void)flags;
	return arch_zero_pages(vaddr_ptr(paddr_to_linear(*block)), buddy_block_bytes(order));
}

int pages_alloc(unsigned order, unsigned flags, paddr_t *block)
{
	/* PAGES_MOVABLE is bit 1: the type's number, without a branch. */
	unsigned index = (flags / PAGES_MOVABLE % 2 * PAGES_HOT_ORDERS + order) & HOT_INDEX_MASK;
	struct pages_hot_list *list = &this_cpu()->pages_hot[index];
	struct pages_hot_block *first = list->first;
	paddr_t pa = linear_to_paddr(vaddr_of(first));

	/* An order that no list is for would be another's list. */
	if (unlikely(!first || order >= PAGES_HOT_ORDERS || GRANULE_DEBUG))
		return pages_alloc_any(order, flags, block);
	list->first = first->next;
	list->room++;
	frame_of(pa)->word += FRAME_ALLOCATED - FRAME_HOT;
	*block = pa;
	if (unlikely(flags & PAGES_ZERO))
		return zero_block(order, flags, block);
	return 0;
}

void pages_free(paddr_t block, unsigned order)
{
	struct frame *f = frame_of(block);
	struct pages_hot_block *first = vaddr_ptr(paddr_to_linear(block));
	u64 word = f->word;
	/* Type and order as they stand in the word, times the size of a list: one AND. */
	struct pages_hot_list *list =
		(struct pages_hot_list *)((uintptr_t)this_cpu()->pages_hot +
					  (word & HOT_INDEX_MASK << FRAME_ORDER_SHIFT));
	u32 room = list->room;

	/* Allocated, and of this order: one comparison for both. */
	if (unlikely(((u32)(word & (FRAME_KIND_MASK | FRAME_ORDER_MASK)) ^
		      order << FRAME_ORDER_SHIFT) != FRAME_ALLOCATED ||
		     !room || GRANULE_DEBUG)) {
		pages_free_any(block, order);
		return;
	}
	f->word = word - (FRAME_ALLOCATED - FRAME_HOT);
	list->room = room - 1;
	first->next = list->first;
	list->first = first;
}
