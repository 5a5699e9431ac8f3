/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting without using the CPU: queues of threads, and deadlines.
 *
 * A wait queue goes with a spin lock of its owner, which also guards what is waited for. It is
 * taken by spin_lock_irq if an interrupt handler wakes:
 *
 *   saved = spin_lock_irq(&lock);
 *   while (!there)
 *           wait_on(&queue, &lock, WAIT_FOREVER, "what");
 *   spin_unlock_irq(&lock, saved);
 *
 * Nothing here allocates: who waits has its place in the queue on its stack.
 */
#ifndef KERNEL_WAIT_H
#define KERNEL_WAIT_H

#include <arch/spinlock.h>
#include <kernel/compiler.h>
#include <kernel/types.h>

struct thread;
struct waiter;

/* All zero is an empty one. First come, first woken. */
struct wait_queue {
	struct waiter *first;
	struct waiter *last;
};

#define WAIT_FOREVER (~0ULL)

/*
 * wait_on - let go of `lock` and sleep until woken, or until `until_ns`; take it again.
 *
 * `what` is for people: "input". False: the moment has come (and nobody woke it). It may return
 * true without reason: look again. With the lock held and interrupts masked, and no other lock.
 */
bool wait_on(struct wait_queue *queue, struct spinlock *lock, u64 until_ns, const char *what);

/* Who is woken next, or NULL. With the lock. */
struct thread *wait_first(const struct wait_queue *queue);

/* Wake all. With the lock that they wait with; any context. */
void wait_wake_all(struct wait_queue *queue);

/*
 * Wake the first one, and let go of the lock, which spin_lock_irq took, before it may run: it takes
 * that lock itself, and on another CPU would do nothing but wait for it.
 */
void wait_wake_unlock(struct wait_queue *queue, struct spinlock *lock, u64 saved);

/*
 * wait_until - sleep until `at_ns` or soon after; where no timer works, by looking at the clock.
 *
 * False, at once, where time can't be told. Sleeps.
 */
bool wait_until(u64 at_ns) __must_check;

#endif
