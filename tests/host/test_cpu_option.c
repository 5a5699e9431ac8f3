// SPDX-License-Identifier: BSD-2-Clause
/*
 * `maxcpus=` and `nosmp`: how many CPUs a line asks for, and what is no number.
 *
 * Sources: lib/cpu_option.c lib/cmdline.c lib/parse.c
 */
#include "host.h"

#include <string.h>

#include <cmocka.h>

#include <kernel/errno.h>
#include <lib/cpu_option.h>

static void asks(const char *line, u32 most)
{
	struct cmdline_option option;
	u32 found = 0;

	assert_int_equal(cpu_option_find(line, &found, &option), 0);
	assert_int_equal(found, most);
	assert_int_equal(cpu_option_most(line), most);
}

static void numbers(void **state)
{
	(void)state;
	asks(NULL, CPU_OPTION_NO_LIMIT);
	asks("", CPU_OPTION_NO_LIMIT);
	asks("max cpus=1 maxcpu=1 nosmpx xnosmp", CPU_OPTION_NO_LIMIT);
	asks("maxcpus=0", 1);
	asks("maxcpus=1", 1);
	asks("maxcpus=2", 2);
	asks("quiet \"maxcpus=0x10\" run=nosmp", 16);
	asks("maxcpus=\"3\"", 3);
	asks("nosmp", 1);
	asks("nosmp=0", 1);
	/* more than there can be, of 32 bits, of 64, and beyond */
	asks("maxcpus=4294967294", 4294967294U);
	asks("maxcpus=4294967296", CPU_OPTION_NO_LIMIT);
	asks("maxcpus=4294967298", CPU_OPTION_NO_LIMIT);
	asks("maxcpus=18446744073709551616", CPU_OPTION_NO_LIMIT);
}

static void last_counts(void **state)
{
	(void)state;
	asks("maxcpus=4 maxcpus=2", 2);
	asks("nosmp maxcpus=2", 2);
	asks("maxcpus=2 nosmp", 1);
	asks("maxcpus=x nosmp", 1);
	asks("maxcpus=x maxcpus=3", 3);
	asks("maxcpus=3 -- maxcpus=x nosmp", 3);
}

static void refused(void **state)
{
	static const struct {
		const char *line;
		const char *value;
	} lines[] = {
		{ "maxcpus", "" },
		{ "maxcpus=", "" },
		{ "maxcpus=x", "x" },
		{ "maxcpus=-1", "-1" },
		{ "maxcpus=2K", "2K" },
		{ "maxcpus=1 maxcpus=2,3", "2,3" },
		{ "nosmp maxcpus=1x", "1x" },
		{ "maxcpus=\"1 2\"", "1 2" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		struct cmdline_option option = { 0 };
		u32 most = 0;

		assert_int_equal(cpu_option_find(lines[i].line, &most, &option), -EINVAL);
		assert_int_equal(most, CPU_OPTION_NO_LIMIT);
		assert_int_equal(option.value_len, strlen(lines[i].value));
		assert_memory_equal(option.value, lines[i].value, option.value_len);
		assert_int_equal(cpu_option_most(lines[i].line), CPU_OPTION_NO_LIMIT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(last_counts),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
