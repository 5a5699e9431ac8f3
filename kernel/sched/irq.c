// SPDX-License-Identifier: BSD-2-Clause
/* Interrupts: from the vector to who asked for them. <kernel/irq.h> has the contract. */
#include <arch/irq_chip.h>
#include <arch/irqflags.h>
#include <arch/spinlock.h>
#include <arch/trap.h>
#include <kernel/compiler.h>
#include <kernel/irq.h>
#include <lib/devicetree_interrupt.h>
#include <lib/devicetree_node.h>
#include <lib/printk.h>

static const struct irq_chip *chip; /* NULL: there is none */
static struct irq *requested;       /* added to at its head, never taken from */
static struct spinlock lock;        /* of `requested`'s writers, and of the chip's set-up */
static u64 unknown;
static u32 handling = IRQ_NONE; /* interrupts stay masked meanwhile: one at a time */

/* The list is read without its lock: a new head is whole before it is there. */
static struct irq *first(void)
{
	return __atomic_load_n(&requested, __ATOMIC_ACQUIRE);
}

/* One that nobody asked for, from before this kernel: once is enough. */
static void refuse(u32 number)
{
	__atomic_fetch_add(&unknown, 1, __ATOMIC_RELAXED);
	chip->disable(number);
}

static void handle_one(u32 number)
{
	struct irq *irq = first();

	while (irq && irq->number != number)
		irq = irq->next;
	if (!irq) {
		refuse(number);
		return;
	}
	irq->count++;
	irq->handle(irq);
}

/* All that are pending: the next one costs less here than by another exception. */
static void handle(void)
{
	u32 number = chip->take();

	while (number != IRQ_NONE) {
		handling = number;
		handle_one(number);
		handling = IRQ_NONE;
		chip->end(number);
		number = chip->take();
	}
}

void __init irq_init(const struct devicetree *dt)
{
	const struct irq_chip *found = irq_chip_find(dt);
	const char *lacks, *node;

	if (!found) {
		printk("interrupts: none: the devicetree has no controller that there is a driver "
		       "for\n");
		return;
	}
	node = devicetree_node_name(dt, dt->intc.node[dt->intc.depth]);
	lacks = found->init(dt);
	if (!lacks)
		lacks = found->init_cpu();
	if (lacks) {
		printk("interrupts: none: %s %s\n", node, lacks);
		return;
	}
	chip = found;
	trap_irq = handle;
	irq_open();
	printk("interrupts: %s, %s\n", chip->name, node);
}

static const char *enable(struct irq *irq, const struct irq_line *line)
{
	u64 saved = spin_lock_irq(&lock);
	bool enabled;

	irq->number = line->number;
	irq->next = requested;
	__atomic_store_n(&requested, irq, __ATOMIC_RELEASE);
	enabled = chip->enable(line);
	if (!enabled)
		requested = irq->next;
	spin_unlock_irq(&lock, saved);
	return enabled ? NULL : "has an interrupt that firmware keeps to itself";
}

const char *irq_request(const struct devicetree *dt, struct irq *irq,
			const struct devicetree_path *path, u32 index)
{
	struct devicetree_interrupt specifier;
	struct irq_line line;

	if (!chip)
		return "would interrupt, but there is no controller";
	if (devicetree_interrupt(dt, path, index, &specifier))
		return specifier.why ? specifier.why : "has no interrupt";
	if (!chip->decode(&specifier, &line))
		return "has an interrupt that its controller doesn't have";
	return enable(irq, &line);
}

void irq_quiet(void)
{
	if (!chip)
		return;
	/* After a panic in a handler: else nothing of its priority would ever come again. */
	if (handling != IRQ_NONE)
		chip->end(handling);
	chip->quiet();
}

const struct irq *irq_next(const struct irq *irq)
{
	return irq ? irq->next : first();
}

const char *irq_chip_name(void)
{
	return chip ? chip->name : NULL;
}

u64 irq_unknown(void)
{
	return __atomic_load_n(&unknown, __ATOMIC_RELAXED);
}
