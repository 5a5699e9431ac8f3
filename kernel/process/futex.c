// SPDX-License-Identifier: BSD-2-Clause
/* Waiting for a word of memory. <kernel/futex.h> has the contract. */
#include <arch/barrier.h>
#include <kernel/errno.h>
#include <kernel/futex.h>
#include <kernel/process.h>
#include <kernel/task.h>
#include <kernel/wait.h>

#include "bell.h"

LOCK_CLASS_OF_MANY(futex, LOCK_FUTEX, NULL);

/* On the stack of a task that waits. With the lock. */
struct futex_waiter {
	struct task *task;
	u64 at;
	u32 bits;
	bool woken; /* it is in no chain. Atomic */
	struct futex_waiter *next;
};

static struct futex_waiter **chain(struct futexes *futexes, u64 at)
{
	return &futexes->first[at / 4 % FUTEX_CHAINS];
}

static void put_last(struct futexes *futexes, struct futex_waiter *waiter)
{
	struct futex_waiter **end = chain(futexes, waiter->at);

	while (*end)
		end = &(*end)->next;
	waiter->next = NULL;
	__atomic_store_n(end, waiter, __ATOMIC_RELAXED);
}

/* What happened is in the word: the bell is only how it learns. It stays until it has the lock. */
static void wake(struct futex_waiter *waiter)
{
	__atomic_store_n(&waiter->woken, true, __ATOMIC_RELAXED);
	bell_ring(&waiter->task->bell);
}

static bool is_woken(const struct futex_waiter *waiter)
{
	return __atomic_load_n(&waiter->woken, __ATOMIC_RELAXED);
}

/* ---- waiting ---- */

static s64 sleep_until_woken(struct futex_waiter *waiter, u64 until_ns)
{
	struct task *task = waiter->task;

	while (!is_woken(waiter)) {
		if (signal_is_pending(task))
			return -EINTR;
		if (!bell_wait(&task->bell, until_ns, "a futex"))
			return -ETIMEDOUT;
	}
	return 0;
}

/* Whether it was woken meanwhile, which is what counts then. */
static bool take_out(struct futexes *futexes, struct futex_waiter *waiter)
{
	struct futex_waiter **at;

	spin_lock(&futexes->lock);
	if (!waiter->woken) {
		for (at = chain(futexes, waiter->at); *at != waiter;)
			at = &(*at)->next;
		*at = waiter->next;
	}
	spin_unlock(&futexes->lock);
	return waiter->woken;
}

s64 futex_wait(struct task *task, u64 at, u32 value, u32 bits, u64 until_ns)
{
	struct futexes *futexes = &task->process->futexes;
	struct futex_waiter waiter = { .task = task, .at = at, .bits = bits };
	u32 found;
	s64 err;

	if (at % sizeof(value))
		return -EINVAL;
	spin_lock(&futexes->lock);
	put_last(futexes, &waiter);
	spin_unlock(&futexes->lock);
	dmb_ish(); /* futex_wake has the other one of this pair */
	if (user_copy_in(&found, at, sizeof(found)))
		err = -EFAULT;
	else if (found != value)
		err = -EAGAIN;
	else
		err = sleep_until_woken(&waiter, until_ns);
	return take_out(futexes, &waiter) ? 0 : err;
}

/* ---- waking ---- */

s64 futex_wake(struct process *process, u64 at, u32 most, u32 bits)
{
	struct futexes *futexes = &process->futexes;
	struct futex_waiter **link, *waiter;
	s64 count = 0;

	if (at % sizeof(u32))
		return -EINVAL;
	/*
	 * Mostly nobody waits. The barrier: either this sees who does, or that one sees the word as
	 * it was written before. Arm ARM (DDI 0487, J.a), "Data Memory Barrier".
	 */
	dmb_ish();
	if (!__atomic_load_n(chain(futexes, at), __ATOMIC_RELAXED))
		return 0;
	spin_lock(&futexes->lock);
	for (link = chain(futexes, at); (waiter = *link) && count < most;) {
		if (waiter->at != at || !(waiter->bits & bits)) {
			link = &waiter->next;
			continue;
		}
		*link = waiter->next;
		wake(waiter);
		count++;
	}
	spin_unlock(&futexes->lock);
	return count;
}

s64 futex_requeue(struct process *process, u64 at, u32 most, u64 to, u32 most_moved)
{
	struct futexes *futexes = &process->futexes;
	struct futex_waiter **link, *waiter;
	u32 moved = 0;
	s64 woken;

	if (to % sizeof(u32))
		return -EINVAL;
	woken = futex_wake(process, at, most, FUTEX_ANY);
	if (woken < 0 || at == to)
		return woken;
	spin_lock(&futexes->lock);
	for (link = chain(futexes, at); (waiter = *link) && moved < most_moved;) {
		if (waiter->at != at) {
			link = &waiter->next;
			continue;
		}
		*link = waiter->next;
		waiter->at = to;
		put_last(futexes, waiter);
		moved++;
	}
	spin_unlock(&futexes->lock);
	return woken + moved;
}

/* ---- locks of a task that ends ---- */

#define ROBUST_WAITERS 0x80000000u
#define ROBUST_DIED    0x40000000u
#define ROBUST_OWNER   0x3fffffffu
#define ROBUST_MOST    2048 /* a list may go in a circle */

/*
 * Nobody else changes the word but to say that it waits. If that is lost here, the word is another
 * than what it waits for, or it is woken.
 */
static void give_up(struct task *task, u64 at)
{
	u32 word, died;

	if (at % sizeof(word) || user_copy_in(&word, at, sizeof(word)) ||
	    (word & ROBUST_OWNER) != task->number)
		return;
	died = (word & ROBUST_WAITERS) | ROBUST_DIED;
	if (!user_copy_out(at, &died, sizeof(died)))
		(void)futex_wake(task->process, at, 1, FUTEX_ANY);
}

void futex_leave(struct task *task)
{
	struct {
		u64 next;
		s64 offset;
		u64 pending;
	} head;
	u64 at;

	if (!task->robust_list_at || user_copy_in(&head, task->robust_list_at, sizeof(head)))
		return;
	at = head.next;
	for (unsigned i = 0; i < ROBUST_MOST && (at & ~1ULL) != task->robust_list_at; i++) {
		u64 entry = at & ~1ULL;

		if (user_copy_in(&at, entry, sizeof(at)))
			return;
		if (entry != (head.pending & ~1ULL))
			give_up(task, entry + (u64)head.offset);
	}
	if (head.pending)
		give_up(task, (head.pending & ~1ULL) + (u64)head.offset);
}
