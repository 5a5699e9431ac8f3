// SPDX-License-Identifier: BSD-2-Clause
/*
 * Tasks on several CPUs that wait for words of memory and wake one another: a lock as C libraries
 * build it, a queue of waiters that is moved to it, moments that come first, and signals. A task
 * goes as soon as its call has returned, so that who woke it must be done with it by then.
 *
 * Machine: many CPUs
 * Sources: kernel/sched/sched.c kernel/sched/wait.c kernel/sched/mutex.c kernel/sched/timer.c
 * Sources: kernel/sched/ipi.c kernel/thread/thread.c kernel/thread/cpus.c
 * Sources: kernel/thread/cpus_off.c lib/cpu_option.c lib/cmdline.c lib/parse.c
 * Sources: kernel/process/futex.c kernel/process/bell.c
 */
#include <setjmp.h>
#include <stdarg.h>

#include <many_cpus.h>

#include <cmocka.h>

#include <arch/counter.h>
#include <kernel/errno.h>
#include <kernel/futex.h>
#include <kernel/process.h>
#include <kernel/task.h>
#include <kernel/thread.h>

#include "../../kernel/process/bell.h"

#define WORKERS 8
#define ROUNDS  4000

enum { LOCK_FREE, LOCK_TAKEN, LOCK_WANTED };

static struct process process = { .futexes = FUTEXES };
static u32 lock_word, event_word; /* of the program's. Atomic */
static u64 guarded;               /* under that lock */
static u32 timed_out, interrupted, moved;

static struct worker {
	u64 random;
	struct thread *thread;
	struct task *task; /* that waits now, or NULL: with `lock` */
	struct spinlock lock;
	u32 signalled; /* atomic */
	u64 changes;   /* of what is guarded */
} workers[WORKERS];

LOCK_CLASS_OF_MANY(worker, LOCK_PROCESS, NULL);

static u64 random_of(struct worker *worker, u64 limit)
{
	return many_cpus_random(&worker->random, limit);
}

/* ---- what it uses of the rest of the kernel ---- */

u64 user_copy_in(void *to, u64 from, u64 bytes)
{
	MUST(bytes == sizeof(u32));
	*(u32 *)to = __atomic_load_n((const u32 *)(uintptr_t)from, __ATOMIC_SEQ_CST);
	return 0;
}

u64 user_copy_out(u64 to, const void *from, u64 bytes)
{
	(void)to, (void)from, (void)bytes;
	return 1;
}

static struct worker *worker_of(const struct task *task)
{
	return &workers[task->number];
}

bool signal_is_pending(const struct task *task)
{
	return __atomic_load_n(&worker_of(task)->signalled, __ATOMIC_SEQ_CST);
}

/* ---- calls ---- */

static u64 address(const u32 *word)
{
	return (uintptr_t)word;
}

static void set_task(struct worker *self, struct task *task)
{
	u64 saved = spin_lock_irq(&self->lock);

	self->task = task;
	spin_unlock_irq(&self->lock, saved);
}

/* By a task that is there for this call only. */
static s64 wait_for(struct worker *self, const u32 *word, u32 value, u64 until_ns)
{
	struct task *task = calloc(1, sizeof(*task));
	s64 err;

	MUST(task);
	task->number = (u32)(self - workers);
	task->process = &process;
	task->bell = (struct bell)BELL;
	set_task(self, task);
	err = futex_wait(task, address(word), value, FUTEX_ANY, until_ns);
	set_task(self, NULL);
	free(task);
	if (err == -ETIMEDOUT)
		many_cpus_add(&timed_out, 1);
	if (err == -EINTR) {
		many_cpus_add(&interrupted, 1);
		__atomic_store_n(&self->signalled, 0, __ATOMIC_SEQ_CST);
	}
	MUST(!err || err == -EAGAIN || err == -ETIMEDOUT || err == -EINTR);
	return err;
}

static void interrupt(struct worker *worker)
{
	u64 saved = spin_lock_irq(&worker->lock);

	__atomic_store_n(&worker->signalled, 1, __ATOMIC_SEQ_CST);
	if (worker->task)
		bell_ring(&worker->task->bell);
	spin_unlock_irq(&worker->lock, saved);
}

/* ---- what a program makes of them ---- */

static u64 some_time(struct worker *self)
{
	return random_of(self, 3) ? WAIT_FOREVER
				  : arch_counter_ns() + random_of(self, 30 * MICROSECOND);
}

/* `wanted`: as if others waited. Ulrich Drepper, "Futexes Are Tricky" (2011), the second mutex. */
static void lock(struct worker *self, bool wanted)
{
	u32 found = LOCK_FREE;

	if (!wanted && __atomic_compare_exchange_n(&lock_word, &found, LOCK_TAKEN, false,
						   __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return;
	while (__atomic_exchange_n(&lock_word, LOCK_WANTED, __ATOMIC_SEQ_CST) != LOCK_FREE)
		(void)wait_for(self, &lock_word, LOCK_WANTED, some_time(self));
}

static void unlock(void)
{
	if (__atomic_exchange_n(&lock_word, LOCK_FREE, __ATOMIC_SEQ_CST) == LOCK_WANTED)
		MUST(futex_wake(&process, address(&lock_word), 1, FUTEX_ANY) <= 1);
}

static void use_lock(struct worker *self, bool wanted)
{
	u64 before;

	lock(self, wanted);
	before = guarded;
	if (!random_of(self, 4))
		sched_yield();
	guarded = before + 1;
	unlock();
	self->changes++;
}

/* As a condition variable: who waited for the event wants the lock after it. */
static void wait_for_event(struct worker *self)
{
	u32 seen = __atomic_load_n(&event_word, __ATOMIC_SEQ_CST);

	(void)wait_for(self, &event_word, seen, arch_counter_ns() + 200 * MICROSECOND);
	use_lock(self, true);
}

static void make_event(struct worker *self)
{
	s64 count;

	__atomic_fetch_add(&event_word, 1, __ATOMIC_SEQ_CST);
	/* Who is moved is woken by an unlock only if the lock says that it is wanted. */
	lock(self, true);
	count = futex_requeue(&process, address(&event_word), 1, address(&lock_word), WORKERS);
	MUST(count >= 0 && count <= WORKERS);
	if (count > 1)
		many_cpus_add(&moved, 1);
	__atomic_store_n(&lock_word, LOCK_WANTED, __ATOMIC_SEQ_CST);
	unlock();
}

static void work(void *argument)
{
	struct worker *self = argument;

	for (unsigned i = 0; i < ROUNDS; i++) {
		u64 which = random_of(self, 16);

		if (which < 10)
			use_lock(self, false);
		else if (which < 13)
			wait_for_event(self);
		else if (which < 15)
			make_event(self);
		else
			interrupt(&workers[random_of(self, WORKERS)]);
		many_cpus_work((unsigned)random_of(self, 10));
		many_cpus_alive();
	}
}

static void tasks_wait_and_wake(void **state)
{
	u64 seed = many_cpus_seed(), changes = 0;

	(void)state;
	for (unsigned i = 0; i < WORKERS; i++) {
		workers[i].lock = (struct spinlock)SPINLOCK(worker);
		workers[i].random = seed + i;
	}
	for (unsigned i = 0; i < WORKERS; i++)
		workers[i].thread = many_cpus_create("worker", work, &workers[i], NULL);
	for (unsigned i = 0; i < WORKERS; i++) {
		thread_join(workers[i].thread);
		changes += workers[i].changes;
	}
	for (unsigned i = 0; i < FUTEX_CHAINS; i++)
		MUST(!process.futexes.first[i]);
	MUST(lock_word == LOCK_FREE && guarded == changes);
	printf("%llu times locked, %u in vain, %u interrupted, %u moved\n",
	       (unsigned long long)guarded, timed_out, interrupted, moved);
	MUST(timed_out && interrupted && moved);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tasks_wait_and_wake),
	};

	many_cpus_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
