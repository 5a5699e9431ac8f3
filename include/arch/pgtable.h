/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one walker: every translation table that the kernel builds comes from here,
 * from the identity map of the first instructions on, at any granule, for any
 * address space.
 *
 * A `struct pgtable` is one such space. It carries its granule, so one kernel can
 * hold spaces of several; how a table is reached from its physical address and
 * where new tables come from are given by whoever owns the space, because that
 * differs before and after the MMU goes on, and on the host.
 *
 * Invariants (pgtable_check walks them):
 *   I1  no leaf is writable and executable, unless the space is a boot map
 *   I2  a leaf's address is aligned to what its level covers
 *   I3  the contiguous bit is set on all or none of an aligned run, whose addresses
 *       ascend without a gap and whose attributes are equal
 *   I4  leaves stand only at levels where the granule allows them
 *
 * Locking: none here. The owner of the space serialises changes; lookups of what
 * nobody changes need no lock.
 *
 * Source: Arm ARM (DDI 0487, J.a), chapter "The AArch64 Virtual Memory System
 * Architecture".
 */
#ifndef ARCH_PGTABLE_H
#define ARCH_PGTABLE_H

#include <arch/granule.h>
#include <arch/pte.h>
#include <kernel/types.h>

struct pgtable;

/* The table at `table`, readable and writable for as long as the space is changed. */
typedef pte_t *pgtable_access_fn(paddr_t table);

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
	u8 va_bits;      /* 25..48 */
	bool upper;      /* translated by TTBR1: address bits above va_bits are ones */
	bool live;       /* a TLB may hold its entries: changes need maintenance */
	bool boot;       /* the boot stage's identity map, where MAP_BOOT is allowed */
	u64 table_bytes; /* of all its tables, kept by the walker */
	pgtable_access_fn *access;
	pgtable_alloc_fn *alloc;
	pgtable_free_fn *free;
};

/* ---- geometry of a space ---- */

static inline unsigned pgtable_root_level(const struct pgtable *pt)
{
	return granule_root_level(pt->granule, pt->va_bits);
}

/* Entries in a table at `level`: all tables are full but the root. */
static inline unsigned pgtable_entries(const struct pgtable *pt, unsigned level)
{
	return 1U << granule_table_bits(pt->granule, level, pt->va_bits);
}

/* Bytes of a table at `level`; at least 64, the alignment that TTBRn_EL1.BADDR wants. */
static inline u64 pgtable_bytes(const struct pgtable *pt, unsigned level)
{
	return MAX(64U, pgtable_entries(pt, level) << PTE_BYTES_SHIFT);
}

static inline unsigned pgtable_index(const struct pgtable *pt, unsigned level, u64 va)
{
	return (unsigned)(va >> granule_level_shift(pt->granule, level)) &
	       (pgtable_entries(pt, level) - 1);
}

/* Bytes of address space that one entry at `level` covers. */
static inline u64 pgtable_span(const struct pgtable *pt, unsigned level)
{
	return 1ULL << granule_level_shift(pt->granule, level);
}

/* The first address of the space: 0, or as many leading ones as va_bits leave. */
static inline u64 pgtable_base(const struct pgtable *pt)
{
	return pt->upper ? ~0ULL << pt->va_bits : 0;
}

/* The last one, inclusive. */
static inline u64 pgtable_last(const struct pgtable *pt)
{
	return pgtable_base(pt) + ((1ULL << pt->va_bits) - 1);
}

/* One store, one load: the hardware may walk the entry at any time. */
static inline void pgtable_write(pte_t *entry, pte_t value)
{
	*(volatile u64 *)&entry->val = value.val;
}

static inline pte_t pgtable_read(const pte_t *entry)
{
	return (pte_t){ *(const volatile u64 *)&entry->val };
}

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
 * something else (what is mapped identically is left as it is); -ENOMEM when tables cannot be
 * had. On an error nothing has changed: tables are counted and allocated first. Entries go
 * from invalid to valid only, so no TLB maintenance is due; the new mapping is usable by this
 * CPU on return.
 */
int pgtable_map(struct pgtable *pt, vaddr_t va, paddr_t pa, u64 bytes, enum map_kind kind);

/* pgtable_map with pages only: for areas whose permissions will change in part. */
int pgtable_map_pages(struct pgtable *pt, vaddr_t va, paddr_t pa, u64 bytes, enum map_kind kind);

/*
 * pgtable_unmap - invalidate every leaf in [va, va + bytes).
 *
 * Aligned as above. Holes are fine. Returns 0, or -EINVAL with nothing changed when the
 * range cuts through a block. A contiguous run that is cut loses its hint by
 * break-before-make, so the rest of that run must not be what the caller runs on.
 * Tables stay where they are; pgtable_destroy frees them. On return no TLB of the
 * inner shareable domain holds an entry of the range.
 */
int pgtable_unmap(struct pgtable *pt, vaddr_t va, u64 bytes);

/*
 * pgtable_protect - give every leaf in the range the permissions of `kind`.
 *
 * As pgtable_unmap; `kind` must be of the memory type that is mapped (asserted): a
 * change of permissions alone needs no break-before-make.
 */
int pgtable_protect(struct pgtable *pt, vaddr_t va, u64 bytes, enum map_kind kind);

/*
 * Called for each valid leaf that the range touches, in ascending order. `va` is the leaf's own
 * first address; `table` and `index` say where its entry stands.
 */
struct pgtable_range;
typedef void pgtable_leaf_fn(struct pgtable_range *range, unsigned level, pte_t *table,
			     unsigned index, u64 va);

struct pgtable_range {
	const struct pgtable *pt;
	u64 first; /* both inclusive */
	u64 last;
	pgtable_leaf_fn *fn; /* NULL: only see whether the range cuts a leaf */
	void *ctx;
	bool cut; /* set: an end of the range lies inside a leaf */
};

/* ---- reading it (pgtable_read.c) ---- */

void pgtable_for_range(struct pgtable_range *range);

/* One walk of the tables, entry by entry, as the hardware would do it. */
struct pgtable_walk {
	unsigned root_level;
	unsigned last_level;         /* the level at which the walk ended */
	pte_t entry[GRANULE_LEVELS]; /* valid from root_level to last_level */
};

/* Returns true and the address in *pa when `va` is mapped; the path in any case. */
bool pgtable_walk(const struct pgtable *pt, vaddr_t va, struct pgtable_walk *walk, paddr_t *pa);

/* Called for each valid leaf, in ascending order, with the bytes it covers. */
typedef void pgtable_visit_fn(void *ctx, vaddr_t va, unsigned level, pte_t leaf, u64 bytes);

void pgtable_for_each_leaf(const struct pgtable *pt, pgtable_visit_fn *visit, void *ctx);

/* Bytes of memory that the space's tables take, the root included. */
/* By walking: for a space read from the registers; else pt->table_bytes says the same. */
u64 pgtable_total_bytes(const struct pgtable *pt);

/*
 * pgtable_check - walk the invariants I1 to I4.
 *
 * Returns NULL when all hold, or a sentence about the first that does not, with the
 * address in *where.
 */
const char *pgtable_check(const struct pgtable *pt, vaddr_t *where);

/* Free every table. The space must not be live any more (asserted). */
void pgtable_destroy(struct pgtable *pt);

#endif
