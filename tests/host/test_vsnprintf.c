// SPDX-License-Identifier: BSD-2-Clause
/*
 * lib/vsnprintf.c against the host's snprintf, on chosen and on random formats.
 *
 * Sources: lib/vsnprintf.c lib/printable.c lib/string.c
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include <kernel/compiler.h>

int granule_vsnprintf(char *buf, size_t size, const char *format, va_list args);
int granule_snprintf(char *buf, size_t size, const char *format, ...);
int vscnprintf(char *buf, size_t size, const char *format, va_list args);
int scnprintf(char *buf, size_t size, const char *format, ...);

/* Formats are built at run time, and some are meant to be odd. */
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"

/* Runs one format through both, into buffers allocated to the byte. */
static void compare(size_t size, const char *format, ...)
{
	char *ours = malloc(size + 1), *theirs = malloc(size + 1);
	va_list args, again;
	int our_len, their_len;

	assert_non_null(ours);
	assert_non_null(theirs);
	memset(ours, '#', size + 1);
	memset(theirs, '#', size + 1);
	va_start(args, format);
	va_copy(again, args);
	our_len = granule_vsnprintf(ours, size, format, args);
	their_len = vsnprintf(theirs, size, format, again);
	va_end(again);
	va_end(args);
	/* What lies after the terminator is nobody's business, but for the guard. */
	if (our_len != their_len || (size && strcmp(ours, theirs) != 0) || ours[size] != '#')
		fail_msg("\"%s\" to %zu bytes: \"%.*s\" (%d), not \"%.*s\" (%d)", format, size,
			 (int)size, ours, our_len, (int)size, theirs, their_len);
	free(ours);
	free(theirs);
}

static void says(const char *expected, const char *format, ...)
{
	char buf[200];
	va_list args;
	int len;

	va_start(args, format);
	len = granule_vsnprintf(buf, sizeof(buf), format, args);
	va_end(args);
	assert_string_equal(buf, expected);
	assert_int_equal(len, strlen(expected));
}

static void agrees_on_plain_formats(void **state)
{
	(void)state;
	compare(100, "");
	compare(100, "no conversion");
	compare(100, "%d%%", 50);
	compare(100, "%d %i %u %x %X %o %c %s", -1, 42, 43U, 0xbeefU, 0xbeefU, 8U, 'c', "text");
	compare(100, "%hhd %hd %ld %lld", 300, 70000, LONG_MIN, LLONG_MIN);
	compare(100, "%hhu %hu %lu %llu", 300, 70000, ULONG_MAX, ULLONG_MAX);
	compare(100, "%zu %zx %td %jd", (size_t)-1, (size_t)-1, (ptrdiff_t)-1, (intmax_t)-1);
	compare(100, "%d %d %u", INT_MAX, INT_MIN, UINT_MAX);
	compare(100, "%p", (void *)0x1234abcd);
	compare(100, "%.0d|%.0x|%#.0o|%5.0d|%+.0d", 0, 0U, 0U, 0, 0);
	compare(100, "%#x|%#X|%#o|%#x|%#o", 255U, 255U, 8U, 0U, 0U);
	compare(100, "%5d|%-5d|%05d|%+5d|% 5d|%-05d", 42, 42, 42, 42, 42, 42);
	compare(100, "%08.3d|%-8.3d|%+08d|% 08d", 7, 7, -7, 7);
	compare(100, "%#010x|%#-10x|%#10.5x", 0xabU, 0xabU, 0xabU);
	compare(100, "%*d|%-*d|%*d", 6, 1, 6, 2, -6, 3);
	compare(100, "%.*d|%.*s|%.*s", 4, 1, 2, "abc", -1, "abc");
	compare(100, "%10s|%-10s|%.2s|%10.2s|%-10.2s|%.0s", "abc", "abc", "abc", "abc", "abc",
		"abc");
	compare(100, "%3c|%-3c|%c", 'a', 'b', '~');
	compare(100, "%s", "(null)");
}

static void decimal_is_right_at_every_length(void **state)
{
	u64 power = 1;

	(void)state;
	for (int digits = 1; digits <= 20; digits++, power *= 10) {
		compare(30, "%llu %llu %llu", power - 1, power, power + 1);
		compare(30, "%lld", -(s64)(power / 2));
	}
}

static void cuts_at_any_size(void **state)
{
	(void)state;
	for (size_t size = 0; size < 60; size++) {
		compare(size, "%s|%8d|%-8x|%08o|%c", "twelve chars", -12345, 0xabcU, 0777U, 'z');
		compare(size, "%20s%-20s", "a", "b");
	}
}

static void counts_what_it_cannot_store(void **state)
{
	char buf[4];

	(void)state;
	assert_int_equal(granule_snprintf(NULL, 0, "%d", 12345), 5);
	assert_int_equal(granule_snprintf(buf, 4, "%1000000000d", 1), 1000000000);
	assert_string_equal(buf, "   ");
	/* Absurd widths are cut to FIELD_MAX; their sum is more than an int can count. */
	assert_int_equal(granule_snprintf(buf, 4, "%*d", INT_MIN, 1), INT_MAX / 2);
	assert_string_equal(buf, "1  ");
	assert_int_equal(granule_snprintf(buf, 4, "%#.9999999999x", 1U), INT_MAX / 2 + 2);
	assert_string_equal(buf, "0x0");
	assert_int_equal(granule_snprintf(buf, 4, "%#-*.*x", INT_MAX, INT_MAX, 1U),
			 INT_MAX / 2 + 2);
	assert_int_equal(granule_snprintf(buf, 4, "%*d%*d%*d", INT_MAX, 1, INT_MAX, 1, INT_MAX, 1),
			 INT_MAX);
}

static void goes_beyond_c(void **state)
{
	char buf[8];

	(void)state;
	says("(null)", "%s", (char *)NULL);
	says("(n", "%.2s", (char *)NULL);
	says("0x0", "%p", (void *)0);
	says("0xffff000000080000", "%p", (void *)(uintptr_t)0xffff000000080000);
	says("%q", "%q");
	says("%5.2lf and 7", "%5.2lf and %d", 7);
	says("%n", "%n");
	says("100%", "100%");
	says("%-", "%-");
	says("%ll", "%ll");
	says("%", "%%");
	assert_int_equal(scnprintf(buf, sizeof(buf), "%s", "much too long"), 7);
	assert_string_equal(buf, "much to");
	assert_int_equal(scnprintf(buf, sizeof(buf), "%s", "short"), 5);
	assert_int_equal(scnprintf(buf, 1, "%s", "short"), 0);
	assert_int_equal(scnprintf(NULL, 0, "%s", "short"), 0);
}

/* A conversion of random flags, width, precision and length, for integers. */
static void random_conversion(char *format, size_t size, const char *length)
{
	char conversion = "diuxXo"[host_random_below(6)];
	char flags[6] = "", width[12] = "", precision[12] = "";
	size_t n = 0;

	for (const char *flag = "-0+# "; *flag; flag++)
		if (host_random_below(3) == 0)
			flags[n++] = *flag;
	if (host_random_below(2))
		snprintf(width, sizeof(width), "%u", 1 + (unsigned)host_random_below(30));
	if (host_random_below(3) == 0)
		snprintf(precision, sizeof(precision), ".%u", (unsigned)host_random_below(30));
	snprintf(format, size, "<%%%s%s%s%s%c>", flags, width, precision, length, conversion);
}

static void agrees_on_random_formats(void **state)
{
	static const char *const lengths[] = { "hh", "h", "", "l", "ll", "z", "t", "j" };

	(void)state;
	for (int i = 0; i < 50000; i++) {
		unsigned length = (unsigned)host_random_below(8);
		u64 value = host_random() >> host_random_below(64);
		size_t size = host_random_below(2) ? 100 : (size_t)host_random_below(20);
		char format[40];

		if (host_random_below(4) == 0)
			value = -value;
		random_conversion(format, sizeof(format), lengths[length]);
		if (length < 3)
			compare(size, format, (unsigned)value);
		else
			compare(size, format, value);
	}
}

static void keeps_arguments_in_step(void **state)
{
	(void)state;
	compare(200, "%d %llu %s %c %x %ld %hhu %s %p %d %zu", 1, 2ULL, "three", '4', 5U, 6L, 7,
		"eight", (void *)9, 10, (size_t)11);
}

/* What text from outside must not do to a console, and what of it stays as it is. */
static void escapes_what_is_not_printable(void **state)
{
	static const char *const plain[] = { "",
					     " ~",
					     "Granule's \\ \"board\"",
					     "B\xc3\xa4r\xe2\x84\xa2",
					     "\xe2\x80\x94",
					     "\xf0\x9f\x90\xa7",
					     "\xef\xbf\xad" };

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(plain); i++)
		says(plain[i], "%s", plain[i]);
	says("x\\x0averdict: pass\\x0d\\x0a", "%s", "x\nverdict: pass\r\n");
	says("\\x1b[2J\\x07\\x08\\x09\\x7f\n", "%s\n", "\x1b[2J\a\b\t\x7f");
	says("\\x00\\x0a", "%c%c", 0, '\n');
	/* C1 controls, as bytes and in UTF-8; marks of direction; an end of a line */
	says("\\x9b2J \\xc2\\x9b2J", "%s",
	     "\x9b"
	     "2J \xc2\x9b"
	     "2J");
	says("\\xe2\\x80\\xae \\xe2\\x80\\xa8 \\xef\\xbb\\xbf \\xf3\\xa0\\x80\\x81", "%s",
	     "\xe2\x80\xae \xe2\x80\xa8 \xef\xbb\xbf \xf3\xa0\x80\x81");
	/* too long a form, half a pair, too high, cut short, and what follows no first byte */
	says("\\xc0\\x8a \\xe0\\x80\\x8a \\xf0\\x80\\x80\\x8a", "%s",
	     "\xc0\x8a \xe0\x80\x8a \xf0\x80\x80\x8a");
	says("\\xed\\xa0\\x80 \\xf4\\x90\\x80\\x80 \\xff", "%s",
	     "\xed\xa0\x80 \xf4\x90\x80\x80 \xff");
	says("\\xc3|\\xe2\\x84z \\x84", "%.1s|%s", "\xc3\xa4", "\xe2\x84z \x84");
	/* a field counts what is shown; a text that was formatted stays as it is */
	says("  \\x0a|\\x0a  |\\x0a", "%6s|%-6s|%.1s", "\n", "\n", "\n\n");
	says("\\x0a", "%s", "\\x0a");
}

static void shows_nothing_that_acts_on_a_terminal(void **state)
{
	(void)state;
	for (int i = 0; i < 20000; i++) {
		char text[24], once[100], twice[100];

		host_random_bytes(text, sizeof(text));
		if (host_random_below(2))
			text[host_random_below(20)] = (char)0xc2;
		text[sizeof(text) - 1] = '\0';
		granule_snprintf(once, sizeof(once), "%s", text);
		for (const char *c = once; *c; c++) {
			if ((unsigned char)*c < ' ' || *c == 0x7f)
				fail_msg("byte %#x is shown", (unsigned char)*c);
			if ((unsigned char)c[0] == 0xc2 && (unsigned char)c[1] < 0xa0)
				fail_msg("C1 control %#x is shown", (unsigned char)c[1]);
		}
		granule_snprintf(twice, sizeof(twice), "%s", once);
		assert_string_equal(twice, once);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_on_plain_formats),
		cmocka_unit_test(decimal_is_right_at_every_length),
		cmocka_unit_test(cuts_at_any_size),
		cmocka_unit_test(counts_what_it_cannot_store),
		cmocka_unit_test(goes_beyond_c),
		cmocka_unit_test(escapes_what_is_not_printable),
		cmocka_unit_test(shows_nothing_that_acts_on_a_terminal),
		cmocka_unit_test(agrees_on_random_formats),
		cmocka_unit_test(keeps_arguments_in_step),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
