// SPDX-License-Identifier: BSD-2-Clause
/*
 * Reading translation tables: the way to an address, visits of leaves, and the end of a space.
 *
 * It is granule-generic and free of page-size sites, like pgtable.c.
 */
#include <kernel/assert.h>

#include "inside.h"
#include "pgtable_hot.h"

bool pgtable_walk(const struct pgtable *pt, vaddr_t va, struct pgtable_walk *walk, paddr_t *pa)
{
	pte_t *table = pgtable_table(pt, pt->root), entry;
	unsigned level = pgtable_root_level(pt);

	walk->root_level = level;
	for (;; level++) {
		walk->at[level] = &table[pgtable_index(pt, level, va.val)];
		entry = walk->entry[level] = pgtable_read(walk->at[level]);
		if (!pte_is_table(entry, level))
			break;
		table = pgtable_table(pt, pte_addr(entry));
	}
	walk->last_level = level;
	if (!pte_valid(entry))
		return false;
	*pa = paddr_add(pte_addr(entry), va.val & (pgtable_span(pt, level) - 1));
	return true;
}

bool pgtable_find_leaf(const struct pgtable *pt, u64 va, struct pgtable_leaf *leaf)
{
	struct pgtable_walk walk;
	paddr_t pa;

	if (va - pgtable_base(pt) >= 1ULL << pt->va_bits ||
	    !pgtable_walk(pt, vaddr(va), &walk, &pa))
		return false;
	*leaf = (struct pgtable_leaf){ .at = walk.at[walk.last_level],
				       .entry = walk.entry[walk.last_level],
				       .level = walk.last_level,
				       .va = va & ~(pgtable_span(pt, walk.last_level) - 1) };
	return true;
}

struct visit {
	pgtable_visit_fn *fn;
	void *ctx;
};

static unsigned visit_leaf(struct pgtable_range *range, unsigned level, pte_t *entry, u64 va,
			   unsigned most)
{
	const struct visit *visit = range->ctx;
	u64 bytes = pgtable_span(range->pt, level);

	(void)most;
	visit->fn(visit->ctx, vaddr(ALIGN_DOWN(va, bytes)), level, pgtable_read(entry), bytes);
	return 1;
}

void pgtable_visit(const struct pgtable *pt, vaddr_t first, vaddr_t last, pgtable_visit_fn *fn,
		   void *ctx)
{
	struct visit visit = { fn, ctx };
	struct pgtable_range range = {
		.pt = pt, .first = first.val, .last = last.val, .leaf = visit_leaf, .ctx = &visit
	};

	pgtable_walk_range(&range);
}

void pgtable_for_each_leaf(const struct pgtable *pt, pgtable_visit_fn *fn, void *ctx)
{
	pgtable_visit(pt, vaddr(pgtable_base(pt)), vaddr(pgtable_last(pt)), fn, ctx);
}

/* From the leaves of the tree upwards. */
void pgtable_free_tables(struct pgtable *pt, unsigned level, paddr_t table)
{
	const pte_t *entries = pgtable_table(pt, table);
	const unsigned count = level == GRANULE_LAST_LEVEL ? 0 : pgtable_entries(pt, level);
	u64 bytes = pgtable_bytes(pt, level);

	for (unsigned i = 0; (i += pgtable_invalid_run(&entries[i], count - i)) < count; i++)
		if (pte_is_table(entries[i], level))
			pgtable_free_tables(pt, level + 1, pte_addr(entries[i]));
	pt->table_bytes -= bytes;
	if (pt->free)
		pt->free(pt, bytes, table);
}

void pgtable_destroy(struct pgtable *pt)
{
	ASSERT(!pt->live);
	pgtable_free_tables(pt, pgtable_root_level(pt), pt->root);
	pt->root = paddr(0);
	pt->recent = NULL;
}
