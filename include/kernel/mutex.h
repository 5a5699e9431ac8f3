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

/*
 * mutex_lock - wait for it, in the order of coming. `what`: "claim". Sleeps.
 *
 * Not twice by one thread. mutex_unlock: by its holder; the first that waits has it next. Acquire
 * and release: its holder sees what the holder before it wrote.
 */
void mutex_lock(struct mutex *mutex, const char *what);
void mutex_unlock(struct mutex *mutex);

/* ---- the same without a call, for what has it often ---- */

/* The rest of it: the mutex isn't free; some wait for it. */
void mutex_wait(struct mutex *mutex, const char *what);
void mutex_hand_on(struct mutex *mutex);

/* One exchange, unless others want it, too. Acquire and release are in them. */
static inline bool mutex_try(struct mutex *mutex)
{
	u64 free = 0;

	return likely(__atomic_compare_exchange_n(&mutex->word, &free, (uintptr_t)this_thread(),
						  false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED));
}

static inline bool mutex_drop(struct mutex *mutex)
{
	u64 mine = (uintptr_t)this_thread();

	return likely(__atomic_compare_exchange_n(&mutex->word, &mine, 0, false, __ATOMIC_RELEASE,
						  __ATOMIC_RELAXED));
}

#ifdef GRANULE_HOST

/* A test may have mutexes of its own. */
#define mutex_take   mutex_lock
#define mutex_let_go mutex_unlock

#else

static inline void mutex_take(struct mutex *mutex, const char *what)
{
	lock_assert_none(what);
	if (!mutex_try(mutex))
		mutex_wait(mutex, what);
}

static inline void mutex_let_go(struct mutex *mutex)
{
	if (!mutex_drop(mutex))
		mutex_hand_on(mutex);
}

#endif

#endif
