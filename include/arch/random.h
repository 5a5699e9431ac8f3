/* SPDX-License-Identifier: BSD-2-Clause */
/* Random numbers from the CPU (arch/arm64/cpu/cpu.c): RNDR, if it has FEAT_RNG. */
#ifndef ARCH_RANDOM_H
#define ARCH_RANDOM_H

#include <kernel/types.h>

/* arch_random - a number that can't be guessed. False: the CPU has no RNDR, or no number now. */
bool arch_random(u64 *number);

#endif
