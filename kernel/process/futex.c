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

/*
 * On the stack of a task that waits. In a chain it is under the lock; taken out of it by who will
 * wake it, it is that one's, until the task has seen `woken`.
 */
struct futex_waiter {
	struct task *task;
	u64 at;
	u32 bits;
	bool woken; /* with the lock of the task's bell */
	struct futex_waiter *next;
};

static struct futex_waiter **chain(struct futexes *futexes, u64 at)
{
	return &futexes->first[at / 4 % FUTEX_CHAINS];
}

/* One that may be a chain's first: futex_wake looks at that without the lock. */
static void set_link(struct futex_waiter **link, struct futex_waiter *waiter)
{
	__atomic_store_n(link, waiter, __ATOMIC_RELAXED);
}

static void put_last(struct futexes *futexes, struct futex_waiter *waiter)
{
	struct futex_waiter **end = chain(futexes, waiter->at);

	while (*end)
		end = &(*end)->next;
	waiter->next = NULL;
	set_link(end, waiter);
}

/* ---- waiting ---- */

static s64 sleep_until_woken(struct futex_waiter *waiter, u64 until_ns)
{
	struct task *task = waiter->task;

	while (!bell_told(&task->bell, &waiter->woken)) {
		if (signal_is_pending(task))
			return -EINTR;
		if (!bell_wait(&task->bell, until_ns, "a futex"))
			return -ETIMEDOUT;
	}
	return 0;
}

/* False: somebody has taken it out, and woken it meanwhile, which is what counts then. */
static bool leave(struct futexes *futexes, struct futex_waiter *waiter)
{
	struct bell *bell = &waiter->task->bell;
	struct futex_waiter **at;
	bool waits;

	spin_lock(&futexes->lock);
	for (at = chain(futexes, waiter->at); *at && *at != waiter;)
		at = &(*at)->next;
	waits = *at;
	if (waits)
		set_link(at, waiter->next);
	spin_unlock(&futexes->lock);
	while (!waits && !bell_told(bell, &waiter->woken))
		(void)bell_wait(bell, WAIT_FOREVER, "a futex");
	return waits;
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
	return err && leave(futexes, &waiter) ? err : 0;
}

/* ---- waking ---- */

s64 futex_wake(struct process *process, u64 at, u32 most, u32 bits)
{
	struct futexes *futexes = &process->futexes;
	struct futex_waiter **link, *waiter, *taken = NULL, **end = &taken;
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
		set_link(link, waiter->next);
		*end = waiter;
		end = &waiter->next;
		count++;
	}
	*end = NULL;
	spin_unlock(&futexes->lock);
	/* Without the lock, which who wakes may want. Once it knows, the waiter is gone. */
	while ((waiter = taken)) {
		taken = waiter->next;
		bell_tell(&waiter->task->bell, &waiter->woken);
	}
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
		set_link(link, waiter->next);
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
