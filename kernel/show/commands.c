// SPDX-License-Identifier: BSD-2-Clause
/* The prompt's commands about the machine as a whole, and its log. */
#include <arch/psci.h>
#include <kernel/errno.h>
#include <kernel/monitor.h>
#include <lib/console.h>
#include <lib/log.h>
#include <lib/parse.h>
#include <lib/power.h>
#include <lib/printk.h>
#include <lib/string.h>
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
	power_reset();
	printk("reboot: the firmware has no PSCI SYSTEM_RESET that works here\n");
	return -EOPNOTSUPP;
}

COMMAND(dmesg, "[COUNT | --clear]", "the log, or its last COUNT lines; --clear forgets it")
{
	u64 count = ~0ULL;

	if (argc > 2) {
		printk("dmesg: \"%s\" is too much: write dmesg, dmesg COUNT or dmesg --clear\n",
		       argv[2]);
		return -EINVAL;
	}
	if (argc > 1 && !strcmp(argv[1], "--clear")) {
		log_clear();
		return 0;
	}
	if (argc > 1 && (parse_u64(argv[1], strlen(argv[1]), &count) || !count)) {
		printk("dmesg: \"%s\" is no number of lines: write dmesg 20, or dmesg --clear\n",
		       argv[1]);
		return -EINVAL;
	}
	log_print(count);
	return 0;
}
