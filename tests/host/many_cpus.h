/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A machine of several CPUs, for what the scheduler does: each CPU is a pthread, a kernel thread is
 * a context that the pthreads switch between, spin locks wait, and interrupts come.
 *
 * It takes the place of host.c. A test's head has "Machine: many CPUs" for it, and is built twice:
 * under UndefinedBehaviorSanitizer, and under ThreadSanitizer with each kernel thread one of its
 * fibers.
 *
 * An interrupt is taken where its CPU opens interrupts, or waits for a lock. The clock runs
 * MANY_CPUS_SLOWER times slower than real time, so that a busy host keeps the kernel's deadlines.
 *
 * What fails ends the program: cmocka's assertions would jump from one thread's stack to another's.
 *
 *   M1  a kernel thread is run by one CPU at a time (S3 of <kernel/sched.h>)
 *   M2  a switch happens with interrupts masked and one spin lock held
 *   M3  a CPU that goes off leaves nothing in its queue
 *   M4  no CPU sleeps for long while something waits in its queue, and something happens always
 */
#ifndef MANY_CPUS_H
#define MANY_CPUS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <kernel/types.h>

#define MANY_CPUS        4
#define MANY_CPUS_SLOWER 8

#define MICROSECOND 1000ULL

/* Boot, up to where all CPUs run. The caller is the boot thread. */
void many_cpus_start(void);

/* The clock goes on by so much at once. */
void many_cpus_advance(u64 ns);

/* S1 and S2 of <kernel/sched.h>, of all queues at once. Any thread, no lock held. */
void many_cpus_check(void);

/* Some time passes, in which interrupts come. */
void many_cpus_work(unsigned loops);

/* That something happened: else the machine counts as hung. */
void many_cpus_alive(void);

/* Numbers by the seed that `many_cpus_seed` prints; `state` is the caller's own. */
u64 many_cpus_seed(void);
u64 many_cpus_random(u64 *state, u64 limit);

/* A thread that has to be there; a sleep that has to end. */
struct cpu;
struct thread;
struct thread *many_cpus_create(const char *name, void (*run)(void *), void *argument,
				struct cpu *bound);
void many_cpus_sleep(u64 ns);

/* Of what several CPUs change. */
static inline u32 many_cpus_load(const u32 *at)
{
	return __atomic_load_n(at, __ATOMIC_ACQUIRE);
}

static inline void many_cpus_add(u32 *at, u32 by)
{
	__atomic_fetch_add(at, by, __ATOMIC_ACQ_REL);
}

void many_cpus_fail(const char *file, int line, const char *fact) __attribute__((noreturn));

#define MUST(fact)                                                 \
	do {                                                       \
		if (!(fact))                                       \
			many_cpus_fail(__FILE__, __LINE__, #fact); \
	} while (0)

#endif
