/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Paths of nodes, as people write them: found, with what is wrong where none is, and completed.
 *
 * A path begins with a slash; or with an alias of /aliases, with or without more path after it.
 * Unit addresses may be left off where one node only is meant. Slashes may be repeated, and stand
 * at the end. Names are bytes: what isn't printable has to be escaped by who prints them.
 *
 * `dt` is an open tree, see <lib/devicetree.h>, which also states the context.
 * Source: Devicetree Specification v0.4, sections 2.2 and 3.3.
 */
#ifndef KERNEL_DEVICETREE_PATH_H
#define KERNEL_DEVICETREE_PATH_H

#include <lib/devicetree.h>

enum devicetree_path_wrong {
	DEVICETREE_PATH_NO_ALIAS,  /* it begins without a slash, and so does no alias */
	DEVICETREE_PATH_BAD_ALIAS, /* the alias isn't the full path of a node */
	DEVICETREE_PATH_NO_CHILD,  /* the node found last has no such child */
	DEVICETREE_PATH_SEVERAL,   /* it has several; a unit address would tell them apart */
	DEVICETREE_PATH_TOO_DEEP,  /* it lies DEVICETREE_DEPTH_MAX deep or deeper */
};

struct devicetree_path_fault {
	enum devicetree_path_wrong wrong;
	const char *part; /* of the text: the component, or the alias */
	u32 bytes;
};

/*
 * Finds the node that the `bytes` at `text` name. False: `fault` says why not, and `found` is the
 * node up to which it went well (the root, for an alias).
 */
bool devicetree_path_find(const struct devicetree *dt, const char *text, u32 bytes,
			  struct devicetree_path *found, struct devicetree_path_fault *fault);

/*
 * devicetree_path_complete - the next path that begins with `prefix`, for tab completion.
 *
 * *at is 0 for the first, and left alone between two: all of them together are one walk.
 * Writes `prefix` with its last component completed to the name of a child, "/cpu" to "/cpus";
 * a prefix without a slash is completed to aliases, the empty one to "/" and then to aliases. In
 * the order of the tree. False after the last. Passed over: names that can't be typed (with a
 * blank, or a byte that isn't printable ASCII), and those that don't fit into `size` bytes.
 */
bool devicetree_path_complete(const struct devicetree *dt, const char *prefix, int *at, char *buf,
			      size_t size);

#endif
