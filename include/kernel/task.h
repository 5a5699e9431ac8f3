/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tasks: the threads of a process, each by a thread of the kernel's, with its own registers, stack
 * and signals. All else is the process's.
 *
 * A thread of the kernel's whose task has ended may wait for the next one of its process: that is
 * made with less work.
 *
 *   T1  a task is in its process's list from before it first runs until task_leave
 *   T2  it stays while it is in the list and process->lock is held, and while what it waits for
 *       knows it: it takes that one's lock before it goes on
 *
 * Locking: process->lock, of the list and of pending signals; what else is in a task is its own.
 * A bell's lock is within that, and within the lock of whatever rings it.
 *
 * Source: Linux 6.12, clone(2), set_tid_address(2).
 */
#ifndef KERNEL_TASK_H
#define KERNEL_TASK_H

#include <arch/context.h>
#include <arch/user.h>
#include <kernel/bell.h>
#include <kernel/compiler.h>
#include <kernel/sched.h>
#include <kernel/signal.h>
#include <kernel/types.h>

struct process;

#define TASK_NAME_BYTES 16

struct task {
	struct user_state user;
	struct process *process;
	struct thread *thread; /* NULL until it has run. Atomic */
	struct regs *regs;     /* of EL0, at the end of its kernel stack */
	struct regs start;     /* what they begin with */
	u32 number;            /* gettid: of the first one it is the process's */
	char name[TASK_NAME_BYTES];
	struct task_signals signals;
	u64 clear_at;       /* 0 is written there when it ends, and a futex woken; 0: nowhere */
	u64 robust_list_at; /* locks of the program's that it may hold when it ends; 0: none */
	struct user_fault fault;       /* the last one that it did not survive, or handled, */
	enum user_access fault_access; /* and how it touched the address */
	struct bell bell;              /* what it sleeps on */
	bool called;                   /* something awaits it before it is at EL0 again. Atomic */
	u64 ran_before_ns;             /* what its thread had run for tasks before it */
	struct task *next;             /* of the process */
};

/* The task of the running thread, which is that of one. */
static inline struct task *task_here(void)
{
	return container_of(this_cpu()->fp, struct task, user.fp);
}

/* The same of any thread; NULL: it runs none. */
static inline struct task *this_task(void)
{
	struct fp_state *fp = this_cpu()->fp;

	return fp && fp->user ? task_here() : NULL;
}

/* Threads that wait for a task go: of a process that ends. */
void task_release_threads(struct process *process);

/*
 * task_create - a task of the process, in its list, that runs nothing yet.
 *
 * The first one has the process's number. NULL: no memory, or the process ends. Sleeps.
 * task_discard takes it back.
 */
struct task *task_create(struct process *process) __must_check;
void task_discard(struct task *task);

/* By its own thread, at first: what it is to be is loaded. task->regs are where they will be. */
void task_begin(struct task *task);

/* What clone asks for. */
struct task_clone {
	u64 stack;          /* 0: the same */
	u64 thread_pointer; /* with set_thread_pointer */
	u64 clear_at;
	bool set_thread_pointer;
};

/*
 * task_clone - a copy of the running task, whose call returns 0 there.
 *
 * Returns it, not yet started; NULL as task_create. task_start lets it run: 0 or -EAGAIN, when it
 * is no more.
 */
struct task *task_clone(const struct task_clone *how) __must_check;
int task_start(struct task *task) __must_check;

/* The running task ends, and with the last one its process. What clear_at says is done. */
void task_exit(int code) __noreturn;

/* The same, of a process that is to end: nobody of it looks any more. */
void task_leave(void) __noreturn;

/* The running task is to look what awaits it before it is at EL0 again. */
static inline void task_look(struct task *task)
{
	__atomic_store_n(&task->called, true, __ATOMIC_RELAXED);
	this_cpu()->attention = true;
}

/* Ring its bell, and let it look at what awaits it, wherever it runs. Any context. */
void task_interrupt(struct task *task);

#endif
