// SPDX-License-Identifier: BSD-2-Clause
/*
 * Moves batches of pages. <mm/migrate.h> has the contract, <mm/rmap.h> says how a page's user is
 * found.
 */
#include <arch/copy.h>
#include <arch/page.h>
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <mm/addr.h>
#include <mm/buddy.h>
#include <mm/hooks.h>
#include <mm/migrate.h>
#include <mm/movable.h>
#include <mm/pageblock.h>
#include <mm/rmap.h>

void (*migrate_user)(struct migrate_batch *batch);

/* Its owner moves the batch: it carries pages over while none can be reached. */
static void move(struct migrate_batch *batch)
{
	BUILD_ASSERT(RMAP_OWNERS == 2);
	if (rmap_owner(batch->word[0]) == RMAP_AREA)
		movable_move(batch);
	else
		migrate_user(batch);
}

unsigned migrate_batch_limit(unsigned order)
{
	return MAX((unsigned)page_shift_right(MIGRATE_BATCH_BYTES) >> order, 1U);
}

void migrate_copy(void *context)
{
	const struct migrate_batch *batch = context;
	const unsigned count = batch->count;

	for (unsigned i = 0; i < count; i++)
		arch_copy_pages(vaddr_ptr(paddr_to_linear(batch->to[i])),
				vaddr_ptr(paddr_to_linear(batch->from[i])), page_size());
}

/* One block of the order, or the largest there is below it, down to `least`. */
static bool take_block(enum migrate_where where, unsigned *order, unsigned least, paddr_t *block)
{
	for (;; --*order) {
		bool found = where == MIGRATE_OUT_OF_CMA
				     ? pageblock_take(MIGRATE_UNMOVABLE, *order, block)
				     : pageblock_take_elsewhere(*order, block);

		if (found || *order == least)
			return found;
	}
}

/* What of a frame's word moves with a page. */
#define USER_MASK  (FRAME_OWN_MASK | FRAME_KIND_MASK)
#define MOVED_MASK (USER_MASK | FRAME_ORDER_MASK)

/*
 * Pages to move to, from as few blocks as there are. Returns how many were had. A page is of the
 * batch's order here, and so aligned.
 *
 * Their frames say already whose they will be. Nobody acts on that without rmap_lock.
 */
static unsigned take_pages(struct migrate_batch *batch, enum migrate_where where)
{
	const unsigned count = batch->count, least = count ? migrate_order(batch->word[0]) : 0;
	const u64 bytes = page_size() << least;
	unsigned have = 0, order = BUDDY_ORDERS;

	while (have < count) {
		paddr_t block;
		u64 word, page;

		/* No larger than the last one: there was none. */
		order = MIN(order, least + 31 - (unsigned)__builtin_clz(count - have));
		if (!take_block(where, &order, least, &block))
			break;
		page = block.val;
		word = frame_of(block)->word & ~(FRAME_ORDER_MASK | USER_MASK);
		for (unsigned left = 1U << (order - least); left; left--, page += bytes) {
			frame_of(paddr(page))->word = word | (batch->word[have] & MOVED_MASK);
			batch->to[have++] = paddr(page);
		}
	}
	return have;
}

/* Drop what is no more as it was when it was added. */
static void drop_changed(struct migrate_batch *batch)
{
	const unsigned count = batch->count;
	unsigned kept = 0;

	/* Mostly nothing has changed. */
	while (kept < count && frame_of(batch->from[kept])->word == batch->word[kept])
		kept++;
	for (unsigned i = kept; i < count; i++) {
		if (frame_of(batch->from[i])->word != batch->word[i])
			continue;
		batch->from[kept] = batch->from[i];
		batch->word[kept++] = batch->word[i];
	}
	batch->count = kept;
}

/* The frames that were left become the caller's. */
static void hand_over(const struct migrate_batch *batch)
{
	const unsigned count = batch->count;
	const u64 claimed = FRAME_CLAIMED | (batch->word[0] & FRAME_ORDER_MASK);

	for (unsigned i = 0; i < count; i++)
		frame_of(batch->from[i])->word = claimed;
}

int migrate_run(struct migrate_batch *batch, enum migrate_where where)
{
	unsigned wanted;

	if (fault_inject(FAULT_MIGRATE)) {
		batch->count = batch->moved = 0;
		return -EAGAIN;
	}
	rmap_lock();
	buddy_lock();
	drop_changed(batch);
	wanted = batch->count;
	batch->count = batch->moved = take_pages(batch, where);
	buddy_unlock();
	if (batch->count) {
		move(batch);
		buddy_lock();
		hand_over(batch);
		buddy_unlock();
	}
	batch->count = 0;
	rmap_unlock();
	return batch->moved < wanted ? -ENOMEM : 0;
}
