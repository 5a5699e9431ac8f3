/* SPDX-License-Identifier: BSD-2-Clause */
/* Random numbers of the CPU's own: RNDR, where there is FEAT_RNG. */
#ifndef ARCH_RANDOM_H
#define ARCH_RANDOM_H

#include <kernel/types.h>

/* arch_random - a number that nobody can guess. False where the CPU has none, or none now. */
bool arch_random(u64 *number);

#endif
