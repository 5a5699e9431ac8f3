// SPDX-License-Identifier: BSD-2-Clause
/* Interrupts: from the vector to who asked for them. <kernel/irq.h> has the contract. */
#include <arch/cpu.h>
#include <arch/irq_chip.h>
#include <arch/irqflags.h>
#include <arch/spinlock.h>
#include <arch/trap.h>
#include <kernel/assert.h>
#include <kernel/compiler.h>
#include <kernel/irq.h>
#include <lib/devicetree_interrupt.h>
#include <lib/devicetree_node.h>
#include <lib/printk.h>

static const struct irq_chip *chip; /* NULL: there is none */
static struct irq *requested;       /* added to at its head, never taken from */
/* Of the writers of `requested`, and of the chip's set-up. */
STATIC_SPINLOCK(lock, irq, LOCK_IRQ);
static u64 unknown;

BUILD_ASSERT(IRQ_IPIS <= IRQ_FIRST_SHARED);

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
	__atomic_fetch_add(&irq->count, 1, __ATOMIC_RELAXED);
	irq->handle(irq);
}

/* All that are pending: the next one costs less here than by another exception. */
static void handle(struct regs *regs)
{
	struct cpu *here = this_cpu();
	u32 number = chip->take();

	here->interrupted = regs;
	while (number != IRQ_NONE) {
		__atomic_store_n(&here->handling, number, __ATOMIC_RELAXED);
		handle_one(number);
		__atomic_store_n(&here->handling, IRQ_NONE, __ATOMIC_RELAXED);
		chip->end(number);
		number = chip->take();
	}
	here->interrupted = NULL;
}

/* What this CPU has of the controller. NULL, or what it lacks. */
static const char *init_cpu(const struct irq_chip *of)
{
	struct cpu *here = this_cpu();

	here->affinity = cpu_affinity();
	here->handling = IRQ_NONE;
	return of->init_cpu();
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
		lacks = init_cpu(found);
	if (lacks) {
		printk("interrupts: none: %s %s\n", node, lacks);
		return;
	}
	chip = found;
	trap_irq = handle;
	irq_open();
	printk("interrupts: %s, %s\n", chip->name, node);
}

static const char *const is_kept = "has an interrupt that firmware keeps to itself";

static const char *enable(struct irq *irq, const struct irq_line *line)
{
	u64 saved = spin_lock_irq(&lock);
	bool enabled;

	irq->number = line->number;
	irq->edge = line->edge;
	irq->next = requested;
	__atomic_store_n(&requested, irq, __ATOMIC_RELEASE);
	enabled = chip->enable(line);
	if (!enabled)
		requested = irq->next;
	spin_unlock_irq(&lock, saved);
	return enabled ? NULL : is_kept;
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

const char *irq_request_ipi(struct irq *irq, u32 number)
{
	ASSERT(number < IRQ_IPIS);
	return chip ? enable(irq, &(struct irq_line){ number, .edge = true }) : "has no controller";
}

const char *irq_init_cpu(void)
{
	const char *lacks;

	if (!chip)
		return "has no controller";
	lacks = init_cpu(chip);
	spin_lock(&lock);
	for (const struct irq *irq = first(); irq && !lacks; irq = irq->next)
		if (irq->number < IRQ_FIRST_SHARED &&
		    !chip->enable(&(struct irq_line){ irq->number, irq->edge }))
			lacks = is_kept;
	spin_unlock(&lock);
	return lacks;
}

void irq_send(const struct cpu *to, u32 number)
{
	chip->send(to, number);
}

/* In a handler, which may have panicked: else nothing of its priority would ever come again. */
static void end_handled(void)
{
	u32 handling = this_cpu()->handling;

	if (handling != IRQ_NONE)
		chip->end(handling);
}

void irq_quiet_cpu(void)
{
	if (!chip)
		return;
	end_handled();
	chip->quiet_cpu();
}

void irq_quiet(void)
{
	if (!chip)
		return;
	end_handled();
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
