/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files about movable areas share. */
#ifndef MM_MOVE_INSIDE_H
#define MM_MOVE_INSIDE_H

#include <arch/layout.h>
#include <arch/page.h>
#include <mm/movable.h>

/* An area's pages have numbers, from VMAP_BASE on. */
static inline u64 movable_page_number(u64 va)
{
	return page_shift_right(va - VMAP_BASE);
}

static inline u64 movable_page_address(u64 number)
{
	return VMAP_BASE + page_shift_left(number);
}

#endif
