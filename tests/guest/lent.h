/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Movable memory for tests of CMA and of compaction: many small areas, each of whose pages says
 * where it belongs, so that one that was lost, swapped or copied in part is seen.
 */
#ifndef TESTS_GUEST_LENT_H
#define TESTS_GUEST_LENT_H

#include <kernel/selftest.h>
#include <kernel/stress.h>
#include <kernel/types.h>

struct cma_region;

#define LENT_AREA_BYTES (64 * KiB) /* a page at 64K, four at 16K, sixteen at 4K */

/*
 * The default region, if nothing of it is claimed or lent: at the prompt something may be. NULL: a
 * test of it can't say anything.
 */
struct cma_region *lent_region(void);

/* Random numbers of the test's own, from a seed that it prints. */
void lent_seed(u64 seed);
u64 lent_random_below(u64 limit);

/* Lend `bytes` of new areas; false when memory ran out before. */
bool lent_add(u64 bytes);

/*
 * Let areas that are outside of CMA regions get new memory, until the regions have nothing free;
 * one more, without content, fills the rest. False when an area's content was wrong, or memory ran
 * out.
 */
bool lent_refill(void);

/* How many areas there are; one of them, to be pinned or written to. */
unsigned lent_count(void);
u64 *lent_area(unsigned i);

/* Give area `i` back; the last one takes its number. False when its content was wrong. */
bool lent_remove(unsigned i);

/* Is the content of all areas right? */
bool lent_is_whole(void);

/* Give everything back. False when some content was wrong. */
bool lent_end(void);

/* Give everything back; as much is free then as stress_free_bytes said before, and all is right. */
void lent_expect_end(struct selftest_run *run, u64 free);

#endif
