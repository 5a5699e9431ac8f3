// SPDX-License-Identifier: BSD-2-Clause
/* Formatted output, to console and log. */
#include <kernel/assert.h>
#include <lib/log.h>
#include <lib/printk.h>
#include <lib/string.h>
#include <lib/vsnprintf.h>

#define CUT "...\n"

/* So much of a long text at once: all of it may be escaped, and four times as long then. */
#define PIECE_BYTES 64
BUILD_ASSERT(4 * PIECE_BYTES < PRINTK_BYTES);

/* It didn't fit: its end says so, and ends the line if the format does. Returns its length. */
static size_t end_cut(char line[PRINTK_BYTES], const char *format)
{
	bool ends = format[strlen(format) - 1] == '\n';
	size_t bytes = strlen(CUT) - !ends;

	memcpy(line + PRINTK_BYTES - 1 - bytes, CUT, bytes);
	return PRINTK_BYTES - 1;
}

int printk(const char *format, ...)
{
	char line[PRINTK_BYTES];
	va_list args;
	size_t length;

	va_start(args, format);
	length = (size_t)vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (length >= sizeof(line))
		length = end_cut(line, format);
	log_write(line, length);
	return (int)length;
}

void printk_text(const char *text)
{
	while (*text) {
		size_t bytes = strnlen(text, PIECE_BYTES);

		/* Not in the middle of a character of UTF-8: up to three bytes follow its first. */
		for (int i = 0; i < 3 && text[bytes] && ((u8)text[bytes] & 0xc0) == 0x80; i++)
			bytes--;
		printk("%.*s", (int)bytes, text);
		text += bytes;
	}
}
