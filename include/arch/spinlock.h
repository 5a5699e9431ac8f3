/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Spin locks, for what several CPUs would change at once. Fair: each CPU draws a number, and they
 * get the lock in that order.
 *
 * A lock that an interrupt handler takes is taken with interrupts masked, everywhere: spin_lock_irq
 * and spin_unlock_irq. All others are taken with interrupts open, and no handler waits for them.
 * Whoever holds one neither sleeps nor faults on memory that moves.
 *
 * Exclusives work on Normal memory only: not before the MMU is on.
 *
 * Source: Arm ARM (DDI 0487, J.a), "Synchronization and semaphores"; appendix "Barrier Litmus
 * Tests", ticket lock. The lock: Mellor-Crummey and Scott, "Algorithms for scalable
 * synchronization on shared-memory multiprocessors" (1991), 2.2.
 */
#ifndef ARCH_SPINLOCK_H
#define ARCH_SPINLOCK_H

#include <arch/irqflags.h>
#include <kernel/compiler.h>
#include <kernel/types.h>

/* All zero is a lock that nobody holds. So many CPUs may wait: less than 2^16. */
struct spinlock {
	union {
		u32 word;
		struct {
			u16 serving; /* whose turn it is */
			u16 next;    /* the number that the next one draws */
		};
	};
};

static inline bool spin_is_locked(const struct spinlock *lock)
{
	u32 word = __atomic_load_n(&lock->word, __ATOMIC_RELAXED);

	return (u16)word != word >> 16;
}

#ifdef GRANULE_HOST

/* One CPU: what would wait fails the test, and so does letting go of what is not held. */
void spin_lock(struct spinlock *lock);
bool spin_try_lock(struct spinlock *lock);
void spin_unlock(struct spinlock *lock);
void spin_break(struct spinlock *lock);
static inline void spin_pause(void)
{
}

#else

/* Make it a lock that nobody holds, whatever it is: for a panic, when no other CPU runs. */
static inline void spin_break(struct spinlock *lock)
{
	__atomic_store_n(&lock->word, 0, __ATOMIC_RELEASE);
}

/* Take the lock if it is free. Acquire: what the critical section reads is read after this. */
static inline bool spin_try_lock(struct spinlock *lock)
{
	u32 word, waits, failed;

	asm volatile("1: ldaxr %w0, %3\n"
		     "   eor   %w1, %w0, %w0, ror #16\n"
		     "   cbnz  %w1, 2f\n"
		     "   add   %w0, %w0, #0x10, lsl #12\n"
		     "   stxr  %w2, %w0, %3\n"
		     "   cbnz  %w2, 1b\n"
		     "2:"
		     : "=&r"(word), "=&r"(waits), "=&r"(failed), "+Q"(lock->word)::"memory");
	return !waits;
}

/* Draw a number, and wait for it. Waiting is out of line: six instructions if nobody holds it. */
static inline void spin_lock(struct spinlock *lock)
{
	u32 word, other, failed;

	/*
	 * The holder's store-release clears the monitor that LDAXRH sets, and that sends the event.
	 * SEVL: the first WFE doesn't wait, since the holder may have left before there was one.
	 */
	asm volatile("1: ldaxr %w0, %3\n"
		     "   add   %w1, %w0, #0x10, lsl #12\n"
		     "   stxr  %w2, %w1, %3\n"
		     "   cbnz  %w2, 1b\n"
		     "   eor   %w1, %w0, %w0, ror #16\n"
		     "   cbnz  %w1, 2f\n"
		     "4:\n"
		     ".subsection 1\n"
		     "2: sevl\n"
		     "3: wfe\n"
		     "   ldaxrh %w1, %3\n"
		     "   eor   %w1, %w1, %w0, lsr #16\n"
		     "   cbnz  %w1, 3b\n"
		     "   b     4b\n"
		     ".previous"
		     : "=&r"(word), "=&r"(other), "=&r"(failed), "+Q"(lock->word)::"memory");
}

/* Release: what the critical section wrote is seen by the next holder. Only a holder writes it. */
static inline void spin_unlock(struct spinlock *lock)
{
	u32 next;

	asm volatile("ldrh  %w0, %1\n"
		     "add   %w0, %w0, #1\n"
		     "stlrh %w0, %1"
		     : "=&r"(next), "+Q"(lock->serving)::"memory");
}

/* In a loop that waits for another CPU: where both share a core, that one may have its time. */
static inline void spin_pause(void)
{
	asm volatile("yield" ::: "memory");
}

#endif

/* The same for what interrupt handlers take, too. */
static inline u64 __must_check spin_lock_irq(struct spinlock *lock)
{
	u64 saved = irq_save();

	spin_lock(lock);
	return saved;
}

static inline void spin_unlock_irq(struct spinlock *lock, u64 saved)
{
	spin_unlock(lock);
	irq_restore(saved);
}

#endif
