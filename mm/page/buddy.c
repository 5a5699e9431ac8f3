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
LOCK_CLASS(buddy, LOCK_BUDDY, &buddy.lock);

BUILD_ASSERT(BUDDY_ORDERS <= 32); /* a bit each in nonempty */
#define LISTS (MIGRATE_TYPES * BUDDY_ORDERS)

static enum migratetype list_of(const struct frame *f)
{
	return (enum migratetype)((f->word & FRAME_LIST_MASK) >> FRAME_LIST_SHIFT);
}

static struct buddy_node *node_of(paddr_t block)
{
	return vaddr_ptr(paddr_to_linear(block));
}

/* A block becomes free. Its pageblocks, if it has whole ones, are of the list's type then. */
static void insert(paddr_t block, unsigned order, enum migratetype type)
{
	struct buddy_node *node = node_of(block), *head = &buddy.list[type][order];

	frame_of(block)->word = buddy_free_word(order, type);
	node->next = head->next;
	node->prev = head;
	head->next->prev = node;
	head->next = node;
	buddy.nonempty[type] |= 1U << order;
	buddy.count[type][order]++;
	if (order >= buddy.pageblock_order)
		frame_set_pageblock_type(block, type);
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
}

/* Halve a block that is on no list, from order to order; the upper halves become free. */
static void split(paddr_t block, unsigned from, unsigned to, enum migratetype type)
{
	while (from > to) {
		from--;
		insert(paddr_add(block, buddy_block_bytes(from)), from, type);
	}
}

void buddy_init(paddr_t start, u64 bytes)
{
	struct buddy_node *lists = (struct buddy_node *)buddy.list;

	memset(&buddy, 0, sizeof(buddy));
	buddy.lock.class = &lock_class_buddy;
	buddy.max_order = (u8)(30 - page_shift());
	buddy.pageblock_order = (u8)(PAGEBLOCK_SHIFT - page_shift());
	buddy.start = start.val;
	buddy.bytes = bytes;
	for (struct buddy_node *head = lists; head < lists + LISTS; head++)
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

	if (!orders)
		return false;
	at = least + (unsigned)__builtin_ctz(orders);
	*block = pa = buddy_first(from, at);
	take_off(pa, at, from);
	split(pa, at, least, from);
	split(pa, least, order, as);
	frame_of(pa)->word =
		(u64)as << FRAME_LIST_SHIFT | (u64)order << FRAME_ORDER_SHIFT | FRAME_ALLOCATED;
	/* Of all its pageblocks: it may be cut while it is allocated. */
	for (u64 done = 0; done < buddy_block_bytes(order); done += PAGEBLOCK_BYTES)
		frame_set_pageblock_type(paddr_add(pa, done), as);
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
static unsigned order_at(paddr_t pa, paddr_t end, enum migratetype type)
{
	return MIN(buddy_order_at(pa, end), buddy_order_limit(type));
}

void buddy_give(paddr_t base, paddr_t end)
{
	paddr_t next;

	ASSERT(page_is_aligned(base.val | end.val));
	for (; paddr_less(base, end); base = next) {
		unsigned order = order_at(base, end, frame_pageblock_type(base));

		next = paddr_add(base, buddy_block_bytes(order));
		/* What follows is the only buddy in the row without a word yet (I2). */
		if (paddr_less(next, end))
			frame_of(next)->word = FRAME_RESERVED;
		buddy_put(base, order);
	}
}

/* Give [base, end) to pageblocks that become of this type. */
static void add_carved(paddr_t base, paddr_t end, enum migratetype type)
{
	/* Each block begins a pageblock, or lies in one that begins with a head (I3). */
	for (paddr_t pa = base; paddr_less(pa, end);) {
		frame_set_pageblock_type(pa, type);
		pa = paddr_add(pa, buddy_block_bytes(order_at(pa, end, type)));
	}
	buddy_give(base, end);
}

void buddy_add(paddr_t base, paddr_t end, enum migratetype type)
{
	unsigned order = buddy_order_limit(type);
	u64 largest = buddy_block_bytes(order);
	paddr_t first = paddr_min(paddr_up(base, largest), end);
	paddr_t last = paddr_max(paddr_down(end, largest), first);

	ASSERT(page_is_aligned(base.val | end.val));
	add_carved(base, first, type);
	/* Nearly all of a large machine: the largest blocks have no buddies to merge with. */
	for (; paddr_less(first, last); first = paddr_add(first, largest))
		insert(first, order, type);
	add_carved(last, end, type);
}

/* Give [base, end) the words of a row of blocks of that order at most, `word` but for the order. */
static void mark(paddr_t base, paddr_t end, unsigned most, u64 word)
{
	while (paddr_less(base, end)) {
		unsigned order = MIN(buddy_order_at(base, end), most);

		frame_of(base)->word = word | (u64)order << FRAME_ORDER_SHIFT;
		base = paddr_add(base, buddy_block_bytes(order));
	}
}

void buddy_cut_allocated(paddr_t block, u64 bytes)
{
	const struct frame *head = frame_of(block);
	paddr_t at = paddr_add(block, bytes), end = paddr_add(block, frame_bytes(head));
	u64 word = head->word & ~FRAME_ORDER_MASK;

	ASSERT(frame_kind(head) == FRAME_ALLOCATED && paddr_less(at, end));
	mark(block, at, buddy.max_order, word);
	mark(at, end, buddy.max_order, word);
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
	split(block, order, buddy.pageblock_order, old);
	put_typed(block, MIN(order, buddy.pageblock_order), type);
}

void buddy_mark_claimed(paddr_t base, paddr_t end, u64 own)
{
	mark(base, end, buddy.pageblock_order, FRAME_CLAIMED);
	frame_set_own(frame_of(base), own);
}

void buddy_claim_part(paddr_t block, paddr_t from, paddr_t end)
{
	unsigned order = frame_order(frame_of(block));
	enum migratetype type = list_of(frame_of(block));
	paddr_t block_end = paddr_add(block, buddy_block_bytes(order));

	take_off(block, order, type);
	from = paddr_max(from, block);
	end = paddr_min(end, block_end);
	for (u64 pa = ALIGN_UP(from.val, PAGEBLOCK_BYTES); pa < end.val; pa += PAGEBLOCK_BYTES)
		frame_set_pageblock_type(paddr(pa), type);
	buddy_mark_claimed(from, end, 0); /* before the rest is put: buddies have words (I2) */
	add_carved(block, from, type);
	add_carved(end, block_end, type);
}

u64 buddy_free_bytes(enum migratetype type)
{
	u64 bytes = 0;

	for (unsigned order = 0; order < BUDDY_ORDERS; order++)
		bytes += buddy.count[type][order] * buddy_block_bytes(order);
	return bytes;
}

u32 buddy_count(enum migratetype type, unsigned order)
{
	return order < BUDDY_ORDERS ? buddy.count[type][order] : 0;
}
