// SPDX-License-Identifier: BSD-2-Clause
/*
 * kernel/sched/ipi.c with three CPUs, which the test plays one at a time: a CPU that is sent
 * something takes it at once, or does before that what may come in between.
 *
 * Sources: kernel/sched/ipi.c
 */
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include <arch/context.h>
#include <arch/counter.h>
#include <arch/cpu.h>
#include <arch/cpu_pen.h>
#include <arch/irq_chip.h>
#include <arch/irqflags.h>
#include <arch/psci.h>
#include <arch/trap.h>
#include <kernel/compiler.h>
#include <kernel/ipi.h>
#include <kernel/irq.h>
#include <lib/panic.h>

#define WAKE 0
#define CALL 1

/* ---- the machine ---- */

static struct cpu second = { .number = 1, .affinity = 1 }, third = { .number = 2, .affinity = 2 };
static struct irq *irqs[IRQ_IPIS];
static char events[200];
static u64 now_ns;
static bool has_clock, is_deaf; /* the third CPU */
static u64 off_affinity;
static void (*before_taking)(struct cpu *to, u32 number);

void (*panic_stop_others)(void);
__noreturn void (*panic_stop_here)(const struct regs *regs);

static void note(const char *what)
{
	snprintf(events + strlen(events), sizeof(events) - strlen(events), "%s@%u ", what,
		 host_cpu->number);
}

static const char *happened(void)
{
	static char text[sizeof(events)];

	strcpy(text, events);
	events[0] = '\0';
	return text;
}

u64 arch_counter_ns(void)
{
	return has_clock ? ++now_ns : 0;
}

bool arch_counter_has_unit(void)
{
	return has_clock;
}

const char *irq_request_ipi(struct irq *irq, u32 number)
{
	irqs[number] = irq;
	irq->number = number;
	return NULL;
}

const struct irq *irq_next(const struct irq *irq)
{
	(void)irq;
	return NULL;
}

const char *irq_chip_name(void)
{
	return "fake";
}

void irq_quiet_cpu(void)
{
	assert_false(irq_is_open());
	note("quiet");
}

void cpu_off(void)
{
	off_affinity = host_cpu->affinity;
	note("off");
}

bool cpu_is_on(u64 mpidr)
{
	return mpidr != off_affinity;
}

void backtrace_print(const struct cpu *cpu, const struct regs *regs)
{
	(void)cpu, (void)regs;
}

static jmp_buf halted;

void arch_halt(void)
{
	note("halt");
	longjmp(halted, 1);
}

/* On another CPU, with what it was interrupted in; back here when it is over, or has halted. */
static void take(struct cpu *to, u32 number)
{
	static struct regs regs[3];
	struct cpu *here = host_cpu;
	bool was_open = host_irqs_open;

	host_cpu = to;
	host_irqs_open = false;
	to->interrupted = &regs[to->number];
	if (!setjmp(halted)) {
		irqs[number]->handle(irqs[number]);
		to->interrupted = NULL;
	}
	host_cpu = here;
	host_irqs_open = was_open;
}

void irq_send(const struct cpu *to, u32 number)
{
	struct cpu *cpu = to->number == 0 ? &boot_cpu : to->number == 1 ? &second : &third;
	void (*before)(struct cpu *, u32) = before_taking;

	note(number == WAKE ? "wake" : number == CALL ? "call" : "stop");
	before_taking = NULL;
	if (before)
		before(cpu, number);
	if (!(is_deaf && cpu == &third))
		take(cpu, number);
}

static void start_machine(void)
{
	struct cpu *const all[] = { &boot_cpu, &second, &third };

	host_irqs_open = true;
	boot_cpu.next = &second;
	second.next = &third;
	before_taking = NULL;
	has_clock = true;
	is_deaf = false;
	off_affinity = ~0ULL;
	for (unsigned i = 3; i-- > 0;) {
		host_cpu = all[i];
		host_cpu->stopped = false;
		i ? ipi_open() : ipi_init();
	}
	events[0] = '\0';
}

/* ---- calls ---- */

struct order {
	const struct cpu *by;
	bool answer;
	unsigned times;
};

static bool serve(void *argument)
{
	struct order *order = argument;

	assert_false(irq_is_open());
	order->by = host_cpu;
	order->times++;
	return order->answer;
}

static void a_call_is_answered(void **state)
{
	(void)state;
	start_machine();
	for (unsigned answer = 0; answer < 2; answer++) {
		struct order order = { .answer = answer };

		assert_int_equal(ipi_call(&second, serve, &order), answer);
		assert_ptr_equal(order.by, &second);
		assert_int_equal(order.times, 1);
		assert_string_equal(happened(), "call@0 ");
		assert_int_equal(ipi_call(&boot_cpu, serve, &order), answer);
		assert_ptr_equal(order.by, &boot_cpu);
		assert_string_equal(happened(), "");
		assert_true(irq_is_open());
	}
}

/* The third CPU calls before the second one has taken the first one's call, which answers both. */
static struct order order_of_third;

static void third_calls_too(struct cpu *to, u32 number)
{
	struct cpu *here = host_cpu;

	(void)number;
	host_cpu = &third;
	assert_true(ipi_call(to, serve, &order_of_third));
	host_cpu = here;
}

static void several_callers_queue(void **state)
{
	struct order order = { .answer = true };

	(void)state;
	start_machine();
	order_of_third = (struct order){ .answer = true };
	before_taking = third_calls_too;
	assert_true(ipi_call(&second, serve, &order));
	assert_int_equal(order.times, 1);
	assert_int_equal(order_of_third.times, 1);
	assert_string_equal(happened(), "call@0 call@2 ");
}

/* Two call each other: the one that waits answers. */
static struct order order_of_second;

static void second_calls_back(struct cpu *to, u32 number)
{
	struct cpu *here = host_cpu;

	(void)number;
	host_cpu = to;
	assert_true(ipi_call(here, serve, &order_of_second));
	host_cpu = here;
}

static void two_call_each_other(void **state)
{
	struct order order = { .answer = true };

	(void)state;
	start_machine();
	order_of_second = (struct order){ .answer = true };
	before_taking = second_calls_back;
	assert_true(ipi_call(&second, serve, &order));
	assert_ptr_equal(order.by, &second);
	assert_ptr_equal(order_of_second.by, &boot_cpu);
}

static void close_it(struct cpu *to, u32 number)
{
	struct cpu *here = host_cpu;

	(void)number;
	host_cpu = to;
	ipi_close();
	host_cpu = here;
}

static void one_that_goes_off_answers_what_it_was_asked(void **state)
{
	struct order order = { .answer = true };

	(void)state;
	start_machine();
	before_taking = close_it;
	assert_true(ipi_call(&second, serve, &order));
	assert_int_equal(order.times, 1);
	assert_false(second.online);
	assert_string_equal(happened(), "call@0 ");
	assert_false(ipi_call(&second, serve, &order));
	/* Looked at before, and closed since. */
	second.online = true;
	assert_false(ipi_call(&second, serve, &order));
	second.online = false;
	ipi_wake(&second);
	assert_string_equal(happened(), "");
	assert_int_equal(order.times, 1);
	/* It is back. */
	host_cpu = &second;
	ipi_open();
	host_cpu = &boot_cpu;
	assert_true(ipi_call(&second, serve, &order));
}

static void calls_need_open_interrupts(void **state)
{
	struct order order = { 0 };

	(void)state;
	start_machine();
	irq_mask();
	assert_true(HOST_ASSERTS(ipi_call(&second, serve, &order)));
	assert_true(HOST_ASSERTS(ipi_call(&boot_cpu, serve, &order)));
	assert_true(HOST_ASSERTS(ipi_close()));
	assert_int_equal(order.times, 0);
	/* Anybody may wake. */
	ipi_wake(&second);
	ipi_wake(&boot_cpu);
	assert_string_equal(happened(), "wake@0 ");
}

/* ---- stopping: from the last of these tests on, others are to stop ---- */

static void all_others_stop(void **state)
{
	(void)state;
	start_machine();
	irq_mask();
	host_cpu = &second;
	assert_int_equal(ipi_stop_others(100, false), 0);
	assert_string_equal(happened(), "stop@1 quiet@0 halt@0 stop@1 quiet@2 halt@2 ");
	assert_true(boot_cpu.stopped && third.stopped && !second.stopped);
	assert_non_null(boot_cpu.interrupted);
	assert_non_null(third.interrupted);
}

static void they_are_switched_off(void **state)
{
	(void)state;
	start_machine();
	third.online = false;
	assert_int_equal(ipi_stop_others(100, true), 0);
	assert_string_equal(happened(), "stop@0 quiet@1 off@1 halt@1 ");
	assert_int_equal(off_affinity, 1);
	assert_false(third.stopped);
}

/* Not for ever, by the clock or without one. */
static void one_does_not_answer(void **state)
{
	(void)state;
	for (unsigned clock = 0; clock < 2; clock++) {
		start_machine();
		is_deaf = true;
		has_clock = clock;
		assert_int_equal(ipi_stop_others(100, false), 1);
		assert_true(second.stopped && !third.stopped);
	}
}

static void a_panic_stops_them(void **state)
{
	struct regs regs = { 0 };

	(void)state;
	start_machine();
	irq_mask();
	panic_successor = NULL;
	panic_stop_others();
	assert_string_equal(happened(), "stop@0 quiet@1 halt@1 stop@0 quiet@2 halt@2 ");
	/* One that panics itself meanwhile. */
	second.stopped = false;
	host_cpu = &second;
	if (!setjmp(halted))
		panic_stop_here(&regs);
	assert_true(second.stopped);
	assert_ptr_equal(second.interrupted, &regs);
	assert_string_equal(happened(), "quiet@1 halt@1 ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_is_answered),
		cmocka_unit_test(several_callers_queue),
		cmocka_unit_test(two_call_each_other),
		cmocka_unit_test(one_that_goes_off_answers_what_it_was_asked),
		cmocka_unit_test(calls_need_open_interrupts),
		cmocka_unit_test(all_others_stop),
		cmocka_unit_test(they_are_switched_off),
		cmocka_unit_test(one_does_not_answer),
		cmocka_unit_test(a_panic_stops_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
