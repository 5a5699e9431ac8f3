/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Creating threads. What the scheduler knows of one is in <kernel/sched.h>.
 *
 * A thread has a stack of STACK_BYTES with an unmapped page on either side: one that overruns it is
 * a panic with its name.
 */
#ifndef KERNEL_THREAD_H
#define KERNEL_THREAD_H

#include <kernel/compiler.h>
#include <kernel/sched.h>

/*
 * thread_create - a thread that calls run(argument), and ends when that returns.
 *
 * `name` is cut to THREAD_NAME_SIZE - 1. `bound`: the CPU that it keeps to, online; NULL: any.
 * NULL without memory. It is ready when this returns, and has to be joined. Sleeps.
 */
struct thread *thread_create(const char *name, void (*run)(void *), void *argument,
			     enum thread_priority priority, struct cpu *bound) __must_check;

/* The running thread ends, as if `run` had returned: one that was created, with no lock held. */
void thread_exit(void) __noreturn;

/*
 * thread_join     wait until it has ended, and give back what it had. Once. Sleeps
 * thread_abandon  instead: nobody waits. What it had is given back by thread_reap
 * thread_reap     that, of those that have ended; returns how many haven't. thread_create does it
 */
void thread_join(struct thread *thread);
void thread_abandon(struct thread *thread);
u32 thread_reap(void);

/*
 * thread_read - a copy of the first thread with a number above `after`; false: there is none.
 *
 * The boot thread has number 1. Idle threads are not among them: they are their CPUs'.
 */
bool thread_read(u32 after, struct thread *copy);

/* Print the calls that led the thread of this number to where it waits. False: there is none. */
bool thread_print_trace(u32 number);

/* The boot thread becomes the first of the list. Boot, before any other is created. */
void thread_init(void);

#endif
