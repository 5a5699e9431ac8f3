// SPDX-License-Identifier: BSD-2-Clause
/* What the stub says, on the firmware's console. <inside.h> has the contracts. */
#include "inside.h"

#include <lib/vsnprintf.h>

#define LINE 256

static void output(const struct efi *e, const char *text)
{
	struct efi_text_output *to = e->system->output;
	efi_char wide[2 * LINE];
	u64 n = 0;

	if (!to || !e->system->output_handle)
		return;
	for (; *text; text++) {
		if (*text == '\n')
			wide[n++] = '\r';
		wide[n++] = (u8)*text;
	}
	wide[n] = 0;
	to->output(to, wide);
}

static void __init print(const struct efi *e, const char *format, va_list args)
{
	char line[LINE];

	vsnprintf(line, sizeof(line), format, args);
	output(e, line);
}

void __init efi_print(const struct efi *e, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print(e, format, args);
	va_end(args);
}

efi_status __init efi_refuse(const struct efi *e, efi_status status, const char *format, ...)
{
	va_list args;

	output(e, "granule: ");
	va_start(args, format);
	print(e, format, args);
	va_end(args);
	output(e, "\n");
	return status;
}
