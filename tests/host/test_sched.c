// SPDX-License-Identifier: BSD-2-Clause
/*
 * Threads on several CPUs: who waits for whom, and where one goes on.
 *
 * Machine: many CPUs
 * Sources: kernel/sched/sched.c kernel/sched/wait.c kernel/sched/mutex.c kernel/sched/timer.c
 * Sources: kernel/sched/ipi.c kernel/thread/thread.c kernel/thread/cpus.c
 * Sources: kernel/thread/cpus_off.c lib/cpu_option.c lib/cmdline.c lib/parse.c
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <many_cpus.h>

#include <cmocka.h>

#include <arch/counter.h>
#include <arch/irqflags.h>
#include <kernel/compiler.h>
#include <kernel/cpus.h>
#include <kernel/ipi.h>
#include <kernel/mutex.h>
#include <kernel/sched.h>
#include <kernel/thread.h>
#include <kernel/wait.h>

/* Without letting others run on this CPU. */
static void spin_until(const u32 *at, u32 value)
{
	u64 began = arch_counter_ns();

	while (many_cpus_load(at) != value) {
		MUST(arch_counter_ns() - began < 2000000000);
		spin_pause();
	}
	many_cpus_alive();
}

/* ---- one thing at a time ---- */

#define WAITERS 5

static struct mutex fair = MUTEX;
static u32 order[WAITERS + 1], order_count;

static void hold_once(void *argument)
{
	mutex_lock(&fair, "its turn");
	order[order_count++] = (u32)(uintptr_t)argument;
	mutex_unlock(&fair);
}

/* Who came last: on another stack than whoever came before. */
static const struct waiter *last_waiter(void)
{
	u64 saved = spin_lock_irq(&fair.lock);
	const struct waiter *last = fair.queue.last;

	spin_unlock_irq(&fair.lock, saved);
	return last;
}

/* Whoever has just let go of it comes last, too. */
static void a_mutex_goes_around_in_the_order_of_coming(void **state)
{
	struct thread *threads[WAITERS];

	(void)state;
	for (unsigned round = 0; round < 20; round++) {
		order_count = 0;
		mutex_lock(&fair, "the first turn");
		for (u32 i = 0; i < WAITERS; i++) {
			const struct waiter *before = last_waiter();

			threads[i] =
				many_cpus_create("waiter", hold_once, (void *)(uintptr_t)i, NULL);
			while (last_waiter() == before)
				many_cpus_sleep(10 * MICROSECOND);
		}
		mutex_unlock(&fair);
		mutex_lock(&fair, "the last turn");
		order[order_count++] = WAITERS;
		mutex_unlock(&fair);
		for (u32 i = 0; i < WAITERS; i++)
			thread_join(threads[i]);
		for (u32 i = 0; i <= WAITERS; i++)
			MUST(order[i] == i);
	}
}

static struct {
	struct spinlock lock;
	struct wait_queue queue;
	u32 turn;
} ball;

#define TURNS 3000

static void play(void *argument)
{
	u32 side = (u32)(uintptr_t)argument;
	u64 saved = spin_lock_irq(&ball.lock);

	while (ball.turn < TURNS) {
		if (ball.turn % 2 != side) {
			wait_on(&ball.queue, &ball.lock, WAIT_FOREVER, "the ball");
			continue;
		}
		ball.turn++;
		many_cpus_alive();
		wait_wake_all(&ball.queue);
	}
	wait_wake_all(&ball.queue);
	spin_unlock_irq(&ball.lock, saved);
}

/* Both sleep whenever the other one is awake. */
static void two_cpus_wake_each_other(void **state)
{
	struct thread *first = many_cpus_create("first", play, (void *)0, cpus_find(1));
	struct thread *second = many_cpus_create("second", play, (void *)1, cpus_find(2));

	(void)state;
	thread_join(first);
	thread_join(second);
}

static u32 here, go_on;

static void be_here(void *argument)
{
	(void)argument;
	many_cpus_add(&here, 1);
	spin_until(&go_on, 1);
}

/* One idle CPU is called once for each, before it has come: the others must come, too. */
static void who_waits_for_a_busy_cpu_goes_elsewhere(void **state)
{
	struct thread *threads[MANY_CPUS - 1];

	(void)state;
	for (unsigned round = 0; round < 20; round++) {
		here = go_on = 0;
		many_cpus_sleep(200 * MICROSECOND);
		for (unsigned i = 0; i < ARRAY_SIZE(threads); i++)
			threads[i] = many_cpus_create("here", be_here, NULL, NULL);
		/* This one keeps the boot CPU, where they wait at first. */
		spin_until(&here, ARRAY_SIZE(threads));
		many_cpus_add(&go_on, 1);
		for (unsigned i = 0; i < ARRAY_SIZE(threads); i++)
			thread_join(threads[i]);
	}
}

static void come_with_a_cpu(void *argument)
{
	(void)argument;
	MUST(!cpus_on(1));
	/* That CPU has looked around, and sleeps. */
	for (u64 began = arch_counter_ns(); arch_counter_ns() - began < 1000 * MICROSECOND;)
		spin_pause();
	sched_yield();
	many_cpus_add(&here, 1);
}

/* The boot thread can't leave its CPU, so that the other one has to. */
static void who_lets_others_run_goes_elsewhere(void **state)
{
	struct thread *thread;

	(void)state;
	MUST(!cpus_stop());
	MUST(cpus_online() == 1);
	here = 0;
	thread = many_cpus_create("comes", come_with_a_cpu, NULL, NULL);
	sched_yield();
	spin_until(&here, 1);
	thread_join(thread);
	cpus_resume();
	MUST(cpus_online() == MANY_CPUS);
}

/* ---- CPUs that don't go at once ---- */

static u32 keeps[2]; /* 1: the CPU is kept, 2: it isn't any more */

static void keep(void *argument)
{
	u32 *kept = argument;

	__atomic_store_n(kept, 1, __ATOMIC_RELEASE);
	while (many_cpus_load(kept) == 1)
		spin_pause();
}

static void pass_two_seconds(void *argument)
{
	(void)argument;
	many_cpus_advance(2000000000);
}

static void release_first_then_second(void *argument)
{
	(void)argument;
	many_cpus_sleep(2000 * MICROSECOND);
	__atomic_store_n(&keeps[0], 2, __ATOMIC_RELEASE);
	many_cpus_sleep(2000 * MICROSECOND);
	__atomic_store_n(&keeps[1], 2, __ATOMIC_RELEASE);
}

/* The wish that a CPU go was withdrawn: it doesn't go when another one is to. */
static void a_withdrawn_wish_takes_no_other_cpu_off(void **state)
{
	struct cpu *first = cpus_find(1), *second = cpus_find(2);
	struct thread *threads[4];
	const char *lacks;

	(void)state;
	memset(keeps, 0, sizeof(keeps));
	threads[0] = many_cpus_create("keeps 1", keep, &keeps[0], first);
	threads[1] = many_cpus_create("keeps 2", keep, &keeps[1], second);
	spin_until(&keeps[0], 1);
	spin_until(&keeps[1], 1);
	threads[2] = many_cpus_create("time", pass_two_seconds, NULL, &boot_cpu);
	lacks = cpus_off(1);
	MUST(lacks && !strncmp(lacks, "is busy", 7));
	threads[3] = many_cpus_create("releases", release_first_then_second, NULL, &boot_cpu);
	lacks = cpus_off(2);
	MUST(!lacks);
	for (unsigned i = 0; i < ARRAY_SIZE(threads); i++)
		thread_join(threads[i]);
	MUST(first->online && !second->online);
	MUST(!cpus_on(2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mutex_goes_around_in_the_order_of_coming),
		cmocka_unit_test(two_cpus_wake_each_other),
		cmocka_unit_test(who_waits_for_a_busy_cpu_goes_elsewhere),
		cmocka_unit_test(who_lets_others_run_goes_elsewhere),
		cmocka_unit_test(a_withdrawn_wish_takes_no_other_cpu_off),
	};

	many_cpus_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
