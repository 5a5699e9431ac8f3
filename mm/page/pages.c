// SPDX-License-Identifier: BSD-2-Clause
/*
 * Pages for the rest of the kernel: the CPU's hot lists in front of the buddy allocator.
 *
 * A hot list holds blocks of one order and mobility that were freed last. They are chained by
 * their own first words, and their frame words say FRAME_HOT, so that freeing one twice is
 * seen. Taking from a list and putting on it needs no lock: only its CPU touches it, and
 * <mm/hot_text.h> says how others get what is on it. The words of hot blocks and of the caller's
 * are written by nobody else (<mm/frame.h>). A list that is empty is filled, one that is full is
 * halved, under the buddy allocator's lock.
 *
 * Sizes are bytes: which blocks may be hot, and how much of each order. For a CPU that allocates 32
 * pages and frees them, over and over, to take the lock twice in that, a list must hold as many:
 * 128 KiB, 512 KiB and 2 MiB at 4K, 16K and 64K. It does where that is little of the machine's
 * memory. One page at a time takes the lock once.
 */
#include <arch/irqflags.h>
#include <arch/zero.h>
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <lib/panic.h>
#include <lib/string.h>
#include <mm/hooks.h>
#include <mm/hot_text.h>
#include <mm/junk.h>
#include <mm/pageblock.h>

#include "inside.h"

#define HOT_BLOCK_BYTES (1 * MiB)   /* the largest block that is kept hot */
#define HOT_LIST_BYTES  (256 * KiB) /* of each order; at least one block */

/* Of single pages more, if they are so many, up to so much of memory. */
#define HOT_PAGES      32
#define HOT_PAGES_PART 1024

/* Lists of other types have no room, ever: blocks of a region go straight back to it. */
#define HOT_LISTS ((MIGRATE_MOVABLE + 1) * PAGES_HOT_ORDERS)

int (*pages_reclaim)(enum migratetype type, unsigned order, paddr_t *block);
bool pages_exhausted;

static struct pages_hot_list boot_cpu_lists[PAGES_HOT_LISTS];
static u64 hot_pages_bytes;   /* of single pages, at most. Since boot */
static bool keeps_hot = true; /* pages_set_hot. Atomic */

static struct pages_hot_list *hot_list_of(enum migratetype type, unsigned order)
{
	return &this_cpu()->pages_hot[pages_hot_index(type, order)];
}

/*
 * push and pop: an allocated block becomes a hot one, or the other way round. False, and nothing
 * has changed, if the list has no room, or no block. That may have become so since the caller
 * looked: nobody else fills a list, or makes room where blocks are never hot.
 */
static bool push(struct pages_hot_list *list, paddr_t block)
{
	struct pages_hot_block *first = vaddr_ptr(paddr_to_linear(block));
	u64 saved = irq_save();
	bool fits = list->room;

	if (fits) {
		frame_set_kind(frame_of(block), FRAME_HOT);
		first->next = list->first;
		list->first = first;
		list->room--;
	}
	irq_restore(saved);
	return fits;
}

static bool pop(struct pages_hot_list *list, paddr_t *block)
{
	u64 saved = irq_save();
	struct pages_hot_block *first = list->first;

	if (first) {
		list->first = first->next;
		list->room++;
		*block = linear_to_paddr(vaddr_of(first));
		frame_set_kind(frame_of(*block), FRAME_ALLOCATED);
	}
	irq_restore(saved);
	return first;
}

/* Half of a list that is full goes back. Under the buddy allocator's lock. */
static void halve(struct pages_hot_list *list, unsigned order)
{
	paddr_t block;

	while (list->room < list->limit - list->limit / 2 && pop(list, &block))
		buddy_put(block, order);
}

/* How much each list of a CPU may hold. They are empty. */
static void set_limits(struct pages_hot_list *lists)
{
	bool hot = __atomic_load_n(&keeps_hot, __ATOMIC_RELAXED);

	for (unsigned order = 0; buddy_block_bytes(order) <= HOT_BLOCK_BYTES; order++) {
		u64 bytes = order ? HOT_LIST_BYTES : hot_pages_bytes;
		u32 most = (u32)MAX(1ULL, bytes / buddy_block_bytes(order));

		for (enum migratetype type = 0; type <= MIGRATE_MOVABLE; type++) {
			struct pages_hot_list *list = &lists[pages_hot_index(type, order)];

			list->limit = list->room = hot ? most : 0;
		}
	}
}

/* What was on a CPU's lists, on its way to the buddy allocator. */
struct taken {
	struct pages_hot_block *first[HOT_LISTS];
};

/* On the CPU whose lists they are: by hot_text_ask, or with interrupts masked. */
static void take_all(void *argument)
{
	struct pages_hot_list *lists = this_cpu()->pages_hot;
	struct taken *taken = argument;

	for (unsigned i = 0; i < HOT_LISTS; i++) {
		taken->first[i] = lists[i].first;
		lists[i].first = NULL;
	}
	set_limits(lists);
}

static void put_back(const struct taken *taken)
{
	buddy_lock();
	for (unsigned i = 0; i < HOT_LISTS; i++) {
		struct pages_hot_block *block = taken->first[i];

		while (block) {
			struct pages_hot_block *next = block->next;

			buddy_put(linear_to_paddr(vaddr_of(block)), i % PAGES_HOT_ORDERS);
			block = next;
		}
	}
	buddy_unlock();
}

void pages_drain_cpu(void)
{
	u64 saved = irq_save();
	struct taken taken;

	take_all(&taken);
	irq_restore(saved);
	put_back(&taken);
}

/* On the lists of a CPU, this one or another, whose figures may be of the past. */
static u64 hot_bytes(const struct cpu *cpu)
{
	u64 bytes = 0;

	for (unsigned i = 0; i < HOT_LISTS; i++) {
		const struct pages_hot_list *list = &cpu->pages_hot[i];
		u32 room = __atomic_load_n(&list->room, __ATOMIC_RELAXED);

		bytes += (list->limit - room) * buddy_block_bytes(i % PAGES_HOT_ORDERS);
	}
	return bytes;
}

/* False: it is off, with empty lists. */
static bool drain_other(struct cpu *cpu)
{
	struct taken taken;
	bool answered = hot_text_ask(cpu, take_all, &taken);

	if (answered)
		put_back(&taken);
	return answered;
}

void pages_drain(void)
{
	pages_drain_cpu();
	for (struct cpu *cpu = &boot_cpu; cpu; cpu = cpu_next(cpu))
		if (cpu != this_cpu() && hot_bytes(cpu))
			drain_other(cpu);
}

void pages_set_hot(bool hot_blocks)
{
	__atomic_store_n(&keeps_hot, hot_blocks, __ATOMIC_RELAXED);
	pages_drain_cpu();
	for (struct cpu *cpu = &boot_cpu; cpu; cpu = cpu_next(cpu))
		if (cpu != this_cpu() && !drain_other(cpu))
			set_limits(cpu->pages_hot);
}

u64 pages_cpu_bytes(void)
{
	return PAGES_HOT_LISTS * sizeof(struct pages_hot_list);
}

void pages_init_cpu(struct cpu *cpu, void *memory)
{
	memset(memory, 0, pages_cpu_bytes());
	set_limits(memory);
	cpu->pages_hot = memory;
}

void pages_init(void)
{
	u64 free = 0;

	for (unsigned type = 0; type < MIGRATE_TYPES; type++)
		free += buddy_free_bytes(type);
	hot_pages_bytes = MAX(HOT_LIST_BYTES, MIN(HOT_PAGES * page_size(), free / HOT_PAGES_PART));
	pages_init_cpu(&boot_cpu, boot_cpu_lists);
}

/* From the buddy allocator: one block for the caller, and half a list of further ones. */
static bool take_and_fill(enum migratetype type, unsigned order, paddr_t *block)
{
	struct pages_hot_list *list = hot_list_of(type, order);
	bool found;

	buddy_lock();
	found = pageblock_take(type, order, block);
	while (found && list->room > list->limit / 2) {
		paddr_t more;

		/* Not from other types: what is only kept ready is not worth mixing them. */
		if (frame_pageblock_type(*block) != type || !buddy_take(type, type, order, &more))
			break;
		if (!push(list, more))
			buddy_put(more, order);
	}
	buddy_unlock();
	return found;
}

static int alloc_from_buddy(enum migratetype type, unsigned order, unsigned flags, paddr_t *block)
{
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
		      buddy_block_bytes(order) / KiB);
	}
	return -ENOMEM;
}

int pages_alloc_any(unsigned order, unsigned flags, paddr_t *block)
{
	enum migratetype type = flags & PAGES_MOVABLE ? MIGRATE_MOVABLE : MIGRATE_UNMOVABLE;
	struct pages_hot_list *list;
	void *memory;

	if (order > buddy.max_order)
		return -EINVAL;
	if (!(flags & PAGES_MUST) && fault_inject(FAULT_PAGES))
		return -ENOMEM;
	list = hot_list_of(type, order);
	if (!list->first || !pop(list, block)) {
		int err = alloc_from_buddy(type, order, flags, block);

		if (err)
			return err;
	}
	memory = vaddr_ptr(paddr_to_linear(*block));
	if (flags & PAGES_ZERO)
		arch_zero(memory, buddy_block_bytes(order));
	else
		junk_fill(memory, buddy_block_bytes(order), JUNK_FRESH);
	return 0;
}

static void __noreturn bad_free(paddr_t block, unsigned order)
{
	static const char kinds[FRAME_KINDS][12] = { "reserved",  "free",    "free",
						     "allocated", "chunks",  "table",
						     "kmalloc",   "movable", "claimed" };
	const struct frame *f = frame_of(block);

	panic("pages_free: %#llx of order %u is %s, order %u", block.val, order,
	      frame_kind(f) < FRAME_KINDS ? kinds[frame_kind(f)] : "no block", frame_order(f));
}

void pages_free_any(paddr_t block, unsigned order)
{
	const struct frame *f = frame_of(block);
	struct pages_hot_list *list;

	if (frame_kind(f) != FRAME_ALLOCATED || frame_order(f) != order)
		bad_free(block, order);
	junk_fill(vaddr_ptr(paddr_to_linear(block)), buddy_block_bytes(order), JUNK_FREED);
	/* The type may change at once, without the lock: a block goes back to what it is then. */
	list = hot_list_of(frame_pageblock_type(block), order);
	if (list->room && push(list, block))
		return;
	buddy_lock();
	halve(list, order);
	if (!list->room || !push(list, block))
		buddy_put(block, order);
	buddy_unlock();
}

unsigned pages_order(u64 bytes)
{
	/* The last page's number; not the count of pages, which wraps. */
	u64 last = page_shift_right(bytes - 1);

	return last ? 64 - (unsigned)__builtin_clzll(last) : 0;
}

/* Free a part that buddy_cut_allocated made of a block. */
static void free_part(paddr_t from, paddr_t end)
{
	while (paddr_less(from, end)) {
		unsigned order = buddy_order_at(from, end);

		pages_free(from, order);
		from = paddr_add(from, buddy_block_bytes(order));
	}
}

int pages_alloc_exact(u64 bytes, unsigned flags, paddr_t *pa)
{
	unsigned order = pages_order(bytes);
	u64 kept = page_align_up(bytes);
	int err;

	if (!bytes)
		return -EINVAL;
	err = pages_alloc(order, flags, pa);
	if (err)
		return err;
	if (kept < buddy_block_bytes(order)) {
		/* One head becomes several, where another CPU may be walking. */
		buddy_lock();
		buddy_cut_allocated(*pa, kept);
		buddy_unlock();
		free_part(paddr_add(*pa, kept), paddr_add(*pa, buddy_block_bytes(order)));
	}
	return 0;
}

void pages_free_exact(paddr_t pa, u64 bytes)
{
	free_part(pa, paddr_add(pa, page_align_up(bytes)));
}

u64 pages_free_bytes(void)
{
	u64 bytes = 0;

	for (unsigned type = 0; type < MIGRATE_TYPES; type++)
		bytes += buddy_free_bytes(type);
	for (const struct cpu *cpu = &boot_cpu; cpu; cpu = cpu_next(cpu))
		bytes += hot_bytes(cpu);
	return bytes;
}
