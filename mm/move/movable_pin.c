// SPDX-License-Identifier: BSD-2-Clause
/* Pins of movable pages: <mm/movable.h> has their rules, <mm/rmap.h> where they are counted. */
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <mm/addr.h>
#include <mm/buddy.h>
#include <mm/compact.h>
#include <mm/rmap.h>
#include <mm/vmap.h>

#include "inside.h"

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
	page = paddr_page_down(*pa);
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
	movable_stats.pinned += !err;
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
		err = compact_evict(paddr_page_down(*pa), word);
		if (err)
			return err;
	}
	return err;
}

void movable_unpin(const void *at)
{
	struct frame *f;

	rmap_lock();
	f = frame_of(paddr_page_down(vmap_to_paddr(at)));
	buddy_lock();
	ASSERT(frame_kind(f) == FRAME_MOVABLE && rmap_pins(f->word));
	f->word -= 1ULL << (FRAME_OWN_SHIFT + RMAP_PIN_SHIFT);
	buddy_unlock();
	movable_stats.pinned--;
	rmap_unlock();
}
