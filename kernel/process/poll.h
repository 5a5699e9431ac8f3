/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting for several files at once: ppoll and pselect6 (kernel/process/syscall_poll.c).
 *
 * While it waits, a set has references to its files, and a watch in each one's list.
 */
#ifndef PROCESS_POLL_H
#define PROCESS_POLL_H

#include "calls.h"
#include "watch.h"

struct poll_one {
	u32 descriptor;
	u32 wants; /* POLL_*; 0: this one isn't looked at */
	u32 found;
	bool in_list;
	struct file *file;
	struct sleeper sleeper;
};

#define POLL_FEW 4u

struct poll_set {
	u64 count;
	struct poll_one *one; /* `few`, or allocated */
	struct poll_one few[POLL_FEW];
};

/* All zero, for so many. -ENOMEM. */
s64 poll_begin(struct poll_set *set, u64 count);

/* Until one is ready, or `until_ns` (0: not at all): how many are. -EINTR. */
s64 poll_wait(struct process *p, struct poll_set *set, u64 until_ns);

void poll_end(struct process *p, struct poll_set *set);

/*
 * poll_take_time  when a wait ends that takes as long as the program says (`from` 0: for ever; a
 *                 length of 0: until_ns is 0)
 * poll_take_mask  the signals that are blocked meanwhile
 * poll_end_wait   what is left of that time goes to the program; the mask is as before, unless a
 *                 signal is to be handled under this one
 *
 * -EFAULT, -EINVAL.
 */
struct poll_time {
	u64 from;
	u64 until_ns;
	bool masked;
};
s64 poll_take_time(u64 from, struct poll_time *time);
s64 poll_take_mask(struct process *p, u64 from, u64 bytes, struct poll_time *time);
s64 poll_end_wait(struct process *p, const struct poll_time *time, s64 answer);

#endif
