// SPDX-License-Identifier: BSD-2-Clause
/*
 * Free lists, split and merge. <mm/buddy.h> has the invariants.
 *
 * Addresses, not frame numbers, run through here: a block's buddy is its address with one bit
 * changed, its links lie at a constant distance, its word is one shift away.
 */
#include <kernel/assert.h>
#include <lib/string.h>

#include "inside.h"

struct buddy buddy;

BUILD_ASSERT(BUDDY_ORDERS <= 32); /* a bit each in nonempty */
#define LISTS (MIGRATE_TYPES * BUDDY_ORDERS)

/* What a free block's head says, and of what type its pageblocks are, if it has whole ones. */
static void set_free(paddr_t block, unsigned order, enum migratetype type)
{
	frame_of(block)->word = buddy_free_word(order, type);
	if (order >= buddy.pageblock_order)
		frame_set_pageblock_type(block, type);
}

static enum migratetype list_of(const struct frame *f)
{
	return (enum migratetype)((f->word & FRAME_LIST_MASK) >> FRAME_LIST_SHIFT);
}

static struct buddy_node *node_of(paddr_t block)
{
	return vaddr_ptr(paddr_to_linear(block));
}

static void insert(paddr_t block, unsigned order, enum migratetype type)
{
	struct buddy_node *node = node_of(block), *head = &buddy.list[type][order];

	node->next = head->next;
	node->prev = head;
	head->next->prev = node;
	head->next = node;
	buddy.nonempty[type] |= 1U << order;
	buddy.count[type][order]++;
	buddy.free_pages[type] += 1ULL << order;
}

static void take_off(paddr_t block, unsigned order, enum migratetype type)
{
	struct buddy_node *node = node_of(block);

	/* The links lie in memory that somebody may have written to after giving it back. */
	ASSERT(node->next->prev == node && node->prev->next == node);
	node->next->prev = node->prev;
	node->prev->next = node->next;
	if (!--buddy.count[type][order])
		buddy.nonempty[type] &= ~(1U << order);
	buddy.free_pages[type] -= 1ULL << order;
}

void buddy_init(paddr_t start, u64 bytes)
{
	memset(&buddy, 0, sizeof(buddy));
	buddy.max_order = (u8)(30 - page_shift());
	buddy.pageblock_order = (u8)(PAGEBLOCK_SHIFT - page_shift());
	buddy.start = start.val;
	buddy.bytes = bytes;
	for (struct buddy_node *head = buddy.list[0]; head < buddy.list[0] + LISTS; head++)
		head->next = head->prev = head;
}

void buddy_lock(void)
{
	spin_lock(&buddy.lock);
}

void buddy_unlock(void)
{
	spin_unlock(&buddy.lock);
}

unsigned buddy_pageblock_order(void)
{
	return buddy.pageblock_order;
}

unsigned buddy_max_order(void)
{
	return buddy.max_order;
}

bool buddy_spans(paddr_t base, u64 bytes)
{
	return base.val >= buddy.start && base.val + bytes <= buddy.start + buddy.bytes;
}

bool buddy_take(enum migratetype from, enum migratetype as, unsigned order, paddr_t *block)
{
	/* Only a pageblock with nothing allocated can change its type here. */
	unsigned least = from == as ? order : MAX(order, buddy.pageblock_order);
	u32 orders = least < BUDDY_ORDERS ? buddy.nonempty[from] >> least : 0;
	unsigned at;
	paddr_t pa;
	u64 half;

	if (!orders)
		return false;
	at = least + (unsigned)__builtin_ctz(orders);
	half = buddy_block_bytes(at);
	pa = buddy_block_of(buddy.list[from][at].next);
	take_off(pa, at, from);
	while (at > order) {
		paddr_t upper = paddr_add(pa, (half /= 2));
		enum migratetype type = --at >= buddy.pageblock_order ? from : as;

		set_free(upper, at, type);
		insert(upper, at, type);
	}
	frame_of(pa)->word =
		(u64)as << FRAME_LIST_SHIFT | (u64)order << FRAME_ORDER_SHIFT | FRAME_ALLOCATED;
	/* Of all its pageblocks: it may be split while it is allocated. */
	for (half = 0; half < buddy_block_bytes(order); half += PAGEBLOCK_BYTES)
		frame_set_pageblock_type(paddr_add(pa, half), as);
	*block = pa;
	return true;
}

static void put_typed(paddr_t block, unsigned order, enum migratetype type)
{
	u64 pa = block.val, bytes = buddy_block_bytes(order);

	/* If it becomes an upper half, a second free must still find a free word here. */
	frame_of(block)->word = buddy_free_word(order, type);
	for (;; order++, bytes *= 2) {
		u64 other = pa ^ bytes;
		const struct frame *f = frame_of(paddr(other));

		/* A pageblock with nothing allocated has no reason to be unmovable. */
		if (order >= buddy.pageblock_order && type == MIGRATE_UNMOVABLE)
			type = MIGRATE_MOVABLE;
		if (order >= buddy_order_limit(type) || other - buddy.start >= buddy.bytes ||
		    (f->word & BUDDY_MERGE_MASK) != buddy_free_word(order, type))
			break;
		take_off(paddr(other), order, type);
		pa &= ~bytes;
	}
	set_free(paddr(pa), order, type);
	insert(paddr(pa), order, type);
}

void buddy_put(paddr_t block, unsigned order)
{
	put_typed(block, order, frame_pageblock_type(block));
}

unsigned buddy_order_at(paddr_t pa, paddr_t end)
{
	unsigned fits = 63 - (unsigned)__builtin_clzll(page_shift_right(paddr_diff(end, pa)));
	unsigned aligned = pa.val ? (unsigned)__builtin_ctzll(page_shift_right(pa.val)) : fits;

	return MIN(MIN(fits, aligned), buddy.max_order);
}

/* The same for memory that will be of this type. */
static unsigned order_at(u64 pa, u64 end, enum migratetype type)
{
	return MIN(buddy_order_at(paddr(pa), paddr(end)), buddy_order_limit(type));
}

/* Put [base, end) as blocks; the first page of each pageblock has its type. */
static void put_range(u64 base, u64 end)
{
	unsigned order;

	/* The blocks are each other's buddies: each has a word before one is put (I2). */
	for (u64 pa = base; pa < end; pa += buddy_block_bytes(order)) {
		order = order_at(pa, end, frame_pageblock_type(paddr(pa)));
		frame_of(paddr(pa))->word = FRAME_RESERVED;
	}
	for (u64 pa = base; pa < end; pa += buddy_block_bytes(order)) {
		order = order_at(pa, end, frame_pageblock_type(paddr(pa)));
		buddy_put(paddr(pa), order);
	}
}

/* Put blocks that begin a pageblock, or lie in one that begins with a head. */
static void add_carved(u64 base, u64 end, enum migratetype type)
{
	for (u64 pa = base; pa < end;) {
		frame_set_pageblock_type(paddr(pa), type);
		pa += buddy_block_bytes(order_at(pa, end, type));
	}
	put_range(base, end);
}

void buddy_add(paddr_t base, paddr_t end, enum migratetype type)
{
	u64 largest = buddy_block_bytes(buddy.max_order);
	u64 first = MIN(ALIGN_UP(base.val, largest), end.val);
	u64 last = MAX(ALIGN_DOWN(end.val, largest), first);

	ASSERT(page_is_aligned(base.val | end.val));
	if (type >= MIGRATE_CMA)
		first = last = end.val; /* not in largest blocks (B6) */
	add_carved(base.val, first, type);
	/* Nearly all of a large machine: the largest blocks have no buddies to merge with. */
	for (u64 pa = first; pa < last; pa += largest) {
		set_free(paddr(pa), buddy.max_order, type);
		insert(paddr(pa), buddy.max_order, type);
	}
	add_carved(last, end.val, type);
}

void buddy_give(paddr_t base, paddr_t end)
{
	ASSERT(page_is_aligned(base.val | end.val));
	put_range(base.val, end.val);
}

void buddy_split_allocated(paddr_t block, unsigned order)
{
	struct frame *head = frame_of(block);
	u64 half = (head->word & FRAME_LIST_MASK) | (u64)(order - 1) << FRAME_ORDER_SHIFT |
		   FRAME_ALLOCATED;

	ASSERT(order > 0);
	ASSERT(frame_kind(head) == FRAME_ALLOCATED && frame_order(head) == order);
	/* A walk from head to head finds a word where the lower half ends. */
	frame_of(paddr_add(block, buddy_block_bytes(order - 1)))->word = half;
	head->word = half;
}

int buddy_largest(enum migratetype type)
{
	return buddy.nonempty[type] ? 31 - __builtin_clz(buddy.nonempty[type]) : -1;
}

paddr_t buddy_first(enum migratetype type, unsigned order)
{
	return buddy_block_of(buddy.list[type][order].next);
}

void buddy_retype(paddr_t block, enum migratetype type)
{
	enum migratetype old = list_of(frame_of(block));
	unsigned order = frame_order(frame_of(block));

	take_off(block, order, old);
	while (order > buddy.pageblock_order) {
		paddr_t upper = paddr_add(block, buddy_block_bytes(--order));

		set_free(upper, order, old);
		insert(upper, order, old);
	}
	put_typed(block, order, type);
}

void buddy_mark_claimed(paddr_t base, paddr_t end, u64 own)
{
	for (u64 pa = base.val; pa < end.val; own = 0) {
		unsigned order = MIN(buddy_order_at(paddr(pa), end), buddy.pageblock_order);
		struct frame *f = frame_of(paddr(pa));

		f->word = own << FRAME_OWN_SHIFT | (u64)order << FRAME_ORDER_SHIFT | FRAME_CLAIMED;
		pa += buddy_block_bytes(order);
	}
}

void buddy_claim_part(paddr_t block, paddr_t from, paddr_t end)
{
	unsigned order = frame_order(frame_of(block));
	enum migratetype type = list_of(frame_of(block));
	u64 block_end = block.val + buddy_block_bytes(order);

	take_off(block, order, type);
	from = paddr(MAX(from.val, block.val));
	end = paddr(MIN(end.val, block_end));
	for (u64 pa = ALIGN_UP(from.val, PAGEBLOCK_BYTES); pa < end.val; pa += PAGEBLOCK_BYTES)
		frame_set_pageblock_type(paddr(pa), type);
	buddy_mark_claimed(from, end, 0); /* before the rest is put: buddies have words (I2) */
	add_carved(block.val, from.val, type);
	add_carved(end.val, block_end, type);
}

u64 buddy_free_bytes(enum migratetype type)
{
	return page_shift_left(buddy.free_pages[type]);
}

u32 buddy_count(enum migratetype type, unsigned order)
{
	return order < BUDDY_ORDERS ? buddy.count[type][order] : 0;
}
