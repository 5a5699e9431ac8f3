/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads of a program without a C library: all is shared, and a thread ends when its function
 * returns.
 *
 * Neighbours: bare.h. Source: clone(2), futex(2).
 */
#ifndef USER_BARE_THREAD_H
#define USER_BARE_THREAD_H

#include "bare.h"

enum {
	FUTEX_IS_WAIT,
	FUTEX_IS_WAKE,
	FUTEX_IS_REQUEUE = 3,
	FUTEX_IS_CMP_REQUEUE,
	FUTEX_IS_PRIVATE = 128
};

/* Memory, files, handlers are shared; the thread's number is written, and cleared at its end. */
#define CLONE_THREAD_FLAGS 0x350f00ul
#define CLONE_SETTLS       0x080000ul

/*
 * Runs `run` on the stack that ends at `stack_end`; 0 as `thread_pointer`: the same as here. The
 * answer is clone's.
 */
static inline long bare_thread_begin(void (*run)(void), char *stack_end, uint32_t *number,
				     uint64_t thread_pointer)
{
	register uint64_t x0 __asm__("x0") =
		CLONE_THREAD_FLAGS | (thread_pointer ? CLONE_SETTLS : 0);
	register uint64_t x1 __asm__("x1") = (uint64_t)stack_end;
	register uint64_t x2 __asm__("x2") = (uint64_t)number;
	register uint64_t x3 __asm__("x3") = thread_pointer;
	register uint64_t x4 __asm__("x4") = (uint64_t)number;
	register uint64_t x8 __asm__("x8") = CALL_CLONE;
	register void (*x9)(void) __asm__("x9") = run;

	__asm__ volatile("svc #0\n\t"
			 "cbnz x0, 1f\n\t"
			 "mov x29, xzr\n\t"
			 "blr x9\n\t"
			 "mov x0, #0\n\t"
			 "mov x8, #93\n\t"
			 "svc #0\n"
			 "1:"
			 : "+r"(x0)
			 : "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x8), "r"(x9)
			 : "memory", "cc", "x30");
	return (long)x0;
}

/* Sleeps until the thread of that number has ended. */
static inline void bare_thread_join(const uint32_t *number)
{
	uint32_t is;

	while ((is = __atomic_load_n(number, __ATOMIC_ACQUIRE)))
		CALL(CALL_FUTEX, number, FUTEX_IS_WAIT, is, 0);
}

#endif
