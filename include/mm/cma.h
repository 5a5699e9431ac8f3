/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CMA's regions: memory that is set aside for contiguous allocations. What they are and where is
 * decided while memblock is filled (<mm/memblock_devicetree.h>).
 *
 * Policy is in bytes: regions are multiples of 2 MiB at every page size.
 * Locking and context so far: boot, one CPU.
 */
#ifndef MM_CMA_H
#define MM_CMA_H

#include <kernel/devicetree_memory.h>
#include <kernel/types.h>

#define CMA_REGIONS_MOST 16

struct cma_region {
	char name[24]; /* the node's, cut where it is longer; "cma=" for the command line's */
	paddr_t base;
	u64 bytes;
	bool is_default; /* one at most: the first that wants to be */
};

/*
 * Remembers a CMA region; anything else is ignored. For a memblock_setup's `placed`; `context` is
 * not used. Prints a line. One region more than CMA_REGIONS_MOST becomes ordinary memory again, and
 * the line says so.
 */
void cma_placed(void *context, const struct devicetree_reservation *reservation, paddr_t base);

/* Region `index`, in the order in which they were placed; NULL behind the last. */
const struct cma_region *cma_region(u32 index);

#endif
