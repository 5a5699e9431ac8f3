/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The three translation granules, as data.
 *
 * A row holds only what the architecture does not let us derive; geometry is
 * arithmetic on the shift. Code that may run on a granule other than the
 * kernel's own takes a `const struct granule *` and nothing else: this is where
 * page size enters the translation code.
 *
 * Levels carry the manual's numbers: 3 is the last level (pages), 0 the first
 * one that a 48-bit address can need.
 *
 *   derived value                                  4K     16K     64K
 *   bits resolved per level      shift - 3          9      11      13
 *   VA shift of level 3          shift             12      14      16
 *   VA shift of level 2          ...               21      25      29
 *   VA shift of level 1          ...               30      36      42
 *   VA shift of level 0          ...               39      47       -
 *   levels for a 48-bit VA                          4       4       3
 *   root level                                      0       0       1
 *   entries in the root                           512       2      64
 *
 * Source: Arm ARM (DDI 0487, J.a), "Translation granules", "The VMSAv8-64
 * translation table lookup levels", "ID_AA64MMFR0_EL1", "TCR_EL1".
 */
#ifndef ARCH_GRANULE_H
#define ARCH_GRANULE_H

#include <kernel/compiler.h>
#include <kernel/types.h>

/* All that is known at compile time: the smallest and the largest page size. */
#define PAGE_SHIFT_MIN 12
#define PAGE_SHIFT_MAX 16
#define PAGE_SIZE_MIN  (1UL << PAGE_SHIFT_MIN)
#define PAGE_SIZE_MAX  (1UL << PAGE_SHIFT_MAX)

#define GRANULE_COUNT 3

/* The last level of every walk, whatever the granule. */
#define GRANULE_LAST_LEVEL 3U
#define GRANULE_LEVELS     4U

/* log2 of the size in bytes of a descriptor. */
#define PTE_BYTES_SHIFT 3U

struct granule {
	char name[4];          /* as `pagesize=` spells it: "4k", "16k", "64k" */
	u8 shift;              /* log2 of the page size in bytes: 12, 14, 16 */
	u8 tg0;                /* TCR_EL1.TG0 encoding, 2 bits */
	u8 tg1;                /* TCR_EL1.TG1 encoding, 2 bits, not the same */
	u8 id_lsb;             /* lowest bit of the granule's field in ID_AA64MMFR0_EL1 */
	u8 id_min;             /* the field's smallest value, unsigned, that means "implemented" */
	u8 id_max;             /* the field's largest value, unsigned, that means "implemented" */
	u8 first_block_level;  /* lowest level number whose entry may be a block */
	u8 contig_page_shift;  /* log2 of the entries in a contiguous run of pages */
	u8 contig_block_shift; /* the same for a run of blocks */
};

/* Ascending by size. Holds no pointers: usable before relocation. */
extern const struct granule granules[GRANULE_COUNT];

/* Page size in bytes: 4096, 16384, 65536. */
static inline u64 granule_page_bytes(const struct granule *g)
{
	return 1ULL << g->shift;
}

/* log2 of the entries in a full table: 9, 11, 13. */
static inline unsigned granule_index_bits(const struct granule *g)
{
	return g->shift - PTE_BYTES_SHIFT;
}

/* log2 of the bytes of address space that one entry at `level` (0..3) covers. */
static inline unsigned granule_level_shift(const struct granule *g, unsigned level)
{
	return g->shift + (GRANULE_LAST_LEVEL - level) * granule_index_bits(g);
}

/* Number of levels in a walk of `va_bits` (25..48): ceil((va_bits - shift) / index bits). */
static inline unsigned granule_levels(const struct granule *g, unsigned va_bits)
{
	return (va_bits - g->shift + granule_index_bits(g) - 1) / granule_index_bits(g);
}

/* The level at which a walk of `va_bits` starts: 0, 0, 1 for 48 bits. */
static inline unsigned granule_root_level(const struct granule *g, unsigned va_bits)
{
	return GRANULE_LEVELS - granule_levels(g, va_bits);
}

/* log2 of the entries in the table at `level` of a walk of `va_bits`; the root may be smaller. */
static inline unsigned granule_table_bits(const struct granule *g, unsigned level, unsigned va_bits)
{
	unsigned reach = va_bits - granule_level_shift(g, level);

	return MIN(reach, granule_index_bits(g));
}

/* May an entry at `level` map memory itself, as a block or a page? */
static inline bool granule_leaf_allowed(const struct granule *g, unsigned level)
{
	return level == GRANULE_LAST_LEVEL || level >= g->first_block_level;
}

/*
 * log2 of the entries that form one contiguous run at a leaf level:
 * 4 (64 KiB, 32 MiB, 16 GiB) at 4K, 7 and 5 (2 MiB, 1 GiB) at 16K, 5 (2 MiB, 16 GiB) at 64K.
 */
static inline unsigned granule_contig_shift(const struct granule *g, unsigned level)
{
	return level == GRANULE_LAST_LEVEL ? g->contig_page_shift : g->contig_block_shift;
}

/*
 * granule_supported - does a CPU with this ID_AA64MMFR0_EL1 implement `g`?
 *
 * TGran4 and TGran64 are signed fields (0xF means absent), TGran16 is unsigned
 * (0 means absent); values above the basic one mean "and more". A test for one
 * exact value is wrong on real CPUs.
 */
bool granule_supported(const struct granule *g, u64 id_aa64mmfr0);

/* The row of this shift (12, 14, 16), or NULL. */
const struct granule *granule_by_shift(unsigned shift);

/* The row with this TCR_EL1.TG0 encoding, or with `upper` TG1, or NULL for the reserved one. */
const struct granule *granule_by_tg(unsigned tg, bool upper);

/* The smallest granule that the CPU implements, or NULL when the ID register says none. */
const struct granule *granule_smallest(u64 id_aa64mmfr0);

/*
 * granule_list_supported - write "4k,16k,64k", as far as implemented, into `list`.
 *
 * An ID register that admits to none gives "none".
 */
#define GRANULE_LIST_BYTES 16
void granule_list_supported(u64 id_aa64mmfr0, char list[GRANULE_LIST_BYTES]);

#endif
