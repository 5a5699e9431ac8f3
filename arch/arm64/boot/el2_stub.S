/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What stays at EL2 when the kernel was entered there: nothing but a way back.
 *
 * EL2 runs with its MMU off, on physical addresses. The kernel calls with HVC, x0 = function:
 *
 *   HYP_CALL_VERSION (0)     returns x0 = 1
 *   HYP_CALL_EXEC (1)        go to the physical address x1 at EL2, MMU and caches off, with
 *                            x0 = x2 and x1 to x3 = 0, as a loader would; does not return
 *   HYP_CALL_VECTORS (2)     the vectors are at the physical address x1 now, a copy of el2_vectors
 *                            with all of this file; returns x0 = 0
 *   anything else            returns x0 = -1
 *
 * PSCI is called by SMC on such machines, so HVC is free for this.
 */
#include <arch/hyp.h>
#include <arch/semihost.h>
#include <arch/sysreg_levels.h>
#include <kernel/linkage.h>

	.text

FUNC(el2_stub_call)
	cmp	x0, #HYP_CALL_VERSION
	b.eq	.Lversion
	cmp	x0, #HYP_CALL_EXEC
	b.eq	.Lexec
	cmp	x0, #HYP_CALL_VECTORS
	b.eq	.Lvectors
	mov	x0, #-1
	eret
.Lversion:
	mov	x0, #1
	eret
.Lexec:
	mov	x4, x1
	mov	x0, x2
	mov	x1, xzr
	mov	x2, xzr
	mov	x3, xzr
	br	x4
.Lvectors:
	msr	vbar_el2, x1		/* for the next exception: the return synchronises */
	mov	x0, xzr
	eret
END(el2_stub_call)

/*
 * Nothing else is meant to come to EL2. What EL1 did and EL2 got all the same, by a trap that el2.S
 * doesn't know of, goes to EL1's own vectors as if it had been taken there: the kernel has a
 * console, and says what it was. Leaves EL1's vector for it in x0.
 */
.macro hand_on esr, far, elr, spsr, vbar
	mrs	x0, esr_el2
	msr	\esr, x0
	mrs	x0, far_el2
	msr	\far, x0
	mrs	x0, elr_el2
	msr	\elr, x0
	mrs	x0, spsr_el2
	msr	\spsr, x0
	tst	x0, #SPSR_M_BITS	/* 0: from EL0 */
	mrs	x0, \vbar
	add	x0, x0, #VECTOR_SAME_LEVEL
	b.ne	.Lsame_level_\@
	add	x0, x0, #(VECTOR_LOWER_LEVEL - VECTOR_SAME_LEVEL)
.Lsame_level_\@:
.endm

FUNC(el2_stub_hand_on)
	msr	tpidr_el2, x0		/* scratch: EL2 has no memory */
	mrs	x0, hcr_el2		/* E2H was written as what it is (el2.S) */
	tbnz	x0, #HCR_E2H_BIT, .Le2h
	hand_on	esr_el1, far_el1, elr_el1, spsr_el1, vbar_el1
	b	.Lgo_on
.Le2h:	hand_on	ESR_EL12, FAR_EL12, ELR_EL12, SPSR_EL12, VBAR_EL12
.Lgo_on:
	msr	elr_el2, x0
	mov	x0, #SPSR_EL1H
	msr	spsr_el2, x0
	mrs	x0, tpidr_el2
	eret
END(el2_stub_hand_on)

/*
 * An exception of EL2's own, such as of a jump to nowhere: said by semihosting, which needs neither
 * memory nor a console. If nobody answers, its HLT comes here again and stops, for a debugger to
 * find ESR_EL2, ELR_EL2 and FAR_EL2 of the HLT alone; x2 to x4 have those before.
 */
FUNC(el2_stub_unexpected)
	mrs	x0, elr_el2
	adr	x1, .Lhlt
	cmp	x0, x1
	b.eq	.Lstop
	mov	x3, x0
	mrs	x2, esr_el2
	mrs	x4, far_el2
	adr	x1, .Ltext
	mov	x0, #SEMIHOST_WRITE0
.Lhlt:	hlt	#SEMIHOST_HLT
	adr	x1, .Lexit
	mov	x0, #SEMIHOST_EXIT_EXTENDED
	b	.Lhlt
.Lstop:	wfe
	b	.Lstop
END(el2_stub_unexpected)

	.balign	8
.Lexit:
	.quad	SEMIHOST_EXIT_REASON, 1	/* verdict: panic */
.Ltext:
	.asciz	"EL2: an exception that nobody expects; the kernel is lost\nverdict: panic\n"

.macro unexpected times
	.rept	\times
	.balign	VECTOR_BYTES
	b	el2_stub_unexpected
	.endr
.endm

	.section .text.vectors, "ax"
	.balign	VECTORS_BYTES
FUNC(el2_vectors)
	unexpected 8			/* from EL2 itself */
	.balign	VECTOR_BYTES		/* synchronous, from EL1 */
	msr	tpidr_el2, x3
	mrs	x3, esr_el2
	lsr	x3, x3, #ESR_EC_SHIFT
	cmp	x3, #ESR_EC_HVC
	b.eq	el2_stub_call
	mrs	x3, tpidr_el2
	b	el2_stub_hand_on
	unexpected 7
END(el2_vectors)
