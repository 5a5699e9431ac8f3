// SPDX-License-Identifier: BSD-2-Clause
/*
 * lib/string.c against the host's C library: random lengths, alignments and
 * overlaps, with guard bytes around everything that is written.
 *
 * Sources: lib/string.c
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <host.h>

#include <cmocka.h>

#include <kernel/errno.h>

void *granule_memcpy(void *restrict dst, const void *restrict src, size_t size);
void *granule_memmove(void *dst, const void *src, size_t size);
void *granule_memset(void *dst, int byte, size_t size);
int granule_memcmp(const void *a, const void *b, size_t size);
void *granule_memchr(const void *area, int byte, size_t size);
size_t granule_strlen(const char *s);
size_t granule_strnlen(const char *s, size_t max);
int granule_strcmp(const char *a, const char *b);
int granule_strncmp(const char *a, const char *b, size_t max);
int granule_strncasecmp(const char *a, const char *b, size_t max);
char *granule_strchr(const char *s, int c);
char *granule_strrchr(const char *s, int c);
unsigned long granule_strtoul(const char *s, char **end, int base);
ptrdiff_t strscpy(char *dst, const char *src, size_t size);

#define ROUNDS 20000
#define AREA   400

/* Offsets and lengths that meet every alignment, and every number of unrolled steps. */
static size_t random_offset(void)
{
	return 32 + (size_t)host_random_below(24);
}

static size_t random_length(void)
{
	return (size_t)host_random_below(host_random_below(4) ? 40 : 300);
}

/* Both areas hold the same; `ours` and `theirs` must agree outside of what was asked, too. */
static unsigned char ours[AREA], theirs[AREA], source[AREA];

static void fill_areas(void)
{
	host_random_bytes(ours, AREA);
	memcpy(theirs, ours, AREA);
	host_random_bytes(source, AREA);
}

static void memset_writes_what_it_should(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		size_t at = random_offset(), size = random_length();
		int byte = (int)host_random();

		fill_areas();
		assert_ptr_equal(granule_memset(ours + at, byte, size), ours + at);
		memset(theirs + at, byte, size);
		assert_memory_equal(ours, theirs, AREA);
	}
}

static void memcpy_copies(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		size_t to = random_offset(), from = random_offset(), size = random_length();

		fill_areas();
		assert_ptr_equal(granule_memcpy(ours + to, source + from, size), ours + to);
		memcpy(theirs + to, source + from, size);
		assert_memory_equal(ours, theirs, AREA);
	}
}

static void memmove_copies_what_overlaps(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		size_t to = random_offset(), from = random_offset(), size = random_length();

		fill_areas();
		assert_ptr_equal(granule_memmove(ours + to, ours + from, size), ours + to);
		memmove(theirs + to, theirs + from, size);
		assert_memory_equal(ours, theirs, AREA);
	}
}

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

static void memcmp_orders(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		size_t a = random_offset(), b = random_offset(), size = random_length();

		fill_areas();
		memcpy(ours + a, source + b, size);
		if (size && host_random_below(4))
			ours[a + (size_t)host_random_below(size)] ^=
				(unsigned char)(1 + host_random_below(255));
		assert_int_equal(sign(granule_memcmp(ours + a, source + b, size)),
				 sign(memcmp(ours + a, source + b, size)));
	}
}

static void memchr_finds_the_first(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		size_t at = random_offset(), size = random_length();
		int byte = (int)host_random();

		fill_areas();
		assert_ptr_equal(granule_memchr(ours + at, byte, size),
				 memchr(ours + at, byte, size));
	}
}

/*
 * A random string over a tiny alphabet, so that equal beginnings, both cases and
 * bytes above 127 are frequent. It is allocated to the byte: AddressSanitizer sees
 * a read after the terminator.
 */
static char *random_string(size_t max)
{
	static const char letters[] = "aAbB@[`{\x80\xff";
	size_t len = (size_t)host_random_below(max + 1);
	char *s = malloc(len + 1);

	assert_non_null(s);
	for (size_t i = 0; i < len; i++)
		s[i] = letters[host_random_below(sizeof(letters) - 1)];
	s[len] = '\0';
	return s;
}

static void strings_compare(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		char *a = random_string(5), *b = random_string(5);
		size_t max = (size_t)host_random_below(8);

		assert_int_equal(sign(granule_strcmp(a, b)), sign(strcmp(a, b)));
		assert_int_equal(sign(granule_strncmp(a, b, max)), sign(strncmp(a, b, max)));
		assert_int_equal(sign(granule_strncasecmp(a, b, max)),
				 sign(strncasecmp(a, b, max)));
		free(a);
		free(b);
	}
}

static void strings_are_searched_and_measured(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		char *s = random_string(20);
		size_t max = (size_t)host_random_below(25);
		int c = "aAbB\x80\xffz"[host_random_below(8)];

		assert_int_equal(granule_strlen(s), strlen(s));
		assert_int_equal(granule_strnlen(s, max), strnlen(s, max));
		assert_ptr_equal(granule_strchr(s, c), strchr(s, c));
		assert_ptr_equal(granule_strrchr(s, c), strrchr(s, c));
		free(s);
	}
}

static void strnlen_reads_no_further_than_max(void **state)
{
	char *unterminated = malloc(5);

	(void)state;
	assert_non_null(unterminated);
	memset(unterminated, 'x', 5);
	assert_int_equal(granule_strnlen(unterminated, 5), 5);
	assert_int_equal(granule_strncmp(unterminated, "xxxxx", 5), 0);
	free(unterminated);
}

static void strscpy_cuts_and_says_so(void **state)
{
	char buf[6];

	(void)state;
	memset(buf, '#', sizeof(buf));
	assert_int_equal(strscpy(buf, "abc", sizeof(buf)), 3);
	assert_memory_equal(buf, "abc\0##", 6);
	assert_int_equal(strscpy(buf, "", sizeof(buf)), 0);
	assert_string_equal(buf, "");
	assert_int_equal(strscpy(buf, "12345", sizeof(buf)), 5);
	assert_string_equal(buf, "12345");
	assert_int_equal(strscpy(buf, "123456", sizeof(buf)), -E2BIG);
	assert_string_equal(buf, "12345");
	assert_int_equal(strscpy(buf, "z", 1), -E2BIG);
	assert_string_equal(buf, "");
	memset(buf, '#', sizeof(buf));
	assert_int_equal(strscpy(buf, "z", 0), -E2BIG);
	assert_memory_equal(buf, "######", 6);
}

static void check_strtoul(const char *text, int base)
{
	char *our_end, *their_end;
	unsigned long our_value = granule_strtoul(text, &our_end, base);
	unsigned long their_value = strtoul(text, &their_end, base);

	if (our_value != their_value || our_end != their_end)
		fail_msg("strtoul(\"%s\", %d): %lu, used %td, not %lu, used %td", text, base,
			 our_value, our_end - text, their_value, their_end - text);
}

static void strtoul_reads_numbers(void **state)
{
	static const char *const texts[] = {
		"0",
		"7",
		"08",
		"0x",
		"0xg",
		"0x1F",
		"0X1f,",
		" \t\n42;",
		"-1",
		"+9",
		"- 1",
		"",
		"zz",
		"18446744073709551615",
		"18446744073709551616",
		"99999999999999999999999",
		"0xffffffffffffffff",
		"0x10000000000000000",
		"-18446744073709551616",
		"36893488147419103232",
	};
	static const int bases[] = { 0, 2, 8, 10, 16, 36 };

	(void)state;
	for (size_t t = 0; t < sizeof(texts) / sizeof(texts[0]); t++)
		for (size_t b = 0; b < sizeof(bases) / sizeof(bases[0]); b++)
			check_strtoul(texts[t], bases[b]);
	assert_int_equal(granule_strtoul("12", NULL, 10), 12);

	for (int i = 0; i < ROUNDS; i++) {
		static const char letters[] = "0123456789abfxXF -";
		char text[24];
		size_t len = (size_t)host_random_below(sizeof(text));

		for (size_t c = 0; c < len; c++)
			text[c] = letters[host_random_below(sizeof(letters) - 1)];
		text[len] = '\0';
		check_strtoul(text, bases[host_random_below(6)]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memset_writes_what_it_should),
		cmocka_unit_test(memcpy_copies),
		cmocka_unit_test(memmove_copies_what_overlaps),
		cmocka_unit_test(memcmp_orders),
		cmocka_unit_test(memchr_finds_the_first),
		cmocka_unit_test(strings_compare),
		cmocka_unit_test(strings_are_searched_and_measured),
		cmocka_unit_test(strnlen_reads_no_further_than_max),
		cmocka_unit_test(strscpy_cuts_and_says_so),
		cmocka_unit_test(strtoul_reads_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
