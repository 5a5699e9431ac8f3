// SPDX-License-Identifier: BSD-2-Clause
/* System calls that make pipes, eventfds and timerfds, and set those. */
#include "calls.h"
#include "event.h"
#include "pipe.h"

/* ---- pipes ---- */

s64 syscall_pipe2(struct process *p, const u64 *a)
{
	u32 flags = (u32)a[1];
	struct file *reads, *writes;
	s64 at[2];
	s32 ends[2];

	if (flags & ~(OPEN_CLOEXEC | OPEN_NONBLOCK | OPEN_DIRECT))
		return -EINVAL;
	if (pipe_create(call_page_bytes(p), flags & (OPEN_NONBLOCK | OPEN_DIRECT), &reads, &writes))
		return -ENOMEM;
	at[0] = file_give_descriptor(p, reads, flags & OPEN_CLOEXEC);
	if (at[0] < 0) {
		file_release(writes);
		return at[0];
	}
	at[1] = file_give_descriptor(p, writes, flags & OPEN_CLOEXEC);
	ends[0] = (s32)at[0];
	ends[1] = (s32)at[1];
	if (at[1] >= 0) {
		if (!user_copy_out(a[0], ends, sizeof(ends)))
			return 0;
		files_close(p->files, (u64)at[1]);
		at[1] = -EFAULT;
	}
	files_close(p->files, (u64)at[0]);
	return at[1];
}

/* ---- counters ---- */

#define EVENT_SEMAPHORE 1u

s64 syscall_eventfd2(struct process *p, const u64 *a)
{
	u32 flags = (u32)a[1];

	if (flags & ~(EVENT_SEMAPHORE | OPEN_CLOEXEC | OPEN_NONBLOCK))
		return -EINVAL;
	return file_give_descriptor(
		p, eventfd_create((u32)a[0], flags & EVENT_SEMAPHORE, flags & OPEN_NONBLOCK),
		flags & OPEN_CLOEXEC);
}

/* ---- timers ---- */

#define TIMER_ABSOLUTE 1u
#define TIMER_CANCELS  2u /* when the clock is set, which it never is */

/* REALTIME, MONOTONIC, BOOTTIME, and those that wake a machine that sleeps. */
#define TIMER_CLOCKS (1u << 0 | 1u << 1 | 1u << 7 | 1u << 8 | 1u << 9)

s64 syscall_timerfd_create(struct process *p, const u64 *a)
{
	u32 clock = (u32)a[0], flags = (u32)a[1];

	if (flags & ~(OPEN_CLOEXEC | OPEN_NONBLOCK) || clock > 31 || !(TIMER_CLOCKS >> clock & 1))
		return -EINVAL;
	return file_give_descriptor(p, timerfd_create(flags & OPEN_NONBLOCK), flags & OPEN_CLOEXEC);
}

struct interval_timer {
	struct call_timespec interval, value;
};

static s64 give(u64 to, const struct timerfd_setting *setting)
{
	struct interval_timer timer = {
		.interval = { .seconds = (s64)(setting->interval_ns / CALL_SECOND),
			      .ns = (s64)(setting->interval_ns % CALL_SECOND) },
		.value = { .seconds = (s64)(setting->value_ns / CALL_SECOND),
			   .ns = (s64)(setting->value_ns % CALL_SECOND) },
	};

	return call_give(to, &timer, sizeof(timer));
}

static s64 take(u64 from, struct timerfd_setting *setting)
{
	struct interval_timer timer;

	if (user_copy_in(&timer, from, sizeof(timer)))
		return -EFAULT;
	if (timer.interval.seconds < 0 || (u64)timer.interval.ns >= CALL_SECOND ||
	    timer.value.seconds < 0 || (u64)timer.value.ns >= CALL_SECOND)
		return -EINVAL;
	setting->interval_ns = syscall_add_time(0, &timer.interval);
	setting->value_ns = syscall_add_time(0, &timer.value);
	return 0;
}

/* Its file, as files_get; NULL and *err. */
static struct file *get_timer(struct process *p, u64 descriptor, s64 *err)
{
	struct file *file = files_get(p->files, descriptor);

	*err = !file || file->flags & OPEN_PATH ? -EBADF : timerfd_is(file) ? 0 : -EINVAL;
	if (!*err)
		return file;
	files_let_go(p->files, file);
	return NULL;
}

s64 syscall_timerfd_settime(struct process *p, const u64 *a)
{
	struct timerfd_setting setting, old;
	struct file *file;
	s64 err = take(a[2], &setting);

	if (err == -EFAULT)
		return err;
	if (err || (u32)a[1] & ~(TIMER_ABSOLUTE | TIMER_CANCELS))
		return -EINVAL;
	file = get_timer(p, a[0], &err);
	if (!file)
		return err;
	timerfd_set(file, &setting, a[1] & TIMER_ABSOLUTE, &old);
	files_let_go(p->files, file);
	return a[3] ? give(a[3], &old) : 0;
}

s64 syscall_timerfd_gettime(struct process *p, const u64 *a)
{
	struct timerfd_setting setting;
	s64 err;
	struct file *file = get_timer(p, a[0], &err);

	if (!file)
		return err;
	timerfd_get(file, &setting);
	files_let_go(p->files, file);
	return give(a[1], &setting);
}
