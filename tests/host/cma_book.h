/* SPDX-License-Identifier: BSD-2-Clause */
/* A naive book of the moving machine: which page is whose, what is pinned, and what that allows. */
#ifndef CMA_BOOK_H
#define CMA_BOOK_H

#include "moving.h"

#include <mm/movable.h>

#define BOOK_AREAS 120
#define BOOK_PINS  30
#define BOOK_HELD  150

extern struct moving_area book_areas[BOOK_AREAS];

extern struct pin {
	void *at; /* NULL: none */
	u64 pa;
	enum movable_pin how;
} book_pins[BOOK_PINS];

/* Blocks that can't move, and claims. */
extern struct held {
	u64 pa; /* 0: none */
	u64 bytes;
	struct cma_region *region; /* NULL: a block */
	unsigned order;
	u64 sign;
} book_held[BOOK_HELD];

/* All memory that is free now is what there is. */
void book_begin(void);

/* No page has two owners, what has none is free, and what is pinned is where it was. */
void book_check(void);

bool book_in_cma(u64 pa);
u64 book_pages_of(u64 bytes);

/* Is a page of the area pinned; has this page a short pin; has a page of the region any? */
bool book_is_pinned(const struct moving_area *area);
bool book_has_short_pin(u64 page);
bool book_has_pins(const struct cma_region *region);

/* Write into every page of a block or claim, and see whether it is still there. */
void book_sign(struct held *h);
void book_verify(const struct held *h);

/* A page outside of regions could be moved, into one. */
bool book_could_make_room(void);

/* The highest place for a claim that no other claim is in; false: there is none. */
bool book_find_place(const struct cma_region *region, u64 bytes, u64 align, u64 *place);

#endif
