// SPDX-License-Identifier: BSD-2-Clause
/* What processes write, on its way to the console: see <kernel/output.h>. */
#include <kernel/compiler.h>
#include <kernel/output.h>
#include <lib/console.h>

/* A byte as it stands in a line: at most four characters. Returns how many. */
static unsigned put_byte(char *at, u8 byte)
{
	static const char digits[] = "0123456789abcdef";
	static const char from[] = "\n\t\r\\", to[] = "ntr\\";

	for (unsigned i = 0; from[i]; i++) {
		if (byte != (u8)from[i])
			continue;
		at[0] = '\\';
		at[1] = to[i];
		return 2;
	}
	if (byte >= ' ' && byte <= '~') {
		at[0] = (char)byte;
		return 1;
	}
	at[0] = '\\';
	at[1] = 'x';
	at[2] = digits[byte >> 4];
	at[3] = digits[byte & 15];
	return 4;
}

u64 output_line(char line[OUTPUT_LINE_BYTES], unsigned descriptor, const char *text, u64 bytes,
		u64 *used)
{
	u64 length = 4, i = 0;

	line[0] = '@';
	line[1] = 'o';
	line[2] = (char)('0' + descriptor);
	line[3] = ' ';
	/* Room for a byte's four characters and the newline. */
	while (i < bytes && length + 5 <= OUTPUT_LINE_BYTES)
		length += put_byte(line + length, (u8)text[i++]);
	line[length++] = '\n';
	*used = i;
	return length;
}

/* A line is one piece on the console: those of two processes don't mix. */
static void write_lines(unsigned descriptor, const char *text, u64 bytes)
{
	char line[OUTPUT_LINE_BYTES];

	for (u64 used; bytes; text += used, bytes -= used)
		console_write(line, output_line(line, descriptor, text, bytes, &used));
}

static void write_plain(unsigned descriptor, const char *text, u64 bytes)
{
	(void)descriptor;
	console_write(text, bytes);
}

const struct output output_plain = { write_plain }, output_lines = { write_lines };
