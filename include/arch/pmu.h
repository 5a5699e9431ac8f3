/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counting instructions: the performance monitor's event INST_RETIRED.
 *
 * Source: Arm ARM (DDI 0487, J.a), "The Performance Monitors Extension"; event 0x08 in "Required
 * and recommended events".
 */
#ifndef ARCH_PMU_H
#define ARCH_PMU_H

#include <kernel/types.h>

/* Start counting on this CPU. Returns 0, or -EOPNOTSUPP when it can't count instructions. */
int pmu_start(void);

/*
 * The same in a second counter, from 0 on: for a span that ends in another kernel, which reads it
 * (event counter 1). -EOPNOTSUPP, too, where there is but one.
 */
int pmu_start_span(void);

/* Stop counting; and count from 0 on. */
void pmu_stop(void);
void pmu_clear(void);

/* Instructions retired since some moment, modulo 2^32. */
u32 pmu_instructions(void);

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

#endif
