// SPDX-License-Identifier: BSD-2-Clause
/* Areas for people: a report of all, and a line about one address. */
#include <arch/layout.h>
#include <arch/mmu.h>
#include <arch/page.h>
#include <arch/trap.h>
#include <kernel/vmap_report.h>
#include <lib/format.h>
#include <lib/panic.h>
#include <lib/printk.h>
#include <lib/symbols.h>

static const char *type_name(const struct vmap_area *area)
{
	return area->type == VMAP_TYPE_MOVABLE ? "movable_alloc" : "vmalloc";
}

#define LINES_MOST 64 /* of areas */

/* Where the area lies physically, if all of it does in one piece. */
static bool is_contiguous(const struct vmap_area *area, paddr_t *base)
{
	const struct pgtable *pt = mmu_kernel_pgtable();
	u64 end = area->base + area->bytes, leaf;
	struct pgtable_walk walk;
	paddr_t pa;

	for (u64 va = area->base; va < end; va = ALIGN_DOWN(va, leaf) + leaf) {
		if (!pgtable_walk(pt, vaddr(va), &walk, &pa))
			return false;
		leaf = 1ULL << granule_level_shift(pt->granule, walk.last_level);
		if (va == area->base)
			*base = pa;
		else if (pa.val - base->val != va - area->base)
			return false;
	}
	return true;
}

/* Areas that differ in their addresses only, one after the other. */
static void report_alike(int (*print)(const char *fmt, ...), const struct vmap_area *first,
			 const struct vmap_area *last, u64 count)
{
	char size[FORMAT_BYTES_SIZE], name[SYMBOLS_FORMAT_SIZE];
	paddr_t pa = { 0 };

	print("vmap: %#llx to %#llx ", first->base, last->base + last->bytes);
	if (count > 1)
		print("%llu areas of ", count);
	print("%s, %s by %s", format_bytes(size, sizeof(size), first->bytes), type_name(first),
	      symbols_format(name, sizeof(name), vaddr(first->caller)));
	if (count == 1 && is_contiguous(first, &pa))
		print(", physical %#llx", pa.val);
	print("\n");
}

/* The last one of the areas after `first` that are like it; *count: of all these. */
static struct vmap_area last_alike(const struct vmap_area *first, u64 *count)
{
	struct vmap_area last = *first, next;

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
	struct vmap_area first, last = { .base = 0 };
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

static enum vmap_where find(u64 addr, struct vmap_area *copy)
{
	const struct vmap_area *area = vmap_area_below(&vmap_tree, addr);

	if (area && addr < area->end) {
		*copy = *area;
		return addr - area->base < area->bytes ? VMAP_INSIDE : VMAP_GUARD_AFTER;
	}
	area = vmap_area_above(&vmap_tree, addr);
	if (!area || area->base - addr > page_size())
		return VMAP_NOWHERE;
	*copy = *area;
	return VMAP_GUARD_BEFORE;
}

enum vmap_where vmap_report_find(vaddr_t addr, struct vmap_area *copy)
{
	enum vmap_where where;

	if (addr.val - VMAP_BASE >= VMAP_BYTES || !spin_try_lock(&vmap_lock))
		return VMAP_NOWHERE;
	where = find(addr.val, copy);
	spin_unlock(&vmap_lock);
	return where;
}

void vmap_explain(vaddr_t addr, int (*print)(const char *fmt, ...))
{
	static const char text[][32] = { [VMAP_INSIDE] = "in",
					 [VMAP_GUARD_BEFORE] = "in the guard page before",
					 [VMAP_GUARD_AFTER] = "in the guard page after" };
	char name[SYMBOLS_FORMAT_SIZE];
	struct vmap_area area;
	enum vmap_where where = vmap_report_find(addr, &area);

	if (!where)
		return;
	print("%#llx is %s the area of %llu bytes at %#llx, which %s got by %s\n", addr.val,
	      text[where], area.bytes, area.base,
	      symbols_format(name, sizeof(name), vaddr(area.caller)), type_name(&area));
}

PANIC_REPORT(10, vmap)
{
	if (trap_is_abort(regs))
		vmap_explain(vaddr(regs->far), printk);
}
