/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the two files of <kernel/devicetree_value.h> share: devicetree_value.c has the names and the
 * values that stand for themselves, devicetree_value_nodes.c those that refer to other nodes.
 *
 * A decoder takes entries from the front of a value until none is left, or the line is full. It
 * returns NULL, or why it can't take the rest, which is then shown as cells or bytes.
 */
#ifndef KERNEL_SHOW_DEVICETREE_INSIDE_H
#define KERNEL_SHOW_DEVICETREE_INSIDE_H

#include <kernel/devicetree_value.h>
#include <lib/devicetree_node.h>

#define PUT(out, ...) DEVICETREE_PUT(out, __VA_ARGS__)

struct devicetree_value {
	struct devicetree_out *out;
	const struct devicetree *dt;
	const struct devicetree_path *path;
	const char *data; /* what is left of it */
	u32 left;
	const char *between; /* entries */
	bool begun;
};

#define DEVICETREE_VALUE_CUT "it ends inside an entry"

/* What a decoder returns when there isn't another whole entry. */
static inline const char *devicetree_value_rest(const struct devicetree_value *v)
{
	return v->left ? DEVICETREE_VALUE_CUT : NULL;
}

static inline int devicetree_value_node(const struct devicetree_value *v)
{
	return v->path->node[v->path->depth];
}

/* What goes between an entry and the last; nothing before the first. */
void devicetree_value_between(struct devicetree_value *v);

/* Is there one more entry of `bytes`, and room for it? Prints what goes between it and the last. */
bool devicetree_value_next(struct devicetree_value *v, u32 bytes);

/* Takes bytes that are there. */
const void *devicetree_value_take(struct devicetree_value *v, u32 bytes);

/* Takes a number of so many cells, and shows it in hex. */
void devicetree_value_number(struct devicetree_value *v, u32 cells);

/* Decoders: phandles; lists of them with specifiers, as long as `property` of the other node says;
 * the interrupts of a device, and of a bus; {id, phandle, id there, how many}. */
const char *devicetree_value_nodes(struct devicetree_value *v);
const char *devicetree_value_references(struct devicetree_value *v, const char *property);
const char *devicetree_value_interrupts(struct devicetree_value *v);
const char *devicetree_value_interrupt_map(struct devicetree_value *v);
const char *devicetree_value_id_map(struct devicetree_value *v);

#endif
