/* SPDX-License-Identifier: BSD-2-Clause */
/* What ubench's files share: counting, and operations. */
#ifndef USER_UBENCH_H
#define USER_UBENCH_H

#include <stdint.h>

enum { CALLS = 256 };

#define MARKER(number) __asm__ volatile("hint #" #number ::: "memory")

static inline uint64_t counter(void)
{
	uint64_t value;

	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(value)::"memory");
	return value;
}

/*
 * Each operation: what is counted, from begin to end, as one value; before and after it, what
 * isn't. A batch returns ticks for as many operations as its row says, or 0 where a call is
 * missing.
 */
#define COUNTED(begin, end, ...)           \
	({                                 \
		uint64_t from = counter(); \
		MARKER(begin);             \
		__VA_ARGS__;               \
		MARKER(end);               \
		counter() - from;          \
	})

uint64_t batch_thread(void);     /* made, ended, joined */
uint64_t batch_futex_wake(void); /* of which nobody waits */
uint64_t batch_pipe_round(void); /* a byte to another thread, and back */
uint64_t batch_signal(void);     /* to itself, and back from the handler */

#endif
