/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting another CPU: from its first instruction to C in the kernel's map.
 *
 * It begins as the boot CPU did: MMU off, at EL1 or EL2, its caches' content unknown. It writes
 * down who it is, by its ID registers, and waits; this CPU reads that and decides. Only then does
 * it translate: at once by the kernel's own map, with an identity map of its first code in TTBR0.
 * So a CPU without the kernel's page size never has it set, which would be no error but a hang.
 *
 * What both CPUs read and write meanwhile, the one with its caches off, is a block by itself.
 *
 * One CPU at a time. Source: Linux, Documentation/arch/arm64/booting.rst (spin-table); Arm, "Power
 * State Coordination Interface", DEN 0022, CPU_ON.
 */
#ifndef ARCH_CPU_START_H
#define ARCH_CPU_START_H

/* Layout of struct cpu_start_block, for assembly. */
#define CPU_START_MAIR  0
#define CPU_START_TTBR  16
#define CPU_START_UPPER 32
#define CPU_START_STACK 48
#define CPU_START_GO    64
#define CPU_START_STATE 72
#define CPU_START_ID    80
#define CPU_START_PEN   112

/* `go`, and `state` */
#define CPU_START_RUN  1
#define CPU_START_PARK 2 /* plus enum psci_method: nothing of the block is read any more */
#define CPU_START_CAME 1

#ifndef __ASSEMBLER__

#include <arch/cpu.h>
#include <arch/cpu_id.h>
#include <arch/pgtable.h>
#include <kernel/types.h>

struct devicetree_cpu;

/* Written by this CPU up to `go`, by the other one after that. */
struct cpu_start_block {
	u64 mair, tcr;
	u64 ttbr0, ttbr1;
	u64 upper, run;
	u64 stack, cpu;
	u64 go;
	u64 state;
	struct cpu_id id; /* as the other CPU writes it down */
	u64 pen;          /* where it goes if it isn't wanted; 0: nowhere */
};

struct cpu_start {
	struct pgtable idmap;
	struct cpu_start_block *block; /* a page by itself, in the linear map */
	bool lost;                     /* a CPU may come yet, and find both */
};

/*
 * cpu_start_prepare - what it takes, `block` apart: an identity map, of tables by `alloc`.
 *
 * 0, -ENOMEM. cpu_start_finish gives the tables back by `free`; false if they, and `block`, have to
 * stay, since a CPU that was asked for may still come.
 */
int cpu_start_prepare(struct cpu_start *start, pgtable_alloc_fn *alloc,
		      pgtable_free_fn *free) __must_check;
bool cpu_start_finish(struct cpu_start *start);

/*
 * cpu_start_one - start the CPU that `tree` describes; it goes on in `run`, in C.
 *
 * There it has the stack and the struct cpu that `cpu` names, interrupts masked, SErrors too.
 * NULL, or why it doesn't run: "has no 64K pages". It is off, or parked, then.
 */
const char *cpu_start_one(struct cpu_start *start, const struct devicetree_cpu *tree,
			  struct cpu *cpu, void (*run)(void));

/*
 * Let a CPU that this kernel never started leave firmware's loop for the pen, if there is one. What
 * came of it cpu_is_on() says a moment later.
 */
void cpu_start_pen(const struct devicetree_cpu *tree);

#endif

#endif
