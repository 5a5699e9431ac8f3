// SPDX-License-Identifier: BSD-2-Clause
/* Waiting for a lock, out of line, and counted. <arch/spinlock.h> has all else. */
#include <arch/counter.h>
#include <arch/spinlock.h>

/*
 * The holder's store-release clears the monitor that LDAXRH sets, and that sends the event. SEVL:
 * the first WFE doesn't wait, since the holder may have left before there was a monitor.
 */
static void wait(const struct spinlock *lock, u64 word)
{
	u32 differs;

	asm volatile("   sevl\n"
		     "1: wfe\n"
		     "   ldaxrh %w0, %1\n"
		     "   eor    %w0, %w0, %w2, lsr #16\n"
		     "   cbnz   %w0, 1b"
		     : "=&r"(differs)
		     : "Q"(lock->serving), "r"(word)
		     : "memory");
}

/* Locks of one class may be waited for at once. */
static void count(struct lock_class *class, u64 ns)
{
	u64 worst = __atomic_load_n(&class->worst_ns, __ATOMIC_RELAXED);

	__atomic_fetch_add(&class->waits, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&class->waited_ns, ns, __ATOMIC_RELAXED);
	while (ns > worst && !__atomic_compare_exchange_n(&class->worst_ns, &worst, ns, false,
							  __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

void spinlock_wait(struct spinlock *lock, u64 word)
{
	u64 since = arch_counter_ns();

	wait(lock, word);
	count(lock->class, arch_counter_ns() - since);
}

void spinlock_take(struct spinlock *lock)
{
	spin_take(lock);
}
