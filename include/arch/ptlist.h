/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A space of translation tables as lists: what is mapped, in merged ranges, and the tables
 * themselves, as a tree.
 *
 * Pure but for reading the tables: for any space at any granule, the running one or another.
 * Nobody may change the space meanwhile.
 */
#ifndef ARCH_PTLIST_H
#define ARCH_PTLIST_H

#include <arch/pgtable.h>

/* Leaves side by side that differ in nothing but the address. */
struct ptlist_range {
	u64 va;
	u64 bytes;
	u64 pa;         /* of the first leaf */
	u64 pieces;     /* how many physical ranges it is in: 1, unless they were merged as well */
	u64 leaf_bytes; /* of each leaf */
	unsigned level;
	pte_t leaf; /* the first one */
};

typedef void ptlist_range_fn(void *ctx, const struct ptlist_range *range);

/* The last address of what `va` belongs to: no range reaches beyond. */
typedef u64 ptlist_last_fn(u64 va);

/*
 * ptlist_ranges - `visit` all that is mapped, lowest first.
 *
 * Leaves are merged whose attributes and sizes are the same, and with `scattered` also those whose
 * memory isn't side by side. `last` may be NULL.
 */
void ptlist_ranges(const struct pgtable *pt, bool scattered, ptlist_last_fn *last,
		   ptlist_range_fn *visit, void *ctx);

struct ptlist_table {
	unsigned level;
	u64 va; /* the first address that it covers */
	paddr_t pa;
	u64 bytes;
	unsigned entries;
	unsigned tables; /* entries that point to a further table */
	unsigned leaves; /* entries that map memory */
};

typedef void ptlist_table_fn(void *ctx, const struct ptlist_table *table);

/* `visit` every table, each before those below it, lowest addresses first. */
void ptlist_tables(const struct pgtable *pt, ptlist_table_fn *visit, void *ctx);

/* Bytes of all tables, by walking them: a space read from the registers has no sum. */
u64 ptlist_table_bytes(const struct pgtable *pt);

#endif
