// SPDX-License-Identifier: BSD-2-Clause
/*
 * Changing what is mapped: unmapping, other permissions, tables given back.
 *
 * Entries that may not be changed in place are pgtable_replace.c's: runs that an end of a range
 * cuts, and whole ones that get other permissions. All else is changed leaf by leaf, wholly.
 *
 * It is granule-generic and free of page-size sites, like pgtable.c: a space's granule need not
 * be the kernel's.
 */
#include <arch/pgtable.h>
#include <arch/tlb.h>
#include <kernel/assert.h>
#include <kernel/errno.h>

static bool cuts_leaf(const struct pgtable *pt, u64 edge)
{
	struct pgtable_leaf leaf;

	return pgtable_find_leaf(pt, edge, &leaf) && leaf.va != edge;
}

/* Leaves and runs end where the range does, from here on. -EINVAL where a block doesn't. */
static int prepare_range(const struct pgtable *pt, u64 va, u64 bytes)
{
	if (cuts_leaf(pt, va) || cuts_leaf(pt, va + bytes))
		return -EINVAL;
	pgtable_break_run_at(pt, va);
	pgtable_break_run_at(pt, va + bytes);
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

/* What may change in place: who may do what, if it is no run's (pgtable_replace_run). */
#define PTE_PERMISSIONS (PTE_AP_EL0 | PTE_AP_RO | PTE_PXN | PTE_UXN)

static void protect_leaf(struct pgtable_range *range, unsigned level, pte_t *table, unsigned index,
			 u64 va)
{
	u64 attrs = *(const u64 *)range->ctx;
	pte_t old = pgtable_read(&table[index]);
	u64 changed = pte_leaf_attrs(old) ^ attrs;

	ASSERT(!(changed & ~PTE_PERMISSIONS));
	if (changed && old.val & PTE_CONTIG) {
		struct pgtable_leaf leaf = {
			.table = table, .entry = old, .level = level, .index = index, .va = va
		};

		/* All of the run is in the range, or it would have no hint any more. */
		pgtable_replace_run(range->pt, &leaf, attrs | PTE_CONTIG);
	} else if (changed) {
		pgtable_write(&table[index], (pte_t){ old.val ^ changed });
	}
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
