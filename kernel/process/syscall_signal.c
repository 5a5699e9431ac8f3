// SPDX-License-Identifier: BSD-2-Clause
/* System calls on signals: what to do about them, which wait, and sending one to itself. */
#include <arch/index.h>
#include <lib/string.h>

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
	struct signal_action *kept;

	if (a[3] != SET_BYTES || !is_signal(signal))
		return -EINVAL;
	kept = &p->signals.action[arch_index_below(signal - 1, SIGNALS)];
	old = *kept;
	if (a[1]) {
		if (user_copy_in(&action, a[1], sizeof(action)))
			return -EFAULT;
		if (signal_bit(signal) & SIGNAL_UNBLOCKABLE)
			return -EINVAL;
		signal_set_action(p, signal, &action);
	}
	return a[2] ? call_give(a[2], &old, sizeof(old)) : 0;
}

enum { MASK_BLOCK, MASK_UNBLOCK, MASK_SET };

s64 syscall_rt_sigprocmask(struct process *p, const u64 *a)
{
	u64 set, old = p->signals.mask;

	if (a[3] != SET_BYTES)
		return -EINVAL;
	if (a[1]) {
		if (user_copy_in(&set, a[1], sizeof(set)))
			return -EFAULT;
		switch ((u32)a[0]) {
		case MASK_BLOCK:
			signal_set_mask(p, old | set);
			break;
		case MASK_UNBLOCK:
			signal_set_mask(p, old & ~set);
			break;
		case MASK_SET:
			signal_set_mask(p, set);
			break;
		default:
			return -EINVAL;
		}
	}
	return a[2] ? call_give(a[2], &old, sizeof(old)) : 0;
}

s64 syscall_rt_sigpending(struct process *p, const u64 *a)
{
	u64 blocked = p->signals.pending & p->signals.mask;

	if (a[1] > SET_BYTES)
		return -EINVAL;
	return call_give(a[0], &blocked, a[1]);
}

s64 syscall_sigaltstack(struct process *p, const u64 *a)
{
	struct signal_stack fresh, old;
	s64 err = 0;

	signal_get_stack(p, p->regs->sp, &old);
	if (a[0]) {
		if (user_copy_in(&fresh, a[0], sizeof(fresh)))
			return -EFAULT;
		err = signal_set_stack(p, p->regs->sp, &fresh);
	}
	if (err || !a[1])
		return err;
	return call_give(a[1], &old, sizeof(old));
}

s64 syscall_rt_sigreturn(struct process *p, const u64 *a)
{
	(void)a;
	signal_return(p);
	return (s64)p->regs->x[0];
}

/* ---- sending: there is nobody but itself ---- */

static s64 send(struct process *p, u64 signal, int code)
{
	if (signal)
		signal_send(p, (unsigned)arch_index_below(signal, SIGNALS + 1), code);
	return 0;
}

s64 syscall_kill(struct process *p, const u64 *a)
{
	s32 to = (s32)a[0];

	if ((u32)a[1] > SIGNALS)
		return -EINVAL;
	if (to && to != (s32)p->pid && to != -(s32)p->pid)
		return -ESRCH;
	return send(p, (u32)a[1], SIGNAL_BY_USER);
}

s64 syscall_tkill(struct process *p, const u64 *a)
{
	if ((s32)a[0] <= 0 || (u32)a[1] > SIGNALS)
		return -EINVAL;
	return (u32)a[0] == p->pid ? send(p, (u32)a[1], SIGNAL_BY_TKILL) : -ESRCH;
}

s64 syscall_tgkill(struct process *p, const u64 *a)
{
	if ((s32)a[0] <= 0)
		return -EINVAL;
	if ((s32)a[1] <= 0 || (u32)a[2] > SIGNALS)
		return -EINVAL;
	if ((u32)a[0] != p->pid || (u32)a[1] != p->pid)
		return -ESRCH;
	return send(p, (u32)a[2], SIGNAL_BY_TKILL);
}
