/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals of a process, as Linux has them on arm64: numbers, actions, what is pending and blocked.
 *
 *   G1  SIGKILL and SIGSTOP are never blocked, and have no action but their default
 *   G2  pending holds no signal that was ignored, unless it was blocked at that time
 *
 * A signal is sent to a process, or to one of its tasks; the first task takes it that doesn't block
 * it. process->lock guards actions and what is pending; a mask is its task's own.
 *
 * Page size enters where signal_map_return maps a page of the process's.
 *
 * Source: Linux 6.12, signal(7), sigaction(2).
 */
#ifndef KERNEL_SIGNAL_H
#define KERNEL_SIGNAL_H

#include <kernel/compiler.h>
#include <kernel/signal_number.h>
#include <kernel/types.h>

struct process;
struct regs;
struct task;

/* What to do about one: struct sigaction of the system call. */
struct signal_action {
	u64 handler; /* SIGNAL_DEFAULT, SIGNAL_IGNORE, or where it is */
	u64 flags;   /* SA_* of Linux */
	u64 restorer;
	u64 mask; /* blocked while it runs: bit n - 1 for signal n */
};
#define SIGNAL_DEFAULT 0
#define SIGNAL_IGNORE  1

/* What was sent, and not yet taken. */
struct signals_pending {
	u64 set;
	u64 by_tkill;  /* of those: by tgkill, not kill, */
	u64 by_kernel; /* and by the kernel */
};

/* Of a process. */
struct signals {
	struct signal_action action[SIGNALS];
	struct signals_pending pending;
	u64 return_address; /* of the page that handlers return to */
};

/* A call that a signal has interrupted. */
enum signal_restart {
	RESTART_NEVER,
	RESTART_AFTER_HANDLER, /* if it was set with SA_RESTART, or if none ran */
	RESTART_WITHOUT_HANDLER,
};

/* Of a task. */
struct task_signals {
	u64 mask; /* blocked */
	struct signals_pending pending;
	struct {
		u64 at, bytes; /* no bytes: there is none */
		u32 flags;     /* SS_* as they were set */
	} stack;               /* for handlers that ask for it */
	u64 kept_mask;         /* `waits`: to be the mask again */
	bool waits;            /* the mask is one for the time of a call */
	u8 restart;            /* enum signal_restart, and what it began with: */
	u64 restart_x0;
};

static inline u64 signal_bit(unsigned signal)
{
	return 1ULL << (signal - 1);
}

/*
 * signal_map_return - map the page that handlers return to, in a space that has nothing of it yet.
 *
 * It is what Linux's vDSO is to programs that don't look for it: "mov x8, #139; svc #0". Negative
 * errno: it couldn't be mapped.
 */
int signal_map_return(struct process *p) __must_check;

/*
 * signal_deliver - the program's last instruction couldn't be done: it handles that, or dies.
 *
 * Its regs go on in the handler. A signal that is blocked or ignored kills: the instruction would
 * fault again for ever. `address`: which it was for. By the thread itself, on its way back.
 */
void signal_deliver(struct task *t, unsigned signal, int code, u64 address);

/*
 * signal_send - to a process, by `code` SIGNAL_BY_*; what is ignored is gone.
 * signal_send_task - to its task of this number. -ESRCH: there is none.
 *
 * Any context but an interrupt's; the process stays meanwhile.
 */
void signal_send(struct process *p, unsigned signal, int code);
int signal_send_task(struct process *p, u32 number, unsigned signal, int code) __must_check;

/* Is there one that isn't blocked, or is the process to end? What waits is interrupted by it. */
bool signal_is_pending(const struct task *t);

/*
 * signal_interrupted - the call of the running task can't go on: what it returns. It begins again
 * if `how` says so, with the arguments that it had.
 */
s64 signal_interrupted(struct task *t, enum signal_restart how);

/*
 * signal_begin_wait  block these while a call waits, in place of those that are blocked
 * signal_end_wait    as before; `handle`: that ended it, and is handled under this mask first
 */
void signal_begin_wait(struct task *t, u64 mask);
void signal_end_wait(struct task *t, bool handle);

/*
 * signal_return_work - take what is pending, before the thread goes back with `regs`.
 *
 * x0 has the result of the system call by now. True if `regs` go on in a handler. Doesn't return if
 * the process ends of one.
 */
bool signal_return_work(struct regs *regs);

/* "SIGSEGV", for people; of real-time ones "a real-time signal". */
const char *signal_name(unsigned signal);

#endif
