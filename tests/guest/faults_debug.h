/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults of `fault` that are debug exceptions: faults_debug.c. */
#ifndef TESTS_GUEST_FAULTS_DEBUG_H
#define TESTS_GUEST_FAULTS_DEBUG_H

/* Each ends in a panic at its own place: not inlined, so that the backtrace names it. */
void fault_breakpoint(void);
void fault_watchpoint(void);
void fault_step(void);

#endif
