/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A line of text put together in a buffer and written by one call: nothing here allocates, so a
 * program can say what it found with write() alone.
 *
 * Neighbours: calls.h. A line that doesn't fit is cut.
 */
#ifndef USER_PRINT_H
#define USER_PRINT_H

#include "calls.h"

struct line {
	size_t length;
	char text[512];
};

static inline void put_char(struct line *line, char c)
{
	if (line->length < sizeof(line->text))
		line->text[line->length++] = c;
}

static inline void put_text(struct line *line, const char *text)
{
	while (*text)
		put_char(line, *text++);
}

static inline void put_number(struct line *line, uint64_t value)
{
	char digits[20];
	size_t count = 0;

	do {
		digits[count++] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	while (count)
		put_char(line, digits[--count]);
}

static inline void put_hex(struct line *line, uint64_t value)
{
	int shift = 60;

	put_text(line, "0x");
	while (shift > 0 && !(value >> shift))
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		put_char(line, "0123456789abcdef"[value >> shift & 15]);
}

/* Writes the line with a newline, and empties it. */
static inline void put_end(struct line *line)
{
	if (line->length == sizeof(line->text))
		line->length--;
	put_char(line, '\n');
	for (size_t done = 0; done < line->length;) {
		long wrote = CALL(CALL_WRITE, 1, line->text + done, line->length - done);

		if (wrote <= 0)
			break;
		done += (size_t)wrote;
	}
	line->length = 0;
}

#endif
