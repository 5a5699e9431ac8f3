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

void __init efi_print(const struct efi *e, const char *format, ...)
{
	char line[LINE];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	output(e, line);
}

efi_status __init efi_refuse(const struct efi *e, efi_status status, const char *format, ...)
{
	char line[LINE];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	output(e, "granule: ");
	output(e, line);
	output(e, "\n");
	return status;
}
