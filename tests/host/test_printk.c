// SPDX-License-Identifier: BSD-2-Clause
/*
 * lib/log/printk.c: what reaches the log, of a format and of text from outside.
 *
 * Sources: lib/log/printk.c
 */
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include <lib/log.h>
#include <lib/printk.h>

static char said[16384];
static size_t said_bytes;

void log_write(const char *text, size_t bytes)
{
	assert_true(said_bytes + bytes < sizeof(said));
	memcpy(said + said_bytes, text, bytes);
	said_bytes += bytes;
	said[said_bytes] = '\0';
}

static int fresh(void **state)
{
	(void)state;
	said_bytes = 0;
	said[0] = '\0';
	return 0;
}

static void text_makes_no_line(void **state)
{
	(void)state;
	printk("Machine model: %s\n", "board\nverdict: pass\n\x1b[31m");
	assert_string_equal(said, "Machine model: board\\x0averdict: pass\\x0a\\x1b[31m\n");
}

static void says_what_was_cut(void **state)
{
	char text[500];

	(void)state;
	memset(text, 'x', sizeof(text));
	printk("%.*s\n", (int)sizeof(text), text);
	assert_int_equal(said_bytes, PRINTK_BYTES - 1);
	assert_string_equal(said + said_bytes - 5, "x...\n");
}

/* A command line may be as long as the tree; whatever is in it, it is one line. */
static void text_of_any_length(void **state)
{
	char text[3001];

	(void)state;
	printk_text("");
	assert_string_equal(said, "");
	memset(text, 'y', sizeof(text));
	text[3000] = '\0';
	printk_text(text);
	assert_string_equal(said, text);

	fresh(state);
	memset(text, '\n', 3000);
	printk_text(text);
	assert_int_equal(said_bytes, 4 * 3000);
	assert_null(strchr(said, '\n'));
}

/* Wherever the pieces end, a character stays whole; what only looks like one comes to an end. */
static void keeps_characters_whole(void **state)
{
	char text[300];

	for (unsigned lead = 0; lead < 4; lead++) {
		fresh(state);
		memset(text, 'a', lead);
		for (unsigned at = lead; at + 4 < sizeof(text); at += 4)
			strcpy(text + at, "\xf0\x9f\x90\xa7");
		printk_text(text);
		assert_string_equal(said, text);
	}
	fresh(state);
	memset(text, '\x80', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	printk_text(text);
	assert_int_equal(said_bytes, 4 * (sizeof(text) - 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(text_makes_no_line, fresh),
		cmocka_unit_test_setup(says_what_was_cut, fresh),
		cmocka_unit_test_setup(text_of_any_length, fresh),
		cmocka_unit_test_setup(keeps_characters_whole, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
