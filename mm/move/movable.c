// SPDX-License-Identifier: BSD-2-Clause
/*
 * Areas of movable pages. <mm/movable.h> has the contract and the invariants.
 *
 * A page becomes FRAME_MOVABLE and is mapped under one hold of rmap_lock: before, it is
 * FRAME_ALLOCATED, and a claim that wants it out of the way waits for that moment.
 */
#include <arch/mmu.h>
#include <arch/page.h>
#include <kernel/assert.h>
#include <lib/panic.h>
#include <mm/buddy.h>
#include <mm/hooks.h>
#include <mm/migrate.h>
#include <mm/movable.h>
#include <mm/pages.h>
#include <mm/rmap.h>
#include <mm/vmap.h>

#include "inside.h"

struct movable_stats movable_stats;

BUILD_ASSERT(VMAP_BYTES >> PAGE_SHIFT_MIN <= 1ULL << RMAP_WHERE_BITS);

/* ---- areas ---- */

/* Pages of the caller are mapped from `va` on: they can move now. */
static void make_movable(u64 va, const paddr_t *pages, unsigned count)
{
	u64 number = movable_page_number(va);

	buddy_lock();
	for (unsigned i = 0; i < count; i++) {
		struct frame *f = frame_of(pages[i]);

		frame_set_kind(f, FRAME_MOVABLE);
		frame_set_own(f, rmap_own(RMAP_AREA, number + i));
	}
	buddy_unlock();
	movable_stats.bytes += page_shift_left(count);
}

/* Those from `va` on are mapped no more: they are the caller's. */
static void make_fixed(u64 va, const paddr_t *pages, unsigned count)
{
	buddy_lock();
	for (unsigned i = 0; i < count; i++) {
		struct frame *f = frame_of(pages[i]);

		ASSERT(frame_kind(f) == FRAME_MOVABLE);
		if (rmap_pins(f->word))
			panic("movable_free: %#llx is pinned", va + page_shift_left(i));
		frame_set_kind(f, FRAME_ALLOCATED);
	}
	buddy_unlock();
	movable_stats.bytes -= page_shift_left(count);
}

static const struct vmalloc_kind movable = {
	.type = VMAP_TYPE_MOVABLE,
	.pages_only = true,
	.page_flags = PAGES_MOVABLE,
	.lock = rmap_lock,
	.unlock = rmap_unlock,
	.mapped = make_movable,
	.unmapped = make_fixed,
};

void *movable_alloc(u64 bytes, unsigned flags)
{
	return vmalloc_of(&movable, bytes, flags, __builtin_return_address(0));
}

void movable_free(void *at)
{
	vmalloc_free(&movable, at, __func__);
}

/* ---- moving ---- */

void movable_move(struct migrate_batch *batch)
{
	vaddr_t va[MIGRATE_BATCH_MOST];

	for (unsigned i = 0; i < batch->count; i++)
		va[i] = vaddr(movable_page_address(rmap_where(batch->word[i])));
	pgtable_move_pages(mmu_lock(), va, batch->to, batch->count, migrate_copy, batch);
	mmu_unlock();
}

bool movable_next(struct movable_cursor *cursor, paddr_t *pa)
{
	struct vmap_area area;

	do {
		while (cursor->next == cursor->end) {
			if (!vmap_next(cursor->end, &area))
				return false;
			cursor->end = area.base + area.bytes;
			cursor->next = area.type == VMAP_TYPE_MOVABLE ? area.base : cursor->end;
		}
		cursor->at = cursor->next;
		cursor->next = page_add(cursor->at);
	} while (!pgtable_lookup(mmu_kernel_pgtable(), vaddr(cursor->at), pa));
	return true;
}
