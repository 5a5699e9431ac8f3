/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a thread of a program sleeps on in a system call. Whoever has news for it rings: another
 * thread that wrote to a pipe, a timer, a signal.
 *
 * A ring before the sleep ends that at once. So none is lost if a thread first says where it is to
 * be rung, then looks whether it has to wait, and sleeps after that. It may wake without reason.
 */
#ifndef PROCESS_BELL_H
#define PROCESS_BELL_H

#include <kernel/bell.h>
#include <kernel/process.h>

/* The bell of the running thread. */
static inline struct bell *bell_here(void)
{
	return &task_here()->bell;
}

/* Ring it: any context. */
void bell_ring(struct bell *bell);

/*
 * Ring it, and set `*news` (NULL: nothing); and has it been set? For who sleeps with `news` on its
 * stack: once that says true, who set it is done with both. Any context, and the thread's own.
 */
void bell_tell(struct bell *bell, bool *news);
bool bell_told(struct bell *bell, const bool *news);

/* Sleep until it rings; false: or until `until_ns`, or at once where time can't be told. */
bool bell_wait(struct bell *bell, u64 until_ns, const char *what);

#endif
