// SPDX-License-Identifier: BSD-2-Clause
/* The invariants of areas: V1 to V4 of <mm/vmap.h>. */
#include <arch/mmu.h>
#include <arch/page.h>
#include <arch/pgtable.h>

#include "inside.h"

/* Is normal memory mapped at `va`? */
static bool is_memory(u64 va)
{
	struct pgtable_walk walk;
	paddr_t pa;

	return pgtable_walk(mmu_kernel_pgtable(), vaddr(va), &walk, &pa) &&
	       (walk.entry[walk.last_level].val & PTE_ATTR_MASK) == (pte_normal() & PTE_ATTR_MASK);
}

static bool is_mapped(u64 va)
{
	paddr_t pa;

	return pgtable_lookup(mmu_kernel_pgtable(), vaddr(va), &pa);
}

/* V1 and V4. */
static const char *check_tree(u64 *where)
{
	struct vmap_area area = { .base = 0 };
	struct vmap_stats stats;
	const char *broken;
	u64 bytes = 0;

	spin_lock(&vmap_lock);
	broken = vmap_area_check(&vmap_tree, where);
	spin_unlock(&vmap_lock);
	if (broken)
		return broken;
	while (vmap_next(area.base, &area))
		bytes += area.bytes;
	vmap_read_stats(&stats);
	return bytes == stats.bytes ? NULL : "V4: the sums are not those of the areas";
}

const char *vmap_check(vaddr_t *where)
{
	const char *broken = check_tree(&where->val);
	struct vmap_area area = { .base = 0 };

	if (broken)
		return broken;
	while (vmap_next(area.base, &area)) {
		where->val = area.base - page_size();
		if (is_mapped(where->val))
			return "V3: the page before an area is mapped";
		where->val = area.base + area.bytes;
		if (is_mapped(where->val))
			return "V3: the page after an area is mapped";
		for (u64 va = area.base; va < area.base + area.bytes; va += page_size()) {
			where->val = va;
			if (!is_memory(va))
				return "V2: a page of an area is not mapped to memory";
		}
	}
	return NULL;
}
