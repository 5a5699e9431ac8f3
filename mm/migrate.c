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
#include <mm/fault_inject.h>
#include <mm/migrate.h>
#include <mm/movable.h>
#include <mm/pageblock.h>
#include <mm/rmap.h>

/* What moves the pages of each owner: it calls migrate_copy(batch) while none can be reached. */
static void (*const move[RMAP_OWNERS])(struct migrate_batch *batch) = {
	[RMAP_AREA] = movable_move,
};

unsigned migrate_batch_limit(void)
{
	return (unsigned)page_shift_right(MIGRATE_BATCH_BYTES);
}

void migrate_copy(void *context)
{
	const struct migrate_batch *batch = context;

	for (unsigned i = 0; i < batch->count; i++)
		arch_copy_pages(vaddr_ptr(paddr_to_linear(batch->to[i])),
				vaddr_ptr(paddr_to_linear(batch->from[i])), page_size());
}

/* One block of the order, or the largest there is below it. */
static bool take_block(enum migrate_where where, unsigned *order, paddr_t *block)
{
	for (;; --*order) {
		bool found = where == MIGRATE_OUT_OF_CMA
				     ? pageblock_take(MIGRATE_UNMOVABLE, *order, block)
				     : pageblock_take_elsewhere(*order, block);

		if (found || !*order)
			return found;
	}
}

/* Pages to move to, from as few blocks as there are. Returns how many of `count` were had. */
static unsigned take_pages(paddr_t *to, unsigned count, enum migrate_where where)
{
	unsigned have = 0;

	while (have < count) {
		unsigned order = 31 - (unsigned)__builtin_clz(count - have);
		paddr_t block;
		u64 word, page;

		if (!take_block(where, &order, &block))
			break;
		page = block.val;
		word = frame_of(block)->word & ~FRAME_ORDER_MASK;
		for (unsigned left = 1U << order; left; left--, page = page_add(page)) {
			frame_of(paddr(page))->word = word;
			to[have++] = paddr(page);
		}
	}
	return have;
}

/* Drop what is no more as it was when it was added. */
static void drop_changed(struct migrate_batch *batch)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < batch->count; i++) {
		if (frame_of(batch->from[i])->word != batch->word[i])
			continue;
		batch->from[kept] = batch->from[i];
		batch->word[kept++] = batch->word[i];
	}
	batch->count = kept;
}

/* The frames of what was moved: the user has the new one, the caller the old one. */
static void hand_over(const struct migrate_batch *batch)
{
	const u64 user = FRAME_OWN_MASK | FRAME_KIND_MASK;

	for (unsigned i = 0; i < batch->count; i++) {
		struct frame *from = frame_of(batch->from[i]), *to = frame_of(batch->to[i]);

		to->word = (to->word & ~user) | (batch->word[i] & user);
		from->word = (from->word & FRAME_PAGEBLOCK_MASK) | FRAME_CLAIMED;
	}
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
	batch->count = batch->moved = take_pages(batch->to, wanted, where);
	buddy_unlock();
	if (batch->count) {
		/* One owner so far; with more, a batch ends where the owner changes. */
		BUILD_ASSERT(RMAP_OWNERS == 1);
		move[rmap_owner(batch->word[0])](batch);
		buddy_lock();
		hand_over(batch);
		buddy_unlock();
	}
	batch->count = 0;
	rmap_unlock();
	return batch->moved < wanted ? -ENOMEM : 0;
}
