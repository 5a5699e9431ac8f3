/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fills memblock from the devicetree: what memory there is, and what of it is taken
 * before the kernel takes any itself.
 *
 * Locking and context: memblock's (boot, one CPU). Prints what it refuses or changes.
 * No page size enters: `granularity` is bytes.
 * Source: Devicetree Specification v0.4, sections 3.4, 3.5 and 5.3; Linux' bindings
 * reserved-memory/reserved-memory.yaml and shared-dma-pool.yaml.
 */
#ifndef MM_MEMBLOCK_DEVICETREE_H
#define MM_MEMBLOCK_DEVICETREE_H

#include <kernel/devicetree_memory.h>
#include <kernel/types.h>

/* What the tree doesn't say. Zero is the default where one is named. */
struct memblock_setup {
	paddr_t image_base; /* the kernel with all that belongs to it, early tables included */
	u64 image_bytes;
	paddr_t devicetree_base; /* where the tree lies, and as much of it as is content */
	u64 devicetree_bytes;
	u64 memory_limit; /* `mem=`; 0: none */
	u64 address_end;  /* what lies at or above isn't reachable by this CPU; 0: all is */
	/*
	 * Dynamic reservations are multiples of it, in place and size: the page size, or the
	 * largest one, so that they don't move with it. 0: 1 byte.
	 */
	u64 granularity;
	u64 cma_align; /* the same for those that CMA will lend out; 0: granularity */

	/*
	 * Told of each reservation of /reserved-memory that was made, and where: for a dynamic
	 * one this is the only place that ever knows. May be NULL.
	 */
	void (*placed)(void *context, const struct devicetree_reservation *reservation,
		       paddr_t base);
	void *context;
};

/* Where the initial ramdisk lies: byte-exact, rounded by nobody. bytes 0: there is none. */
struct memblock_initrd {
	paddr_t base;
	u64 bytes;
};

/*
 * In this order, since earlier owners win where ranges overlap:
 *   1  memory nodes, below address_end, within linux,usable-memory-range if there is one
 *   2  the image, the tree and the initrd are reserved; the first two are made memory if
 *      the tree forgot them, an initrd that isn't memory is refused
 *   3  memory_limit is applied; what 2 reserved stays
 *   4  static children of /reserved-memory, no-map ones marked as such, unless they hit
 *      what 2 reserved: then they are only reserved
 *   5  /memreserve/
 *   6  dynamic children of /reserved-memory, each in the highest place of the first of its
 *      alloc-ranges that has one
 * What is ill-formed, overlaps or doesn't fit is reported with its node's name and passed
 * over. memblock must be empty before.
 *
 * -ENODEV: there is no memory. -ENOSPC, -ENOMEM: memblock has no room for so many regions
 * (memblock_lend() before helps). The machine can't go on in either case.
 */
int memblock_devicetree_fill(const struct devicetree *dt, const struct memblock_setup *setup,
			     struct memblock_initrd *initrd) __must_check;

#endif
