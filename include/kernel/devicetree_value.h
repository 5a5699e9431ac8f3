/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Properties of a devicetree as text: what a value means where its name says it, else what its
 * bytes look like.
 *
 *	"text", "more"              strings; \" \\ and \xNN for what isn't printable
 *	0xa000000 + 512 B           an address and a size, as the parent's cells split them
 *	0x2000000:0x0:0x3eff0000    a number of more than two cells
 *	/intc@8000000 0x0           a phandle, as the path of its node, and its specifier
 *	<0x1 0x2>, [01 02 03]       cells and bytes of which nobody says what they mean
 *	true                        it is there, and empty
 *
 * A value that isn't what its name demands is shown as cells or bytes with the reason in
 * parentheses. Random seeds are secrets, and never shown.
 *
 * `dt` is an open tree, see <lib/devicetree.h>; nothing is read outside of a property. Every
 * phandle costs a walk over the tree, so there is a limit to those that are looked up: 256, and
 * fewer where the tree is so large that it would take many seconds.
 * Source: Devicetree Specification v0.4, chapters 2 and 3; Linux' bindings for what else is named.
 */
#ifndef KERNEL_DEVICETREE_VALUE_H
#define KERNEL_DEVICETREE_VALUE_H

#include <lib/devicetree.h>

/* Where text goes, and what of it there was. */
struct devicetree_out {
	int (*print)(const char *format, ...) __printf(1, 2);
	u32 chars;           /* in this line, so far */
	u32 most;            /* a value that has come so far is cut */
	const char *between; /* entries of a value: ", " or a new line */
	u32 lookups;         /* of phandles */
	u32 last_phandle;    /* the last one that was looked up, and its node */
	int last_node;
	char last_path[256]; /* that of the node; "" if nobody wanted it yet */
};

/* Text, counted; printf's arguments. A line begins by setting `chars` to 0. */
#define DEVICETREE_PUT(out, ...) ((out)->chars += (u32)(out)->print(__VA_ARGS__))

/* Up to `bytes` of text, which ends at a NUL as well; escaped. Returns how many it took. */
u32 devicetree_value_text(struct devicetree_out *out, const char *text, u32 bytes);

/* The same of a name, of which a reasonable part is shown. */
void devicetree_value_name(struct devicetree_out *out, const char *name);

/* How many cells children's addresses and sizes have: at most 4 each, with 1 at least in sum. */
struct devicetree_cells;
bool devicetree_value_cells(const struct devicetree *dt, int bus, struct devicetree_cells *cells);

/* A tuple of a reg: an address and a size. */
void devicetree_value_tuple(struct devicetree_out *out, const struct devicetree_cells *cells,
			    const void *data);

/*
 * The value of property `name` of the node at `path`. True: its bytes, too, are of interest
 * (it is neither all text, nor empty, nor a secret).
 */
bool devicetree_value_print(struct devicetree_out *out, const struct devicetree *dt,
			    const struct devicetree_path *path, const char *name, const void *data,
			    u32 bytes);

#endif
