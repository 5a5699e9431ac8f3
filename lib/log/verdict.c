// SPDX-License-Identifier: BSD-2-Clause
/* The end of a run. */
#include <arch/psci.h>
#include <arch/semihost.h>
#include <lib/console.h>
#include <lib/log.h>
#include <lib/power.h>
#include <lib/printk.h>
#include <lib/verdict.h>

static const struct {
	char name[8];
	u32 status;
} verdicts[] = {
	[VERDICT_PASS] = { "pass", 0 },   [VERDICT_FAIL] = { "fail", 1 },
	[VERDICT_PANIC] = { "panic", 1 }, [VERDICT_USAGE] = { "usage", SEMIHOST_STATUS_USAGE },
	[VERDICT_SKIP] = { "skip", 77 },
};

void verdict_end(enum verdict verdict)
{
	log_pause(false);
	log_bare();
	printk("verdict: %s\n", verdicts[verdict].name);
	console_flush();
	semihost_exit(verdicts[verdict].status);
	/*
	 * Nobody answers: the line above is the result. Where it reached nobody either, a machine
	 * that switched itself off would look like one that did well.
	 */
	if (console_is_heard())
		power_off();
	arch_halt();
}
