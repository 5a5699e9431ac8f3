/* SPDX-License-Identifier: BSD-2-Clause */
/* Translation tables out of the page allocator. */
#ifndef MM_TABLE_PAGES_H
#define MM_TABLE_PAGES_H

#include <arch/pgtable.h>

/*
 * From now on this space takes its tables from pages_alloc, and gives back those that it took from
 * there. Whatever its granule: a table takes at least a page of the kernel's own.
 */
void table_pages_serve(struct pgtable *pt);

/* A table of `bytes`, by pages_alloc with these flags. 0 or -ENOMEM. */
int table_pages_take(u64 bytes, unsigned flags, paddr_t *table);

/* What it serves with, for a space whose first table comes from there, too. */
int table_pages_alloc(struct pgtable *pt, u64 bytes, paddr_t *table);
void table_pages_free(struct pgtable *pt, u64 bytes, paddr_t table);

#endif
