// SPDX-License-Identifier: BSD-2-Clause
/* Interrupt specifiers. The contract is in the header. */
#include <kernel/errno.h>
#include <lib/devicetree_interrupt.h>
#include <lib/devicetree_node.h>
#include <lib/string.h>

#include <libfdt.h>

/* Nearly all are of the one controller that the tree's notes have; others cost a walk. */
static int node_of(const struct devicetree *dt, u32 phandle)
{
	u32 known;
	int node = dt->intc.depth < 0 ? -1 : dt->intc.node[dt->intc.depth];

	if (node >= 0 && devicetree_node_u32(dt, node, "phandle", &known) && known == phandle)
		return node;
	return fdt_node_offset_by_phandle(dt->fdt, phandle);
}

/* How many cells a specifier of `phandle`'s node has. NULL, or what is wrong. */
static const char *use_controller(const struct devicetree *dt, u32 phandle,
				  struct devicetree_interrupt *interrupt)
{
	interrupt->controller = node_of(dt, phandle);
	if (interrupt->controller < 0)
		return "has interrupts of a node that isn't there";
	if (!devicetree_node_u32(dt, interrupt->controller, "#interrupt-cells",
				 &interrupt->cells) ||
	    interrupt->cells - 1 >= DEVICETREE_INTERRUPT_CELLS_MAX)
		return "has interrupts of a node whose #interrupt-cells isn't 1 to 4";
	return NULL;
}

static const char *use_parent(const struct devicetree *dt, const struct devicetree_path *path,
			      struct devicetree_interrupt *interrupt)
{
	u32 phandle;

	for (int i = path->depth; i >= 0; i--)
		if (devicetree_node_u32(dt, path->node[i], "interrupt-parent", &phandle))
			return use_controller(dt, phandle, interrupt);
	return "has interrupts, and no interrupt-parent above it";
}

static int take(struct devicetree_interrupt *interrupt, const u8 *cells)
{
	for (u32 i = 0; i < interrupt->cells; i++)
		interrupt->cell[i] = (u32)devicetree_node_number(cells + (u64)4 * i, 1);
	return 0;
}

static int refuse(struct devicetree_interrupt *interrupt, const char *why)
{
	interrupt->why = why;
	return -EINVAL;
}

/* A list of {phandle, specifier}, whose lengths differ: from the first one on. */
static int extended(const struct devicetree *dt, const u8 *at, u32 left, u32 index,
		    struct devicetree_interrupt *interrupt)
{
	for (;; index--) {
		const char *why;

		if (!left)
			return -ENOENT;
		if (left < 4)
			return refuse(interrupt, "has an interrupts-extended that is cut short");
		why = use_controller(dt, (u32)devicetree_node_number(at, 1), interrupt);
		if (why)
			return refuse(interrupt, why);
		if (left < 4 * (1 + interrupt->cells))
			return refuse(interrupt, "has an interrupts-extended that is cut short");
		if (!index)
			return take(interrupt, at + 4);
		at += 4 * (1 + interrupt->cells);
		left -= 4 * (1 + interrupt->cells);
	}
}

int devicetree_interrupt(const struct devicetree *dt, const struct devicetree_path *path, u32 index,
			 struct devicetree_interrupt *interrupt)
{
	int node = path->node[path->depth];
	const char *why;
	const u8 *list;
	u32 bytes;

	*interrupt = (struct devicetree_interrupt){ .name = devicetree_node_name(dt, node) };
	list = devicetree_node_property(dt, node, "interrupts-extended", &bytes);
	if (list)
		return extended(dt, list, bytes, index, interrupt);
	list = devicetree_node_property(dt, node, "interrupts", &bytes);
	if (!list)
		return -ENOENT;
	why = use_parent(dt, path, interrupt);
	if (why)
		return refuse(interrupt, why);
	if (bytes % (4 * interrupt->cells))
		return refuse(interrupt, "has interrupts that are cut short");
	if (index >= bytes / (4 * interrupt->cells))
		return -ENOENT;
	return take(interrupt, list + (u64)4 * interrupt->cells * index);
}

u32 devicetree_interrupt_index(const struct devicetree *dt, int node, const char *name,
			       u32 otherwise)
{
	u32 bytes, index = 0;
	const char *at = devicetree_node_property(dt, node, "interrupt-names", &bytes);
	const char *end = at ? at + bytes : NULL, *next;

	for (; at && (next = memchr(at, '\0', (size_t)(end - at))); at = next + 1, index++)
		if (!strcmp(at, name))
			return index;
	return otherwise;
}
