/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A memory management unit in software, the memory its tables lie in, and a record of the TLB
 * maintenance that was asked for: what arch/arm64/table/pgtable.c is tested against.
 *
 * Translation is written from the manual's lookup tables (Arm ARM, DDI 0487 J.a, "Translation table
 * walk", the figures of each granule), with nothing of the kernel's geometry or descriptor helpers.
 */
#ifndef FAKE_MMU_H
#define FAKE_MMU_H

#include <host.h>

#include <arch/pgtable_geometry.h>
#include <kernel/types.h>

/* ---- memory for tables: each is an allocation of its own, so AddressSanitizer guards it ---- */

pte_t *fake_access(paddr_t table);
#define FAKE_TABLE_OFFSET (0 - 0x2a5500000000ULL) /* "physical" addresses differ from the host's */
int fake_alloc(struct pgtable *pt, u64 bytes, paddr_t *table);
void fake_free(struct pgtable *pt, u64 bytes, paddr_t table);

extern unsigned fake_tables; /* that are allocated now */
extern u64 fake_table_bytes; /* in them */
extern u64 fake_allocations; /* that were made, ever */
extern int fake_fail_after;  /* so many allocations succeed before one fails; -1: all do */

/* All table memory as it is now; fake_unchanged compares, and frees the copy. */
struct fake_snapshot *fake_save(void);
bool fake_unchanged(struct fake_snapshot *snapshot);

/* ---- spaces ---- */

/* An empty space at host_page_shift; freed, with a check that nothing leaked, by fake_end. */
void fake_begin(struct pgtable *pt, unsigned va_bits, bool upper);
void fake_end(struct pgtable *pt);

/* Runs `test` on a space of each size, lower and upper. */
void fake_each_space(void (*test)(struct pgtable *pt));

/* ---- translation ---- */

struct fake_translation {
	bool mapped;
	u64 pa;
	u64 bytes;      /* of the block or page */
	u64 run_bytes;  /* of the contiguous run, or of the leaf when it is in none */
	char access[7]; /* EL1's then EL0's: "rw-r--" */
	u8 memory;      /* the byte of MAIR_EL1 */
	u8 shareable;   /* SH: 0 non, 2 outer, 3 inner */
	bool global;
};

/* Fails the test when the tables hold what the manual calls a misprogramming. */
struct fake_translation fake_translate(const struct pgtable *pt, u64 va);

/* ---- TLB maintenance ----
 *
 * Every store to a table of the watched space while it is live is looked at, too: the test fails
 * where an entry that has to be broken before it is made is not.
 */

struct fake_flush {
	u64 va;
	u64 bytes;
	unsigned shift;
	unsigned mapped; /* pages at both ends and in the middle that translated at that moment */
};

#define FAKE_FLUSHES 1024 /* a block of 64K pages has 256 runs */

/* The space whose changes are watched; the calls since then, oldest first. */
void fake_watch(const struct pgtable *pt);
extern struct fake_flush fake_flushes[FAKE_FLUSHES];
extern unsigned fake_flush_count;

/* Called in each flush, when the entries are as every other CPU sees them; or NULL. */
extern void (*fake_on_flush)(u64 va, u64 bytes);

#endif
