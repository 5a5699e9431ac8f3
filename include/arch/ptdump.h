/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Translation tables in words, from the live registers: what the hardware is told, not what the
 * kernel believes.
 */
#ifndef ARCH_PTDUMP_H
#define ARCH_PTDUMP_H

#include <kernel/types.h>

/* The walk for one address, an entry a line. */
void ptdump_address(vaddr_t va);

/* One line on both halves: granule, levels, on or off. */
void ptdump_regime(void);

/* The kernel's half as merged ranges with their attributes. */
void ptdump_kernel(void);

#endif
