/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cat: copies its standard input to standard output, and says at the end how many reads it took.
 *
 * Neighbours: bare.h.
 */
#include "bare.h"
#include "print.h"

int bare_main(const struct start *start)
{
	struct line line = { .length = 0 };
	static char buffer[512];
	uint64_t reads = 0;
	long bytes;

	(void)start;
	while ((bytes = CALL(CALL_READ, 0, buffer, sizeof(buffer))) > 0) {
		CALL(CALL_WRITE, 1, buffer, bytes);
		reads++;
	}
	put_text(&line, "cat: ");
	put_number(&line, reads);
	put_text(&line, " reads");
	put_end(&line);
	return bytes < 0;
}
