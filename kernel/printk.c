// SPDX-License-Identifier: BSD-2-Clause
/* Formatted output, to console and log. */
#include <kernel/log.h>
#include <kernel/printk.h>
#include <lib/string.h>
#include <lib/vsnprintf.h>

#define CUT "...\n"

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
