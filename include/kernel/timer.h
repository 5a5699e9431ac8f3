/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Timers: functions that are called once a moment has come. There is no tick: the CPU's timer is
 * set to the nearest deadline, and is off while there is none.
 *
 * Moments are arch_counter_ns()'s (<arch/counter.h>), so that a series of them doesn't drift.
 */
#ifndef KERNEL_TIMER_H
#define KERNEL_TIMER_H

#include <kernel/compiler.h>
#include <kernel/types.h>

struct devicetree;

/* One moment. `fire` is called in an interrupt (<kernel/irq.h>), and may start the timer again. */
struct timer {
	void (*fire)(struct timer *timer);

	/* timer.c's */
	u64 at_ns;
	struct timer *next;
	bool started;
};

/*
 * timer_init - take the architecture's virtual timer, as the devicetree names its interrupt.
 *
 * Boot, after irq_init. Where it can't be had, timer_works() says so, a line says why, and no timer
 * ever fires: whoever waits by one has to look by himself.
 */
void timer_init(const struct devicetree *dt);
bool timer_works(void);

/* timer_start: call timer->fire at `at_ns` or soon after. Not for one that is started. */
void timer_start(struct timer *timer, u64 at_ns);

/* True: it will not fire any more. False: it wasn't started, has fired, or fires right now. */
bool timer_stop(struct timer *timer);

/*
 * timer_sleep - return at `at_ns` or soon after; where no timer works, by looking at the clock.
 *
 * False, at once, where time can't be told. Interrupts open.
 */
bool timer_sleep(u64 at_ns) __must_check;

#endif
