/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A lock that is waited for by sleeping: for what is held long, or across a sleep. Threads get it
 * in the order in which they came.
 */
#ifndef KERNEL_MUTEX_H
#define KERNEL_MUTEX_H

#include <arch/spinlock.h>
#include <kernel/compiler.h>
#include <kernel/sched.h>
#include <kernel/types.h>
#include <kernel/wait.h>

/*
 * `word` is the thread that has it, or 0; MUTEX_WAITED in it: some wait, and it is handed on. It is
 * changed atomically; whoever sets or clears MUTEX_WAITED holds `lock`.
 */
struct mutex {
	u64 word;
	struct spinlock lock;
	struct wait_queue queue;
};

#define MUTEX_WAITED 1ULL

extern struct lock_class lock_class_mutex;

/* clang-format off */
/* What one is initialised with: it is free. */
#define MUTEX { .lock = SPINLOCK(mutex) }
/* clang-format on */

/* The rest of the two below: it isn't free; some wait. */
void mutex_wait(struct mutex *mutex, const char *what);
void mutex_hand_on(struct mutex *mutex);

/*
 * mutex_lock - wait for it, in the order of coming. `what`: "claim". Sleeps.
 *
 * Not twice by one thread. mutex_unlock: by its holder; the first that waits has it next. Acquire
 * and release: who has it sees what the last one that had it wrote.
 */
void mutex_lock(struct mutex *mutex, const char *what);
void mutex_unlock(struct mutex *mutex);

/* The same without a call, for what has it often: one exchange, unless others want it, too. */
static inline void mutex_take(struct mutex *mutex, const char *what)
{
#ifdef GRANULE_HOST
	mutex_lock(mutex, what);
#else
	u64 free = 0;

	lock_assert_none(what);
	if (unlikely(!__atomic_compare_exchange_n(&mutex->word, &free, (uintptr_t)this_thread(),
						  false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)))
		mutex_wait(mutex, what);
#endif
}

static inline void mutex_let_go(struct mutex *mutex)
{
#ifdef GRANULE_HOST
	mutex_unlock(mutex);
#else
	u64 mine = (uintptr_t)this_thread();

	if (unlikely(!__atomic_compare_exchange_n(&mutex->word, &mine, 0, false, __ATOMIC_RELEASE,
						  __ATOMIC_RELAXED)))
		mutex_hand_on(mutex);
#endif
}

#endif
