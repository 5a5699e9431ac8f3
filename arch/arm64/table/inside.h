/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the walker share: requests to it, leaves and where their entries stand,
 * runs of entries, tables in reserve.
 */
#ifndef TABLE_INSIDE_H
#define TABLE_INSIDE_H

#include <arch/barrier.h>
#include <arch/pgtable.h>
#include <arch/pgtable_geometry.h>

/* ---- the walker (pgtable.c) ---- */

/* Tables that are allocated and not yet used, chained by their first word: all of a page. */
struct pgtable_spares {
	struct pgtable *pt; /* the space that they are for */
	paddr_t first;
	unsigned count; /* says when the chain ends: a table may lie at address 0 */
};

/*
 * What is to be mapped. To map, the walker runs twice over the range; these fields steer it:
 *
 *                the count (commit false)         the writing (commit true)
 *   fresh        below a table yet to be made:    below a new table: its entries are written
 *                there is nothing to read         without being read, as if they were invalid
 *   occupied     set when a leaf is met           false: no leaf was met, see map_leaves
 *   pages_only   both: no blocks, so every table down to the last level is needed
 *   needed       counts missing tables            stays; the tables come from `spares`
 */
struct pgtable_mapping {
	const paddr_t *pages; /* one after the other; NULL: physical memory in one piece */
	u64 pa_minus_va;      /* physical = virtual + this, modulo 2^64; unused with `pages` */
	u64 attrs;
	bool pages_only;
	bool commit;     /* false: count and look; true: write */
	bool occupied;   /* the count met a leaf */
	unsigned needed; /* new tables, says the count */
	struct pgtable_spares spares;
};

/*
 * A request to the walker: to go over the entries that map [first, last].
 *
 * With `mapping`, what is missing there is mapped; without it, what is mapped there is visited.
 */
struct pgtable_range {
	const struct pgtable *pt;
	u64 first;
	u64 last; /* inclusive */
	/*
	 * Called at a leaf, or where one is to be: `entry`, of `level`, maps `va`, which lies in
	 * the range. From there on `most` entries of its table lie wholly in the range. Deals with
	 * as many as it likes, at least one; returns how many.
	 */
	unsigned (*leaf)(struct pgtable_range *range, unsigned level, pte_t *entry, u64 va,
			 unsigned most);
	void *ctx;
	struct pgtable_mapping *mapping;
	bool fresh; /* the walker is below a new table: whatever stands in it counts as invalid */
};

/* Returns 0, or -EEXIST when a mapping met something else. */
int pgtable_walk_range(struct pgtable_range *range);

/* Panics unless the range is one that the contracts of <arch/pgtable.h> allow. */
void pgtable_assert_range(const struct pgtable *pt, u64 va, u64 bytes);

/* Allocates `count` tables, or none: 0 or -ENOMEM. */
int pgtable_spares_alloc(struct pgtable_spares *spares, unsigned count);

/* One of them, which counts as the space's from now on. */
paddr_t pgtable_spares_take(struct pgtable_spares *spares);

/* Gives back those that are left. */
void pgtable_spares_free(struct pgtable_spares *spares);

/*
 * Write `count` leaves from `entry` on, which is for `va`: `value`, and physical memory ascends
 * from there. With `hints`, aligned runs of entries and memory get the contiguous bit.
 */
void pgtable_write_leaves(const struct pgtable *pt, unsigned level, pte_t *entry, u64 va,
			  unsigned count, pte_t value, bool hints);

/* Write `count` leaves of a mapping. */
void pgtable_write_mapping(const struct pgtable_range *range, unsigned level, pte_t *entry, u64 va,
			   unsigned count);

/* Entries went from invalid to valid: make what they map usable by this CPU. */
static inline void pgtable_make_usable(const struct pgtable *pt)
{
	/*
	 * An invalid entry is never held in a TLB, so none is invalidated. DSB ISHST completes the
	 * stores for every walker; ISB keeps this CPU from having walked for its next instructions
	 * already. Arm ARM, "TLB maintenance requirements".
	 */
	if (pt->live) {
		dsb_ishst();
		isb();
	}
}

/* ---- leaves (pgtable_read.c, pgtable_replace.c) ---- */

/* A leaf, and where its entry stands. */
struct pgtable_leaf {
	pte_t *at;
	pte_t entry;
	unsigned level;
	u64 va; /* the first address it maps */
};

/* Free `table`, of `level`, and those below it. */
void pgtable_free_tables(struct pgtable *pt, unsigned level, paddr_t table);

/* The leaf that maps `va`; false where nothing does, as at the end of the space. */
bool pgtable_find_leaf(const struct pgtable *pt, u64 va, struct pgtable_leaf *leaf);

/*
 * Give the whole run that `leaf` is in these attributes, by break-before-make. With
 * PTE_CONTIG among them, it stays a run.
 */
void pgtable_replace_run(const struct pgtable *pt, const struct pgtable_leaf *leaf, u64 attrs);

/*
 * Take the hint off the run that `leaf` is in, if `edge` cuts that: so that either side can be
 * changed by itself.
 */
void pgtable_break_run(const struct pgtable *pt, const struct pgtable_leaf *leaf, u64 edge);

#endif
