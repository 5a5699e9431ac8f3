// SPDX-License-Identifier: BSD-2-Clause
/*
 * Reading translation tables: walks, visits, sums and the check of the invariants
 * that <arch/pgtable.h> names.
 *
 * Nothing here changes a space, except pgtable_destroy, which ends one. Like pgtable.c
 * it is granule-generic and free of page-size sites.
 */
#include <arch/pgtable.h>
#include <kernel/assert.h>

static void each_leaf(struct pgtable_range *range, unsigned level, pte_t *table, u64 va)
{
	u64 span = pgtable_span(range->pt, level);
	unsigned entries = pgtable_entries(range->pt, level);

	for (unsigned index = pgtable_index(range->pt, level, va); index < entries; index++) {
		pte_t entry = pgtable_read(&table[index]);
		u64 base = va & ~(span - 1);

		if (pte_is_table(entry, level)) {
			each_leaf(range, level + 1, pgtable_table(range->pt, pte_addr(entry)), va);
		} else if (pte_valid(entry)) {
			range->cut |= base < range->first || base + (span - 1) > range->last;
			if (range->fn)
				range->fn(range, level, table, index, base);
		}
		if (range->last - base < span)
			return;
		va = base + span;
	}
}

void pgtable_for_range(struct pgtable_range *range)
{
	range->cut = false;
	each_leaf(range, pgtable_root_level(range->pt), pgtable_table(range->pt, range->pt->root),
		  range->first);
}

static void for_space(const struct pgtable *pt, pgtable_leaf_fn *fn, void *ctx)
{
	struct pgtable_range range = {
		.pt = pt, .first = pgtable_base(pt), .last = pgtable_last(pt), .fn = fn, .ctx = ctx
	};

	pgtable_for_range(&range);
}

bool pgtable_walk(const struct pgtable *pt, vaddr_t va, struct pgtable_walk *walk, paddr_t *pa)
{
	paddr_t table = pt->root;
	unsigned level = pgtable_root_level(pt);

	walk->root_level = level;
	for (;; level++) {
		pte_t entry =
			pgtable_read(&pgtable_table(pt, table)[pgtable_index(pt, level, va.val)]);

		walk->entry[level] = entry;
		walk->last_level = level;
		if (pte_is_table(entry, level)) {
			table = pte_addr(entry);
			continue;
		}
		if (!pte_valid(entry))
			return false;
		*pa = paddr(pte_addr(entry).val + (va.val & (pgtable_span(pt, level) - 1)));
		return true;
	}
}

bool pgtable_lookup(const struct pgtable *pt, vaddr_t va, paddr_t *pa)
{
	unsigned level = pgtable_root_level(pt), index_bits = granule_index_bits(pt->granule);
	unsigned lsb = granule_level_shift(pt->granule, level), unused = 64U - pt->va_bits;
	u64 index = va.val << unused >> (unused + lsb), index_mask = (1ULL << index_bits) - 1;
	u64 table_offset = pt->table_offset, table = pt->root.val, offset_mask;
	struct pgtable_walk walk;
	pte_t entry;

	if (unlikely(pt->access != NULL))
		return pgtable_walk(pt, va, &walk, pa);
	for (;;) {
		entry = pgtable_read((const pte_t *)(uintptr_t)(table + table_offset) + index);
		if (!pte_is_table(entry, level))
			break;
		level++;
		lsb -= index_bits;
		table = pte_addr(entry).val;
		index = va.val >> lsb & index_mask;
	}
	if (!pte_valid(entry))
		return false;
	offset_mask = (1ULL << lsb) - 1;
	*pa = paddr((pte_addr(entry).val & ~offset_mask) + (va.val & offset_mask));
	return true;
}

struct visit_ctx {
	pgtable_visit_fn *visit;
	void *ctx;
};

static void visit_leaf(struct pgtable_range *range, unsigned level, pte_t *table, unsigned index,
		       u64 va)
{
	const struct visit_ctx *v = range->ctx;

	v->visit(v->ctx, vaddr(va), level, pgtable_read(&table[index]),
		 pgtable_span(range->pt, level));
}

void pgtable_for_each_leaf(const struct pgtable *pt, pgtable_visit_fn *visit, void *ctx)
{
	struct visit_ctx v = { visit, ctx };

	for_space(pt, visit_leaf, &v);
}

/* ---- whole spaces ---- */

/* Tables are freed, or only added up, from the leaves of the tree upwards. */
u64 pgtable_fold_tables(const struct pgtable *pt, unsigned level, paddr_t table,
			struct pgtable *free)
{
	pte_t *entries = pgtable_table(pt, table);
	u64 bytes = pgtable_bytes(pt, level);
	u64 sum = bytes;

	for (unsigned i = 0; level != GRANULE_LAST_LEVEL && i < pgtable_entries(pt, level); i++)
		if (pte_is_table(entries[i], level))
			sum += pgtable_fold_tables(pt, level + 1, pte_addr(entries[i]), free);
	if (free && free->free)
		free->free(free, bytes, table);
	return sum;
}

u64 pgtable_total_bytes(const struct pgtable *pt)
{
	return pgtable_fold_tables(pt, pgtable_root_level(pt), pt->root, NULL);
}

void pgtable_destroy(struct pgtable *pt)
{
	ASSERT(!pt->live);
	pgtable_fold_tables(pt, pgtable_root_level(pt), pt->root, pt);
	pt->root = paddr(0);
	pt->recent = NULL;
	pt->table_bytes = 0;
}

struct check_ctx {
	const char *broken;
	u64 where;
};

static const char *check_contiguous(const struct pgtable *pt, unsigned level, const pte_t *table,
				    unsigned index)
{
	unsigned run = 1U << granule_contig_shift(pt->granule, level);
	unsigned start = ALIGN_DOWN(index, run);
	u64 value = table[start].val;

	if (start + run > pgtable_entries(pt, level))
		return "I3: a contiguous run is longer than its table";
	if (!IS_ALIGNED(pte_addr(table[start]).val, run * pgtable_span(pt, level)))
		return "I3: a contiguous run is not aligned";
	for (unsigned i = start; i < start + run; i++, value += pgtable_span(pt, level))
		if (table[i].val != value)
			return "I3: the entries of a contiguous run do not ascend as one";
	return NULL;
}

static void check_leaf(struct pgtable_range *range, unsigned level, pte_t *table, unsigned index,
		       u64 va)
{
	struct check_ctx *c = range->ctx;
	pte_t leaf = table[index];
	const char *broken = NULL;

	if (c->broken)
		return;
	if (pte_writable(leaf) && pte_executable(leaf) && !range->pt->boot)
		broken = "I1: writable and executable";
	else if (!IS_ALIGNED(pte_addr(leaf).val, pgtable_span(range->pt, level)))
		broken = "I2: the address is not aligned to the level";
	else if (!granule_leaf_allowed(range->pt->granule, level))
		broken = "I4: a block at a level that the granule has none at";
	else if (leaf.val & PTE_CONTIG)
		broken = check_contiguous(range->pt, level, table, index);
	if (broken) {
		c->broken = broken;
		c->where = va;
	}
}

const char *pgtable_check(const struct pgtable *pt, vaddr_t *where)
{
	struct check_ctx c = { 0 };

	for_space(pt, check_leaf, &c);
	*where = vaddr(c.where);
	return c.broken;
}
