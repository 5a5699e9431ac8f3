// SPDX-License-Identifier: BSD-2-Clause
/*
 * The tree of areas. <mm/vmap_area.h> says what it keeps; everything is done on the way back from a
 * recursion whose depth is the tree's height.
 */
#include <kernel/assert.h>

#include "inside.h"

void vmap_area_update(struct vmap_area *node)
{
	const struct vmap_area *below = node->child[0], *above = node->child[1];

	node->height = (u8)(1 + MAX(vmap_area_height(below), vmap_area_height(above)));
	node->low = below ? below->low : node->base;
	node->high = above ? above->high : node->end;
	node->gap = 0;
	if (below)
		node->gap = MAX(below->gap, node->base - below->high);
	if (above)
		node->gap = MAX(node->gap, MAX(above->gap, above->low - node->end));
}

/* The child of that side goes to the top, and the node below it; the new top. */
static struct vmap_area *rotate(struct vmap_area *node, unsigned side)
{
	struct vmap_area *top = node->child[side];

	node->child[side] = top->child[!side];
	top->child[!side] = node;
	vmap_area_update(node);
	vmap_area_update(top);
	return top;
}

/* A2 and A3 for a node one of whose subtrees may have become one too high; the new top. */
static struct vmap_area *balance(struct vmap_area *node)
{
	for (unsigned side = 0; side < 2; side++) {
		struct vmap_area *high = node->child[side];

		if (vmap_area_height(high) <= vmap_area_height(node->child[!side]) + 1)
			continue;
		if (vmap_area_height(high->child[side]) < vmap_area_height(high->child[!side]))
			node->child[side] = rotate(high, !side);
		return rotate(node, side);
	}
	vmap_area_update(node);
	return node;
}

static struct vmap_area *insert(struct vmap_area *node, struct vmap_area *area)
{
	unsigned side;

	if (!node) {
		area->child[0] = area->child[1] = NULL;
		vmap_area_update(area);
		return area;
	}
	side = area->base > node->base;
	ASSERT(side ? area->base >= node->end : area->end <= node->base);
	node->child[side] = insert(node->child[side], area);
	return balance(node);
}

void vmap_area_insert(struct vmap_tree *tree, struct vmap_area *area)
{
	ASSERT(tree->base <= area->base && area->base < area->end && area->end <= tree->end);
	tree->root = insert(tree->root, area);
	tree->count++;
}

/* Takes out the node with the lowest base, which goes to *first; what is left. */
static struct vmap_area *remove_first(struct vmap_area *node, struct vmap_area **first)
{
	if (!node->child[0]) {
		*first = node;
		return node->child[1];
	}
	node->child[0] = remove_first(node->child[0], first);
	return balance(node);
}

static struct vmap_area *remove(struct vmap_area *node, const struct vmap_area *area)
{
	struct vmap_area *next, *above;

	ASSERT(node != NULL);
	if (area->base != node->base) {
		unsigned side = area->base > node->base;

		node->child[side] = remove(node->child[side], area);
		return balance(node);
	}
	ASSERT(node == area);
	if (!node->child[1])
		return node->child[0];
	/* Its successor takes its place. */
	above = remove_first(node->child[1], &next);
	next->child[0] = node->child[0];
	next->child[1] = above;
	return balance(next);
}

void vmap_area_remove(struct vmap_tree *tree, struct vmap_area *area)
{
	tree->root = remove(tree->root, area);
	tree->count--;
}

/* The largest gap in (low, high), which the areas of the subtree are all that lies in. */
static u64 largest_gap(const struct vmap_area *node, u64 low, u64 high)
{
	if (!node)
		return high - low;
	return MAX(node->gap, MAX(node->low - low, high - node->high));
}

bool vmap_area_gap(const struct vmap_tree *tree, u64 bytes, u64 align, u64 unit, u64 *at)
{
	const struct vmap_area *node = tree->root;
	u64 low = tree->base, high = tree->end, need = bytes + (MAX(align, unit) - unit);

	if (need < bytes || largest_gap(node, low, high) < need)
		return false;
	while (node) {
		bool above = largest_gap(node->child[0], low, node->base) < need;

		if (above)
			low = node->end;
		else
			high = node->base;
		node = node->child[above];
	}
	*at = ALIGN_UP(low, align);
	ASSERT(*at >= low && high - *at >= bytes);
	return true;
}

/* Within [low, high), which all areas of the subtree lie in. */
struct place {
	u64 bytes;
	u64 low; /* of the place itself */
	u64 high;
	u64 at;
};

static bool highest(struct place *p, const struct vmap_area *node, u64 low, u64 high)
{
	if (!node) {
		low = MAX(low, p->low);
		high = MIN(high, p->high);
		if (low > high || high - low < p->bytes)
			return false;
		p->at = high - p->bytes;
		return true;
	}
	/* Only where p->low or p->high cuts gaps of a subtree is a side looked at in vain. */
	if (low >= p->high || high <= p->low || largest_gap(node, low, high) < p->bytes)
		return false;
	return highest(p, node->child[1], node->end, high) ||
	       highest(p, node->child[0], low, node->base);
}

bool vmap_area_gap_below(const struct vmap_tree *tree, u64 bytes, u64 low, u64 high, u64 *at)
{
	struct place p = { .bytes = bytes, .low = low, .high = high };
	bool found = highest(&p, tree->root, tree->base, tree->end);

	if (found)
		*at = p.at;
	return found;
}

/* The nodes above it know its ends. */
static void resize(struct vmap_area *node, struct vmap_area *area, u64 base, u64 end)
{
	ASSERT(node != NULL);
	if (node != area) {
		resize(node->child[area->base > node->base], area, base, end);
	} else {
		node->base = base;
		node->end = end;
	}
	vmap_area_update(node);
}

void vmap_area_resize(struct vmap_tree *tree, struct vmap_area *area, u64 base, u64 end)
{
	ASSERT(tree->base <= base && base < end && end <= tree->end);
	resize(tree->root, area, base, end);
}

/* On the way down to `addr`, the last node that lies above it, or that doesn't. */
static inline struct vmap_area *last_on_way(const struct vmap_tree *tree, u64 addr, bool above)
{
	struct vmap_area *found = NULL;

	for (struct vmap_area *node = tree->root; node;) {
		bool is_above = node->base > addr;

		if (is_above == above)
			found = node;
		node = node->child[!is_above];
	}
	return found;
}

struct vmap_area *vmap_area_below(const struct vmap_tree *tree, u64 addr)
{
	return last_on_way(tree, addr, false);
}

struct vmap_area *vmap_area_above(const struct vmap_tree *tree, u64 addr)
{
	return last_on_way(tree, addr, true);
}
