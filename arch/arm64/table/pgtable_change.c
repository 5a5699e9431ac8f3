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
#include <arch/tlb.h>
#include <kernel/assert.h>
#include <kernel/errno.h>

#include "inside.h"
#include "pgtable_hot.h"

/* Leaves and runs end where the range does, from here on. -EINVAL where a block doesn't. */
static int prepare_range(const struct pgtable *pt, u64 va, u64 bytes)
{
	u64 edge[] = { va, va + bytes };
	struct pgtable_leaf leaf[2];
	bool mapped[2];

	for (unsigned i = 0; i < 2; i++) {
		mapped[i] = pgtable_find_leaf(pt, edge[i], &leaf[i]);
		if (mapped[i] && leaf[i].va != edge[i])
			return -EINVAL;
	}
	for (unsigned i = 0; i < 2; i++)
		if (mapped[i])
			pgtable_break_run(pt, &leaf[i], edge[i]);
	return 0;
}

/* ---- unmapping ---- */

/* Invalidates a block, or all pages that the range has in a table. */
static unsigned clear_leaves(struct pgtable_range *range, unsigned level, pte_t *entry, u64 va,
			     unsigned most)
{
	unsigned count = level == GRANULE_LAST_LEVEL ? most : 1;

	(void)range, (void)va;
	pgtable_clear_run(entry, count);
	return count;
}

static __noinline int unmap_range(struct pgtable *pt, u64 va, u64 bytes)
{
	pgtable_assert_range(pt, va, bytes);
	if (!pgtable_hot_unmap(pt, va, bytes)) {
		struct pgtable_range range = {
			.pt = pt, .first = va, .last = va + (bytes - 1), .leaf = clear_leaves
		};

		if (prepare_range(pt, va, bytes))
			return -EINVAL;
		pgtable_walk_range(&range);
	}
	if (pt->live)
		tlb_flush_range(va, bytes, pt->granule);
	return 0;
}

int pgtable_unmap(struct pgtable *pt, vaddr_t va, u64 bytes)
{
	if (!pgtable_hot_unmap_page(pt, va.val, bytes))
		return unmap_range(pt, va.val, bytes);
	if (pt->live)
		tlb_flush_range(va.val, bytes, pt->granule);
	return 0;
}

/* ---- permissions ---- */

/* What may change in place: who may do what, if it is no run's (pgtable_replace_run). */
#define PTE_PERMISSIONS (PTE_AP_EL0 | PTE_AP_RO | PTE_PXN | PTE_UXN)

static unsigned protect_leaf(struct pgtable_range *range, unsigned level, pte_t *entry, u64 va,
			     unsigned most)
{
	u64 attrs = *(const u64 *)range->ctx;
	struct pgtable_leaf leaf = {
		.at = entry, .entry = pgtable_read(entry), .level = level, .va = va
	};
	u64 changed = pte_leaf_attrs(leaf.entry) ^ attrs;

	(void)most;
	ASSERT(!(changed & ~PTE_PERMISSIONS));
	/* All of a run is in the range, or it would have no hint any more. */
	if (changed && leaf.entry.val & PTE_CONTIG)
		pgtable_replace_run(range->pt, &leaf, attrs | PTE_CONTIG);
	else if (changed)
		pgtable_write(entry, (pte_t){ leaf.entry.val ^ changed });
	return 1;
}

int pgtable_protect(struct pgtable *pt, vaddr_t va, u64 bytes, enum map_kind kind)
{
	u64 attrs = pte_attrs(kind);
	struct pgtable_range range = { .pt = pt,
				       .first = va.val,
				       .last = va.val + (bytes - 1),
				       .leaf = protect_leaf,
				       .ctx = &attrs };

	pgtable_assert_range(pt, va.val, bytes);
	ASSERT(kind != MAP_BOOT || pt->boot);
	if (prepare_range(pt, va.val, bytes))
		return -EINVAL;
	pgtable_walk_range(&range);
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
	u64 bytes = level + 1 < GRANULE_LAST_LEVEL ? pgtable_span(pt, level)
						   : granule_page_bytes(pt->granule);
	paddr_t table = pte_addr(pgtable_read(entry));

	pt->recent = NULL;
	pgtable_write(entry, (pte_t){ 0 });
	if (pt->live)
		tlb_flush_range(va, bytes, pt->granule);
	pgtable_free_tables(pt, level + 1, table);
}

static void release_range(const struct release *r, unsigned level, pte_t *table, u64 va)
{
	u64 span = pgtable_span(r->pt, level), base;

	for (pte_t *at = &table[pgtable_index(r->pt, level, va)];; at++, va = base + span) {
		pte_t entry = pgtable_read(at);

		base = ALIGN_DOWN(va, span);
		if (pte_is_table(entry, level)) {
			if (base >= r->gap && base + (span - 1) <= r->gap_last)
				release_table(r->pt, level, at, base);
			else if (level + 1 < GRANULE_LAST_LEVEL)
				release_range(r, level + 1, pgtable_table(r->pt, pte_addr(entry)),
					      va);
		}
		if (r->last - base < span)
			return;
	}
}

void pgtable_release(struct pgtable *pt, vaddr_t va, u64 bytes, u64 gap, u64 gap_last)
{
	struct release r = {
		.pt = pt, .last = va.val + (bytes - 1), .gap = gap, .gap_last = gap_last
	};

	pgtable_assert_range(pt, va.val, bytes);
	ASSERT(gap <= va.val && r.last <= gap_last);
	release_range(&r, pgtable_root_level(pt), pgtable_table(pt, pt->root), va.val);
}
