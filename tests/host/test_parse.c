// SPDX-License-Identifier: BSD-2-Clause
/*
 * lib/parse.c: what is a number, what is none, and that a text is not read
 * after its end.
 *
 * Sources: lib/parse.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include <kernel/compiler.h>
#include <kernel/errno.h>
#include <lib/parse.h>

#define UNTOUCHED 0xdeadULL

/* A copy without terminator: AddressSanitizer sees a read after its end. */
static char *exact_copy(const char *text)
{
	size_t len = strlen(text);
	char *copy = malloc(len ? len : 1);

	assert_non_null(copy);
	memcpy(copy, text, len);
	return copy;
}

static void number(const char *text, int err, u64 expected)
{
	char *copy = exact_copy(text);
	u64 value = UNTOUCHED;
	int result = parse_u64(copy, strlen(text), &value);

	if (result != err || value != (err ? UNTOUCHED : expected))
		fail_msg("parse_u64(\"%s\"): %d, %llu", text, result, value);
	free(copy);
}

static void whole_size(const char *text, int err, u64 expected)
{
	char *copy = exact_copy(text);
	u64 value = UNTOUCHED;
	int result = parse_size(copy, strlen(text), NULL, &value);

	if (result != err || value != (err ? UNTOUCHED : expected))
		fail_msg("parse_size(\"%s\"): %d, %llu", text, result, value);
	free(copy);
}

static void leading_size(const char *text, int err, u64 expected, size_t expected_used)
{
	char *copy = exact_copy(text);
	u64 value = UNTOUCHED;
	size_t used = UNTOUCHED;
	int result = parse_size(copy, strlen(text), &used, &value);

	if (result != err || value != (err ? UNTOUCHED : expected) ||
	    used != (err ? UNTOUCHED : expected_used))
		fail_msg("parse_size(\"%s\"): %d, %llu, used %zu", text, result, value, used);
	free(copy);
}

static void reads_numbers(void **state)
{
	(void)state;
	number("0", 0, 0);
	number("7", 0, 7);
	number("010", 0, 10);
	number("0x10", 0, 16);
	number("0XfF", 0, 255);
	number("0xaBcDeF", 0, 0xabcdef);
	number("18446744073709551615", 0, ~0ULL);
	number("0xffffffffffffffff", 0, ~0ULL);
	number("000000000000000000000000000001", 0, 1);
}

static void refuses_what_is_no_number(void **state)
{
	(void)state;
	number("", -EINVAL, 0);
	number("x", -EINVAL, 0);
	number("0x", -EINVAL, 0);
	number("0xg", -EINVAL, 0);
	number("x10", -EINVAL, 0);
	number("12a", -EINVAL, 0);
	number("a", -EINVAL, 0);
	number("1 ", -EINVAL, 0);
	number(" 1", -EINVAL, 0);
	number("-1", -EINVAL, 0);
	number("+1", -EINVAL, 0);
	number("1K", -EINVAL, 0);
	number("/", -EINVAL, 0);
	number(":", -EINVAL, 0);
	number("0x@", -EINVAL, 0);
	number("0x`", -EINVAL, 0);
	number("18446744073709551616", -ERANGE, 0);
	number("0x10000000000000000", -ERANGE, 0);
	number("99999999999999999999999999", -ERANGE, 0);
}

static void reads_sizes(void **state)
{
	(void)state;
	whole_size("0", 0, 0);
	whole_size("64k", 0, 64 * KiB);
	whole_size("64K", 0, 64 * KiB);
	whole_size("512M", 0, 512 * MiB);
	whole_size("512m", 0, 512 * MiB);
	whole_size("8G", 0, 8 * GiB);
	whole_size("1g", 0, GiB);
	whole_size("1T", 0, TiB);
	whole_size("2t", 0, 2 * TiB);
	whole_size("3P", 0, 3 * 1024 * TiB);
	whole_size("3p", 0, 3 * 1024 * TiB);
	whole_size("15E", 0, 15ULL << 60);
	whole_size("0x10M", 0, 16 * MiB);
	whole_size("0x1E", 0, 0x1e);
	whole_size("16777215T", 0, 16777215 * TiB);
	whole_size("18446744073709551615", 0, ~0ULL);
}

static void refuses_what_is_no_size(void **state)
{
	(void)state;
	whole_size("", -EINVAL, 0);
	whole_size("K", -EINVAL, 0);
	whole_size("64KB", -EINVAL, 0);
	whole_size("64 K", -EINVAL, 0);
	whole_size("64Q", -EINVAL, 0);
	whole_size("1.5G", -EINVAL, 0);
	whole_size("64K@0", -EINVAL, 0);
	whole_size("16E", -ERANGE, 0);
	whole_size("16777216T", -ERANGE, 0);
	whole_size("18446744073709551615K", -ERANGE, 0);
	whole_size("99999999999999999999K", -ERANGE, 0);
	/* What only differs from a letter in the bit that makes it lower case. */
	whole_size("1\x0b", -EINVAL, 0);
}

static void takes_sizes_apart(void **state)
{
	(void)state;
	leading_size("64M@1G-2G", 0, 64 * MiB, 3);
	leading_size("1G-2G", 0, GiB, 2);
	leading_size("64", 0, 64, 2);
	leading_size("64,5", 0, 64, 2);
	leading_size("64MM", 0, 64 * MiB, 3);
	leading_size("0xZ", 0, 0, 1);
	leading_size("@1G", -EINVAL, 0, 0);
	leading_size("16E@0", -ERANGE, 0, 0);
}

static void agrees_with_printf(void **state)
{
	(void)state;
	for (int i = 0; i < 20000; i++) {
		u64 value = host_random() >> host_random_below(64);
		char text[32];

		snprintf(text, sizeof(text), "%llu", value);
		number(text, 0, value);
		whole_size(text, 0, value);
		snprintf(text, sizeof(text), "%#llx", value);
		number(text, 0, value);
	}
}

static void from_the_front(void **state)
{
	char *copy = exact_copy("16M@x");
	struct parse_rest rest = { copy, 5 };
	u64 value = UNTOUCHED;

	(void)state;
	assert_false(parse_take_mark(&rest, '@'));
	assert_true(parse_take_size(&rest, &value));
	assert_int_equal(value, 16 * MiB);
	assert_false(parse_take_size(&rest, &value));
	assert_true(parse_take_mark(&rest, '@'));
	assert_false(parse_take_size(&rest, &value));
	assert_true(rest.text == copy + 4 && rest.len == 1);
	assert_true(parse_take_mark(&rest, 'x'));
	/* Behind the end there is neither. */
	assert_false(parse_take_mark(&rest, 'x'));
	assert_false(parse_take_mark(&rest, '\0'));
	assert_false(parse_take_size(&rest, &value));
	assert_true(rest.text == copy + 5 && !rest.len);
	assert_int_equal(value, 16 * MiB);
	free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_numbers),     cmocka_unit_test(refuses_what_is_no_number),
		cmocka_unit_test(reads_sizes),       cmocka_unit_test(refuses_what_is_no_size),
		cmocka_unit_test(takes_sizes_apart), cmocka_unit_test(agrees_with_printf),
		cmocka_unit_test(from_the_front),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
