/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time: the counter that runs from reset, in nanoseconds, and a timer that goes off by it.
 *
 * Source: Arm ARM (DDI 0487, J.a), "The Generic Timer in AArch64 state".
 */
#ifndef ARCH_COUNTER_H
#define ARCH_COUNTER_H

#include <kernel/types.h>

/*
 * arch_counter_init - how long a tick of the counter is: by the timer node's clock-frequency if
 * `tree_hz` isn't 0, else by CNTFRQ_EL0, which firmware may have left 0.
 *
 * Boot stage.
 */
void arch_counter_init(u32 tree_hz);

/* Later in boot: does it count, and whose word on its frequency is taken? */
enum arch_counter_state {
	ARCH_COUNTER_BY_REGISTER,
	ARCH_COUNTER_BY_TREE,
	ARCH_COUNTER_NO_UNIT, /* nothing says how long a tick is */
	ARCH_COUNTER_STOPPED,
};
enum arch_counter_state arch_counter_check(u64 *hz);

/*
 * Whether time can be told. Where it can't, arch_counter_ns() stays 0: whoever waits by it has to
 * ask, and not to wait.
 */
bool arch_counter_has_unit(void);

/* The counter that runs from reset: in nanoseconds, rounded down to its tick. */
u64 arch_counter_ns(void);

/*
 * arch_timer_set   this CPU's timer asks for an interrupt from the moment on when
 *                  arch_counter_ns() is `ns`, until it is set anew or stopped
 * arch_timer_stop  it asks no more
 *
 * Where time can be told. Interrupts masked.
 */
void arch_timer_set(u64 ns);
void arch_timer_stop(void);

#endif
