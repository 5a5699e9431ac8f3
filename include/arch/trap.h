/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exceptions: what the vectors save, and what the handler does with it.
 */
#ifndef ARCH_TRAP_H
#define ARCH_TRAP_H

#include <arch/context.h>

/* Kinds: the vector's number 0 to 15, plus this when the stack was used up, or can't be used. */
#define TRAP_OVERFLOW 16

#ifndef __ASSEMBLER__

#include <kernel/types.h>

/* Called by the vectors, on the stack that was in use or on the overflow stack. */
void trap_handle(struct regs *regs, u64 kind);

/*
 * What takes interrupts, with interrupts masked, and the registers of what was interrupted. Set
 * once, before they are opened (<kernel/irq.h>); while it is NULL one is a panic, as FIQs are
 * always.
 */
extern void (*trap_irq)(struct regs *regs);

/*
 * A data abort of the kernel's at an address of the lower half: true if the code that was
 * interrupted can go on, at regs->pc. Set once; NULL until there are programs.
 */
extern bool (*trap_user_copy)(struct regs *regs);

/* The class of an exception in words, from ESR_EL1. */
const char *trap_class_name(u64 esr);

/*
 * SErrors, which come of accesses that went wrong after their instruction was over. They are masked
 * from the kernel's first instruction on, and pend.
 *
 * trap_open_serror    take them from here on: there are vectors, and a console to say so. One that
 *                     pends is a panic at once
 * trap_settle_serror  before this kernel leaves, masked again: wait for what it did to memory, and
 *                     take what came of it here, a panic. The next kernel would be blamed for it
 * trap_drop_serror    the same for one that panics already: true if there was one, which is gone
 */
void trap_open_serror(void);
void trap_settle_serror(void);
bool trap_drop_serror(void);

struct cpu;

/*
 * backtrace_print - where a CPU was, and the calls that led there.
 *
 * It is this one, or has stopped: its stacks are read, and nothing outside of them.
 */
void backtrace_print(const struct cpu *cpu, const struct regs *regs);

/* Did an access or a fetch fail at `regs->far`? */
bool trap_is_abort(const struct regs *regs);

#endif

#endif
