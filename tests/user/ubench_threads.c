/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What threads and signals cost a program: operations of ubench.
 *
 * Neighbours: ubench.c, which counts; ubench.h.
 */
#include "bare.h"
#include "ubench.h"

enum { THREADS = 32, STACK = 4096 };
enum { FUTEX_IS_WAIT = 0, FUTEX_IS_WAKE = 1, SIGNAL_USER = 10 };

/* Memory, files, handlers are shared; its number is written, and cleared at its end. */
#define CLONE_THREAD_FLAGS 0x350f00ul

static _Alignas(16) char stack[STACK];
static uint32_t number;

/* A thread of run() on that stack; it ends when this returns. */
static long begin(void (*run)(void))
{
	register uint64_t x0 __asm__("x0") = CLONE_THREAD_FLAGS;
	register uint64_t x1 __asm__("x1") = (uint64_t)(stack + STACK);
	register uint64_t x2 __asm__("x2") = (uint64_t)&number;
	register uint64_t x4 __asm__("x4") = (uint64_t)&number;
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
			 : "r"(x1), "r"(x2), "r"(x4), "r"(x8), "r"(x9)
			 : "memory", "cc", "x30");
	return (long)x0;
}

static void join(void)
{
	uint32_t is;

	while ((is = __atomic_load_n(&number, __ATOMIC_ACQUIRE)))
		CALL(CALL_FUTEX, &number, FUTEX_IS_WAIT, is);
}

static void nothing(void)
{
}

uint64_t batch_thread(void)
{
	if (call_failed(begin(nothing)))
		return 0;
	join();
	return COUNTED(
		86, 87, for (int i = 0; i < THREADS; i++) {
			begin(nothing);
			join();
		});
}

uint64_t batch_futex_wake(void)
{
	static uint32_t word;

	return COUNTED(88, 89,
		       for (int i = 0; i < CALLS; i++)
			       CALL(CALL_FUTEX, &word, FUTEX_IS_WAKE | 128, 1));
}

/* There and back: two pipes. */
static int there[2], back[2];

static void answer(void)
{
	char byte;

	while (CALL(CALL_READ, there[0], &byte, 1) == 1)
		CALL(CALL_WRITE, back[1], &byte, 1);
}

uint64_t batch_pipe_round(void)
{
	char byte = 1;
	uint64_t ticks = 0;

	if (call_failed(CALL(CALL_PIPE2, there, 0)) || call_failed(CALL(CALL_PIPE2, back, 0)))
		return 0;
	if (!call_failed(begin(answer)))
		ticks = COUNTED(
			90, 91, for (int i = 0; i < CALLS; i++) {
				CALL(CALL_WRITE, there[1], &byte, 1);
				CALL(CALL_READ, back[0], &byte, 1);
			});
	CALL(CALL_CLOSE, there[1]);
	join();
	CALL(CALL_CLOSE, there[0]);
	CALL(CALL_CLOSE, back[0]);
	CALL(CALL_CLOSE, back[1]);
	return ticks;
}

static void handle(int signal)
{
	(void)signal;
}

uint64_t batch_signal(void)
{
	const uint64_t action[4] = { (uint64_t)handle };
	uint64_t self = (uint64_t)CALL(CALL_GETPID);

	if (call_failed(CALL(CALL_RT_SIGACTION, SIGNAL_USER, action, 0, 8)))
		return 0;
	return COUNTED(92, 93,
		       for (int i = 0; i < CALLS; i++) CALL(CALL_TGKILL, self, self, SIGNAL_USER));
}
