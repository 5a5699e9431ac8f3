/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Movable memory: kernel-virtual areas whose pages may move under their user, which sees the same
 * content at the same addresses. They fill CMA regions until these are claimed.
 *
 *   M1  each page of an area is mapped by an entry of its own to a FRAME_MOVABLE frame, whose
 *       reverse map (mm/rmap.h) says this page of this area
 *   M2  as many pages of RAM are FRAME_MOVABLE as areas have
 *
 * The physical address of such memory must not be used unless it is pinned:
 *
 *   a short pin  for the length of a piece of code that allocates nothing and waits for nothing.
 *                Code that needs the page elsewhere waits for it, at most MIGRATE_WAIT_NS: a
 *                short pin that is held longer is the holder's bug
 *   a long pin   for as long as wanted. The page leaves CMA regions first, so it blocks no claim
 *
 * Page size enters by the pages that areas are made of. Locking: rmap_lock, below the areas' own.
 * Context: after mm_init. movable_alloc and movable_pin may sleep, as compaction does.
 */
#ifndef MM_MOVABLE_H
#define MM_MOVABLE_H

#include <kernel/compiler.h>
#include <kernel/types.h>

struct migrate_batch;

/*
 * movable_alloc - an area of `bytes`, rounded up to pages, readable and writable.
 *
 * flags: VMALLOC_ZERO, or 0. NULL for 0 bytes, and without enough memory, tables or addresses.
 */
void *movable_alloc(u64 bytes, unsigned flags) __must_check;

/* Give it all back. `at` is what movable_alloc returned, or NULL. No page of it may be pinned. */
void movable_free(void *at);

enum movable_pin {
	MOVABLE_PIN_SHORT,
	MOVABLE_PIN_LONG,
};

/*
 * movable_pin - let the page that holds `at` stay where it is, until movable_unpin.
 *
 * Returns 0 and the physical address of `at` in *pa. -EINVAL when `at` is in no movable area,
 * -EBUSY when the page has RMAP_PINS_MOST pins or another short pin keeps it in a CMA region,
 * -ENOMEM when a long pin has to move it and there is no memory outside CMA.
 */
int movable_pin(const void *at, enum movable_pin how, paddr_t *pa) __must_check;
void movable_unpin(const void *at);

/* Where one is among the pages of movable areas; start with zeroes. */
struct movable_cursor {
	u64 at; /* the virtual address of the page that movable_next found last */
	u64 next;
	u64 end;
};

/*
 * movable_next - the next page of a movable area, in ascending order of virtual addresses.
 *
 * For code that looks for pages to move: the answer is a hint, and the frame's word decides.
 */
bool movable_next(struct movable_cursor *cursor, paddr_t *pa);

/* For mm/move/migrate.c: the owner's part in moving pages of areas. */
void movable_move(struct migrate_batch *batch);

struct movable_stats {
	u64 bytes;  /* in areas */
	u64 pinned; /* pins that are held now */
};

extern struct movable_stats movable_stats; /* under rmap_lock */

/*
 * NULL when M1 and M2 hold, or a sentence about the first that does not, and where. Takes
 * rmap_lock.
 */
const char *movable_check(vaddr_t *where);

#endif
