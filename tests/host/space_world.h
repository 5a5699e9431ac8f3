/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A machine for tests of user spaces: fake_machine.h's RAM and frame table with the real
 * allocators, a CMA region, and a CPU that runs programs (space_thread.c): its TLB forgets nothing
 * by itself.
 *
 * Tests that use it link with `Libs: -Wl,--wrap=pgtable_map`: the frame table is mapped by
 * fake_machine, everything else by the real function.
 */
#ifndef SPACE_WORLD_H
#define SPACE_WORLD_H

#include <host.h>

#include <kernel/fault_inject.h>
#include <mm/space.h>

#define WORLD_RAM       0x40600000ULL
#define WORLD_RAM_BYTES (58 * MiB)

/* Every pair of granules: a row of a cmocka table for each. */
struct world_pair {
	unsigned kernel_shift;
	unsigned shift;
};

#define WORLD_PAIRS 6
extern const struct world_pair world_pairs[WORLD_PAIRS];

/* Boot with kernel pages of that shift; world_end: nothing is left of what happened. */
void world_begin(unsigned kernel_shift);
void world_end(void);

/* The body with spaces of each pair. */
void world_each_pair(void (*body)(const struct granule *g));

/* A space, and P. */
struct space *world_space(const struct granule *g);
#define WORLD_SPACES 4

/* The space's thread accesses a byte, and gets what a real one would, faults and all. */
enum space_verdict world_read(struct space *space, u64 va, u8 *byte);
enum space_verdict world_write(struct space *space, u64 va, u8 byte);
enum space_verdict world_exec(struct space *space, u64 va);

/* Every invariant there is. */
void world_check(struct space *space);

/* For space_world.c: no space has one yet; tables are watched from now on; its TLB is true. */
void world_threads_begin(void);
void world_threads_watch(void);
void world_check_thread(struct space *space);

/* Free memory, but for what is kept ready. */
u64 world_free_bytes(void);

/* The Nth look at this site fails; 0: none does. */
void world_inject(enum fault_site site, u64 nth);
bool world_failed(enum fault_site site);

/* TLBs were told so often to forget a page, and pages were carried over. */
extern u64 world_flushes, world_copies;

/* Empty a part of a pageblock, and give it back: what is there moves. False: something can't. */
bool world_claim(u64 pa, u64 bytes);
#define WORLD_CMA       (WORLD_RAM + 6 * MiB)
#define WORLD_CMA_BYTES (8 * MiB)

/* Where the page at `va` is, or 0. */
u64 world_pa(struct space *space, u64 va);

#endif
