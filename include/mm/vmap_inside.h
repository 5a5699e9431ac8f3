/* SPDX-License-Identifier: BSD-2-Clause */
/* What areas' own files share, and reports and benches of them; nobody else may use it. */
#ifndef MM_VMAP_INSIDE_H
#define MM_VMAP_INSIDE_H

#include <arch/pgtable.h>
#include <mm/vmap.h>
#include <mm/vmap_area.h>

/*
 * vmap_reserve - addresses for `bytes`, whole pages, at a multiple of `align`, guards around.
 *
 * Nothing is mapped. `caller`: for reports. NULL when there are no addresses or no memory.
 */
struct vmap_area *vmap_reserve(u64 bytes, u64 align, enum vmap_type type, const void *caller);

/* Give the addresses back, with tables that nothing needs now. Nothing may be mapped there. */
void vmap_unreserve(struct vmap_area *area);

/*
 * The area that `at` was handed out for. Panics, with the function's name, when there is none, or
 * one of a type that has no bit in `types` (1 << VMAP_TYPE_...).
 */
struct vmap_area *vmap_lookup(const char *function, const void *at, unsigned types);

/* The area that holds all of [at, at + bytes), or NULL. */
struct vmap_area *vmap_holding(u64 at, u64 bytes);

/*
 * The alignment that lets `bytes` be mapped by the largest leaves and runs that they fill: of the
 * area, if physical memory has it as well.
 */
u64 vmap_align(u64 bytes);

/* The lowest area above `addr`; `where` isn't said. False when there is none. */
bool vmap_next(u64 addr, struct vmap_place *place);

/* vmap_check's V1 and V4. */
const char *vmap_check_tree(u64 *where);

/* The kernel's tables, locked, and what is allocated for them on the account of areas. */
struct pgtable *vmap_tables_lock(void);
void vmap_tables_unlock(void);

#endif
