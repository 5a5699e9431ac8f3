// SPDX-License-Identifier: BSD-2-Clause
/* The line on firmware, in a file that host tests can link: <kernel/report.h>. */
#include <arch/psci.h>
#include <kernel/report.h>
#include <lib/printk.h>

void report_psci(void)
{
	s32 version;
	enum psci_method method = psci_version(&version);
	const char *conduit = method == PSCI_HVC ? "hvc" : "smc";

	if (method == PSCI_NONE)
		printk("psci: none in the devicetree; the machine can't be switched off by it\n");
	else if (version < 0)
		printk("psci: of no version: its call by %s gives %d\n", conduit, version);
	else
		printk("psci: version %d.%d by %s\n", version >> 16, version & 0xffff, conduit);
}
