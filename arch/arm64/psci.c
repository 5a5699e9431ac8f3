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

static s32 psci_call(u32 function)
{
	register u64 x0 asm("x0") = function;
	register u64 x1 asm("x1") = 0;
	register u64 x2 asm("x2") = 0;
	register u64 x3 asm("x3") = 0;

	/* SMCCC 1.0 lets the callee lose x4 to x17. */
#define PSCI_CLOBBERS                                                                        \
	"x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", \
		"x17", "memory"
	if (psci_conduit == PSCI_HVC)
		asm volatile("hvc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::PSCI_CLOBBERS);
	else if (psci_conduit == PSCI_SMC)
		asm volatile("smc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::PSCI_CLOBBERS);
	else
		return -1;
	return (s32)x0;
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
