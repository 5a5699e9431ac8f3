// SPDX-License-Identifier: BSD-2-Clause
/* Areas for people: a report of all, a line about one address, and the check of the invariants. */
#include <arch/mmu.h>
#include <arch/page.h>
#include <arch/trap.h>
#include <lib/format.h>
#include <lib/panic.h>
#include <lib/printk.h>
#include <lib/symbols.h>
#include <mm/vmap_inside.h>

static const char *type_name(enum vmap_type type)
{
	return type == VMAP_TYPE_MOVABLE ? "movable_alloc" : "vmalloc";
}

#define LINES_MOST 64 /* of areas */

/* Where the area lies physically, if all of it does in one piece. */
static bool is_contiguous(const struct vmap_place *place, paddr_t *base)
{
	const struct pgtable *pt = mmu_kernel_pgtable();
	u64 end = place->base + place->bytes, leaf;
	struct pgtable_walk walk;
	paddr_t pa;

	for (u64 va = place->base; va < end; va = ALIGN_DOWN(va, leaf) + leaf) {
		if (!pgtable_walk(pt, vaddr(va), &walk, &pa))
			return false;
		leaf = 1ULL << granule_level_shift(pt->granule, walk.last_level);
		if (va == place->base)
			*base = pa;
		else if (pa.val - base->val != va - place->base)
			return false;
	}
	return true;
}

/* Areas that differ in their addresses only, one after the other. */
static void report_alike(int (*print)(const char *fmt, ...), const struct vmap_place *first,
			 const struct vmap_place *last, u64 count)
{
	char size[FORMAT_BYTES_SIZE], name[SYMBOLS_FORMAT_SIZE];
	paddr_t pa = { 0 };

	print("vmap: %#llx to %#llx ", first->base, last->base + last->bytes);
	if (count > 1)
		print("%llu areas of ", count);
	print("%s, %s by %s", format_bytes(size, sizeof(size), first->bytes),
	      type_name(first->type), symbols_format(name, sizeof(name), vaddr(first->caller)));
	if (count == 1 && is_contiguous(first, &pa))
		print(", physical %#llx", pa.val);
	print("\n");
}

/* The last one of the areas behind `first` that are like it; *count: of all these. */
static struct vmap_place last_alike(const struct vmap_place *first, u64 *count)
{
	struct vmap_place last = *first, next;

	for (*count = 1; vmap_next(last.base, &next); ++*count) {
		if (next.type != first->type || next.bytes != first->bytes ||
		    next.caller != first->caller)
			break;
		last = next;
	}
	return last;
}

void vmap_report(int (*print)(const char *fmt, ...))
{
	char size[FORMAT_BYTES_SIZE], tables[FORMAT_BYTES_SIZE];
	struct vmap_place first, last = { .base = 0 };
	struct vmap_stats stats;
	u64 left, count;

	vmap_read_stats(&stats);
	left = stats.areas;
	print("vmap: %llu areas of %s, tables for them take %s\n", stats.areas,
	      format_bytes(size, sizeof(size), stats.bytes),
	      format_bytes(tables, sizeof(tables), stats.table_bytes));
	for (unsigned lines = 0; lines < LINES_MOST && vmap_next(last.base, &first); lines++) {
		last = last_alike(&first, &count);
		report_alike(print, &first, &last, count);
		left -= count;
	}
	if (left)
		print("vmap: and %llu areas more\n", left);
}

void vmap_explain(vaddr_t addr, int (*print)(const char *fmt, ...))
{
	static const char where[3][32] = { [VMAP_INSIDE] = "in",
					   [VMAP_GUARD_BEFORE] = "in the guard page before",
					   [VMAP_GUARD_BEHIND] = "in the guard page behind" };
	char name[SYMBOLS_FORMAT_SIZE];
	struct vmap_place place;

	if (!vmap_find(addr, &place))
		return;
	print("%#llx is %s the area of %llu bytes at %#llx, which %s got by %s\n", addr.val,
	      where[place.where], place.bytes, place.base,
	      symbols_format(name, sizeof(name), vaddr(place.caller)), type_name(place.type));
}

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

const char *vmap_check(vaddr_t *where)
{
	const char *broken = vmap_check_tree(&where->val);
	struct vmap_place place;

	if (broken)
		return broken;
	for (u64 at = 0; vmap_next(at, &place); at = place.base) {
		where->val = place.base - page_size();
		if (is_mapped(where->val))
			return "V3: the page before an area is mapped";
		where->val = place.base + place.bytes;
		if (is_mapped(where->val))
			return "V3: the page behind an area is mapped";
		for (u64 va = place.base; va < place.base + place.bytes; va += page_size()) {
			where->val = va;
			if (!is_memory(va))
				return "V2: a page of an area is not mapped to memory";
		}
	}
	return NULL;
}

PANIC_REPORT(10, vmap)
{
	if (trap_is_abort(regs))
		vmap_explain(vaddr(regs->far), printk);
}
