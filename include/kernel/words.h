/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A line of commands, taken apart as a shell does it.
 *
 * Words are separated by blanks and tabs, commands by `;`, which needs no blanks around it. 'text'
 * is taken as it is. In "text" a backslash takes away the meaning of " and \ only; outside of
 * quotes it does so for any character. Quotes may begin and end within a word, and "" is a word.
 * Nothing is expanded.
 *
 * Pure, allocates nothing. Page size does not enter.
 */
#ifndef KERNEL_WORDS_H
#define KERNEL_WORDS_H

#include <kernel/compiler.h>
#include <kernel/types.h>

#define WORDS_BYTES 512 /* a command's characters, with a zero after each word */
#define WORDS_MOST  32

struct words {
	int argc;
	char *argv[WORDS_MOST + 1]; /* into `room`; NULL after the last */
	size_t used;                /* what of the text was read, the `;` included */
	bool open;                  /* the text ended within the last word, or in quotes */
	char quote;                 /* the quote that has no end, or 0 */
	size_t quote_at;            /* and where in the text it stands */
	const char *why;            /* what an error was, for people */
	char room[WORDS_BYTES];
};

/*
 * words_split - the words of the first command in `text`, of `bytes` characters.
 *
 * Returns 0; or -EINVAL with words->why for quotes without an end (words are what they are up to
 * there: completion wants them), a backslash at the end, more than WORDS_MOST words or WORDS_BYTES
 * characters. `used` is right unless one of the latter two was the reason.
 */
int words_split(struct words *words, const char *text, size_t bytes) __must_check;

/*
 * words_join - words as one text, as a kernel's command line has them: a blank between them, and
 * double quotes around those that have blanks and no double quotes of their own.
 *
 * size > 0. Returns false, with the text cut, when it doesn't fit.
 */
bool words_join(char *buf, size_t size, int argc, char *const *argv) __must_check;

/*
 * words_option - the value of a word such as --initrd=NAME.
 *
 * `option` has the `=`. False, with *value as it was, for another word, and without a value.
 */
bool words_option(const char *word, const char *option, const char **value) __must_check;

#endif
