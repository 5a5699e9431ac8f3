/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exceptions: what the vectors save, and what is made of it.
 */
#ifndef ARCH_TRAP_H
#define ARCH_TRAP_H

/* Layout of struct regs, for vectors.S; trap.c asserts that they agree. */
#define REGS_SP    248
#define REGS_PC    256
#define REGS_ESR   272
#define REGS_BYTES 288

/* Kinds: the vector's number 0 to 15, plus this when the stack was used up, or can't be used. */
#define TRAP_OVERFLOW 16

#ifndef __ASSEMBLER__

#include <kernel/types.h>

struct regs {
	u64 x[31];
	u64 sp;
	u64 pc;
	u64 pstate;
	u64 esr;
	u64 far;
};

/* Called by the vectors, on the stack that was in use or on the overflow stack. */
void trap_handle(struct regs *regs, u64 kind);

/* Is this one for which there was no room on the stack? */
bool trap_is_overflow(const struct regs *regs, u64 kind);

/* The class of an exception in words, from ESR_EL1. */
const char *trap_class_name(u64 esr);

/* Registers, cause in words, page-table walk, backtrace: all of an exception on the console. */
void trap_print(const struct regs *regs, u64 kind);

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

/*
 * Accesses that may fault, for tests and for looking around: return 0, or -EFAULT when
 * the access was refused. Implemented in vectors.S; the handler knows their addresses.
 */
int arch_probe_read(vaddr_t va, u8 *value);
int arch_probe_write(vaddr_t va, u8 value);
/* Calls the code at `va`, which has to return: 0 if it could be executed. */
int arch_probe_exec(vaddr_t va);

#endif

#endif
