// SPDX-License-Identifier: BSD-2-Clause
/*
 * Pages of a space that has no larger leaves, one by one: found, taken out, permitted other things.
 *
 * Such a space is a program's. Most of what it has reserved was never touched, so where there is no
 * table, these go on to the next one.
 */
#include <arch/barrier.h>
#include <arch/tlb.h>
#include <kernel/assert.h>

#include "inside.h"
#include "pgtable_hot.h"

/* The first address after `va` that may have a table; no table maps `va`. */
static u64 after_hole(const struct pgtable *pt, u64 va)
{
	struct pgtable_walk walk;
	unsigned level, left;
	u64 span;
	paddr_t pa;

	pgtable_walk(pt, vaddr(va), &walk, &pa);
	level = walk.last_level;
	span = pgtable_span(pt, level);
	left = pgtable_entries(pt, level) - pgtable_index(pt, level, va);
	return ALIGN_DOWN(va, span) + pgtable_invalid_run(walk.at[level], left) * span;
}

pte_t *pgtable_next_pages(struct pgtable *pt, u64 *va, u64 last, unsigned *count)
{
	const unsigned shift = pt->granule->shift, bits = granule_index_bits(pt->granule);
	const u64 table_bytes = 1ULL << (shift + bits);
	pte_t *table;

	while (!(table = pgtable_hot_last_table(pt, *va, 1))) {
		u64 next = after_hole(pt, *va);

		if (next > last)
			return NULL;
		*va = next;
	}
	*count = (unsigned)((MIN(last, *va | (table_bytes - 1)) - *va) >> shift) + 1;
	return &table[*va >> shift & ((1U << bits) - 1)];
}

pte_t *pgtable_page_entry(struct pgtable *pt, u64 va)
{
	const unsigned shift = pt->granule->shift, bits = granule_index_bits(pt->granule);
	pte_t *table = pt->recent;

	if (unlikely(!table || (va ^ pt->recent_va) >> (shift + bits)))
		table = pgtable_hot_last_table(pt, va, 1);
	return table ? &table[va >> shift & ((1U << bits) - 1)] : NULL;
}

void pgtable_set_page(pte_t *entry, paddr_t pa, enum map_kind kind)
{
	ASSERT(!pte_valid(*entry));
	/*
	 * The page's content before the entry: nothing else tells another thread of the program, on
	 * another CPU, that it is there. A walk orders what it is for after its read of the entry;
	 * a DMB will do between two stores. Arm ARM, "Ordering of memory accesses from translation
	 * table walks".
	 */
	dmb_ishst();
	pgtable_write(entry, pte_make_leaf(pa, pte_attrs(kind), GRANULE_LAST_LEVEL));
	/* As in pgtable_make_usable. */
	dsb_ishst();
	isb();
}

bool pgtable_take_pages(struct pgtable *pt, u64 *va, u64 last, struct pgtable_taken *taken)
{
	const unsigned shift = pt->granule->shift;
	unsigned have = 0, count, i;
	pte_t *entry;

	while (*va <= last && (entry = pgtable_next_pages(pt, va, last, &count))) {
		for (i = 0; i < count && have < PGTABLE_TAKEN_MOST; i++) {
			pte_t old = pgtable_read(&entry[i]);

			if (!pte_valid(old)) {
				i += pgtable_invalid_run(&entry[i], count - i) - 1;
				continue;
			}
			pgtable_write(&entry[i], (pte_t){ 0 });
			taken->va[have] = vaddr(*va + ((u64)i << shift));
			taken->entry[have++] = old;
		}
		*va += (u64)i << shift;
		if (have == PGTABLE_TAKEN_MOST)
			break;
	}
	taken->count = have;
	return have == PGTABLE_TAKEN_MOST;
}

void pgtable_permit_pages(struct pgtable *pt, u64 va, u64 last, enum map_kind kind)
{
	const unsigned shift = pt->granule->shift;
	const u64 attrs = pte_attrs(kind);
	vaddr_t changed[PGTABLE_TAKEN_MOST];
	unsigned have = 0, count;
	pte_t *entry;

	for (; va <= last && (entry = pgtable_next_pages(pt, &va, last, &count));
	     va += (u64)count << shift) {
		for (unsigned i = 0; i < count; i++) {
			pte_t old = pgtable_read(&entry[i]);
			u64 shared = old.val & PTE_SHARED ? PTE_SHARED | PTE_AP_RO : 0;

			if (!pte_valid(old) || pte_leaf_attrs(old) == (attrs | shared))
				continue;
			pgtable_write(&entry[i], pte_make_leaf(pte_addr(old), attrs | shared,
							       GRANULE_LAST_LEVEL));
			changed[have++] = vaddr(va + ((u64)i << shift));
			if (have == PGTABLE_TAKEN_MOST) {
				if (pt->live)
					tlb_flush_pages(changed, have);
				have = 0;
			}
		}
	}
	if (have && pt->live)
		tlb_flush_pages(changed, have);
}
