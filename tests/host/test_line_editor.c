// SPDX-License-Identifier: BSD-2-Clause
/*
 * kernel/prompt/line_editor.c, kernel/prompt/line_history.c: keys edit the line as people expect,
 * and a terminal that knows nothing but backspace and bell shows what was edited.
 *
 * Sources: kernel/prompt/line_editor.c kernel/prompt/line_history.c
 */
#include <stdio.h>
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include <kernel/compiler.h>
#include <kernel/line_editor.h>

#define PROMPT "granule> "

/* ---- a terminal on paper: a line of 80 columns, which must never be full ---- */

static char screen[81];
static size_t screen_column, bells;

static void clear_screen(void)
{
	memset(screen, ' ', 80);
	screen_column = 0;
}

static void terminal(const char *text, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		char c = text[i];

		if (c == '\n') {
			clear_screen();
		} else if (c == '\b') {
			assert_true(screen_column > 0);
			screen_column--;
		} else if (c == '\a') {
			bells++;
		} else {
			assert_true(c >= ' ' && c < 0x7f);
			screen[screen_column++] = c;
			assert_true(screen_column < 80);
		}
	}
}

/* ---- the editor, checked after each key ---- */

static struct line_editor e;
static struct line_history history;

static void check(void)
{
	char line[LINE_EDITOR_BYTES + 100];
	const char *shown = screen + strlen(PROMPT);
	size_t cursor = strlen(PROMPT) + e.cursor - e.window, len;

	assert_true(e.cursor <= e.len && e.len < LINE_EDITOR_BYTES);
	assert_int_equal(strlen(e.text), e.len);
	assert_int_equal(screen_column, cursor);
	assert_memory_equal(screen, PROMPT, strlen(PROMPT));
	/* What is shown is the line from the window on; marks where it is cut. */
	len = MIN(e.len - e.window, e.columns);
	memset(line, ' ', sizeof(line));
	memcpy(line, e.text + e.window, len);
	if (e.window)
		line[0] = '<';
	if (e.window + len < e.len)
		line[len - 1] = '>';
	assert_memory_equal(shown, line, 80 - strlen(PROMPT));
	/* The cursor stands on a character of the line, or after it, never on a mark. */
	assert_true(!e.window || e.cursor > e.window);
	assert_true(e.cursor - e.window < e.columns - (e.window + len < e.len));
}

static enum line_event key(u8 byte)
{
	enum line_event event = line_editor_key(&e, byte);

	if (event == LINE_EDITING)
		check();
	return event;
}

static void begin(void)
{
	clear_screen();
	line_editor_begin(&e, PROMPT, &history, terminal);
	check();
}

/* Type keys, and see that the line is `text` with its cursor at the `|`. */
static void types(const char *keys, const char *text)
{
	char got[LINE_EDITOR_BYTES + 1];

	for (; *keys; keys++)
		assert_int_equal(key((u8)*keys), LINE_EDITING);
	memcpy(got, e.text, e.cursor);
	got[e.cursor] = '|';
	strcpy(got + e.cursor + 1, e.text + e.cursor);
	assert_string_equal(got, text);
}

static void enters(const char *keys, const char *line)
{
	for (; *keys; keys++)
		key((u8)*keys);
	assert_int_equal(line_editor_key(&e, '\r'), LINE_ENTERED);
	assert_string_equal(e.text, line);
	begin();
}

static int fresh(void **state)
{
	(void)state;
	memset(&e, 0, sizeof(e));
	memset(&history, 0, sizeof(history));
	bells = 0;
	begin();
	return 0;
}

static void edits_within_a_line(void **state)
{
	(void)state;
	types("mem", "mem|");
	types("\b\x7f", "m|");
	types("\b\b", "|");
	types("one two", "one two|");
	types("\x01", "|one two");
	types("\x05", "one two|");
	types("\x1b[D\x1b[D\x02", "one |two");
	types("X\x1b[C", "one Xt|wo");
	types("\x06\x06\x06", "one Xtwo|");
	types("\x17", "one |");
	types("\x17", "|");
	types("alpha beta gamma", "alpha beta gamma|");
	types("\x1b[1;5D", "alpha beta |gamma");
	types("\x02\x06", "alpha beta |gamma");
	types("\x1b"
	      "b",
	      "alpha |beta gamma");
	types("\x1b"
	      "f",
	      "alpha beta| gamma");
	types("\x1b[3~\x04", "alpha beta|amma");
	types("\x0b", "alpha beta|");
	types("\x1b[H\x1b[3~", "|lpha beta");
	types("\x1bOF!", "lpha beta!|");
	types("\x1b[1~>", ">|lpha beta!");
	types("\x1b[4~\x1b[7~\x1b[8~\x1b[D", ">lpha beta|!");
	types("\x15", "|!");
}

static void ignores_what_it_does_not_know(void **state)
{
	(void)state;
	types("a\x1b[15~b\x1b[200~c\x1b[?25hd", "abcd|");
	types("\x80\xff\xc3\xa4\x1c\x1d", "abcd|");
	types("\x1b\x1b[De", "abce|d");
	types("\x1b", "abce|d");
	types("xf", "abcef|d");
}

static void a_key_at_the_end_echoes_as_itself(void **state)
{
	(void)state;
	types("ab", "ab|");
	assert_int_equal(screen_column, strlen(PROMPT) + 2);
}

static void enter_comes_as_either_or_both(void **state)
{
	(void)state;
	types("a", "a|");
	assert_int_equal(line_editor_key(&e, '\r'), LINE_ENTERED);
	begin();
	assert_int_equal(line_editor_key(&e, '\n'), LINE_EDITING);
	assert_int_equal(line_editor_key(&e, '\n'), LINE_ENTERED);
	begin();
	assert_int_equal(line_editor_key(&e, '\r'), LINE_ENTERED);
	begin();
	assert_int_equal(line_editor_key(&e, '\r'), LINE_ENTERED);
}

static void ctrl_c_and_d_and_tab(void **state)
{
	(void)state;
	types("abc\x03", "|");
	assert_int_equal(key(0x04), LINE_END);
	types("x\x01", "|x");
	types("\x04", "|");
	assert_int_equal(key('\t'), LINE_COMPLETE);
	types("abc\x0c", "abc|");
}

static void looks_back(void **state)
{
	(void)state;
	types("\x1b[A\x1b[B", "|");
	assert_int_equal(bells, 2);
	enters("first", "first");
	enters("second", "second");
	enters("second", "second");
	enters("", "");
	types("new", "new|");
	types("\x1b[A", "second|");
	types("\x1b[A", "first|");
	types("\x1bOA\x10", "first|");
	assert_int_equal(bells, 4);
	types("!", "first!|");
	types("\x1b[B", "second|");
	types("\x0e", "new|");
	types("\x0e", "new|");
	enters("\x10\x10 again", "first again");
	/* What was being typed has not become a line of the history. */
	types("\x10", "first again|");
	types("\x10\x10", "first|");
	types("\x03", "|");
	types("\x10", "first again|");
}

static void the_oldest_lines_make_way(void **state)
{
	char line[200], keys[201];

	(void)state;
	for (int i = 0; i < 100; i++) {
		snprintf(line, sizeof(line), "%0*d", 150, i);
		enters(line, line);
	}
	for (unsigned back = 1; back <= LINE_HISTORY_BYTES / 151; back++) {
		snprintf(line, sizeof(line), "%0*d", 150, 100 - (int)back);
		assert_string_equal(line_history_get(&history, back), line);
	}
	assert_null(line_history_get(&history, LINE_HISTORY_BYTES / 151 + 1));
	snprintf(keys, sizeof(keys), "%0*d|", 150, 99);
	types("\x10", keys);
	types("\x0e", "|");
}

static void a_long_line_is_shown_in_a_window(void **state)
{
	char line[LINE_EDITOR_BYTES + 1];

	(void)state;
	for (unsigned i = 0; i < LINE_EDITOR_BYTES - 1; i++)
		key((u8)('a' + i % 26));
	assert_int_equal(e.len, LINE_EDITOR_BYTES - 1);
	assert_int_equal(bells, 0);
	key('z');
	assert_int_equal(e.len, LINE_EDITOR_BYTES - 1);
	assert_int_equal(bells, 1);
	for (unsigned i = 0; i < LINE_EDITOR_BYTES; i++)
		key(0x02);
	assert_int_equal(e.cursor, 0);
	for (unsigned i = 0; i < LINE_EDITOR_BYTES; i++)
		key(0x06);
	key(0x01);
	key(0x05);
	memcpy(line, e.text, sizeof(line) - 1);
	assert_int_equal(line_editor_key(&e, '\r'), LINE_TOO_LONG);
	assert_string_equal(e.text, line);
	/* It comes back, and is right once something was taken out. */
	begin();
	key(0x10);
	assert_int_equal(line_editor_key(&e, '\r'), LINE_ENTERED);
	begin();
	key(0x10);
	key('x');
	key('\b');
	assert_int_equal(line_editor_key(&e, '\r'), LINE_ENTERED);
}

static void inserts_what_completion_finds(void **state)
{
	char much[LINE_EDITOR_BYTES];

	(void)state;
	types("ke show\x01\x06\x06", "ke| show");
	assert_true(line_editor_insert(&e, "xec", 3));
	types("", "kexec| show");
	check();
	memset(much, 'x', sizeof(much));
	assert_false(line_editor_insert(&e, much, sizeof(much) - e.len));
	assert_true(line_editor_insert(&e, much, sizeof(much) - e.len - 1));
	check();
}

/* Whatever comes in, the invariants and the screen hold. */
static void any_keys_leave_the_screen_right(void **state)
{
	static const u8 often[] = { 1,  2,  4,  5,  6,  8,   11,  14,  16,
				    16, 21, 23, 12, 27, '[', 'A', 'D', ';' };

	(void)state;
	for (int round = 0; round < 200000; round++) {
		u64 kind = host_random_below(100);
		u8 byte = (u8)host_random_below(256);
		enum line_event event;

		if (kind < 60)
			byte = (u8)(' ' + byte % 95);
		else if (kind < 95)
			byte = often[byte % sizeof(often)];
		event = key(byte);
		if (event == LINE_ENTERED || event == LINE_TOO_LONG)
			begin();
		else if (event == LINE_END)
			check();
	}
}

#define FRESH(test) cmocka_unit_test_setup(test, fresh)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FRESH(edits_within_a_line),
		FRESH(ignores_what_it_does_not_know),
		FRESH(a_key_at_the_end_echoes_as_itself),
		FRESH(enter_comes_as_either_or_both),
		FRESH(ctrl_c_and_d_and_tab),
		FRESH(looks_back),
		FRESH(the_oldest_lines_make_way),
		FRESH(a_long_line_is_shown_in_a_window),
		FRESH(inserts_what_completion_finds),
		FRESH(any_keys_leave_the_screen_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
