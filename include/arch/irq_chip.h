/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupt controllers: which there are, and what <kernel/irq.h> asks of their drivers.
 *
 * A number names an interrupt of the machine. A GIC's are its INTIDs; each other driver says in its
 * file what its numbers are.
 *
 * Context: interrupts masked, by one CPU at a time; take, end and init_cpu by each CPU for itself.
 * Nothing here allocates, prints or sleeps.
 */
#ifndef ARCH_IRQ_CHIP_H
#define ARCH_IRQ_CHIP_H

#include <kernel/types.h>

struct devicetree;
struct devicetree_interrupt;

#define IRQ_NONE 0xffffffffU

struct irq_line {
	u32 number;
	bool edge; /* it is told by a change, which the controller keeps; else by a level */
};

struct irq_chip {
	char name[8];

	/* Map its registers, and leave it with nothing enabled. NULL, or what it lacks. */
	const char *(*init)(const struct devicetree *dt);

	/* What each CPU has of it. NULL, or what that lacks. */
	const char *(*init_cpu)(void);

	/* What a specifier of the devicetree means. False: nothing that this controller has. */
	bool (*decode)(const struct devicetree_interrupt *specifier, struct irq_line *line);

	/* Let an interrupt come, to this CPU. False: it can't: firmware keeps it to itself. */
	bool (*enable)(const struct irq_line *line);
	void (*disable)(u32 number);

	/* The one to be handled, which can't come again until its end; IRQ_NONE: none is left. */
	u32 (*take)(void);
	void (*end)(u32 number);

	/* Nothing comes to this CPU any more: as reset leaves it, for the next kernel. */
	void (*quiet)(void);
};

extern const struct irq_chip irq_gic_v2, irq_gic_v3, irq_bcm2836;

/* The driver for the controller that the devicetree's notes have; NULL: there is none. */
const struct irq_chip *irq_chip_find(const struct devicetree *dt);

#endif
