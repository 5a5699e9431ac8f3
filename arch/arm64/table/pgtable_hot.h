/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What makes the walker fast, beside the plain forms that it must equal.
 *
 *   here                           plain form
 *   pgtable_hot_map_page           map in pgtable.c: two walks
 *   pgtable_hot_map                the same
 *   pgtable_hot_unmap_page         unmap_range in pgtable_change.c: three walks
 *   pgtable_hot_unmap              the same
 *   pgtable_hot_table              find_table in pgtable_replace.c: a walk
 *   pgtable_lookup                 pgtable_walk
 *   ..._run, pgtable_write_array   a loop that reads or writes entry after entry
 *
 * A shortcut does all of a request, or nothing: then the plain form does it. test_pgtable_hot.c
 * compares the two.
 */
#ifndef TABLE_PGTABLE_HOT_H
#define TABLE_PGTABLE_HOT_H

#include "inside.h"

/*
 * The entry for exactly one page, if the table that was used last has it; else NULL, as for what
 * isn't a page. So NULL says nothing, and anything else that `va` and `bytes` are in order.
 */
static __always_inline pte_t *pgtable_recent_entry(const struct pgtable *pt, u64 va, u64 bytes)
{
	unsigned shift = pt->granule->shift, index_bits = shift - PTE_BYTES_SHIFT;
	u64 page = 1ULL << shift;

	if (unlikely(!pt->recent || (va ^ pt->recent_va) >> (shift + index_bits) || bytes != page ||
		     va & (page - 1)))
		return NULL;
	return &pt->recent[va >> shift & ((1U << index_bits) - 1)];
}

/* One page, where nothing is mapped, in the table that was used last. */
static __always_inline bool pgtable_hot_map_page(const struct pgtable *pt, u64 va, paddr_t pa,
						 u64 bytes, enum map_kind kind)
{
	pte_t *entry = pgtable_recent_entry(pt, va, bytes);
	u64 page_bits = PTE_ADDR_MASK & ~(bytes - 1); /* of an address that an entry can hold */

	if (!entry || pte_valid(*entry) || pa.val & ~page_bits || kind == MAP_BOOT)
		return false;
	pgtable_write(entry, pte_make_leaf(pa, pte_attrs(kind), GRANULE_LAST_LEVEL));
	pgtable_make_usable(pt);
	return true;
}

/* One page, in no run, in the table that was used last. */
static __always_inline bool pgtable_hot_unmap_page(const struct pgtable *pt, u64 va, u64 bytes)
{
	pte_t *entry = pgtable_recent_entry(pt, va, bytes);

	if (!entry || entry->val & PTE_CONTIG)
		return false;
	pgtable_write(entry, (pte_t){ 0 });
	return true;
}

/* The range has a last-level table, which maps all of it, and nothing is mapped there. */
bool pgtable_hot_map(struct pgtable *pt, const struct pgtable_range *range);

/* The range has a last-level table, which maps all of it, and no run at its ends. */
bool pgtable_hot_unmap(struct pgtable *pt, u64 va, u64 bytes);

/* The table of the last level that maps [va, va + bytes); NULL: none is there, or one won't do. */
pte_t *pgtable_hot_last_table(struct pgtable *pt, u64 va, u64 bytes);

/*
 * The last-level table that maps `va`. It is found fast if `near`, an address of the table that
 * this returned last, is near; any address will do. NULL says nothing. Pages of a range of memory
 * may be anywhere in an area, so the table above knows their tables, mostly.
 */
static inline pte_t *pgtable_hot_table(struct pgtable *pt, u64 va, u64 near)
{
	unsigned bits = granule_index_bits(pt->granule), shift = pt->granule->shift + bits;
	pte_t entry;

	if (unlikely(!pt->recent || !pt->above || (va ^ near) >> (shift + bits)))
		return pgtable_hot_last_table(pt, va, granule_page_bytes(pt->granule));
	entry = pgtable_read(&pt->above[va >> shift & ((1U << bits) - 1)]);
	return pte_is_table(entry, GRANULE_LAST_LEVEL - 1) ? pgtable_table(pt, pte_addr(entry))
							   : NULL;
}

/* Write `count` descriptors from `entry` on: value, value + step and so on. */
void pgtable_write_run(pte_t *entry, unsigned count, u64 value, u64 step);

/* Write `count` pages from `entry` on, to the addresses in `pages`. */
void pgtable_write_array(pte_t *entry, const paddr_t *pages, unsigned count, u64 attrs);

/* Make `count` entries from `entry` on invalid. */
void pgtable_clear_run(pte_t *entry, unsigned count);

/* How many entries of `count` from `entry` on are invalid before the first that isn't. */
unsigned pgtable_invalid_run(const pte_t *entry, unsigned count);

#endif
