/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys that are struck while `exec` runs a program in the foreground.
 *
 * Ctrl-C is SIGINT to it and Ctrl-\ SIGQUIT, which it may handle or ignore; a second Ctrl-\ ends
 * it. All else is its input.
 */
#ifndef SHOW_EXEC_KEYS_H
#define SHOW_EXEC_KEYS_H

#include <kernel/compiler.h>
#include <kernel/types.h>

#define EXEC_CTRL_C 3

struct process;
struct terminal;

struct exec_keys {
	struct terminal *terminal; /* of the program; NULL: nothing is typed to it */
	bool stopped;              /* by Ctrl-C or Ctrl-\: no more runs */
	bool quits;                /* this run had Ctrl-\ */
};

/* Take all that was struck meanwhile. Thread context; the process stays. */
void exec_keys_take(struct exec_keys *keys, struct process *process);

#endif
