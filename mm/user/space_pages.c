// SPDX-License-Identifier: BSD-2-Clause
/*
 * The pages of a space: dropped, given other permissions, counted.
 *
 * Pages go in batches: entries, records and frames' words under one hold of rmap_lock; then one
 * wait for the TLBs of all CPUs; then memory. A page that is out of its table is FRAME_ALLOCATED,
 * so nobody moves it, and until it is freed nobody else has it.
 */
#include <arch/cache.h>
#include <arch/pgtable_geometry.h>
#include <arch/tlb.h>
#include <kernel/assert.h>
#include <mm/addr.h>
#include <mm/buddy.h>
#include <mm/pages.h>
#include <mm/rmap.h>

#include "inside.h"

/* What was taken is nobody's now. The space's own pages go to block[]; returns how many. */
static unsigned disown(struct space *space, const struct pgtable_taken *taken, paddr_t *block,
		       void **spent)
{
	unsigned own = 0;

	buddy_lock();
	for (unsigned i = 0; i < taken->count; i++) {
		pte_t entry = taken->entry[i];
		struct frame *f;
		u64 word;

		if (!pte_is_own(entry))
			continue;
		f = frame_of(pte_addr(entry));
		word = f->word;
		ASSERT(rmap_may_move(word) && rmap_owner(word) == RMAP_USER);
		frame_set_kind(f, FRAME_ALLOCATED);
		space_record_put(rmap_where(word), spent);
		block[own++] = pte_addr(entry);
	}
	buddy_unlock();
	space->resident_bytes -= (u64)own << space->pt.granule->shift;
	return own;
}

void space_pages_drop(struct space *space, u64 first, u64 last)
{
	struct pgtable_taken taken;
	paddr_t block[PGTABLE_TAKEN_MOST];
	struct pages_rows rows = { .count = 0 };
	bool more = true;

	while (more) {
		void *spent = NULL;
		unsigned own;

		rmap_lock();
		more = pgtable_take_pages(&space->pt, &first, last, &taken);
		own = taken.count ? disown(space, &taken, block, &spent) : 0;
		rmap_unlock();
		if (taken.count && space->pt.live)
			tlb_flush_pages(taken.va, taken.count);
		pages_free_rows(&rows, block, own, space->order);
		space_record_free(spent);
	}
	pages_free_rest(&rows);
}

/* What the kernel has put into pages that can be executed from now on is what is fetched. */
static void sync_text(struct space *space, u64 first, u64 last)
{
	const u64 bytes = space_page_bytes(space);
	unsigned count;
	pte_t *entry;

	for (u64 va = first; va <= last; va += count * bytes) {
		entry = pgtable_next_pages(&space->pt, &va, last, &count);
		for (unsigned i = 0; entry && i < count; i++) {
			pte_t page = pgtable_read(&entry[i]);
			u8 *at = vaddr_ptr(paddr_to_linear(pte_addr(page)));

			if (pte_is_own(page) && page.val & PTE_UXN)
				cache_sync_icache(at, at + bytes);
		}
		if (!entry)
			return;
	}
}

void space_pages_permit(struct space *space, u64 first, u64 last, enum map_kind kind)
{
	rmap_lock();
	if (kind == MAP_USER_TEXT || kind == MAP_USER_RWX)
		sync_text(space, first, last);
	pgtable_permit_pages(&space->pt, first, last, kind);
	rmap_unlock();
}

u64 space_pages_bytes(struct space *space, u64 first, u64 last)
{
	const u64 bytes = space_page_bytes(space);
	unsigned count;
	u64 found = 0;

	rmap_lock();
	for (u64 va = first; va <= last; va += count * bytes) {
		const pte_t *entry = pgtable_next_pages(&space->pt, &va, last, &count);

		if (!entry)
			break;
		for (unsigned i = 0; i < count; i++)
			found += pte_is_own(pgtable_read(&entry[i]));
	}
	rmap_unlock();
	return found * bytes;
}
