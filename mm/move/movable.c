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
#include <mm/vmap_inside.h>

/* Pages that are mapped or unmapped at a time: a TLB flush is shared by so many. */
#define BATCH 64

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

/* Map pages that were allocated at `va`, and make them movable. */
static int add_pages(u64 va, const paddr_t *pages, unsigned count)
{
	u64 number = page_number(va);
	int err;

	rmap_lock();
	err = pgtable_map_array(vmap_tables_lock(), vaddr(va), pages, count, MAP_DATA);
	vmap_tables_unlock();
	buddy_lock();
	for (unsigned i = 0; i < count && !err; i++) {
		struct frame *f = frame_of(pages[i]);

		frame_set_kind(f, FRAME_MOVABLE);
		frame_set_own(f, rmap_own(RMAP_AREA, number + i));
	}
	buddy_unlock();
	if (!err)
		stats.bytes += page_shift_left(count);
	rmap_unlock();
	return err;
}

static int alloc_pages(paddr_t *pages, unsigned count, unsigned flags)
{
	for (unsigned i = 0; i < count; i++) {
		int err = pages_alloc(0, flags, &pages[i]);

		if (err) {
			while (i--)
				pages_free(pages[i], 0);
			return err;
		}
	}
	return 0;
}

/* On an error all up to *at has memory, and nothing beyond. */
static int fill(u64 *at, u64 end, unsigned flags)
{
	paddr_t pages[BATCH];

	while (*at < end) {
		unsigned count = (unsigned)MIN(page_shift_right(end - *at), (u64)BATCH);
		int err = alloc_pages(pages, count, flags);

		if (err)
			return err;
		err = add_pages(*at, pages, count);
		if (err) {
			while (count--)
				pages_free(pages[count], 0);
			return err;
		}
		*at += page_shift_left(count);
	}
	return 0;
}

/* The pages from `va` on are an area's no more, nor mapped; they are the caller's. */
static void take_pages(u64 va, paddr_t *pages, unsigned count)
{
	int err;

	rmap_lock();
	for (unsigned i = 0; i < count; i++)
		pages[i] = vmap_to_paddr(vaddr_ptr(vaddr(va + page_shift_left(i))));
	err = pgtable_unmap(vmap_tables_lock(), vaddr(va), page_shift_left(count));
	vmap_tables_unlock();
	ASSERT(!err);
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
	rmap_unlock();
}

static void empty(u64 at, u64 end)
{
	paddr_t pages[BATCH];

	while (at < end) {
		unsigned count = (unsigned)MIN(page_shift_right(end - at), (u64)BATCH);

		take_pages(at, pages, count);
		at += page_shift_left(count);
		while (count--)
			pages_free(pages[count], 0);
	}
}

void *movable_alloc(u64 bytes, unsigned flags)
{
	unsigned page_flags = PAGES_MOVABLE | (flags & MOVABLE_ZERO ? PAGES_ZERO : 0);
	u64 whole = page_align_up(bytes), at;
	struct vmap_area *area;

	if (!bytes || whole < bytes)
		return NULL;
	area = vmap_reserve(whole, page_size(), VMAP_TYPE_MOVABLE, __builtin_return_address(0));
	if (!area)
		return NULL;
	area->tail = (u16)(whole - bytes);
	at = area->base;
	if (fill(&at, area->base + whole, page_flags)) {
		empty(area->base, at);
		vmap_unreserve(area);
		return NULL;
	}
	alloc_observe(ALLOC_AREA, bytes, 0);
	return vaddr_ptr(vaddr(area->base));
}

void movable_free(void *at)
{
	struct vmap_area *area;

	if (!at)
		return;
	area = vmap_lookup(__func__, at, 1 << VMAP_TYPE_MOVABLE);
	empty(area->base, area->base + area->bytes);
	vmap_unreserve(area);
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
	struct vmap_place place;
	bool mapped = false;

	while (!mapped) {
		if (cursor->next == cursor->end) {
			if (!vmap_next(cursor->end, &place))
				return false;
			cursor->end = place.base + place.bytes;
			cursor->next = place.type == VMAP_TYPE_MOVABLE ? place.base : cursor->end;
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
	const struct vmap_area *area = vmap_holding(vaddr_of(at).val, 1);
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
