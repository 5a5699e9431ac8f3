/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The switch between two threads: what the compiler expects of a call is kept on a thread's stack
 * while it doesn't run (AAPCS64: x19 to x29, the return address, the stack pointer).
 */
#ifndef ARCH_SWITCH_H
#define ARCH_SWITCH_H

/* Layout of struct switch_frame, for assembly. */
#define SWITCH_FRAME_BYTES 96

#ifndef __ASSEMBLER__

#include <kernel/assert.h>
#include <kernel/types.h>

/* What lies at the stack pointer of a thread that doesn't run. */
struct switch_frame {
	u64 x19_to_x28[10];
	u64 x29; /* its last frame record */
	u64 pc;  /* where it goes on */
};

BUILD_ASSERT(sizeof(struct switch_frame) == SWITCH_FRAME_BYTES);

/*
 * arch_switch - leave this stack with its pointer in *from, and go on with the one at `to`.
 *
 * Returns when another call switches back here, perhaps on another CPU. Interrupts masked.
 */
void arch_switch(u64 *from, u64 to);

/*
 * arch_switch_prepare - a stack that begins with `start`, which never returns.
 *
 * `top`: its end, a multiple of 16. Returns the pointer for arch_switch.
 */
u64 arch_switch_prepare(u64 top, void (*start)(void));

#endif

#endif
