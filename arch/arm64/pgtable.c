// SPDX-License-Identifier: BSD-2-Clause
/*
 * The walker: maps, unmaps, protects and reads translation tables of any granule.
 *
 * One recursion over levels serves mapping (`map_range`), one serves everything that
 * changes or reads leaves that exist (`each_leaf`). Mapping runs twice over the same code,
 * first counting the tables that it would need and looking for conflicts, then,
 * with those tables in hand, writing: what can fail comes first and changes nothing.
 *
 * This file also runs with the MMU off, where memory is Device-typed: no unaligned
 * access, no page-size site, no static pointer may stand in it.
 */
#include <arch/barrier.h>
#include <arch/pgtable.h>
#include <arch/tlb.h>
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <lib/string.h>

static void assert_range(const struct pgtable *pt, u64 va, u64 bytes)
{
	ASSERT(bytes > 0);
	ASSERT(IS_ALIGNED(va | bytes, granule_page_bytes(pt->granule)));
	ASSERT(va >= pgtable_base(pt));
	ASSERT(bytes <= 1ULL << pt->va_bits);
	ASSERT(va - pgtable_base(pt) <= (1ULL << pt->va_bits) - bytes);
}

/* ---- mapping ---- */

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
	u64 pa_minus_va; /* physical = virtual + this, modulo 2^64 */
	u64 end;         /* of the virtual range; exclusive, 0 for the end of the space */
	u64 attrs;
	bool pages_only;
	bool commit;                     /* false: count and look; true: write */
	unsigned needed[GRANULE_LEVELS]; /* tables missing, by the level they are for */
	paddr_t spare[GRANULE_LEVELS];   /* allocated tables, chained by their first word */
};

static paddr_t take_spare(struct map_request *req, unsigned level)
{
	paddr_t table = req->spare[level];
	pte_t *entries = req->pt->access(table);

	req->spare[level] = paddr(entries[0].val);
	memset(entries, 0, pgtable_bytes(req->pt, level));
	return table;
}

/*
 * Write `count` leaves from `entry` on. The contiguous bit goes on each run that lies wholly
 * inside, aligned in the table and in physical memory (entry index and address agree modulo
 * the run, since virtual and physical do).
 */
static void write_leaves(const struct map_request *req, unsigned level, pte_t *table,
			 unsigned index, unsigned count, u64 pa)
{
	const struct granule *g = req->pt->granule;
	u64 span = pgtable_span(req->pt, level);
	unsigned run = 1U << granule_contig_shift(g, level);
	u64 run_mask = (span << granule_contig_shift(g, level)) - 1;
	bool congruent = ((index * span ^ pa) & run_mask) == 0 && !req->pages_only;
	u64 value = pte_make_leaf(paddr(pa), req->attrs, level).val;
	unsigned end = index + count;

	while (index < end) {
		bool contig = congruent && IS_ALIGNED(index, run) && end - index >= run;
		unsigned stop = contig ? index + run : MIN(ALIGN_DOWN(index, run) + run, end);
		u64 hint = contig ? PTE_CONTIG : 0;

		for (; index < stop; index++, value += span)
			pgtable_write(&table[index], (pte_t){ value | hint });
	}
}

/*
 * How many entries from `index` on are leaves to write: 0 when the first is not. An absent
 * table is a table of invalid entries.
 */
static unsigned leaf_run(const struct map_request *req, unsigned level, const pte_t *table,
			 unsigned index, u64 va)
{
	unsigned most = pgtable_entries(req->pt, level) - index;
	u64 whole = (req->end - va) >> granule_level_shift(req->pt->granule, level);
	unsigned count = (unsigned)MIN(whole, most);
	unsigned n = 0;

	if (!table)
		return count;
	while (n < count && !pte_valid(pgtable_read(&table[index + n])))
		n++;
	return n;
}

static enum pgtable_action decide(const struct map_request *req, unsigned level, pte_t entry,
				  u64 va)
{
	if (req->pages_only && level != GRANULE_LAST_LEVEL && !pte_valid(entry))
		return PGTABLE_NEW_TABLE;
	return pgtable_decide(req->pt->granule, level, entry, va, va + req->pa_minus_va,
			      req->end - va, req->attrs);
}

/* Map [va, end) below `table`, which is NULL for one that is missing and only counted. */
static int map_range(struct map_request *req, unsigned level, pte_t *table, u64 va, u64 end)
{
	u64 span = pgtable_span(req->pt, level);

	while (va != end) {
		unsigned index = pgtable_index(req->pt, level, va);
		pte_t entry = table ? pgtable_read(&table[index]) : (pte_t){ 0 };
		u64 next = MIN(end - 1, va | (span - 1)) + 1;
		pte_t *below = NULL;
		unsigned run;
		int err;

		switch (decide(req, level, entry, va)) {
		case PGTABLE_CONFLICT:
			return -EEXIST;
		case PGTABLE_SKIP:
			va = next;
			continue;
		case PGTABLE_LEAF:
			run = leaf_run(req, level, table, index, va);
			if (req->commit)
				write_leaves(req, level, table, index, run, va + req->pa_minus_va);
			va += run * span;
			continue;
		case PGTABLE_NEW_TABLE:
			if (!req->commit) {
				req->needed[level + 1]++;
				break;
			}
			entry = pte_make_table(take_spare(req, level + 1));
			/*
			 * The cleared table before the pointer to it, for the walkers of all CPUs:
			 * else one could follow the pointer to what the memory held before. Arm
			 * ARM, "Ordering of memory accesses from translation table walks". A DMB
			 * will do between two stores; the DSB at the end of the request is what
			 * makes the mapping usable.
			 */
			dmb_ishst();
			pgtable_write(&table[index], entry);
			__attribute__((fallthrough));
		case PGTABLE_DESCEND:
			below = req->pt->access(pte_addr(entry));
			break;
		}
		err = map_range(req, level + 1, below, va, next);
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
		while (req->spare[level].val) {
			paddr_t table = req->spare[level];

			req->spare[level] = paddr(pt->access(table)[0].val);
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
			pt->access(table)[0].val = req->spare[level].val;
			req->spare[level] = table;
		}
	}
	return 0;
}

static int map_with(struct pgtable *pt, vaddr_t va, paddr_t pa, u64 bytes, enum map_kind kind,
		    bool pages_only)
{
	pte_t *root = pt->access(pt->root);
	struct map_request req = { .pt = pt,
				   .pa_minus_va = pa.val - va.val,
				   .end = va.val + bytes,
				   .attrs = pte_attrs(kind),
				   .pages_only = pages_only };
	int err;

	assert_range(pt, va.val, bytes);
	ASSERT(IS_ALIGNED(pa.val, granule_page_bytes(pt->granule)));
	ASSERT(pte_reaches(pa.val, bytes));
	ASSERT(kind != MAP_BOOT || pt->boot);

	err = map_range(&req, pgtable_root_level(pt), root, va.val, req.end);
	if (!err)
		err = allocate_spares(&req);
	if (err)
		return err;

	req.commit = true;
	err = map_range(&req, pgtable_root_level(pt), root, va.val, req.end);
	ASSERT(!err);
	/*
	 * Entries went from invalid to valid, and an invalid entry is never held in a TLB, so none
	 * is invalidated. DSB ISHST completes the stores for every walker; ISB keeps this CPU from
	 * having walked for its next instructions already. Arm ARM, "TLB maintenance requirements".
	 */
	if (pt->live) {
		dsb_ishst();
		isb();
	}
	return 0;
}

int pgtable_map(struct pgtable *pt, vaddr_t va, paddr_t pa, u64 bytes, enum map_kind kind)
{
	return map_with(pt, va, pa, bytes, kind, false);
}

int pgtable_map_pages(struct pgtable *pt, vaddr_t va, paddr_t pa, u64 bytes, enum map_kind kind)
{
	return map_with(pt, va, pa, bytes, kind, true);
}

int pgtable_init(struct pgtable *pt)
{
	unsigned level = pgtable_root_level(pt);
	int err = pt->alloc(pt, pgtable_bytes(pt, level), &pt->root);

	if (err)
		return err;
	pt->table_bytes = pgtable_bytes(pt, level);
	memset(pt->access(pt->root), 0, pt->table_bytes);
	return 0;
}

/* ---- changing leaves ---- */

/*
 * The one place of break-before-make: take the contiguous hint off the run around `index`.
 *
 * Arm ARM, "Use of out-of-context translation regimes" and "Break-before-make" list a change of the
 * Contiguous bit among those that must not be seen half done: a TLB may hold one entry for the run
 * and one for a page of it, and a lookup that hits both may return either or abort. So the
 * whole run goes invalid, the TLBs of all CPUs forget it, and only then is it written anew.
 */
static void break_contiguous(const struct pgtable *pt, unsigned level, pte_t *table, unsigned index,
			     u64 va)
{
	unsigned run = 1U << granule_contig_shift(pt->granule, level);
	u64 span = pgtable_span(pt, level);
	unsigned start = ALIGN_DOWN(index, run);
	u64 value = pgtable_read(&table[start]).val & ~PTE_CONTIG;

	for (unsigned i = start; i < start + run; i++)
		pgtable_write(&table[i], (pte_t){ 0 });
	if (pt->live)
		tlb_flush_range(ALIGN_DOWN(va, run * span), run * span, pt->granule);
	for (unsigned i = start; i < start + run; i++, value += span)
		pgtable_write(&table[i], (pte_t){ value });
	if (pt->live) {
		dsb_ishst();
		isb();
	}
}

/* Does the run around this entry reach beyond the range that is being changed? */
static bool cuts_run(const struct pgtable_range *range, unsigned level, u64 va)
{
	u64 run_bytes = pgtable_span(range->pt, level)
			<< granule_contig_shift(range->pt->granule, level);
	u64 base = va & ~(run_bytes - 1);

	return base < range->first || base + (run_bytes - 1) > range->last;
}

static void prepare_leaf(struct pgtable_range *range, unsigned level, pte_t *table, unsigned index,
			 u64 va)
{
	if ((table[index].val & PTE_CONTIG) && cuts_run(range, level, va))
		break_contiguous(range->pt, level, table, index, va);
}

static void unmap_leaf(struct pgtable_range *range, unsigned level, pte_t *table, unsigned index,
		       u64 va)
{
	(void)range, (void)level, (void)va;
	pgtable_write(&table[index], (pte_t){ 0 });
}

static void protect_leaf(struct pgtable_range *range, unsigned level, pte_t *table, unsigned index,
			 u64 va)
{
	const u64 *attrs = range->ctx;
	pte_t old = pgtable_read(&table[index]);

	(void)level, (void)va;
	ASSERT((old.val & PTE_ATTR_MASK) == (*attrs & PTE_ATTR_MASK));
	pgtable_write(&table[index], (pte_t){ (old.val & ~pte_leaf_attrs(old)) | *attrs });
}

static int change_leaves(struct pgtable *pt, vaddr_t va, u64 bytes, pgtable_leaf_fn *fn, void *ctx)
{
	struct pgtable_range range = {
		.pt = pt, .first = va.val, .last = va.val + (bytes - 1), .ctx = ctx
	};

	assert_range(pt, va.val, bytes);
	pgtable_for_range(&range);
	if (range.cut)
		return -EINVAL;
	range.fn = prepare_leaf;
	pgtable_for_range(&range);
	range.fn = fn;
	pgtable_for_range(&range);
	if (pt->live)
		tlb_flush_range(va.val, bytes, pt->granule);
	return 0;
}

int pgtable_unmap(struct pgtable *pt, vaddr_t va, u64 bytes)
{
	return change_leaves(pt, va, bytes, unmap_leaf, NULL);
}

int pgtable_protect(struct pgtable *pt, vaddr_t va, u64 bytes, enum map_kind kind)
{
	u64 attrs = pte_attrs(kind);

	ASSERT(kind != MAP_BOOT || pt->boot);
	return change_leaves(pt, va, bytes, protect_leaf, &attrs);
}
