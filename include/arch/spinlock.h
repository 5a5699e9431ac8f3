/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Spin locks, for what several CPUs would change at once. Fair: each CPU draws a number, and they
 * get the lock in that order.
 *
 * A lock that an interrupt handler takes is taken with interrupts masked, everywhere: spin_lock_irq
 * and spin_unlock_irq. All others are taken with interrupts open, and no handler waits for them.
 * A CPU that holds one does not sleep, and touches no memory that moves. <kernel/lock_order.h> says
 * which may be taken under which.
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
#include <kernel/lock_order.h>
#include <kernel/types.h>

/*
 * The number that the next CPU draws, and whose turn it is: 16 bits of it, so less than
 * 2^16 CPUs may wait. All 48 bits of `next` say how often the lock was taken, which costs nothing.
 */
struct spinlock {
	union {
		u64 word; /* next << SPIN_NEXT_SHIFT | serving */
		u16 serving;
	};
	struct lock_class *class;
};

#define SPIN_NEXT_SHIFT 16

/*
 * What locks of one kind have in common: a name, a place in the order, and figures. All of them lie
 * in a table, in the order of their names.
 */
struct lock_class {
	const char *name;
	const struct spinlock *lock; /* the only one of its kind, */
	u64 (*taken)(void);          /* or how often all of them were; both NULL: nobody knows */
	enum lock_rank rank;
	u32 waits; /* how often a CPU had to wait, how long in all, and at worst */
	u64 waited_ns;
	u64 worst_ns;
};

/*
 * LOCK_CLASS          the class `id`, of one lock
 * LOCK_CLASS_OF_MANY  of locks in objects. `count` says how often all were taken, or is NULL
 * SPINLOCK            what such a lock is initialised with: nobody holds it
 * STATIC_SPINLOCK     a lock `name` of this file, and its class
 */
#define LOCK_CLASS_ENTRY(id, order, ...)             \
	struct lock_class lock_class_##id __section( \
		".lock_classes." #id) = { .name = #id, .rank = order, __VA_ARGS__ }
#define LOCK_CLASS(id, order, only)          LOCK_CLASS_ENTRY(id, order, .lock = (only))
#define LOCK_CLASS_OF_MANY(id, order, count) LOCK_CLASS_ENTRY(id, order, .taken = (count))
/* clang-format off */
#define SPINLOCK(id) { .class = &lock_class_##id }
/* clang-format on */
#define STATIC_SPINLOCK(name, id, order) \
	static struct spinlock name;     \
	LOCK_CLASS(id, order, &name);    \
	static struct spinlock name = SPINLOCK(id)

static inline bool spin_is_locked(const struct spinlock *lock)
{
	u64 word = __atomic_load_n(&lock->word, __ATOMIC_RELAXED);

	return (u16)word != (u16)(word >> SPIN_NEXT_SHIFT);
}

/* How often it was taken. */
static inline u64 spin_taken(const struct spinlock *lock)
{
	return __atomic_load_n(&lock->word, __ATOMIC_RELAXED) >> SPIN_NEXT_SHIFT;
}

/*
 * `make DEBUG=1`: what lib/log/lock_debug.c checks. These panic, with the names of the locks:
 *
 * lock_debug_check    unless this CPU may wait for the lock: it holds neither that, nor one that
 *                     comes after it in the order, nor (but for a `second` one) another of its
 *                     rank; and interrupts are masked if handlers take it, if not it is no handler
 * lock_debug_release  unless this CPU holds it
 * lock_debug_sleep    if this CPU holds any but `except`, or handles an interrupt
 *
 * lock_debug_taken    this CPU holds it from here on
 * lock_debug_off      nothing is checked any more: a panic begins
 */
void lock_debug_check(const struct spinlock *lock, bool second);
void lock_debug_taken(const struct spinlock *lock);
void lock_debug_release(const struct spinlock *lock);
void lock_debug_sleep(const char *function, const struct spinlock *except);
void lock_debug_off(void);

/* For what sleeps: no spin lock is held, and no interrupt handled; or only this lock is held. */
static inline void lock_assert_only(const struct spinlock *lock, const char *function)
{
	if (GRANULE_DEBUG)
		lock_debug_sleep(function, lock);
}

static inline void lock_assert_none(const char *function)
{
	lock_assert_only(NULL, function);
}

#ifdef GRANULE_HOST

/* One CPU: what would wait fails the test, and so does letting go of what is not held. */
void spin_lock(struct spinlock *lock);
void spin_lock_second(struct spinlock *lock);
bool spin_try_lock(struct spinlock *lock);
void spin_unlock(struct spinlock *lock);
void spin_break(struct spinlock *lock);
void spin_pause(void);

#else

/*
 * spinlock_wait  wait for the number that was drawn as the lock was `word`, and count that
 * spinlock_take  spin_lock, as a call: for what is built to be small
 */
void spinlock_wait(struct spinlock *lock, u64 word);
void spinlock_take(struct spinlock *lock);

#ifdef __OPTIMIZE_SIZE__
#define SPIN_BY_CALL 1
#else
#define SPIN_BY_CALL 0
#endif

/* Make it a lock that nobody holds, whatever it is: for a panic, when no other CPU runs. */
static inline void spin_break(struct spinlock *lock)
{
	__atomic_store_n(&lock->word, 0, __ATOMIC_RELEASE);
}

/* Take the lock if it is free. Acquire: what the critical section reads is read after this. */
static inline bool spin_try_lock(struct spinlock *lock)
{
	u64 word;
	u32 waits, failed;

	asm volatile("1: ldaxr %0, %3\n"
		     "   eor   %w1, %w0, %w0, ror #16\n"
		     "   cbnz  %w1, 2f\n"
		     "   add   %0, %0, #0x10, lsl #12\n"
		     "   stxr  %w2, %0, %3\n"
		     "   cbnz  %w2, 1b\n"
		     "2:"
		     : "=&r"(word), "=&r"(waits), "=&r"(failed), "+Q"(lock->word)::"memory");
	if (GRANULE_DEBUG && !waits)
		lock_debug_taken(lock);
	return !waits;
}

/*
 * Draw a number, and wait for it: six instructions if nobody holds the lock. For waiting,
 * spinlock_entry takes its arguments from the stack and keeps all registers, so that the function
 * that this is in needs none for a call that it hardly ever makes.
 */
static inline void spin_take(struct spinlock *lock)
{
	u64 word, other;
	u32 failed;

	asm volatile("1: ldaxr %0, [%3]\n"
		     "   add   %1, %0, #0x10, lsl #12\n"
		     "   stxr  %w2, %1, [%3]\n"
		     "   cbnz  %w2, 1b\n"
		     "   eor   %w1, %w0, %w0, ror #16\n"
		     "   cbnz  %w1, 2f\n"
		     "3:\n"
		     ".subsection 1\n"
		     "2: stp   x30, %3, [sp, #-32]!\n"
		     "   str   %0, [sp, #16]\n"
		     "   bl    spinlock_entry\n"
		     "   ldr   x30, [sp], #32\n"
		     "   b     3b\n"
		     ".previous"
		     : "=&r"(word), "=&r"(other), "=&r"(failed)
		     : "r"(lock)
		     : "memory");
}

static inline void spin_lock(struct spinlock *lock)
{
	if (GRANULE_DEBUG)
		lock_debug_check(lock, false);
	if (SPIN_BY_CALL)
		spinlock_take(lock);
	else
		spin_take(lock);
	if (GRANULE_DEBUG)
		lock_debug_taken(lock);
}

/* Another one of a rank. The caller knows why no CPU takes the two in the other order. */
static inline void spin_lock_second(struct spinlock *lock)
{
	if (GRANULE_DEBUG)
		lock_debug_check(lock, true);
	spinlock_take(lock);
	if (GRANULE_DEBUG)
		lock_debug_taken(lock);
}

/* Release: what the critical section wrote is seen by the next holder. Only a holder writes it. */
static inline void spin_unlock(struct spinlock *lock)
{
	u32 next;

	if (GRANULE_DEBUG)
		lock_debug_release(lock);
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
