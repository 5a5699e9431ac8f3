// SPDX-License-Identifier: BSD-2-Clause
/* Bells: see bell.h. */
#include <arch/counter.h>
#include <kernel/sched.h>
#include <kernel/timer.h>

#include "bell.h"

LOCK_CLASS_OF_MANY(bell, LOCK_WAIT_QUEUE, NULL);

void bell_tell(struct bell *bell, bool *news)
{
	u64 saved = spin_lock_irq(&bell->lock);

	if (news)
		*news = true;
	bell->rung = true;
	wait_wake_unlock(&bell->queue, &bell->lock, saved);
}

void bell_ring(struct bell *bell)
{
	bell_tell(bell, NULL);
}

bool bell_told(struct bell *bell, const bool *news)
{
	u64 saved = spin_lock_irq(&bell->lock);
	bool told = *news;

	spin_unlock_irq(&bell->lock, saved);
	return told;
}

bool bell_wait(struct bell *bell, u64 until_ns, const char *what)
{
	/* Without a timer, what would ring may not: let others run, and look again. */
	u64 look_ns = likely(timer_works()) ? until_ns : 0, saved;
	bool in_time = true;

	if (until_ns != WAIT_FOREVER && !arch_counter_has_unit())
		return false;
	saved = spin_lock_irq(&bell->lock);
	while (!bell->rung && in_time)
		in_time = wait_on(&bell->queue, &bell->lock, look_ns, what);
	bell->rung = false;
	spin_unlock_irq(&bell->lock, saved);
	return in_time || until_ns == WAIT_FOREVER || arch_counter_ns() < until_ns;
}
