// SPDX-License-Identifier: BSD-2-Clause
/* What keys do to a program in the foreground: see exec_keys.h. */
#include <kernel/process.h>
#include <kernel/terminal.h>
#include <lib/console.h>

#include "exec_keys.h"

#define CTRL_BACKSLASH 28

static void quit(struct exec_keys *keys, struct process *process)
{
	if (keys->quits)
		process_kill(process, SIGNAL_KILL);
	else
		signal_send(process, SIGNAL_QUIT, SIGNAL_BY_KERNEL);
	keys->stopped = keys->quits = true;
}

void exec_keys_take(struct exec_keys *keys, struct process *process)
{
	for (int key; (key = console_read()) >= 0;) {
		if (key == EXEC_CTRL_C) {
			keys->stopped = true;
			signal_send(process, SIGNAL_INT, SIGNAL_BY_KERNEL);
		} else if (key == CTRL_BACKSLASH) {
			quit(keys, process);
		} else if (keys->terminal) {
			terminal_type(keys->terminal, (char)key);
		}
	}
}
