/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files about CPUs share. */
#ifndef KERNEL_THREAD_INSIDE_H
#define KERNEL_THREAD_INSIDE_H

#include <arch/cpu_pen.h>
#include <arch/layout.h>
#include <arch/psci.h>
#include <kernel/cpus.h>
#include <kernel/mutex.h>
#include <kernel/sched.h>
#include <kernel/timer.h>
#include <lib/devicetree_device.h>

/* What one that isn't the boot CPU has: the stack first, so that the guard lies below it. */
struct cpu_area {
	u8 stack[OVERFLOW_STACK_BYTES];
	struct cpu cpu;
	struct run_queue queue;
	struct timers timers;
	struct devicetree_cpu tree;
	bool comes_back;        /* cpus_stop took it off */
	u8 hot[] __aligned(16); /* mm/page's */
};

/* How long a CPU may take from its first C to where it runs threads, or until it is off. */
#define CPUS_STEP_NS 1000000000

/* One at a time comes or goes. */
#define CPUS_MUTEX_WHAT "a CPU that starts or stops"
extern struct mutex cpus_mutex;

static inline struct cpu_area *cpu_area(struct cpu *cpu)
{
	return container_of(cpu, struct cpu_area, cpu);
}

/* Where there is no way to go off, it waits for ever. */
static inline void __noreturn cpus_park(void)
{
	cpu_off();
	arch_halt();
}

#endif
