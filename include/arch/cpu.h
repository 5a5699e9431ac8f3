/* SPDX-License-Identifier: BSD-2-Clause */
/* What CPU this is, and what it has of its own. */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

/* Layout of struct cpu, for assembly. */
#define CPU_STACK_LOW    0
#define CPU_OVERFLOW_TOP 8

#ifndef __ASSEMBLER__

#include <arch/sysreg.h>
#include <kernel/types.h>

struct ipi_request;
struct fp_state;
struct pages_hot_list;
struct regs;
struct run_queue;
struct slab;
struct spinlock;
struct thread;
struct timers;

/* More spin locks than anybody holds at once, a handler's among them. */
#define CPU_HELD_MOST 8

/* At least as many as there are slab caches. */
#define CPU_SLABS 32

/*
 * Per CPU, found by TPIDR_EL1. The vectors read the first two. What upper storeys keep for a CPU is
 * a pointer here, which they fill in before the CPU runs.
 */
struct cpu {
	u64 stack_low;    /* the lowest address that the stack may use */
	u64 overflow_top; /* the stack to take when that one is used up */
	u64 affinity;     /* of MPIDR_EL1: cpu_affinity() on it */
	u32 number;       /* 0 is the boot CPU */
	bool online;      /* it runs threads and takes interrupts. Atomic */
	struct cpu *next;
	volatile u8 *redistributor; /* its part of a GIC of version 3 */
	u32 gic_taken;              /* of one of version 2: what it said last, sender and all, */
	u8 gic_target;              /* and this CPU's bit in it */
	bool drops_serror;          /* arch/arm64/trap */
	bool stopped;               /* for good: see ipi_stop_others. Atomic */
	bool attention;             /* before a program goes on here, look what awaits it. Atomic */
	u32 handling;               /* kernel/sched/irq.c: an interrupt's number, or IRQ_NONE */
	const struct regs *interrupted; /* what that came to; NULL: none is being handled */
	struct ipi_request *requests;   /* kernel/sched/ipi.c. Atomic */
	u32 fp_busy;                    /* brackets of <arch/fp.h> that are open, */
	struct fp_state *fp;            /* and whose the registers are; NULL: nobody's */
	struct run_queue *queue;        /* kernel/sched */
	struct timers *timers;
	struct thread *current;
	struct pages_hot_list *pages_hot; /* mm/page */
	struct slab *slabs[CPU_SLABS];    /* mm/heap: its own one of each cache; NULL: none */
	u32 held_count; /* DEBUG=1, lib/log/lock_debug.c: the spin locks that it holds */
	const struct spinlock *held[CPU_HELD_MOST];
};

extern struct cpu boot_cpu;

/*
 * cpu_next - the CPU that was added after this one; NULL after the last.
 *
 * From &boot_cpu on: all CPUs that this kernel ever started. A new one is whole before it is in the
 * list, and none is ever taken out. Any context.
 */
static inline struct cpu *cpu_next(const struct cpu *cpu)
{
	return __atomic_load_n(&cpu->next, __ATOMIC_ACQUIRE);
}

/* Does it run threads and take interrupts? What it needs for that is there, if so. Any context. */
static inline bool cpu_is_online(const struct cpu *cpu)
{
	return __atomic_load_n(&cpu->online, __ATOMIC_ACQUIRE);
}

/* The one at hand. What is reached by it is written by its CPU alone. */
#ifdef GRANULE_HOST

extern struct cpu *host_cpu; /* the one that a test plays */

struct cpu *this_cpu(void);

#else

static inline struct cpu *this_cpu(void)
{
	return (struct cpu *)sysreg_read(tpidr_el1);
}

#endif

/*
 * cpu_id        a number that no other CPU has, and that isn't 0: the address of its struct cpu
 * cpu_affinity  what firmware and the devicetree know it by: the affinity fields of MPIDR_EL1
 */
#ifdef GRANULE_HOST

/* The ones that a test plays. */
extern u64 host_cpu_id, host_cpu_affinity;

static inline u64 cpu_id(void)
{
	return host_cpu_id;
}

static inline u64 cpu_affinity(void)
{
	return host_cpu_affinity;
}

#else

static inline u64 cpu_id(void)
{
	return sysreg_read(tpidr_el1);
}

static inline u64 cpu_affinity(void)
{
	return sysreg_read(mpidr_el1) & MPIDR_AFFINITY;
}

#endif

/* "Cortex-A72", by MIDR_EL1; "unknown core". */
const char *cpu_name(u64 midr);

#endif

#endif
