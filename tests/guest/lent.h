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
#include <mm/contig_alloc.h>
#include <mm/movable.h>

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

/*
 * What a test takes by these, lent_end gives back: a test goes on where an expectation did not
 * hold, and may end with all of it. Results are those of movable_pin, cma_alloc, pages_alloc,
 * contig_alloc and contig_alloc_at; on an error *pa is 0.
 */
int lent_pin(const void *at, enum movable_pin how, paddr_t *pa);
int lent_claim(struct cma_region *region, u64 bytes, u64 align, paddr_t *pa);
int lent_block(unsigned order, unsigned flags, paddr_t *pa);
int lent_range(const struct contig_request *request, struct contig_result *result, paddr_t *pa);
int lent_range_at(paddr_t base, u64 bytes, struct contig_result *result);

/* Give one of them back; false when nothing was taken there. */
bool lent_unpin(const void *at);
bool lent_give(paddr_t pa);

/* Give everything back, and let nobody get on any more. False when some content was wrong. */
bool lent_end(void);

/* Give everything back; as much is free then as stress_free_bytes said before, and all is right. */
void lent_expect_end(struct selftest_run *run, u64 free);

#endif
