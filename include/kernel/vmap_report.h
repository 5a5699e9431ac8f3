/* SPDX-License-Identifier: BSD-2-Clause */
/* Areas for people: a report of all, and where one address is. */
#ifndef KERNEL_VMAP_REPORT_H
#define KERNEL_VMAP_REPORT_H

#include <kernel/compiler.h>
#include <mm/vmap.h>

/* Where an address is. */
enum vmap_where {
	VMAP_NOWHERE,
	VMAP_INSIDE,
	VMAP_GUARD_BEFORE,
	VMAP_GUARD_AFTER,
};

/*
 * vmap_report_find - where `addr` is, and a copy of the area to which it belongs, guards included.
 *
 * A page between two areas is the guard after the lower one. For reports of faults: says
 * VMAP_NOWHERE, too, while somebody changes the areas.
 */
enum vmap_where vmap_report_find(vaddr_t addr, struct vmap_area *copy);

/* A line about where a faulting address is, if it is at an area. */
void vmap_explain(vaddr_t addr, int (*print)(const char *fmt, ...) __printf(1, 2));

/* A line with the sums, and one for areas that are alike, lowest first: at most 64. */
void vmap_report(int (*print)(const char *fmt, ...) __printf(1, 2));

#endif
