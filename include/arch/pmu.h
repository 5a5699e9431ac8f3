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

#endif
