/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Allocating pages: what the rest of the kernel uses of physical memory.
 *
 * A block is 2^order pages, aligned to its size, and is named by its physical address; the
 * linear map has it at paddr_to_linear. Blocks of up to 1 MiB go through a list of
 * the CPU's own first (most recently freed, so still in its cache), everything else and what
 * these lists lack through the buddy allocator (mm/page/buddy.c), under its lock.
 *
 * Failure policy: by flag. Without one an allocation may fail at once with -ENOMEM; with
 * PAGES_COMPACT or PAGES_MUST movable pages are moved first, into CMA regions if need be. Every
 * call is a place where fault injection (<mm/hooks.h>) may say no.
 *
 * Context: after mm_init. With PAGES_COMPACT or PAGES_MUST it may sleep, and takes the locks of
 * <mm/compact.h>; without, the buddy allocator's alone, which isn't held.
 */
#ifndef MM_PAGES_H
#define MM_PAGES_H

#include <kernel/compiler.h>
#include <kernel/types.h>
#include <mm/frame.h>

enum {
	PAGES_ZERO = 1 << 0, /* filled with zeroes; else the content is junk */
	PAGES_MOVABLE =
		1 << 1, /* for mm/move/movable.c, which lets it be moved: may come from CMA */
	PAGES_COMPACT = 1 << 2, /* move movable memory out of the way before failing */
	PAGES_MUST = 1 << 3,    /* must not fail: panics with a memory report instead */
};

struct cpu;

/* Empty hot lists of the boot CPU. Boot, before the first allocation. */
void pages_init(void);

/*
 * pages_init_cpu - empty hot lists of another CPU, in pages_cpu_bytes() of memory, aligned to 16.
 *
 * Before it runs. The memory is the CPU's for good: it comes and goes with the same lists.
 */
void pages_init_cpu(struct cpu *cpu, void *memory);
u64 pages_cpu_bytes(void);

/* The largest block: 1 GiB at every page size, orders 18, 16, 14. */
#define PAGES_BLOCK_BYTES_MAX (1ULL << 30)

/*
 * pages_alloc - allocate a block of 2^order pages.
 *
 * Returns 0 and its address, or -ENOMEM; -EINVAL for an order beyond PAGES_BLOCK_BYTES_MAX.
 */
int pages_alloc(unsigned order, unsigned flags, paddr_t *block) __must_check;

/* Give a block back, with the order it was allocated with; anything else is a panic. */
void pages_free(paddr_t block, unsigned order);

/*
 * pages_alloc_exact - allocate at least `bytes`, to whole pages only: what rounding up to a
 * power of two would add is given back. Contiguous, aligned to the next power of two. Free
 * with pages_free_exact and the same size. Errors as pages_alloc, and -EINVAL for 0 bytes.
 */
int pages_alloc_exact(u64 bytes, unsigned flags, paddr_t *pa) __must_check;
void pages_free_exact(paddr_t pa, u64 bytes);

/* What pages_free_rows has kept so far. Begins as zeroes; ends with pages_free_rest. */
#define PAGES_ROWS 8
struct pages_rows {
	unsigned count;
	struct pages_row {
		u64 base, end;
	} row[PAGES_ROWS];
};

/*
 * pages_free_rows - as pages_free for each of `count` blocks, but some of them only when
 * pages_free_rest is called: up to PAGES_ROWS times 2 MiB at every page size.
 *
 * For programs: there unless USER=0.
 */
void pages_free_rows(struct pages_rows *rows, const paddr_t *block, unsigned count, unsigned order);
void pages_free_rest(struct pages_rows *rows);

/* The smallest order whose block holds `bytes` (> 0). */
unsigned pages_order(u64 bytes);

/*
 * Pages that could be allocated now, hot lists of all CPUs included. In bytes. What other CPUs do
 * meanwhile is in it or not.
 */
u64 pages_free_bytes(void);

/*
 * pages_drain      return the hot lists of all CPUs to the buddy allocator, so that blocks merge.
 *                  Waits for other CPUs: <mm/hot_text.h>. With mmu_lock held, as pages_drain_cpu
 * pages_drain_cpu  this CPU's alone: for one that is about to go
 *
 * Not with the buddy allocator's lock. What is freed meanwhile may be hot again.
 */
void pages_drain(void);
void pages_drain_cpu(void);

/*
 * With false: drain the hot lists of all CPUs and leave them empty until it is called with true.
 * Each allocation then takes the long way, where fault injection is asked; the short one never
 * does. One caller at a time, and no CPU starts meanwhile.
 */
void pages_set_hot(bool hot_blocks);

/*
 * How a block is made free that isn't: by compacting. 0, and the block is the caller's, or an
 * error. Asked by allocations that may wait for it or must not fail, without a lock. Set once, by
 * mm_init; NULL until then.
 */
extern int (*pages_reclaim)(enum migratetype type, unsigned order, paddr_t *block);

/* An allocation that must not fail did: what a panic's report of memory goes by. */
extern bool pages_exhausted;

#endif
