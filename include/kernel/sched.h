/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads, and the scheduler: a run queue for each CPU, first come first served by priority.
 *
 * The kernel is preempted only where it waits: a thread keeps its CPU until it calls something that
 * says that it sleeps, sched_yield, or sched_relax after its time slice has ended. So what a CPU
 * has for itself stays so between two such calls.
 *
 *   S1  a thread is in at most one run queue, and then it is THREAD_READY
 *   S2  a CPU runs one thread, which is in no run queue
 *   S3  a thread's registers are on its stack before any other CPU can go on with it: the lock of
 *       its CPU's queue is held from before it can be woken until the switch is over
 *
 * A CPU with nothing to run takes what waits for another one that is busy; failing that it sleeps
 * (WFI), on its idle thread's stack. There is no tick: a time slice is looked at where a thread may
 * be preempted, and only if another one waits. A program is interrupted at its end.
 *
 * Nothing here allocates. Source: the hand-over of a lock through the switch is xv6's (Cox,
 * Kaashoek, Morris, "xv6: a simple, Unix-like teaching operating system", chapter 7).
 */
#ifndef KERNEL_SCHED_H
#define KERNEL_SCHED_H

#include <arch/cpu.h>
#include <arch/spinlock.h>
#include <kernel/timer.h>
#include <kernel/types.h>

struct fp_state;

enum thread_state {
	THREAD_READY, /* in a run queue */
	THREAD_RUNNING,
	THREAD_WAITING,
	THREAD_DEAD,
};

/* Work that waits like an interrupt goes first; a CPU's idle thread runs when there is no other. */
enum thread_priority {
	THREAD_URGENT,
	THREAD_NORMAL,
	THREAD_PRIORITIES,
	THREAD_IDLE = THREAD_PRIORITIES,
};

#define THREAD_NAME_SIZE 16

/*
 * Locking: the lock of the run queue of thread->cpu. While a thread waits, the lock of what it
 * waits for keeps others from waking it.
 */
struct thread {
	u64 sp; /* of its switch_frame while it doesn't run (<arch/switch.h>) */
	u64 stack_low;
	struct fp_state *fp; /* NULL: it uses no FP or SIMD register */
	struct thread *next; /* in a run queue */
	struct cpu *cpu;     /* where it runs, or ran last */
	struct cpu *bound;   /* the only one that it may run on; NULL: any */
	const char *waits;   /* for what, while it is THREAD_WAITING */
	u64 ran_ns;          /* time that it had */
	u64 runs;            /* so often it got a CPU */
	u8 state;            /* enum thread_state */
	u8 priority;         /* enum thread_priority */
	u32 number;
	char name[THREAD_NAME_SIZE];
	struct thread *all; /* kernel/thread's list */
};

/* The one that runs. */
static inline struct thread *this_thread(void)
{
	return this_cpu()->current;
}

#define SCHED_SLICE_NS 10000000

/* What a CPU's scheduler has: in memory of the code that starts the CPU. */
struct run_queue {
	struct spinlock lock;
	u32 waiting; /* threads in `first`. Written with the lock */
	struct thread *first[THREAD_PRIORITIES];
	struct thread **last[THREAD_PRIORITIES];
	struct thread idle;
	bool idling;        /* its CPU is about to sleep, or sleeps. Atomic */
	u64 slice_end_ns;   /* of the thread that runs; 0: nobody waited yet */
	struct timer slice; /* sched_preempt's */
	u64 since_ns;       /* it runs since then */
	u64 switches;
	u64 stolen;          /* threads that this CPU took over from others */
	void (*leave)(void); /* what the idle thread has left to do, or NULL */
};

/*
 * What boots is a thread from here on, and stays on the boot CPU: on its stack another kernel is
 * started. Before anything that may sleep.
 */
void sched_init(void);

/*
 * sched_init_cpu - a run queue for `cpu`, which isn't online yet. All zero the first time; later,
 * as that CPU left it: others may look at it, and hold its lock for that.
 *
 * Its idle thread has the stack [overflow_top - OVERFLOW_STACK_BYTES, overflow_top): it is empty
 * whenever that is needed for what it is for, a stack that is used up, and then nothing goes on.
 */
void sched_init_cpu(struct cpu *cpu, struct run_queue *queue);

/*
 * sched_enter - a CPU that has started runs threads from here on; it becomes its idle thread.
 *
 * On the stack of that, interrupts masked, cpu->online set.
 */
void sched_enter(void) __attribute__((noreturn));

/* Let a thread run that is new: on thread->bound, else on this CPU at first. Any context. */
void sched_start(struct thread *thread);

/* Let others run that are ready, and go on after them. Sleeps. */
void sched_yield(void);

/*
 * sched_relax - the same, if this thread's slice has ended or something urgent waits.
 *
 * For loops that may take longer than a slice: cheap. Sleeps.
 */
void sched_relax(void);

/*
 * sched_preempt - the same, before this thread goes on with a program: if others wait, its CPU's
 * `attention` is set when the slice ends.
 */
void sched_preempt(void);

/* The first function of a thread's stack calls it, on that stack: the switch to it is over. */
void sched_begin(void);

/*
 * sched_leave - this thread runs no more. `lock` is held, and is let go of when nothing can wake it
 * any more. To free the stack, take that lock first, then call sched_settle, which takes the lock
 * of its run queue.
 */
void sched_leave(struct spinlock *lock) __attribute__((noreturn));
void sched_settle(const struct thread *thread);

/* For wait queues (kernel/sched/wait.c): with `lock` held, which is let go of. Sleeps. */
void sched_wait(struct spinlock *lock, const char *what);

/* The same: it is to run. Interrupts masked, and once with the lock that sched_wait let go of. */
void sched_wake(struct thread *thread);

/*
 * sched_hand_over - this CPU is about to go off: not online any more, it runs nothing new.
 *
 * What is ready here, bound or not, goes on with the boot CPU, as what wakes later does. When this
 * thread waits or ends, the idle thread calls `leave`, which doesn't return. Interrupts masked.
 */
void sched_hand_over(void (*leave)(void));

/* DEBUG=1: panics in an interrupt, and with a spin lock held. `function`: its caller. */
void sched_may_sleep(const char *function);

#endif
