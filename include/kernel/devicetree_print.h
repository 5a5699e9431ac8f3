/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A devicetree for people to read: all of it, a node, a property.
 *
 * Long lists are bounded: of the tree DEVICETREE_PRINT_LINES lines are printed, siblings that
 * differ in little but their addresses share a line, and a node's properties are cut to a line
 * each. What was left out is counted. Values are as <kernel/devicetree_value.h> has them.
 *
 * `dt` is an open tree, see <lib/devicetree.h>; `print` takes printf's arguments and returns how
 * many characters it printed. Nothing is allocated; no page size enters here.
 */
#ifndef KERNEL_DEVICETREE_PRINT_H
#define KERNEL_DEVICETREE_PRINT_H

#include <kernel/devicetree_path.h>

#define DEVICETREE_PRINT_LINES 1000

/*
 * Memory reservations, then a line a node: name, status unless it is okay, first compatible,
 * first address. Three or more that are alike make one: the same name but for the address, the same
 * compatible, status and size, and no children.
 */
void devicetree_print_tree(const struct devicetree *dt,
			   int (*print)(const char *format, ...) __printf(1, 2));

/*
 * A node's properties, a line each, and its children as above, with a slash before them, and one
 * after those that have children.
 */
void devicetree_print_node(const struct devicetree *dt, const struct devicetree_path *path,
			   int (*print)(const char *format, ...) __printf(1, 2));

/*
 * One property whole, and its bytes in hex where that says more. -ENOENT if the node has none of
 * that name: it says so, and what the node has.
 */
int devicetree_print_property(const struct devicetree *dt, const struct devicetree_path *path,
			      const char *name,
			      int (*print)(const char *format, ...) __printf(1, 2));

/* What is wrong with a path; what would be right, in the node that was `found`. */
void devicetree_print_fault(const struct devicetree *dt, const struct devicetree_path *found,
			    const struct devicetree_path_fault *fault,
			    int (*print)(const char *format, ...) __printf(1, 2));

#endif
