/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Areas of kernel-virtual addresses: a balanced tree (AVL), ordered by address, of what is taken.
 *
 * What is free isn't stored: it is what lies between two areas, so nothing has to be merged when
 * one goes. Each node knows, of its subtree, the first address and the last, and the largest gap
 * between two areas, so the lowest gap that is large enough is found by walking down once.
 *
 *   A1  areas lie inside the tree's range, ascend, and don't overlap
 *   A2  the heights of a node's two subtrees differ by at most one
 *   A3  height, first address, end and largest gap are what the subtree says
 *
 * Insertion, removal and lookup take as many steps as the tree is high, at most 1.44 log2(n) + 1.
 * Nothing here allocates, or can fail, or knows a page size. Locking: the caller's.
 *
 * Source: Adelson-Velsky and Landis, "An algorithm for the organization of information", 1962.
 */
#ifndef MM_VMAP_AREA_H
#define MM_VMAP_AREA_H

#include <kernel/types.h>

enum vmap_type {
	VMAP_TYPE_ALLOC,
	VMAP_TYPE_MOVABLE, /* see <mm/movable.h> */
};

struct vmap_area {
	struct vmap_area *child[2]; /* the subtree below base, and the one above end */
	u64 base;                   /* the first address that is taken */
	u64 end;                    /* after the last one, and after the guard */
	/* Of the subtree below and with this node. */
	u64 low;
	u64 high;
	u64 gap; /* the most bytes between two neighbours in it */
	/* Not the tree's. */
	u64 bytes;  /* mapped, from base on */
	u64 caller; /* the return address of who asked for it */
	u16 tail;   /* bytes at the end that only fill up the last page */
	u8 type;    /* enum vmap_type */
	u8 height;
};

struct vmap_tree {
	struct vmap_area *root;
	u64 base; /* what areas may take: [base, end) */
	u64 end;
	u64 count;
};

/* Put an area in that overlaps no other (asserted). base and end are set by the caller. */
void vmap_area_insert(struct vmap_tree *tree, struct vmap_area *area);

/* Take an area out that is in the tree (asserted). */
void vmap_area_remove(struct vmap_tree *tree, struct vmap_area *area);

/*
 * vmap_area_gap - the lowest place for `bytes` at a multiple of `align`, a power of two.
 *
 * Gaps are asked for what fits at any alignment, so that one walk will do: a gap that is just large
 * enough and happens to be aligned isn't taken. `unit` is what all areas are multiples of.
 * Returns false when there is no such gap.
 */
bool vmap_area_gap(const struct vmap_tree *tree, u64 bytes, u64 align, u64 unit, u64 *at);

/*
 * vmap_area_gap_below - the highest place for `bytes` in [low, high).
 *
 * At a multiple of whatever high, bytes and all areas are multiples of.
 */
bool vmap_area_gap_below(const struct vmap_tree *tree, u64 bytes, u64 low, u64 high, u64 *at);

/* Give an area of the tree other ends, between which no other lies. */
void vmap_area_resize(struct vmap_tree *tree, struct vmap_area *area, u64 base, u64 end);

/* The area with the highest base at or below `addr`, or NULL: the only one that can hold it. */
struct vmap_area *vmap_area_below(const struct vmap_tree *tree, u64 addr);

/* The area with the lowest base above `addr`, or NULL. */
struct vmap_area *vmap_area_above(const struct vmap_tree *tree, u64 addr);

/* NULL when A1 to A3 hold, or a sentence about the first that does not, with the node's base. */
const char *vmap_area_check(const struct vmap_tree *tree, u64 *where);

#endif
