// SPDX-License-Identifier: BSD-2-Clause
/*
 * A line of commands, taken apart as a shell does it; <kernel/words.h> has the contracts.
 *
 * One pass, a character at a time: `quote` is the quote that is open, `open` whether a word is.
 */
#include <kernel/assert.h>
#include <kernel/compiler.h>
#include <kernel/errno.h>
#include <kernel/words.h>
#include <lib/string.h>

struct splitter {
	struct words *words;
	const char *text;
	size_t bytes;
	size_t at;
	size_t len; /* of `room` */
};

static const char too_long[] = "longer than a command may be, which is 511 characters";

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static int refuse(struct words *words, const char *why)
{
	words->why = why;
	return -EINVAL;
}

/* A word is open from here on. */
static int begin_word(struct splitter *s)
{
	struct words *words = s->words;

	if (words->open)
		return 0;
	if (words->argc == WORDS_MOST)
		return refuse(words, "more words than a command may have, which are 32");
	if (s->len >= WORDS_BYTES)
		return refuse(words, too_long);
	BUILD_ASSERT(WORDS_MOST == 32 && WORDS_BYTES == 512); /* the sentences name them */
	words->argv[words->argc++] = words->room + s->len;
	words->open = true;
	return 0;
}

static int put(struct splitter *s, char c)
{
	int err = begin_word(s);

	if (err)
		return err;
	if (s->len + 1 >= WORDS_BYTES)
		return refuse(s->words, too_long);
	s->words->room[s->len++] = c;
	return 0;
}

/* There is room for its zero: a word begins, and grows, only as long as that stays so. */
static void end_word(struct splitter *s)
{
	if (s->words->open)
		s->words->room[s->len++] = '\0';
	s->words->open = false;
}

/* Does a backslash at s->at take the next character's meaning away? */
static bool escapes(const struct splitter *s)
{
	char quote = s->words->quote, next;

	if (s->text[s->at] != '\\' || quote == '\'')
		return false;
	if (!quote)
		return true;
	next = s->at + 1 < s->bytes ? s->text[s->at + 1] : '\0';
	return next == '"' || next == '\\';
}

static int take(struct splitter *s)
{
	struct words *words = s->words;
	char c = s->text[s->at];

	if (escapes(s)) {
		if (++s->at == s->bytes)
			return refuse(words, "a backslash with nothing after it");
		return put(s, s->text[s->at]);
	}
	if (words->quote) {
		if (c != words->quote)
			return put(s, c);
		words->quote = 0;
		return 0;
	}
	if (c == '"' || c == '\'') {
		words->quote = c;
		words->quote_at = s->at;
		return begin_word(s);
	}
	if (!is_blank(c))
		return put(s, c);
	end_word(s);
	return 0;
}

int words_split(struct words *words, const char *text, size_t bytes)
{
	struct splitter s = { .words = words, .text = text, .bytes = bytes };
	bool open;
	int err = 0;

	words->argc = 0;
	words->open = false;
	words->quote = 0;
	words->why = NULL;
	for (; !err && s.at < bytes; s.at++) {
		if (!words->quote && text[s.at] == ';')
			break;
		err = take(&s);
	}
	open = words->open && s.at >= bytes;
	end_word(&s);
	words->open = open;
	words->used = s.at < bytes ? s.at + 1 : bytes;
	words->argv[words->argc] = NULL;
	if (!err && words->quote)
		err = refuse(words, words->quote == '"' ? "a \" that has no second one"
							: "a ' that has no second one");
	return err;
}

/* Would a reader of command lines see more than one word? Quotes in it say that it has its own. */
static bool wants_quotes(const char *word)
{
	return !*word || (strchr(word, ' ') && !strchr(word, '"'));
}

bool words_join(char *buf, size_t size, int argc, char *const *argv)
{
	size_t at = 0;

	buf[0] = '\0';
	for (int i = 0; i < argc; i++) {
		const char *quote = wants_quotes(argv[i]) ? "\"" : "";
		const char *const part[] = { i ? " " : "", quote, argv[i], quote };

		/* Byte by byte: %s would escape what isn't printable, and this is no text to be
		 * shown. */
		for (unsigned n = 0; n < ARRAY_SIZE(part); n++) {
			size_t bytes = strlen(part[n]), fits = MIN(bytes, size - 1 - at);

			memcpy(buf + at, part[n], fits);
			at += fits;
			buf[at] = '\0';
			if (fits < bytes)
				return false;
		}
	}
	return true;
}

bool words_option(const char *word, const char *option, const char **value)
{
	size_t len = strlen(option);

	if (strncmp(word, option, len) || !word[len])
		return false;
	*value = word + len;
	return true;
}
