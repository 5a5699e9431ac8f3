// SPDX-License-Identifier: BSD-2-Clause
/*
 * Pages for the rest of the kernel: the CPU's hot lists in front of the buddy allocator.
 *
 * A hot list holds blocks of one order and mobility that were freed last. They are chained by
 * their own first words, and their frame words say FRAME_HOT, so that freeing one twice is
 * seen. Taking from a list and putting on it needs no lock: only its CPU touches it, and
 * interrupts are masked. A list that is empty is filled, one that is full is halved, under the
 * buddy allocator's lock.
 *
 * Sizes are bytes: which blocks may be hot, and how much of each order.
 */
#include <arch/page.h>
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <kernel/panic.h>
#include <lib/string.h>
#include <mm/addr.h>
#include <mm/buddy.h>
#include <mm/mm_report.h>
#include <mm/pageblock.h>
#include <mm/pages.h>

#define HOT_BLOCK_BYTES (1 * MiB)   /* the largest block that is kept hot */
#define HOT_LIST_BYTES  (256 * KiB) /* of each order; at least one block */
#define HOT_ORDERS      (20 - PAGE_SHIFT_MIN + 1)

/* What freed memory and fresh memory hold in a debug build. */
#define JUNK_FREED 0x6b
#define JUNK_FRESH 0xa5

struct hot_block {
	struct hot_block *next;
};

struct hot_list {
	struct hot_block *first;
	u32 count;
	u32 limit; /* in blocks; 0: this order is never hot */
};

/* The boot CPU's, and there is no other yet: unmovable, then movable. */
static struct hot_list hot[2][HOT_ORDERS];

static struct hot_list *hot_list_of(enum migratetype type, unsigned order)
{
	return &hot[type == MIGRATE_UNMOVABLE ? 0 : 1][order];
}

void pages_init(void)
{
	for (unsigned type = 0; type < 2; type++) {
		for (unsigned order = 0; order < HOT_ORDERS; order++) {
			u64 bytes = page_size() << order;
			struct hot_list *list = &hot[type][order];

			list->first = NULL;
			list->count = 0;
			list->limit =
				bytes > HOT_BLOCK_BYTES
					? 0
					: (u32)MAX(1ULL, HOT_LIST_BYTES >> (page_shift() + order));
		}
	}
}

static u64 order_bytes(unsigned order)
{
	return page_size() << order;
}

static void push(struct hot_list *list, paddr_t block)
{
	struct hot_block *first = vaddr_ptr(paddr_to_linear(block));

	first->next = list->first;
	list->first = first;
	list->count++;
}

static paddr_t pop(struct hot_list *list)
{
	struct hot_block *first = list->first;

	list->first = first->next;
	list->count--;
	return linear_to_paddr(vaddr_of(first));
}

static void set_kind(paddr_t block, enum frame_kind kind)
{
	struct frame *f = frame_of(block);

	f->word = (f->word & ~FRAME_KIND_MASK) | kind;
}

/* Give back all but `keep` blocks of a list. */
static void shrink(struct hot_list *list, unsigned order, u32 keep)
{
	buddy_lock();
	while (list->count > keep) {
		paddr_t block = pop(list);

		set_kind(block, FRAME_ALLOCATED);
		buddy_put(block, order);
	}
	buddy_unlock();
}

void pages_drain(void)
{
	for (unsigned type = 0; type < 2; type++)
		for (unsigned order = 0; order < HOT_ORDERS; order++)
			if (hot[type][order].count)
				shrink(&hot[type][order], order, 0);
}

/* From the buddy allocator: one block for the caller, and half a list of further ones. */
static bool take_and_fill(enum migratetype type, unsigned order, paddr_t *block)
{
	struct hot_list *list = order < HOT_ORDERS ? hot_list_of(type, order) : NULL;
	bool found;

	buddy_lock();
	found = pageblock_take(type, order, block);
	/* Without taking from other types, and only what is there in small pieces. */
	for (u32 n = 1; found && list && n < list->limit / 2; n++) {
		paddr_t more;

		if (!buddy_take(type, type, order, &more))
			break;
		set_kind(more, FRAME_HOT);
		push(list, more);
	}
	buddy_unlock();
	return found;
}

static int __noinline alloc_slow(unsigned order, unsigned flags, paddr_t *block)
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
	if (flags & PAGES_MUST) {
		mm_report();
		panic("pages_alloc: no block of %llu KiB, and it must not fail",
		      order_bytes(order) / KiB);
	}
	return -ENOMEM;
}

static void fill_fresh(paddr_t block, unsigned order, unsigned flags)
{
	void *memory = vaddr_ptr(paddr_to_linear(block));

	if (flags & PAGES_ZERO)
		memset(memory, 0, order_bytes(order));
	else if (GRANULE_DEBUG)
		memset(memory, JUNK_FRESH, order_bytes(order));
}

int pages_alloc(unsigned order, unsigned flags, paddr_t *block)
{
	struct hot_list *list = &hot[flags / PAGES_MOVABLE % 2][MIN(order, HOT_ORDERS - 1)];
	struct hot_block *first = list->first;
	int err;

	if (likely(first && order < HOT_ORDERS)) {
		list->first = first->next;
		list->count--;
		*block = linear_to_paddr(vaddr_of(first));
		frame_of(*block)->word += FRAME_ALLOCATED - FRAME_HOT;
	} else {
		err = alloc_slow(order, flags, block);
		if (err)
			return err;
	}
	if (GRANULE_DEBUG || flags & PAGES_ZERO)
		fill_fresh(*block, order, flags);
	return 0;
}

static void __noinline free_slow(paddr_t block, unsigned order)
{
	enum migratetype type = frame_pageblock_type(block);
	struct hot_list *list = order < HOT_ORDERS ? hot_list_of(type, order) : NULL;

	if (list && list->limit && type <= MIGRATE_MOVABLE) {
		shrink(list, order, list->limit / 2);
		set_kind(block, FRAME_HOT);
		push(list, block);
		return;
	}
	buddy_lock();
	buddy_put(block, order);
	buddy_unlock();
}

static void __noinline __noreturn bad_free(paddr_t block, unsigned order)
{
	const struct frame *f = frame_of(block);
	static const char kinds[FRAME_KINDS][12] = { "reserved", "free",  "free",   "allocated",
						     "chunks",   "table", "movable" };

	panic("pages_free: %#llx of order %u is %s, order %u", block.val, order,
	      frame_kind(f) < FRAME_KINDS ? kinds[frame_kind(f)] : "no block", frame_order(f));
}

void pages_free(paddr_t block, unsigned order)
{
	struct frame *f = frame_of(block);
	enum migratetype type;
	struct hot_list *list;

	/* One comparison: allocated, of this order. */
	if (unlikely((f->word & (FRAME_KIND_MASK | FRAME_ORDER_MASK)) !=
		     (FRAME_ALLOCATED | (u64)order << FRAME_ORDER_SHIFT)))
		bad_free(block, order);
	if (GRANULE_DEBUG)
		memset(vaddr_ptr(paddr_to_linear(block)), JUNK_FREED, order_bytes(order));

	type = frame_pageblock_type(block);
	list = &hot[type == MIGRATE_MOVABLE][MIN(order, HOT_ORDERS - 1)];
	if (likely(order < HOT_ORDERS && list->count < list->limit && type <= MIGRATE_MOVABLE)) {
		f->word -= FRAME_ALLOCATED - FRAME_HOT;
		push(list, block);
		return;
	}
	free_slow(block, order);
}

unsigned pages_order(u64 bytes)
{
	u64 pages = page_count(bytes);

	return pages <= 1 ? 0 : 64 - (unsigned)__builtin_clzll(pages - 1);
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
	split_at(pa->val, order, end);
	free_range(end, pa->val + order_bytes(order));
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
	for (unsigned type = 0; type < 2; type++)
		for (unsigned order = 0; order < HOT_ORDERS; order++)
			bytes += hot[type][order].count * order_bytes(order);
	return bytes;
}
