// SPDX-License-Identifier: BSD-2-Clause
/* Pthreads play CPUs: many_cpus.h says how. Time, interrupts, locks, and the switch. */
#include "many_cpus_inside.h"

#include <sys/mman.h>
#include <time.h>

#include <arch/barrier.h>
#include <arch/switch.h>
#include <kernel/irq.h>

#define HOST_STACK_BYTES (256 * KiB) /* what the C library needs; STACK_BYTES are its end */

struct cpu boot_cpu;

struct player players[MANY_CPUS];
static __thread struct player *played;
u64 clock_base, steps;
struct irq *ipis[IRQ_IPIS], *timer_irq;
static u64 clock_ahead;

/* Not inlined: a kernel thread goes on with another pthread after a switch. */
__attribute__((noinline)) struct player *me(void)
{
	asm volatile("" ::: "memory");
	return played;
}

struct cpu *this_cpu(void)
{
	return me()->cpu;
}

u64 host_cpu_id, host_cpu_affinity;

void init_player(struct player *p)
{
	p->native = (struct context){ .fiber = __tsan_get_current_fiber(), .running = 1 };
	p->current = &p->native;
	p->open = false;
	p->held = 0;
	p->pending = 0;
	p->deadline_ns = NEVER;
	played = p;
}

/* ---- time ---- */

u64 monotonic(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (u64)now.tv_sec * 1000000000 + (u64)now.tv_nsec;
}

bool arch_counter_has_unit(void)
{
	return true;
}

u64 arch_counter_ns(void)
{
	return (monotonic() - clock_base) / MANY_CPUS_SLOWER +
	       __atomic_load_n(&clock_ahead, __ATOMIC_RELAXED);
}

void many_cpus_advance(u64 ns)
{
	__atomic_fetch_add(&clock_ahead, ns, __ATOMIC_RELAXED);
}

void arch_timer_set(u64 ns)
{
	MUST(!me()->open);
	__atomic_store_n(&me()->deadline_ns, ns, __ATOMIC_RELAXED);
}

void arch_timer_stop(void)
{
	arch_timer_set(NEVER);
}

/* ---- interrupts ---- */

static bool timer_is_due(const struct player *p)
{
	u64 deadline = __atomic_load_n(&p->deadline_ns, __ATOMIC_RELAXED);

	return deadline != NEVER && arch_counter_ns() >= deadline;
}

static bool is_interrupted(const struct player *p)
{
	return __atomic_load_n(&p->pending, __ATOMIC_ACQUIRE) || timer_is_due(p);
}

/* Handlers switch to no other thread. */
void take_interrupts(void)
{
	struct player *p = me();

	while (p->open && is_interrupted(p)) {
		u32 pending = __atomic_exchange_n(&p->pending, 0, __ATOMIC_ACQ_REL);

		p->open = false;
		p->cpu->interrupted = (const struct regs *)(uintptr_t)p;
		for (u32 i = 0; i < IRQ_IPIS; i++)
			if (pending >> i & 1)
				ipis[i]->handle(ipis[i]);
		if (timer_is_due(p))
			timer_irq->handle(timer_irq);
		p->cpu->interrupted = NULL;
		p->open = true;
	}
}

u64 irq_save(void)
{
	struct player *p = me();
	u64 saved = p->open ? 0 : DAIF_I;

	p->open = false;
	return saved;
}

void irq_restore(u64 saved)
{
	me()->open = !saved;
	take_interrupts();
}

void irq_open(void)
{
	irq_restore(0);
}

void irq_mask(void)
{
	me()->open = false;
}

bool irq_is_open(void)
{
	return me()->open;
}

void irq_wait(void)
{
	struct player *p = me();

	MUST(!p->open && !p->held);
	pthread_mutex_lock(&p->mutex);
	__atomic_fetch_add(&p->sleeps, 1, __ATOMIC_RELAXED);
	while (!is_interrupted(p)) {
		u64 deadline = __atomic_load_n(&p->deadline_ns, __ATOMIC_RELAXED), real;
		struct timespec until;

		if (deadline == NEVER) {
			pthread_cond_wait(&p->wakes, &p->mutex);
			continue;
		}
		real = clock_base +
		       MIN(deadline * MANY_CPUS_SLOWER, monotonic() + 10000000 - clock_base);
		until.tv_sec = (time_t)(real / 1000000000);
		until.tv_nsec = (long)(real % 1000000000);
		pthread_cond_timedwait(&p->wakes, &p->mutex, &until);
	}
	__atomic_fetch_add(&p->sleeps, 1, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&p->mutex);
}

void irq_send(const struct cpu *to, u32 number)
{
	struct player *p = &players[to->number];

	__atomic_fetch_or(&p->pending, 1U << number, __ATOMIC_RELEASE);
	pthread_mutex_lock(&p->mutex);
	pthread_cond_signal(&p->wakes);
	pthread_mutex_unlock(&p->mutex);
}

const char *irq_request(const struct devicetree *dt, struct irq *irq,
			const struct devicetree_path *path, u32 index)
{
	(void)dt, (void)path, (void)index;
	timer_irq = irq;
	return NULL;
}

const char *irq_request_ipi(struct irq *irq, u32 number)
{
	ipis[number] = irq;
	return NULL;
}

const char *irq_init_cpu(void)
{
	return NULL;
}

void irq_quiet_cpu(void)
{
}

const struct irq *irq_next(const struct irq *irq)
{
	(void)irq;
	return NULL;
}

const char *irq_chip_name(void)
{
	return "many CPUs";
}

/* ---- locks and barriers ---- */

void spin_pause(void)
{
	take_interrupts();
	give_way();
}

/* ThreadSanitizer knows no fences. */
void dmb_ish(void)
{
#ifdef __SANITIZE_THREAD__
	u32 any = 0;

	__atomic_exchange_n(&any, 1, __ATOMIC_SEQ_CST);
#else
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

void spin_lock(struct spinlock *lock)
{
	struct player *p = me();
	u64 word;

	take_interrupts();
	word = __atomic_fetch_add(&lock->word, 1 << SPIN_NEXT_SHIFT, __ATOMIC_RELAXED);
	while (__atomic_load_n(&lock->serving, __ATOMIC_ACQUIRE) != (u16)(word >> SPIN_NEXT_SHIFT))
		give_way();
	p->held++;
}

void spin_lock_second(struct spinlock *lock)
{
	spin_lock(lock);
}

/* Whoever sleeps holds no other lock than that which it lets go of, and handles no interrupt. */
void lock_debug_sleep(const char *function, const struct spinlock *except)
{
	(void)function;
	MUST(me()->held == (except ? 1 : 0) && !me()->cpu->interrupted);
}

bool spin_try_lock(struct spinlock *lock)
{
	u64 word = __atomic_load_n(&lock->word, __ATOMIC_RELAXED);

	if ((u16)word != (u16)(word >> SPIN_NEXT_SHIFT) ||
	    !__atomic_compare_exchange_n(&lock->word, &word, word + (1 << SPIN_NEXT_SHIFT), false,
					 __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return false;
	me()->held++;
	return true;
}

void spin_unlock(struct spinlock *lock)
{
	u16 serving = __atomic_load_n(&lock->serving, __ATOMIC_RELAXED);

	MUST(spin_is_locked(lock));
	MUST(me()->held--);
	__atomic_store_n(&lock->serving, (u16)(serving + 1), __ATOMIC_RELEASE);
}

/* ---- stacks, and the switch between them ---- */

static pthread_mutex_t stacks_mutex = PTHREAD_MUTEX_INITIALIZER;
static void *stacks[256]; /* the lowest byte that the kernel knows of */

static void **find_stack(const void *low)
{
	for (unsigned i = 0; i < ARRAY_SIZE(stacks); i++)
		if (stacks[i] == low)
			return &stacks[i];
	return NULL;
}

static struct context *context_at(u64 top)
{
	return (struct context *)ALIGN_DOWN(top - sizeof(struct context), 64);
}

void *new_stack(void)
{
	u8 *map = mmap(NULL, HOST_STACK_BYTES, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	void *low = map + HOST_STACK_BYTES - STACK_BYTES, **place;

	MUST(map != MAP_FAILED);
	pthread_mutex_lock(&stacks_mutex);
	place = find_stack(NULL);
	MUST(place);
	*place = low;
	pthread_mutex_unlock(&stacks_mutex);
	return low;
}

/* Whoever still runs on it crashes. */
bool free_stack(void *low)
{
	struct context *context = context_at((u64)(uintptr_t)low + STACK_BYTES);
	void **place;

	pthread_mutex_lock(&stacks_mutex);
	place = find_stack(low);
	if (place)
		*place = NULL;
	pthread_mutex_unlock(&stacks_mutex);
	if (!place)
		return false;
	MUST(!__atomic_load_n(&context->running, __ATOMIC_RELAXED));
	__tsan_destroy_fiber(context->fiber);
	munmap((u8 *)low + STACK_BYTES - HOST_STACK_BYTES, HOST_STACK_BYTES);
	return true;
}

/* On the next thread's stack: the last one's registers are kept. */
static void switch_is_over(void)
{
	__atomic_store_n(&me()->left->running, 0, __ATOMIC_RELAXED);
}

static void begin(void)
{
	switch_is_over();
	me()->current->start();
	many_cpus_fail(__FILE__, __LINE__, "a thread's first function returned");
}

u64 arch_switch_prepare(u64 top, void (*start)(void))
{
	u64 low = top - STACK_BYTES;
	struct context *context = context_at(top);
	bool has_stack;

	pthread_mutex_lock(&stacks_mutex);
	has_stack = find_stack((void *)(uintptr_t)low);
	pthread_mutex_unlock(&stacks_mutex);
	/* The idle thread of a CPU that isn't the boot CPU is what that begins with. */
	if (!has_stack)
		return 0;
	memset(context, 0, sizeof(*context));
	context->start = start;
	context->fiber = __tsan_create_fiber(0);
	getcontext(&context->registers);
	context->registers.uc_stack.ss_sp = (u8 *)(uintptr_t)top - HOST_STACK_BYTES;
	context->registers.uc_stack.ss_size = HOST_STACK_BYTES - (top - (u64)(uintptr_t)context);
	makecontext(&context->registers, begin, 0);
	return (u64)(uintptr_t)context;
}

/* ThreadSanitizer sees this one: another CPU may read it only once it is allowed to. */
static __attribute__((noinline)) struct context *leave(struct player *p, u64 *from, u64 to)
{
	struct context *next = (struct context *)(uintptr_t)to;

	MUST(!p->open && p->held == 1); /* M2 */
	MUST(next);
	*from = (u64)(uintptr_t)p->current;
	MUST(!__atomic_exchange_n(&next->running, 1, __ATOMIC_RELAXED)); /* M1 */
	p->left = p->current;
	p->current = next;
	return next;
}

__attribute__((no_sanitize("thread"))) void arch_switch(u64 *from, u64 to)
{
	struct player *p = me();
	struct context *next = leave(p, from, to);

	__tsan_switch_to_fiber(next->fiber, 0);
	swapcontext(&p->left->registers, &next->registers);
	switch_is_over();
}
