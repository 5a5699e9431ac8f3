/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What threads and signals cost a program: operations of ubench.
 *
 * Neighbours: ubench.c, which counts; ubench.h.
 */
#include "bare_thread.h"
#include "ubench.h"

enum { THREADS = 32, STACK = 4096, SIGNAL_USER = 10 };

static _Alignas(16) char stack[STACK];
static uint32_t number;

/* A thread of run() on that stack. */
static long begin(void (*run)(void))
{
	return bare_thread_begin(run, stack + STACK, &number, 0);
}

static void nothing(void)
{
}

uint64_t batch_thread(void)
{
	if (call_failed(begin(nothing)))
		return 0;
	bare_thread_join(&number);
	return COUNTED(
		86, 87, for (int i = 0; i < THREADS; i++) {
			begin(nothing);
			bare_thread_join(&number);
		});
}

uint64_t batch_futex_wake(void)
{
	static uint32_t word;

	return COUNTED(88, 89,
		       for (int i = 0; i < CALLS; i++)
			       CALL(CALL_FUTEX, &word, FUTEX_IS_WAKE | FUTEX_IS_PRIVATE, 1));
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
	bare_thread_join(&number);
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
