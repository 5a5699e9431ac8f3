/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Moving pages to other memory, at the same virtual address, while their user runs.
 *
 * Pages are moved in batches, of one owner and one order each: the owner makes them unreachable,
 * calls migrate_copy, and maps what they were copied to (break-before-make, by
 * pgtable_move_pages). A CPU that touches one meanwhile faults, waits and goes on (mmu_settle).
 *
 * Page size enters by the batch, which is bounded in bytes: so long are pages out of reach.
 *
 * Locking: takes rmap_lock for each batch, and below it the owner's and the buddy allocator's.
 * Never sleeps. Nothing is allocated but the pages that are moved to.
 */
#ifndef MM_MIGRATE_H
#define MM_MIGRATE_H

#include <arch/pgtable.h>
#include <kernel/types.h>
#include <mm/frame.h>

#define MIGRATE_BATCH_BYTES (256 * KiB) /* 64 pages, 16, 4 */
#define MIGRATE_BATCH_MOST  PGTABLE_MOVE_MOST

/* The longest that anybody waits for a short pin. Moving other pages meanwhile doesn't count. */
#define MIGRATE_WAIT_NS 100000000ULL

/* Where pages may go. */
enum migrate_where {
	MIGRATE_ELSEWHERE,  /* anywhere; CMA regions last */
	MIGRATE_OUT_OF_CMA, /* into memory that no region lends */
};

struct migrate_batch {
	unsigned count;
	unsigned moved; /* of them, when migrate_run returns */
	paddr_t from[MIGRATE_BATCH_MOST];
	u64 word[MIGRATE_BATCH_MOST]; /* of the frame, when it was added */
	paddr_t to[MIGRATE_BATCH_MOST];
};

/* The order of the block whose head has this word. */
static inline unsigned migrate_order(u64 word)
{
	return (unsigned)((word & FRAME_ORDER_MASK) >> FRAME_ORDER_SHIFT);
}

/* The most blocks in a batch: of MIGRATE_BATCH_BYTES, but at least one. */
unsigned migrate_batch_limit(unsigned order);

/* Add a page whose frame has this word: FRAME_MOVABLE, not pinned. */
static inline void migrate_add(struct migrate_batch *batch, paddr_t from, u64 word)
{
	batch->from[batch->count] = from;
	batch->word[batch->count++] = word;
}

/*
 * migrate_run - move the pages of a batch, and empty it.
 *
 * Those whose frame has another word by now (freed, pinned) are passed over. What a page leaves
 * becomes a FRAME_CLAIMED block of its order, the caller's. Returns 0; -ENOMEM when there was no
 * memory, or no block of that order, for some of them: those stay as they were, and `moved` says
 * how many went. -EAGAIN when fault injection said so: nothing happened.
 */
int migrate_run(struct migrate_batch *batch, enum migrate_where where);

/* For owners: carry the content of batch->from[i] to batch->to[i], for each i below count. */
void migrate_copy(void *batch);

/* What moves user pages, as movable_move does areas'. Set once mm/user has any; NULL before. */
extern void (*migrate_user)(struct migrate_batch *batch);

#endif
