/* SPDX-License-Identifier: BSD-2-Clause */
/* The switch between two threads: <arch/switch.h> has the contract. */
#include <arch/switch.h>
#include <kernel/linkage.h>

	.text

/* Save or restore, by STP or LDP. */
.macro x19_to_x30 pair
	\pair	x19, x20, [sp]
	\pair	x21, x22, [sp, #16]
	\pair	x23, x24, [sp, #32]
	\pair	x25, x26, [sp, #48]
	\pair	x27, x28, [sp, #64]
	\pair	x29, x30, [sp, #80]
.endm

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
	x19_to_x30 stp
	mov	x9, sp
	str	x9, [x0]

	mov	sp, x1
	x19_to_x30 ldp
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
