// SPDX-License-Identifier: BSD-2-Clause
/*
 * lib/log/verdict.c: what is said last, and whether the machine is switched off.
 *
 * Sources: lib/log/verdict.c lib/log/power.c
 */
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include <arch/psci.h>
#include <arch/semihost.h>
#include <lib/console.h>
#include <lib/log.h>
#include <lib/verdict.h>

static jmp_buf end;
static char said[100];
static u32 status;
static bool answers, heard, off, paused;

void semihost_exit(u32 code)
{
	status = code;
	if (answers)
		longjmp(end, 1);
}

void arch_power_off(void)
{
	off = true;
	longjmp(end, 2);
}

void arch_reset(void)
{
	fail_msg("nobody asked for a reset");
}

bool console_is_heard(void)
{
	return heard;
}

void console_flush(void)
{
}

bool log_pause(bool pause)
{
	paused = pause;
	return false;
}

void log_bare(void)
{
}

void arch_halt(void)
{
	longjmp(end, 3);
}

static void hear(const char *text)
{
	strcat(said, text);
}

/* How the machine ends: 1 by semihosting, 2 switched off, 3 it stops and stays on. */
static int ends(enum verdict verdict, bool semihosting, bool channel)
{
	int how;

	answers = semihosting;
	heard = channel;
	off = false;
	paused = true;
	said[0] = '\0';
	host_printk_hook = hear;
	how = setjmp(end);
	if (!how)
		verdict_end(verdict);
	host_printk_hook = NULL;
	return how;
}

static void the_last_line_is_a_verdict(void **state)
{
	(void)state;
	assert_int_equal(ends(VERDICT_SKIP, true, true), 1);
	assert_string_equal(said, "verdict: skip\n");
	assert_int_equal(status, 77);
	assert_false(paused);
	assert_int_equal(ends(VERDICT_PANIC, false, true), 2);
	assert_string_equal(said, "verdict: panic\n");
}

/* Switching off makes QEMU's status 0: that is for a verdict that somebody heard. */
static void silence_does_not_look_like_success(void **state)
{
	(void)state;
	assert_int_equal(ends(VERDICT_FAIL, false, false), 3);
	assert_false(off);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_line_is_a_verdict),
		cmocka_unit_test(silence_does_not_look_like_success),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
