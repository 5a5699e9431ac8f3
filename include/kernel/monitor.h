/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The prompt: commands, typed by a person or given as run="a; b".
 *
 * A command is a function anywhere in the kernel, put into a table by COMMAND; the table is
 * sorted by name when the image is linked.
 */
#ifndef KERNEL_MONITOR_H
#define KERNEL_MONITOR_H

#include <kernel/compiler.h>
#include <kernel/types.h>
#include <kernel/words.h>

struct monitor_command {
	const char *name;
	const char
		*arguments; /* "[VA]", or ""; <kernel/completion.h> says what is read out of it */
	const char *help;   /* half a sentence */
	/* argv[0] is the name. Returns 0 or a negative errno; what is wrong is said by then. */
	int (*run)(int argc, char **argv);
};

#define COMMAND(id, args, text)                                                         \
	static int command_##id(int argc, char **argv);                                 \
	COMMAND_SCOPE const struct monitor_command command_entry_##id __used __section( \
		".commands." #id) = { #id, args, text, command_##id };                  \
	static int command_##id(int argc, char **argv)

/* The host tests have no table of commands, and call them by name. */
#ifdef GRANULE_HOST
#define COMMAND_SCOPE
#else
#define COMMAND_SCOPE static
#endif

/* A command's most characters, and words. */
#define MONITOR_LINE_BYTES WORDS_BYTES
#define MONITOR_ARGS_MOST  WORDS_MOST

/*
 * monitor_run - run commands separated by `;`, up to the first that fails; <kernel/words.h> says
 * how they are written.
 *
 * Nothing is run of a text that isn't understood: quotes without an end, a command that is not
 * there, more words or characters than a command may have. Returns 0, -EINVAL for such a text, or
 * the error of the command that failed. What is wrong is said by then.
 */
int monitor_run(const char *text, size_t bytes);

/*
 * monitor_parse_json - the arguments of a command that takes --json or nothing.
 *
 * Returns 0 and which; -EINVAL for anything else, and a line that says what may be written.
 */
int monitor_parse_json(int argc, char **argv, bool *json) __must_check;

/*
 * monitor_prompt    read lines from the console and run them, until a command ends the machine
 * monitor_is_typed  is it a person that gives commands, and who may type to what they start?
 */
void monitor_prompt(void) __noreturn;
bool monitor_is_typed(void);

#endif
