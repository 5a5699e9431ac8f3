// SPDX-License-Identifier: BSD-2-Clause
/* CPUs go off: by a thread of the CPU itself, and in the end by its idle thread. */
#include <arch/counter.h>
#include <arch/irqflags.h>
#include <kernel/assert.h>
#include <kernel/ipi.h>
#include <kernel/irq.h>
#include <kernel/thread.h>
#include <lib/printk.h>
#include <mm/pages.h>
#include <mm/slab.h>

#include "inside.h"

/* Its last: nothing is left for it to run, on the idle thread's stack. */
static void leave(void)
{
	slab_drain_cpu();
	pages_drain_cpu();
	/* It would go on asking, for ever where a reset doesn't end that: QEMU keeps its line. */
	arch_timer_stop();
	irq_quiet_cpu();
	cpus_park();
}

/* What is asked of the CPU that is to go, and what becomes of it. */
enum {
	ASKED,
	GOES,
	WITHDRAWN,
};

/* Wishes are numbered: one that was withdrawn may be read late, when there is another one. */
#define WISH_STEP 4

static u64 asked; /* the last wish's number, plus one of these */

/* One of both, whoever comes first: the CPU goes, or the wish is withdrawn. */
static bool decide(u64 wish, u64 decision)
{
	u64 expected = wish + ASKED;

	return __atomic_compare_exchange_n(&asked, &expected, wish + decision, false,
					   __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

/* On the CPU that goes: from here on nothing new comes to it. */
static void hand_over(void *argument)
{
	u64 saved;

	if (!decide((u64)(uintptr_t)argument, GOES))
		return;
	saved = irq_save();
	sched_hand_over(leave);
	irq_restore(saved);
	ipi_close();
}

/* What runs there may keep it from going. */
static bool goes(u64 wish)
{
	u64 until = arch_counter_ns() + CPUS_STEP_NS;

	while (__atomic_load_n(&asked, __ATOMIC_ACQUIRE) == wish + ASKED) {
		if (arch_counter_ns() > until)
			return !decide(wish, WITHDRAWN);
		sched_yield();
		spin_pause();
	}
	return true;
}

static bool wait_off(const struct cpu *cpu)
{
	u64 began = arch_counter_ns();

	while (cpu_is_on(cpu->affinity)) {
		if (arch_counter_ns() - began > CPUS_STEP_NS)
			return false;
		sched_yield();
		spin_pause();
	}
	return true;
}

static const char *take_off(struct cpu *cpu)
{
	u64 wish = ALIGN_DOWN(asked, WISH_STEP) + WISH_STEP;
	struct thread *thread;

	if (!cpu_can_go_off(cpu->affinity))
		return "can't be switched off: by no PSCI, and it has no spin table";
	__atomic_store_n(&asked, wish + ASKED, __ATOMIC_RELEASE);
	thread = thread_create("off", hand_over, (void *)(uintptr_t)wish, THREAD_URGENT, cpu);
	if (!thread)
		return "has no memory for the thread that hands over";
	if (!goes(wish)) {
		thread_abandon(thread);
		return "is busy: a thread there doesn't let others run";
	}
	thread_join(thread);
	if (!wait_off(cpu))
		return "doesn't go off";
	timer_take_over(cpu->timers);
	return NULL;
}

static const char *turn_off(struct cpu *cpu)
{
	if (!cpu)
		return "was never on";
	if (cpu == &boot_cpu)
		return "is the boot CPU";
	return cpu_is_online(cpu) ? take_off(cpu) : "is off";
}

const char *cpus_off(u32 number)
{
	const char *lacks;

	mutex_lock(&cpus_mutex, CPUS_MUTEX_WHAT);
	lacks = turn_off(cpus_find(number));
	mutex_unlock(&cpus_mutex);
	return lacks;
}

const char *cpus_stop(void)
{
	const char *lacks = NULL;

	ASSERT(this_cpu() == &boot_cpu);
	for (struct cpu *cpu = cpu_next(&boot_cpu); cpu && !lacks; cpu = cpu_next(cpu)) {
		if (!cpu_is_online(cpu))
			continue;
		lacks = cpus_off(cpu->number);
		cpu_area(cpu)->comes_back = !lacks;
	}
	return lacks;
}

void cpus_resume(void)
{
	for (struct cpu *cpu = cpu_next(&boot_cpu); cpu; cpu = cpu_next(cpu)) {
		struct cpu_area *area = cpu_area(cpu);
		const char *lacks = area->comes_back ? cpus_on(cpu->number) : NULL;

		area->comes_back = false;
		if (lacks)
			printk("cpus: %s %s\n", area->tree.name, lacks);
	}
}
