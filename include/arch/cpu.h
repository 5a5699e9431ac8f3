/* SPDX-License-Identifier: BSD-2-Clause */
/* What CPU this is. */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include <arch/sysreg.h>
#include <kernel/types.h>

/* A number that no other CPU has, and that isn't 0: the address of its struct cpu. */
#ifdef GRANULE_HOST

/* The one that a test plays. */
extern u64 host_cpu_id;

static inline u64 cpu_id(void)
{
	return host_cpu_id;
}

#else

static inline u64 cpu_id(void)
{
	return sysreg_read(tpidr_el1);
}

#endif

/* "cpu: Cortex-A72 r0p3 (MIDR …), 44-bit physical addresses, …", and how many the tree has. */
void cpu_report(void);

#endif
