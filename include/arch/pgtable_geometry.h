/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The geometry of a space, which follows from its granule and its size, and the way to its tables
 * and their entries. For code that reads tables; mapping and unmapping take <arch/pgtable.h> alone.
 */
#ifndef ARCH_PGTABLE_GEOMETRY_H
#define ARCH_PGTABLE_GEOMETRY_H

#include <arch/pgtable.h>

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

/* Where the table at `table` can be read and written. */
static inline pte_t *pgtable_table(const struct pgtable *pt, paddr_t table)
{
	return (pte_t *)(uintptr_t)(table.val + pt->table_offset);
}

#ifdef GRANULE_HOST
/* A test that watches tables is called before each store to them; or NULL. */
extern void (*host_on_pgtable_write)(const pte_t *entry, pte_t value);

/* The space that takes no shortcut, for a test that compares; or NULL. */
extern const struct pgtable *host_plain_pgtable;
#endif

/* One store, one load: the hardware may walk the entry at any time. */
static inline void pgtable_write(pte_t *entry, pte_t value)
{
#ifdef GRANULE_HOST
	if (host_on_pgtable_write)
		host_on_pgtable_write(entry, value);
#endif
	*(volatile u64 *)&entry->val = value.val;
}

static inline pte_t pgtable_read(const pte_t *entry)
{
	return (pte_t){ *(const volatile u64 *)&entry->val };
}

#endif
