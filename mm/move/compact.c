// SPDX-License-Identifier: BSD-2-Clause
/*
 * Compaction: large blocks, and memory for what can't move, made by moving what can.
 *
 * Ranges are found from the pages that can move, by their areas, not by a walk through all memory:
 * where no movable page is, there is nothing to gain. Of the block of the wanted size that such a
 * page lies in, the first word is that of a head: a larger block that holds it would hold the
 * page, too, and of what was reserved at boot I2 (<mm/frame.h>) has a word written.
 */
#include <arch/page.h>
#include <kernel/errno.h>
#include <mm/buddy.h>
#include <mm/compact.h>
#include <mm/contig.h>
#include <mm/migrate.h>
#include <mm/movable.h>
#include <mm/pageblock.h>
#include <mm/pages.h>
#include <mm/rmap.h>
#include <mm/slab.h>

/* Does [base, base + bytes) hold nothing but free and movable memory, in pageblocks of `type`? */
static bool can_be_emptied(u64 base, u64 bytes, enum migratetype type)
{
	struct frame_walk w = { .next = base };
	const struct frame *f;

	while ((f = frame_walk(&w, base + bytes))) {
		if (frame_kind(f) != FRAME_FREE && !rmap_may_move(f->word))
			return false;
		if (paddr_is_aligned(w.at, PAGEBLOCK_BYTES) && frame_pageblock_type(w.at) != type)
			return false;
	}
	return true;
}

/* The next range worth a try, by the movable pages from *cursor on. */
static bool next_range(struct movable_cursor *cursor, u64 bytes, u64 *base, enum migratetype *type)
{
	paddr_t page;

	while (movable_next(cursor, &page)) {
		u64 candidate = ALIGN_DOWN(page.val, bytes);
		bool found = false;

		/* Neighbours in an area mostly are, in memory. What is beyond it has no words. */
		if (candidate == *base || !buddy_spans(paddr(candidate), bytes))
			continue;
		*base = candidate;
		buddy_lock();
		if (frame_kind(frame_of(page)) == FRAME_MOVABLE) {
			*type = frame_pageblock_type(page);
			found = *type < MIGRATE_CMA && can_be_emptied(candidate, bytes, *type);
		}
		buddy_unlock();
		if (found)
			return true;
	}
	return false;
}

/* The claimed range is a block that was allocated, as pageblock_take would have it. */
static void make_allocated(paddr_t block, unsigned order, enum migratetype as)
{
	u64 end = block.val + (page_size() << order);

	frame_of(block)->word =
		(u64)as << FRAME_LIST_SHIFT | (u64)order << FRAME_ORDER_SHIFT | FRAME_ALLOCATED;
	/* Of all whole ones, as buddy_take does. */
	for (; order >= buddy_pageblock_order() && block.val < end; block.val += PAGEBLOCK_BYTES)
		frame_set_pageblock_type(block, as);
}

/* What slab caches and CPUs keep may be enough. */
static bool shrink_slabs(enum migratetype type, unsigned order, paddr_t *block)
{
	bool found;

	if (!slab_shrink())
		return false;
	pages_drain();
	buddy_lock();
	found = pageblock_take(type, order, block);
	buddy_unlock();
	return found;
}

int compact_block(enum migratetype type, unsigned order, paddr_t *block)
{
	struct movable_cursor cursor = { 0 };
	u64 bytes = page_size() << order, base = ~0ULL;
	struct contig_result result;
	enum migratetype from;

	if (shrink_slabs(type, order, block))
		return 0;
	/* Without memory to move to, or to be merged, a search can't end well. */
	if (pages_free_bytes() < bytes)
		return -ENOMEM;
	while (next_range(&cursor, bytes, &base, &from)) {
		int err = contig_take(paddr(base), bytes, from, false, &result);

		if (err == -ENOMEM)
			return err;
		if (err)
			continue;
		*block = paddr(base);
		buddy_lock();
		make_allocated(*block, order, order < buddy_pageblock_order() ? from : type);
		buddy_unlock();
		return 0;
	}
	return -ENOMEM;
}

/* One page outside of CMA, by moving another one into it. */
static int make_room(void)
{
	paddr_t page;
	int err = compact_block(MIGRATE_UNMOVABLE, 0, &page);

	if (!err)
		contig_give(page, page_size());
	return err;
}

static int evict(paddr_t page, u64 word)
{
	struct migrate_batch batch;
	int err;

	batch.count = 0;
	migrate_add(&batch, page, word);
	err = migrate_run(&batch, MIGRATE_OUT_OF_CMA);
	if (batch.moved)
		contig_give(page, page_size());
	return err;
}

int compact_evict(paddr_t page, u64 word)
{
	int err = evict(page, word);

	if (!err)
		return 0;
	pages_drain();
	err = evict(page, word);
	if (err && !make_room())
		err = evict(page, word);
	return err ? -ENOMEM : 0;
}
