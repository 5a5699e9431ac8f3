/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log: what printk said, kept in memory, each line with the time at which it began.
 *
 * A ring of LOG_BYTES bytes of bss, there from the first line that the boot stage prints to the
 * last of a panic. Lines stand in it one after the other, a header and the text without its
 * newline. A line is made of as many pieces as it takes to come to its newline. The oldest whole
 * lines make way for new ones. What does not fit into LOG_LINE_BYTES of a line is left out, and
 * "..." stands at its end.
 *
 * Positions and numbers of lines only ever grow, so one that has made way can be distinguished
 * from one that is there:
 *
 *   L1  head <= tail <= head + LOG_BYTES; the byte at position p is ring[p % LOG_BYTES]
 *   L2  `lines` lines fill [head, tail) exactly; the oldest one's number is `first`
 *   L3  while a line is open it is the newest, and `open_bytes` is its text so far
 *
 * What reads the log checks that as it goes, since it also reads in a panic, when memory may be
 * damaged: it never follows a number out of the ring, and comes to an end. A log that is found
 * damaged before that begins anew.
 *
 * The boot stage and the kernel share it: there is no address in it, and the bss is cleared once,
 * before the first line. No page size enters here.
 *
 * Locking: a lock of its own, under which nothing else is called but the counter; a panic breaks
 * it.
 */
#ifndef LIB_LOG_H
#define LIB_LOG_H

#include <arch/spinlock.h>
#include <kernel/compiler.h>
#include <kernel/types.h>

/*
 * A boot takes some 1.5 KiB of it, all guest tests 6. A command line has up to 3,000 characters,
 * and is a line.
 */
#define LOG_BYTES      (10 * 1024)
#define LOG_LINE_BYTES (4 * 1024)

/* How many lines a panic repeats. */
#define LOG_PANIC_LINES 20

struct log_header {
	u64 ns;    /* when the line began, since reset */
	u16 bytes; /* of the text that follows */
} __packed;

enum log_stamps {
	LOG_STAMPS_KEPT,    /* in what `dmesg` and a panic print */
	LOG_STAMPS_CONSOLE, /* printk.time=1: on the console, too */
	LOG_STAMPS_NONE,    /* printk.time=0: nowhere */
};

/* Open to debuggers, readers of a core file, and tests. */
struct log {
	u32 lines; /* in the ring, an open one included */
	u64 head;  /* the position of the oldest line */
	u64 tail;  /* after the newest */
	u64 first; /* the number of the oldest line */
	u64 lost;  /* lines that made way since the log was cleared */
	u64 panic; /* a panic began before the line of this number */
	u16 open_bytes;
	bool open;
	bool paused;
	u8 stamps; /* enum log_stamps */
	u8 ring[LOG_BYTES];
};

extern struct log log_state;
extern struct spinlock log_lock;

struct cmdline_option;

/*
 * log_setup - read `printk.time` from the command line.
 *
 * Returns 0, or -EINVAL for a value that is neither 0 nor 1, which *option is then. Says nothing.
 */
int log_setup(const char *cmdline, struct cmdline_option *option) __must_check;

/*
 * log_write - text of any length, to the console and, unless paused, into the log.
 *
 * A text is one piece on the console, but for stamps that printk.time=1 puts before its lines.
 */
void log_write(const char *text, size_t bytes);

/*
 * log_pause - from now on, does text go to the console alone? Returns what was so before.
 *
 * For the output of the prompt's commands, which would take the place of what the kernel said.
 */
bool log_pause(bool paused);

/* No stamps on the console any more: what follows is read by programs. */
void log_bare(void);

/* Forget all lines. */
void log_clear(void);

/*
 * log_print - the last `most` lines to the console, oldest first; before the oldest one of all,
 * how many were lost.
 */
void log_print(u64 most);

/* A panic begins: break the lock, end the pause and an open line, and remember where it began. */
void log_panic(void);

/* The last lines before that, for the report of the panic. */
void log_print_before_panic(void);

#endif
