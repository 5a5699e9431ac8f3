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
#include <arch/pgtable.h>
#include <arch/tlb.h>
#include <kernel/assert.h>
#include <kernel/errno.h>

bool pgtable_find_leaf(const struct pgtable *pt, u64 va, struct pgtable_leaf *leaf)
{
	unsigned level = pgtable_root_level(pt);
	pte_t *table = pgtable_table(pt, pt->root);

	if (va - pgtable_base(pt) >= 1ULL << pt->va_bits)
		return false;
	for (;; level++) {
		unsigned index = pgtable_index(pt, level, va);
		pte_t entry = pgtable_read(&table[index]);

		if (pte_is_table(entry, level)) {
			table = pgtable_table(pt, pte_addr(entry));
			continue;
		}
		*leaf = (struct pgtable_leaf){ .table = table,
					       .entry = entry,
					       .level = level,
					       .index = index,
					       .va = va & ~(pgtable_span(pt, level) - 1) };
		return pte_valid(entry);
	}
}

/* The entries of the longest contiguous run: 128, of 16K's pages. More than move at once. */
#define REPLACED_MOST 128

/* Entries that become others: a run of them, which maps [va, va + bytes), or scattered pages. */
struct replacement {
	unsigned count;
	u64 va;
	u64 bytes;
	const vaddr_t *pages; /* NULL: a run */
	void (*between)(void *ctx);
	void *ctx;
	pte_t *entry[REPLACED_MOST];
	pte_t value[REPLACED_MOST];
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

	ASSERT(!pt->live || !pt->may_break || pt->may_break());
	for (unsigned i = 0; i < count; i++)
		pgtable_write(r->entry[i], (pte_t){ 0 });
	if (pt->live && r->pages)
		tlb_flush_pages(r->pages, count);
	else if (pt->live)
		tlb_flush_range(r->va, r->bytes, pt->granule);
	if (r->between) {
		/*
		 * It can't miss another CPU's stores: the DSB behind the TLBI waits for accesses
		 * by the old entries (Arm ARM, "Ordering and completion of TLB maintenance
		 * instructions"). DMB: whoever walks to a new entry finds what was stored before.
		 */
		r->between(r->ctx);
		dmb_ishst();
	}
	for (unsigned i = 0; i < count; i++)
		pgtable_write(r->entry[i], r->value[i]);
	/* Invalid to valid: no TLB to tell, but the walkers have to see it. As in pgtable_map. */
	if (pt->live) {
		dsb_ishst();
		isb();
	}
}

void pgtable_replace_run(const struct pgtable *pt, const struct pgtable_leaf *leaf, u64 attrs)
{
	unsigned run = 1U << granule_contig_shift(pt->granule, leaf->level);
	u64 span = pgtable_span(pt, leaf->level);
	struct replacement r;

	ASSERT(run <= REPLACED_MOST);
	r.count = run;
	r.va = leaf->va & ~(run * span - 1);
	r.bytes = run * span;
	r.pages = NULL;
	r.between = NULL;
	for (unsigned i = 0; i < run; i++) {
		r.entry[i] = &leaf->table[ALIGN_DOWN(leaf->index, run) + i];
		r.value[i] = pte_make_leaf(pte_addr(pgtable_read(r.entry[i])), attrs, leaf->level);
	}
	replace(pt, &r);
}

/* Take the contiguous hint off the run that `leaf` is in. */
static void break_contiguous(const struct pgtable *pt, const struct pgtable_leaf *leaf)
{
	pgtable_replace_run(pt, leaf, pte_leaf_attrs(leaf->entry));
}

/* Make the block `leaf` a pointer to a table that maps the same. */
static void replace_block(const struct pgtable *pt, const struct pgtable_leaf *leaf, paddr_t below)
{
	struct replacement r;

	r.count = 1;
	r.va = leaf->va;
	r.bytes = pgtable_span(pt, leaf->level);
	r.pages = NULL;
	r.between = NULL;
	r.entry[0] = &leaf->table[leaf->index];
	r.value[0] = pte_make_table(below);
	replace(pt, &r);
}

void pgtable_break_run_at(const struct pgtable *pt, u64 edge)
{
	struct pgtable_leaf leaf;
	u64 run_bytes;

	if (!pgtable_find_leaf(pt, edge, &leaf) || !(leaf.entry.val & PTE_CONTIG))
		return;
	run_bytes = pgtable_span(pt, leaf.level) << granule_contig_shift(pt->granule, leaf.level);
	if (!IS_ALIGNED(edge, run_bytes))
		break_contiguous(pt, &leaf);
}

/* ---- other memory ---- */

/*
 * The table of the last level that maps `va`, which differs from an address of the table that was
 * used last in the bits of `apart`. Pages of a range of memory may be anywhere in an area, so the
 * table above knows it, mostly.
 */
static inline pte_t *table_nearby(struct pgtable *pt, u64 va, u64 apart)
{
	unsigned bits = granule_index_bits(pt->granule), shift = pt->granule->shift + bits;
	pte_t entry;

	if (unlikely(!pt->recent || !pt->above || apart >> (shift + bits)))
		return pgtable_last_table(pt, va, granule_page_bytes(pt->granule));
	entry = pgtable_read(&pt->above[va >> shift & ((1U << bits) - 1)]);
	return pte_is_table(entry, GRANULE_LAST_LEVEL - 1) ? pgtable_table(pt, pte_addr(entry))
							   : NULL;
}

void pgtable_move_pages(struct pgtable *pt, const vaddr_t *va, const paddr_t *to, unsigned count,
			void (*between)(void *ctx), void *ctx)
{
	unsigned shift = pt->granule->shift, table_shift = pgtable_last_table_shift(pt);
	u64 index_mask = pgtable_entries(pt, GRANULE_LAST_LEVEL) - 1, near = va[0].val, any = 0;
	pte_t *table = pgtable_last_table(pt, near, 1ULL << shift);
	struct replacement r;

	BUILD_ASSERT(PGTABLE_MOVE_MOST <= REPLACED_MOST);
	ASSERT(count && count <= PGTABLE_MOVE_MOST);
	for (unsigned i = 0; i < count; i++) {
		u64 at = va[i].val, old;

		if ((at ^ near) >> table_shift) {
			table = table_nearby(pt, at, at ^ near);
			near = at;
		}
		ASSERT(table);
		r.entry[i] = &table[at >> shift & index_mask];
		old = pgtable_read(r.entry[i]).val;
		ASSERT((old & (PTE_VALID | PTE_CONTIG)) == PTE_VALID);
		r.value[i] = (pte_t){ (old & ~PTE_ADDR_MASK) | to[i].val };
		any |= at;
	}
	ASSERT(IS_ALIGNED(any, 1ULL << shift));
	r.count = count;
	r.pages = va;
	r.between = between;
	r.ctx = ctx;
	replace(pt, &r);
}

/* ---- smaller leaves ---- */

/* Tables below the root are full, so all new ones are of a size. Each end may need one a level. */
struct spare_tables {
	paddr_t table[2 * GRANULE_LEVELS];
	unsigned count;
};

static unsigned tables_to_split(const struct pgtable *pt, u64 edge)
{
	struct pgtable_leaf leaf;
	unsigned count = 0;

	if (pgtable_find_leaf(pt, edge, &leaf))
		while (!IS_ALIGNED(edge, pgtable_span(pt, leaf.level + count)))
			count++;
	return count;
}

static void free_spares(struct pgtable *pt, struct spare_tables *spares)
{
	while (spares->count && pt->free)
		pt->free(pt, granule_page_bytes(pt->granule), spares->table[--spares->count]);
}

static int allocate_spares(struct pgtable *pt, struct spare_tables *spares, unsigned count)
{
	for (spares->count = 0; spares->count < count; spares->count++) {
		int err = pt->alloc(pt, granule_page_bytes(pt->granule),
				    &spares->table[spares->count]);

		if (err) {
			free_spares(pt, spares);
			return err;
		}
	}
	return 0;
}

/* A table of leaves that map what the block `leaf` maps; the run that `edge` cuts has no hint. */
static void fill_split(const struct pgtable *pt, pte_t *below, const struct pgtable_leaf *leaf,
		       u64 edge)
{
	unsigned level = leaf->level + 1, entries = pgtable_entries(pt, level);
	unsigned run = 1U << granule_contig_shift(pt->granule, level);
	unsigned start = ALIGN_DOWN(pgtable_index(pt, level, edge), run);
	u64 pa = pte_addr(leaf->entry).val, attrs = pte_leaf_attrs(leaf->entry);

	pgtable_write_leaves(pt, level, below, 0, entries, pa, attrs, true);
	if (!IS_ALIGNED(edge, run * pgtable_span(pt, level)))
		pgtable_write_leaves(pt, level, below, start, run,
				     pa + start * pgtable_span(pt, level), attrs, false);
}

static void split_at(struct pgtable *pt, u64 edge, struct spare_tables *spares)
{
	struct pgtable_leaf leaf;

	while (pgtable_find_leaf(pt, edge, &leaf) && leaf.va != edge) {
		paddr_t below = spares->table[--spares->count];

		if (leaf.entry.val & PTE_CONTIG)
			break_contiguous(pt, &leaf);
		fill_split(pt, pgtable_table(pt, below), &leaf, edge);
		replace_block(pt, &leaf, below);
		pt->table_bytes += granule_page_bytes(pt->granule);
	}
}

int pgtable_split(struct pgtable *pt, vaddr_t va, u64 bytes)
{
	struct spare_tables spares;
	u64 end = va.val + bytes;
	int err;

	pgtable_assert_range(pt, va.val, bytes);
	/* As if the ends lay in different blocks; what they share is left over. */
	err = allocate_spares(pt, &spares, tables_to_split(pt, va.val) + tables_to_split(pt, end));
	if (err)
		return err;
	split_at(pt, va.val, &spares);
	split_at(pt, end, &spares);
	free_spares(pt, &spares);
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

/* The entry for `va` in a table of `level`, which is on the way to a leaf. */
static pte_t *entry_at(const struct pgtable *pt, u64 va, unsigned level)
{
	pte_t *table = pgtable_table(pt, pt->root);

	for (unsigned at = pgtable_root_level(pt); at < level; at++)
		table = pgtable_table(pt,
				      pte_addr(pgtable_read(&table[pgtable_index(pt, at, va)])));
	return &table[pgtable_index(pt, level, va)];
}

/* Let the table that `leaf` stands in be a block again, if that maps the same. */
static bool join_table(struct pgtable *pt, const struct pgtable_leaf *leaf)
{
	unsigned level = leaf->level - 1;
	u64 bytes = pgtable_span(pt, level), attrs = pte_leaf_attrs(leaf->entry);
	struct replacement r;
	paddr_t table;

	if (!maps_as_one(pt, leaf->table, leaf->level, pgtable_entries(pt, leaf->level)))
		return false;
	r.count = 1;
	r.va = leaf->va & ~(bytes - 1);
	r.bytes = bytes;
	r.pages = NULL;
	r.between = NULL;
	r.entry[0] = entry_at(pt, leaf->va, level);
	r.value[0] = pte_make_leaf(pte_addr(pgtable_read(leaf->table)), attrs, level);
	table = pte_addr(pgtable_read(r.entry[0]));
	replace(pt, &r);
	/* Invalidated at every page of it, or wholly: no walk cache knows the table any more. */
	pt->table_bytes -= granule_page_bytes(pt->granule);
	pt->free(pt, granule_page_bytes(pt->granule), table);
	return true;
}

/* Put the contiguous hint on the run that `leaf` is in, if all of it is alike. */
static void join_run(const struct pgtable *pt, const struct pgtable_leaf *leaf)
{
	unsigned run = 1U << granule_contig_shift(pt->granule, leaf->level);
	const pte_t *first = &leaf->table[ALIGN_DOWN(leaf->index, run)];

	if (run > 1 && !(leaf->entry.val & PTE_CONTIG) && maps_as_one(pt, first, leaf->level, run))
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
