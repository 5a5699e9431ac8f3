/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files without a path that programs wait for: a counter (eventfd), a timer (timerfd), and many
 * files at once (epoll). Source: Linux 6.12, eventfd(2), timerfd_create(2), epoll(7).
 */
#ifndef PROCESS_EVENT_H
#define PROCESS_EVENT_H

#include "file.h"

/* Each is NULL without memory. */
struct file *eventfd_create(u64 count, bool semaphore, u32 flags);
struct file *timerfd_create(u32 flags);
struct file *epoll_create(void);

/* Moments by arch_counter_ns(), which all clocks are; lengths of time else. */
struct timerfd_setting {
	u64 interval_ns; /* 0: once */
	u64 value_ns;    /* until it expires next; 0: it doesn't */
};

bool timerfd_is(const struct file *file);
void timerfd_get(struct file *file, struct timerfd_setting *setting);

/* `absolute`: value_ns is a moment. *old is as from timerfd_get. */
void timerfd_set(struct file *file, const struct timerfd_setting *setting, bool absolute,
		 struct timerfd_setting *old);

/* ---- epoll ---- */

/* struct epoll_event of arm64 */
struct epoll_event {
	u32 events;
	u32 pad;
	u64 data;
};

enum { EPOLL_ADD = 1, EPOLL_DELETE, EPOLL_CHANGE };

/*
 * epoll_change - EPOLL_*; -EEXIST, -ENOENT, -EPERM (nobody can wait for it), -ELOOP, -ENOMEM,
 *                -EINVAL. Sleeps.
 * epoll_wait   - until `until_ns` (0: not at all) for up to `most` events: how many, at `to`.
 *                -EINTR, -EFAULT. Sleeps.
 * epoll_forget - the last reference to a file that is watched is gone. Sleeps.
 */
bool epoll_is(const struct file *file);
s64 epoll_change(struct file *epoll, u32 what, struct file *file, u32 descriptor,
		 const struct epoll_event *event);
s64 epoll_wait(struct process *p, struct file *epoll, u64 to, u64 most, u64 until_ns);
void epoll_forget(struct file *file);

#endif
