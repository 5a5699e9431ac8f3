// SPDX-License-Identifier: BSD-2-Clause
/*
 * What spaces that are live together make of physical memory, whatever the addresses that it is
 * mapped at:
 *
 *   K1  what EL1 can execute, it can write by no mapping
 *   K2  nothing is mapped as Normal memory and as Device memory
 *
 * Few ranges are executable or Device memory. They are collected by one walk, and a second one
 * looks for mappings of them that must not be. For checks: <arch/mmu.h>.
 */
#include <arch/pgtable.h>

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
