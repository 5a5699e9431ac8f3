/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A naive map of the moving machine's memory, a byte a page, and where by it a contiguous range has
 * to be found.
 */
#ifndef RANGE_MAP_H
#define RANGE_MAP_H

#include "moving.h"

#include <mm/contig_alloc.h>

/* In order of what taking it costs. Pages of CMA regions are fixed here. */
enum range_page { RANGE_FIXED, RANGE_EMPTY, RANGE_MOVING };

/* As it is now: by the words of heads, and by the areas. Drains the hot lists. */
void range_map_draw(void);
enum range_page range_map_at(u64 pa);

/* Of the last request. */
extern struct contig_result range_result;

/* All invariants but those of CMA's claims. */
void range_check(void);

/* A row of claimed blocks, none larger than a pageblock, and no pageblock is CMA's. */
void range_is_taken(u64 base, u64 bytes);

/* Ask for a range, and get what the map says: the lowest place there is, or the reason why not. */
bool range_alloc(const struct contig_request *request, u64 *base);
void range_give(u64 base, u64 bytes);

#endif
