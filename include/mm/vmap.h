/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel-virtual areas: memory mapped at addresses of [VMAP_BASE, VMAP_BASE + VMAP_BYTES).
 *
 *   vmalloc         pages of its own, contiguous only here    vfree
 *   movable_alloc   the same, of pages that may move          movable_free
 *
 * Nothing else is mapped there: no memory with another type in the linear map, and none that is
 * executed. Registers are mapped by mmu_map_device.
 *
 * An area has an unmapped page before it and one after it, which neighbours share, so that
 * running off either end faults. Areas are placed as low as they fit (mm/vmap/vmap_area.c).
 *
 *   V1  the tree's own: A1 to A3 of <mm/vmap_area.h>
 *   V2  every page of an area is mapped, to Normal memory
 *   V3  the page before an area and the page after it are not mapped
 *   V4  areas add up to the bytes mapped that the statistics say
 *
 * Tables. Those that map no other area are given back when one is freed, but for the table of each
 * level that maps VMAP_BASE: its first page belongs to nobody and is never mapped. So what
 * is kept when no area is left is one table of each level below the root, 12, 32 and 128 KiB at
 * 4K, 16K and 64K (of 16K the first of three levels is the image's, too).
 *
 * Locking: one lock for the tree of areas; under it the kernel page tables' (mmu_lock), and under
 * that the page allocator's; under the first also that of the cache that areas' nodes come from.
 * Unmapping is complete for all CPUs when it returns; nothing is put off.
 *
 * Page size enters by guards, alignment and the rounding of sizes. Everything else is bytes.
 *
 * Context: after mm_init. vmalloc may sleep, as compaction does.
 */
#ifndef MM_VMAP_H
#define MM_VMAP_H

#include <arch/spinlock.h>
#include <kernel/compiler.h>
#include <kernel/types.h>
#include <mm/vmap_area.h>

struct pgtable;

/* Boot, once pages can be allocated. */
void vmap_init(void);

enum {
	VMALLOC_ZERO = 1 << 0, /* filled with zeroes; else the content is junk */
};

/*
 * vmalloc - memory that is contiguous in virtual addresses only, readable and writable.
 *
 * Made of the largest blocks that pages_alloc has, up to what `bytes` and alignment allow, and
 * mapped by blocks and contiguous runs where they are large enough; the area is aligned so that
 * they can be. Rounded up to pages, not to a power of two. NULL for 0 bytes, and
 * without enough memory, tables or addresses.
 */
void *vmalloc(u64 bytes, unsigned flags) __must_check;

/* Give it all back. `at` is what vmalloc returned, or NULL. */
void vfree(void *at);

/* All areas, and their lock. For reports. */
extern struct vmap_tree vmap_tree;
extern struct spinlock vmap_lock;

/* A copy of the lowest area above `addr`. False when there is none. */
bool vmap_next(u64 addr, struct vmap_area *copy);

/* Physical address of a mapped `addr` of an area; asserts that it is mapped. */
paddr_t vmap_to_paddr(const void *addr);

struct vmap_stats {
	u64 areas;
	u64 bytes;       /* mapped */
	u64 table_bytes; /* of tables that only areas are mapped by */
};

void vmap_read_stats(struct vmap_stats *stats);

/* ---- for other parts of the memory manager ---- */

/*
 * vmap_reserve - addresses for `bytes`, whole pages, at a multiple of `align`, guards around.
 *
 * Nothing is mapped. `caller`: for reports. NULL when there are no addresses or no memory.
 */
struct vmap_area *vmap_reserve(u64 bytes, u64 align, enum vmap_type type, const void *caller);

/* Give the addresses back, with tables that nothing needs now. Nothing may be mapped there. */
void vmap_unreserve(struct vmap_area *area);

/* The area that holds `addr`, or NULL. */
struct vmap_area *vmap_holding(u64 addr);

/* The kernel's tables, locked, and what is allocated for them on the account of areas. */
struct pgtable *vmap_tables_lock(void);
void vmap_tables_unlock(void);

/* What areas of one type are filled with. */
struct vmalloc_kind {
	enum vmap_type type;
	bool pages_only;     /* no larger blocks */
	unsigned page_flags; /* for pages_alloc, when it is asked for a page */
	void (*lock)(void);  /* held while pages are mapped, or found and unmapped */
	void (*unlock)(void);
	void (*mapped)(u64 va, const paddr_t *pages, unsigned count);
	void (*unmapped)(u64 va, const paddr_t *pages, unsigned count);
};

/* vmalloc and vfree for areas of a kind; `caller` is for reports, `function` for a panic. */
void *vmalloc_of(const struct vmalloc_kind *kind, u64 bytes, unsigned flags,
		 const void *caller) __must_check;
void vmalloc_free(const struct vmalloc_kind *kind, void *at, const char *function);

/* NULL when V1 to V4 hold, or a sentence about the first that does not, and where. */
const char *vmap_check(vaddr_t *where);

#endif
