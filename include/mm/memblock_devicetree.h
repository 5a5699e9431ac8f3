/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fills memblock from the devicetree, and from `mem=`, `cma=` and `crashkernel=`: what memory
 * there is, and what of it is taken before the kernel takes any itself.
 *
 * Locking and context: memblock's (boot, one CPU). Prints what it refuses or changes.
 * No page size enters but the largest, in MEMBLOCK_UNIT.
 * Source: Devicetree Specification v0.4, sections 3.4, 3.5 and 5.3; Linux' bindings
 * reserved-memory/reserved-memory.yaml and shared-dma-pool.yaml.
 */
#ifndef MM_MEMBLOCK_DEVICETREE_H
#define MM_MEMBLOCK_DEVICETREE_H

#include <arch/granule.h>
#include <kernel/types.h>
#include <lib/devicetree_memory.h>
#include <mm/cma_option.h>
#include <mm/memblock_crashkernel.h>
#include <mm/region_list.h>

typedef void memblock_placed_fn(void *context, const struct devicetree_reservation *reservation,
				paddr_t base);

/*
 * Dynamic reservations are multiples of the first, in place and size: whole pages of each size, so
 * that the same tree gives the same places. CMA's regions are multiples of the other, static ones
 * included: what of a static one isn't a multiple is cut off.
 */
#define MEMBLOCK_UNIT     PAGE_SIZE_MAX
#define MEMBLOCK_CMA_UNIT (2 * MiB)

/* What the tree doesn't say. Zero is the default where one is named. */
struct memblock_setup {
	paddr_t image_base; /* the kernel with all that belongs to it, early tables included */
	u64 image_bytes;
	paddr_t devicetree_base; /* where the tree lies, and as much of it as is content */
	u64 devicetree_bytes;
	paddr_t lists_base; /* what memblock_lend() was given; bytes 0: nothing */
	u64 lists_bytes;
	u64 memory_limit;      /* `mem=`; 0: none */
	u64 address_end;       /* what lies at or above isn't reachable by this CPU; 0: all is */
	struct cma_option cma; /* `cma=` */
	struct crash_option crash; /* `crashkernel=` */

	/*
	 * Called for each reservation made from /reserved-memory, with its place: nothing else
	 * knows that of a dynamic one. range.bytes is what was reserved, after rounding and
	 * narrowing; for a static one for CMA, so is range.base. The region of `cma=` comes as a
	 * node named "cma=" without a number (-1). Those for CMA (a shared_dma_pool that is
	 * reusable, and not no_map) are together what MEMBLOCK_CMA has. The function may free the
	 * range again. May be NULL.
	 */
	memblock_placed_fn *placed;
	void *context;
};

/*
 * memblock_devicetree_memory - the first step: which memory there is.
 *
 * What the tree says of memory counts once, however often it says it: memblock_memory_bytes() is
 * then what `auto` and all reports go by. -ENOSPC, -ENOMEM: memblock has no room for so many
 * regions (memblock_lend() before helps: see <mm/memblock_room.h>).
 */
int memblock_devicetree_memory(const struct devicetree *dt, u64 address_end) __must_check;

/*
 * memblock_devicetree_reserve - the others: what of it is taken.
 *
 * In this order, since earlier owners win where ranges overlap:
 *   1  memory nodes, below address_end, within linux,usable-memory-range if there is one
 *   2  the image, the tree, memblock's lists and the initrd are reserved; the first two are made
 *      memory if the tree forgot them, an initrd that isn't memory is refused; so is
 *      linux,elfcorehdr, memory or not, unless it overlaps one of them
 *   3  memory_limit is applied; what 2 reserved stays
 *   4  static children of /reserved-memory that aren't for CMA; no-map ones are marked as such,
 *      unless they hit what 2 reserved: then they are only reserved
 *   5  /memreserve/
 *   6  static children for CMA, each narrowed to the largest run of whole units that is free
 *      memory; what is cut off is as if the child weren't there
 *   7  `cma=SIZE@BASE`, narrowed like these
 *   8  `crashkernel=` with a place, exactly there or not at all
 *   9  dynamic children, each in the highest place of the first of its alloc-ranges that has one
 *  10  `cma=SIZE` and `cma=SIZE@BASE-LIMIT`, in the highest place
 *  11  `crashkernel=` without a place, in the highest one
 * With any `cma=`, children for CMA that are linux,cma-default are passed over. Sizes in 7 to 11
 * are rounded up. 4 to 11 are <mm/memblock_reservations.h>'s.
 *
 * What is ill-formed, overlaps or doesn't fit is reported with its node's name and passed
 * over: one that finds no room with what it asked for and the largest run that there was, one
 * for CMA with nothing left, with the reason. memblock must be empty before the first.
 *
 * *initrd is where the initial ramdisk lies: byte-exact, rounded by nobody. bytes 0: there is none.
 *
 * -ENODEV: there is no memory. -ENOSPC, -ENOMEM as above. The machine can't go on in either case.
 */
int memblock_devicetree_reserve(const struct devicetree *dt, const struct memblock_setup *setup,
				struct region *initrd) __must_check;

#endif
