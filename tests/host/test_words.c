// SPDX-License-Identifier: BSD-2-Clause
/*
 * kernel/prompt/words.c: a line becomes the words that a shell would make of it, and of any text
 * nothing worse than a refusal.
 *
 * Sources: kernel/prompt/words.c
 */
#include <stdio.h>
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include <kernel/compiler.h>
#include <kernel/errno.h>
#include <kernel/words.h>

static struct words words;

/* The words of the first command in `text`, each in angle brackets, then how much was read. */
static const char *shown(const char *text)
{
	static char buf[4 * WORDS_BYTES];
	int err = words_split(&words, text, strlen(text)), at = 0;

	buf[0] = '\0';
	if (err) {
		assert_int_equal(err, -EINVAL);
		assert_non_null(words.why);
		return words.why;
	}
	assert_null(words.argv[words.argc]);
	for (int i = 0; i < words.argc; i++)
		at += sprintf(buf + at, "<%s>", words.argv[i]);
	sprintf(buf + at, " %zu", words.used);
	return buf;
}

static void splits_as_a_shell_does(void **state)
{
	static const char *const table[][2] = {
		{ "", " 0" },
		{ "  \t ", " 4" },
		{ "mem", "<mem> 3" },
		{ "  mem   order ", "<mem><order> 14" },
		{ "a;b", "<a> 2" },
		{ "a ; b", "<a> 3" },
		{ ";b", " 1" },
		{ "'a b'c", "<a bc> 6" },
		{ "\"a b\"c", "<a bc> 6" },
		{ "x=\"a; b\" c", "<x=a; b><c> 10" },
		{ "x='a; b' c", "<x=a; b><c> 10" },
		{ "''", "<> 2" },
		{ "a \"\" b", "<a><><b> 6" },
		{ "''''", "<> 4" },
		{ "\"it's\"", "<it's> 6" },
		{ "'say \"x\"'", "<say \"x\"> 9" },
		{ "\"a\\\"b\\\\c\\d\"", "<a\"b\\c\\d> 11" },
		{ "'a\\'", "<a\\> 4" },
		{ "a\\ b\\;c", "<a b;c> 7" },
		{ "a\\\\", "<a\\> 3" },
		{ "tab\there\r\n", "<tab><here> 10" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		assert_string_equal(shown(table[i][0]), table[i][1]);
}

static void refuses_what_has_no_end(void **state)
{
	(void)state;
	assert_string_equal(shown("mem \"a; b"), "a \" that has no second one");
	assert_int_equal(words.quote_at, 4);
	assert_string_equal(shown("it's"), "a ' that has no second one");
	assert_int_equal(words.quote_at, 2);
	assert_string_equal(shown("a\\"), "a backslash with nothing after it");
	assert_string_equal(shown("\"a\\"), "a \" that has no second one");
}

/* What completion asks for: the words before, and whether the last of them may grow. */
static void says_whether_the_last_word_is_open(void **state)
{
	static const struct {
		const char *text;
		int argc;
		bool open;
	} table[] = {
		{ "", 0, false },     { "a", 1, true },    { "a ", 1, false },
		{ "a b", 2, true },   { "a 'b", 2, true }, { "a 'b c", 2, true },
		{ "a 'b'", 2, true }, { "a;", 1, false },  { "a ;", 1, false },
		{ "a '", 2, true },   { "a \"", 2, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		(void)!words_split(&words, table[i].text, strlen(table[i].text));
		assert_int_equal(words.argc, table[i].argc);
		assert_int_equal(words.open, table[i].open);
	}
	assert_string_equal(words.argv[1], "");
}

static void has_limits(void **state)
{
	char text[2 * WORDS_BYTES];
	size_t len = 0;

	(void)state;
	for (int i = 0; i < WORDS_MOST; i++)
		len += (size_t)sprintf(text + len, "w ");
	shown(text);
	assert_int_equal(words.argc, WORDS_MOST);
	strcat(text, "w");
	assert_string_equal(shown(text), "more words than a command may have, which are 32");

	memset(text, 'x', sizeof(text));
	text[WORDS_BYTES - 1] = '\0';
	shown(text);
	assert_null(words.why);
	assert_int_equal(words.argc, 1);
	assert_int_equal(strlen(words.argv[0]), WORDS_BYTES - 1);
	/* No room for a word after it, not for one of no characters either. */
	strcpy(text + WORDS_BYTES - 1, " ''");
	assert_string_equal(shown(text), "longer than a command may be, which is 511 characters");
	assert_int_equal(words.argc, 1);
	text[WORDS_BYTES - 2] = ' ';
	shown(text);
	assert_null(words.why);
	assert_int_equal(words.argc, 2);
	memset(text, 'x', sizeof(text));
	text[WORDS_BYTES] = '\0';
	assert_string_equal(shown(text), "longer than a command may be, which is 511 characters");
}

/* Any text: words lie in `room`, one after the other, and all of it is read in the end. */
static void any_text_is_read_to_its_end(void **state)
{
	static const char letters[] = "ab \t;\"'\\";
	char text[2 * WORDS_BYTES];

	(void)state;
	for (int round = 0; round < 20000; round++) {
		size_t bytes = host_random_below(round % 10 ? 40 : sizeof(text)), at = 0;

		for (size_t i = 0; i < bytes; i++)
			text[i] = letters[host_random_below(sizeof(letters) - 1)];
		do {
			const char *end = words.room;

			(void)!words_split(&words, text + at, bytes - at);
			assert_in_range(words.argc, 0, WORDS_MOST);
			for (int i = 0; i < words.argc; i++) {
				assert_true(words.argv[i] == end);
				end += strlen(end) + 1;
			}
			assert_true(end <= words.room + WORDS_BYTES);
			assert_true(words.used || bytes == at);
			at += words.used;
			assert_true(at <= bytes);
		} while (at < bytes);
	}
}

static void joins_what_a_kernel_reads_as_the_same_words(void **state)
{
	char *argv[] = { "a=b", "run=granule; mem", "", "x=\"p q\"", "end" }, buf[64];

	(void)state;
	assert_true(words_join(buf, sizeof(buf), 5, argv));
	assert_string_equal(buf, "a=b \"run=granule; mem\" \"\" x=\"p q\" end");
	assert_true(words_join(buf, sizeof(buf), 0, argv));
	assert_string_equal(buf, "");
	assert_true(words_join(buf, 4, 1, argv));
	assert_string_equal(buf, "a=b");
	assert_false(words_join(buf, 3, 1, argv));
	assert_string_equal(buf, "a=");
	assert_false(words_join(buf, 4, 2, argv));
	/* Bytes, printable or not: the next kernel reads what was typed. */
	argv[0] = "x\ty";
	argv[1] = "\xe9";
	assert_true(words_join(buf, sizeof(buf), 2, argv));
	assert_string_equal(buf, "x\ty \xe9");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(splits_as_a_shell_does),
		cmocka_unit_test(refuses_what_has_no_end),
		cmocka_unit_test(says_whether_the_last_word_is_open),
		cmocka_unit_test(has_limits),
		cmocka_unit_test(any_text_is_read_to_its_end),
		cmocka_unit_test(joins_what_a_kernel_reads_as_the_same_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
