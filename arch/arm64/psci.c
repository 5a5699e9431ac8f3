// SPDX-License-Identifier: BSD-2-Clause
/* PSCI calls, by the SMC calling convention (Arm DEN 0028): 32-bit function ids, x0 to x3. */
#include <arch/psci.h>
#include <kernel/devicetree_device.h>
#include <kernel/errno.h>
#include <kernel/printk.h>

#define PSCI_VERSION      0x84000000
#define PSCI_SYSTEM_OFF   0x84000008
#define PSCI_SYSTEM_RESET 0x84000009

static enum {
	PSCI_NONE,
	PSCI_HVC,
	PSCI_SMC,
} psci_conduit;

/* vectors.S, beside what answers where the CPU has no such instruction: -1. */
s64 psci_hvc(u64 function, u64 x1, u64 x2, u64 x3);
s64 psci_smc(u64 function, u64 x1, u64 x2, u64 x3);

static s32 psci_call(u32 function)
{
	if (psci_conduit == PSCI_NONE)
		return -1;
	return (s32)(psci_conduit == PSCI_HVC ? psci_hvc(function, 0, 0, 0)
					      : psci_smc(function, 0, 0, 0));
}

void psci_init(const struct devicetree *dt)
{
	struct devicetree_psci psci;
	int err = devicetree_device_psci(dt, &psci);

	if (err == -EINVAL)
		printk("psci: %s: %s\n", psci.name, psci.why);
	/* PSCI 0.1 has functions of its own numbers, and none that switches a machine off. */
	if (err || !psci.standard)
		return;
	psci_conduit = psci.conduit == DEVICETREE_CONDUIT_HVC ? PSCI_HVC : PSCI_SMC;
}

void psci_describe(void)
{
	s32 version = psci_call(PSCI_VERSION);

	if (psci_conduit == PSCI_NONE)
		printk("psci: none in the devicetree; the machine can't be switched off by it\n");
	else
		printk("psci: version %d.%d by %s\n", version >> 16, version & 0xffff,
		       psci_conduit == PSCI_HVC ? "hvc" : "smc");
}

void arch_power_off(void)
{
	psci_call(PSCI_SYSTEM_OFF);
}

void arch_reset(void)
{
	psci_call(PSCI_SYSTEM_RESET);
}
