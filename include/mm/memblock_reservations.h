/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What of memory others have, as the devicetree and the options say it: steps 4 to 11 of
 * memblock_devicetree_reserve(), whose header has the order, the errors and the sources.
 *
 * Locking and context: memblock's (boot, one CPU). Prints what it refuses or changes.
 * No page size enters but the largest, in MEMBLOCK_UNIT.
 */
#ifndef MM_MEMBLOCK_RESERVATIONS_H
#define MM_MEMBLOCK_RESERVATIONS_H

#include <mm/memblock_devicetree.h>

/* Makes all of them. memblock has the memory by now, and what runs in it is reserved. */
int memblock_reservations_make(const struct devicetree *dt,
			       const struct memblock_setup *setup) __must_check;

#endif
