// SPDX-License-Identifier: BSD-2-Clause
/* Wait queues and deadlines. <kernel/wait.h> has the contract. */
#include <arch/counter.h>
#include <arch/irqflags.h>
#include <kernel/assert.h>
#include <kernel/sched.h>
#include <kernel/timer.h>
#include <kernel/wait.h>

/* On the stack of a thread that waits. With the lock, but for `timer`. */
struct waiter {
	struct thread *thread;
	struct spinlock *lock;
	struct wait_queue *queue; /* NULL: it was taken out */
	struct waiter *next;
	struct waiter *previous;
	struct timer timer;
	bool expired;
};

static void put_last(struct waiter *waiter, struct wait_queue *queue)
{
	waiter->queue = queue;
	waiter->previous = queue->last;
	if (queue->last)
		queue->last->next = waiter;
	else
		queue->first = waiter;
	queue->last = waiter;
}

static void take_out(struct waiter *waiter)
{
	struct wait_queue *queue = waiter->queue;

	*(waiter->previous ? &waiter->previous->next : &queue->first) = waiter->next;
	*(waiter->next ? &waiter->next->previous : &queue->last) = waiter->previous;
	waiter->queue = NULL;
}

static void wake(struct waiter *waiter)
{
	/* Once it can run, the waiter is gone. */
	struct thread *thread = waiter->thread;

	take_out(waiter);
	sched_wake(thread);
}

/* Its moment has come. The waiter isn't gone before this returns: timer_cancel waits for that. */
static void expire(struct timer *timer)
{
	struct waiter *waiter = container_of(timer, struct waiter, timer);
	struct spinlock *lock = waiter->lock;

	spin_lock(lock);
	if (waiter->queue) {
		waiter->expired = true;
		wake(waiter);
	}
	spin_unlock(lock);
}

/* Without a timer: let others run, and look again. */
static bool look_again(struct spinlock *lock, u64 until_ns)
{
	spin_unlock(lock);
	sched_yield();
	spin_lock(lock);
	return arch_counter_ns() < until_ns;
}

bool wait_on(struct wait_queue *queue, struct spinlock *lock, u64 until_ns, const char *what)
{
	struct waiter waiter = { .thread = this_thread(), .lock = lock, .timer.fire = expire };

	lock_assert_only(lock, what);
	if (until_ns != WAIT_FOREVER && !timer_works())
		return look_again(lock, until_ns);
	put_last(&waiter, queue);
	if (until_ns != WAIT_FOREVER)
		timer_start(&waiter.timer, until_ns);
	sched_wait(lock, what);
	if (until_ns != WAIT_FOREVER)
		timer_cancel(&waiter.timer);
	spin_lock(lock);
	return !waiter.expired;
}

struct thread *wait_first(const struct wait_queue *queue)
{
	return queue->first ? queue->first->thread : NULL;
}

void wait_wake_all(struct wait_queue *queue)
{
	while (queue->first)
		wake(queue->first);
}

void wait_wake_unlock(struct wait_queue *queue, struct spinlock *lock, u64 saved)
{
	struct thread *thread = wait_first(queue);

	if (thread)
		take_out(queue->first);
	spin_unlock(lock);
	/* In no queue any more, it can be woken from here only: until then it sleeps. */
	if (thread)
		sched_wake(thread);
	irq_restore(saved);
}

/* Nobody else knows of such a lock. */
LOCK_CLASS_OF_MANY(sleeper, LOCK_WAIT_QUEUE, NULL);

bool wait_until(u64 at_ns)
{
	struct wait_queue queue = { 0 };
	struct spinlock lock = SPINLOCK(sleeper);
	u64 saved;

	if (!arch_counter_has_unit())
		return false;
	saved = spin_lock_irq(&lock);
	while (wait_on(&queue, &lock, at_ns, "time"))
		;
	spin_unlock_irq(&lock, saved);
	return true;
}
