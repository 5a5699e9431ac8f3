// SPDX-License-Identifier: BSD-2-Clause
/* Translation tables as lists; <arch/ptlist.h> has the contracts. */
#include <arch/pgtable_geometry.h>
#include <arch/ptlist.h>

struct merge {
	struct ptlist_range range; /* no bytes: none yet */
	u64 last;                  /* it may not reach beyond this address */
	u64 next_pa;
	bool scattered;
	ptlist_last_fn *last_of;
	ptlist_range_fn *visit;
	void *ctx;
};

static bool belongs(const struct merge *m, u64 va, pte_t leaf, u64 bytes)
{
	const struct ptlist_range *r = &m->range;

	return r->bytes && va == r->va + r->bytes && va <= m->last && bytes == r->leaf_bytes &&
	       !((leaf.val ^ r->leaf.val) & ~PTE_ADDR_MASK) &&
	       (m->scattered || pte_addr(leaf).val == m->next_pa);
}

static void merge_leaf(void *ctx, vaddr_t va, unsigned level, pte_t leaf, u64 bytes)
{
	struct merge *m = ctx;
	u64 pa = pte_addr(leaf).val;

	if (belongs(m, va.val, leaf, bytes)) {
		m->range.bytes += bytes;
		m->range.pieces += pa != m->next_pa;
	} else {
		if (m->range.bytes)
			m->visit(m->ctx, &m->range);
		m->range = (struct ptlist_range){ .va = va.val,
						  .bytes = bytes,
						  .pa = pa,
						  .pieces = 1,
						  .leaf_bytes = bytes,
						  .level = level,
						  .leaf = leaf };
		m->last = m->last_of ? m->last_of(va.val) : ~0ULL;
	}
	m->next_pa = pa + bytes;
}

void ptlist_ranges(const struct pgtable *pt, bool scattered, ptlist_last_fn *last,
		   ptlist_range_fn *visit, void *ctx)
{
	struct merge m = { .scattered = scattered, .last_of = last, .visit = visit, .ctx = ctx };

	pgtable_for_each_leaf(pt, merge_leaf, &m);
	if (m.range.bytes)
		visit(ctx, &m.range);
}

struct tree {
	const struct pgtable *pt;
	ptlist_table_fn *visit;
	void *ctx;
};

static void visit_table(const struct tree *tree, unsigned level, paddr_t pa, u64 va)
{
	const struct pgtable *pt = tree->pt;
	const pte_t *table = pgtable_table(pt, pa);
	struct ptlist_table t = { .level = level,
				  .va = va,
				  .pa = pa,
				  .bytes = pgtable_bytes(pt, level),
				  .entries = pgtable_entries(pt, level) };

	for (unsigned i = 0; i < t.entries; i++) {
		pte_t entry = pgtable_read(&table[i]);

		t.tables += pte_is_table(entry, level);
		t.leaves += pte_is_leaf(entry, level);
	}
	tree->visit(tree->ctx, &t);
	for (unsigned i = 0; t.tables && i < t.entries; i++) {
		pte_t entry = pgtable_read(&table[i]);

		if (pte_is_table(entry, level))
			visit_table(tree, level + 1, pte_addr(entry),
				    va + i * pgtable_span(pt, level));
	}
}

void ptlist_tables(const struct pgtable *pt, ptlist_table_fn *visit, void *ctx)
{
	struct tree tree = { pt, visit, ctx };

	visit_table(&tree, pgtable_root_level(pt), pt->root, pgtable_base(pt));
}

static void add_bytes(void *sum, const struct ptlist_table *t)
{
	*(u64 *)sum += t->bytes;
}

u64 ptlist_table_bytes(const struct pgtable *pt)
{
	u64 sum = 0;

	ptlist_tables(pt, add_bytes, &sum);
	return sum;
}
