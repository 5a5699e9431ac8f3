// SPDX-License-Identifier: BSD-2-Clause
/*
 * Timers: for each CPU a list in the order of their deadlines. Whoever waits has one, and few wait
 * at a time. <kernel/timer.h> has the contract.
 */
#include <arch/counter.h>
#include <arch/cpu.h>
#include <arch/irqflags.h>
#include <kernel/assert.h>
#include <kernel/compiler.h>
#include <kernel/irq.h>
#include <kernel/timer.h>
#include <lib/devicetree_interrupt.h>
#include <lib/printk.h>

/* By the binding of the architecture's timer: secure, non-secure, virtual, hypervisor's. */
#define VIRTUAL_INDEX 2

static struct timers boot_timers;

/* How often the locks of all CPUs' lists were taken. */
static u64 locks_taken(void)
{
	u64 sum = 0;

	for (const struct cpu *cpu = &boot_cpu; cpu; cpu = cpu_next(cpu))
		sum += spin_taken(&cpu->timers->lock);
	return sum;
}

LOCK_CLASS_OF_MANY(timer, LOCK_TIMER, locks_taken);

static bool works;

/* This CPU's timer, as its list says. With the lock. */
static void set(const struct timers *timers)
{
	if (timers->nearest)
		arch_timer_set(timers->nearest->at_ns);
	else
		arch_timer_stop();
}

/* The first one whose moment has come, no longer started; or NULL. */
static struct timer *take_due(struct timers *timers)
{
	struct timer *due;

	spin_lock(&timers->lock);
	due = timers->nearest;
	if (due && due->at_ns > arch_counter_ns())
		due = NULL;
	if (due) {
		timers->nearest = due->next;
		due->started = false;
	}
	__atomic_store_n(&timers->firing, due, __ATOMIC_RELEASE);
	set(timers);
	spin_unlock(&timers->lock);
	return due;
}

static void handle(struct irq *irq)
{
	struct timers *timers = this_cpu()->timers;
	struct timer *due;

	(void)irq;
	while ((due = take_due(timers)))
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
	timer_init_cpu(&boot_cpu, &boot_timers);
	works = !lacks;
	if (lacks)
		printk("timer: none: it %s\n", lacks);
}

bool timer_works(void)
{
	return works;
}

void timer_init_cpu(struct cpu *cpu, struct timers *timers)
{
	timers->lock.class = &lock_class_timer;
	cpu->timers = timers;
}

static void insert(struct timers *timers, struct timer *timer)
{
	struct timer **at = &timers->nearest;

	while (*at && (*at)->at_ns <= timer->at_ns)
		at = &(*at)->next;
	timer->next = *at;
	__atomic_store_n(&timer->timers, timers, __ATOMIC_RELAXED);
	*at = timer;
}

void timer_start(struct timer *timer, u64 at_ns)
{
	u64 saved = irq_save();
	struct timers *timers = this_cpu()->timers;

	ASSERT(!timer->started);
	spin_lock(&timers->lock);
	timer->at_ns = at_ns;
	timer->started = true;
	insert(timers, timer);
	if (works && timers->nearest == timer)
		set(timers);
	spin_unlock_irq(&timers->lock, saved);
}

/* The list that it is in, locked: it may move on to another one meanwhile. NULL: none so far. */
static struct timers *lock_list(const struct timer *timer, u64 *saved)
{
	struct timers *timers;

	for (;;) {
		timers = __atomic_load_n(&timer->timers, __ATOMIC_RELAXED);
		if (!timers)
			return NULL;
		*saved = spin_lock_irq(&timers->lock);
		if (timers == __atomic_load_n(&timer->timers, __ATOMIC_RELAXED))
			return timers;
		spin_unlock_irq(&timers->lock, *saved);
	}
}

/* *fires: its function runs, and may start it again. */
static bool stop(struct timer *timer, bool *fires)
{
	u64 saved;
	struct timers *timers = lock_list(timer, &saved);
	bool was_started;

	*fires = false;
	if (!timers)
		return false;
	*fires = timers->firing == timer;
	was_started = timer->started;
	if (was_started) {
		struct timer **at = &timers->nearest;

		while (*at != timer)
			at = &(*at)->next;
		*at = timer->next;
		timer->started = false;
		/* Another CPU finds out when its timer goes off for nothing. */
		if (works && timers == this_cpu()->timers)
			set(timers);
	}
	spin_unlock_irq(&timers->lock, saved);
	return was_started;
}

bool timer_stop(struct timer *timer)
{
	bool fires;

	return stop(timer, &fires);
}

static struct timer *take_any(struct timers *timers)
{
	struct timer *timer;

	spin_lock(&timers->lock);
	timer = timers->nearest;
	if (timer)
		timers->nearest = timer->next;
	return timer;
}

void timer_take_over(struct timers *from)
{
	u64 saved = irq_save();
	struct timers *own = this_cpu()->timers;
	struct timer *timer;

	/* Its list's lock is held until it is in the other one, so that lock_list finds it. */
	while ((timer = take_any(from))) {
		spin_lock_second(&own->lock); /* that CPU is off, and takes none */
		insert(own, timer);
		spin_unlock(&own->lock);
		spin_unlock(&from->lock);
	}
	spin_unlock(&from->lock);
	spin_lock(&own->lock);
	if (works)
		set(own);
	spin_unlock_irq(&own->lock, saved);
}

void timer_cancel(struct timer *timer)
{
	bool fires;

	for (stop(timer, &fires); fires; stop(timer, &fires))
		spin_pause();
}
