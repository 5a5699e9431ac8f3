// SPDX-License-Identifier: BSD-2-Clause
/*
 * Runs of entries within one table: written, cleared, searched; and the way to a table of the
 * last level. This is where mapping spends its time, so it is written for few instructions.
 *
 * Entries are written two at a time. A store of a pair is not one access but two, each of
 * which is single-copy atomic because each register's half is aligned: a walker sees an entry
 * as it was or as it is, never half of each, and that is all it needs (Arm ARM, DDI 0487 J.a,
 * "Requirements for single-copy atomicity"). DC ZVA makes no such promise, so entries that a
 * walker may be reading are never cleared by it.
 *
 * This file also runs with the MMU off, where memory is Device-typed: no unaligned
 * access, no page-size site, no static pointer may stand in it.
 */
#include <kernel/assert.h>

#include "pgtable_hot.h"

/* Two entries, and on to the next two. */
static inline pte_t *write_pair(pte_t *entry, u64 first, u64 second)
{
#ifdef GRANULE_HOST
	pgtable_write(entry, (pte_t){ first });
	pgtable_write(entry + 1, (pte_t){ second });
	return entry + 2;
#else
	asm volatile("stp %x1, %x2, [%0], #16"
		     : "+r"(entry)
		     : "rZ"(first), "rZ"(second)
		     : "memory");
	return entry;
#endif
}

void pgtable_write_run(pte_t *entry, unsigned count, u64 value, u64 step)
{
	u64 second = value + step, step2 = 2 * step;
	pte_t *end = entry + ALIGN_DOWN(count, 8);

	while (entry != end) {
		entry = write_pair(entry, value, second);
		entry = write_pair(entry, value += step2, second += step2);
		entry = write_pair(entry, value += step2, second += step2);
		entry = write_pair(entry, value += step2, second += step2);
		value += step2, second += step2;
	}
	for (count &= 7; count; count--, value += step)
		pgtable_write(entry++, (pte_t){ value });
}

void pgtable_clear_run(pte_t *entry, unsigned count)
{
	pte_t *end = entry + ALIGN_DOWN(count, 8);

	while (entry != end) {
		entry = write_pair(entry, 0, 0);
		entry = write_pair(entry, 0, 0);
		entry = write_pair(entry, 0, 0);
		entry = write_pair(entry, 0, 0);
	}
	for (count &= 7; count; count--)
		pgtable_write(entry++, (pte_t){ 0 });
}

void pgtable_write_array(pte_t *entry, const paddr_t *pages, unsigned count, u64 attrs)
{
	u64 bits = pte_make_leaf(paddr(0), attrs, GRANULE_LAST_LEVEL).val;
	pte_t *end = entry + ALIGN_DOWN(count, 8);

	for (; entry != end; pages += 8) {
		entry = write_pair(entry, pages[0].val | bits, pages[1].val | bits);
		entry = write_pair(entry, pages[2].val | bits, pages[3].val | bits);
		entry = write_pair(entry, pages[4].val | bits, pages[5].val | bits);
		entry = write_pair(entry, pages[6].val | bits, pages[7].val | bits);
	}
	for (count &= 7; count; count--)
		pgtable_write(entry++, (pte_t){ pages++->val | bits });
}

/* Plain loads: whoever looks at runs of entries is the one who may change them. */
unsigned pgtable_invalid_run(const pte_t *entry, unsigned count)
{
	const pte_t *e = entry, *end = entry + count;

	for (; end - e >= 8; e += 8) {
		u64 any = e[0].val | e[1].val | e[2].val | e[3].val | e[4].val | e[5].val |
			  e[6].val | e[7].val;

		if (any & PTE_VALID)
			break;
	}
	while (e < end && !pte_valid(*e))
		e++;
	return (unsigned)(e - entry);
}

static __noinline pte_t *walk_to_last_table(struct pgtable *pt, u64 va)
{
	unsigned root_level = pgtable_root_level(pt);
	pte_t *table, *above = NULL;

#ifdef GRANULE_HOST
	if (pt == host_plain_pgtable)
		return NULL;
#endif
	/* A root may be less than a full table, which these are taken for. */
	if (root_level == GRANULE_LAST_LEVEL)
		return NULL;
	table = pgtable_table(pt, pt->root);
	for (unsigned level = root_level; level < GRANULE_LAST_LEVEL; level++) {
		pte_t entry = pgtable_read(&table[pgtable_index(pt, level, va)]);

		if (!pte_is_table(entry, level))
			return NULL;
		above = table;
		table = pgtable_table(pt, pte_addr(entry));
	}
	pt->recent = table;
	pt->recent_va = va;
	pt->above = root_level + 1 < GRANULE_LAST_LEVEL ? above : NULL;
	return table;
}

pte_t *pgtable_hot_last_table(struct pgtable *pt, u64 va, u64 bytes)
{
	unsigned shift = granule_level_shift(pt->granule, GRANULE_LAST_LEVEL - 1);

	if (((va + (bytes - 1)) ^ va) >> shift)
		return NULL;
	if (pt->recent && !((pt->recent_va ^ va) >> shift))
		return pt->recent;
	return walk_to_last_table(pt, va);
}

bool pgtable_hot_map(struct pgtable *pt, const struct pgtable_range *range)
{
	u64 va = range->first, bytes = range->last - va + 1;
	unsigned count = (unsigned)(bytes >> pt->granule->shift);
	pte_t *table = pgtable_hot_last_table(pt, va, bytes), *entry;

	if (!table)
		return false;
	entry = &table[pgtable_index(pt, GRANULE_LAST_LEVEL, va)];
	if (pgtable_invalid_run(entry, count) != count)
		return false;
	pgtable_write_mapping(range, GRANULE_LAST_LEVEL, entry, va, count);
	return true;
}

bool pgtable_hot_unmap(struct pgtable *pt, u64 va, u64 bytes)
{
	unsigned count = (unsigned)(bytes >> pt->granule->shift);
	pte_t *table = pgtable_hot_last_table(pt, va, bytes), *entry;

	if (!table)
		return false;
	entry = &table[pgtable_index(pt, GRANULE_LAST_LEVEL, va)];
	if ((entry[0].val | entry[count - 1].val) & PTE_CONTIG)
		return false;
	pgtable_clear_run(entry, count);
	return true;
}

bool pgtable_lookup(const struct pgtable *pt, vaddr_t va, paddr_t *pa)
{
	unsigned level = pgtable_root_level(pt), index_bits = granule_index_bits(pt->granule);
	unsigned lsb = granule_level_shift(pt->granule, level), unused = 64U - pt->va_bits;
	u64 index = va.val << unused >> (unused + lsb), index_mask = (1ULL << index_bits) - 1;
	u64 table_offset = pt->table_offset, table = pt->root.val, offset_mask;
	pte_t entry;

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
