// SPDX-License-Identifier: BSD-2-Clause
/*
 * Areas: their addresses, the tables that map them, and who has what.
 * <mm/vmap.h> has the contract and the invariants.
 */
#include <arch/mmu.h>
#include <arch/page.h>
#include <arch/spinlock.h>
#include <kernel/assert.h>
#include <lib/panic.h>
#include <mm/hooks.h>
#include <mm/pages.h>
#include <mm/slab.h>
#include <mm/vmap_inside.h>

static struct spinlock
	area_lock; /* the tree, its nodes and the sums; see <mm/vmap.h> for the order */
static struct vmap_tree tree;
static struct slab_cache area_cache;
static struct vmap_stats stats;
static u64 tables_before; /* under the lock of the page tables */

/* ---- addresses ---- */

void vmap_init(void)
{
	int err;

	/* The first page belongs to nobody: it guards the first area, and keeps its tables. */
	tree = (struct vmap_tree){ .base = page_add(VMAP_BASE), .end = VMAP_BASE + VMAP_BYTES };
	stats = (struct vmap_stats){ 0 };
	err = slab_cache_init(&area_cache, "vmap_area", sizeof(struct vmap_area), 0);
	ASSERT(!err);
}

static struct vmap_area *reserve(u64 bytes, u64 align)
{
	struct vmap_area *area;
	u64 taken = page_add(bytes), at; /* and the guard behind */

	if (bytes > VMAP_BYTES || !vmap_area_gap(&tree, taken, align, page_size(), &at))
		return NULL;
	area = slab_alloc(&area_cache, 0);
	if (!area)
		return NULL;
	area->base = at;
	area->end = at + taken;
	area->bytes = bytes;
	vmap_area_insert(&tree, area);
	return area;
}

struct vmap_area *vmap_reserve(u64 bytes, u64 align, enum vmap_type type, const void *caller)
{
	struct vmap_area *area;

	if (fault_inject(FAULT_VMAP))
		return NULL;
	spin_lock(&area_lock);
	area = reserve(bytes, align);
	if (area) {
		area->caller = vaddr_of(caller).val;
		area->type = (u8)type;
		area->tail = 0;
		stats.areas++;
		stats.bytes += bytes;
	}
	spin_unlock(&area_lock);
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

	spin_lock(&area_lock);
	vmap_area_remove(&tree, area);
	stats.areas--;
	stats.bytes -= area->bytes;
	below = vmap_area_below(&tree, area->base);
	above = vmap_area_above(&tree, area->base);
	gap = below ? below->end : tree.base;
	gap_end = above ? above->base : tree.end;
	/* The guard behind it, too: it may be all that kept a table of the next area's. */
	pgtable_release(vmap_tables_lock(), vaddr(area->base), area->end - area->base, gap,
			gap_end - 1);
	vmap_tables_unlock();
	slab_free(&area_cache, area);
	spin_unlock(&area_lock);
}

struct vmap_area *vmap_lookup(const char *function, const void *at, unsigned types)
{
	struct vmap_area *area;
	u64 addr = vaddr_of(at).val;

	spin_lock(&area_lock);
	area = vmap_area_below(&tree, addr);
	spin_unlock(&area_lock);
	if (!area || area->base != addr)
		panic("%s: %#llx is not the beginning of an area", function, addr);
	if (!(types & 1U << area->type))
		panic("%s: %#llx is of another kind of area", function, addr);
	return area;
}

struct vmap_area *vmap_holding(u64 at, u64 bytes)
{
	struct vmap_area *area;

	spin_lock(&area_lock);
	area = vmap_area_below(&tree, at);
	spin_unlock(&area_lock);
	if (!area || bytes > area->bytes || at - area->base > area->bytes - bytes)
		return NULL;
	return area;
}

/* ---- mapping ---- */

struct pgtable *vmap_tables_lock(void)
{
	struct pgtable *pt = mmu_lock();

	tables_before = pt->table_bytes;
	return pt;
}

void vmap_tables_unlock(void)
{
	stats.table_bytes += mmu_kernel_pgtable()->table_bytes - tables_before;
	mmu_unlock();
}

u64 vmap_align(u64 bytes)
{
	const struct granule *g = mmu_kernel_pgtable()->granule;
	u64 align = granule_page_bytes(g);

	for (unsigned level = g->first_block_level; level <= GRANULE_LAST_LEVEL; level++) {
		u64 leaf = 1ULL << granule_level_shift(g, level);
		u64 run = leaf << granule_contig_shift(g, level);

		/* No physical block is larger. */
		if (run <= MIN(bytes, PAGES_BLOCK_BYTES_MAX))
			return run;
		if (leaf <= MIN(bytes, PAGES_BLOCK_BYTES_MAX))
			return leaf;
	}
	return align;
}

paddr_t vmap_to_paddr(const void *addr)
{
	paddr_t pa;
	bool mapped = pgtable_lookup(mmu_kernel_pgtable(), vaddr_of(addr), &pa);

	ASSERT(mapped);
	return pa;
}

/* ---- who has what ---- */

void vmap_read_stats(struct vmap_stats *to)
{
	spin_lock(&area_lock);
	*to = stats;
	spin_unlock(&area_lock);
}

bool vmap_find(vaddr_t addr, struct vmap_place *place)
{
	const struct vmap_area *area;
	bool found = true;

	if (addr.val - VMAP_BASE >= VMAP_BYTES || !spin_try_lock(&area_lock))
		return false;
	place->where = VMAP_INSIDE;
	area = vmap_area_below(&tree, addr.val);
	if (!area || addr.val >= area->end) {
		area = vmap_area_above(&tree, addr.val);
		place->where = VMAP_GUARD_BEFORE;
		found = area && area->base - addr.val <= page_size();
	} else if (addr.val - area->base >= area->bytes) {
		place->where = VMAP_GUARD_BEHIND;
	}
	if (found) {
		place->base = area->base;
		place->bytes = area->bytes;
		place->tail = area->tail;
		place->caller = area->caller;
		place->type = (enum vmap_type)area->type;
	}
	spin_unlock(&area_lock);
	return found;
}

bool vmap_next(u64 addr, struct vmap_place *place)
{
	const struct vmap_area *area;

	spin_lock(&area_lock);
	area = vmap_area_above(&tree, addr);
	if (area)
		*place = (struct vmap_place){ .base = area->base,
					      .bytes = area->bytes,
					      .tail = area->tail,
					      .caller = area->caller,
					      .type = (enum vmap_type)area->type };
	spin_unlock(&area_lock);
	return area != NULL;
}

const char *vmap_check_tree(u64 *where)
{
	const char *broken;
	u64 areas = 0, bytes = 0;

	spin_lock(&area_lock);
	broken = vmap_area_check(&tree, where);
	for (const struct vmap_area *a = vmap_area_above(&tree, 0); a && !broken;
	     a = vmap_area_above(&tree, a->base)) {
		areas++;
		bytes += a->bytes;
	}
	if (!broken && (areas != stats.areas || bytes != stats.bytes))
		broken = "V4: the sums are not those of the areas";
	spin_unlock(&area_lock);
	return broken;
}
