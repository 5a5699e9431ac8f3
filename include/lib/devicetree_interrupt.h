/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * By which interrupts a device asks for attention: whose they are, and what its controller calls
 * them. What the cells mean is for the controller's driver (<arch/irq_chip.h>).
 *
 * `dt` is an open tree, see <lib/devicetree.h>, which also states the context.
 * Source: Devicetree Specification v0.4, section 2.4.
 */
#ifndef LIB_DEVICETREE_INTERRUPT_H
#define LIB_DEVICETREE_INTERRUPT_H

#include <lib/devicetree.h>

/* No controller that has a driver takes more for one interrupt. */
#define DEVICETREE_INTERRUPT_CELLS_MAX 4

struct devicetree_interrupt {
	const char *name; /* of the device's node */
	const char *why;  /* NULL, or what is wrong: "has interrupts of a node that isn't there" */
	int controller;   /* its node */
	u32 cells;
	u32 cell[DEVICETREE_INTERRUPT_CELLS_MAX];
};

/*
 * devicetree_interrupt - number `index` (from 0) of the interrupts of the node at `path`.
 *
 * By interrupts-extended, else by interrupts and the interrupt-parent of the node or of the nearest
 * one above it. -ENOENT after the last, and for a device without any; -EINVAL, with a why, for what
 * can't be read. Controllers that pass on to others (interrupt-map) aren't followed.
 */
int devicetree_interrupt(const struct devicetree *dt, const struct devicetree_path *path, u32 index,
			 struct devicetree_interrupt *interrupt) __must_check;

/* The index that interrupt-names gives to `name`; `otherwise` where it doesn't say. */
u32 devicetree_interrupt_index(const struct devicetree *dt, int node, const char *name,
			       u32 otherwise);

#endif
