// SPDX-License-Identifier: BSD-2-Clause
/* A thread on another CPU: see second_cpu.h. */
#include <arch/cpu.h>
#include <arch/spinlock.h>
#include <kernel/cpus.h>
#include <kernel/thread.h>

#include "second_cpu.h"

static struct thread *thread;
static struct cpu *cpu_of_second;
static void (*work_of_second)(void);
static bool has_begun;

static void run(void *argument)
{
	(void)argument;
	__atomic_store_n(&has_begun, true, __ATOMIC_RELEASE);
	work_of_second();
}

const char *second_cpu_start(void (*work)(void))
{
	cpu_of_second = cpus_online_at(cpus_online_at(0) == this_cpu());
	if (!cpu_of_second)
		return "there is no second CPU";
	work_of_second = work;
	has_begun = false;
	thread = thread_create("second", run, NULL, THREAD_URGENT, cpu_of_second);
	if (!thread)
		return "no memory";
	while (!__atomic_load_n(&has_begun, __ATOMIC_ACQUIRE))
		spin_pause();
	return NULL;
}

struct cpu *second_cpu(void)
{
	return cpu_of_second;
}

void second_cpu_end(void)
{
	thread_join(thread);
}
