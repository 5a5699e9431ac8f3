// SPDX-License-Identifier: BSD-2-Clause
/*
 * Threads on several CPUs that come and go: the scheduler, wait queues, mutexes and timers at once.
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
#include <kernel/timer.h>
#include <kernel/wait.h>

static u64 random_state;

#define WORKERS 10
#define POOLS   3
#define TOKENS  2

static struct pool {
	struct spinlock lock;
	struct wait_queue queue;
	u32 tokens;
} pools[POOLS];

static struct guarded {
	struct mutex mutex;
	u64 changes;
	const struct thread *inside;
} guarded[2] = { { .mutex = MUTEX }, { .mutex = MUTEX } };

static u32 stop, abandoned, ended;

struct worker {
	u64 random;
	u32 fires; /* how often the timer may start itself again */
	u32 fired; /* atomic */
	struct timer timer;
	struct thread *thread;
	u64 steps;
};

static u64 random_of(struct worker *worker, u64 limit)
{
	return many_cpus_random(&worker->random, limit);
}

static struct cpu *random_cpu(struct worker *worker)
{
	return cpus_find((u32)random_of(worker, MANY_CPUS));
}

/* False: there was none in time, or this is over. */
static bool take_token(struct pool *pool, u64 until_ns)
{
	u64 saved = spin_lock_irq(&pool->lock);
	bool took;

	while (!pool->tokens && !many_cpus_load(&stop) &&
	       wait_on(&pool->queue, &pool->lock, until_ns, "a token"))
		;
	took = pool->tokens;
	pool->tokens -= took;
	spin_unlock_irq(&pool->lock, saved);
	return took;
}

static void give_token(struct pool *pool)
{
	u64 saved = spin_lock_irq(&pool->lock);

	pool->tokens++;
	wait_wake_unlock(&pool->queue, &pool->lock, saved);
}

static void use_pool(struct worker *worker)
{
	struct pool *pool = &pools[random_of(worker, POOLS)];
	u64 until = WAIT_FOREVER;

	if (random_of(worker, 2))
		until = arch_counter_ns() + random_of(worker, 50 * MICROSECOND);
	if (!take_token(pool, until))
		return;
	if (random_of(worker, 2))
		sched_yield();
	many_cpus_work((unsigned)random_of(worker, 20));
	give_token(pool);
}

static void use_guarded(struct worker *worker)
{
	struct guarded *at = &guarded[random_of(worker, ARRAY_SIZE(guarded))];

	mutex_lock(&at->mutex, "what is guarded");
	MUST(!at->inside);
	at->inside = this_thread();
	at->changes++;
	if (!random_of(worker, 4))
		sched_yield();
	if (!random_of(worker, 16))
		many_cpus_sleep(random_of(worker, 20 * MICROSECOND));
	MUST(at->inside == this_thread());
	at->inside = NULL;
	mutex_unlock(&at->mutex);
}

static void fire(struct timer *timer)
{
	struct worker *worker = container_of(timer, struct worker, timer);

	MUST(!irq_is_open());
	for (unsigned i = 0; i < 3; i++)
		spin_pause(); /* whoever cancels it has time to */
	many_cpus_add(&worker->fired, 1);
	if (worker->fires) {
		worker->fires--;
		timer_start(timer, arch_counter_ns());
	}
}

/* Cancelled on whatever CPU the thread is by then, which need not be the one that it started on. */
static void use_timer(struct worker *worker)
{
	u32 fired;

	worker->timer.fire = fire;
	worker->fires = (u32)random_of(worker, 3);
	worker->fired = 0;
	timer_start(&worker->timer, arch_counter_ns() + random_of(worker, 30 * MICROSECOND));
	if (random_of(worker, 2))
		many_cpus_sleep(random_of(worker, 30 * MICROSECOND));
	else
		sched_yield();
	timer_cancel(&worker->timer);
	fired = many_cpus_load(&worker->fired);
	for (unsigned i = 0; i < 5; i++)
		spin_pause();
	MUST(many_cpus_load(&worker->fired) == fired && fired <= 3);
}

static void end_soon(void *argument)
{
	u32 *at = argument;

	sched_yield();
	many_cpus_add(at, 1);
}

static void use_thread(struct worker *worker)
{
	u32 done = 0;
	struct cpu *bound = random_of(worker, 2) ? random_cpu(worker) : NULL;
	struct thread *thread;

	if (random_of(worker, 2)) {
		thread = many_cpus_create("child", end_soon, &done, bound);
		if (random_of(worker, 2))
			sched_yield();
		thread_join(thread);
		MUST(many_cpus_load(&done) == 1);
	} else {
		many_cpus_add(&abandoned, 1);
		thread_abandon(many_cpus_create("orphan", end_soon, &ended, bound));
	}
}

static bool answer(void *argument)
{
	MUST(!irq_is_open());
	many_cpus_add(argument, 1);
	return true;
}

static void use_call(struct worker *worker)
{
	u32 answers = 0;
	bool answered = ipi_call(random_cpu(worker), answer, &answers);

	MUST(answers == answered);
}

static void work(void *argument)
{
	static void (*const uses[])(struct worker *) = { use_pool,    use_pool,  use_guarded,
							 use_guarded, use_timer, use_call };
	struct worker *worker = argument;

	while (!many_cpus_load(&stop)) {
		u64 which = random_of(worker, 64);

		if (which < 40)
			uses[which % ARRAY_SIZE(uses)](worker);
		else if (which < 50)
			sched_yield();
		else if (which < 60)
			sched_relax();
		else if (which < 62)
			many_cpus_sleep(random_of(worker, 100 * MICROSECOND));
		else if (which < 63)
			many_cpus_check();
		else if (!random_of(worker, 4))
			use_thread(worker);
		worker->steps++;
		many_cpus_alive();
	}
}

/* A CPU that is busy for long may stay. */
static void cpu_goes_and_comes(void)
{
	struct cpu *cpu = cpus_find(1 + (u32)many_cpus_random(&random_state, MANY_CPUS - 1));
	const char *lacks;

	if (many_cpus_random(&random_state, 4)) {
		lacks = cpus_off(cpu->number);
	} else {
		lacks = cpus_stop();
		if (many_cpus_random(&random_state, 2))
			many_cpus_sleep(300 * MICROSECOND);
		cpus_resume();
	}
	MUST(!lacks || !strncmp(lacks, "is busy", 7) || !strcmp(lacks, "is off"));
	many_cpus_sleep(many_cpus_random(&random_state, 300 * MICROSECOND));
	if (!cpu->online)
		MUST(!cpus_on(cpu->number));
}

static void let_go_of_all(void)
{
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	for (unsigned i = 0; i < POOLS; i++) {
		u64 saved = spin_lock_irq(&pools[i].lock);

		wait_wake_all(&pools[i].queue);
		spin_unlock_irq(&pools[i].lock, saved);
	}
}

static void random_use(void **state)
{
	static struct worker workers[WORKERS];
	const char *seconds = getenv("GRANULE_SECONDS");
	u64 end, steps = 0, changes = 0, rounds = 0;

	(void)state;
	random_state = many_cpus_seed();
	for (unsigned i = 0; i < POOLS; i++)
		pools[i].tokens = TOKENS;
	end = arch_counter_ns() +
	      (seconds ? strtoull(seconds, NULL, 0) : 2) * 1000000000 / MANY_CPUS_SLOWER;
	for (unsigned i = 0; i < WORKERS; i++) {
		workers[i].random = random_state + i;
		workers[i].thread = many_cpus_create("worker", work, &workers[i],
						     i % 3 ? NULL : cpus_find(i % MANY_CPUS));
	}
	for (; arch_counter_ns() < end; rounds++) {
		cpu_goes_and_comes();
		many_cpus_check();
	}
	let_go_of_all();
	for (unsigned i = 0; i < WORKERS; i++) {
		thread_join(workers[i].thread);
		steps += workers[i].steps;
	}
	while (many_cpus_load(&ended) != many_cpus_load(&abandoned))
		many_cpus_sleep(100 * MICROSECOND);
	for (unsigned i = 0; i < POOLS; i++)
		MUST(pools[i].tokens == TOKENS && !pools[i].queue.first);
	for (unsigned i = 0; i < ARRAY_SIZE(guarded); i++)
		changes += guarded[i].changes;
	many_cpus_check();
	printf("%llu steps, %llu under a mutex, CPUs went off and came back %llu times\n",
	       (unsigned long long)steps, (unsigned long long)changes, (unsigned long long)rounds);
	MUST(steps > 100 && changes && rounds);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_use),
	};

	many_cpus_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
