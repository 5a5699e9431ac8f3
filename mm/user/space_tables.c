// SPDX-License-Identifier: BSD-2-Clause
/*
 * Tables of user spaces: had before an entry is written, and given back after tables were emptied,
 * so that nothing is allocated or freed under rmap_lock. In between they wait in the space's own
 * list of spares.
 *
 * A table takes what it needs, as far as chunks go (mm/heap/chunk.c): the root has 4 KiB, 64 bytes
 * and 512 bytes at 4K, 16K and 64K, and all others are a page of the space's.
 */
#include <arch/pgtable_geometry.h>
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <mm/addr.h>
#include <mm/chunk.h>
#include <mm/hooks.h>
#include <mm/rmap.h>
#include <mm/table_pages.h>

#include "inside.h"

static struct space *space_of(struct pgtable *pt)
{
	return container_of(pt, struct space, pt);
}

/* ---- memory ---- */

static int alloc(u64 bytes, paddr_t *table)
{
	if (bytes >= page_size())
		return table_pages_take(bytes, PAGES_COMPACT, table);
	return fault_inject(FAULT_TABLES) ? -ENOMEM : chunk_alloc(bytes, PAGES_COMPACT, table);
}

static void give_back(u64 bytes, paddr_t table)
{
	if (bytes < page_size())
		chunk_free(table);
	else
		table_pages_free(NULL, bytes, table);
}

/* ---- spares. Under rmap_lock ---- */

static void push(struct space *space, paddr_t table)
{
	void **spare = vaddr_ptr(paddr_to_linear(table));

	*spare = space->spare_tables;
	space->spare_tables = spare;
	space->spares++;
}

static paddr_t pop(struct space *space)
{
	void **spare = space->spare_tables;

	space->spare_tables = *spare;
	space->spares--;
	return linear_to_paddr(vaddr_of(spare));
}

/* What the walker takes and leaves. The root comes and goes when there is no spare. */
static int take_spare(struct pgtable *pt, u64 bytes, paddr_t *table)
{
	struct space *space = space_of(pt);

	if (!space->spares)
		return alloc(bytes, table);
	*table = pop(space);
	return 0;
}

static void keep_as_spare(struct pgtable *pt, u64 bytes, paddr_t table)
{
	ASSERT(bytes == granule_page_bytes(pt->granule));
	push(space_of(pt), table);
}

static void free_now(struct pgtable *pt, u64 bytes, paddr_t table)
{
	(void)pt;
	give_back(bytes, table);
}

/* ---- before and after ---- */

static int reserve(struct space *space, unsigned count)
{
	while (space->spares < count) {
		paddr_t table;
		int err = alloc(space_page_bytes(space), &table);

		if (err)
			return err;
		rmap_lock();
		push(space, table);
		rmap_unlock();
	}
	return 0;
}

/* The level of the last table on the way to `va`. */
static unsigned reach_of(const struct space *space, u64 va)
{
	struct pgtable_walk walk;
	paddr_t pa;

	pgtable_walk(&space->pt, vaddr(va), &walk, &pa);
	return walk.last_level;
}

int space_tables_prepare(struct space *space, u64 va)
{
	return reserve(space, GRANULE_LAST_LEVEL - reach_of(space, va));
}

/* How many are missing for `va`, besides those for `before`, below it. */
static unsigned missing_after(const struct space *space, u64 va, u64 before)
{
	unsigned missing = 0;

	/* A table of a level maps what an entry of the one above does. */
	for (unsigned level = reach_of(space, va); level < GRANULE_LAST_LEVEL; level++)
		missing += (va ^ before) >= pgtable_span(&space->pt, level);
	return missing;
}

int space_tables_prepare_move(struct space *space, u64 at, u64 bytes, u64 new_at)
{
	const unsigned shift = space->pt.granule->shift;
	u64 last = at + bytes - 1, delta = new_at - at, before = ~0ULL;
	unsigned missing = 0, count;

	rmap_lock();
	for (u64 va = at; va <= last; va += (u64)count << shift) {
		const pte_t *entry = pgtable_next_pages(&space->pt, &va, last, &count);

		if (!entry)
			break;
		for (unsigned i = 0; i < count; i++) {
			u64 to = va + ((u64)i << shift) + delta;

			if (!pte_valid(pgtable_read(&entry[i])))
				continue;
			if ((to ^ before) >= pgtable_span(&space->pt, GRANULE_LAST_LEVEL - 1))
				missing += missing_after(space, to, before);
			before = to;
		}
	}
	rmap_unlock();
	return reserve(space, missing);
}

void space_tables_trim(struct space *space)
{
	while (space->spares) {
		paddr_t table;

		rmap_lock();
		table = pop(space);
		rmap_unlock();
		give_back(space_page_bytes(space), table);
	}
}

void space_tables_release(struct space *space, u64 at, u64 end, u64 gap, u64 gap_end)
{
	const u64 reach = pgtable_span(&space->pt, GRANULE_LAST_LEVEL - 1);

	/* Most gaps are smaller than what a table maps. */
	if (ALIGN_UP(gap, reach) >= ALIGN_DOWN(gap_end, reach))
		return;
	rmap_lock();
	pgtable_release(&space->pt, vaddr(at), end - at, gap, gap_end - 1);
	rmap_unlock();
	space_tables_trim(space);
}

int space_tables_init(struct space *space)
{
	space->pt.table_offset = LINEAR_BASE;
	space->pt.alloc = take_spare;
	space->pt.free = keep_as_spare;
	return pgtable_init(&space->pt);
}

void space_tables_destroy(struct space *space)
{
	space_tables_trim(space);
	space->pt.free = free_now;
	pgtable_destroy(&space->pt);
}
