/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of this folder share of their insides. */
#ifndef MM_PAGE_INSIDE_H
#define MM_PAGE_INSIDE_H

#include <arch/cpu.h>
#include <arch/page.h>
#include <arch/spinlock.h>
#include <mm/addr.h>
#include <mm/buddy.h>

/* At the start of each free block, and as the head of each list. */
struct buddy_node {
	struct buddy_node *next;
	struct buddy_node *prev;
};

struct buddy {
	struct spinlock lock;
	u8 max_order;
	u8 pageblock_order;
	u64 start; /* of the span in which buddies are looked for */
	u64 bytes;
	u32 nonempty[MIGRATE_TYPES];
	u32 count[MIGRATE_TYPES][BUDDY_ORDERS];
	struct buddy_node list[MIGRATE_TYPES][BUDDY_ORDERS];
};

extern struct buddy buddy;

/* The bits of a word that make a block a candidate for merging. */
#define BUDDY_MERGE_MASK (FRAME_KIND_MASK | FRAME_ORDER_MASK | FRAME_LIST_MASK)

static inline u64 buddy_free_word(unsigned order, enum migratetype type)
{
	return FRAME_FREE | (u64)order << FRAME_ORDER_SHIFT | (u64)type << FRAME_LIST_SHIFT;
}

static inline paddr_t buddy_block_of(const struct buddy_node *node)
{
	return linear_to_paddr(vaddr_of(node));
}

static inline u64 buddy_block_bytes(unsigned order)
{
	return page_size() << order;
}

/* What is lent, or being emptied, stays in pieces that somebody can claim by pageblocks (B6). */
static inline unsigned buddy_order_limit(enum migratetype type)
{
	return type < MIGRATE_CMA ? buddy.max_order : buddy.pageblock_order;
}

/* A hot block: chained by its first word. */
struct pages_hot_block {
	struct pages_hot_block *next;
};

struct pages_hot_list {
	struct pages_hot_block *first;
	u32 room;  /* for so many blocks more; always 0 where blocks are never hot */
	u32 limit; /* blocks that it can hold */
};

/* What a CPU has: a list for each type and order, at pages_hot_index. */
#define PAGES_HOT_ORDERS 32
#define PAGES_HOT_LISTS  (MIGRATE_TYPES * PAGES_HOT_ORDERS)

static inline unsigned pages_hot_index(enum migratetype type, unsigned order)
{
	return (unsigned)type * PAGES_HOT_ORDERS + order;
}

/* pages_alloc and pages_free, whatever they are called with: pages_hot.c has the shortcuts. */
int pages_alloc_any(unsigned order, unsigned flags, paddr_t *block);
void pages_free_any(paddr_t block, unsigned order);

#endif
