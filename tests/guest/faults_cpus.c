// SPDX-License-Identifier: BSD-2-Clause
/* Panics on purpose with a second CPU: its call trace shows where it was stopped. */
#include <arch/counter.h>
#include <arch/cpu.h>
#include <arch/irqflags.h>
#include <arch/spinlock.h>
#include <kernel/compiler.h>
#include <kernel/ipi.h>
#include <kernel/timer.h>
#include <lib/panic.h>
#include <lib/printk.h>

#include "faults_cpus.h"
#include "second_cpu.h"

static u32 spins, go;

static __noinline void spin_for_ever(void)
{
	__atomic_store_n(&spins, 1, __ATOMIC_RELEASE);
	for (;;)
		spin_pause();
}

static void spin_open(void)
{
	spin_for_ever();
}

static void spin_deaf(void)
{
	irq_mask();
	spin_for_ever();
}

/* Deaf to who panics first: it has to notice by itself. */
static __noinline void panic_soon(void)
{
	irq_mask();
	__atomic_store_n(&spins, 1, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&go, __ATOMIC_ACQUIRE))
		;
	panic("panic_soon: as asked for, on CPU %u", this_cpu()->number);
}

/* False: there is none, and it was said why. */
static bool start(void (*work)(void))
{
	const char *why = second_cpu_start(work);

	if (why)
		printk("fault: %s\n", why);
	while (!why && !__atomic_load_n(&spins, __ATOMIC_ACQUIRE))
		spin_pause();
	return !why;
}

void fault_with_another(void)
{
	if (start(spin_open))
		panic("fault_with_another: as asked for");
}

void fault_of_another(void)
{
	if (!start(panic_soon))
		return;
	__atomic_store_n(&go, 1, __ATOMIC_RELEASE);
	spin_for_ever();
}

void fault_of_both(void)
{
	if (!start(panic_soon))
		return;
	__atomic_store_n(&go, 1, __ATOMIC_RELEASE);
	panic_soon();
}

void fault_deaf_cpu(void)
{
	if (start(spin_deaf))
		panic("fault_deaf_cpu: as asked for");
}

/* ---- busy with an interrupt ---- */

#define LOOK_NS 10000000ULL

static bool handle_for_ever(void *argument)
{
	(void)argument;
	__atomic_store_n(&go, 1, __ATOMIC_RELEASE);
	spin_for_ever();
	return false;
}

static void panic_once_it_does(struct timer *timer)
{
	if (__atomic_load_n(&go, __ATOMIC_ACQUIRE))
		panic("fault_busy_cpu: as asked for");
	timer_start(timer, arch_counter_ns() + LOOK_NS);
}

void fault_busy_cpu(void)
{
	static struct timer timer = { .fire = panic_once_it_does };

	if (!timer_works() || !start(spin_open))
		return;
	timer_start(&timer, arch_counter_ns() + LOOK_NS);
	ipi_call(second_cpu(), handle_for_ever, NULL);
}
