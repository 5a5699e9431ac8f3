// SPDX-License-Identifier: BSD-2-Clause
/* System calls on signals: what to do about them, which wait, and sending one. */
#include <arch/index.h>
#include <kernel/wait.h>
#include <lib/string.h>

#include "bell.h"
#include "calls.h"
#include "sigframe.h"

/* Sets of signals have 64 bits, and programs say so. */
#define SET_BYTES 8

static bool is_signal(u64 signal)
{
	return signal >= 1 && signal <= SIGNALS;
}

s64 syscall_rt_sigaction(struct process *p, const u64 *a)
{
	u32 signal = (u32)a[0];
	struct signal_action action, old;

	if (a[3] != SET_BYTES || !is_signal(signal))
		return -EINVAL;
	if (a[1] && user_copy_in(&action, a[1], sizeof(action)))
		return -EFAULT;
	if (a[1] && signal_bit(signal) & SIGNAL_UNBLOCKABLE)
		return -EINVAL;
	signal = (u32)arch_index_below(signal - 1, SIGNALS) + 1;
	signal_set_action(p, signal, a[1] ? &action : NULL, &old);
	return a[2] ? call_give(a[2], &old, sizeof(old)) : 0;
}

enum { MASK_BLOCK, MASK_UNBLOCK, MASK_SET };

s64 syscall_rt_sigprocmask(struct process *p, const u64 *a)
{
	struct task *t = task_here();
	u64 set, old = t->signals.mask;

	(void)p;
	if (a[3] != SET_BYTES)
		return -EINVAL;
	if (a[1]) {
		if (user_copy_in(&set, a[1], sizeof(set)))
			return -EFAULT;
		switch ((u32)a[0]) {
		case MASK_BLOCK:
			signal_set_mask(t, old | set);
			break;
		case MASK_UNBLOCK:
			signal_set_mask(t, old & ~set);
			break;
		case MASK_SET:
			signal_set_mask(t, set);
			break;
		default:
			return -EINVAL;
		}
	}
	return a[2] ? call_give(a[2], &old, sizeof(old)) : 0;
}

s64 syscall_rt_sigpending(struct process *p, const u64 *a)
{
	const struct task *t = task_here();
	u64 blocked = (t->signals.pending.set | p->signals.pending.set) & t->signals.mask;

	if (a[1] > SET_BYTES)
		return -EINVAL;
	return call_give(a[0], &blocked, a[1]);
}

s64 syscall_sigaltstack(struct process *p, const u64 *a)
{
	struct task *t = task_here();
	struct signal_stack fresh, old;
	s64 err = 0;

	(void)p;
	signal_get_stack(t, t->regs->sp, &old);
	if (a[0]) {
		if (user_copy_in(&fresh, a[0], sizeof(fresh)))
			return -EFAULT;
		err = signal_set_stack(t, t->regs->sp, &fresh);
	}
	if (err || !a[1])
		return err;
	return call_give(a[1], &old, sizeof(old));
}

s64 syscall_rt_sigreturn(struct process *p, const u64 *a)
{
	struct task *t = task_here();

	(void)p, (void)a;
	signal_return(t);
	return (s64)t->regs->x[0];
}

s64 syscall_rt_sigsuspend(struct process *p, const u64 *a)
{
	struct task *t = task_here();
	u64 mask;

	(void)p;
	if (a[1] != SET_BYTES)
		return -EINVAL;
	if (user_copy_in(&mask, a[0], sizeof(mask)))
		return -EFAULT;
	signal_begin_wait(t, mask);
	while (!signal_is_pending(t))
		(void)bell_wait(&t->bell, WAIT_FOREVER, "a signal");
	signal_end_wait(t, true);
	return signal_interrupted(t, RESTART_WITHOUT_HANDLER);
}

/* ---- sending: there is no other process ---- */

s64 syscall_kill(struct process *p, const u64 *a)
{
	s32 to = (s32)a[0];
	u32 signal = (u32)a[1];

	if (signal > SIGNALS)
		return -EINVAL;
	if (to && to != (s32)p->pid && to != -(s32)p->pid)
		return -ESRCH;
	if (signal)
		signal_send(p, (unsigned)arch_index_below(signal, SIGNALS + 1), SIGNAL_BY_USER);
	return 0;
}

static s64 send_to_task(struct process *p, s32 number, u32 signal)
{
	if (number <= 0 || signal > SIGNALS)
		return -EINVAL;
	return signal_send_task(p, (u32)number, (unsigned)arch_index_below(signal, SIGNALS + 1),
				SIGNAL_BY_TKILL);
}

s64 syscall_tkill(struct process *p, const u64 *a)
{
	return send_to_task(p, (s32)a[0], (u32)a[1]);
}

s64 syscall_tgkill(struct process *p, const u64 *a)
{
	if ((s32)a[0] <= 0 || (s32)a[1] <= 0 || (u32)a[2] > SIGNALS)
		return -EINVAL;
	return (u32)a[0] == p->pid ? send_to_task(p, (s32)a[1], (u32)a[2]) : -ESRCH;
}
