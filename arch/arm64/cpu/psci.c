// SPDX-License-Identifier: BSD-2-Clause
/* PSCI calls, by the SMC calling convention (Arm DEN 0028): 32-bit function ids, x0 to x3. */
#include <arch/psci.h>
#include <kernel/errno.h>

#define PSCI_VERSION       0x84000000
#define PSCI_CPU_ON        0xc4000003 /* arguments of 64 bits */
#define PSCI_AFFINITY_INFO 0xc4000004
#define PSCI_SYSTEM_OFF    0x84000008
#define PSCI_SYSTEM_RESET  0x84000009

/* What PSCI_AFFINITY_INFO returns. */
#define PSCI_IS_ON       0
#define PSCI_IS_STARTING 2

static enum psci_method psci_conduit;

/* calls.S; if the CPU has no such instruction, trap.c answers -1. */
s64 psci_hvc(u64 function, u64 x1, u64 x2, u64 x3);
s64 psci_smc(u64 function, u64 x1, u64 x2, u64 x3);

static s32 psci_call(u32 function, u64 x1, u64 x2, u64 x3)
{
	if (psci_conduit == PSCI_NONE)
		return -1;
	return (s32)(psci_conduit == PSCI_HVC ? psci_hvc(function, x1, x2, x3)
					      : psci_smc(function, x1, x2, x3));
}

void psci_init(enum psci_method method)
{
	psci_conduit = method;
}

enum psci_method psci_method(void)
{
	return psci_conduit;
}

enum psci_method psci_version(s32 *version)
{
	*version = psci_call(PSCI_VERSION, 0, 0, 0);
	return psci_conduit;
}

int psci_cpu_on(u64 mpidr, paddr_t entry, u64 context)
{
	return psci_call(PSCI_CPU_ON, mpidr, entry.val, context) ? -EOPNOTSUPP : 0;
}

void psci_cpu_off(void)
{
	psci_call(PSCI_CPU_OFF, 0, 0, 0);
}

bool psci_cpu_is_on(u64 mpidr)
{
	s32 state = psci_call(PSCI_AFFINITY_INFO, mpidr, 0, 0);

	return state == PSCI_IS_ON || state == PSCI_IS_STARTING;
}

void arch_power_off(void)
{
	psci_call(PSCI_SYSTEM_OFF, 0, 0, 0);
}

void arch_reset(void)
{
	psci_call(PSCI_SYSTEM_RESET, 0, 0, 0);
}
