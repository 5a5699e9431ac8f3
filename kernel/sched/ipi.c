// SPDX-License-Identifier: BSD-2-Clause
/*
 * Interrupts that CPUs send each other. <kernel/ipi.h> has the contract.
 *
 * What a CPU is asked to run stands in a list of its own: several callers add to its head, and the
 * CPU takes all of it at once. A CPU that takes no more has the list's end `closed` there.
 */
#include <arch/counter.h>
#include <arch/cpu.h>
#include <arch/cpu_pen.h>
#include <arch/irq_chip.h>
#include <arch/irqflags.h>
#include <arch/psci.h>
#include <arch/spinlock.h>
#include <arch/trap.h>
#include <kernel/assert.h>
#include <kernel/compiler.h>
#include <kernel/ipi.h>
#include <kernel/irq.h>
#include <lib/panic.h>
#include <lib/printk.h>

enum {
	IPI_WAKE,
	IPI_CALL,
	IPI_STOP,
	IPI_COUNT,
};

BUILD_ASSERT(IPI_COUNT <= IRQ_IPIS);

/* On the stack of the CPU that asks, until `done`. */
struct ipi_request {
	bool (*function)(void *);
	void *argument;
	struct ipi_request *next;
	bool returned;
	bool done; /* atomic: the last that is written of it */
};

static struct ipi_request closed;

/* How the others are to stop, once they are. */
static enum stop {
	STOP_NOT,
	STOP_AND_WAIT,
	STOP_AND_OFF,
} stop_how;

/* Longer than a CPU of a virtual machine has to wait for its turn on a busy host. */
#define PANIC_STOP_NS 1000000000ULL

/* Looks at a CPU where time can't be told: some seconds. */
#define STOP_LOOKS_MAX 100000000

/* ---- waking and calling ---- */

/* Its interrupt is what it is for. */
static void handle_wake(struct irq *irq)
{
	(void)irq;
}

/* All that it was asked. A closed list stays so: what was answered may interrupt afterwards. */
static void answer(void)
{
	struct cpu *here = this_cpu();
	struct ipi_request *request = __atomic_exchange_n(
		&here->requests, cpu_is_online(here) ? NULL : &closed, __ATOMIC_ACQUIRE);

	while (request && request != &closed) {
		struct ipi_request *next = request->next;

		request->returned = request->function(request->argument);
		__atomic_store_n(&request->done, true, __ATOMIC_RELEASE);
		request = next;
	}
}

static void handle_call(struct irq *irq)
{
	(void)irq;
	answer();
}

void ipi_open(void)
{
	struct cpu *here = this_cpu();

	__atomic_store_n(&here->requests, NULL, __ATOMIC_RELAXED);
	__atomic_store_n(&here->online, true, __ATOMIC_RELEASE);
}

void ipi_close(void)
{
	u64 saved;

	ASSERT(irq_is_open());
	__atomic_store_n(&this_cpu()->online, false, __ATOMIC_RELEASE);
	saved = irq_save();
	answer();
	irq_restore(saved);
}

void ipi_wake(struct cpu *to)
{
	if (to != this_cpu() && cpu_is_online(to))
		irq_send(to, IPI_WAKE);
}

/* False: it takes no more. */
static bool add(struct cpu *to, struct ipi_request *request)
{
	request->next = __atomic_load_n(&to->requests, __ATOMIC_RELAXED);
	do {
		if (request->next == &closed)
			return false;
	} while (!__atomic_compare_exchange_n(&to->requests, &request->next, request, true,
					      __ATOMIC_RELEASE, __ATOMIC_RELAXED));
	return true;
}

static bool call_here(bool (*function)(void *), void *argument)
{
	u64 saved = irq_save();
	bool returned = function(argument);

	irq_restore(saved);
	return returned;
}

bool ipi_call(struct cpu *to, bool (*function)(void *), void *argument)
{
	struct ipi_request request = { .function = function, .argument = argument };

	ASSERT(irq_is_open());
	if (to == this_cpu())
		return call_here(function, argument);
	if (!cpu_is_online(to) || !add(to, &request))
		return false;
	irq_send(to, IPI_CALL);
	while (!__atomic_load_n(&request.done, __ATOMIC_ACQUIRE))
		spin_pause();
	return request.returned;
}

/* ---- stopping ---- */

/* The other CPU reads `stop_how` after it has lost to one that panics, or was interrupted by it. */
static __noreturn void stop_here(const struct regs *regs)
{
	struct cpu *here = this_cpu();
	enum stop how;

	here->interrupted = regs;
	irq_quiet_cpu();
	do {
		how = __atomic_load_n(&stop_how, __ATOMIC_ACQUIRE);
		spin_pause();
	} while (how == STOP_NOT);
	/* Release: the registers, for who prints them. */
	__atomic_store_n(&here->stopped, true, __ATOMIC_RELEASE);
	if (how == STOP_AND_OFF)
		cpu_off();
	arch_halt();
}

static void handle_stop(struct irq *irq)
{
	(void)irq;
	stop_here(this_cpu()->interrupted);
}

static bool is_stopped(const struct cpu *cpu)
{
	return __atomic_load_n(&cpu->stopped, __ATOMIC_ACQUIRE);
}

/* Has it done what it was sent? To go off takes a moment. */
static bool is_over(const struct cpu *cpu)
{
	return is_stopped(cpu) && (stop_how != STOP_AND_OFF || !cpu_is_on(cpu->affinity));
}

static void wait_for(const struct cpu *cpu, u64 deadline)
{
	u64 looks = 0;

	while (!is_over(cpu)) {
		if (arch_counter_has_unit() ? arch_counter_ns() > deadline
					    : ++looks == STOP_LOOKS_MAX)
			return;
		spin_pause();
	}
}

unsigned ipi_stop_others(u64 wait_ns, bool off)
{
	u64 deadline = arch_counter_ns() + wait_ns;
	unsigned silent = 0;

	__atomic_store_n(&stop_how, off ? STOP_AND_OFF : STOP_AND_WAIT, __ATOMIC_RELEASE);
	for (struct cpu *cpu = &boot_cpu; cpu; cpu = cpu_next(cpu))
		if (cpu != this_cpu() && cpu_is_online(cpu))
			irq_send(cpu, IPI_STOP);
	for (struct cpu *cpu = &boot_cpu; cpu; cpu = cpu_next(cpu)) {
		if (cpu == this_cpu() || !cpu_is_online(cpu))
			continue;
		wait_for(cpu, deadline);
		silent += !is_stopped(cpu);
	}
	return silent;
}

/* ---- a panic ---- */

static void stop_others(void)
{
	ipi_stop_others(PANIC_STOP_NS, panic_successor != NULL);
}

static const char *name_of(u32 number)
{
	const struct irq *irq = irq_next(NULL);

	while (irq && irq->number != number)
		irq = irq_next(irq);
	return irq ? irq->name : "nobody";
}

static void print_silent(const struct cpu *cpu)
{
	u32 handling = __atomic_load_n(&cpu->handling, __ATOMIC_RELAXED);

	if (handling == IRQ_NONE)
		printk("CPU %u did not answer; it handles no interrupt\n", cpu->number);
	else
		printk("CPU %u did not answer; it handles interrupt %u, %s\n", cpu->number,
		       handling, name_of(handling));
}

PANIC_REPORT(35, other_cpus)
{
	(void)regs;
	for (const struct cpu *cpu = &boot_cpu; cpu; cpu = cpu_next(cpu)) {
		if (cpu == this_cpu())
			continue;
		if (is_stopped(cpu)) {
			printk("call trace of CPU %u:\n", cpu->number);
			backtrace_print(cpu, cpu->interrupted);
		} else if (cpu_is_online(cpu)) {
			print_silent(cpu);
		}
	}
}

void __init ipi_init(void)
{
	static struct irq irqs[IPI_COUNT] = {
		[IPI_WAKE] = { .name = "wake", .handle = handle_wake },
		[IPI_CALL] = { .name = "call", .handle = handle_call },
		[IPI_STOP] = { .name = "stop", .handle = handle_stop },
	};
	const char *lacks = NULL;

	for (u32 i = 0; i < IPI_COUNT && !lacks; i++)
		lacks = irq_request_ipi(&irqs[i], i);
	if (lacks && irq_chip_name())
		printk("interrupts between CPUs: none: the controller %s\n", lacks);
	panic_stop_others = stop_others;
	panic_stop_here = stop_here;
	ipi_open();
}
