// SPDX-License-Identifier: BSD-2-Clause
/*
 * Many blocks freed at once: what the CPU's hot lists have room for goes there, and the rest to the
 * buddy allocator. Blocks that were allocated one after the other lie in rows, mostly, and a row is
 * given back as the few larger blocks that it is made of. Rows wait for what goes on where they
 * end: a list is filled from its end, so each filling is two of them. Until then the blocks are
 * allocated.
 */
#include "inside.h"

/* Within a pageblock, since that has one type: a row goes on where another ends, or before it. */
static bool join(struct pages_row *row, u64 base, u64 end)
{
	if ((row->base ^ base) >= PAGEBLOCK_BYTES)
		return false;
	if (row->end == base)
		row->end = end;
	else if (row->base == end)
		row->base = base;
	else
		return false;
	return true;
}

/* Rows that go on in another become one with it. */
static void join_all(struct pages_rows *rows)
{
	unsigned count = 0;

	for (unsigned i = 0; i < rows->count; i++) {
		struct pages_row row = rows->row[i];
		unsigned other = i + 1;

		while (other < rows->count && !join(&rows->row[other], row.base, row.end))
			other++;
		if (other == rows->count)
			rows->row[count++] = row;
	}
	rows->count = count;
}

void pages_free_rest(struct pages_rows *rows)
{
	if (!rows->count)
		return;
	join_all(rows);
	buddy_lock();
	for (unsigned i = 0; i < rows->count; i++)
		buddy_give(paddr(rows->row[i].base), paddr(rows->row[i].end));
	buddy_unlock();
	rows->count = 0;
}

static void keep(struct pages_rows *rows, u64 base, u64 end)
{
	if (rows->count && join(&rows->row[rows->count - 1], base, end))
		return;
	if (rows->count == PAGES_ROWS)
		join_all(rows);
	if (rows->count == PAGES_ROWS)
		pages_free_rest(rows);
	rows->row[rows->count++] = (struct pages_row){ base, end };
}

/* Does a hot list have room for a block with this word? */
static bool goes_hot(u64 word)
{
	return this_cpu()->pages_hot[(word >> FRAME_ORDER_SHIFT) & (PAGES_HOT_LISTS - 1)].room;
}

void pages_free_rows(struct pages_rows *rows, const paddr_t *block, unsigned count, unsigned order)
{
	const u64 wanted = FRAME_ALLOCATED | (u64)order << FRAME_ORDER_SHIFT;
	const u64 bytes = buddy_block_bytes(order);
	u64 full = 0; /* what the words of blocks are whose list is */

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
		keep(rows, block[i].val, block[i].val + bytes);
	}
}
