// SPDX-License-Identifier: BSD-2-Clause
/*
 * lib/cmdline.c: how a line is split, and that it is not read after its end.
 *
 * Sources: lib/cmdline.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include <kernel/compiler.h>
#include <lib/cmdline.h>

/*
 * Writes what the iterator makes of a line: [name] or [name=value], and ! where a
 * quote is not closed, then <what the cursor is left at>.
 */
static const char *split(const char *line)
{
	static char out[5000];
	char *copy = strdup(line); /* to the byte, for AddressSanitizer */
	const char *cursor = copy;
	struct cmdline_option opt;
	size_t n = 0;

	out[0] = '\0';
	while (cmdline_next(&cursor, &opt)) {
		assert_non_null(opt.value);
		assert_true(opt.has_value || opt.value_len == 0);
		n += (size_t)snprintf(out + n, sizeof(out) - n, "[%.*s%s%.*s%s]", (int)opt.name_len,
				      opt.name, opt.has_value ? "=" : "", (int)opt.value_len,
				      opt.value, opt.unterminated ? "!" : "");
	}
	if (*cursor)
		snprintf(out + n, sizeof(out) - n, "<%s>", cursor);
	assert_false(cmdline_next(&cursor, &opt));
	free(copy);
	return out;
}

static void splits_at_blanks(void **state)
{
	(void)state;
	assert_string_equal(split(""), "");
	assert_string_equal(split("   "), "");
	assert_string_equal(split(" \t\n\v\f\r "), "");
	assert_string_equal(split("test"), "[test]");
	assert_string_equal(split("  a  b=1\tc\nd  "), "[a][b=1][c][d]");
	assert_string_equal(split("a=b=c"), "[a=b=c]");
	assert_string_equal(split("a="), "[a=]");
	assert_string_equal(split("a= b"), "[a=][b]");
	assert_string_equal(split("=a"), "[=a]");
	assert_string_equal(split("="), "[=]");
	assert_string_equal(split("=a=b"), "[=a=b]");
	assert_string_equal(split("\xa0 \x85"), "[\xa0][\x85]");
}

static void knows_an_equals_sign_from_a_name(void **state)
{
	const char *cursor = "=a=b a= c";
	struct cmdline_option opt;

	(void)state;
	assert_true(cmdline_next(&cursor, &opt));
	assert_true(cmdline_name_is(&opt, "=a"));
	assert_true(opt.has_value);
	assert_true(cmdline_value_is(&opt, "b"));
	assert_true(cmdline_next(&cursor, &opt));
	assert_true(opt.has_value);
	assert_int_equal(opt.value_len, 0);
	assert_true(cmdline_next(&cursor, &opt));
	assert_false(opt.has_value);
	assert_false(cmdline_value_is(&opt, ""));
}

static void quotes_group(void **state)
{
	(void)state;
	assert_string_equal(split("run=\"a; b\" x"), "[run=a; b][x]");
	assert_string_equal(split("\"run=a b\" x"), "[run=a b][x]");
	assert_string_equal(split("run=\"\" x"), "[run=][x]");
	assert_string_equal(split("\"\" x"), "[][x]");
	assert_string_equal(split("a\" \"b c"), "[a\" \"b][c]");
	assert_string_equal(split("a=\"b c\"d e"), "[a=b c\"d][e]");
	assert_string_equal(split("a=b\" \"c"), "[a=b\" \"c]");
	assert_string_equal(split("\"a b\"=\"c d\""), "[a b\"=c d]");
	assert_string_equal(split("x=\"-- y\" z"), "[x=-- y][z]");
}

static void reports_a_quote_that_is_not_closed(void **state)
{
	(void)state;
	assert_string_equal(split("a \""), "[a][!]");
	assert_string_equal(split("run=\"a; b"), "[run=a; b!]");
	assert_string_equal(split("run=\""), "[run=!]");
	assert_string_equal(split("\"run=a b  "), "[run=a b  !]");
	assert_string_equal(split("a=b\""), "[a=b\"!]");
	assert_string_equal(split("\"a\"\" b"), "[a\"\" b!]");
}

static void stops_where_an_init_begins(void **state)
{
	(void)state;
	assert_string_equal(split("a -- b c"), "[a]<-- b c>");
	assert_string_equal(split("--"), "<-->");
	assert_string_equal(split("a \"--\" b"), "[a]<\"--\" b>");
	assert_string_equal(split("--a b-- __ --=x -"), "[--a][b--][__][--=x][-]");
	assert_int_equal(cmdline_count("a -- a", "a"), 1);
}

static void takes_a_missing_line_for_an_empty_one(void **state)
{
	const char *cursor = NULL;
	struct cmdline_option opt;

	(void)state;
	assert_false(cmdline_next(&cursor, &opt));
	assert_false(cmdline_next_unknown(&cursor, NULL, NULL, &opt));
	assert_false(cmdline_find_last(NULL, "a", &opt));
	assert_int_equal(cmdline_count(NULL, "a"), 0);
}

static void compares_names_and_values(void **state)
{
	const char *cursor = "Page-size=64K";
	struct cmdline_option opt;

	(void)state;
	assert_true(cmdline_next(&cursor, &opt));
	assert_true(cmdline_name_is(&opt, "Page-size"));
	assert_true(cmdline_name_is(&opt, "Page_size"));
	assert_false(cmdline_name_is(&opt, "page_size"));
	assert_false(cmdline_name_is(&opt, "Page-siz"));
	assert_false(cmdline_name_is(&opt, "Page-size="));
	assert_false(cmdline_name_is(&opt, ""));
	assert_true(cmdline_value_is(&opt, "64k"));
	assert_true(cmdline_value_is(&opt, "64K"));
	assert_false(cmdline_value_is(&opt, "64"));
	assert_false(cmdline_value_is(&opt, "64kb"));
	assert_false(cmdline_value_is(&opt, ""));
}

static void finds_the_last_of_several(void **state)
{
	static const char line[] = "a=1 b a=2 a_x=3 a=\"4 5\" c=a=6";
	struct cmdline_option opt = { .name_len = 77 };

	(void)state;
	assert_int_equal(cmdline_count(line, "a"), 3);
	assert_int_equal(cmdline_count(line, "a-x"), 1);
	assert_int_equal(cmdline_count(line, "z"), 0);
	assert_false(cmdline_find_last(line, "z", &opt));
	assert_int_equal(opt.name_len, 77);
	assert_true(cmdline_find_last(line, "a", &opt));
	assert_true(cmdline_value_is(&opt, "4 5"));
	assert_true(cmdline_find_last(line, "b", &opt));
	assert_false(opt.has_value);
}

static const char *unknown(const char *line, const char *const *known, size_t count)
{
	static char out[200];
	struct cmdline_option opt;
	size_t n = 0;

	out[0] = '\0';
	while (cmdline_next_unknown(&line, known, known + count, &opt))
		n += (size_t)snprintf(out + n, sizeof(out) - n, "[%.*s]", (int)opt.name_len,
				      opt.name);
	return out;
}

static void lists_what_is_unknown(void **state)
{
	static const char *const known[] = { "pagesize", "arm64.pagesize", "mem", "run-it" };

	(void)state;
	assert_string_equal(
		unknown("pagesize=4k mem=1G run_it arm64.pagesize=4k", known, ARRAY_SIZE(known)),
		"");
	assert_string_equal(
		unknown("foo pagesize=4k bar=1 nvme.timeout=30", known, ARRAY_SIZE(known)),
		"[foo][bar]");
	assert_string_equal(unknown("page pagesizes me emem run", known, ARRAY_SIZE(known)),
			    "[page][pagesizes][me][emem][run]");
	assert_string_equal(unknown("a=b.c \"\" \" \"", known, ARRAY_SIZE(known)), "[a][][ ]");
	assert_string_equal(unknown("a b", NULL, 0), "[a][b]");
	assert_string_equal(unknown("a -- b", NULL, 0), "[a]");
}

static void has_no_limit_of_length(void **state)
{
	enum { LENGTH = 3000 };
	char *line = malloc(LENGTH + 1);
	struct cmdline_option opt;
	size_t n = 0;

	(void)state;
	assert_non_null(line);
	while (n < LENGTH - 20)
		n += (size_t)snprintf(line + n, LENGTH + 1 - n, "a=%zu ", n);
	snprintf(line + n, LENGTH + 1 - n, "last=%0*d", (int)(LENGTH - n - 5), 7);
	assert_int_equal(strlen(line), LENGTH);
	assert_true(cmdline_find_last(line, "last", &opt));
	assert_ptr_equal(opt.value + opt.value_len, line + LENGTH);
	assert_true(cmdline_count(line, "a") > 400);

	/* One option of that length, and one value. */
	memset(line, 'x', LENGTH);
	assert_int_equal(cmdline_count(line, line), 1);
	line[1] = '=';
	assert_true(cmdline_find_last(line, "x", &opt));
	assert_int_equal(opt.value_len, LENGTH - 2);
	line[2] = '"';
	memset(line + 3, ' ', LENGTH - 4);
	line[LENGTH - 1] = '"';
	assert_true(cmdline_find_last(line, "x", &opt));
	assert_int_equal(opt.value_len, LENGTH - 4);
	assert_false(opt.unterminated);
	free(line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(splits_at_blanks),
		cmocka_unit_test(knows_an_equals_sign_from_a_name),
		cmocka_unit_test(quotes_group),
		cmocka_unit_test(reports_a_quote_that_is_not_closed),
		cmocka_unit_test(stops_where_an_init_begins),
		cmocka_unit_test(takes_a_missing_line_for_an_empty_one),
		cmocka_unit_test(compares_names_and_values),
		cmocka_unit_test(finds_the_last_of_several),
		cmocka_unit_test(lists_what_is_unknown),
		cmocka_unit_test(has_no_limit_of_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
