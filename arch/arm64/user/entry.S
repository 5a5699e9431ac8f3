/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From EL0 into the kernel, and back.
 *
 * The kernel's stack pointer is the end of the thread's stack whenever the thread is at EL0, so
 * there is room for a struct regs and it needs no look at how much. All registers of the program
 * are saved and all are restored, so nothing of the kernel's is ever in one at EL0; TPIDRRO_EL0,
 * which the kernel's own exceptions use, is cleared on the way.
 *
 * Source: Arm ARM (DDI 0487, J.a), "Exception entry", "Exception return".
 */
#include <arch/context.h>
#include <arch/sysreg.h>
#include <kernel/linkage.h>

	.text

/* x0 and x1 are saved by the vector. Leaves x0 = the registers, no frame below this one. */
.macro save
	x2_to_x29 stp
	mrs	x1, sp_el0
	stp	x30, x1, [sp, #REGS_X30]
	mrs	x2, elr_el1
	mrs	x3, spsr_el1
	stp	x2, x3, [sp, #REGS_PC]
	mov	x29, xzr
	mov	x30, xzr
	mov	x0, sp
.endm

FUNC(user_synchronous)
	save
	mrs	x1, esr_el1
	lsr	x2, x1, #ESR_EC_SHIFT
	cmp	x2, #ESR_EC_SVC
	b.ne	1f
	bl	user_system_call
	b	user_return
1:	mrs	x2, far_el1
	stp	x1, x2, [sp, #REGS_ESR]
	bl	user_exception
	b	user_return
END(user_synchronous)

FUNC(user_interrupt)
	save
	bl	user_handle_interrupt
	/* On to user_return. */
END(user_interrupt)

/* Interrupts are masked, and nothing is left to do for the thread. An ERET synchronises. */
FUNC(user_return)
	ldp	x2, x3, [sp, #REGS_PC]
	ldp	x30, x4, [sp, #REGS_X30]
	msr	elr_el1, x2
	msr	spsr_el1, x3
	msr	sp_el0, x4
	x2_to_x29 ldp
	ldp	x0, x1, [sp], #REGS_BYTES
	msr	tpidrro_el0, xzr
	eret
	/* No speculation past the return: the sequence that Linux and the Arm ARM advise. */
	dsb	nsh
	isb
END(user_return)

/*
 * user_enter(x0 registers, x1 end of the stack)
 *
 *   x2  where the next ones go
 */
FUNC(user_enter)
	msr	daifset, #DAIF_I
	sub	x2, x1, #REGS_BYTES
	mov	sp, x2
1:	ldp	x3, x4, [x0], #16
	stp	x3, x4, [x2], #16
	cmp	x2, x1
	b.ne	1b
	mov	x29, xzr
	mov	x0, sp
	bl	user_leave
	b	user_return
END(user_enter)
