/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers in text that comes from outside: command line, devicetree, prompt.
 *
 * A text is a pointer and a length; no terminator is needed and none is read.
 * There is no sign, no blank and no octal: "010" is ten. On an error nothing is
 * written. No page size enters here.
 */
#ifndef LIB_PARSE_H
#define LIB_PARSE_H

#include <kernel/compiler.h>
#include <kernel/types.h>

/*
 * Decimal, or hex after 0x or 0X; the whole of `s` must be the number.
 * -EINVAL: it is not. -ERANGE: more than 64 bits.
 */
int parse_u64(const char *s, size_t len, u64 *out) __must_check;

/*
 * A number as above, then an optional suffix K M G T P E in either case, powers of 1024
 * as in Linux's memparse(). In hex, E is a digit.
 *
 * `*used` receives how much of `s` was read, so that SIZE@BASE-LIMIT can be
 * taken apart; with `used` NULL, the whole of `s` must be the size.
 * -EINVAL: it does not start with a number, or text follows where none may.
 * -ERANGE: more than 64 bits.
 */
int parse_size(const char *s, size_t len, size_t *used, u64 *out) __must_check;

/* What of a text is still to be read, for one that is taken apart from its front. */
struct parse_rest {
	const char *text;
	size_t len;
};

/* Takes a size, or one character. False: the rest doesn't begin with it, and is as it was. */
bool parse_take_size(struct parse_rest *rest, u64 *value) __must_check;
bool parse_take_mark(struct parse_rest *rest, char mark) __must_check;

#endif
