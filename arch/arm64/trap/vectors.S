/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The exception vectors.
 *
 * Each vector makes room for a struct regs on the stack, sees that there is room, and saves
 * everything. A write to a stack that is used up would fault again, for ever. So the vector first
 * compares the stack pointer with the lowest address that this CPU's stack may use (struct cpu, by
 * TPIDR_EL1), and takes the overflow stack if it is lower. It does the same if the stack pointer is
 * misaligned, since every access by it would fault; the limit is a multiple of 16, so the
 * difference tells. That costs one register before any is saved: TPIDRRO_EL0 holds x0 meanwhile,
 * which EL0 can't write and need not keep. The flags are saved in SPSR_EL1 already.
 *
 * Source: Arm ARM (DDI 0487, J.a), "Exception vectors", "Exception entry".
 */
#include <arch/context.h>
#include <arch/cpu.h>
#include <arch/sysreg.h>
#include <arch/trap.h>
#include <kernel/linkage.h>

	.text

.macro vector kind
	.balign	VECTOR_BYTES
	sub	sp, sp, #REGS_BYTES
	msr	tpidrro_el0, x0
	mrs	x0, tpidr_el1
	ldr	x0, [x0, #CPU_STACK_LOW]
	sub	x0, sp, x0
	tbnz	x0, #63, .Loverflow_\@
	tst	x0, #(STACK_ALIGN - 1)
	b.ne	.Loverflow_\@
	mrs	x0, tpidrro_el0
	stp	x0, x1, [sp]
	add	x0, sp, #REGS_BYTES	/* the stack pointer before */
	mov	x1, #\kind
	b	trap_entry
.Loverflow_\@:
	mrs	x0, tpidr_el1
	ldr	x0, [x0, #CPU_OVERFLOW_TOP]
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

/*
 * From EL0: the stack is empty then (arch/arm64/user/entry.S). In an image without programs `entry`
 * is no symbol, the branch to it goes on with the next instruction (AAELF64, "Weak references"),
 * and the exception is one that nobody expects.
 */
.macro vector_user kind, entry
	.balign	VECTOR_BYTES
	sub	sp, sp, #REGS_BYTES
	stp	x0, x1, [sp]
	.weak	\entry
	.hidden	\entry
	b	\entry
	mrs	x0, sp_el0
	mov	x1, #\kind
	b	trap_entry
.endm

	.balign	VECTORS_BYTES
FUNC(vectors)
	kind = 0
	.rept	8
	vector	kind
	kind = kind + 1
	.endr
	vector_user 8, user_synchronous
	vector_user 9, user_interrupt
	kind = 10
	.rept	6
	vector	kind
	kind = kind + 1
	.endr
END(vectors)

/* x0 = the interrupted stack pointer, x1 = kind; both are saved already. */
FUNC(trap_entry)
	x2_to_x29 stp
	stp	x30, x0, [sp, #REGS_X30]
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
	x2_to_x29 ldp
	ldr	x30, [sp, #REGS_X30]
	ldp	x0, x1, [sp]
	add	sp, sp, #REGS_BYTES
	eret
END(trap_entry)
