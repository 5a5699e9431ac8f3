// SPDX-License-Identifier: BSD-2-Clause
/*
 * Checks of what <arch/pgtable.h> promises: I1 to I4 of one space, and of all spaces that are live
 * together, whatever addresses they map physical memory at:
 *
 *   K1  what EL1 can execute, it can write by no mapping
 *   K2  nothing is mapped as Normal memory and as Device memory
 *
 * Few ranges are executable or Device memory. One walk collects them, and a second one looks for
 * mappings of them that must not be. <arch/mmu.h> checks the spaces of the CPU.
 */
#include "inside.h"

/* Of the image's text, the trampoline's, and devices: leaves that follow one another are one. */
#define RANGES_MOST 64

struct range {
	u64 first; /* physical */
	u64 end;
	bool executable; /* else Device memory */
};

struct aliases {
	struct range range[RANGES_MOST];
	unsigned ranges;
	const char *broken;
	u64 where;
};

static bool is_executable(pte_t leaf)
{
	return !(leaf.val & PTE_PXN) && !(pte_writable(leaf) && leaf.val & PTE_AP_EL0);
}

static bool is_normal(pte_t leaf)
{
	return (leaf.val & PTE_ATTR_MASK) == (pte_normal() & PTE_ATTR_MASK);
}

static void add_range(struct aliases *a, u64 pa, u64 bytes, bool executable)
{
	struct range *last = a->ranges ? &a->range[a->ranges - 1] : NULL;

	if (last && last->executable == executable && last->end == pa)
		last->end += bytes;
	else if (a->ranges == RANGES_MOST)
		a->broken = "K: too many ranges to be looked at are executable or Device memory";
	else
		a->range[a->ranges++] = (struct range){ pa, pa + bytes, executable };
}

static void collect(void *ctx, vaddr_t va, unsigned level, pte_t leaf, u64 bytes)
{
	(void)va, (void)level;
	if (is_executable(leaf))
		add_range(ctx, pte_addr(leaf).val, bytes, true);
	if (!is_normal(leaf))
		add_range(ctx, pte_addr(leaf).val, bytes, false);
}

static void compare(void *ctx, vaddr_t va, unsigned level, pte_t leaf, u64 bytes)
{
	u64 pa = pte_addr(leaf).val;
	struct aliases *a = ctx;

	(void)level;
	for (unsigned i = 0; i < a->ranges && !a->broken; i++) {
		const struct range *r = &a->range[i];

		if (pa >= r->end || r->first >= pa + bytes)
			continue;
		if (r->executable && pte_writable(leaf))
			a->broken = "K1: what can be executed can be written here";
		else if (!r->executable && is_normal(leaf))
			a->broken = "K2: what is Device memory elsewhere is Normal memory here";
		if (a->broken)
			a->where = va.val;
	}
}

const char *pgtable_check_aliases(const struct pgtable *spaces, unsigned count, vaddr_t *where)
{
	struct aliases a = { .ranges = 0 };

	for (unsigned i = 0; i < count; i++)
		pgtable_for_each_leaf(&spaces[i], collect, &a);
	for (unsigned i = 0; i < count; i++)
		pgtable_for_each_leaf(&spaces[i], compare, &a);
	*where = vaddr(a.where);
	return a.broken;
}

/* ---- one space ---- */

struct check {
	const char *broken;
	u64 where;
};

static const char *check_contiguous(const struct pgtable *pt, unsigned level, const pte_t *entry,
				    unsigned index)
{
	unsigned run = 1U << granule_contig_shift(pt->granule, level);
	unsigned start = ALIGN_DOWN(index, run);
	const pte_t *first = entry - (index - start);
	u64 value = first->val;

	if (start + run > pgtable_entries(pt, level))
		return "I3: a contiguous run is longer than its table";
	if (!IS_ALIGNED(pte_addr(*first).val, run * pgtable_span(pt, level)))
		return "I3: a contiguous run is not aligned";
	for (unsigned i = 0; i < run; i++, value += pgtable_span(pt, level))
		if (first[i].val != value)
			return "I3: the entries of a contiguous run do not ascend as one";
	return NULL;
}

/* What EL1 can execute; or EL0, though it is none of its own. */
static bool is_kernels_text(pte_t leaf)
{
	return pte_executable(leaf) && !(leaf.val & PTE_PXN && leaf.val & PTE_AP_EL0);
}

static unsigned check_leaf(struct pgtable_range *range, unsigned level, pte_t *entry, u64 va,
			   unsigned most)
{
	const struct pgtable *pt = range->pt;
	struct check *c = range->ctx;
	const char *broken = NULL;

	(void)most;
	if (c->broken)
		return 1;
	if (pte_writable(*entry) && is_kernels_text(*entry) && !pt->boot)
		broken = "I1: writable and executable";
	else if (entry->val & (PTE_AP_EL0 | PTE_NG) && !(entry->val & PTE_PXN))
		broken = "I1: a program's, and executable at EL1";
	else if (!IS_ALIGNED(pte_addr(*entry).val, pgtable_span(pt, level)))
		broken = "I2: the address is not aligned to the level";
	else if (!granule_leaf_allowed(pt->granule, level))
		broken = "I4: a block at a level that the granule has none at";
	else if (entry->val & PTE_CONTIG)
		broken = check_contiguous(pt, level, entry, pgtable_index(pt, level, va));
	if (broken)
		*c = (struct check){ broken, va };
	return 1;
}

const char *pgtable_check(const struct pgtable *pt, vaddr_t *where)
{
	struct check c = { 0 };
	struct pgtable_range range = { .pt = pt,
				       .first = pgtable_base(pt),
				       .last = pgtable_last(pt),
				       .leaf = check_leaf,
				       .ctx = &c };

	pgtable_walk_range(&range);
	*where = vaddr(c.where);
	return c.broken;
}
