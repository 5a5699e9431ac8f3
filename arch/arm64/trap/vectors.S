/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The exception vectors.
 *
 * Each vector makes room for a struct regs on the stack, sees that there is room, and saves
 * everything. A stack that is used up would fault again when it is written to, for ever; so
 * the stack pointer is first compared with the lowest address that this CPU's stack may use
 * (struct cpu, by TPIDR_EL1), and if it is lower, the overflow stack is taken. So it is if the
 * stack pointer is misaligned, with which every access by it faults; the limit is a multiple of
 * 16, so the difference tells. That costs one register before any is saved: TPIDRRO_EL0 holds x0
 * meanwhile, which EL0 can't write and need not keep. The flags are saved in SPSR_EL1 already.
 *
 * Source: Arm ARM (DDI 0487, J.a), "Exception vectors", "Exception entry".
 */
#include <arch/context.h>
#include <arch/trap.h>
#include <kernel/linkage.h>

	.text

.macro vector kind
	.balign	128
	sub	sp, sp, #REGS_BYTES
	msr	tpidrro_el0, x0
	mrs	x0, tpidr_el1
	ldr	x0, [x0]		/* stack_low */
	sub	x0, sp, x0
	tbnz	x0, #63, 1f
	tst	x0, #0xf
	b.ne	1f
	mrs	x0, tpidrro_el0
	stp	x0, x1, [sp]
	add	x0, sp, #REGS_BYTES	/* the stack pointer before */
	mov	x1, #\kind
	b	trap_entry
1:	mrs	x0, tpidr_el1
	ldr	x0, [x0, #8]		/* overflow_top */
	sub	x0, x0, #REGS_BYTES
	str	x1, [x0, #8]
	mrs	x1, tpidrro_el0
	str	x1, [x0]
	add	x1, sp, #REGS_BYTES
	mov	sp, x0
	mov	x0, x1
	mov	x1, #(\kind + TRAP_OVERFLOW)
	b	trap_entry
.endm

	.balign 2048
FUNC(vectors)
	kind = 0
	.rept	16
	vector	kind
	kind = kind + 1
	.endr
END(vectors)

/* x0 = the interrupted stack pointer, x1 = kind; both are saved already. */
FUNC(trap_entry)
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x19, [sp, #144]
	stp	x20, x21, [sp, #160]
	stp	x22, x23, [sp, #176]
	stp	x24, x25, [sp, #192]
	stp	x26, x27, [sp, #208]
	stp	x28, x29, [sp, #224]
	stp	x30, x0, [sp, #240]
	mrs	x2, elr_el1
	mrs	x3, spsr_el1
	stp	x2, x3, [sp, #REGS_PC]
	mrs	x2, esr_el1
	mrs	x3, far_el1
	stp	x2, x3, [sp, #REGS_ESR]
	mov	x0, sp
	bl	trap_handle

	/* Back to what was interrupted. The handler may have changed pc and x0 to x30. */
	ldp	x2, x3, [sp, #REGS_PC]
	msr	elr_el1, x2
	msr	spsr_el1, x3
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldp	x18, x19, [sp, #144]
	ldp	x20, x21, [sp, #160]
	ldp	x22, x23, [sp, #176]
	ldp	x24, x25, [sp, #192]
	ldp	x26, x27, [sp, #208]
	ldp	x28, x29, [sp, #224]
	ldr	x30, [sp, #240]
	ldp	x0, x1, [sp]
	add	sp, sp, #REGS_BYTES
	eret
END(trap_entry)
