// SPDX-License-Identifier: BSD-2-Clause
/*
 * lib/log/log.c, by hand.
 *
 * Sources: lib/log/log.c tests/host/log_world.c lib/cmdline.c lib/string.c lib/vsnprintf.c
 */
#include <stdio.h>
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include <kernel/errno.h>
#include <lib/cmdline.h>
#include <lib/log.h>

#include "log_world.h"

static void expect_log(u64 most, const char *want)
{
	log_world_hush();
	log_print(most);
	log_world_expect(want);
}

/* ---- by hand ---- */

static void keeps_lines_with_their_times(void **state)
{
	(void)state;
	expect_log(~0ULL, "");
	log_world_write("one\ntwo");
	log_world_expect("one\ntwo");
	log_world_ns = 98765432109876;
	log_world_write(" and a half\n\n");
	log_world_expect(" and a half\n\n");
	expect_log(~0ULL, "[    0.001234] one\n"
			  "[    0.001234] two and a half\n"
			  "[98765.432109] \n");
	expect_log(1, "[98765.432109] \n");
	expect_log(2, "[    0.001234] two and a half\n[98765.432109] \n");
	log_world_write("open");
	expect_log(1, "[98765.432109] open\n");
	expect_log(0, "");
}

static void keeps_answers_out(void **state)
{
	(void)state;
	log_world_write("before\n");
	assert_false(log_pause(true));
	log_world_write("answer\n");
	assert_true(log_pause(true));
	assert_true(log_pause(false));
	log_world_write("after\n");
	log_world_expect("before\nanswer\nafter\n");
	expect_log(~0ULL, "[    0.001234] before\n[    0.001234] after\n");
}

static void clears(void **state)
{
	(void)state;
	for (unsigned i = 0; i < LOG_BYTES; i++)
		log_world_write("x\n");
	assert_true(log_state.lost);
	log_world_write("open");
	log_clear();
	expect_log(~0ULL, "");
	log_world_write(" no more\n");
	expect_log(~0ULL, "[    0.001234]  no more\n");
}

static void cuts_what_is_too_long(void **state)
{
	static char text[LOG_LINE_BYTES + 100], want[LOG_LINE_BYTES + 100];

	(void)state;
	memset(text, 'a', sizeof(text));
	text[LOG_LINE_BYTES] = '\n';
	log_write(text, LOG_LINE_BYTES + 1); /* the longest that fits */
	snprintf(want, sizeof(want), "[    0.001234] %.*s", LOG_LINE_BYTES + 1, text);
	expect_log(1, want);

	text[LOG_LINE_BYTES] = 'a';
	log_write(text, LOG_LINE_BYTES + 1);
	log_world_write("more\n");
	snprintf(want, sizeof(want), "[    0.001234] %.*s...\n", LOG_LINE_BYTES - 3, text);
	expect_log(1, want);
	log_world_write("next\n");
	expect_log(1, "[    0.001234] next\n");
}

static void says_how_many_are_lost(void **state)
{
	unsigned lines = LOG_BYTES / (sizeof(struct log_header) + 4);
	char want[80];

	(void)state;
	for (unsigned i = 0; i < lines + 7; i++)
		log_world_write("line\n");
	assert_int_equal(log_state.lost, 7);
	log_world_hush();
	log_print(~0ULL);
	snprintf(want, sizeof(want), "log: 7 lines before these are lost\n[    0.001234] line\n");
	assert_memory_equal(log_world_said, want, strlen(want));
	expect_log(2, "[    0.001234] line\n[    0.001234] line\n");
}

/* ---- printk.time ---- */

static void reads_its_option(void **state)
{
	static const struct {
		const char *cmdline;
		int error;
		enum log_stamps stamps;
	} cases[] = {
		{ "", 0, LOG_STAMPS_KEPT },
		{ "printk.time=0", 0, LOG_STAMPS_NONE },
		{ "a printk.time=1 b", 0, LOG_STAMPS_CONSOLE },
		{ "printk.time=1 printk.time=0", 0, LOG_STAMPS_NONE },
		{ "printk.time=2 printk.time=1", 0, LOG_STAMPS_CONSOLE },
		{ "printk.time", -EINVAL, 0 },
		{ "printk.time=", -EINVAL, 0 },
		{ "printk.time=2", -EINVAL, 0 },
		{ "printk.time=01", -EINVAL, 0 },
		{ "printk.time=yes", -EINVAL, 0 },
		{ "printk.times=1", 0, LOG_STAMPS_KEPT },
	};
	struct cmdline_option opt;

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		log_state.stamps = LOG_STAMPS_KEPT;
		assert_int_equal(log_setup(cases[i].cmdline, &opt), cases[i].error);
		assert_int_equal(log_state.stamps, cases[i].stamps);
	}
	assert_int_equal(log_setup("printk.time=soon", &opt), -EINVAL);
	assert_memory_equal(opt.value, "soon", opt.value_len);
}

static void stamps_the_console(void **state)
{
	(void)state;
	log_state.stamps = LOG_STAMPS_CONSOLE;
	log_world_write("one");
	log_world_ns = 2000000000;
	log_world_write(" line\ntwo\nthree");
	log_world_expect("[    0.001234] one line\n[    2.000000] two\n[    2.000000] three");
	log_world_write("\n");
	log_pause(true);
	log_world_write("answer\n");
	log_pause(false);
	log_world_expect("\nanswer\n");
	log_bare();
	log_world_write("ok 1\n");
	log_world_expect("ok 1\n");
	expect_log(1, "[    2.000000] ok 1\n");
}

static void does_without_stamps(void **state)
{
	(void)state;
	log_state.stamps = LOG_STAMPS_NONE;
	log_bare();
	log_world_write("one\n");
	expect_log(1, "one\n");
}

/* ---- a panic ---- */

static void tells_what_was_before_a_panic(void **state)
{
	char want[2048] = "log: the last 20 lines:\n";

	(void)state;
	for (unsigned i = 0; i < 30; i++) {
		char line[40];

		snprintf(line, sizeof(line), "line %u\n", i);
		log_world_write(line);
		if (i >= 11)
			snprintf(want + strlen(want), 100, "  [    0.001234] %s", line);
	}
	strcat(want, "  [    0.001234] begun\n");
	log_world_write("begun");
	log_pause(true);
	log_world_panic();
	log_world_write("Kernel panic\n");
	log_world_hush();
	log_print_before_panic();
	log_world_expect(want);
	/* It is in the log, and the pause is over. */
	expect_log(1, "[    0.001234] Kernel panic\n");
}

static void tells_less_if_there_is_less(void **state)
{
	(void)state;
	log_world_panic();
	log_world_write("Kernel panic\n");
	log_world_hush();
	log_print_before_panic();
	log_world_expect("");
	log_clear();
	log_world_write("one\n");
	log_world_panic();
	log_world_hush();
	log_print_before_panic();
	log_world_expect("log: the last 1 lines:\n  [    0.001234] one\n");
}

/* A panic's own report may take all of the ring. */
static void survives_a_long_report(void **state)
{
	(void)state;
	log_world_write("before\n");
	log_world_panic();
	for (unsigned i = 0; i < LOG_BYTES; i++)
		log_world_write("x\n");
	log_world_hush();
	log_print_before_panic();
	log_world_expect("");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(keeps_lines_with_their_times, log_world_fresh),
		cmocka_unit_test_setup(keeps_answers_out, log_world_fresh),
		cmocka_unit_test_setup(clears, log_world_fresh),
		cmocka_unit_test_setup(cuts_what_is_too_long, log_world_fresh),
		cmocka_unit_test_setup(says_how_many_are_lost, log_world_fresh),
		cmocka_unit_test_setup(reads_its_option, log_world_fresh),
		cmocka_unit_test_setup(stamps_the_console, log_world_fresh),
		cmocka_unit_test_setup(does_without_stamps, log_world_fresh),
		cmocka_unit_test_setup(tells_what_was_before_a_panic, log_world_fresh),
		cmocka_unit_test_setup(tells_less_if_there_is_less, log_world_fresh),
		cmocka_unit_test_setup(survives_a_long_report, log_world_fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
