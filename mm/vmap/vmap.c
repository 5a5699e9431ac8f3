// SPDX-License-Identifier: BSD-2-Clause
/*
 * Areas: their addresses, the tables that map them, and who has what.
 * <mm/vmap.h> has the contract and the invariants.
 */
#include <arch/mmu.h>
#include <arch/page.h>
#include <arch/pgtable.h>
#include <kernel/assert.h>
#include <lib/panic.h>
#include <mm/hooks.h>
#include <mm/pages.h>
#include <mm/slab.h>

#include "inside.h"

struct vmap_tree vmap_tree;
LOCK_CLASS(vmap, LOCK_VMAP, &vmap_lock);
struct spinlock vmap_lock = SPINLOCK(vmap);
static struct slab_cache area_cache;
static u64 mapped_bytes; /* of all areas */
/* Under the lock of the page tables. */
static u64 table_bytes, table_bytes_before;

/* ---- addresses ---- */

void vmap_init(void)
{
	int err;

	/* The first page belongs to nobody: it guards the first area, and keeps its tables. */
	vmap_tree =
		(struct vmap_tree){ .base = page_add(VMAP_BASE), .end = VMAP_BASE + VMAP_BYTES };
	mapped_bytes = table_bytes = 0;
	err = slab_cache_init(&area_cache, "vmap_area", sizeof(struct vmap_area), 0);
	ASSERT(!err);
}

static struct vmap_area *reserve(u64 bytes, u64 align)
{
	struct vmap_area *area;
	u64 taken = page_add(bytes), at; /* and the guard after */

	if (bytes > VMAP_BYTES || !vmap_area_gap(&vmap_tree, taken, align, page_size(), &at))
		return NULL;
	area = slab_alloc(&area_cache, 0);
	if (!area)
		return NULL;
	area->base = at;
	area->end = at + taken;
	area->bytes = bytes;
	vmap_area_insert(&vmap_tree, area);
	return area;
}

struct vmap_area *vmap_reserve(u64 bytes, u64 align, enum vmap_type type, const void *caller)
{
	struct vmap_area *area;

	if (fault_inject(FAULT_VMAP))
		return NULL;
	spin_lock(&vmap_lock);
	area = reserve(bytes, align);
	if (area) {
		area->caller = vaddr_of(caller).val;
		area->type = (u8)type;
		area->tail = 0;
		mapped_bytes += bytes;
	}
	spin_unlock(&vmap_lock);
	return area;
}

/*
 * Tables go under the areas' lock: until it is released nobody else can be given addresses of the
 * gap, so nobody maps anything by a table that is about to go.
 */
void vmap_unreserve(struct vmap_area *area)
{
	const struct vmap_area *below, *above;
	u64 gap, gap_end;

	spin_lock(&vmap_lock);
	vmap_area_remove(&vmap_tree, area);
	mapped_bytes -= area->bytes;
	below = vmap_area_below(&vmap_tree, area->base);
	above = vmap_area_above(&vmap_tree, area->base);
	gap = below ? below->end : vmap_tree.base;
	gap_end = above ? above->base : vmap_tree.end;
	/* The guard after it, too: it may be all that kept a table of the next area's. */
	pgtable_release(vmap_tables_lock(), vaddr(area->base), area->end - area->base, gap,
			gap_end - 1);
	vmap_tables_unlock();
	slab_free(&area_cache, area);
	spin_unlock(&vmap_lock);
}

struct vmap_area *vmap_holding(u64 addr)
{
	struct vmap_area *area;

	spin_lock(&vmap_lock);
	area = vmap_area_below(&vmap_tree, addr);
	spin_unlock(&vmap_lock);
	return area && addr - area->base < area->bytes ? area : NULL;
}

struct vmap_area *vmap_lookup(const char *function, const void *at, enum vmap_type type)
{
	u64 addr = vaddr_of(at).val;
	struct vmap_area *area = vmap_holding(addr);

	if (!area || area->base != addr)
		panic("%s: %#llx is not the beginning of an area", function, addr);
	if (area->type != type)
		panic("%s: %#llx is of another kind of area", function, addr);
	return area;
}

/* ---- mapping ---- */

struct pgtable *vmap_tables_lock(void)
{
	struct pgtable *pt = mmu_lock();

	table_bytes_before = pt->table_bytes;
	return pt;
}

void vmap_tables_unlock(void)
{
	table_bytes += mmu_kernel_pgtable()->table_bytes - table_bytes_before;
	mmu_unlock();
}

u64 vmap_align(u64 bytes)
{
	const struct granule *g = mmu_kernel_pgtable()->granule;
	u64 most = MIN(bytes, PAGES_BLOCK_BYTES_MAX); /* no physical block is larger */

	for (unsigned level = g->first_block_level; level <= GRANULE_LAST_LEVEL; level++) {
		u64 leaf = 1ULL << granule_level_shift(g, level);
		u64 run = leaf << granule_contig_shift(g, level);

		if (leaf <= most)
			return run <= most ? run : leaf;
	}
	return page_size();
}

paddr_t vmap_to_paddr(const void *addr)
{
	paddr_t pa;
	bool mapped = pgtable_lookup(mmu_kernel_pgtable(), vaddr_of(addr), &pa);

	ASSERT(mapped);
	return pa;
}

/* ---- who has what ---- */

void vmap_read_stats(struct vmap_stats *stats)
{
	spin_lock(&vmap_lock);
	vmap_tables_lock();
	*stats = (struct vmap_stats){ vmap_tree.count, mapped_bytes, table_bytes };
	vmap_tables_unlock();
	spin_unlock(&vmap_lock);
}

bool vmap_next(u64 addr, struct vmap_area *copy)
{
	const struct vmap_area *area;

	spin_lock(&vmap_lock);
	area = vmap_area_above(&vmap_tree, addr);
	if (area)
		*copy = *area;
	spin_unlock(&vmap_lock);
	return area != NULL;
}
