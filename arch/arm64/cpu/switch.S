/* SPDX-License-Identifier: BSD-2-Clause */
/* The switch between two threads: <arch/switch.h> has the contract. */
#include <arch/switch.h>
#include <kernel/linkage.h>

	.text

/*
 * arch_switch(x0 where this stack's pointer goes, x1 the other stack's pointer)
 *
 *   x9  scratch
 *
 * Needs no barrier: what this CPU wrote to a stack, it reads back, and another CPU goes on with the
 * thread only after it has taken the lock that this one holds until the switch is over.
 */
FUNC(arch_switch)
	sub	sp, sp, #SWITCH_FRAME_BYTES
	stp	x19, x20, [sp]
	stp	x21, x22, [sp, #16]
	stp	x23, x24, [sp, #32]
	stp	x25, x26, [sp, #48]
	stp	x27, x28, [sp, #64]
	stp	x29, x30, [sp, #80]
	mov	x9, sp
	str	x9, [x0]

	mov	sp, x1
	ldp	x19, x20, [sp]
	ldp	x21, x22, [sp, #16]
	ldp	x23, x24, [sp, #32]
	ldp	x25, x26, [sp, #48]
	ldp	x27, x28, [sp, #64]
	ldp	x29, x30, [sp, #80]
	add	sp, sp, #SWITCH_FRAME_BYTES
	ret
END(arch_switch)

/* Where a stack begins: in x19, with no caller, so that backtraces end there. */
FUNC(switch_begin)
	mov	x30, xzr
	br	x19
END(switch_begin)

/* arch_switch_prepare(x0 end of the stack, x1 the function that begins there) */
FUNC(arch_switch_prepare)
	sub	x0, x0, #SWITCH_FRAME_BYTES
	str	x1, [x0]
	adr	x2, switch_begin
	stp	xzr, x2, [x0, #80]
	ret
END(arch_switch_prepare)
