/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading the properties of devicetree nodes: what libfdt leaves to its callers,
 * with every length checked.
 *
 * `dt` is an open tree, see <lib/devicetree.h>, which also states the context; `node`
 * is an offset that libfdt or one of these files gave out for it.
 * Source: Devicetree Specification v0.4, chapter 2.
 */
#ifndef LIB_DEVICETREE_NODE_H
#define LIB_DEVICETREE_NODE_H

#include <lib/devicetree.h>

/* The node's name, unit address included; "/" for the root. */
const char *devicetree_node_name(const struct devicetree *dt, int node);

/*
 * Whether `name` is that of a node as the `bytes` at `part` write it: the same, or the same but for
 * a unit address that `part` doesn't have. libfdt's rule, and so Linux': "chosen@0" is "chosen".
 */
bool devicetree_node_is_named(const char *name, const char *part, u32 bytes);

/*
 * A property's value and its length (`bytes` may be NULL); NULL if there is none. Of several
 * with one name the first: it is the one reader that all others go by. What fdt_getprop() gives,
 * which checks every tag and every name on the way again: that made 110,000 instructions in a
 * boot on QEMU's tree.
 */
const void *devicetree_node_property(const struct devicetree *dt, int node, const char *name,
				     u32 *bytes);

/* False if the node's status is anything but "okay" or "ok" (no status: true). */
bool devicetree_node_enabled(const struct devicetree *dt, int node);

/* The same of the node at `path` and all above it: whether the device can be used. */
bool devicetree_node_path_enabled(const struct devicetree *dt, const struct devicetree_path *path);

/* The same, of a status that is at hand. */
bool devicetree_node_is_okay(const char *status, u32 bytes);

/* A property that is one string, or the first of a list; NULL if it isn't. */
const char *devicetree_node_string(const struct devicetree *dt, int node, const char *property);

/* A property of one cell. False, and `value` untouched, if it isn't there or isn't one cell. */
bool devicetree_node_u32(const struct devicetree *dt, int node, const char *property, u32 *value);

/*
 * Whether the node is compatible with one of `names`, and which: the index of the
 * name that comes first in the node's own list (its most specific). -1 if none.
 */
int devicetree_node_compatible(const struct devicetree *dt, int node, const char *const *names,
			       u32 count);

/*
 * The cells of addresses and sizes in the children of `bus`: 1 or 2 for an address, 0
 * to 2 for a size; 2 and 1 where the node doesn't say (specification, 2.3.5). False
 * for anything else, such as a PCI bus with its 3.
 */
struct devicetree_cells {
	u32 address;
	u32 size;
};
bool devicetree_node_cells(const struct devicetree *dt, int bus, struct devicetree_cells *cells);

/* Reads a number of `cells` (0 to 2) cells at `from`, which is aligned to 4 bytes. */
u64 devicetree_node_number(const void *from, u32 cells);

/*
 * Tuple `index` of a property that is a list of {address, size}, as `reg` is. False
 * after the last. What is wrong with the property as a whole is handed out as one
 * more item, with bytes 0 and a why; so is a tuple of no size, with bytes 0 and no why.
 * Addresses aren't translated.
 */
bool devicetree_node_tuple(const struct devicetree *dt, int node, const char *property,
			   const struct devicetree_cells *cells, u32 index,
			   struct devicetree_range *range);

/* Cuts a range that wraps around, so that its exclusive end is a number, and says so. */
void devicetree_node_cut(struct devicetree_range *range);

/* The root's child after `node` (0: its first one). Negative after the last. */
int devicetree_node_next_child(const struct devicetree *dt, int node);

#endif
