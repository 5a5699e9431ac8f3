/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a lock that has to be waited for to spinlock_wait, in the midst of any function: all
 * registers are kept, flags too.
 *
 *   [sp]       x30 of that function, which it has back itself
 *   [sp, #8]   the lock
 *   [sp, #16]  its word, as a number was drawn
 *
 *   x0, x1     arguments
 *   x19        flags, across the call; its own value is on the stack
 */
#include <kernel/linkage.h>

#define SAVED_BYTES 176

	.text

/* Save or restore what a call may change, by STP or LDP. */
.macro x0_to_x19 pair
	\pair	x0, x1, [sp, #16]
	\pair	x2, x3, [sp, #32]
	\pair	x4, x5, [sp, #48]
	\pair	x6, x7, [sp, #64]
	\pair	x8, x9, [sp, #80]
	\pair	x10, x11, [sp, #96]
	\pair	x12, x13, [sp, #112]
	\pair	x14, x15, [sp, #128]
	\pair	x16, x17, [sp, #144]
	\pair	x18, x19, [sp, #160]
.endm

FUNC(spinlock_entry)
	stp	x29, x30, [sp, #-SAVED_BYTES]!
	mov	x29, sp
	x0_to_x19 stp
	ldp	x0, x1, [sp, #(SAVED_BYTES + 8)]
	mrs	x19, nzcv
	bl	spinlock_wait
	msr	nzcv, x19
	x0_to_x19 ldp
	ldp	x29, x30, [sp], #SAVED_BYTES
	ret
END(spinlock_entry)
