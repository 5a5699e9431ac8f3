// SPDX-License-Identifier: BSD-2-Clause
/*
 * The tree of areas. <mm/vmap_area.h> says what it keeps; everything is done on the way back from a
 * recursion whose depth is the tree's height.
 */
#include <kernel/assert.h>

#include "inside.h"

void vmap_area_update(struct vmap_area *node)
{
	const struct vmap_area *left = node->left, *right = node->right;

	node->height = (u8)(1 + MAX(vmap_area_height(left), vmap_area_height(right)));
	node->low = left ? left->low : node->base;
	node->high = right ? right->high : node->end;
	node->gap = 0;
	if (left)
		node->gap = MAX(left->gap, node->base - left->high);
	if (right)
		node->gap = MAX(node->gap, MAX(right->gap, right->low - node->end));
}

static struct vmap_area *rotate_right(struct vmap_area *node)
{
	struct vmap_area *top = node->left;

	node->left = top->right;
	top->right = node;
	vmap_area_update(node);
	vmap_area_update(top);
	return top;
}

static struct vmap_area *rotate_left(struct vmap_area *node)
{
	struct vmap_area *top = node->right;

	node->right = top->left;
	top->left = node;
	vmap_area_update(node);
	vmap_area_update(top);
	return top;
}

/* A2 and A3 for a node one of whose subtrees may have become one too high; the new top. */
static struct vmap_area *balance(struct vmap_area *node)
{
	unsigned left = vmap_area_height(node->left), right = vmap_area_height(node->right);

	if (left > right + 1) {
		if (vmap_area_height(node->left->left) < vmap_area_height(node->left->right))
			node->left = rotate_left(node->left);
		return rotate_right(node);
	}
	if (right > left + 1) {
		if (vmap_area_height(node->right->right) < vmap_area_height(node->right->left))
			node->right = rotate_right(node->right);
		return rotate_left(node);
	}
	vmap_area_update(node);
	return node;
}

static struct vmap_area *insert(struct vmap_area *node, struct vmap_area *area)
{
	if (!node) {
		area->left = area->right = NULL;
		vmap_area_update(area);
		return area;
	}
	if (area->base < node->base) {
		ASSERT(area->end <= node->base);
		node->left = insert(node->left, area);
	} else {
		ASSERT(area->base >= node->end);
		node->right = insert(node->right, area);
	}
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
	if (!node->left) {
		*first = node;
		return node->right;
	}
	node->left = remove_first(node->left, first);
	return balance(node);
}

static struct vmap_area *remove(struct vmap_area *node, const struct vmap_area *area)
{
	struct vmap_area *next, *right;

	ASSERT(node != NULL);
	if (area->base < node->base) {
		node->left = remove(node->left, area);
		return balance(node);
	}
	if (area->base > node->base) {
		node->right = remove(node->right, area);
		return balance(node);
	}
	ASSERT(node == area);
	if (!node->right)
		return node->left;
	/* Its successor takes its place. */
	right = remove_first(node->right, &next);
	next->left = node->left;
	next->right = right;
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
		if (largest_gap(node->left, low, node->base) >= need) {
			high = node->base;
			node = node->left;
		} else {
			low = node->end;
			node = node->right;
		}
	}
	*at = ALIGN_UP(low, align);
	ASSERT(*at >= low && high - *at >= bytes);
	return true;
}

/* On the way down to `addr`, the last node that lies above it, or that doesn't. */
static inline struct vmap_area *last_on_way(const struct vmap_tree *tree, u64 addr, bool above)
{
	struct vmap_area *found = NULL;

	for (struct vmap_area *node = tree->root; node;) {
		bool is_above = node->base > addr;

		if (is_above == above)
			found = node;
		node = is_above ? node->left : node->right;
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
