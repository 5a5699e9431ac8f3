// SPDX-License-Identifier: BSD-2-Clause
/*
 * System calls on clocks, and sleeping.
 *
 * There is one clock: the counter that runs from reset. No calendar is known, so CLOCK_REALTIME
 * began on 1 January 1970 at that moment.
 */
#include <arch/counter.h>
#include <kernel/wait.h>

#include "bell.h"
#include "calls.h"

enum {
	CLOCK_IS_REALTIME,
	CLOCK_IS_MONOTONIC,
	CLOCK_OF_PROCESS,
	CLOCK_OF_THREAD,
	CLOCK_IS_RAW,
	CLOCK_IS_COARSE_REALTIME,
	CLOCK_IS_COARSE,
	CLOCK_IS_BOOTTIME,
	CLOCK_LAST_ALARM = 9,
	CLOCK_IS_TAI = 11,
	CLOCKS,
};

static bool is_clock(u64 clock)
{
	return clock <= CLOCK_LAST_ALARM || clock == CLOCK_IS_TAI;
}

static u64 clock_ns(struct process *p, u64 clock)
{
	if (clock == CLOCK_OF_PROCESS || clock == CLOCK_OF_THREAD)
		return syscall_cpu_ns(p, clock == CLOCK_OF_PROCESS);
	return arch_counter_ns();
}

static struct call_timespec split(u64 ns)
{
	return (struct call_timespec){ (s64)(ns / CALL_SECOND), (s64)(ns % CALL_SECOND) };
}

s64 syscall_take_time(u64 from, struct call_timespec *time)
{
	if (user_copy_in(time, from, sizeof(*time)))
		return -EFAULT;
	return time->seconds < 0 || (u64)time->ns >= CALL_SECOND ? -EINVAL : 0;
}

u64 syscall_add_time(u64 ns, const struct call_timespec *time)
{
	s64 sum;

	if (__builtin_mul_overflow(time->seconds, CALL_SECOND, &sum) ||
	    __builtin_add_overflow(sum, time->ns, &sum) ||
	    __builtin_add_overflow(sum, (s64)ns, &sum))
		return ~0ULL >> 1;
	return (u64)sum;
}

s64 syscall_wait_until(struct process *p, u64 at_ns)
{
	struct task *t = task_here();

	(void)p;
	while (!signal_is_pending(t)) {
		if (!arch_counter_has_unit() || arch_counter_ns() >= at_ns)
			return 0;
		(void)bell_wait(&t->bell, at_ns, "time");
	}
	return signal_interrupted(t, RESTART_WITHOUT_HANDLER);
}

s64 syscall_clock_gettime(struct process *p, const u64 *a)
{
	struct call_timespec now;

	if (!is_clock((u32)a[0]))
		return -EINVAL;
	now = split(clock_ns(p, (u32)a[0]));
	return call_give(a[1], &now, sizeof(now));
}

/* A nanosecond, as Linux says with timers of high resolution; a tick for coarse clocks. */
s64 syscall_clock_getres(struct process *p, const u64 *a)
{
	bool coarse = (u32)a[0] == CLOCK_IS_COARSE || (u32)a[0] == CLOCK_IS_COARSE_REALTIME;
	struct call_timespec resolution = { .ns = coarse ? 4000000 : 1 };

	(void)p;
	if (!is_clock((u32)a[0]))
		return -EINVAL;
	return a[1] ? call_give(a[1], &resolution, sizeof(resolution)) : 0;
}

s64 syscall_gettimeofday(struct process *p, const u64 *a)
{
	struct call_timespec now = split(clock_ns(p, CLOCK_IS_REALTIME));
	static const u32 zone[2];

	now.ns /= 1000;
	if (a[0] && user_copy_out(a[0], &now, sizeof(now)))
		return -EFAULT;
	return a[1] ? call_give(a[1], zone, sizeof(zone)) : 0;
}

/* Sleep; what is left of it goes to `left`, unless that is NULL, when a signal came. */
static s64 sleep_until(struct process *p, u64 until, u64 left)
{
	s64 err = syscall_wait_until(p, until);
	struct call_timespec rest;
	u64 now = arch_counter_ns();

	if (!err || !left)
		return err;
	rest = split(until > now ? until - now : 0);
	return call_give(left, &rest, sizeof(rest)) ?: err;
}

s64 syscall_nanosleep(struct process *p, const u64 *a)
{
	struct call_timespec time;
	s64 err = syscall_take_time(a[0], &time);

	return err ?: sleep_until(p, syscall_add_time(arch_counter_ns(), &time), a[1]);
}

#define SLEEP_ABSOLUTE 1u

s64 syscall_clock_nanosleep(struct process *p, const u64 *a)
{
	u32 clock = (u32)a[0];
	struct call_timespec time;
	s64 err;

	if (!is_clock(clock) || clock == CLOCK_OF_THREAD)
		return -EINVAL;
	/* Linux can't sleep by these; by a process's own time it can, and that stands still. */
	if ((clock >= CLOCK_IS_RAW && clock <= CLOCK_IS_COARSE) || clock == CLOCK_OF_PROCESS)
		return -EOPNOTSUPP;
	err = syscall_take_time(a[2], &time);
	if (err)
		return err;
	if (a[1] & SLEEP_ABSOLUTE)
		return sleep_until(p, syscall_add_time(0, &time), 0);
	return sleep_until(p, syscall_add_time(arch_counter_ns(), &time), a[3]);
}
