/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Timers: functions that are called once a moment has come. There is no tick: the CPU's timer is
 * set to the nearest deadline, and is off while there is none.
 *
 * Moments are arch_counter_ns()'s (<arch/counter.h>), so that a series of them doesn't drift.
 */
#ifndef KERNEL_TIMER_H
#define KERNEL_TIMER_H

#include <arch/spinlock.h>
#include <kernel/types.h>

struct cpu;
struct devicetree;

/* One moment. `fire` is called in an interrupt (<kernel/irq.h>), and may start the timer again. */
struct timer {
	void (*fire)(struct timer *timer);

	/* timer.c's */
	u64 at_ns;
	struct timer *next;
	struct timers *timers; /* where it was started last */
	bool started;
};

/* A CPU's, in memory of the code that starts it. */
struct timers {
	struct spinlock lock;
	struct timer *nearest;
	struct timer *firing; /* its function runs. Atomic */
};

/*
 * timer_init - take the architecture's virtual timer, as the devicetree names its interrupt.
 *
 * Boot, after irq_init. Where there is none, timer_works() is false, a line says why, and no timer
 * ever fires: code that waits has to look at the clock.
 */
void timer_init(const struct devicetree *dt);
bool timer_works(void);

/*
 * timer_init_cpu   a list for a CPU that isn't online yet: all zero, or as that CPU left it
 * timer_take_over  this CPU's list gets all of one that went off
 */
void timer_init_cpu(struct cpu *cpu, struct timers *timers);
void timer_take_over(struct timers *from);

/*
 * timer_start - call timer->fire on this CPU at `at_ns` or soon after.
 *
 * Not for one that is started. Any context.
 */
void timer_start(struct timer *timer, u64 at_ns);

/* True: it will not fire any more. False: it wasn't started, has fired, or fires right now. */
bool timer_stop(struct timer *timer);

/* It will not fire any more, nor does it right now. Not with a lock that its function takes. */
void timer_cancel(struct timer *timer);

#endif
