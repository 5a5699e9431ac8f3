/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Futexes: tasks that wait for a word of their process's memory to change.
 *
 * A task says that it waits, then looks at the word, then sleeps. Who changes the word and wakes
 * after that finds it: so it needs no lock to look, and may fault while it does.
 *
 * Memory is shared by the tasks of a process alone: so a word's address stands for it, and private
 * and shared futexes are the same.
 *
 * Locking: futexes->lock, of who waits. Within it, a task is called.
 *
 * Source: Linux 6.12, futex(2); Franke, Russell, Kirkwood, "Fuss, Futexes and Furwocks" (2002).
 */
#ifndef KERNEL_FUTEX_H
#define KERNEL_FUTEX_H

#include <arch/spinlock.h>
#include <kernel/compiler.h>
#include <kernel/types.h>

struct futex_waiter;
struct process;
struct task;

#define FUTEX_CHAINS 16

/* Those of a process. By address, in the order of coming. */
struct futexes {
	struct spinlock lock;
	struct futex_waiter *first[FUTEX_CHAINS];
};

extern struct lock_class lock_class_futex;

/* clang-format off */
/* What they are initialised with: nobody waits. */
#define FUTEXES { .lock = SPINLOCK(futex) }
/* clang-format on */

/* Any bit of a waiter's will do. */
#define FUTEX_ANY (~0U)

/*
 * futex_wait - the running task sleeps until it is woken by one of the bits, if the word at `at`
 * is `value`.
 *
 * 0; -EAGAIN: it is another; -ETIMEDOUT at `until_ns`; -EINTR; -EFAULT; -EINVAL for an address that
 * is no multiple of 4.
 */
s64 futex_wait(struct task *task, u64 at, u32 value, u32 bits, u64 until_ns);

/* Wake so many who wait for that word, with any of these bits; how many they were. Or -EINVAL. */
s64 futex_wake(struct process *process, u64 at, u32 most, u32 bits);

/* The same; and so many more wait for the word at `to` from here on. How many both were. */
s64 futex_requeue(struct process *process, u64 at, u32 most, u64 to, u32 most_moved);

/* The locks that the running task, which ends, has by its robust list: who wants them learns it. */
void futex_leave(struct task *task);

#endif
