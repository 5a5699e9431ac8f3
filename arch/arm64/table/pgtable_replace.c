// SPDX-License-Identifier: BSD-2-Clause
/*
 * Entries that the hardware must not see change from one value to another: break-before-make.
 *
 * It happens in one function, `replace`; the rest of this file says what is replaced: a run loses
 * its contiguous hint, gets it back or gets other permissions, a block becomes a table of smaller
 * leaves or such a table a block, pages move to other memory. What another CPU does meanwhile that
 * uses them: <arch/mmu.h>.
 *
 * It is granule-generic and free of page-size sites, like pgtable.c.
 */
#include <arch/barrier.h>
#include <arch/tlb.h>
#include <kernel/assert.h>

#include "inside.h"
#include "pgtable_hot.h"

/* The entries of the longest contiguous run: 128, of 16K's pages. More than move at once. */
#define REPLACED_MOST 128

/* Entries that become others: a run of them, which maps [va, va + bytes), or scattered pages. */
struct replacement {
	unsigned count;
	pte_t *const *entry;
	const pte_t *value;
	u64 va;
	u64 bytes;
	const vaddr_t *pages; /* NULL: a run */
	void (*between)(void *ctx);
	void *ctx;
};

/*
 * The one place of break-before-make: the entries, which are valid, become their new values.
 *
 * Arm ARM (DDI 0487, J.a), "Use of break-before-make when updating translation table entries",
 * lists what must not be seen half done; of it, this kernel does three: a change of the size of
 * a block (a block becomes a table), of the Contiguous bit, and of the output address. A fourth
 * follows from "Misprogramming of the Contiguous bit": the entries of a run must not differ, as
 * they would while one after the other gets other permissions. A TLB may
 * hold an entry from before and one from after, and a lookup that hits both may return either, a
 * mixture, or abort. So the entries go invalid, the TLBs of all CPUs forget what they said, and
 * only then are they written anew. The flush begins with a DSB, which also completes whatever was
 * written to a table that a new entry points to. What `between` does, nobody can disturb by these
 * entries.
 */
static void replace(const struct pgtable *pt, const struct replacement *r)
{
	const unsigned count = r->count;
	pte_t *const *entry = r->entry;
	const pte_t *value = r->value;

	ASSERT(!pt->live || !pt->may_break || pt->may_break());
	for (unsigned i = 0; i < count; i++)
		pgtable_write(entry[i], (pte_t){ 0 });
	if (pt->live && r->pages)
		tlb_flush_pages(r->pages, count);
	else if (pt->live)
		tlb_flush_range(r->va, r->bytes, pt->granule);
	if (r->between) {
		/*
		 * It can't miss another CPU's stores: the DSB after the TLBI waits for accesses
		 * by the old entries (Arm ARM, "Ordering and completion of TLB maintenance
		 * instructions"). DMB: whoever walks to a new entry finds what was stored before.
		 */
		r->between(r->ctx);
		dmb_ishst();
	}
	for (unsigned i = 0; i < count; i++)
		pgtable_write(entry[i], value[i]);
	pgtable_make_usable(pt);
}

/* The first entry of the run that `leaf` is in, or would be. */
static pte_t *run_of(const struct pgtable *pt, const struct pgtable_leaf *leaf)
{
	unsigned run = 1U << granule_contig_shift(pt->granule, leaf->level);

	return leaf->at - (pgtable_index(pt, leaf->level, leaf->va) & (run - 1));
}

/* One entry, which maps the `bytes` around `va`. */
static void replace_one(const struct pgtable *pt, pte_t *entry, pte_t value, u64 va, u64 bytes)
{
	replace(pt, &(struct replacement){ .count = 1,
					   .entry = &entry,
					   .value = &value,
					   .va = ALIGN_DOWN(va, bytes),
					   .bytes = bytes });
}

void pgtable_replace_run(const struct pgtable *pt, const struct pgtable_leaf *leaf, u64 attrs)
{
	unsigned run = 1U << granule_contig_shift(pt->granule, leaf->level);
	u64 bytes = run * pgtable_span(pt, leaf->level);
	pte_t *first = run_of(pt, leaf), *entry[REPLACED_MOST], value[REPLACED_MOST];

	ASSERT(run <= REPLACED_MOST);
	for (unsigned i = 0; i < run; i++) {
		entry[i] = &first[i];
		value[i] = pte_make_leaf(pte_addr(pgtable_read(entry[i])), attrs, leaf->level);
	}
	replace(pt, &(struct replacement){ .count = run,
					   .entry = entry,
					   .value = value,
					   .va = ALIGN_DOWN(leaf->va, bytes),
					   .bytes = bytes });
}

void pgtable_break_run(const struct pgtable *pt, const struct pgtable_leaf *leaf, u64 edge)
{
	u64 run_bytes = pgtable_span(pt, leaf->level)
			<< granule_contig_shift(pt->granule, leaf->level);

	if (pgtable_read(leaf->at).val & PTE_CONTIG && !IS_ALIGNED(edge, run_bytes))
		pgtable_replace_run(pt, leaf, pte_leaf_attrs(leaf->entry));
}

/* ---- other memory ---- */

/* The table of the last level that maps `va`; what that does not map has none. */
static __noinline pte_t *find_table(const struct pgtable *pt, u64 va)
{
	struct pgtable_leaf leaf;

	ASSERT(pgtable_find_leaf(pt, va, &leaf) && leaf.level == GRANULE_LAST_LEVEL);
	return leaf.at - pgtable_index(pt, leaf.level, va);
}

void pgtable_move_pages(struct pgtable *pt, const vaddr_t *va, const paddr_t *to, unsigned count,
			void (*between)(void *ctx), void *ctx)
{
	unsigned shift = pt->granule->shift, table_shift = shift + granule_index_bits(pt->granule);
	u64 index_mask = pgtable_entries(pt, GRANULE_LAST_LEVEL) - 1, near = ~va[0].val, any = 0;
	pte_t *entry[PGTABLE_MOVE_MOST], value[PGTABLE_MOVE_MOST], *table = NULL;

	ASSERT(count && count <= PGTABLE_MOVE_MOST);
	for (unsigned i = 0; i < count; i++) {
		u64 at = va[i].val, old;

		if ((at ^ near) >> table_shift) {
			table = pgtable_hot_table(pt, at, near);
			if (unlikely(!table))
				table = find_table(pt, at);
			near = at;
		}
		entry[i] = &table[at >> shift & index_mask];
		old = pgtable_read(entry[i]).val;
		ASSERT((old & (PTE_VALID | PTE_CONTIG)) == PTE_VALID);
		value[i] = (pte_t){ (old & ~PTE_ADDR_MASK) | to[i].val };
		any |= at;
	}
	ASSERT(IS_ALIGNED(any, 1ULL << shift));
	replace(pt, &(struct replacement){ .count = count,
					   .entry = entry,
					   .value = value,
					   .pages = va,
					   .between = between,
					   .ctx = ctx });
}

/* ---- smaller leaves ---- */

/* How many tables split_at needs: one for each level from the block on that `edge` cuts. */
static unsigned tables_to_split(const struct pgtable *pt, u64 edge)
{
	struct pgtable_leaf leaf;
	unsigned count = 0;

	if (pgtable_find_leaf(pt, edge, &leaf))
		while (!IS_ALIGNED(edge, pgtable_span(pt, leaf.level + count)))
			count++;
	return count;
}

/* A table of leaves that map what the block `leaf` maps; the run that `edge` cuts has no hint. */
static void fill_split(const struct pgtable *pt, pte_t *below, const struct pgtable_leaf *leaf,
		       u64 edge)
{
	unsigned level = leaf->level + 1;
	u64 span = pgtable_span(pt, level);
	u64 run_bytes = span << granule_contig_shift(pt->granule, level);
	u64 run_va = ALIGN_DOWN(edge, run_bytes);
	pte_t *run = &below[pgtable_index(pt, level, run_va)];
	pte_t value = pte_make_leaf(pte_addr(leaf->entry), pte_leaf_attrs(leaf->entry), level);

	pgtable_write_leaves(pt, level, below, leaf->va, pgtable_entries(pt, level), value, true);
	value.val += run_va - leaf->va;
	if (edge != run_va)
		pgtable_write_run(run, (unsigned)(run_bytes / span), value.val, span);
}

static void split_at(struct pgtable_spares *spares, u64 edge)
{
	const struct pgtable *pt = spares->pt;
	struct pgtable_leaf leaf;

	while (pgtable_find_leaf(pt, edge, &leaf) && leaf.va != edge) {
		paddr_t below = pgtable_spares_take(spares);

		pgtable_break_run(pt, &leaf, edge);
		fill_split(pt, pgtable_table(pt, below), &leaf, edge);
		replace_one(pt, leaf.at, pte_make_table(below), leaf.va,
			    pgtable_span(pt, leaf.level));
	}
}

int pgtable_split(struct pgtable *pt, vaddr_t va, u64 bytes)
{
	struct pgtable_spares spares = { .pt = pt };
	u64 end = va.val + bytes;
	int err;

	pgtable_assert_range(pt, va.val, bytes);
	/* As if the ends lay in different blocks; what they share is left over. */
	err = pgtable_spares_alloc(&spares, tables_to_split(pt, va.val) + tables_to_split(pt, end));
	if (err)
		return err;
	split_at(&spares, va.val);
	split_at(&spares, end);
	pgtable_spares_free(&spares);
	return 0;
}

/* ---- larger leaves ---- */

/*
 * Do `count` entries from `entry` on, of `level`, map what one of them would if it were so large?
 * A contiguous hint counts for nothing.
 */
static bool maps_as_one(const struct pgtable *pt, const pte_t *entry, unsigned level,
			unsigned count)
{
	u64 span = pgtable_span(pt, level), first = pgtable_read(entry).val & ~PTE_CONTIG;

	if (!pte_is_leaf((pte_t){ first }, level) ||
	    !IS_ALIGNED(pte_addr((pte_t){ first }).val, count * span))
		return false;
	for (unsigned i = 1; i < count; i++)
		if ((pgtable_read(&entry[i]).val & ~PTE_CONTIG) != first + i * span)
			return false;
	return true;
}

/* Let the table that `leaf` stands in be a block again, if that maps the same. */
static bool join_table(struct pgtable *pt, const struct pgtable_leaf *leaf)
{
	const pte_t *first = leaf->at - pgtable_index(pt, leaf->level, leaf->va);
	unsigned level = leaf->level - 1;
	struct pgtable_walk walk;
	pte_t block;
	paddr_t pa;

	if (!maps_as_one(pt, first, leaf->level, pgtable_entries(pt, leaf->level)))
		return false;
	pgtable_walk(pt, vaddr(leaf->va), &walk, &pa);
	block = pte_make_leaf(pte_addr(pgtable_read(first)), pte_leaf_attrs(leaf->entry), level);
	replace_one(pt, walk.at[level], block, leaf->va, pgtable_span(pt, level));
	/* Invalidated at every page of it, or wholly: no walk cache knows the table any more. */
	pgtable_free_tables(pt, leaf->level, pte_addr(walk.entry[level]));
	return true;
}

/* Put the contiguous hint on the run that `leaf` is in, if all of it is alike. */
static void join_run(const struct pgtable *pt, const struct pgtable_leaf *leaf)
{
	unsigned run = 1U << granule_contig_shift(pt->granule, leaf->level);

	if (run > 1 && !(leaf->entry.val & PTE_CONTIG) &&
	    maps_as_one(pt, run_of(pt, leaf), leaf->level, run))
		pgtable_replace_run(pt, leaf, pte_leaf_attrs(leaf->entry) | PTE_CONTIG);
}

void pgtable_join(struct pgtable *pt, vaddr_t va, unsigned level)
{
	struct pgtable_leaf leaf;

	pt->recent = NULL;
	while (pgtable_find_leaf(pt, va.val, &leaf) && leaf.level > level && join_table(pt, &leaf))
		;
	if (pgtable_find_leaf(pt, va.val, &leaf))
		join_run(pt, &leaf);
}
