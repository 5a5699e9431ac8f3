/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A terminal as standard input: what a person types becomes lines that a program reads.
 *
 * Backspace takes a character back, Ctrl-U the line; Enter gives it away, and Ctrl-D what there is
 * without an end: if that is nothing, it is the end of the file, once. What is typed is echoed.
 *
 *   K1  `lines` holds whole lines, and pieces that Ctrl-D gave; a read gets one of them at most
 *
 * Locking: `lock`, of all of it. Within it, whoever waits for the file is told.
 */
#ifndef KERNEL_TERMINAL_H
#define KERNEL_TERMINAL_H

#include <arch/spinlock.h>
#include <kernel/compiler.h>
#include <kernel/types.h>

#define TERMINAL_LINE_BYTES 256
#define TERMINAL_BYTES      1024

struct file;

struct terminal {
	struct spinlock lock;
	struct file *file; /* as the program has it, until that is closed */
	u32 typed;         /* bytes of `line` */
	u32 held;          /* bytes of `lines` */
	u32 ends;          /* Ctrl-D for nothing, not yet read */
	char line[TERMINAL_LINE_BYTES];
	char lines[TERMINAL_BYTES];
};

extern struct lock_class lock_class_terminal;

/* clang-format off */
/* What one is initialised with: nothing was typed. */
#define TERMINAL { .lock = SPINLOCK(terminal) }
/* clang-format on */

/* A key was pressed. What doesn't fit is refused by a bell. Thread context. */
void terminal_type(struct terminal *terminal, char key);

/* A file that reads from it, with one reference; NULL without memory. It stays as long as that. */
struct file *terminal_open(struct terminal *terminal) __must_check;

#endif
