// SPDX-License-Identifier: BSD-2-Clause
/*
 * Numbers in text; <lib/parse.h> has the contracts.
 */
#include <kernel/errno.h>
#include <lib/parse.h>

/* The value of a digit; 16 for what is none in any base here. */
static unsigned digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned)(c - 'a') + 10;
	if (c >= 'A' && c <= 'F')
		return (unsigned)(c - 'A') + 10;
	return 16;
}

/*
 * Reads the number that `s` starts with. An "0x" that no hex digit follows is
 * the number 0 with an x after it.
 */
static int parse_prefix(const char *s, size_t len, size_t *used, u64 *out)
{
	unsigned base = 10;
	size_t start = 0, at;
	u64 value = 0;

	if (len > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X') && digit_value(s[2]) < 16) {
		base = 16;
		start = 2;
	}
	for (at = start; at < len; at++) {
		unsigned digit = digit_value(s[at]);

		if (digit >= base)
			break;
		if (__builtin_mul_overflow(value, (u64)base, &value) ||
		    __builtin_add_overflow(value, (u64)digit, &value))
			return -ERANGE;
	}
	if (at == start)
		return -EINVAL;
	*used = at;
	*out = value;
	return 0;
}

/* How far the suffix shifts; 0 for what is none. */
static unsigned suffix_shift(char c)
{
	switch (c | 0x20) {
	case 'k':
		return 10;
	case 'm':
		return 20;
	case 'g':
		return 30;
	case 't':
		return 40;
	case 'p':
		return 50;
	case 'e':
		return 60;
	default:
		return 0;
	}
}

int parse_u64(const char *s, size_t len, u64 *out)
{
	size_t used;
	u64 value;
	int err = parse_prefix(s, len, &used, &value);

	if (err)
		return err;
	if (used != len)
		return -EINVAL;
	*out = value;
	return 0;
}

int parse_size(const char *s, size_t len, size_t *used, u64 *out)
{
	size_t at;
	u64 value;
	int err = parse_prefix(s, len, &at, &value);

	if (err)
		return err;
	if (at < len && suffix_shift(s[at])) {
		unsigned shift = suffix_shift(s[at++]);

		if (value >> (64 - shift))
			return -ERANGE;
		value <<= shift;
	}
	if (used)
		*used = at;
	else if (at != len)
		return -EINVAL;
	*out = value;
	return 0;
}

bool parse_take_size(struct parse_rest *rest, u64 *value)
{
	size_t used;

	if (parse_size(rest->text, rest->len, &used, value))
		return false;
	rest->text += used;
	rest->len -= used;
	return true;
}

bool parse_take_mark(struct parse_rest *rest, char mark)
{
	if (!rest->len || *rest->text != mark)
		return false;
	rest->text++;
	rest->len--;
	return true;
}
