// SPDX-License-Identifier: BSD-2-Clause
/*
 * The rest of the kernel, for files that are tested on the host.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <arch/barrier.h>
#include <arch/cache.h>
#include <arch/cpu.h>
#include <arch/fp.h>
#include <arch/irqflags.h>
#include <arch/mmu.h>
#include <arch/pgtable.h>
#include <arch/spinlock.h>
#include <arch/trap.h>
#include <arch/zero.h>
#include <kernel/assert.h>
#include <kernel/compiler.h>
#include <kernel/cpus.h>
#include <kernel/ipi.h>
#include <kernel/mutex.h>
#include <kernel/sched.h>
#include <kernel/wait.h>
#include <lib/panic.h>
#include <lib/printk.h>

#include "host.h"

unsigned host_page_shift = 12;
u64 host_cpu_id = 1, host_cpu_affinity;
struct cpu boot_cpu, *host_cpu = &boot_cpu;
bool host_debug;

static jmp_buf *expected_failure;
static char last_failure[256];

int host_use_4k(void **state)
{
	(void)state;
	host_page_shift = 12;
	return 0;
}

int host_use_16k(void **state)
{
	(void)state;
	host_page_shift = 14;
	return 0;
}

int host_use_64k(void **state)
{
	(void)state;
	host_page_shift = 16;
	return 0;
}

void host_expect_failure(jmp_buf *jump)
{
	expected_failure = jump;
}

const char *host_last_failure(void)
{
	return last_failure;
}

struct cpu *this_cpu(void)
{
	return host_cpu;
}

/* ---- interrupts ---- */

bool host_irqs_open;

u64 irq_save(void)
{
	bool open = host_irqs_open;

	host_irqs_open = false;
	return open ? 0 : DAIF_I;
}

void irq_restore(u64 saved)
{
	host_irqs_open = !saved;
}

void irq_open(void)
{
	host_irqs_open = true;
}

void irq_mask(void)
{
	host_irqs_open = false;
}

bool irq_is_open(void)
{
	return host_irqs_open;
}

/* ---- locks ---- */

/* One CPU waits for nobody, and sees what it wrote. */
void spin_pause(void)
{
}

void dmb_ish(void)
{
}

static struct spinlock *held[8];
static unsigned held_count;

bool spin_try_lock(struct spinlock *lock)
{
	if (spin_is_locked(lock))
		return false;
	ASSERT(held_count < ARRAY_SIZE(held));
	lock->word += 1 << SPIN_NEXT_SHIFT;
	held[held_count++] = lock;
	return true;
}

void spin_lock(struct spinlock *lock)
{
	ASSERT(spin_try_lock(lock));
}

void spin_lock_second(struct spinlock *lock)
{
	spin_lock(lock);
}

void spin_unlock(struct spinlock *lock)
{
	unsigned i = 0;

	ASSERT(spin_is_locked(lock));
	lock->serving++;
	while (i < held_count && held[i] != lock)
		i++;
	ASSERT(i < held_count);
	held[i] = held[--held_count];
}

void spin_break(struct spinlock *lock)
{
	for (unsigned i = 0; i < held_count; i++)
		if (held[i] == lock)
			held[i--] = held[--held_count];
	lock->word = 0;
}

static __noreturn void fail(void)
{
	if (expected_failure) {
		/* The machine would have ended; the test goes on, with what it had locked. */
		while (held_count)
			spin_break(held[0]);
		longjmp(*expected_failure, 1);
	}
	fflush(stdout);
	fprintf(stderr, "%s\n", last_failure);
	abort();
}

void assert_failed(const char *function, const char *fact)
{
	snprintf(last_failure, sizeof(last_failure), "%s: %s", function, fact);
	fail();
}

void panic(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(last_failure, sizeof(last_failure), format, args);
	va_end(args);
	fail();
}

bool trap_is_abort(const struct regs *regs)
{
	(void)regs;
	return false;
}

/* ---- other CPUs ---- */

/* It answers at once: `to` is who runs meanwhile. */
__attribute__((weak)) bool ipi_call(struct cpu *to, bool (*function)(void *), void *argument)
{
	struct cpu *here = host_cpu;
	bool irqs_open = host_irqs_open, done;

	host_irqs_open = false;
	host_cpu = to;
	done = function(argument);
	host_cpu = here;
	host_irqs_open = irqs_open;
	return done;
}

__attribute__((weak)) bool mmu_is_locked_here(void)
{
	return false;
}

void (*panic_successor)(const struct regs *regs);

void (*host_printk_hook)(const char *text);
void (*host_on_pgtable_write)(const pte_t *entry, pte_t value);
const struct pgtable *host_plain_pgtable;

/* In assembly, for the machine. */
/* The host's caches look after themselves. */
void cache_sync_icache(void *start, void *end)
{
	(void)start, (void)end;
}

int arch_zero_pages(void *at, u64 bytes)
{
	arch_zero(at, bytes);
	return 0;
}

void arch_zero(void *at, u64 bytes)
{
	if (((uintptr_t)at | bytes) % ZERO_UNIT_BYTES)
		panic("arch_zero: %p, %llu bytes: not in units", at, bytes);
	memset(at, 0, (size_t)bytes);
}

/* The registers that a test plays. */
struct fp_state host_fp;

void arch_fp_save(struct fp_state *state)
{
	memcpy(state, &host_fp, offsetof(struct fp_state, user));
}

void arch_fp_load(const struct fp_state *state)
{
	memcpy(&host_fp, state, offsetof(struct fp_state, user));
}

/* The kernel's own, which escapes what isn't printable: tests see what a console would. */
int granule_vsnprintf(char *buf, size_t size, const char *format, va_list args);

/*
 * Silent unless the environment has GRANULE_PRINTK, but formatted in any case: that finds
 * mistakes. Weak, for the test of the real one.
 */
__attribute__((weak)) int printk(const char *format, ...)
{
	static int loud = -1;
	char text[PRINTK_BYTES];
	va_list args;
	int len;

	if (loud < 0)
		loud = getenv("GRANULE_PRINTK") != NULL;
	va_start(args, format);
	len = granule_vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (loud)
		fputs(text, stderr);
	if (host_printk_hook)
		host_printk_hook(text);
	return len < PRINTK_BYTES ? len : PRINTK_BYTES - 1;
}

static u64 fresh_seed(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (u64)now.tv_sec * 1000000000 + (u64)now.tv_nsec + (u64)getpid();
}

/* An odd increment and a mixer of two multiplications: every 64-bit seed is as good as another. */
u64 host_random(void)
{
	static bool seeded;
	static u64 state;
	u64 x;

	if (!seeded) {
		const char *seed = getenv("GRANULE_SEED");

		seeded = true;
		state = seed ? strtoull(seed, NULL, 0) : fresh_seed();
		printf("SEED=%llu\n", state);
		fflush(stdout);
	}
	state += 0x9e3779b97f4a7c15;
	x = state;
	x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93;
	x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93;
	return x ^ (x >> 32);
}

u64 host_random_below(u64 limit)
{
	return host_random() % limit;
}

void host_random_bytes(void *buf, size_t size)
{
	unsigned char *p = buf;

	while (size--)
		*p++ = (unsigned char)host_random();
}

/* What sleeps, where there is one thread: as if it had slept. Tests of these link the real ones. */
__attribute__((weak)) struct lock_class lock_class_mutex;

__attribute__((weak)) void mutex_lock(struct mutex *mutex, const char *what)
{
	(void)what;
	spin_lock(&mutex->lock);
}

__attribute__((weak)) void mutex_unlock(struct mutex *mutex)
{
	spin_unlock(&mutex->lock);
}

__attribute__((weak)) bool wait_until(u64 at_ns)
{
	(void)at_ns;
	return true;
}

/* There is one CPU, and one thread. */
__attribute__((weak)) void sched_relax(void)
{
}

__attribute__((weak)) const char *cpus_stop(void)
{
	return NULL;
}

__attribute__((weak)) void cpus_resume(void)
{
}
