/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting for open files: who wants to hear of one has a watch in its list.
 *
 * What changes a file does that first, and tells of it afterwards. Who waits is in the list first,
 * and then looks (file_ops.poll). So one of the two sees the other: both take the file's lock.
 */
#ifndef PROCESS_WATCH_H
#define PROCESS_WATCH_H

#include "bell.h"
#include "file.h"

/* What a file is ready for: poll(2). */
#define POLL_IN        0x001u
#define POLL_URGENT    0x002u /* POLLPRI */
#define POLL_OUT       0x004u
#define POLL_ERROR     0x008u
#define POLL_HANGUP    0x010u
#define POLL_INVALID   0x020u
#define POLL_IN_NORMAL 0x040u /* POLLRDNORM */
#define POLL_IN_BAND   0x080u
#define POLL_OUT_NORM  0x100u /* POLLWRNORM */
#define POLL_OUT_BAND  0x200u

#define POLL_READ   (POLL_IN | POLL_IN_NORMAL)
#define POLL_WRITE  (POLL_OUT | POLL_OUT_NORM)
#define POLL_ALWAYS (POLL_ERROR | POLL_HANGUP) /* told though not asked for */

/* With the file's lock. */
struct watch {
	struct watch *next, *previous;
	void (*tell)(struct watch *watch); /* with that lock */
	u32 wants;                         /* POLL_* */
	bool once;   /* told, it is taken out, and no other one of the kind after it is told */
	bool listed; /* it is in the list */
};

/* file_watch: unless it is in the list. file_unwatch: was it? It isn't told, nor is right now. */
void file_watch(struct file *file, struct watch *watch);
bool file_unwatch(struct file *file, struct watch *watch);

/*
 * Tell all watches that want one of these, but of those for `once` only one; file_tell_all: any
 * that wants them; file_tell_one: one of those for `once`, and no other. Any context.
 */
void file_tell(struct file *file, u32 events);
void file_tell_all(struct file *file, u32 events);
void file_tell_one(struct file *file, u32 events);

/* file_tell with the file's lock held. */
void file_tell_locked(struct file *file, u32 events);

/* What it is ready for: POLL_*, and all if it can't be waited for. */
u32 file_ready(struct file *file);

/* A thread that sleeps until a file tells of it. */
struct sleeper {
	struct watch watch;
	struct bell *bell;
};
void file_sleeper(struct sleeper *sleeper, u32 wants, bool once);

/* Rings of files that sleep go by it alone. -EINTR: a signal came; the call may begin again. */
s64 file_wait(struct process *p, struct file *file, u32 events, const char *what);

#endif
