// SPDX-License-Identifier: BSD-2-Clause
/*
 * Timers: a list in the order of their deadlines. Whoever waits has one, and few wait at a time.
 * <kernel/timer.h> has the contract.
 */
#include <arch/counter.h>
#include <arch/spinlock.h>
#include <kernel/assert.h>
#include <kernel/compiler.h>
#include <kernel/irq.h>
#include <kernel/timer.h>
#include <lib/devicetree_interrupt.h>
#include <lib/printk.h>

/* By the binding of the architecture's timer: secure, non-secure, virtual, hypervisor's. */
#define VIRTUAL_INDEX 2

static struct spinlock lock;
static struct timer *nearest;
static bool works;

/* The CPU's timer, as the list says. With the lock. */
static void set(void)
{
	if (nearest)
		arch_timer_set(nearest->at_ns);
	else
		arch_timer_stop();
}

/* The first one whose moment has come, no longer started; or NULL. */
static struct timer *take_due(void)
{
	u64 saved = spin_lock_irq(&lock);
	struct timer *due = nearest;

	if (due && due->at_ns > arch_counter_ns())
		due = NULL;
	if (due) {
		nearest = due->next;
		due->started = false;
	}
	set();
	spin_unlock_irq(&lock, saved);
	return due;
}

static void handle(struct irq *irq)
{
	struct timer *due;

	(void)irq;
	while ((due = take_due()))
		due->fire(due);
}

static struct irq timer_irq = { .name = "timer", .handle = handle };

void __init timer_init(const struct devicetree *dt)
{
	const char *lacks = "has no node";
	u32 index;

	if (dt->timer.depth >= 0) {
		index = devicetree_interrupt_index(dt, dt->timer.node[dt->timer.depth], "virt",
						   VIRTUAL_INDEX);
		lacks = arch_counter_has_unit() ? irq_request(dt, &timer_irq, &dt->timer, index)
						: "has a tick of unknown length";
	}
	works = !lacks;
	if (lacks)
		printk("timer: none: it %s\n", lacks);
}

bool timer_works(void)
{
	return works;
}

void timer_start(struct timer *timer, u64 at_ns)
{
	u64 saved = spin_lock_irq(&lock);
	struct timer **at = &nearest;

	ASSERT(!timer->started);
	while (*at && (*at)->at_ns <= at_ns)
		at = &(*at)->next;
	timer->at_ns = at_ns;
	timer->next = *at;
	timer->started = true;
	*at = timer;
	if (works && nearest == timer)
		set();
	spin_unlock_irq(&lock, saved);
}

bool timer_stop(struct timer *timer)
{
	u64 saved = spin_lock_irq(&lock);
	struct timer **at = &nearest;
	bool was_started = timer->started;

	if (was_started) {
		while (*at != timer)
			at = &(*at)->next;
		*at = timer->next;
		timer->started = false;
		if (works)
			set();
	}
	spin_unlock_irq(&lock, saved);
	return was_started;
}

/* Its interrupt is what it is for. */
static void wake(struct timer *timer)
{
	(void)timer;
}

/* With interrupts masked, so that none comes between looking and sleeping. False: it is over. */
static bool sleep_on(const struct timer *timer, u64 at_ns)
{
	u64 saved = irq_save();
	bool early = arch_counter_ns() < at_ns;

	if (early && timer->started)
		irq_wait();
	irq_restore(saved);
	return early;
}

bool timer_sleep(u64 at_ns)
{
	struct timer timer = { .fire = wake };

	if (!arch_counter_has_unit())
		return false;
	if (works)
		timer_start(&timer, at_ns);
	while (sleep_on(&timer, at_ns))
		;
	timer_stop(&timer);
	return true;
}
