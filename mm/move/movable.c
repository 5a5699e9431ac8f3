// SPDX-License-Identifier: BSD-2-Clause
/*
 * Areas of movable pages, and pins. <mm/movable.h> has the contract and the invariants.
 *
 * A page becomes FRAME_MOVABLE and is mapped under one hold of rmap_lock: before, it is
 * FRAME_ALLOCATED, and a claim that wants it out of the way waits for that moment.
 */
#include <arch/mmu.h>
#include <arch/page.h>
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <lib/format.h>
#include <lib/panic.h>
#include <mm/buddy.h>
#include <mm/compact.h>
#include <mm/hooks.h>
#include <mm/migrate.h>
#include <mm/movable.h>
#include <mm/pages.h>
#include <mm/rmap.h>
#include <mm/vmap.h>

static struct movable_stats stats; /* under rmap_lock */

/* An area's pages have numbers, from VMAP_BASE on. */
static u64 page_number(u64 va)
{
	return page_shift_right(va - VMAP_BASE);
}

static u64 page_address(u64 number)
{
	return VMAP_BASE + page_shift_left(number);
}

BUILD_ASSERT(VMAP_BYTES >> PAGE_SHIFT_MIN <= 1ULL << RMAP_WHERE_BITS);

static struct frame *frame_at(u64 va)
{
	return frame_of(vmap_to_paddr(vaddr_ptr(vaddr(page_align_down(va)))));
}

/* ---- areas ---- */

/* Pages of the caller are mapped from `va` on: they can move now. */
static void make_movable(u64 va, const paddr_t *pages, unsigned count)
{
	u64 number = page_number(va);

	buddy_lock();
	for (unsigned i = 0; i < count; i++) {
		struct frame *f = frame_of(pages[i]);

		frame_set_kind(f, FRAME_MOVABLE);
		frame_set_own(f, rmap_own(RMAP_AREA, number + i));
	}
	buddy_unlock();
	stats.bytes += page_shift_left(count);
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
	stats.bytes -= page_shift_left(count);
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
		va[i] = vaddr(page_address(rmap_where(batch->word[i])));
	pgtable_move_pages(mmu_lock(), va, batch->to, batch->count, migrate_copy, batch);
	mmu_unlock();
}

bool movable_next(struct movable_cursor *cursor, paddr_t *pa)
{
	struct vmap_area area;
	bool mapped = false;

	while (!mapped) {
		if (cursor->next == cursor->end) {
			if (!vmap_next(cursor->end, &area))
				return false;
			cursor->end = area.base + area.bytes;
			cursor->next = area.type == VMAP_TYPE_MOVABLE ? area.base : cursor->end;
			continue;
		}
		cursor->at = cursor->next;
		mapped = pgtable_lookup(mmu_kernel_pgtable(), vaddr(cursor->at), pa);
		cursor->next = page_add(cursor->at);
	}
	return true;
}

/* ---- pins ---- */

/* A page can be pinned where it is unless somebody is emptying that, or may want to (a region). */
static bool may_stay(paddr_t page, enum movable_pin how)
{
	enum migratetype type = frame_pageblock_type(page);

	return type < MIGRATE_CMA || (type == MIGRATE_CMA && how == MOVABLE_PIN_SHORT);
}

/* Pin the page, if it can stay: 0, -EBUSY, or -EAGAIN and its frame's word when it has to move. */
static int try_pin(const void *at, enum movable_pin how, paddr_t *pa, u64 *word)
{
	paddr_t page;
	struct frame *f;
	int err = 0;

	rmap_lock();
	*pa = vmap_to_paddr(at);
	page = paddr(page_align_down(pa->val));
	f = frame_of(page);
	buddy_lock();
	*word = f->word;
	if (rmap_pins(f->word) == RMAP_PINS_MOST)
		err = -EBUSY;
	else if (!may_stay(page, how))
		err = rmap_pins(f->word) ? -EBUSY : -EAGAIN;
	else
		f->word += 1ULL << (FRAME_OWN_SHIFT + RMAP_PIN_SHIFT);
	buddy_unlock();
	stats.pinned += !err;
	rmap_unlock();
	return err;
}

int movable_pin(const void *at, enum movable_pin how, paddr_t *pa)
{
	const struct vmap_area *area = vmap_holding(vaddr_of(at).val);
	int err;
	u64 word;

	if (!area || area->type != VMAP_TYPE_MOVABLE)
		return -EINVAL;
	/* Again after each move: it is moved at most as often as others claim what it moved to. */
	while ((err = try_pin(at, how, pa, &word)) == -EAGAIN) {
		err = compact_evict(paddr(page_align_down(pa->val)), word);
		if (err)
			return err;
	}
	return err;
}

void movable_unpin(const void *at)
{
	struct frame *f;

	rmap_lock();
	f = frame_at(vaddr_of(at).val);
	buddy_lock();
	ASSERT(frame_kind(f) == FRAME_MOVABLE && rmap_pins(f->word));
	f->word -= 1ULL << (FRAME_OWN_SHIFT + RMAP_PIN_SHIFT);
	buddy_unlock();
	stats.pinned--;
	rmap_unlock();
}

/* ---- who has what ---- */

void movable_read_stats(struct movable_stats *to)
{
	rmap_lock();
	*to = stats;
	rmap_unlock();
}

void movable_report(int (*print)(const char *fmt, ...))
{
	char size[FORMAT_BYTES_SIZE];
	struct movable_stats now;

	movable_read_stats(&now);
	print("movable: areas of %s, %llu pins, %llu accesses waited for a page that moved\n",
	      format_bytes(size, sizeof(size), now.bytes), now.pinned, mmu_waits());
}

const char *movable_check(vaddr_t *where)
{
	struct movable_cursor cursor = { 0 };
	u64 bytes = 0, pinned = 0;
	paddr_t page;

	while (movable_next(&cursor, &page)) {
		u64 word = frame_of(page)->word;

		where->val = cursor.at;
		bytes += page_size();
		if ((word & FRAME_KIND_MASK) != FRAME_MOVABLE)
			return "M1: a page of a movable area is not a movable frame";
		if (rmap_owner(word) != RMAP_AREA || rmap_where(word) != page_number(cursor.at))
			return "M1: a movable frame's reverse map is wrong";
		pinned += rmap_pins(word);
	}
	return bytes != stats.bytes || pinned != stats.pinned
		       ? "M2: movable pages or pins don't add up"
		       : NULL;
}
