// SPDX-License-Identifier: BSD-2-Clause
/* Threads: in which order they run, how they wait, and what several CPUs make of it. */
#include <arch/counter.h>
#include <kernel/cpus.h>
#include <kernel/mutex.h>
#include <kernel/sched.h>
#include <kernel/selftest.h>
#include <kernel/thread.h>
#include <kernel/timer.h>
#include <kernel/wait.h>
#include <lib/random.h>
#include <mm/pages.h>
#include <mm/slab.h>

#define MS   1000000ULL
#define MANY 16

/* What each thread of a test has. */
struct note {
	unsigned number;
	u64 count;
	struct cpu *cpu;
};

static struct note notes[MANY];
static struct thread *threads[MANY];
static unsigned order[MANY], ran; /* in which order they came; atomic */
static bool over;                 /* atomic */

static bool is_over(void)
{
	return __atomic_load_n(&over, __ATOMIC_ACQUIRE);
}

static bool start(unsigned count, void (*run)(void *), struct cpu *bound)
{
	ran = 0;
	over = false;
	for (unsigned i = 0; i < count; i++) {
		notes[i] = (struct note){ .number = i };
		threads[i] = thread_create("test", run, &notes[i], THREAD_NORMAL, bound);
		if (!threads[i])
			return false;
	}
	return true;
}

static void join(unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		thread_join(threads[i]);
}

static void note_order(void *note)
{
	order[__atomic_fetch_add(&ran, 1, __ATOMIC_ACQ_REL)] = ((struct note *)note)->number;
}

SELFTEST(threads_come_in_order_and_leave_nothing)
{
	u64 free;

	/* Once before: caches and tables that stay. */
	EXPECT(start(MANY, note_order, this_cpu()));
	join(MANY);
	slab_shrink();
	pages_drain();
	free = pages_free_bytes();
	EXPECT(start(MANY, note_order, this_cpu()));
	EXPECT_EQUAL(ran, 0); /* nobody is preempted */
	join(MANY);
	EXPECT_EQUAL(ran, MANY);
	for (unsigned i = 0; i < MANY; i++)
		EXPECT_EQUAL(order[i], i);
	slab_shrink();
	pages_drain();
	EXPECT_EQUAL(pages_free_bytes(), free);
}

SELFTEST(threads_that_are_urgent_come_first)
{
	static struct note last = { .number = MANY };
	struct thread *urgent;

	EXPECT(start(3, note_order, this_cpu()));
	urgent = thread_create("urgent", note_order, &last, THREAD_URGENT, this_cpu());
	EXPECT(urgent);
	if (urgent)
		thread_join(urgent);
	join(3);
	EXPECT_EQUAL(order[0], MANY);
	EXPECT_EQUAL(order[1], 0);
}

/* ---- time slices ---- */

static void work(void *argument)
{
	struct note *note = argument;

	while (!is_over()) {
		note->count++;
		sched_relax();
	}
}

/* Each of three that never wait gets its part of the CPU, and this one gets on. */
SELFTEST(threads_share_a_cpu_by_slices)
{
	u64 until;

	if (!timer_works())
		SKIP_TEST("there is no timer");
	EXPECT(start(3, work, this_cpu()));
	until = arch_counter_ns() + 12 * SCHED_SLICE_NS;
	while (arch_counter_ns() < until)
		sched_relax();
	__atomic_store_n(&over, true, __ATOMIC_RELEASE);
	join(3);
	for (unsigned i = 0; i < 3; i++)
		EXPECT(notes[i].count);
}

/* ---- waiting ---- */

STATIC_SPINLOCK(lock, test_threads, LOCK_WAIT_QUEUE);
static struct wait_queue queue;
static unsigned tickets;

static void take_ticket(void *argument)
{
	struct note *note = argument;
	u64 saved = spin_lock_irq(&lock);

	while (!tickets)
		wait_on(&queue, &lock, WAIT_FOREVER, "a ticket");
	tickets--;
	note_order(note);
	spin_unlock_irq(&lock, saved);
}

/* One ticket wakes one thread, in the order in which they came. */
SELFTEST(threads_wait_in_line)
{
	u64 saved;

	tickets = 0;
	EXPECT(start(MANY, take_ticket, this_cpu()));
	sched_yield();
	for (unsigned i = 0; i < MANY; i++) {
		EXPECT_EQUAL(ran, i);
		saved = spin_lock_irq(&lock);
		tickets++;
		wait_wake_unlock(&queue, &lock, saved);
		sched_yield();
	}
	join(MANY);
	for (unsigned i = 0; i < MANY; i++)
		EXPECT_EQUAL(order[i], i);
}

SELFTEST(threads_wait_until_a_moment)
{
	u64 saved, until;

	if (!timer_works())
		SKIP_TEST("there is no timer");
	saved = spin_lock_irq(&lock);
	until = arch_counter_ns() + 2 * MS;
	while (wait_on(&queue, &lock, until, "nobody"))
		;
	EXPECT(arch_counter_ns() >= until);
	EXPECT(!wait_first(&queue));
	/* One that has passed. */
	EXPECT(!wait_on(&queue, &lock, until, "nobody"));
	spin_unlock_irq(&lock, saved);
	/* One that never comes. */
	tickets = 0;
	EXPECT(start(1, take_ticket, NULL));
	EXPECT(wait_until(arch_counter_ns() + 2 * MS));
	saved = spin_lock_irq(&lock);
	tickets++;
	wait_wake_all(&queue);
	spin_unlock_irq(&lock, saved);
	join(1);
}

/* ---- several CPUs ---- */

static struct mutex mutex = MUTEX;
static u64 guarded;

static void add_slowly(void *argument)
{
	struct note *note = argument;

	for (unsigned i = 0; i < 100; i++) {
		u64 before;

		mutex_lock(&mutex, "its turn");
		before = guarded;
		sched_yield();
		guarded = before + 1;
		mutex_unlock(&mutex);
		note->count++;
	}
}

SELFTEST(threads_take_turns_by_a_mutex)
{
	guarded = 0;
	EXPECT(start(MANY, add_slowly, NULL));
	join(MANY);
	EXPECT_EQUAL(guarded, MANY * 100);
	EXPECT(!mutex.word);
}

static void note_cpu(void *argument)
{
	struct note *note = argument;

	/* Not before all run. */
	__atomic_fetch_add(&ran, 1, __ATOMIC_ACQ_REL);
	while (!is_over())
		sched_relax();
	note->cpu = this_cpu();
}

/* As many threads as there are other CPUs: each gets one of its own. */
SELFTEST(threads_are_taken_over_by_idle_cpus)
{
	unsigned others = MIN(cpus_online() - 1, (unsigned)MANY);

	if (!others)
		SKIP_TEST("there is no second CPU");
	EXPECT(start(others, note_cpu, NULL));
	while (__atomic_load_n(&ran, __ATOMIC_ACQUIRE) < others)
		spin_pause(); /* without giving way: they have to come to run elsewhere */
	__atomic_store_n(&over, true, __ATOMIC_RELEASE);
	join(others);
	for (unsigned i = 0; i < others; i++) {
		EXPECT(notes[i].cpu != this_cpu());
		for (unsigned k = 0; k < i; k++)
			EXPECT(notes[i].cpu != notes[k].cpu);
	}
}

static void wander(void *argument)
{
	struct note *note = argument;
	u64 random = note->number + 1;

	while (!is_over()) {
		switch (random_below(&random, 3)) {
		case 0:
			if (!wait_until(arch_counter_ns() + random_below(&random, 2 * MS)))
				return;
			break;
		case 1:
			mutex_lock(&mutex, "its turn");
			guarded++;
			mutex_unlock(&mutex);
			break;
		default:
			sched_yield();
		}
		note->count++;
	}
}

/* CPUs go and come meanwhile: nobody is left behind, with what he waits for. */
SELFTEST(threads_outlive_their_cpus)
{
	u64 random = 1;

	if (cpus_online() < 2)
		SKIP_TEST("there is no second CPU");
	if (!timer_works())
		SKIP_TEST("there is no timer");
	EXPECT(start(MANY, wander, NULL));
	for (unsigned i = 0; i < 20; i++) {
		struct cpu *cpu = cpus_online_at(1 + (u32)random_below(&random, cpus_online() - 1));
		const char *lacks;

		if (cpu == this_cpu())
			continue;
		lacks = cpus_off(cpu->number);
		if (lacks)
			break; /* no firmware that does it */
		EXPECT(wait_until(arch_counter_ns() + MS));
		EXPECT(!cpus_on(cpu->number));
	}
	for (unsigned i = 0; i < MANY; i++)
		__atomic_store_n(&notes[i].count, 0, __ATOMIC_RELAXED);
	/* Soon each has run again; on a machine that has much else to do, later. */
	for (unsigned i = 0, looks = 0; i < MANY && looks < 100; looks++) {
		EXPECT(wait_until(arch_counter_ns() + 50 * MS));
		while (i < MANY && __atomic_load_n(&notes[i].count, __ATOMIC_RELAXED))
			i++;
	}
	__atomic_store_n(&over, true, __ATOMIC_RELEASE);
	join(MANY);
	for (unsigned i = 0; i < MANY; i++)
		EXPECT(notes[i].count);
}
