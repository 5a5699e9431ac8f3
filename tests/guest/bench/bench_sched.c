// SPDX-License-Identifier: BSD-2-Clause
/* Figures of threads on one CPU: from one to another, by a queue and by a mutex. */
#include <arch/pmu.h>
#include <arch/spinlock.h>
#include <kernel/bench.h>
#include <kernel/mutex.h>
#include <kernel/sched.h>
#include <kernel/thread.h>
#include <kernel/wait.h>
#include <lib/printk.h>

#define ROUNDS 1000

STATIC_SPINLOCK(lock, bench_sched, LOCK_WAIT_QUEUE);
static struct wait_queue turns[2];
static unsigned turn;
static bool over;

/* Let the other thread go on, and wait until it does the same. */
static void pass(unsigned self)
{
	u64 saved = spin_lock_irq(&lock);

	turn = !self;
	wait_wake_all(&turns[!self]);
	while (turn != self && !over)
		wait_on(&turns[self], &lock, WAIT_FOREVER, "its turn");
	spin_unlock_irq(&lock, saved);
}

static void partner(void *unused)
{
	(void)unused;
	while (!over)
		sched_yield();
	over = false;
	while (!over)
		pass(1);
}

static u64 yields(void)
{
	u32 start = pmu_instructions();

	for (unsigned i = 0; i < ROUNDS; i++)
		sched_yield();
	return pmu_instructions() - start;
}

static u64 passes(void)
{
	u32 start = pmu_instructions();

	for (unsigned i = 0; i < ROUNDS; i++)
		pass(0);
	return pmu_instructions() - start;
}

static u64 mutexes(void)
{
	static struct mutex mutex = MUTEX;
	u32 start = pmu_instructions();

	for (unsigned i = 0; i < ROUNDS; i++) {
		mutex_lock(&mutex, "nothing");
		mutex_unlock(&mutex);
	}
	return pmu_instructions() - start;
}

void bench_sched(void)
{
	struct thread *thread;

	turn = 0;
	over = false;
	thread = thread_create("partner", partner, NULL, THREAD_NORMAL, this_cpu());
	if (!thread) {
		printk("bench: no memory for a thread\n");
		return;
	}
	sched_yield();
	bench_report("thread_switch", yields(), 2ULL * ROUNDS);
	over = true;
	while (over)
		sched_yield();
	bench_report("thread_pass", passes(), 2ULL * ROUNDS);
	over = true;
	wait_wake_all(&turns[1]);
	thread_join(thread);
	bench_report("mutex", mutexes(), ROUNDS);
}
