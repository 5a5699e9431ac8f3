/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one walker: every translation table that the kernel builds comes from here,
 * from the identity map of the first instructions on, at any granule, for any
 * address space.
 *
 * A `struct pgtable` is one such space. It carries its granule, so one kernel can
 * hold spaces of several; how a table is reached from its physical address and
 * where new tables come from are given by the space's owner, because that
 * differs before and after the MMU goes on, and on the host.
 *
 * Invariants (pgtable_check walks them):
 *   I1  no leaf that EL1 can execute is writable, unless the space is a boot map; none that EL0
 *       has is executable at EL1; EL0 executes nothing that is only the kernel's
 *   I2  a leaf's address is aligned to what its level covers
 *   I3  the contiguous bit is set on all or none of an aligned run, whose addresses
 *       ascend without a gap and whose attributes are equal
 *   I4  leaves stand only at levels where the granule allows them
 *
 * Locking: none here. The owner of the space serialises changes; lookups of
 * entries that don't change need no lock.
 *
 * Source: Arm ARM (DDI 0487, J.a), chapter "The AArch64 Virtual Memory System
 * Architecture".
 */
#ifndef ARCH_PGTABLE_H
#define ARCH_PGTABLE_H

#include <arch/granule.h>
#include <arch/pte.h>
#include <kernel/compiler.h>
#include <kernel/types.h>

struct pgtable;

/* Fills a table with zeroes. `bytes`: a power of two, 64 or more; `table` is aligned to it. */
typedef void pgtable_zero_fn(void *table, u64 bytes);

/*
 * Memory for one table of `bytes` (a power of two, at most a page of the space's
 * granule), aligned to its size, content arbitrary. Returns 0 or -ENOMEM.
 */
typedef int pgtable_alloc_fn(struct pgtable *pt, u64 bytes, paddr_t *table);

/* Gives back what pgtable_alloc_fn gave. NULL in a space that never frees. */
typedef void pgtable_free_fn(struct pgtable *pt, u64 bytes, paddr_t table);

struct pgtable {
	const struct granule *granule;
	paddr_t root;
	u8 va_bits;            /* 25..48 */
	bool upper;            /* translated by TTBR1: address bits above va_bits are ones */
	bool live;             /* a TLB may hold its entries: changes need maintenance */
	bool boot;             /* the boot stage's identity map, where MAP_BOOT is allowed */
	u64 table_bytes;       /* of all its tables, kept by the walker */
	u64 table_offset;      /* a table's pointer less its physical address, modulo 2^64 */
	pgtable_zero_fn *zero; /* NULL: memset, as where DC ZVA would fault, with the MMU off */
	pgtable_alloc_fn *alloc;
	pgtable_free_fn *free;
	bool (*may_break)(void); /* live, asserted at each break-before-make; NULL: always */
	/*
	 * For pgtable_hot.c: the last-level table that it used last, or NULL; an address that it
	 * maps; and the table above it, NULL if that is the root.
	 */
	pte_t *recent;
	u64 recent_va;
	const pte_t *above;
};

/* ---- changing it (pgtable.c) ---- */

/* What the walker does about one entry; pgtable_decide says which, the writer obeys. */
enum pgtable_action {
	PGTABLE_SKIP,      /* maps the same already */
	PGTABLE_LEAF,      /* write a block or a page here */
	PGTABLE_NEW_TABLE, /* nothing here and too fine for a leaf: link a new table */
	PGTABLE_DESCEND,   /* a table is here: go on below it */
	PGTABLE_CONFLICT,  /* something else is mapped here */
};

/*
 * pgtable_decide - the action for the entry at `level` that covers `va`.
 *
 * Pure. Maps [va, va + bytes) to `pa` with `attrs` (see pte_attrs); `bytes` is what is
 * left of the request from `va` on, and may reach beyond the entry.
 */
enum pgtable_action pgtable_decide(const struct granule *g, unsigned level, pte_t entry, u64 va,
				   u64 pa, u64 bytes, u64 attrs);

/* Set up an empty space: allocates and clears the root. Returns 0 or -ENOMEM. */
int pgtable_init(struct pgtable *pt);

/*
 * pgtable_map - map [va, va + bytes) to [pa, pa + bytes) with the largest leaves and
 * contiguous runs that alignment allows.
 *
 * va, pa, bytes: multiples of the space's page size, bytes > 0, the range inside the space and
 * pte_reaches the other end (asserted). Returns 0; -EEXIST when part of the range is mapped to
 * something else (what is mapped identically is left as it is); -ENOMEM when there is no memory for
 * tables. On an error nothing has changed: tables are counted and allocated first. Entries go from
 * invalid to valid only, so no TLB maintenance is due; the new mapping is usable by this CPU on
 * return.
 */
int pgtable_map(struct pgtable *pt, vaddr_t va, paddr_t pa, u64 bytes, enum map_kind kind);

/* pgtable_map with pages only: for areas whose permissions will change in part. */
int pgtable_map_pages(struct pgtable *pt, vaddr_t va, paddr_t pa, u64 bytes, enum map_kind kind);

/*
 * pgtable_map_array - map `count` pages from `va` on to the physical pages that an array names.
 *
 * pages[i] is the address of a page of the space's granule, in reach of descriptors
 * (asserted); count > 0. Pages only, without the contiguous hint, whatever their order.
 * Returns as pgtable_map does, but for -EEXIST: nothing at all may be mapped in the range.
 */
int pgtable_map_array(struct pgtable *pt, vaddr_t va, const paddr_t *pages, u64 count,
		      enum map_kind kind);

/*
 * pgtable_map_like - map the page that `leaf` did, a page's entry of this space, at `va`: the same
 * memory, and attributes. Returns as pgtable_map does.
 */
int pgtable_map_like(struct pgtable *pt, vaddr_t va, pte_t leaf);

/* ---- changing what is mapped (pgtable_change.c) ---- */

/*
 * pgtable_unmap - invalidate every leaf in [va, va + bytes).
 *
 * Aligned as above. Holes are fine. Returns 0, or -EINVAL with nothing changed when the
 * range cuts through a block. A contiguous run that is cut loses its hint by
 * break-before-make, so the rest of that run must not be what the caller runs on.
 * Tables stay where they are; pgtable_release and pgtable_destroy free them. On return no
 * TLB of the inner shareable domain holds an entry of the range.
 */
int pgtable_unmap(struct pgtable *pt, vaddr_t va, u64 bytes);

/*
 * pgtable_protect - give every leaf in the range the permissions of `kind`.
 *
 * As pgtable_unmap; nothing but permissions may differ from what is mapped (asserted). A page or
 * block is changed in place. A contiguous run, a whole one, too, is changed by break-before-make
 * and keeps its hint.
 */
int pgtable_protect(struct pgtable *pt, vaddr_t va, u64 bytes, enum map_kind kind);

/*
 * pgtable_release - free the tables that mapped [va, va + bytes) and are empty now.
 *
 * [gap, gap_last] holds [va, va + bytes); its bounds need no alignment. Nothing is mapped in it:
 * the caller guarantees that, it isn't checked. Tables that cover only addresses of the gap go. On
 * return no TLB or walk cache of the inner shareable domain refers to them.
 */
void pgtable_release(struct pgtable *pt, vaddr_t va, u64 bytes, u64 gap, u64 gap_last);

/* Free every table. The space must not be live any more (asserted). */
void pgtable_destroy(struct pgtable *pt);

/* ---- break-before-make (pgtable_replace.c) ---- */

/*
 * pgtable_move_pages - let `count` pages be mapped to other memory, by break-before-make.
 *
 * va[i], a page that is mapped by an entry of its own (no block, no contiguous run: asserted), will
 * be mapped to the page at to[i], with the attributes that it has. `between` is called while
 * none of them is mapped, for any CPU: it may carry the content over. It must not use these
 * addresses, nor change the space. 0 < count <= PGTABLE_MOVE_MOST. Can't fail.
 */
#define PGTABLE_MOVE_MOST 64
void pgtable_move_pages(struct pgtable *pt, const vaddr_t *va, const paddr_t *to, unsigned count,
			void (*between)(void *ctx), void *ctx);

/*
 * pgtable_split - make the range end at leaves, so that it can be unmapped or protected.
 *
 * Blocks that an end of it cuts become tables of smaller leaves, by break-before-make: what they
 * map is out of reach for a moment, so it must not be what the caller runs on. Permissions
 * stay. Returns 0, or -ENOMEM with nothing changed.
 */
int pgtable_split(struct pgtable *pt, vaddr_t va, u64 bytes);

/*
 * pgtable_join - undo what pgtable_split did at `va`.
 *
 * The tables on the way to `va` whose leaves map, with equal permissions, what one block would,
 * become that block, from the last one up to a block of `level`, and are given to pt->free; then
 * the run of equal leaves around it gets its contiguous hint. By break-before-make, as above. Where
 * leaves differ it ends: can't fail.
 */
void pgtable_join(struct pgtable *pt, vaddr_t va, unsigned level);

/* ---- pages one by one (pgtable_pages.c) ---- */

/*
 * pgtable_next_pages - the first table of the last level that maps any of [*va, last].
 *
 * *va becomes the first such address. Returns its entry; from there on *count entries map the
 * range, valid or not. NULL, when there is no such table. What the space maps is pages only, here
 * and below.
 */
pte_t *pgtable_next_pages(struct pgtable *pt, u64 *va, u64 last, unsigned *count);

/*
 * pgtable_page_entry - the entry of the last level for `va`; NULL: there is no table.
 *
 * It stays where it is while no table is released.
 */
pte_t *pgtable_page_entry(struct pgtable *pt, u64 va);

/*
 * pgtable_set_page - the entry, which is invalid, maps the page at `pa` from now on. The space is
 * live. What was stored to the page is there before the entry, for all CPUs.
 */
void pgtable_set_page(pte_t *entry, paddr_t pa, enum map_kind kind);

/* Pages that were taken out of a space. */
#define PGTABLE_TAKEN_MOST 64
struct pgtable_taken {
	unsigned count;
	vaddr_t va[PGTABLE_TAKEN_MOST];
	pte_t entry[PGTABLE_TAKEN_MOST];
};

/*
 * pgtable_take_pages - make the next PGTABLE_TAKEN_MOST valid entries in [*va, last] invalid.
 *
 * *va becomes the address after the last one. TLBs may have them until the caller has called
 * tlb_flush_pages. Returns false when there are no more.
 */
bool pgtable_take_pages(struct pgtable *pt, u64 *va, u64 last, struct pgtable_taken *taken);

/*
 * pgtable_permit_pages - give the valid pages in [va, last] the permissions of `kind`.
 *
 * But no right to write to PTE_SHARED ones. In place; no TLB has the old ones on return.
 */
void pgtable_permit_pages(struct pgtable *pt, u64 va, u64 last, enum map_kind kind);

/* ---- reading it (pgtable_read.c) ---- */

/* One walk of the tables, entry by entry, as the hardware would do it. */
struct pgtable_walk {
	unsigned root_level;
	unsigned last_level;         /* the level at which the walk ended */
	pte_t *at[GRANULE_LEVELS];   /* where it found them, from root_level to last_level, ... */
	pte_t entry[GRANULE_LEVELS]; /* ... and what they were */
};

/* Returns true and the address in *pa when `va` is mapped; the path in any case. */
bool pgtable_walk(const struct pgtable *pt, vaddr_t va, struct pgtable_walk *walk, paddr_t *pa);

/* The address alone, in fewer instructions. False, and *pa as it was, where nothing is mapped. */
bool pgtable_lookup(const struct pgtable *pt, vaddr_t va, paddr_t *pa);

/* Called for each leaf, in ascending order. `va`: its first address, `bytes`: what it maps. */
typedef void pgtable_visit_fn(void *ctx, vaddr_t va, unsigned level, pte_t leaf, u64 bytes);

/* Every leaf that maps any of [first, last]. */
void pgtable_visit(const struct pgtable *pt, vaddr_t first, vaddr_t last, pgtable_visit_fn *visit,
		   void *ctx);

/* Every leaf of the space. */
void pgtable_for_each_leaf(const struct pgtable *pt, pgtable_visit_fn *visit, void *ctx);

/* ---- checking it (pgtable_check.c) ---- */

/*
 * pgtable_check - walk the invariants I1 to I4.
 *
 * Returns NULL when all hold, or a sentence about the first that does not, with the
 * address in *where.
 */
const char *pgtable_check(const struct pgtable *pt, vaddr_t *where);

/*
 * pgtable_check_aliases - K1 and K2 of pgtable_check.c over all of these spaces together.
 *
 * Returns as pgtable_check does; *where is an address of one of them.
 */
const char *pgtable_check_aliases(const struct pgtable *spaces, unsigned count, vaddr_t *where);

#endif
