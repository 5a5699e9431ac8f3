/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What may stand where a line ends: for the tab key.
 *
 * A command's usage says it. Words in it that begin with a small letter or a dash are what may
 * stand there; those in capitals are names of things, which whoever has the things offers by a
 * COMPLETER of that name. `--initrd=FILE` is both. Words that the usage does not know are no error:
 * completion only helps to type.
 */
#ifndef KERNEL_COMPLETION_H
#define KERNEL_COMPLETION_H

#include <kernel/compiler.h>
#include <kernel/types.h>
#include <kernel/words.h>

#define COMPLETION_BYTES 128 /* longer names are not completed */

struct completion {
	const char *prefix; /* what is typed of the word */
	size_t stem;    /* so many of its characters stand before what is offered: "--initrd=" */
	unsigned count; /* words that begin so */
	void (*found)(const char *word); /* each of them, or NULL */
	size_t common_len;               /* and how far they are all the same */
	char common[COMPLETION_BYTES];
};

/* Offer a word. Ignored: what doesn't begin as the prefix does, or needs quotes. */
void completion_offer(struct completion *c, const char *word);

struct completer {
	const char *name; /* as it stands in usages: FILE */
	void (*offer)(struct completion *c);
};

/* Who offers the names for a word in capitals: COMPLETER(FILE) { completion_offer(c, ...); } */
#define COMPLETER(id)                                                                 \
	static void completer_##id(struct completion *c);                             \
	COMPLETER_SCOPE const struct completer completer_entry_##id __used __section( \
		".completers") = { #id, completer_##id };                             \
	static void completer_##id(struct completion *c)

/* The host tests have no table of completers, and call them by name. */
#ifdef GRANULE_HOST
#define COMPLETER_SCOPE
#else
#define COMPLETER_SCOPE static
#endif

/*
 * completion_by_usage - offer what `usage` lets stand as the last word of `words`.
 *
 * words->argv[0] is the command, the last word what is typed so far of the one that is asked for
 * ("" for nothing). The words before it choose among the alternatives of the usage.
 */
void completion_by_usage(struct completion *c, const char *usage, const struct words *words,
			 const struct completer *completers, const struct completer *end);

#endif
