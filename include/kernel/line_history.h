/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines typed before: the oldest first, one after the other, each with a zero after it. When
 * there is no room for a new one, the oldest make way.
 *
 * Locking: none; a prompt has its own. Page size does not enter.
 */
#ifndef KERNEL_LINE_HISTORY_H
#define KERNEL_LINE_HISTORY_H

#include <kernel/types.h>

#define LINE_HISTORY_BYTES 2048

struct line_history {
	size_t len;
	char text[LINE_HISTORY_BYTES];
};

/* Remember a line, unless it is empty or the last one again. */
void line_history_add(struct line_history *history, const char *line);

/* The line that was typed `back` lines ago, 1 for the last; NULL when there aren't so many. */
const char *line_history_get(const struct line_history *history, unsigned back);

/*
 * Take a line in as the last, whatever it is, and out again. It has less than LINE_HISTORY_BYTES
 * characters (asserted), and there is one to take out.
 */
void line_history_push(struct line_history *history, const char *line);
void line_history_pop(struct line_history *history);

#endif
