// SPDX-License-Identifier: BSD-2-Clause
/* What CPUs send each other: calls, wakes, and many of both at once. */
#include <arch/counter.h>
#include <arch/cpu.h>
#include <arch/cpu_pen.h>
#include <arch/irq_chip.h>
#include <arch/irqflags.h>
#include <arch/sections.h>
#include <arch/spinlock.h>
#include <arch/trap.h>
#include <kernel/cpus.h>
#include <kernel/ipi.h>
#include <kernel/irq.h>
#include <kernel/sched.h>
#include <kernel/selftest.h>
#include <kernel/thread.h>
#include <lib/printk.h>
#include <lib/string.h>
#include <mm/addr.h>

#include "second_cpu.h"

#define CALLS     10000
#define CALLS_MIN 500           /* where the host has other things to do, too */
#define CALLS_NS  4000000000ULL /* after so long */
#define WAKES     200
#define STARTS    10

/* What one CPU asks of another, in plain words: calling and answering is what orders them. */
struct order {
	u64 number;
	const struct cpu *by;
	bool was_open;
	bool had_regs;
};

static u32 stop, arrived, beats;
static u64 wrong;

static void set(u32 *word, u32 value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

static u32 get(const u32 *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static void spin_until_stop(void)
{
	while (!get(&stop))
		spin_pause();
}

static bool is_text(u64 at)
{
	return at >= vaddr_of(_text).val && at < vaddr_of(_etext).val;
}

/* Odd numbers are refused. */
static bool take_order(void *argument)
{
	struct order *order = argument;
	const struct regs *regs = this_cpu()->interrupted;

	order->by = this_cpu();
	order->was_open = irq_is_open();
	order->had_regs = regs && is_text(regs->pc);
	return order->number % 2 == 0;
}

/* NULL once the other CPU runs it, or why it can't. */
static const char *start(void (*work)(void))
{
	set(&stop, 0);
	wrong = 0;
	return second_cpu_start(work);
}

static void end(void)
{
	set(&stop, 1);
	second_cpu_end();
}

SELFTEST(ipi_calls_are_answered)
{
	const char *why = start(spin_until_stop);
	struct order order;

	if (why)
		SKIP_TEST(why);
	for (u64 i = 0; i < 100; i++) {
		order = (struct order){ .number = i, .was_open = true };
		EXPECT_EQUAL(ipi_call(second_cpu(), take_order, &order), i % 2 == 0);
		EXPECT(order.by == second_cpu());
		EXPECT(!order.was_open);
		EXPECT(order.had_regs);
	}
	EXPECT(!this_cpu()->interrupted);
	EXPECT(irq_is_open());
	end();
}

SELFTEST(ipi_call_of_oneself)
{
	struct order order = { .was_open = true };

	EXPECT(ipi_call(this_cpu(), take_order, &order));
	EXPECT(order.by == this_cpu());
	EXPECT(!order.was_open);
	order.number = 1;
	EXPECT(!ipi_call(this_cpu(), take_order, &order));
}

/* Sleeps until it is told of a next number, and tells that it has seen it. */
static void sleep_until_told(void)
{
	while (!get(&stop)) {
		u64 saved = irq_save();

		while (get(&beats) == get(&arrived) && !get(&stop))
			irq_wait();
		set(&arrived, get(&beats));
		irq_restore(saved);
	}
}

SELFTEST(ipi_wake_ends_a_wait)
{
	const char *why;
	u64 deadline;

	set(&beats, 0);
	set(&arrived, 0);
	why = start(sleep_until_told);
	if (why)
		SKIP_TEST(why);
	for (u32 i = 1; i <= WAKES; i++) {
		/* Now and then it sleeps already, now and then it doesn't. */
		deadline = arch_counter_ns() + i % 4 * 50000;
		while (arch_counter_ns() < deadline)
			spin_pause();
		set(&beats, i);
		ipi_wake(second_cpu());
		while (get(&arrived) != i)
			spin_pause();
	}
	set(&stop, 1);
	ipi_wake(second_cpu());
	end();
}

/* ---- many at once ---- */

static u64 counted[2];

struct count {
	u64 *counter;
	u64 before;
};

static bool count(void *argument)
{
	struct count *c = argument;

	c->before = (*c->counter)++;
	return true;
}

/*
 * No other CPU adds to this one's counter, so each call finds what the one before left. Returns how
 * many there were.
 */
static u64 call_often(struct cpu *to, u64 *counter)
{
	u64 deadline = arch_counter_ns() + CALLS_NS, i;

	for (i = 0; i < CALLS && (i < CALLS_MIN || arch_counter_ns() < deadline); i++) {
		struct count c = { .counter = counter };

		if (!ipi_call(to, count, &c) || c.before != i)
			__atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED);
	}
	return i;
}

static u64 calls_of_second;

static void call_the_boot_cpu(void)
{
	calls_of_second = call_often(&boot_cpu, &counted[1]);
	spin_until_stop();
}

SELFTEST(ipi_calls_both_ways_at_once)
{
	const char *why;
	u64 calls;

	counted[0] = counted[1] = 0;
	why = start(call_the_boot_cpu);
	if (why)
		SKIP_TEST(why);
	calls = call_often(second_cpu(), &counted[0]);
	end();
	EXPECT_EQUAL(wrong, 0);
	EXPECT_EQUAL(counted[0], calls);
	EXPECT_EQUAL(counted[1], calls_of_second);
	printk("# %llu calls one way, %llu the other\n", calls, calls_of_second);
}

static u64 answered;

/* Lets others run now and then: the CPU that goes is waited for by a thread here. */
static void call_until_refused(void *to)
{
	struct count c = { .counter = &counted[0] };

	for (answered = 0; ipi_call(to, count, &c); answered++)
		if (answered % 16 == 0)
			sched_yield();
}

/* Each call of a CPU that goes off meanwhile is answered, or refused: none waits for ever. */
static void call_while_it_goes(struct selftest_run *run, struct cpu *cpu)
{
	struct thread *caller;

	counted[0] = 0;
	caller = thread_create("caller", call_until_refused, cpu, THREAD_NORMAL, &boot_cpu);
	EXPECT(caller != NULL);
	if (!caller)
		return;
	EXPECT(!cpus_off(cpu->number));
	thread_join(caller);
	EXPECT_EQUAL(counted[0], answered);
	EXPECT(!cpus_on(cpu->number));
}

SELFTEST(ipi_calls_of_one_that_goes_off)
{
	struct cpu *cpu = cpu_next(&boot_cpu);

	if (!cpu || !cpu_can_go_off(cpu->affinity))
		SKIP_TEST("there is no second CPU that can go off");
	for (unsigned i = 0; i < STARTS && !run->failed; i++)
		call_while_it_goes(run, cpu);
}

/* ---- by the controller alone ---- */

static u32 taken;

static void take_one(struct irq *irq)
{
	(void)irq;
	taken++;
}

/* Its own controller's way from CPU to CPU, where there is only one CPU, too. */
SELFTEST(ipi_reaches_its_sender)
{
	static struct irq irq = { .name = "test", .handle = take_one };
	u64 saved;

	if (!irq_chip_name())
		SKIP_TEST("there is no interrupt controller");
	if (!irq.number && irq_request_ipi(&irq, IRQ_IPIS - 1))
		SKIP_TEST("firmware keeps it to itself");
	set(&taken, 0);
	for (u32 i = 1; i <= 10; i++) {
		saved = irq_save();
		irq_send(this_cpu(), irq.number);
		EXPECT_EQUAL(get(&taken), i - 1);
		irq_wait(); /* it pends, and ends the wait */
		irq_restore(saved);
		EXPECT_EQUAL(get(&taken), i);
	}
	EXPECT_EQUAL(irq_unknown(), 0);
}

/* Of calls, what all CPUs handled. */
static u64 calls_handled(void)
{
	const struct irq *irq = irq_next(NULL);

	while (irq && strcmp(irq->name, "call") != 0)
		irq = irq_next(irq);
	return irq ? __atomic_load_n(&irq->count, __ATOMIC_RELAXED) : 0;
}

SELFTEST(ipi_calls_are_counted)
{
	const char *why = start(spin_until_stop);
	u64 before = calls_handled();
	struct order order = { 0 };

	if (why)
		SKIP_TEST(why);
	for (u64 i = 0; i < 10; i++)
		ipi_call(second_cpu(), take_order, &order);
	EXPECT_EQUAL(calls_handled() - before, 10);
	end();
	EXPECT_EQUAL(irq_unknown(), 0);
}
