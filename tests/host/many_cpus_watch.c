// SPDX-License-Identifier: BSD-2-Clause
/* What watches many CPUs, and how a test ends that fails. */
#include "many_cpus_inside.h"

#include <stdarg.h>
#include <unistd.h>

#include <kernel/assert.h>
#include <kernel/thread.h>
#include <lib/panic.h>
#include <lib/printk.h>

#define HUNG_SECONDS   20
#define SLEEPS_SECONDS 5

/* ---- what ends the test ---- */

void many_cpus_fail(const char *file, int line, const char *fact)
{
	fflush(stdout);
	fprintf(stderr, "%s:%d: %s\n", file, line, fact);
	fflush(stderr);
	_exit(1);
}

void assert_failed(const char *function, const char *fact)
{
	many_cpus_fail(function, 0, fact);
}

void panic(const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	many_cpus_fail("panic", 0, text);
}

int printk(const char *format, ...)
{
	va_list args;

	if (!getenv("GRANULE_PRINTK"))
		return 0;
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	return 0;
}

void many_cpus_alive(void)
{
	__atomic_fetch_add(&steps, 1, __ATOMIC_RELAXED);
}

/* ---- what watches ---- */

static void dump(void)
{
	for (unsigned i = 0; i < MANY_CPUS; i++) {
		struct player *p = &players[i];
		struct cpu *cpu = p->cpu;

		if (!cpu)
			continue;
		fprintf(stderr,
			"CPU %u: firmware %u, online %d, sleeps %u, pending %#x, waiting %u, lock "
			"%#llx, idling %d, runs %s\n",
			i, p->on, cpu->online, p->sleeps, p->pending,
			cpu->queue ? cpu->queue->waiting : 0,
			cpu->queue ? cpu->queue->lock.word : 0ULL,
			cpu->queue ? cpu->queue->idling : 0,
			cpu->current ? cpu->current->name : "-");
	}
	for (struct thread copy = { 0 }; thread_read(copy.number, &copy);)
		fprintf(stderr, "thread %u %s: state %u, waits for %s, CPU %u\n", copy.number,
			copy.name, copy.state, copy.state == THREAD_WAITING ? copy.waits : "-",
			copy.cpu ? copy.cpu->number : 99);
}

/* M4. The second look is what counts: the first may fall between two steps. */
void *watch(void *argument)
{
	u64 last_steps = 0;
	u32 last_sleeps[MANY_CPUS] = { 0 };
	unsigned still = 0, sleeps[MANY_CPUS] = { 0 };

	/* It is no CPU, but takes a lock to list the threads. */
	init_player(argument);
	for (;;) {
		u64 now_steps = __atomic_load_n(&steps, __ATOMIC_RELAXED);

		usleep(100000);
		still = now_steps == last_steps ? still + 1 : 0;
		last_steps = now_steps;
		for (unsigned i = 0; i < MANY_CPUS; i++) {
			struct player *p = &players[i];
			u32 count = __atomic_load_n(&p->sleeps, __ATOMIC_RELAXED);
			const struct cpu *cpu = __atomic_load_n(&p->cpu, __ATOMIC_ACQUIRE);
			bool waits = cpu && __atomic_load_n(&p->on, __ATOMIC_ACQUIRE) &&
				     count & 1 && count == last_sleeps[i] &&
				     __atomic_load_n(&cpu->queue->waiting, __ATOMIC_RELAXED);

			sleeps[i] = waits ? sleeps[i] + 1 : 0;
			last_sleeps[i] = count;
			if (sleeps[i] == 10 * SLEEPS_SECONDS) {
				dump();
				MUST(!"a CPU sleeps, and something waits in its queue");
			}
		}
		if (still == 10 * HUNG_SECONDS) {
			dump();
			MUST(!"nothing happens any more");
		}
	}
}

static void check_queue(struct cpu *cpu)
{
	struct run_queue *queue = cpu->queue;
	u32 count = 0;

	MUST(cpu->current->state != THREAD_READY);
	for (unsigned priority = 0; priority < THREAD_PRIORITIES; priority++) {
		struct thread **at = &queue->first[priority];

		for (; *at; at = &(*at)->next) {
			const struct thread *thread = *at;

			count++;
			MUST(thread->state == THREAD_READY && thread->priority == priority);
			MUST(thread->cpu == cpu);
			for (struct cpu *other = &boot_cpu; other; other = cpu_next(other))
				MUST(other->current != thread);
		}
		MUST(queue->last[priority] == at);
	}
	MUST(count == queue->waiting);
}

/* Only this takes several of these locks. One in two lists breaks the count or the end of one. */
void many_cpus_check(void)
{
	static struct spinlock one;
	u64 saved = spin_lock_irq(&one);

	for (struct cpu *cpu = &boot_cpu; cpu; cpu = cpu_next(cpu))
		spin_lock(&cpu->queue->lock);
	for (struct cpu *cpu = &boot_cpu; cpu; cpu = cpu_next(cpu))
		check_queue(cpu);
	for (struct cpu *cpu = &boot_cpu; cpu; cpu = cpu_next(cpu))
		spin_unlock(&cpu->queue->lock);
	spin_unlock_irq(&one, saved);
}

/* ---- for tests ---- */

u64 many_cpus_seed(void)
{
	const char *given = getenv("GRANULE_SEED");
	u64 seed = given ? strtoull(given, NULL, 0) : monotonic() + (u64)getpid();

	printf("SEED=%llu\n", (unsigned long long)seed);
	fflush(stdout);
	return seed;
}

u64 many_cpus_random(u64 *state, u64 limit)
{
	u64 x = *state += 0x9e3779b97f4a7c15;

	x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93;
	x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93;
	return (x ^ (x >> 32)) % limit;
}

void many_cpus_work(unsigned loops)
{
	while (loops--)
		take_interrupts();
}
