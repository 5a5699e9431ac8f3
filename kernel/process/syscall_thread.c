// SPDX-License-Identifier: BSD-2-Clause
/*
 * System calls on threads of the process: making one, its end, and waiting for a word of memory.
 *
 * Source: Linux 6.12, clone(2), futex(2), set_tid_address(2), sched(7).
 */
#include <arch/counter.h>
#include <kernel/cpus.h>
#include <kernel/futex.h>
#include <kernel/wait.h>

#include "calls.h"

/* ---- coming and going ---- */

#define CLONE_VM             0x00000100u
#define CLONE_FILES          0x00000400u
#define CLONE_SIGHAND        0x00000800u
#define CLONE_THREAD         (1u << 16)
#define CLONE_SETTLS         0x00080000u
#define CLONE_PARENT_SETTID  0x00100000u
#define CLONE_CHILD_CLEARTID 0x00200000u
#define CLONE_CHILD_SETTID   0x01000000u

#define CLONE_OF_THREADS (CLONE_VM | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD)

static bool is_contradiction(u64 flags)
{
	return (flags & CLONE_SIGHAND && !(flags & CLONE_VM)) ||
	       (flags & CLONE_THREAD && !(flags & CLONE_SIGHAND));
}

/* Flags, stack, parent's word, thread pointer, child's word. As on Linux, these words may fault. */
s64 syscall_clone(struct process *p, const u64 *a)
{
	const u64 flags = a[0];
	struct task_clone how = { .stack = a[1],
				  .thread_pointer = a[3],
				  .set_thread_pointer = flags & CLONE_SETTLS,
				  .clear_at = flags & CLONE_CHILD_CLEARTID ? a[4] : 0 };
	struct task *task;
	u32 number;

	if (is_contradiction(flags))
		return -EINVAL;
	if ((flags & CLONE_OF_THREADS) != CLONE_OF_THREADS)
		return syscall_refuse(p);
	task = task_clone(&how);
	if (!task)
		return -EAGAIN;
	number = task->number;
	if (flags & CLONE_PARENT_SETTID)
		(void)!user_copy_out(a[2], &number, sizeof(number));
	if (flags & CLONE_CHILD_SETTID)
		(void)!user_copy_out(a[4], &number, sizeof(number));
	return task_start(task) ?: (s64)number;
}

s64 syscall_exit(struct process *p, const u64 *a)
{
	(void)p;
	task_exit((int)(a[0] & 0xff));
}

s64 syscall_gettid(struct process *p, const u64 *a)
{
	(void)p, (void)a;
	return task_here()->number;
}

s64 syscall_set_tid_address(struct process *p, const u64 *a)
{
	(void)p;
	task_here()->clear_at = a[0];
	return task_here()->number;
}

#define ROBUST_LIST_BYTES 24

s64 syscall_set_robust_list(struct process *p, const u64 *a)
{
	(void)p;
	if (a[1] != ROBUST_LIST_BYTES)
		return -EINVAL;
	task_here()->robust_list_at = a[0];
	return 0;
}

static bool has_task(struct process *p, u32 number)
{
	return !number || number == p->pid || !signal_send_task(p, number, 0, 0);
}

/* The caller's own. Another's is for who may trace it, and nobody may. */
s64 syscall_get_robust_list(struct process *p, const u64 *a)
{
	const u64 bytes = ROBUST_LIST_BYTES;
	u64 at = task_here()->robust_list_at;

	if ((u32)a[0] && (u32)a[0] != task_here()->number)
		return has_task(p, (u32)a[0]) ? -EPERM : -ESRCH;
	return call_give(a[2], &bytes, sizeof(bytes)) ?: call_give(a[1], &at, sizeof(at));
}

/* ---- futex ---- */

enum {
	FUTEX_IS_WAIT,
	FUTEX_IS_WAKE,
	FUTEX_IS_REQUEUE = 3,
	FUTEX_IS_CMP_REQUEUE,
	FUTEX_IS_WAIT_BITSET = 9,
	FUTEX_IS_WAKE_BITSET,
};
#define FUTEX_IS_PRIVATE  0x80u
#define FUTEX_BY_REALTIME 0x100u

/* A length of time, or a moment: both clocks began at the same one. */
static s64 take_end(u64 from, bool is_moment, u64 *until_ns)
{
	struct call_timespec time;
	s64 err;

	*until_ns = WAIT_FOREVER;
	if (!from)
		return 0;
	err = syscall_take_time(from, &time);
	if (!err)
		*until_ns = syscall_add_time(is_moment ? 0 : arch_counter_ns(), &time);
	return err;
}

static s64 wait(const u64 *a, bool is_moment, u32 bits)
{
	struct task *t = task_here();
	u64 until_ns;
	s64 err = take_end(a[3], is_moment, &until_ns);

	if (err || !bits)
		return err ?: -EINVAL;
	err = futex_wait(t, a[0], (u32)a[2], bits, until_ns);
	if (err != -EINTR)
		return err;
	return signal_interrupted(t, a[3] ? RESTART_WITHOUT_HANDLER : RESTART_AFTER_HANDLER);
}

/* The word is looked at first. Who changes it meanwhile wakes whoever waits for it. */
static s64 requeue(struct process *p, const u64 *a, bool compare)
{
	u32 value;

	if ((s32)a[2] < 0 || (s32)a[3] < 0)
		return -EINVAL;
	if (compare && a[0] % sizeof(value))
		return -EINVAL;
	if (compare && user_copy_in(&value, a[0], sizeof(value)))
		return -EFAULT;
	if (compare && value != (u32)a[5])
		return -EAGAIN;
	return futex_requeue(p, a[0], (u32)a[2], a[4], (u32)a[3]);
}

s64 syscall_futex(struct process *p, const u64 *a)
{
	u32 operation = (u32)a[1] & ~FUTEX_IS_PRIVATE, realtime = operation & FUTEX_BY_REALTIME;

	operation &= ~FUTEX_BY_REALTIME;
	if (realtime && operation != FUTEX_IS_WAIT && operation != FUTEX_IS_WAIT_BITSET)
		return -ENOSYS;
	switch (operation) {
	case FUTEX_IS_WAIT:
		return wait(a, false, FUTEX_ANY);
	case FUTEX_IS_WAIT_BITSET:
		return wait(a, true, (u32)a[5]);
	case FUTEX_IS_WAKE:
		return futex_wake(p, a[0], MAX((u32)a[2], 1U), FUTEX_ANY);
	case FUTEX_IS_WAKE_BITSET:
		return (u32)a[5] ? futex_wake(p, a[0], MAX((u32)a[2], 1U), (u32)a[5]) : -EINVAL;
	case FUTEX_IS_REQUEUE:
	case FUTEX_IS_CMP_REQUEUE:
		return requeue(p, a, operation == FUTEX_IS_CMP_REQUEUE);
	default:
		return -ENOSYS;
	}
}

/* ---- where it runs ---- */

s64 syscall_sched_yield(struct process *p, const u64 *a)
{
	(void)p, (void)a;
	sched_yield();
	return 0;
}

/* All CPUs that are online; the kernel moves the thread between them as it likes. */
s64 syscall_sched_getaffinity(struct process *p, const u64 *a)
{
	u64 mask = cpus_online() < 64 ? (1ULL << cpus_online()) - 1 : ~0ULL;

	if (!has_task(p, (u32)a[0]))
		return -ESRCH;
	if ((u32)a[1] < sizeof(mask) || (u32)a[1] % sizeof(mask))
		return -EINVAL;
	return call_give(a[2], &mask, sizeof(mask)) ?: (s64)sizeof(mask);
}
