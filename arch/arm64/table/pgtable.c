// SPDX-License-Identifier: BSD-2-Clause
/*
 * The walker, and mapping: translation tables of any granule are built here.
 *
 * One function, `walk`, goes through the levels. What it does about an entry, `decide` says. To
 * map, it runs twice: first it counts the tables that are missing and looks for conflicts, then,
 * with those tables in hand, it writes. What can fail comes first and changes nothing.
 *
 * This file also runs with the MMU off, where memory is Device-typed: no unaligned
 * access, no page-size site, no static pointer may stand in it.
 */
#include <arch/barrier.h>
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <lib/string.h>

#include "inside.h"
#include "pgtable_hot.h"

/* ---- the walker ---- */

enum pgtable_action pgtable_decide(const struct granule *g, unsigned level, pte_t entry, u64 va,
				   u64 pa, u64 bytes, u64 attrs)
{
	u64 span = 1ULL << granule_level_shift(g, level);
	bool fits = granule_leaf_allowed(g, level) && IS_ALIGNED(va | pa, span) && bytes >= span;

	if (pte_is_table(entry, level))
		return PGTABLE_DESCEND;
	if (pte_valid(entry)) {
		u64 mapped = pte_addr(entry).val + (va & (span - 1));

		return mapped == pa && pte_leaf_attrs(entry) == attrs ? PGTABLE_SKIP
								      : PGTABLE_CONFLICT;
	}
	return fits ? PGTABLE_LEAF : PGTABLE_NEW_TABLE;
}

static enum pgtable_action decide(struct pgtable_range *range, unsigned level, pte_t entry, u64 va)
{
	struct pgtable_mapping *m = range->mapping;

	if (pte_is_table(entry, level))
		return PGTABLE_DESCEND;
	if (!m)
		return pte_valid(entry) ? PGTABLE_LEAF : PGTABLE_SKIP;
	if (pte_valid(entry)) {
		m->occupied = true;
		if (m->pages)
			return PGTABLE_CONFLICT;
	} else if (m->pages_only) {
		return level == GRANULE_LAST_LEVEL ? PGTABLE_LEAF : PGTABLE_NEW_TABLE;
	}
	return pgtable_decide(range->pt->granule, level, entry, va, va + m->pa_minus_va,
			      range->last - va + 1, m->attrs);
}

static int walk_new_table(struct pgtable_range *range, unsigned level, pte_t *at, u64 va, u64 last);

/*
 * The entries of `table`, at `level`, that map [va, last], and what is below them. `table` is NULL
 * while tables are counted that do not exist yet.
 */
static int walk(struct pgtable_range *range, unsigned level, pte_t *table, u64 va, u64 last)
{
	const struct pgtable *pt = range->pt;
	unsigned shift = granule_level_shift(pt->granule, level);
	unsigned index = pgtable_index(pt, level, va), count;
	u64 span = 1ULL << shift, entry_last, next;
	int err = 0;

	do {
		pte_t *at = table ? &table[index] : NULL;
		pte_t entry = range->fresh ? (pte_t){ 0 } : pgtable_read(at);

		entry_last = va | (span - 1);
		next = MIN(last, entry_last);
		count = 1;
		switch (decide(range, level, entry, va)) {
		case PGTABLE_SKIP:
			break;
		case PGTABLE_LEAF:
			count = range->leaf(range, level, at, va,
					    (unsigned)((last - va + 1) >> shift));
			break;
		case PGTABLE_NEW_TABLE:
			err = walk_new_table(range, level, at, va, next);
			break;
		case PGTABLE_DESCEND:
			err = walk(range, level + 1, pgtable_table(pt, pte_addr(entry)), va, next);
			break;
		case PGTABLE_CONFLICT:
			return -EEXIST;
		}
		index += count;
		va = entry_last + (count - 1) * span + 1;
	} while (!err && va - 1 < last);
	return err;
}

static void zero_table(const struct pgtable *pt, pte_t *entries, u64 bytes)
{
	if (pt->zero)
		pt->zero(entries, bytes);
	else
		memset(entries, 0, bytes);
}

/*
 * The entry `at` of `level` is to point to a new table, which maps [va, last]. If that is all of
 * the table, each of its entries will be written: then it isn't cleared.
 */
static int walk_new_table(struct pgtable_range *range, unsigned level, pte_t *at, u64 va, u64 last)
{
	struct pgtable_mapping *m = range->mapping;
	bool fresh = range->fresh;
	paddr_t table = paddr(0);
	pte_t *entries = NULL;
	int err;

	if (!m->commit) {
		m->needed++;
	} else {
		table = pgtable_spares_take(&m->spares);
		entries = pgtable_table(range->pt, table);
		if (last - va != pgtable_span(range->pt, level) - 1)
			zero_table(range->pt, entries, granule_page_bytes(range->pt->granule));
	}
	range->fresh = true;
	err = walk(range, level + 1, entries, va, last);
	range->fresh = fresh;
	if (m->commit) {
		/*
		 * The finished table before the pointer to it, for the walkers of all CPUs: else
		 * one could follow the pointer to what the memory held before. Arm ARM, "Ordering
		 * of memory accesses from translation table walks". A DMB will do between two
		 * stores; the DSB at the end of the request is what makes the mapping usable.
		 */
		dmb_ishst();
		pgtable_write(at, pte_make_table(table));
	}
	return err;
}

int pgtable_walk_range(struct pgtable_range *range)
{
	const struct pgtable *pt = range->pt;

	return walk(range, pgtable_root_level(pt), pgtable_table(pt, pt->root), range->first,
		    range->last);
}

void pgtable_assert_range(const struct pgtable *pt, u64 va, u64 bytes)
{
	u64 offset = va - pgtable_base(pt), space = 1ULL << pt->va_bits;

	ASSERT(IS_ALIGNED(va | bytes, granule_page_bytes(pt->granule)));
	/* bytes > 0, and the last of them in the space */
	ASSERT(bytes - 1 < space && offset <= space - bytes);
}

/* ---- tables in reserve ---- */

int pgtable_spares_alloc(struct pgtable_spares *spares, unsigned count)
{
	struct pgtable *pt = spares->pt;

	while (spares->count < count) {
		paddr_t table;
		int err = pt->alloc(pt, granule_page_bytes(pt->granule), &table);

		if (err) {
			pgtable_spares_free(spares);
			return err;
		}
		pgtable_table(pt, table)->val = spares->first.val;
		spares->first = table;
		spares->count++;
	}
	return 0;
}

static paddr_t unchain(struct pgtable_spares *spares)
{
	paddr_t table = spares->first;

	spares->first = paddr(pgtable_table(spares->pt, table)->val);
	spares->count--;
	return table;
}

paddr_t pgtable_spares_take(struct pgtable_spares *spares)
{
	spares->pt->table_bytes += granule_page_bytes(spares->pt->granule);
	return unchain(spares);
}

void pgtable_spares_free(struct pgtable_spares *spares)
{
	struct pgtable *pt = spares->pt;

	while (spares->count && pt->free)
		pt->free(pt, granule_page_bytes(pt->granule), unchain(spares));
}

/* ---- mapping ---- */

void pgtable_write_leaves(const struct pgtable *pt, unsigned level, pte_t *entry, u64 va,
			  unsigned count, pte_t value, bool hints)
{
	u64 span = pgtable_span(pt, level);
	unsigned run = 1U << granule_contig_shift(pt->granule, level);
	unsigned index = pgtable_index(pt, level, va), head = count, runs = 0;

	/* Up to the first run, all whole runs, and what is left. */
	if (hints && IS_ALIGNED(va ^ pte_addr(value).val, run * span)) {
		head = MIN(count, ALIGN_UP(index, run) - index);
		runs = ALIGN_DOWN(count - head, run);
	}
	pgtable_write_run(entry, head, value.val, span);
	value.val += head * span;
	pgtable_write_run(entry + head, runs, value.val | PTE_CONTIG, span);
	value.val += runs * span;
	pgtable_write_run(entry + head + runs, count - head - runs, value.val, span);
}

void pgtable_write_mapping(const struct pgtable_range *range, unsigned level, pte_t *entry, u64 va,
			   unsigned count)
{
	const struct pgtable_mapping *m = range->mapping;
	const struct pgtable *pt = range->pt;

	if (m->pages)
		pgtable_write_array(entry, &m->pages[(va - range->first) >> pt->granule->shift],
				    count, m->attrs);
	else
		pgtable_write_leaves(pt, level, entry, va, count,
				     pte_make_leaf(paddr(va + m->pa_minus_va), m->attrs, level),
				     !m->pages_only);
}

/*
 * Leaves are to begin at `entry`: as many as entries are invalid. All are in a new table, and
 * where the count met no leaf.
 */
static unsigned map_leaves(struct pgtable_range *range, unsigned level, pte_t *entry, u64 va,
			   unsigned count)
{
	const struct pgtable_mapping *m = range->mapping;

	if (!range->fresh && !(m->commit && !m->occupied && level == GRANULE_LAST_LEVEL))
		count = pgtable_invalid_run(entry, count);
	if (m->commit)
		pgtable_write_mapping(range, level, entry, va, count);
	return count;
}

static int map(struct pgtable *pt, vaddr_t va, u64 bytes, struct pgtable_mapping mapping)
{
	struct pgtable_range range = { .pt = pt,
				       .first = va.val,
				       .last = va.val + (bytes - 1),
				       .leaf = map_leaves,
				       .mapping = &mapping };
	int err;

	if (!pgtable_hot_map(pt, &range)) {
		mapping.spares.pt = pt;
		err = pgtable_walk_range(&range);
		if (!err)
			err = pgtable_spares_alloc(&mapping.spares, mapping.needed);
		if (err)
			return err;
		mapping.commit = true;
		err = pgtable_walk_range(&range);
		ASSERT(!err);
	}
	pgtable_make_usable(pt);
	return 0;
}

static void assert_mapping(const struct pgtable *pt, vaddr_t va, u64 bytes, u64 pa, u64 pa_bytes,
			   enum map_kind kind)
{
	pgtable_assert_range(pt, va.val, bytes);
	ASSERT(IS_ALIGNED(pa, granule_page_bytes(pt->granule)) && pte_reaches(pa, pa_bytes));
	ASSERT(kind != MAP_BOOT || pt->boot);
}

static __noinline int map_piece(struct pgtable *pt, vaddr_t va, paddr_t pa, u64 bytes,
				enum map_kind kind, bool pages_only)
{
	assert_mapping(pt, va, bytes, pa.val, bytes, kind);
	return map(pt, va, bytes,
		   (struct pgtable_mapping){ .pa_minus_va = pa.val - va.val,
					     .attrs = pte_attrs(kind),
					     .pages_only = pages_only });
}

int pgtable_map(struct pgtable *pt, vaddr_t va, paddr_t pa, u64 bytes, enum map_kind kind)
{
	if (pgtable_hot_map_page(pt, va.val, pa, bytes, kind))
		return 0;
	return map_piece(pt, va, pa, bytes, kind, false);
}

int pgtable_map_pages(struct pgtable *pt, vaddr_t va, paddr_t pa, u64 bytes, enum map_kind kind)
{
	if (pgtable_hot_map_page(pt, va.val, pa, bytes, kind))
		return 0;
	return map_piece(pt, va, pa, bytes, kind, true);
}

int pgtable_map_array(struct pgtable *pt, vaddr_t va, const paddr_t *pages, u64 count,
		      enum map_kind kind)
{
	u64 page = granule_page_bytes(pt->granule), any = 0;

	ASSERT(count <= 1ULL << (pt->va_bits - pt->granule->shift));
	/* The bits that any of the addresses has: all are in reach, and of pages, if these are. */
	for (u64 i = 0; i < count; i++)
		any |= pages[i].val;
	assert_mapping(pt, va, count * page, any, page, kind);
	return map(pt, va, count * page,
		   (struct pgtable_mapping){
			   .pages = pages, .attrs = pte_attrs(kind), .pages_only = true });
}

int pgtable_map_like(struct pgtable *pt, vaddr_t va, pte_t leaf)
{
	u64 page = granule_page_bytes(pt->granule);

	pgtable_assert_range(pt, va.val, page);
	return map(pt, va, page,
		   (struct pgtable_mapping){ .pa_minus_va = pte_addr(leaf).val - va.val,
					     .attrs = pte_leaf_attrs(leaf),
					     .pages_only = true });
}

int pgtable_init(struct pgtable *pt)
{
	u64 bytes = pgtable_bytes(pt, pgtable_root_level(pt));
	int err = pt->alloc(pt, bytes, &pt->root);

	if (err)
		return err;
	pt->table_bytes = bytes;
	zero_table(pt, pgtable_table(pt, pt->root), bytes);
	return 0;
}
