/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads that make calls at random in one process: they change mappings that others just use,
 * wait and wake, send signals to one another, end, and begin again; some still run when the process
 * ends.
 *
 * Neighbours: hostile.h; hostile_fuzz.c, whose calls they make, too.
 */
#include "bare_thread.h"
#include "hostile.h"

enum { THREADS_MAX = 15, STACK_BYTES = 16384, SIGNAL_USER1 = 10 };
/* Of a handler: what it asks for, and where its context has the pc, in words. */
enum { FLAG_INFO = 4, CONTEXT_PC = (176 + 8 + 32 * 8) / 8 };
static struct thread {
	struct hostile_random random; /* the thread pointer leads here */
	uint32_t number;              /* 0: it has ended. Atomic */
	uint64_t rounds;
	_Alignas(16) char stack[STACK_BYTES];
} threads[THREADS_MAX];

static uint32_t words[4], first_number;
static int over; /* atomic */

static void handle(int signal)
{
	(void)signal;
}

/* A thread's own fault is no probe: said, and the end. */
static void die(int signal, const uint64_t *info, const uint64_t *context)
{
	hostile_wrong("a fault at this address, of signal", info[2], signal);
	hostile_wrong("its pc, of thread", context[CONTEXT_PC], (long)CALL(CALL_GETTID));
	bare_exit(1);
}

/* ---- calls that take several threads ---- */

static uint64_t word(void)
{
	return hostile_below(8) ? (uint64_t)&words[hostile_below(4)] : hostile_spot();
}

static void wait_or_wake(void)
{
	const uint64_t time[2] = { 0, hostile_below(2000000) };
	uint64_t at = word(), to = word();
	uint64_t operation = hostile_below(2) ? FUTEX_IS_PRIVATE : 0;

	switch (hostile_below(4)) {
	case 0:
		TRY(CALL_FUTEX, at, operation | FUTEX_IS_WAIT, hostile_below(3), time);
		break;
	case 1:
		if (at - (uint64_t)words < sizeof(words))
			__atomic_fetch_xor((uint32_t *)at, 1, __ATOMIC_RELAXED);
		TRY(CALL_FUTEX, at, operation | FUTEX_IS_WAKE, hostile_below(4));
		break;
	case 2:
		TRY(CALL_FUTEX, at, operation | FUTEX_IS_REQUEUE, hostile_below(3),
		    hostile_below(9), to);
		break;
	default:
		TRY(CALL_FUTEX, at, operation | FUTEX_IS_CMP_REQUEUE, hostile_below(3),
		    hostile_below(9), to, hostile_below(3));
	}
}

/* To a thread that may be ending, or to the first. */
static void send(void)
{
	uint32_t number =
		__atomic_load_n(&threads[hostile_below(hostile.threads)].number, __ATOMIC_RELAXED);

	TRY(CALL_TGKILL, first_number, number ? number : first_number, SIGNAL_USER1);
}

static void change_own(void)
{
	const uint64_t mask = (uint64_t)1 << (SIGNAL_USER1 - 1);

	switch (hostile_below(3)) {
	case 0:
		TRY(CALL_RT_SIGPROCMASK, hostile_below(2), &mask, 0, 8);
		break;
	case 1:
		TRY(CALL_SET_ROBUST_LIST, hostile_spot(), 24);
		break;
	default:
		TRY(CALL_SCHED_YIELD);
	}
}

void hostile_threads_round(void)
{
	if (!hostile.threads)
		return;
	switch (hostile_below(6)) {
	case 0:
	case 1:
		wait_or_wake();
		break;
	case 2:
		send();
		break;
	case 3:
		change_own();
		break;
	default:
		break;
	}
}

/* ---- coming and going ---- */

static void run(void)
{
	struct thread *self = (struct thread *)hostile_random_here();

	while (self->rounds-- && !__atomic_load_n(&over, __ATOMIC_RELAXED))
		hostile_fuzz_round();
}

void hostile_threads_look(void)
{
	for (unsigned i = 0; i < hostile.threads; i++) {
		struct thread *thread = &threads[i];

		if (__atomic_load_n(&thread->number, __ATOMIC_ACQUIRE))
			continue;
		thread->rounds = 50 + hostile_below(500);
		thread->random.state = hostile_random64() | 1;
		thread->number = 1; /* until the kernel says which */
		if (call_failed(bare_thread_begin(run, thread->stack + STACK_BYTES, &thread->number,
						  (uint64_t)thread)))
			thread->number = 0;
	}
}

void hostile_threads_begin(uint64_t wanted)
{
	static const int faults[] = { SIGNAL_SEGV, SIGNAL_BUS, SIGNAL_ILL };
	const uint64_t action[4] = { (uint64_t)handle }, fault[4] = { (uint64_t)die, FLAG_INFO };

	hostile.threads = wanted < THREADS_MAX ? (unsigned)wanted : THREADS_MAX;
	first_number = (uint32_t)CALL(CALL_GETPID);
	if (hostile.threads && call_failed(CALL(CALL_RT_SIGACTION, SIGNAL_USER1, action, 0, 8)))
		hostile.threads = 0;
	for (unsigned i = 0; hostile.threads && i < 3; i++)
		CALL(CALL_RT_SIGACTION, faults[i], fault, 0, 8);
	hostile_threads_look();
}

/* Every other time they go first; else the process ends while some run. */
void hostile_threads_end(void)
{
	if (!hostile_below(2))
		return;
	__atomic_store_n(&over, 1, __ATOMIC_RELAXED);
	for (unsigned i = 0; i < hostile.threads; i++)
		bare_thread_join(&threads[i].number);
}
