/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Translation table descriptors: every bit of them lives in this file.
 *
 * Callers say what memory is for (`MAP_TEXT`, `MAP_DATA`, ...); attributes are
 * made here and nowhere else, and W^X is enforced where they are made: there is
 * no row that EL1 can both write and execute, except MAP_BOOT, which the
 * identity map of the boot stage uses while the image is being relocated and
 * which is refused (pgtable_map asserts) in any other table. What EL0 has is never
 * executable at EL1; whether EL0 may execute what it can write is the program's choice.
 *
 * The layout of a stage 1 descriptor with a 48-bit output address does not depend
 * on the granule, but the lowest address bit does: it is the page shift.
 *
 *   63..59  ignored / hardware use    58..55 ours   54 UXN   53 PXN   52 contiguous   51 DBM
 *   47..12  output address, from bit `shift` upwards (of a block: from its level's shift)
 *   11 nG   10 AF   9..8 SH   7..6 AP   5 NS   4..2 AttrIndx   1 table or page   0 valid
 *
 * Source: Arm ARM (DDI 0487, J.a), "VMSAv8-64 translation table format
 * descriptors", "Memory attribute fields in the VMSAv8-64 translation table
 * format descriptors", "MAIR_EL1".
 */
#ifndef ARCH_PTE_H
#define ARCH_PTE_H

#include <arch/granule.h>
#include <kernel/types.h>

typedef struct {
	u64 val;
} pte_t;

#define PTE_VALID      (1ULL << 0)
#define PTE_TABLE      (1ULL << 1) /* with VALID: a table above level 3, a page at level 3 */
#define PTE_ATTR_SHIFT 2
#define PTE_ATTR_MASK  (7ULL << PTE_ATTR_SHIFT)
#define PTE_AP_EL0     (1ULL << 6)
#define PTE_AP_RO      (1ULL << 7)
#define PTE_SH_INNER   (3ULL << 8)
#define PTE_AF         (1ULL << 10)
#define PTE_NG         (1ULL << 11)
#define PTE_CONTIG     (1ULL << 52)
#define PTE_PXN        (1ULL << 53)
#define PTE_UXN        (1ULL << 54)

/* Ours: the page is one that many spaces map, and belongs to none of them. */
#define PTE_SHARED (1ULL << 55)

/* Bits 47 to 12; bits below a granule's shift are zero in what we write. */
#define PTE_ADDR_MASK 0x0000fffffffff000ULL

/* Indices into MAIR_EL1, which MAIR_VALUE fills. */
#define MAIR_NORMAL         0ULL /* write-back, read and write allocate */
#define MAIR_DEVICE_nGnRE   1ULL
#define MAIR_ENTRY(i, byte) ((u64)(byte) << ((i)*8))
#define MAIR_VALUE          (MAIR_ENTRY(MAIR_NORMAL, 0xff) | MAIR_ENTRY(MAIR_DEVICE_nGnRE, 0x04))

/*
 * What a mapping is for. Kernel only unless it says USER. Memory is always Normal write-back and
 * registers are Device memory, so no two mappings differ in type. Who maps text sees to it that the
 * memory has no writable mapping, and that caches have what is to be executed (<arch/cache.h>).
 */
enum map_kind {
	MAP_TEXT,   /* read, execute */
	MAP_RODATA, /* read */
	MAP_DATA,   /* read, write */
	MAP_DEVICE, /* read, write; Device-nGnRE */
	MAP_BOOT,   /* read, write, execute: the boot stage's identity map only */
	/* What EL0 may do; not global. EL1 never executes it. */
	MAP_USER_NONE,      /* nothing: the page keeps its entry */
	MAP_USER_RODATA,    /* read */
	MAP_USER_DATA,      /* read, write */
	MAP_USER_TEXT,      /* read, execute */
	MAP_USER_RWX,       /* read, write, execute */
	MAP_USER_ZERO,      /* read: a page that belongs to no space */
	MAP_USER_ZERO_TEXT, /* read, execute: the same */
	MAP_KINDS,
};

static inline u64 pte_normal(void)
{
	return PTE_VALID | PTE_AF | PTE_SH_INNER | (MAIR_NORMAL << PTE_ATTR_SHIFT);
}

/* What all leaves of programs have in common. */
static inline u64 pte_user(void)
{
	return pte_normal() | PTE_NG | PTE_PXN;
}

/*
 * The attribute bits of a leaf of this kind, valid bit included, contiguous and
 * page bits not. A switch, not a table of rows: it runs with the MMU off and compiles to
 * immediates.
 */
static inline u64 pte_attrs(enum map_kind kind)
{
	switch (kind) {
	case MAP_TEXT:
		return pte_normal() | PTE_AP_RO | PTE_UXN;
	case MAP_RODATA:
		return pte_normal() | PTE_AP_RO | PTE_PXN | PTE_UXN;
	case MAP_DATA:
		return pte_normal() | PTE_PXN | PTE_UXN;
	case MAP_DEVICE:
		return PTE_VALID | PTE_AF | (MAIR_DEVICE_nGnRE << PTE_ATTR_SHIFT) | PTE_PXN |
		       PTE_UXN;
	case MAP_BOOT:
		return pte_normal() | PTE_UXN;
	case MAP_USER_NONE:
		return pte_user() | PTE_AP_RO | PTE_UXN;
	case MAP_USER_RODATA:
		return pte_user() | PTE_AP_EL0 | PTE_AP_RO | PTE_UXN;
	case MAP_USER_DATA:
		return pte_user() | PTE_AP_EL0 | PTE_UXN;
	case MAP_USER_TEXT:
		return pte_user() | PTE_AP_EL0 | PTE_AP_RO;
	case MAP_USER_RWX:
		return pte_user() | PTE_AP_EL0;
	case MAP_USER_ZERO:
		return pte_user() | PTE_AP_EL0 | PTE_AP_RO | PTE_UXN | PTE_SHARED;
	case MAP_USER_ZERO_TEXT:
		return pte_user() | PTE_AP_EL0 | PTE_AP_RO | PTE_SHARED;
	default:
		return 0; /* invalid: nothing is mapped by a kind that is none */
	}
}

/* Can descriptors hold the addresses of [pa, pa + bytes)? What a devicetree says need not fit. */
static inline bool pte_reaches(u64 pa, u64 bytes)
{
	u64 end = PTE_ADDR_MASK + PAGE_SIZE_MIN;

	return bytes > 0 && bytes <= end && pa <= end - bytes;
}

static inline bool pte_valid(pte_t pte)
{
	return pte.val & PTE_VALID;
}

/* Does this entry, found at `level`, point to a further table? */
static inline bool pte_is_table(pte_t pte, unsigned level)
{
	return level != GRANULE_LAST_LEVEL &&
	       (pte.val & (PTE_VALID | PTE_TABLE)) == (PTE_VALID | PTE_TABLE);
}

static inline bool pte_is_leaf(pte_t pte, unsigned level)
{
	return pte_valid(pte) && !pte_is_table(pte, level);
}

/* The same as the hardware sees it, for which some leaves are reserved encodings, and fault. */
static inline bool pte_maps(const struct granule *g, pte_t pte, unsigned level)
{
	return pte_is_leaf(pte, level) &&
	       (level == GRANULE_LAST_LEVEL ? !!(pte.val & PTE_TABLE)
					    : granule_leaf_allowed(g, level));
}

static inline paddr_t pte_addr(pte_t pte)
{
	return paddr(pte.val & PTE_ADDR_MASK);
}

/* The attribute bits of a leaf, without address, contiguous and page bits. */
static inline u64 pte_leaf_attrs(pte_t pte)
{
	return pte.val & ~(PTE_ADDR_MASK | PTE_CONTIG | PTE_TABLE);
}

static inline bool pte_writable(pte_t pte)
{
	return !(pte.val & PTE_AP_RO);
}

/* Executable at EL1 or at EL0. Memory that EL0 may write is never executable at EL1. */
static inline bool pte_executable(pte_t pte)
{
	return !(pte.val & PTE_PXN) || !(pte.val & PTE_UXN);
}

/* A page that the space it is mapped in has for itself. */
static inline bool pte_is_own(pte_t pte)
{
	return (pte.val & (PTE_VALID | PTE_SHARED)) == PTE_VALID;
}

/* A leaf at `level`: blocks have the table bit clear, pages have it set. */
static inline pte_t pte_make_leaf(paddr_t pa, u64 attrs, unsigned level)
{
	return (pte_t){ pa.val | attrs | (level == GRANULE_LAST_LEVEL ? PTE_TABLE : 0) };
}

/* A pointer to the next table; hierarchical attributes stay zero, leaves say it all. */
static inline pte_t pte_make_table(paddr_t table)
{
	return (pte_t){ table.val | PTE_VALID | PTE_TABLE };
}

#endif
