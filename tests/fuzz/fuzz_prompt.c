// SPDX-License-Identifier: BSD-2-Clause
/*
 * Any bytes as keys at the prompt: the line stays within its room, the screen's cursor within the
 * screen's line, and what was entered is taken apart, completed by a usage, and joined again into
 * the same words.
 *
 * Sources: kernel/prompt/line_editor.c kernel/prompt/line_history.c kernel/prompt/completion.c
 * Sources: kernel/prompt/words.c lib/string.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <kernel/completion.h>
#include <kernel/errno.h>
#include <kernel/line_editor.h>

#include "fuzz.h"

static const char usage[] =
	"[show | load FILE [--initrd=FILE] [--reuse] | test FILE,FILE... | -l FILE]";

static struct line_history history;
static int column;

/* No terminal is wider than it must be. */
static void screen(const char *text, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		if (text[i] == '\n')
			column = 0;
		else if (text[i] != '\a')
			column += text[i] == '\b' ? -1 : 1;
		REQUIRE(column >= 0 && column <= LINE_EDITOR_COLUMNS);
	}
}

COMPLETER(FILE)
{
	completion_offer(c, "Image");
	completion_offer(c, "Image.gz");
	completion_offer(c, "linux");
}

static void check_completion(const struct words *words)
{
	struct completion c = { .prefix = words->argv[words->argc - 1] };

	completion_by_usage(&c, usage, words, &completer_entry_FILE, &completer_entry_FILE + 1);
	REQUIRE(c.common_len < COMPLETION_BYTES && strlen(c.common) == c.common_len);
	REQUIRE(!c.count || c.common_len >= strlen(c.prefix));
	REQUIRE(!c.count || !strncmp(c.common, c.prefix, strlen(c.prefix)));
}

/* Every command of the line, up to what isn't understood. */
static void check_line(const char *text, size_t bytes)
{
	struct words *words = malloc(sizeof(*words));
	char joined[3 * WORDS_BYTES];

	REQUIRE(words);
	for (size_t at = 0; at < bytes; at += words->used) {
		int err = words_split(words, text + at, bytes - at);

		REQUIRE(words->argc >= 0 && words->argc <= WORDS_MOST);
		REQUIRE(words->used && words->used <= bytes - at);
		if (words->argc)
			check_completion(words);
		REQUIRE(err ? err == -EINVAL && words->why : !words->why);
		if (err)
			break;
		REQUIRE(words_join(joined, sizeof(joined), words->argc, words->argv));
	}
	free(words);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct line_editor e = { 0 };

	history.len = 0;
	column = 0;
	line_editor_begin(&e, "granule> ", &history, screen);
	for (size_t i = 0; i < size; i++) {
		enum line_event event = line_editor_key(&e, data[i]);

		REQUIRE(e.cursor <= e.len && e.len < LINE_EDITOR_BYTES && !e.text[e.len]);
		REQUIRE(history.len <= LINE_HISTORY_BYTES);
		if (event == LINE_ENTERED || event == LINE_TOO_LONG) {
			check_line(e.text, e.len);
			line_editor_begin(&e, "granule [failed]> ", &history, screen);
		}
	}
	return 0;
}
