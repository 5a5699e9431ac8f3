/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of many_cpus share. To be included first: the kernel has a sched_yield, too. */
#ifndef MANY_CPUS_INSIDE_H
#define MANY_CPUS_INSIDE_H

#undef sched_yield
#include <pthread.h>
#include <sched.h>
#include <ucontext.h>

/* Whoever waits lets other pthreads go on: the host may have fewer CPUs than this machine. */
static inline void give_way(void)
{
	sched_yield();
}

/* As tests/host/host.mk has it. */
#define sched_yield granule_sched_yield

#include <string.h>

#include <arch/counter.h>
#include <arch/cpu.h>
#include <arch/irq_chip.h>
#include <arch/irqflags.h>
#include <arch/layout.h>
#include <arch/spinlock.h>
#include <kernel/compiler.h>
#include <kernel/sched.h>

#include "many_cpus.h"

#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#else
#define __tsan_get_current_fiber()        NULL
#define __tsan_create_fiber(flags)        NULL
#define __tsan_destroy_fiber(fiber)       (void)(fiber)
#define __tsan_switch_to_fiber(fiber, no) (void)(fiber)
#endif

#define NEVER (~0ULL)

/* A kernel thread's registers, at the end of its stack. */
struct context {
	ucontext_t registers;
	void *fiber;
	void (*start)(void);
	u32 running; /* atomic: some CPU is on this stack */
};

/* A CPU. */
struct player {
	pthread_t thread;
	bool began;
	u32 on; /* atomic, as firmware says */
	struct cpu *cpu;
	void (*run)(void);
	struct context native, *current, *left;
	bool open;
	unsigned held;
	u32 pending;     /* atomic: interrupts that were sent */
	u64 deadline_ns; /* atomic */
	u32 sleeps;      /* atomic: odd while it sleeps */
	pthread_mutex_t mutex;
	pthread_cond_t wakes;
};

extern struct player players[MANY_CPUS];
extern u64 clock_base; /* when the machine began, in real time */
extern u64 steps;      /* many_cpus_alive()'s. Atomic */
extern struct irq *timer_irq, *ipis[IRQ_IPIS];

/* The one at hand. */
struct player *me(void);
void init_player(struct player *p);

u64 monotonic(void);
void take_interrupts(void);
void *new_stack(void);
bool free_stack(void *low);
void *watch(void *argument);

#endif
