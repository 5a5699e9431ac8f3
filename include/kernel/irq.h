/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupts: who handles which. The controllers' drivers are below (<arch/irq_chip.h>).
 *
 * A handler runs on the stack of whatever was interrupted, with interrupts masked, and soon ends.
 * The registers of that are this_cpu()->interrupted.
 * It never allocates, frees, sleeps or touches memory that moves; the locks that it takes are taken
 * by everybody with spin_lock_irq (<arch/spinlock.h>).
 */
#ifndef KERNEL_IRQ_H
#define KERNEL_IRQ_H

#include <kernel/types.h>

struct cpu;
struct devicetree;
struct devicetree_path;

/* One source of interrupts, as its driver has it: never given back. */
struct irq {
	const char *name;
	void (*handle)(struct irq *irq);

	/* irq.c's */
	u32 number;
	bool edge;
	u64 count; /* so many were handled, by all CPUs */
	struct irq *next;
};

/*
 * irq_init - set up the interrupt controller that the devicetree names, and open interrupts.
 *
 * Says what it found, on one line. Where there is none that can be driven, interrupts stay masked,
 * and irq_request says so to each driver. Boot, once devices can be mapped.
 */
void irq_init(const struct devicetree *dt);

/*
 * irq_request - let the interrupt come that the node at `path` has at `index`; irq->name and
 * irq->handle are filled in.
 *
 * NULL, or why it never will: "has interrupts that firmware keeps to itself". The boot CPU takes
 * it, unless each CPU has one of its own. Such is requested before another CPU runs.
 */
const char *irq_request(const struct devicetree *dt, struct irq *irq,
			const struct devicetree_path *path, u32 index);

/* The same for what CPUs send each other: `number` is less than IRQ_IPIS. */
const char *irq_request_ipi(struct irq *irq, u32 number);

/*
 * irq_init_cpu - let this CPU, which isn't the boot CPU, take its own interrupts: all of those that
 * were requested. By itself, each time it starts, with interrupts masked, which the caller opens.
 *
 * NULL, or what its part of the controller lacks: it can take none then.
 */
const char *irq_init_cpu(void);

/*
 * irq_send - interrupt another CPU, whose irq_init_cpu is over. What this one wrote before is seen
 * by the handler there. Any context.
 */
void irq_send(const struct cpu *to, u32 number);

/*
 * irq_quiet_cpu  before this CPU goes off: nothing comes to it any more
 * irq_quiet      before this kernel leaves: the whole controller is quiet, as reset leaves it
 *
 * Interrupts masked; also in a handler, which doesn't return then.
 */
void irq_quiet_cpu(void);
void irq_quiet(void);

/* All that were requested, in no order: NULL for the first; NULL after the last. */
const struct irq *irq_next(const struct irq *irq);

/* The controller's name, NULL without one; how many came that nobody had asked for. */
const char *irq_chip_name(void);
u64 irq_unknown(void);

#endif
