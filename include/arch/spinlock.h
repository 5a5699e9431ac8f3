/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Spin locks, for what several CPUs would change at once.
 *
 * Exclusives work on Normal memory only: not before the MMU is on. Interrupts stay masked in
 * this kernel, so a lock cannot be taken by an interrupt of the CPU that holds it.
 *
 * Source: Arm ARM (DDI 0487, J.a), "Synchronization and semaphores"; appendix "Barrier Litmus
 * Tests", spin lock.
 */
#ifndef ARCH_SPINLOCK_H
#define ARCH_SPINLOCK_H

#include <kernel/types.h>

struct spinlock {
	u32 held;
};

#ifdef GRANULE_HOST

/* One CPU: what would wait fails the test, and so does letting go of what is not held. */
void spin_lock(struct spinlock *lock);
bool spin_try_lock(struct spinlock *lock);
void spin_unlock(struct spinlock *lock);

#else

/* Take the lock if it is free. Acquire: what the critical section reads is read after this. */
static inline bool spin_try_lock(struct spinlock *lock)
{
	u32 held, failed;

	asm volatile("1: ldaxr %w0, %2\n"
		     "   cbnz %w0, 2f\n"
		     "   stxr %w1, %w3, %2\n"
		     "   cbnz %w1, 1b\n"
		     "2:"
		     : "=&r"(held), "=&r"(failed), "+Q"(lock->held)
		     : "r"(1)
		     : "memory");
	return !held;
}

/* As above until it succeeds. Waiting is out of line: five instructions if nobody holds it. */
static inline void spin_lock(struct spinlock *lock)
{
	u32 held, failed;

	/* The holder's store-release clears our monitor, and that sends the event. */
	asm volatile("1: ldaxr %w0, %2\n"
		     "   cbnz %w0, 2f\n"
		     "   stxr %w1, %w3, %2\n"
		     "   cbnz %w1, 1b\n"
		     ".subsection 1\n"
		     "2: wfe\n"
		     "   b 1b\n"
		     ".previous"
		     : "=&r"(held), "=&r"(failed), "+Q"(lock->held)
		     : "r"(1)
		     : "memory");
}

/* Release: what the critical section wrote is seen by the next holder. */
static inline void spin_unlock(struct spinlock *lock)
{
	asm volatile("stlr wzr, %0" : "=Q"(lock->held)::"memory");
}

#endif

#endif
