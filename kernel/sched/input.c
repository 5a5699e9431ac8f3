// SPDX-License-Identifier: BSD-2-Clause
/* What is typed at the console. <kernel/input.h> has the contract. */
#include <arch/counter.h>
#include <arch/irqflags.h>
#include <kernel/input.h>
#include <kernel/irq.h>
#include <kernel/timer.h>
#include <lib/console.h>
#include <lib/printk.h>

static bool listens;

static void handle(struct irq *irq)
{
	(void)irq;
	console_interrupt();
}

static struct irq input_irq = { .name = "console", .handle = handle };

/* Its interrupt is what it is for. */
static void look_again(struct timer *timer)
{
	(void)timer;
}

static struct timer poll_timer = { .fire = look_again };

void input_open(const struct devicetree *dt)
{
	const struct devicetree_path *path = console_path();
	const char *lacks = path ? irq_request(dt, &input_irq, path, 0) : "isn't in the devicetree";

	listens = !lacks;
	if (listens)
		console_listen();
	else
		printk("console: input is polled: it %s\n", lacks);
}

/*
 * With interrupts masked, so that none comes between looking and sleeping: the CPU wakes by one
 * that pends, and takes it when they are open again.
 */
static int look_or_sleep(void)
{
	u64 saved = irq_save();
	int byte = console_read();

	if (byte < 0 && (listens || timer_works())) {
		if (!listens && !poll_timer.started)
			timer_start(&poll_timer, arch_counter_ns() + INPUT_POLL_NS);
		irq_wait();
	}
	irq_restore(saved);
	return byte;
}

u8 input_wait(void)
{
	int byte;

	do
		byte = look_or_sleep();
	while (byte < 0);
	return (u8)byte;
}
