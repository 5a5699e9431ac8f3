/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an exception saves of the interrupted code: struct regs, which the vectors fill.
 */
#ifndef ARCH_CONTEXT_H
#define ARCH_CONTEXT_H

/* Layout of struct regs, for vectors.S; trap.c asserts that they agree. */
#define REGS_X30   240 /* and sp after it */
#define REGS_PC    256
#define REGS_ESR   272
#define REGS_BYTES 288

/* AAPCS64: of a stack pointer, and of a frame record. */
#define STACK_ALIGN 16

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

#endif

#endif
