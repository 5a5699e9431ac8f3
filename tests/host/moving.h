/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A machine whose memory moves: fake_machine.h's RAM and frame table, the real allocators, movable
 * areas in the tables of fake_mmu.h, and CMA regions.
 *
 * It has a TLB that forgets nothing by itself: what a test has touched once stays in it until it
 * is flushed. Tests read areas through it, and each copy is watched, so a page that could be
 * reached while it moves, or is reached where it was, is seen.
 *
 * Tests that use it link with `Libs: -Wl,--wrap=pgtable_map`: the frame table is mapped by
 * fake_machine, everything else by the real function.
 */
#ifndef MOVING_H
#define MOVING_H

#include "buddy_model.h"
#include "fake_machine.h"
#include "fake_mmu.h"

#include <kernel/compiler.h>
#include <kernel/fault_inject.h>
#include <mm/cma.h>

/* Odd pageblocks at both ends, so that larger blocks don't fit there. */
#define MOVING_RAM       0x40600000ULL
#define MOVING_RAM_BYTES (42 * MiB)

/*
 * Three regions: the second begins where the first ends, and is the default one. None of their
 * bases is a multiple of more than 4 MiB.
 */
#define MOVING_REGIONS    3
#define MOVING_CMA_OFFSET (6 * MiB)
#define MOVING_CMA_BYTES  (14 * MiB)

extern struct cma_region *moving_region[MOVING_REGIONS];
extern struct pgtable moving_space;

/* Boot it, with regions that nobody has claimed, or without any. moving_end: all is as it was. */
void moving_begin(void);
void moving_begin_without_cma(void);
void moving_end(void);

/* Every invariant there is. */
void moving_check(void);

/* Time: each look at the counter takes so long, and each page that is carried over. */
extern u64 moving_ns, moving_tick_ns, moving_copy_ns;
extern bool moving_has_clock;

/* Pages that were carried over. */
extern u64 moving_copies;

/* kmalloc has so many bytes left. */
extern u64 moving_heap_bytes;

/* The Nth look at this site fails; 0: none does. How many looks there were. */
void moving_inject(enum fault_site site, u64 nth);
u64 moving_injected(enum fault_site site);
bool moving_failed(enum fault_site site); /* did it? */

/* ---- areas ---- */

struct moving_area {
	u8 *at; /* NULL: none */
	u64 pages;
	u64 id;
};

/* False when there is no memory. Each page is signed, and by `verify` is what was signed. */
bool moving_area_alloc(struct moving_area *area, u64 pages);
void moving_area_verify(const struct moving_area *area);
void moving_area_free(struct moving_area *area);

/* Where a page of it is, and its address. */
u64 moving_pa(const struct moving_area *area, u64 page);
void *moving_va(const struct moving_area *area, u64 page);

/* Does it lie in a region; how many pages of the area do? */
static inline bool moving_in_cma(u64 pa)
{
	return frame_pageblock_type(paddr(pa)) == MIGRATE_CMA;
}

static inline u64 moving_pages_in_cma(const struct moving_area *area)
{
	u64 count = 0;

	for (u64 i = 0; i < area->pages; i++)
		count += moving_in_cma(moving_pa(area, i));
	return count;
}

/* The word of the frame at `pa`. */
static inline u64 *moving_word(u64 pa)
{
	return &frame_of(paddr(pa))->word;
}

/* ---- memory that can't move ---- */

/* Take all free pages that such allocations can have, and give them back but for `keep`. */
void moving_exhaust(u64 keep);
void moving_relent(u64 pages); /* give so many back */
void moving_relent_all(void);

/* ---- before and after ---- */

/* All heads of blocks in RAM with their words, and the counts of the free lists. */
struct moving_snapshot;
struct moving_snapshot *moving_save(void);

/* Nothing has changed since, to the word. Frees it. */
void moving_expect_unchanged(struct moving_snapshot *snapshot);

/* Free bytes of each type are those of then, and so are types of pageblocks. Frees it. */
void moving_expect_same_sums(struct moving_snapshot *snapshot);

/* Does it panic with this text, in a process of its own? */
bool moving_dies(void (*act)(void), const char *text);

/* What printk said since moving_begin. */
extern char moving_said[4096];

#endif
