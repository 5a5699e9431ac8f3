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
#include <arch/pgtable.h>
#include <kernel/assert.h>

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

/* Write `count` descriptors from `entry` on: value, value + step and so on. */
static void write_run(pte_t *entry, unsigned count, u64 value, u64 step)
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

/*
 * The contiguous bit goes on each run that lies wholly inside, aligned in the table and in
 * physical memory (entry index and address agree modulo the run, since virtual and physical do).
 */
void pgtable_write_leaves(const struct pgtable *pt, unsigned level, pte_t *table, unsigned index,
			  unsigned count, u64 pa, u64 attrs, bool hints)
{
	const struct granule *g = pt->granule;
	unsigned run_shift = granule_contig_shift(g, level), run = 1U << run_shift;
	u64 span = pgtable_span(pt, level), run_mask = (span << run_shift) - 1;
	bool congruent = hints && ((index * span ^ pa) & run_mask) == 0;
	u64 value = pte_make_leaf(paddr(pa), attrs, level).val;

	/* Up to the first run, all the whole runs, and what is left. */
	while (count) {
		unsigned whole = congruent && IS_ALIGNED(index, run) ? ALIGN_DOWN(count, run) : 0;
		unsigned n = whole ? whole : congruent ? run - (index & (run - 1)) : count;

		n = MIN(n, count);
		write_run(&table[index], n, value | (whole ? PTE_CONTIG : 0), span);
		index += n;
		count -= n;
		value += n * span;
	}
}

static __noinline pte_t *walk_to_last_table(struct pgtable *pt, u64 va)
{
	unsigned root_level = pgtable_root_level(pt);
	pte_t *table = pgtable_table(pt, pt->root), *above = NULL;

	for (unsigned level = root_level; level < GRANULE_LAST_LEVEL; level++) {
		pte_t entry = pgtable_read(&table[pgtable_index(pt, level, va)]);

		if (!pte_is_table(entry, level))
			return NULL;
		above = table;
		table = pgtable_table(pt, pte_addr(entry));
	}
	/* A root may be less than a full table, which whoever uses these takes them for. */
	if (!pt->access && root_level < GRANULE_LAST_LEVEL) {
		pt->recent = table;
		pt->recent_va = va;
		pt->above = root_level + 1 < GRANULE_LAST_LEVEL ? above : NULL;
	}
	return table;
}

pte_t *pgtable_last_table(struct pgtable *pt, u64 va, u64 bytes)
{
	unsigned shift = pgtable_last_table_shift(pt);

	if (((va + (bytes - 1)) ^ va) >> shift)
		return NULL;
	if (pt->recent && !((pt->recent_va ^ va) >> shift))
		return pt->recent;
	return walk_to_last_table(pt, va);
}

void pgtable_assert_range(const struct pgtable *pt, u64 va, u64 bytes)
{
	u64 offset = va - pgtable_base(pt), space = 1ULL << pt->va_bits;

	ASSERT(IS_ALIGNED(va | bytes, granule_page_bytes(pt->granule)));
	/* bytes > 0, and the last of them in the space */
	ASSERT(bytes - 1 < space && offset <= space - bytes);
}
