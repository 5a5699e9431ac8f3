// SPDX-License-Identifier: BSD-2-Clause
/* Lines typed before; <kernel/line_history.h> has the contracts. */
#include <kernel/assert.h>
#include <kernel/line_history.h>
#include <lib/string.h>

const char *line_history_get(const struct line_history *history, unsigned back)
{
	size_t at = history->len;

	while (at && back) {
		at--;
		while (at && history->text[at - 1])
			at--;
		back--;
	}
	return back || !history->len ? NULL : history->text + at;
}

void line_history_push(struct line_history *history, const char *line)
{
	size_t bytes = strlen(line) + 1, gone = 0;

	ASSERT(bytes <= LINE_HISTORY_BYTES);
	while (history->len - gone + bytes > LINE_HISTORY_BYTES)
		gone += strlen(history->text + gone) + 1;
	memmove(history->text, history->text + gone, history->len - gone);
	history->len -= gone;
	memcpy(history->text + history->len, line, bytes);
	history->len += bytes;
}

void line_history_pop(struct line_history *history)
{
	history->len -= strlen(line_history_get(history, 1)) + 1;
}

void line_history_add(struct line_history *history, const char *line)
{
	const char *last = line_history_get(history, 1);

	if (*line && (!last || strcmp(last, line)))
		line_history_push(history, line);
}
