// SPDX-License-Identifier: BSD-2-Clause
/* The lock that sleeps, where it isn't free at once. <kernel/mutex.h> has the contract. */
#include <kernel/assert.h>
#include <kernel/mutex.h>
#include <kernel/sched.h>

LOCK_CLASS_OF_MANY(mutex, LOCK_WAIT_QUEUE, NULL);

/*
 * Take it, or say that somebody waits: then its holder comes to mutex_hand_on, and waits for the
 * spin lock there. True: it is this thread's.
 */
static bool take_or_mark(struct mutex *mutex, u64 self)
{
	u64 word = __atomic_load_n(&mutex->word, __ATOMIC_RELAXED), wanted;

	do {
		ASSERT((word & ~MUTEX_WAITED) != self);
		wanted = word ? word | MUTEX_WAITED : self;
	} while (!__atomic_compare_exchange_n(&mutex->word, &word, wanted, false, __ATOMIC_ACQUIRE,
					      __ATOMIC_RELAXED));
	return !word;
}

static bool is_holder(const struct mutex *mutex, u64 self)
{
	return (__atomic_load_n(&mutex->word, __ATOMIC_ACQUIRE) & ~MUTEX_WAITED) == self;
}

void mutex_wait(struct mutex *mutex, const char *what)
{
	u64 self = (uintptr_t)this_thread(), saved = spin_lock_irq(&mutex->lock);

	if (!take_or_mark(mutex, self))
		do
			wait_on(&mutex->queue, &mutex->lock, WAIT_FOREVER, what);
		while (!is_holder(mutex, self));
	spin_unlock_irq(&mutex->lock, saved);
}

/* The first that waits gets it, and so does its mark, if others wait after it. */
void mutex_hand_on(struct mutex *mutex)
{
	u64 saved = spin_lock_irq(&mutex->lock);
	u64 word = __atomic_load_n(&mutex->word, __ATOMIC_RELAXED);
	u64 next = (uintptr_t)wait_first(&mutex->queue);

	ASSERT(word == ((uintptr_t)this_thread() | MUTEX_WAITED) && next);
	if (mutex->queue.first != mutex->queue.last)
		next |= MUTEX_WAITED;
	__atomic_store_n(&mutex->word, next, __ATOMIC_RELEASE);
	wait_wake_unlock(&mutex->queue, &mutex->lock, saved);
}

void mutex_lock(struct mutex *mutex, const char *what)
{
	lock_assert_none(what);
	if (!mutex_try(mutex))
		mutex_wait(mutex, what);
}

void mutex_unlock(struct mutex *mutex)
{
	if (!mutex_drop(mutex))
		mutex_hand_on(mutex);
}
