/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a process's output goes: to the console as it is, for a person, or as lines that a program
 * takes apart again (scripts/try).
 *
 * A line is "@o1 TEXT" or "@o2 TEXT", by the descriptor. Printable ASCII but the backslash stands
 * for itself; \n \t \r and \\ for what C means by them, and \xNN for any other byte. The texts of
 * lines belong together without anything in between, so a line of the program may take several, and
 * nothing that it writes begins a line with '@' itself.
 */
#ifndef KERNEL_OUTPUT_H
#define KERNEL_OUTPUT_H

#include <kernel/types.h>

struct output {
	/* All of the `bytes` at `text`, which the kernel has a copy of; 1 or 2. */
	void (*write)(unsigned descriptor, const char *text, u64 bytes);
};

extern const struct output output_plain, output_lines;

/* A line, its newline included. */
#define OUTPUT_LINE_BYTES 256

/*
 * output_line - a line of as much of `text` as fits (at least a byte, if there is one).
 *
 * Returns the line's length, no NUL after it; *used is how many bytes it stands for.
 */
u64 output_line(char line[OUTPUT_LINE_BYTES], unsigned descriptor, const char *text, u64 bytes,
		u64 *used);

#endif
