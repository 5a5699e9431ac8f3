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

struct monitor_command {
	const char *name;
	const char *arguments; /* for help: "[VA]", or "" */
	const char *help;      /* half a sentence */
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

#define MONITOR_LINE_BYTES 256
#define MONITOR_ARGS_MOST  16

/*
 * monitor_run - run commands separated by `;`, up to the first that fails.
 *
 * Returns 0 or that command's error; -EINVAL for a command that is not there, one with too
 * many arguments, or a text longer than MONITOR_LINE_BYTES a command.
 */
int monitor_run(const char *text, size_t bytes);

/* Read commands from the console and run them, until one ends the machine. */
void monitor_prompt(void) __noreturn;

#endif
