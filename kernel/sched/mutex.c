// SPDX-License-Identifier: BSD-2-Clause
/* The lock that sleeps. <kernel/mutex.h> has the contract. */
#include <kernel/assert.h>
#include <kernel/mutex.h>
#include <kernel/sched.h>

LOCK_CLASS_OF_MANY(mutex, LOCK_WAIT_QUEUE, NULL);

void mutex_lock(struct mutex *mutex, const char *what)
{
	struct thread *self = this_thread();
	u64 saved;

	sched_may_sleep(what);
	saved = spin_lock_irq(&mutex->lock);
	ASSERT(mutex->holder != self);
	if (!mutex->holder)
		mutex->holder = self;
	while (mutex->holder != self)
		wait_on(&mutex->queue, &mutex->lock, WAIT_FOREVER, what);
	spin_unlock_irq(&mutex->lock, saved);
}

void mutex_unlock(struct mutex *mutex)
{
	u64 saved = spin_lock_irq(&mutex->lock);

	ASSERT(mutex->holder == this_thread());
	mutex->holder = wait_first(&mutex->queue);
	wait_wake(&mutex->queue);
	spin_unlock_irq(&mutex->lock, saved);
}
