// SPDX-License-Identifier: BSD-2-Clause
/*
 * Mapping: translation tables of any granule are built here.
 *
 * One recursion over levels (`map_range`) runs twice over the same code, first counting the tables
 * that it would need and looking for conflicts, then, with those tables in hand, writing: what
 * can fail comes first and changes nothing. A request that one table of the last level serves
 * needs no table and only a look at its entries, so it takes a short way.
 *
 * This file also runs with the MMU off, where memory is Device-typed: no unaligned
 * access, no page-size site, no static pointer may stand in it.
 */
#include <arch/barrier.h>
#include <arch/pgtable.h>
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <lib/string.h>

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

/* One request to map, and the tables that it may take. */
struct map_request {
	struct pgtable *pt;
	const paddr_t
		*pages; /* for each page from `first` on; NULL: physical memory in one piece */
	u64 first;
	u64 end;         /* of the virtual range; exclusive, 0 for the end of the space */
	u64 pa_minus_va; /* physical = virtual + this, modulo 2^64; 0 with an array */
	u64 attrs;
	bool pages_only;
	bool occupied;                   /* set by the count: something valid was met on the way */
	bool commit;                     /* false: count and look; true: write */
	unsigned needed[GRANULE_LEVELS]; /* tables missing, by the level they are for */
	paddr_t spare[GRANULE_LEVELS];   /* allocated tables, chained by their first word */
	unsigned spares[GRANULE_LEVELS]; /* how many: memory at address 0 may be one of them */
};

static void zero_table(const struct pgtable *pt, pte_t *entries, u64 bytes)
{
	if (pt->zero)
		pt->zero(entries, bytes);
	else
		memset(entries, 0, bytes);
}

/*
 * A new table for [va, end), which is the part of the request below one entry of `level - 1`.
 * It isn't cleared if every entry of it will be a leaf of this request.
 */
static paddr_t take_spare(struct map_request *req, unsigned level, u64 va, u64 end)
{
	const struct pgtable *pt = req->pt;
	paddr_t table = req->spare[level];
	pte_t *entries = pgtable_table(pt, table);
	bool leaves = req->pages_only
			      ? level == GRANULE_LAST_LEVEL
			      : granule_leaf_allowed(pt->granule, level) &&
					IS_ALIGNED(req->pa_minus_va, pgtable_span(pt, level));

	req->spare[level] = paddr(entries[0].val);
	if (!leaves || end - va != pgtable_span(pt, level - 1))
		zero_table(pt, entries, pgtable_bytes(pt, level));
	return table;
}

static void write_leaves(const struct map_request *req, unsigned level, pte_t *table,
			 unsigned index, unsigned count, u64 va)
{
	if (req->pages)
		pgtable_write_array(&table[index],
				    &req->pages[(va - req->first) >> req->pt->granule->shift],
				    count, req->attrs);
	else
		pgtable_write_leaves(req->pt, level, table, index, count, va + req->pa_minus_va,
				     req->attrs, !req->pages_only);
}

/*
 * How many entries from `index` on are leaves to write; the first is known to be. Of a `fresh`
 * table all are invalid, as they are where the count met nothing valid.
 */
static unsigned leaf_run(const struct map_request *req, unsigned level, const pte_t *table,
			 unsigned index, u64 va, bool fresh)
{
	unsigned most = pgtable_entries(req->pt, level) - index;
	u64 whole = (req->end - va) >> granule_level_shift(req->pt->granule, level);
	unsigned count = (unsigned)MIN(whole, most);

	if (fresh || (req->commit && !req->occupied && level == GRANULE_LAST_LEVEL))
		return count;
	return pgtable_invalid_run(&table[index], count);
}

static enum pgtable_action decide(struct map_request *req, unsigned level, pte_t entry, u64 va)
{
	if (pte_is_leaf(entry, level)) {
		req->occupied = true;
		if (req->pages)
			return PGTABLE_CONFLICT;
	}
	if (req->pages_only && level != GRANULE_LAST_LEVEL && !pte_valid(entry))
		return PGTABLE_NEW_TABLE;
	return pgtable_decide(req->pt->granule, level, entry, va, va + req->pa_minus_va,
			      req->end - va, req->attrs);
}

static int map_range(struct map_request *req, unsigned level, pte_t *table, u64 va, u64 end,
		     bool fresh);

/* What `entry` at `level` covers of the request, [va, end), goes into a new table below it. */
static int map_below_new(struct map_request *req, unsigned level, pte_t *entry, u64 va, u64 end)
{
	paddr_t below;
	int err;

	if (!req->commit) {
		req->needed[level + 1]++;
		return map_range(req, level + 1, NULL, va, end, true);
	}
	below = take_spare(req, level + 1, va, end);
	err = map_range(req, level + 1, pgtable_table(req->pt, below), va, end, true);
	/*
	 * The finished table before the pointer to it, for the walkers of all CPUs: else one could
	 * follow the pointer to what the memory held before. Arm ARM, "Ordering of memory accesses
	 * from translation table walks". A DMB will do between two stores; the DSB at the end of
	 * the request is what makes the mapping usable.
	 */
	dmb_ishst();
	pgtable_write(entry, pte_make_table(below));
	return err;
}

/*
 * Map [va, end) below `table`. A `fresh` one is new: its entries may be junk and count as invalid;
 * while counting there is none, and `table` is NULL.
 */
static int map_range(struct map_request *req, unsigned level, pte_t *table, u64 va, u64 end,
		     bool fresh)
{
	u64 span = pgtable_span(req->pt, level);

	while (va != end) {
		unsigned index = pgtable_index(req->pt, level, va);
		pte_t entry = fresh ? (pte_t){ 0 } : pgtable_read(&table[index]);
		u64 next = MIN(end - 1, va | (span - 1)) + 1;
		unsigned run;
		int err = 0;

		switch (decide(req, level, entry, va)) {
		case PGTABLE_CONFLICT:
			return -EEXIST;
		case PGTABLE_SKIP:
			break;
		case PGTABLE_LEAF:
			run = leaf_run(req, level, table, index, va, fresh);
			if (req->commit)
				write_leaves(req, level, table, index, run, va);
			next = va + run * span;
			break;
		case PGTABLE_NEW_TABLE:
			err = map_below_new(req, level, table ? &table[index] : NULL, va, next);
			break;
		case PGTABLE_DESCEND:
			err = map_range(req, level + 1, pgtable_table(req->pt, pte_addr(entry)), va,
					next, false);
			break;
		}
		if (err)
			return err;
		va = next;
	}
	return 0;
}

static void free_spares(struct map_request *req)
{
	struct pgtable *pt = req->pt;

	for (unsigned level = 0; level < GRANULE_LEVELS; level++) {
		for (; req->spares[level]; req->spares[level]--) {
			paddr_t table = req->spare[level];

			req->spare[level] = paddr(pgtable_table(pt, table)[0].val);
			pt->table_bytes -= pgtable_bytes(pt, level);
			if (pt->free)
				pt->free(pt, pgtable_bytes(pt, level), table);
		}
	}
}

/* Allocate what the counting pass found missing, chained through each table's first word. */
static int allocate_spares(struct map_request *req)
{
	struct pgtable *pt = req->pt;

	for (unsigned level = 0; level < GRANULE_LEVELS; level++) {
		for (unsigned n = 0; n < req->needed[level]; n++) {
			paddr_t table;
			int err = pt->alloc(pt, pgtable_bytes(pt, level), &table);

			if (err) {
				free_spares(req);
				return err;
			}
			pt->table_bytes += pgtable_bytes(pt, level);
			pgtable_table(pt, table)[0].val = req->spare[level].val;
			req->spare[level] = table;
			req->spares[level]++;
		}
	}
	return 0;
}

static __noinline int map_request(struct map_request *req)
{
	struct pgtable *pt = req->pt;
	pte_t *root = pgtable_table(pt, pt->root);
	unsigned level = pgtable_root_level(pt);
	int err = map_range(req, level, root, req->first, req->end, false);

	if (!err)
		err = allocate_spares(req);
	if (err)
		return err;
	req->commit = true;
	err = map_range(req, level, root, req->first, req->end, false);
	ASSERT(!err);
	return 0;
}

/* Where a last-level table is there for all of the request, and nothing in the way: write. */
static bool map_in_one_table(const struct map_request *req)
{
	struct pgtable *pt = req->pt;
	u64 bytes = req->end - req->first;
	unsigned index = pgtable_index(pt, GRANULE_LAST_LEVEL, req->first);
	unsigned count = (unsigned)(bytes >> pt->granule->shift);
	pte_t *table = pgtable_last_table(pt, req->first, bytes);

	if (!table || pgtable_invalid_run(&table[index], count) != count)
		return false;
	write_leaves(req, GRANULE_LAST_LEVEL, table, index, count, req->first);
	return true;
}

/*
 * Entries went from invalid to valid, and an invalid entry is never held in a TLB, so none is
 * invalidated. DSB ISHST completes the stores for every walker; ISB keeps this CPU from
 * having walked for its next instructions already. Arm ARM, "TLB maintenance requirements".
 */
static inline void make_usable(const struct pgtable *pt)
{
	if (pt->live) {
		dsb_ishst();
		isb();
	}
}

static int map(struct pgtable *pt, vaddr_t va, u64 bytes, u64 pa_minus_va, const paddr_t *pages,
	       enum map_kind kind, bool pages_only)
{
	struct map_request req = { .pt = pt,
				   .pages = pages,
				   .first = va.val,
				   .end = va.val + bytes,
				   .pa_minus_va = pa_minus_va,
				   .attrs = pte_attrs(kind),
				   .pages_only = pages_only };
	int err;

	ASSERT(kind != MAP_BOOT || pt->boot);
	if (!map_in_one_table(&req)) {
		err = map_request(&req);
		if (err)
			return err;
	}
	make_usable(pt);
	return 0;
}

static void assert_physical(const struct pgtable *pt, u64 pa, u64 bytes)
{
	ASSERT(IS_ALIGNED(pa, granule_page_bytes(pt->granule)));
	ASSERT(pte_reaches(pa, bytes));
}

static __noinline int map_piece(struct pgtable *pt, vaddr_t va, paddr_t pa, u64 bytes,
				enum map_kind kind, bool pages_only)
{
	pgtable_assert_range(pt, va.val, bytes);
	assert_physical(pt, pa.val, bytes);
	return map(pt, va, bytes, pa.val - va.val, NULL, kind, pages_only);
}

/* One page, where nothing is mapped, in the table that was used last. False: the long way. */
static __always_inline bool map_recent(const struct pgtable *pt, u64 va, u64 pa, u64 bytes,
				       enum map_kind kind)
{
	pte_t *entry = pgtable_recent_entry(pt, va, bytes);
	u64 page_bits = PTE_ADDR_MASK & ~(bytes - 1); /* of an address that an entry can hold */

	if (!entry || pte_valid(*entry) || pa & ~page_bits || kind == MAP_BOOT)
		return false;
	pgtable_write(entry, pte_make_leaf(paddr(pa), pte_attrs(kind), GRANULE_LAST_LEVEL));
	make_usable(pt);
	return true;
}

int pgtable_map(struct pgtable *pt, vaddr_t va, paddr_t pa, u64 bytes, enum map_kind kind)
{
	if (map_recent(pt, va.val, pa.val, bytes, kind))
		return 0;
	return map_piece(pt, va, pa, bytes, kind, false);
}

int pgtable_map_pages(struct pgtable *pt, vaddr_t va, paddr_t pa, u64 bytes, enum map_kind kind)
{
	if (map_recent(pt, va.val, pa.val, bytes, kind))
		return 0;
	return map_piece(pt, va, pa, bytes, kind, true);
}

int pgtable_map_array(struct pgtable *pt, vaddr_t va, const paddr_t *pages, u64 count,
		      enum map_kind kind)
{
	u64 any = 0;

	ASSERT(count <= 1ULL << (pt->va_bits - pt->granule->shift));
	pgtable_assert_range(pt, va.val, count << pt->granule->shift);
	/* The bits that any of the addresses has: all are in reach, and of pages, if these are. */
	for (u64 i = 0; i < count; i++)
		any |= pages[i].val;
	assert_physical(pt, any, granule_page_bytes(pt->granule));
	return map(pt, va, count << pt->granule->shift, 0, pages, kind, true);
}

int pgtable_init(struct pgtable *pt)
{
	unsigned level = pgtable_root_level(pt);
	int err = pt->alloc(pt, pgtable_bytes(pt, level), &pt->root);

	if (err)
		return err;
	pt->table_bytes = pgtable_bytes(pt, level);
	zero_table(pt, pgtable_table(pt, pt->root), pt->table_bytes);
	return 0;
}
