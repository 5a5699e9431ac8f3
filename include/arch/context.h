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

#else

/* clang-format off */
/* x2 to x29 to their places from sp on, or back: by STP or LDP. */
.macro x2_to_x29 pair
	\pair	x2, x3, [sp, #16]
	\pair	x4, x5, [sp, #32]
	\pair	x6, x7, [sp, #48]
	\pair	x8, x9, [sp, #64]
	\pair	x10, x11, [sp, #80]
	\pair	x12, x13, [sp, #96]
	\pair	x14, x15, [sp, #112]
	\pair	x16, x17, [sp, #128]
	\pair	x18, x19, [sp, #144]
	\pair	x20, x21, [sp, #160]
	\pair	x22, x23, [sp, #176]
	\pair	x24, x25, [sp, #192]
	\pair	x26, x27, [sp, #208]
	\pair	x28, x29, [sp, #224]
.endm
/* clang-format on */

#endif

#endif
