/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PSCI: switching the machine off and on, by the firmware or the hypervisor.
 *
 * Source: Arm, "Power State Coordination Interface", DEN 0022; devicetree binding arm/psci.
 */
#ifndef ARCH_PSCI_H
#define ARCH_PSCI_H

/* For assembly: enum psci_method, and a function. */
#define PSCI_BY_HVC  1
#define PSCI_BY_SMC  2
#define PSCI_CPU_OFF 0x84000002

#ifndef __ASSEMBLER__

#include <kernel/compiler.h>
#include <kernel/types.h>

enum psci_method {
	PSCI_NONE,
	PSCI_HVC = PSCI_BY_HVC,
	PSCI_SMC = PSCI_BY_SMC,
};

/*
 * By which instruction to call; until then, and with PSCI_NONE, calls do nothing. Plain data is
 * kept: it holds after the image has moved.
 */
void psci_init(enum psci_method method);
enum psci_method psci_method(void);

/* How PSCI is called, and its version, the major number in the upper half; negative: an error. */
enum psci_method psci_version(s32 *version);

/*
 * psci_cpu_on - start the CPU that has this affinity, at the physical address `entry`.
 *
 * It begins at the level that this one was entered at, MMU and caches off, `context` in x0. 0, or
 * -EOPNOTSUPP where there is no PSCI or it refuses.
 */
int psci_cpu_on(u64 mpidr, paddr_t entry, u64 context) __must_check;

/* Stop the CPU that calls it. Returns only if PSCI refuses. */
void psci_cpu_off(void);

/* Is the CPU of this affinity on, or on its way? False without PSCI, or if that doesn't know. */
bool psci_cpu_is_on(u64 mpidr);

/* Both return when there is no PSCI, or when it refuses. */
void arch_power_off(void);
void arch_reset(void);

/* Stop this CPU for good, where the machine can't be switched off. */
#ifdef GRANULE_HOST
void arch_halt(void) __attribute__((noreturn));
#else
static inline void __attribute__((noreturn)) arch_halt(void)
{
	for (;;)
		asm volatile("wfi");
}
#endif

#endif

#endif
