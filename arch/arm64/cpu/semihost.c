// SPDX-License-Identifier: BSD-2-Clause
/* Semihosting calls; the HLT itself stands in calls.S. */
#include <arch/psci.h>
#include <arch/semihost.h>

void semihost_write(const char *text)
{
	semihost_call(SEMIHOST_WRITE0, text);
}

bool semihost_answers(void)
{
	return semihost_call(SEMIHOST_ERRNO, NULL) != -1;
}

void semihost_exit(u32 status)
{
	u64 block[2] = { SEMIHOST_EXIT_REASON, status };

	semihost_call(SEMIHOST_EXIT_EXTENDED, block);
}

void semihost_die(const char *why)
{
	semihost_write(why);
	semihost_write("verdict: usage\n");
	semihost_exit(SEMIHOST_STATUS_USAGE);
	arch_halt();
}
