// SPDX-License-Identifier: BSD-2-Clause
/* Formatted output, to console and log. */
#include <kernel/log.h>
#include <kernel/printk.h>
#include <lib/vsnprintf.h>

int printk(const char *format, ...)
{
	char line[PRINTK_BYTES];
	va_list args;
	int length;

	va_start(args, format);
	length = vscnprintf(line, sizeof(line), format, args);
	va_end(args);
	log_write(line, (size_t)length);
	return length;
}
