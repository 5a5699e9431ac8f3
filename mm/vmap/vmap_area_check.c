// SPDX-License-Identifier: BSD-2-Clause
/* The invariants of the tree of areas: A1 to A3 of <mm/vmap_area.h>. */
#include "inside.h"

static const char *check(const struct vmap_area *node, u64 low, u64 high, u64 *count, u64 *where)
{
	const char *broken;
	struct vmap_area want;
	int lean;

	if (!node)
		return NULL;
	*where = node->base;
	if (node->base < low || node->base >= node->end || node->end > high)
		return "A1: an area overlaps another, or leaves the range";
	lean = (int)vmap_area_height(node->child[0]) - (int)vmap_area_height(node->child[1]);
	if (lean < -1 || lean > 1)
		return "A2: the tree is out of balance";
	want = *node;
	vmap_area_update(&want);
	if (want.height != node->height || want.low != node->low || want.high != node->high ||
	    want.gap != node->gap)
		return "A3: a node is wrong about its subtree";
	++*count;
	broken = check(node->child[0], low, node->base, count, where);
	return broken ? broken : check(node->child[1], node->end, high, count, where);
}

const char *vmap_area_check(const struct vmap_tree *tree, u64 *where)
{
	u64 count = 0;
	const char *broken = check(tree->root, tree->base, tree->end, &count, where);

	if (!broken && count != tree->count)
		return "A1: the tree has lost count of its areas";
	return broken;
}
