// SPDX-License-Identifier: BSD-2-Clause
/* What is typed at the console. <kernel/input.h> has the contract. */
#include <arch/counter.h>
#include <kernel/input.h>
#include <kernel/irq.h>
#include <kernel/wait.h>
#include <lib/console.h>
#include <lib/printk.h>

static bool listens;
/* Of `readers`, and of looking whether they have to wait. */
STATIC_SPINLOCK(lock, input, LOCK_WAIT_QUEUE);
static struct wait_queue readers;

static void handle(struct irq *irq)
{
	(void)irq;
	console_interrupt();
	wait_wake_unlock(&readers, &lock, spin_lock_irq(&lock));
}

static struct irq input_irq = { .name = "console", .handle = handle };

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

u8 input_wait(void)
{
	u64 saved = spin_lock_irq(&lock);
	int byte;

	while ((byte = console_read()) < 0)
		wait_on(&readers, &lock, listens ? WAIT_FOREVER : arch_counter_ns() + INPUT_POLL_NS,
			"input");
	spin_unlock_irq(&lock, saved);
	return (u8)byte;
}
