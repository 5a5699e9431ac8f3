/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupt controllers: which there are, and what <kernel/irq.h> asks of their drivers.
 *
 * A number names an interrupt of the machine. The first IRQ_IPIS are those that CPUs send each
 * other, those below IRQ_FIRST_SHARED a CPU's own: each CPU enables them for itself. A GIC's are
 * its INTIDs; each other driver says in its file what its numbers are.
 *
 * Context: interrupts masked, by one CPU at a time; take, end, send, init_cpu and quiet_cpu by each
 * CPU for itself. Nothing here allocates, prints or sleeps.
 */
#ifndef ARCH_IRQ_CHIP_H
#define ARCH_IRQ_CHIP_H

#include <kernel/types.h>

struct cpu;
struct devicetree;
struct devicetree_interrupt;

#define IRQ_NONE         0xffffffffU
#define IRQ_IPIS         8
#define IRQ_FIRST_SHARED 32

struct irq_line {
	u32 number;
	bool edge; /* signalled by an edge, which the controller keeps; else by a level */
};

struct irq_chip {
	char name[8];

	/* Map its registers, and leave it with nothing enabled. NULL, or what it lacks. */
	const char *(*init)(const struct devicetree *dt);

	/* What this CPU has of it: nothing of its own is enabled. NULL, or what that lacks. */
	const char *(*init_cpu)(void);

	/* What a specifier of the devicetree means. False: nothing that this controller has. */
	bool (*decode)(const struct devicetree_interrupt *specifier, struct irq_line *line);

	/*
	 * Let an interrupt come: to this CPU one of its own, to the boot CPU one of the machine's.
	 * False: it can't: firmware keeps it to itself.
	 */
	bool (*enable)(const struct irq_line *line);
	void (*disable)(u32 number);

	/* The one to be handled, which can't come again until its end; IRQ_NONE: none is left. */
	u32 (*take)(void);
	void (*end)(u32 number);

	/*
	 * Interrupt another CPU, whose init_cpu is over. What this one wrote before is seen by the
	 * handler there.
	 */
	void (*send)(const struct cpu *to, u32 number);

	/* Nothing comes to this CPU any more, or nothing at all: as reset leaves it. */
	void (*quiet_cpu)(void);
	void (*quiet)(void);
};

extern const struct irq_chip irq_gic_v2, irq_gic_v3, irq_bcm2836;

/* The driver for the controller that the devicetree's notes have; NULL: there is none. */
const struct irq_chip *irq_chip_find(const struct devicetree *dt);

#endif
