// SPDX-License-Identifier: BSD-2-Clause
/* Run queues, and the switch from one thread to the next. <kernel/sched.h> has the contract. */
#include <arch/barrier.h>
#include <arch/counter.h>
#include <arch/fp.h>
#include <arch/irqflags.h>
#include <arch/layout.h>
#include <arch/switch.h>
#include <kernel/assert.h>
#include <kernel/ipi.h>
#include <kernel/sched.h>
#include <lib/panic.h>
#include <lib/printk.h>
#include <lib/string.h>
#include <lib/vsnprintf.h>

static struct run_queue boot_queue;
static struct thread boot_thread;

static u64 locks_taken(void)
{
	u64 sum = 0;

	for (const struct cpu *cpu = &boot_cpu; cpu; cpu = cpu_next(cpu))
		sum += spin_taken(&cpu->queue->lock);
	return sum;
}

LOCK_CLASS_OF_MANY(run_queue, LOCK_RUN_QUEUE, locks_taken);

/* ---- queues ---- */

static void put_last(struct run_queue *queue, struct thread *thread)
{
	thread->next = NULL;
	thread->state = THREAD_READY;
	__atomic_store_n(queue->last[thread->priority], thread, __ATOMIC_RELAXED);
	queue->last[thread->priority] = &thread->next;
	__atomic_store_n(&queue->waiting, queue->waiting + 1, __ATOMIC_RELAXED);
}

static struct thread *take_out(struct run_queue *queue, unsigned priority, struct thread **at)
{
	struct thread *thread = *at;

	__atomic_store_n(at, thread->next, __ATOMIC_RELAXED);
	if (!thread->next)
		queue->last[priority] = at;
	__atomic_store_n(&queue->waiting, queue->waiting - 1, __ATOMIC_RELAXED);
	return thread;
}

static struct thread *take_first(struct run_queue *queue)
{
	for (unsigned priority = 0; priority < THREAD_PRIORITIES; priority++)
		if (queue->first[priority])
			return take_out(queue, priority, &queue->first[priority]);
	return NULL;
}

/* The first one that may run on another CPU. */
static struct thread *take_movable(struct run_queue *queue)
{
	for (unsigned priority = 0; priority < THREAD_PRIORITIES; priority++)
		for (struct thread **at = &queue->first[priority]; *at; at = &(*at)->next)
			if (!(*at)->bound)
				return take_out(queue, priority, at);
	return NULL;
}

static u32 waiting(const struct run_queue *queue)
{
	return __atomic_load_n(&queue->waiting, __ATOMIC_RELAXED);
}

static bool is_idling(const struct cpu *cpu)
{
	return __atomic_load_n(&cpu->queue->idling, __ATOMIC_RELAXED);
}

/* ---- the switch ---- */

/*
 * Something waits for `cpu`: let one that sleeps come and take it; else tell `cpu` of the first, as
 * what runs may be a program. The barrier: either this sees that a CPU is about to sleep, or that
 * sees what was put into the queue (look_around). Arm ARM (DDI 0487, J.a), "Data Memory Barrier".
 */
static void call(struct cpu *cpu, bool bound)
{
	struct cpu *idle = &boot_cpu;

	dmb_ish();
	if (!bound && !is_idling(cpu)) {
		while (idle && !(cpu_is_online(idle) && is_idling(idle)))
			idle = cpu_next(idle);
		if (!idle && waiting(cpu->queue) > 1)
			return;
		cpu = idle ?: cpu;
	}
	if (cpu != this_cpu())
		ipi_wake(cpu);
}

static void account(struct run_queue *queue, struct thread *left, struct thread *next)
{
	u64 now = arch_counter_ns();

	left->ran_ns += now - queue->since_ns;
	queue->since_ns = now;
	queue->slice_end_ns = 0;
	queue->switches++;
	next->runs++;
}

/*
 * Run what is next, with this CPU's queue locked and interrupts masked. Returns when the thread
 * that called it runs again, perhaps on another CPU, whose queue its last thread left locked (S3).
 */
static void run_next(struct run_queue *queue)
{
	struct cpu *cpu = this_cpu();
	struct thread *left = cpu->current, *next = take_first(queue);

	if (!next)
		next = left->state == THREAD_RUNNING ? left : &queue->idle;
	next->state = THREAD_RUNNING;
	if (next != left) {
		account(queue, left, next);
		next->cpu = cpu;
		cpu->current = next;
		cpu->stack_low = next->stack_low;
		arch_fp_own(next->fp);
		arch_switch(&left->sp, next->sp);
	}
	spin_unlock(&this_cpu()->queue->lock);
}

void sched_begin(void)
{
	spin_unlock(&this_cpu()->queue->lock);
	irq_open();
}

void sched_yield(void)
{
	u64 saved = irq_save();
	struct run_queue *queue = this_cpu()->queue;

	sched_may_sleep(__func__);
	spin_lock(&queue->lock);
	if (queue->waiting && this_thread() != &queue->idle) {
		put_last(queue, this_thread());
		if (!this_thread()->bound && __atomic_load_n(&boot_cpu.next, __ATOMIC_RELAXED))
			call(this_cpu(), false);
	}
	run_next(queue);
	irq_restore(saved);
}

void sched_relax(void)
{
	struct run_queue *queue = this_cpu()->queue;
	u64 now;

	sched_may_sleep(__func__);
	if (likely(!waiting(queue)))
		return;
	now = arch_counter_ns();
	if (!queue->slice_end_ns)
		queue->slice_end_ns = now + SCHED_SLICE_NS;
	if (now >= queue->slice_end_ns ||
	    (this_thread()->priority > THREAD_URGENT &&
	     __atomic_load_n(&queue->first[THREAD_URGENT], __ATOMIC_RELAXED)))
		sched_yield();
}

void sched_may_sleep(const char *function)
{
	lock_assert_none(function);
}

/* ---- waiting and waking ---- */

void sched_wait(struct spinlock *lock, const char *what)
{
	struct thread *thread = this_thread();
	struct run_queue *queue = thread->cpu->queue;

	spin_lock(&queue->lock);
	thread->state = THREAD_WAITING;
	thread->waits = what;
	/* Woken from here on, it is put into this queue, when the switch is over. */
	spin_unlock(lock);
	run_next(queue);
}

void sched_leave(struct spinlock *lock)
{
	struct run_queue *queue = this_cpu()->queue;

	spin_lock(&queue->lock);
	this_thread()->state = THREAD_DEAD;
	spin_unlock(lock);
	run_next(queue);
	__builtin_unreachable();
}

void sched_settle(const struct thread *thread)
{
	struct spinlock *lock = &thread->cpu->queue->lock;

	spin_unlock_irq(lock, spin_lock_irq(lock));
}

/* Into the queue of its CPU, or the boot CPU's if that went off. */
static struct cpu *put(struct thread *thread)
{
	struct cpu *cpu = thread->cpu;

	spin_lock(&cpu->queue->lock);
	if (unlikely(!cpu_is_online(cpu))) {
		spin_unlock(&cpu->queue->lock);
		cpu = thread->cpu = &boot_cpu;
		spin_lock(&cpu->queue->lock);
	}
	put_last(cpu->queue, thread);
	__atomic_store_n(&cpu->attention, true, __ATOMIC_RELAXED);
	spin_unlock(&cpu->queue->lock);
	return cpu;
}

void sched_wake(struct thread *thread)
{
	bool bound = thread->bound;

	call(put(thread), bound);
}

void sched_start(struct thread *thread)
{
	u64 saved = irq_save();

	if (!thread->cpu)
		thread->cpu = thread->bound ? thread->bound : this_cpu();
	sched_wake(thread);
	irq_restore(saved);
}

/* ---- nothing to do ---- */

/* Take over a thread that waits for a busy CPU. */
static bool steal(struct run_queue *own)
{
	for (struct cpu *cpu = &boot_cpu; cpu; cpu = cpu_next(cpu)) {
		struct run_queue *queue = cpu->queue;
		struct thread *thread;

		if (queue == own || !waiting(queue) || is_idling(cpu))
			continue;
		spin_lock(&queue->lock);
		thread = take_movable(queue);
		spin_unlock(&queue->lock);
		if (!thread)
			continue;
		spin_lock(&own->lock);
		thread->cpu = this_cpu();
		put_last(own, thread);
		own->stolen++;
		spin_unlock(&own->lock);
		return true;
	}
	return false;
}

/* Is there something to run? It is in this CPU's queue then. */
static bool look_around(struct run_queue *queue)
{
	__atomic_store_n(&queue->idling, true, __ATOMIC_RELAXED);
	dmb_ish(); /* call() has the other one of this pair */
	return waiting(queue) || steal(queue);
}

/*
 * While this CPU looked as if it slept, it may have been called for more than the one thread that
 * it goes on with: no other one in any queue needs to wait for it. The barrier is as above.
 */
static void run_waiting(struct run_queue *queue)
{
	struct cpu *cpu = &boot_cpu;

	dmb_ish();
	while (cpu && waiting(cpu->queue) <= (cpu->queue == queue))
		cpu = cpu_next(cpu);
	if (cpu)
		call(cpu, false);
	spin_lock(&queue->lock);
	run_next(queue);
}

/* The idle thread. With interrupts masked, so that none comes between looking and sleeping. */
static void __noreturn idle(void)
{
	struct run_queue *queue = this_cpu()->queue;

	for (;;) {
		bool found;

		if (unlikely(queue->leave))
			queue->leave(); /* before it takes over anything */
		found = look_around(queue);
		if (!found) {
			irq_wait();
			irq_open();
			irq_mask();
		}
		__atomic_store_n(&queue->idling, false, __ATOMIC_RELAXED);
		if (found)
			run_waiting(queue);
	}
}

static void __noreturn begin_idle(void)
{
	spin_unlock(&this_cpu()->queue->lock);
	idle();
}

/* ---- for people ---- */

PANIC_REPORT(25, thread)
{
	const struct thread *thread = this_thread();

	(void)regs;
	if (thread)
		printk("thread: %u, %s, on CPU %u\n", thread->number, thread->name,
		       this_cpu()->number);
}

/* ---- CPUs ---- */

void sched_init_cpu(struct cpu *cpu, struct run_queue *queue)
{
	struct thread *thread = &queue->idle;
	u64 saved;

	queue->lock.class = &lock_class_run_queue;
	saved = spin_lock_irq(&queue->lock);
	queue->leave = NULL;
	*thread = (struct thread){ .cpu = cpu, .bound = cpu, .state = THREAD_RUNNING };
	for (unsigned priority = 0; priority < THREAD_PRIORITIES; priority++)
		queue->last[priority] = &queue->first[priority];
	snprintf(thread->name, sizeof(thread->name), "idle%u", cpu->number);
	thread->priority = THREAD_IDLE;
	thread->stack_low = cpu->overflow_top - OVERFLOW_STACK_BYTES;
	thread->sp = arch_switch_prepare(cpu->overflow_top, begin_idle);
	if (!cpu->queue)
		cpu->queue = queue;
	cpu->current = thread;
	spin_unlock_irq(&queue->lock, saved);
}

void sched_enter(void)
{
	struct run_queue *queue = this_cpu()->queue;

	queue->since_ns = arch_counter_ns();
	idle();
}

void __init sched_init(void)
{
	struct thread *thread = &boot_thread;

	boot_cpu.affinity = cpu_affinity();
	sched_init_cpu(&boot_cpu, &boot_queue);
	strscpy(thread->name, "main", sizeof(thread->name));
	thread->cpu = thread->bound = &boot_cpu;
	thread->priority = THREAD_NORMAL;
	thread->state = THREAD_RUNNING;
	thread->stack_low = boot_cpu.stack_low;
	boot_cpu.current = thread;
}

void sched_hand_over(void (*leave)(void))
{
	struct cpu *cpu = this_cpu();
	struct run_queue *queue = cpu->queue;
	struct thread *thread;

	do {
		spin_lock(&queue->lock);
		__atomic_store_n(&cpu->online, false, __ATOMIC_RELEASE);
		thread = take_first(queue);
		queue->leave = leave;
		spin_unlock(&queue->lock);
		if (thread)
			sched_wake(thread);
	} while (thread);
}
