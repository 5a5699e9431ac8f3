/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Backtraces by frame records (AAPCS64: x29 points to {previous x29, return address}).
 */
#ifndef ARCH_BACKTRACE_H
#define ARCH_BACKTRACE_H

#include <kernel/types.h>

/*
 * Print the callers from a frame record on, `pc` first unless it is 0. Stops at the first
 * record that lies outside the CPU's stacks, is misaligned or does not go up: a broken stack
 * can't make it fault or hang.
 */
void backtrace_print(u64 pc, u64 frame);

#endif
