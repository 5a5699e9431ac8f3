// SPDX-License-Identifier: BSD-2-Clause
/* The prompt's commands about the machine as a whole, and its log. */
#include <arch/counter.h>
#include <arch/psci.h>
#include <kernel/errno.h>
#include <kernel/monitor.h>
#include <kernel/wait.h>
#include <lib/console.h>
#include <lib/log.h>
#include <lib/parse.h>
#include <lib/power.h>
#include <lib/printk.h>
#include <lib/string.h>
#include <lib/verdict.h>

#define SLEEP_SECONDS_MAX 86400

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

/* "2" or "0.25", in ns; false for anything else, and for more than a day. */
static bool parse_seconds(const char *text, u64 *ns)
{
	const char *point = strchr(text, '.');
	size_t len = strlen(text), whole = point ? (size_t)(point - text) : len;
	u64 seconds, part = 0, unit = 1000000000;

	if (parse_u64(text, whole, &seconds) || seconds > SLEEP_SECONDS_MAX)
		return false;
	if (point && parse_u64(point + 1, len - whole - 1, &part))
		return false;
	for (const char *digit = point ? point + 1 : ""; *digit && unit > 1; digit++)
		unit /= 10;
	/* Digits beyond the ninth would be less than a nanosecond. */
	if (point && len - whole - 1 > 9)
		return false;
	*ns = seconds * 1000000000 + part * unit;
	return true;
}

COMMAND(sleep, "SECONDS", "wait so long; 0.25 is a quarter of a second")
{
	u64 ns;

	if (argc != 2 || !parse_seconds(argv[1], &ns)) {
		printk("sleep: write a number of seconds, at most 86400, such as 2 or 0.25\n");
		return -EINVAL;
	}
	if (wait_until(arch_counter_ns() + ns))
		return 0;
	printk("sleep: this machine can't tell time\n");
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
