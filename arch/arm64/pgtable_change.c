// SPDX-License-Identifier: BSD-2-Clause
/*
 * Changing what is mapped: unmapping, other permissions, smaller leaves, tables given back.
 *
 * Break-before-make happens in one function, `replace`. Where it may be due is at the two ends of a
 * range only: what lies between is changed leaf by leaf, wholly.
 *
 * It is granule-generic and free of page-size sites, like pgtable.c: a space's granule need not
 * be the kernel's.
 */
#include <arch/barrier.h>
#include <arch/pgtable.h>
#include <arch/tlb.h>
#include <kernel/assert.h>
#include <kernel/errno.h>

/* A leaf, and where its entry stands. */
struct leaf {
	pte_t *table;
	pte_t entry;
	unsigned level;
	unsigned index;
	u64 va; /* the first address it maps */
};

/* The leaf that maps `va`; false where nothing does, as at the end of the space. */
static bool find_leaf(const struct pgtable *pt, u64 va, struct leaf *leaf)
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
		*leaf = (struct leaf){ .table = table,
				       .entry = entry,
				       .level = level,
				       .index = index,
				       .va = va & ~(pgtable_span(pt, level) - 1) };
		return pte_valid(entry);
	}
}

/*
 * The one place of break-before-make: `count` valid entries from `entry` on, which map [va, va +
 * bytes), become value, value + step and so on.
 *
 * Arm ARM (DDI 0487, J.a), "Use of break-before-make when updating translation table entries",
 * lists what must not be seen half done; of it, this kernel does two: a change of the size of
 * a block (a block becomes a table) and of the Contiguous bit. A TLB may hold an entry from
 * before and one from after, and a lookup that hits both may return either, a mixture, or
 * abort. So the entries go invalid, the TLBs of all CPUs forget what they said, and only then
 * are they written anew. tlb_flush_range begins with a DSB, which also completes whatever was
 * written to a table that the new entry points to.
 */
static void replace(const struct pgtable *pt, pte_t *entry, unsigned count, u64 va, u64 bytes,
		    u64 value, u64 step)
{
	pgtable_clear_run(entry, count);
	if (pt->live)
		tlb_flush_range(va, bytes, pt->granule);
	pgtable_write_run(entry, count, value, step);
	/* Invalid to valid: no TLB to tell, but the walkers have to see it. As in pgtable_map. */
	if (pt->live) {
		dsb_ishst();
		isb();
	}
}

/* Take the contiguous hint off the run that `leaf` is in. */
static void break_contiguous(const struct pgtable *pt, const struct leaf *leaf)
{
	unsigned run = 1U << granule_contig_shift(pt->granule, leaf->level);
	u64 span = pgtable_span(pt, leaf->level);
	pte_t *start = &leaf->table[ALIGN_DOWN(leaf->index, run)];

	replace(pt, start, run, leaf->va & ~(run * span - 1), run * span,
		pgtable_read(start).val & ~PTE_CONTIG, span);
}

static bool cuts_leaf(const struct pgtable *pt, u64 edge)
{
	struct leaf leaf;

	return find_leaf(pt, edge, &leaf) && leaf.va != edge;
}

/* Nothing but entries of their own may be changed on either side of `edge`. */
static void break_run_at(const struct pgtable *pt, u64 edge)
{
	struct leaf leaf;
	u64 run_bytes;

	if (!find_leaf(pt, edge, &leaf) || !(leaf.entry.val & PTE_CONTIG))
		return;
	run_bytes = pgtable_span(pt, leaf.level) << granule_contig_shift(pt->granule, leaf.level);
	if (!IS_ALIGNED(edge, run_bytes))
		break_contiguous(pt, &leaf);
}

/* Leaves and runs end where the range does, from here on. -EINVAL where a block doesn't. */
static int prepare_range(const struct pgtable *pt, u64 va, u64 bytes)
{
	if (cuts_leaf(pt, va) || cuts_leaf(pt, va + bytes))
		return -EINVAL;
	break_run_at(pt, va);
	break_run_at(pt, va + bytes);
	return 0;
}

/* ---- unmapping ---- */

/* Invalidates the leaves in [first, last] below `table`, and leaves tables in place. */
static void clear_range(const struct pgtable *pt, unsigned level, pte_t *table, u64 first, u64 last)
{
	unsigned index = pgtable_index(pt, level, first);
	unsigned stop = pgtable_index(pt, level, last);
	u64 span = pgtable_span(pt, level);

	if (level == GRANULE_LAST_LEVEL) {
		pgtable_clear_run(&table[index], stop - index + 1);
		return;
	}
	for (; index <= stop; index++, first = (first | (span - 1)) + 1) {
		pte_t entry = pgtable_read(&table[index]);

		if (pte_is_table(entry, level))
			clear_range(pt, level + 1, pgtable_table(pt, pte_addr(entry)), first,
				    MIN(last, first | (span - 1)));
		else if (pte_valid(entry))
			pgtable_write(&table[index], (pte_t){ 0 });
	}
}

/* All in one table of the last level, and no run to be thought of at its ends. */
static bool clear_in_one_table(struct pgtable *pt, u64 va, u64 bytes)
{
	pte_t *table = pgtable_last_table(pt, va, bytes);
	unsigned index = pgtable_index(pt, GRANULE_LAST_LEVEL, va);
	unsigned count = (unsigned)(bytes >> pt->granule->shift);

	if (!table || (table[index].val | table[index + count - 1].val) & PTE_CONTIG)
		return false;
	pgtable_clear_run(&table[index], count);
	return true;
}

static __noinline int unmap_range(struct pgtable *pt, u64 va, u64 bytes)
{
	pgtable_assert_range(pt, va, bytes);
	if (!clear_in_one_table(pt, va, bytes)) {
		if (prepare_range(pt, va, bytes))
			return -EINVAL;
		clear_range(pt, pgtable_root_level(pt), pgtable_table(pt, pt->root), va,
			    va + (bytes - 1));
	}
	if (pt->live)
		tlb_flush_range(va, bytes, pt->granule);
	return 0;
}

int pgtable_unmap(struct pgtable *pt, vaddr_t va, u64 bytes)
{
	pte_t *entry = pgtable_recent_entry(pt, va.val, bytes);

	/* One page, in no run, in the table that was used last. */
	if (!entry || entry->val & PTE_CONTIG)
		return unmap_range(pt, va.val, bytes);
	pgtable_write(entry, (pte_t){ 0 });
	if (pt->live)
		tlb_flush_range(va.val, bytes, pt->granule);
	return 0;
}

/* ---- permissions ---- */

static void protect_leaf(struct pgtable_range *range, unsigned level, pte_t *table, unsigned index,
			 u64 va)
{
	const u64 *attrs = range->ctx;
	pte_t old = pgtable_read(&table[index]);

	(void)level, (void)va;
	ASSERT((old.val & PTE_ATTR_MASK) == (*attrs & PTE_ATTR_MASK));
	pgtable_write(&table[index], (pte_t){ (old.val & ~pte_leaf_attrs(old)) | *attrs });
}

int pgtable_protect(struct pgtable *pt, vaddr_t va, u64 bytes, enum map_kind kind)
{
	u64 attrs = pte_attrs(kind);
	struct pgtable_range range = { .pt = pt,
				       .first = va.val,
				       .last = va.val + (bytes - 1),
				       .fn = protect_leaf,
				       .ctx = &attrs };

	pgtable_assert_range(pt, va.val, bytes);
	ASSERT(kind != MAP_BOOT || pt->boot);
	if (prepare_range(pt, va.val, bytes))
		return -EINVAL;
	pgtable_for_range(&range);
	if (pt->live)
		tlb_flush_range(va.val, bytes, pt->granule);
	return 0;
}

/* ---- smaller leaves ---- */

/* Tables below the root are full, so all new ones are of a size. Each end may need one a level. */
struct spare_tables {
	paddr_t table[2 * GRANULE_LEVELS];
	unsigned count;
};

static unsigned tables_to_split(const struct pgtable *pt, u64 edge)
{
	struct leaf leaf;
	unsigned count = 0;

	if (find_leaf(pt, edge, &leaf))
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
static void fill_split(const struct pgtable *pt, pte_t *below, const struct leaf *leaf, u64 edge)
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
	struct leaf leaf;

	while (find_leaf(pt, edge, &leaf) && leaf.va != edge) {
		u64 span = pgtable_span(pt, leaf.level);
		paddr_t below = spares->table[--spares->count];

		if (leaf.entry.val & PTE_CONTIG)
			break_contiguous(pt, &leaf);
		fill_split(pt, pgtable_table(pt, below), &leaf, edge);
		replace(pt, &leaf.table[leaf.index], 1, leaf.va, span, pte_make_table(below).val,
			0);
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

/* ---- tables that are empty ---- */

/* What is given back: tables on the way to addresses up to `last` that map only the gap. */
struct release {
	struct pgtable *pt;
	u64 last;
	u64 gap;
	u64 gap_last;
};

/*
 * The pointer to the table goes, then every copy of it in TLBs and walk caches, then the
 * table: until that is done a walker may be reading it. One TLBI by an address below the
 * pointer finds the copies, at any level (Arm ARM, "TLB maintenance instructions": by VA,
 * without "last level"). Where the table has tables of its own, walk caches may hold pointers
 * to those for other addresses.
 */
static void release_table(struct pgtable *pt, unsigned level, pte_t *entry, u64 va)
{
	paddr_t table = pte_addr(pgtable_read(entry));

	pgtable_write(entry, (pte_t){ 0 });
	if (pt->live && level + 1 < GRANULE_LAST_LEVEL)
		tlb_flush_range(ALIGN_DOWN(va, pgtable_span(pt, level)), pgtable_span(pt, level),
				pt->granule);
	else if (pt->live)
		tlb_flush_range(va, granule_page_bytes(pt->granule), pt->granule);
	pt->table_bytes -= pgtable_fold_tables(pt, level + 1, table, pt);
}

static void release_range(const struct release *r, unsigned level, pte_t *table, u64 va)
{
	u64 span = pgtable_span(r->pt, level);
	unsigned entries = pgtable_entries(r->pt, level);

	for (unsigned index = pgtable_index(r->pt, level, va); index < entries; index++) {
		pte_t entry = pgtable_read(&table[index]);
		u64 base = va & ~(span - 1);

		if (pte_is_table(entry, level)) {
			if (base >= r->gap && base + (span - 1) <= r->gap_last)
				release_table(r->pt, level, &table[index], base);
			else if (level + 1 < GRANULE_LAST_LEVEL)
				release_range(r, level + 1, pgtable_table(r->pt, pte_addr(entry)),
					      va);
		}
		if (r->last - base < span)
			return;
		va = base + span;
	}
}

void pgtable_release(struct pgtable *pt, vaddr_t va, u64 bytes, u64 gap, u64 gap_last)
{
	struct release r = {
		.pt = pt, .last = va.val + (bytes - 1), .gap = gap, .gap_last = gap_last
	};

	pgtable_assert_range(pt, va.val, bytes);
	ASSERT(gap <= va.val && r.last <= gap_last);
	pt->recent = NULL;
	release_range(&r, pgtable_root_level(pt), pgtable_table(pt, pt->root), va.val);
}
