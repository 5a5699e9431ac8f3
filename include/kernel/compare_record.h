/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's own allocations since boot, in sums: what they take at each page size.
 *
 * Written down as they are made, by the arithmetic of <kernel/compare.h>, and never taken back;
 * only where an allocation is slow anyway. An object of a slab costs no instruction, and so is
 * counted with its slab, by the room that there is for such.
 *
 *   area    vmalloc, movable_alloc             what was asked for
 *   block   kmalloc of more than slabs have    what was asked for
 *   slab    of every cache                     the room in it
 *
 * Not here: pages_alloc and contig_alloc, page tables, and all that failed.
 *
 *   200,000 bytes              4K            16K           64K
 *   area, or block             200,704       212,992       262,144 bytes
 *   TLB entries, with runs     4             13            4
 *
 * A chunk is cut from pages that others share: a block of up to 64 KiB takes as much at each page
 * size. A sum that would wrap around stays at the most that there is.
 *
 * Page size enters as the granules' rows. Locking: one of its own, under which nothing is called.
 */
#ifndef KERNEL_COMPARE_RECORD_H
#define KERNEL_COMPARE_RECORD_H

#include <kernel/compare.h>
#include <kernel/types.h>
#include <mm/hooks.h>

struct compare_record {
	struct {
		struct compare_part areas;
		struct compare_part blocks;
		u64 run_entries; /* of areas, as in struct compare */
	} at[GRANULE_COUNT];
	struct compare_part slabs; /* at each the same; requested: the room for objects */
};

/* Add an allocation. The alloc_observer of a kernel with tools. */
void compare_record_add(enum alloc_kind kind, u64 bytes, u64 room);

/* All that was recorded until now. */
void compare_record_read(struct compare_record *to);

#endif
