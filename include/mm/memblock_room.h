/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Room for memblock's lists on a machine whose devicetree names more ranges than they begin with:
 * vendors' trees have hundreds of reservations, and any number works that fits in RAM.
 *
 * The tree is read before any list is made: how many regions its ranges come to at most, and where
 * free memory for so many lies. Nothing is kept. Where ranges come in ascending order, as they
 * do, a search is one walk over them; each one out of order may cost another walk.
 *
 * Context: boot, libfdt at hand. Page size enters as PAGE_SIZE_MAX, so that the place is whole
 * pages at each granule.
 */
#ifndef MM_MEMBLOCK_ROOM_H
#define MM_MEMBLOCK_ROOM_H

#include <mm/memblock_devicetree.h>

/*
 * How many bytes memblock_lend() needs for this tree: a multiple of PAGE_SIZE_MAX; 0, nearly
 * always: none.
 */
u64 memblock_room_bytes(const struct devicetree *dt);

/*
 * Finds `bytes` at a multiple of PAGE_SIZE_MAX that are memory and free: the lowest of the first
 * memory node that has them, below setup->address_end and within linux,usable-memory-range; no part
 * of the image, the tree, the initrd, the core header or a static reservation. Of `setup` the first
 * two and address_end are read. False: there are none, and *base is junk.
 */
bool memblock_room_find(const struct devicetree *dt, const struct memblock_setup *setup, u64 bytes,
			paddr_t *base);

#endif
