/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of mm/vmap share. */
#ifndef MM_VMAP_INSIDE_H
#define MM_VMAP_INSIDE_H

#include <mm/vmap.h>

/*
 * The area of this type that `at` was handed out for. Panics, with the function's name, when there
 * is none.
 */
struct vmap_area *vmap_lookup(const char *function, const void *at, enum vmap_type type);

/*
 * The alignment that lets `bytes` be mapped by the largest leaves and runs that they fill: of the
 * area, if physical memory has it as well.
 */
u64 vmap_align(u64 bytes);

/* 0 for no node, which has no subtree either. */
static inline unsigned vmap_area_height(const struct vmap_area *node)
{
	return node ? node->height : 0;
}

/* A3, for one node whose subtrees are right. */
void vmap_area_update(struct vmap_area *node);

#endif
