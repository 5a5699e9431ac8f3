/* SPDX-License-Identifier: BSD-2-Clause */
/* Filling memory with zeroes a cache line or more at a time. */
#ifndef ARCH_ZERO_H
#define ARCH_ZERO_H

/* What arch_zero works in. */
#define ZERO_UNIT_BYTES 64

#ifndef __ASSEMBLER__

#include <kernel/types.h>

/*
 * arch_zero - fill [at, at + bytes) with zeroes.
 *
 * Both are multiples of ZERO_UNIT_BYTES; 0 bytes are none. The memory must be Normal, so the MMU
 * must be on: DC ZVA faults on Device memory. Not for what others may read meanwhile: the
 * order and the size of its stores are the CPU's business.
 */
void arch_zero(void *at, u64 bytes);

/*
 * arch_zero_pages - the same for multiples of the smallest page (PAGE_SIZE_MIN), and not 0 bytes.
 *
 * Returns 0, so that an allocation can end in it.
 */
int arch_zero_pages(void *at, u64 bytes);

#endif

#endif
