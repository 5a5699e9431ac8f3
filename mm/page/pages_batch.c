// SPDX-License-Identifier: BSD-2-Clause
/*
 * Many blocks freed at once: what the CPU's hot lists have room for goes there, and the rest to the
 * buddy allocator under one hold of its lock. Blocks that were allocated one after the other lie in
 * rows, mostly, and a row is given back as the few larger blocks that it is made of.
 */
#include "inside.h"

/* Some that wait for what goes on where they end: a list that is filled again ends two of them. */
#define ROWS 8

struct rows {
	unsigned count;
	/* Within a pageblock each, since that has one type. */
	struct row {
		u64 base, end;
	} row[ROWS];
};

static bool in_one_pageblock(u64 a, u64 b)
{
	return (a ^ b) < PAGEBLOCK_BYTES;
}

/* It goes on where another one ends, or ends where that goes on. */
static bool join(struct row *row, u64 base, u64 end)
{
	if (!in_one_pageblock(row->base, base))
		return false;
	if (row->end == base)
		row->end = end;
	else if (row->base == end)
		row->base = base;
	else
		return false;
	return true;
}

static void give(struct rows *rows)
{
	for (unsigned i = 0; i < rows->count; i++) {
		struct row *row = &rows->row[i];
		unsigned other = i + 1;

		while (other < rows->count && !join(&rows->row[other], row->base, row->end))
			other++;
		if (other == rows->count)
			buddy_give(paddr(row->base), paddr(row->end));
	}
	rows->count = 0;
}

static void put(const paddr_t *block, unsigned count, u64 bytes)
{
	struct rows rows = { .count = 0 };
	struct row *last = rows.row;

	for (unsigned i = 0; i < count; i++) {
		u64 base = block[i].val, end = base + bytes;

		if (rows.count && join(last, base, end))
			continue;
		if (rows.count == ROWS)
			give(&rows);
		last = &rows.row[rows.count++];
		*last = (struct row){ base, end };
	}
	give(&rows);
}

/* Does a hot list have room for a block with this word? */
static bool goes_hot(u64 word)
{
	return this_cpu()->pages_hot[(word >> FRAME_ORDER_SHIFT) & (PAGES_HOT_LISTS - 1)].room;
}

void pages_free_all(paddr_t *block, unsigned count, unsigned order)
{
	const u64 wanted = FRAME_ALLOCATED | (u64)order << FRAME_ORDER_SHIFT;
	u64 full = 0; /* what the words of blocks are whose list is */
	unsigned cold = 0;

	for (unsigned i = 0; i < count; i++) {
		u64 word = frame_of(block[i])->word;

		if (word != full) {
			if (GRANULE_DEBUG ||
			    (word & (FRAME_KIND_MASK | FRAME_ORDER_MASK)) != wanted ||
			    goes_hot(word)) {
				pages_free(block[i], order);
				continue;
			}
			full = word;
		}
		block[cold++] = block[i];
	}
	if (!cold)
		return;
	buddy_lock();
	put(block, cold, buddy_block_bytes(order));
	buddy_unlock();
}
