// SPDX-License-Identifier: BSD-2-Clause
/*
 * Pages for the rest of the kernel: the CPU's hot lists in front of the buddy allocator.
 *
 * A hot list holds blocks of one order and mobility that were freed last. They are chained by
 * their own first words, and their frame words say FRAME_HOT, so that freeing one twice is
 * seen. Taking from a list and putting on it needs no lock: only its CPU touches it, and
 * interrupts are masked; the words of hot blocks and of the caller's are written by nobody else
 * (<mm/frame.h>). A list that is empty is filled, one that is full is halved, under the
 * buddy allocator's lock.
 *
 * Sizes are bytes: which blocks may be hot, and how much of each order.
 */
#include <arch/page.h>
#include <arch/zero.h>
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <lib/panic.h>
#include <lib/string.h>
#include <mm/addr.h>
#include <mm/buddy.h>
#include <mm/hooks.h>
#include <mm/junk.h>
#include <mm/pageblock.h>
#include <mm/pages.h>

#define HOT_BLOCK_BYTES (1 * MiB)   /* the largest block that is kept hot */
#define HOT_LIST_BYTES  (256 * KiB) /* of each order; at least one block */

struct hot_block {
	struct hot_block *next;
};

struct hot_list {
	struct hot_block *first;
	u32 room;  /* for so many blocks more; always 0 where blocks are never hot */
	u32 limit; /* blocks that it can hold */
};

/*
 * The boot CPU's lists, and there is no other yet. A list's place is what stands in bits 11..4 of
 * the frame words of its blocks: type and order.
 */
#define HOT_ORDERS     32
#define HOT_INDEX_MASK ((MIGRATE_TYPES * HOT_ORDERS) - 1)

int (*pages_reclaim)(enum migratetype type, unsigned order, paddr_t *block);
bool pages_exhausted;

static struct hot_list hot[MIGRATE_TYPES * HOT_ORDERS];

BUILD_ASSERT(sizeof(struct hot_list) == 1 << FRAME_ORDER_SHIFT);
BUILD_ASSERT(FRAME_LIST_SHIFT - FRAME_ORDER_SHIFT == 5 && HOT_ORDERS == 1 << 5);

static u64 order_bytes(unsigned order)
{
	return page_size() << order;
}

/* How many blocks of this order a list holds. */
static u32 hot_limit(enum migratetype type, unsigned order)
{
	u64 bytes = order_bytes(order);

	if (type > MIGRATE_MOVABLE || order > buddy_max_order() || bytes > HOT_BLOCK_BYTES)
		return 0;
	return (u32)MAX(1ULL, HOT_LIST_BYTES >> (page_shift() + order));
}

static struct hot_list *hot_list_of(enum migratetype type, unsigned order)
{
	return &hot[(unsigned)type * HOT_ORDERS + order % HOT_ORDERS];
}

/* Let the lists, which are empty, hold what they may, or nothing. */
static void set_limits(bool hot_blocks)
{
	for (unsigned type = 0; type < MIGRATE_TYPES; type++) {
		for (unsigned order = 0; order < HOT_ORDERS; order++) {
			struct hot_list *list = hot_list_of((enum migratetype)type, order);

			list->limit = hot_blocks ? hot_limit((enum migratetype)type, order) : 0;
			list->room = list->limit;
		}
	}
}

void pages_init(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(hot); i++)
		hot[i].first = NULL;
	set_limits(true);
}

void pages_set_hot(bool hot_blocks)
{
	pages_drain();
	set_limits(hot_blocks);
}

static void push(struct hot_list *list, paddr_t block)
{
	struct hot_block *first = vaddr_ptr(paddr_to_linear(block));

	first->next = list->first;
	list->first = first;
	list->room--;
}

static paddr_t pop(struct hot_list *list)
{
	struct hot_block *first = list->first;

	list->first = first->next;
	list->room++;
	return linear_to_paddr(vaddr_of(first));
}

/* An allocated block becomes a hot one, or the other way round. */
static void set_hot(paddr_t block, bool is_hot)
{
	struct frame *f = frame_of(block);

	f->word = (f->word & ~FRAME_KIND_MASK) | (is_hot ? FRAME_HOT : FRAME_ALLOCATED);
}

/* Give blocks of a list back until there is room for `room`. */
static void shrink(struct hot_list *list, unsigned order, u32 room)
{
	buddy_lock();
	while (list->room < room) {
		paddr_t block = pop(list);

		set_hot(block, false);
		buddy_put(block, order);
	}
	buddy_unlock();
}

void pages_drain(void)
{
	for (unsigned type = 0; type <= MIGRATE_MOVABLE; type++) {
		for (unsigned order = 0; order <= buddy_max_order(); order++) {
			struct hot_list *list = hot_list_of((enum migratetype)type, order);

			shrink(list, order, list->limit);
		}
	}
}

/* From the buddy allocator: one block for the caller, and half a list of further ones. */
static bool take_and_fill(enum migratetype type, unsigned order, paddr_t *block)
{
	struct hot_list *list = hot_list_of(type, order);
	bool found;

	buddy_lock();
	found = pageblock_take(type, order, block);
	while (found && list->room > list->limit / 2) {
		paddr_t more;

		/* Not from other types: what is only kept ready is not worth mixing them. */
		if (frame_pageblock_type(*block) != type || !buddy_take(type, type, order, &more))
			break;
		set_hot(more, true);
		push(list, more);
	}
	buddy_unlock();
	return found;
}

static int alloc_from_buddy(unsigned order, unsigned flags, paddr_t *block)
{
	enum migratetype type = flags & PAGES_MOVABLE ? MIGRATE_MOVABLE : MIGRATE_UNMOVABLE;

	if (order > buddy_max_order())
		return -EINVAL;
	if (take_and_fill(type, order, block))
		return 0;
	/* Hot blocks of other orders may merge to what is wanted. */
	pages_drain();
	if (take_and_fill(type, order, block))
		return 0;
	if (flags & (PAGES_COMPACT | PAGES_MUST) && pages_reclaim &&
	    !pages_reclaim(type, order, block))
		return 0;
	if (flags & PAGES_MUST) {
		pages_exhausted = true;
		panic("pages_alloc: no block of %llu KiB, and it must not fail",
		      order_bytes(order) / KiB);
	}
	return -ENOMEM;
}

/* Whatever is more than taking the first of a list. */
static int __noinline alloc_other(unsigned order, unsigned flags, paddr_t *block)
{
	enum migratetype type = flags & PAGES_MOVABLE ? MIGRATE_MOVABLE : MIGRATE_UNMOVABLE;
	struct hot_list *list = hot_list_of(type, order);
	void *memory;

	if (!(flags & PAGES_MUST) && fault_inject(FAULT_PAGES))
		return -ENOMEM;
	if (list->first && order < HOT_ORDERS) {
		*block = pop(list);
		set_hot(*block, false);
	} else {
		int err = alloc_from_buddy(order, flags, block);

		if (err)
			return err;
	}
	memory = vaddr_ptr(paddr_to_linear(*block));
	if (flags & PAGES_ZERO)
		arch_zero(memory, order_bytes(order));
	else
		junk_fill(memory, order_bytes(order), JUNK_FRESH);
	return 0;
}

/* With pages_alloc's own arguments, so that it keeps them where they are and ends in this. */
static int __noinline zero_block(unsigned order, unsigned flags, paddr_t *block)
{
	(void)flags;
	return arch_zero_pages(vaddr_ptr(paddr_to_linear(*block)), order_bytes(order));
}

int pages_alloc(unsigned order, unsigned flags, paddr_t *block)
{
	/* PAGES_MOVABLE is bit 1: the type's number, without a branch. */
	unsigned index = (flags / PAGES_MOVABLE % 2 * HOT_ORDERS + order) & HOT_INDEX_MASK;
	struct hot_block *first = hot[index].first;
	paddr_t pa = linear_to_paddr(vaddr_of(first));

	/* An order that no list is for would be another's list. */
	if (unlikely(!first || order >= HOT_ORDERS || GRANULE_DEBUG))
		return alloc_other(order, flags, block);
	hot[index].first = first->next;
	hot[index].room++;
	frame_of(pa)->word += FRAME_ALLOCATED - FRAME_HOT;
	*block = pa;
	if (unlikely(flags & PAGES_ZERO))
		return zero_block(order, flags, block);
	return 0;
}

/* The list is full, or there is none. */
static void __noinline free_other(paddr_t block, unsigned order)
{
	/* The type may change at once, without the lock: whoever does that drains hot blocks. */
	struct hot_list *list = hot_list_of(frame_pageblock_type(block), order);

	if (list->limit) {
		shrink(list, order, list->limit - list->limit / 2);
		set_hot(block, true);
		push(list, block);
		return;
	}
	buddy_lock();
	buddy_put(block, order);
	buddy_unlock();
}

static void __noinline __noreturn bad_free(paddr_t block, unsigned order)
{
	static const char kinds[FRAME_KINDS][12] = { "reserved",  "free",    "free",
						     "allocated", "chunks",  "table",
						     "kmalloc",   "movable", "claimed" };
	const struct frame *f = frame_of(block);

	panic("pages_free: %#llx of order %u is %s, order %u", block.val, order,
	      frame_kind(f) < FRAME_KINDS ? kinds[frame_kind(f)] : "no block", frame_order(f));
}

void pages_free(paddr_t block, unsigned order)
{
	struct frame *f = frame_of(block);
	struct hot_block *first = vaddr_ptr(paddr_to_linear(block));
	u64 word = f->word;
	/* Type and order as they stand in the word, times the size of a list: one AND. */
	struct hot_list *list =
		(struct hot_list *)((uintptr_t)hot + (word & HOT_INDEX_MASK << FRAME_ORDER_SHIFT));
	u32 room = list->room;

	/* Allocated, and of this order: one comparison for both. */
	if (unlikely(((u32)(word & (FRAME_KIND_MASK | FRAME_ORDER_MASK)) ^
		      order << FRAME_ORDER_SHIFT) != FRAME_ALLOCATED))
		bad_free(block, order);
	junk_fill(first, order_bytes(order), JUNK_FREED);
	if (unlikely(!room)) {
		free_other(block, order);
		return;
	}
	f->word = word - (FRAME_ALLOCATED - FRAME_HOT);
	list->room = room - 1;
	first->next = list->first;
	list->first = first;
}

unsigned pages_order(u64 bytes)
{
	/* The last page's number; not the count of pages, which wraps. */
	u64 last = page_shift_right(bytes - 1);

	return last ? 64 - (unsigned)__builtin_clzll(last) : 0;
}

/* Free [from, end) of an allocated block that was split up to there. */
static void free_range(u64 from, u64 end)
{
	while (from < end) {
		unsigned order = buddy_order_at(paddr(from), paddr(end));

		pages_free(paddr(from), order);
		from += order_bytes(order);
	}
}

/*
 * Make the allocated block at `pa` a row of allocated blocks of which none crosses `end`, the sizes
 * that buddy_order_at gives for [pa, end) and for the rest.
 */
static void split_at(u64 pa, unsigned order, u64 end)
{
	while (order && end > pa && end < pa + order_bytes(order)) {
		u64 half = pa + order_bytes(order - 1);

		buddy_split_allocated(paddr(pa), order--);
		if (end >= half)
			pa = half;
	}
}

int pages_alloc_exact(u64 bytes, unsigned flags, paddr_t *pa)
{
	unsigned order = pages_order(bytes);
	u64 end;
	int err;

	if (!bytes)
		return -EINVAL;
	err = pages_alloc(order, flags, pa);
	if (err)
		return err;
	end = page_align_up(pa->val + bytes);
	if (end < pa->val + order_bytes(order)) {
		/* One head becomes several, where another CPU may be walking. */
		buddy_lock();
		split_at(pa->val, order, end);
		buddy_unlock();
		free_range(end, pa->val + order_bytes(order));
	}
	return 0;
}

void pages_free_exact(paddr_t pa, u64 bytes)
{
	free_range(pa.val, page_align_up(pa.val + bytes));
}

u64 pages_free_bytes(void)
{
	u64 bytes = 0;

	for (unsigned type = 0; type < MIGRATE_TYPES; type++)
		bytes += buddy_free_bytes(type);
	for (unsigned type = 0; type <= MIGRATE_MOVABLE; type++) {
		for (unsigned order = 0; order <= buddy_max_order(); order++) {
			const struct hot_list *list = hot_list_of((enum migratetype)type, order);

			bytes += (list->limit - list->room) * order_bytes(order);
		}
	}
	return bytes;
}
