// SPDX-License-Identifier: BSD-2-Clause
/* The prompt's commands about the machine as a whole. */
#include <arch/psci.h>
#include <kernel/errno.h>
#include <kernel/monitor.h>
#include <lib/console.h>
#include <lib/printk.h>
#include <lib/verdict.h>

COMMAND(poweroff, "", "end the machine, with verdict: pass")
{
	(void)argc, (void)argv;
	verdict_end(VERDICT_PASS);
}

COMMAND(reboot, "", "start the machine anew")
{
	(void)argc, (void)argv;
	printk("verdict: pass\n");
	console_flush();
	arch_reset();
	printk("reboot: the firmware has no PSCI SYSTEM_RESET that works here\n");
	return -EOPNOTSUPP;
}
