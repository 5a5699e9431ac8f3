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
 *                            and all of this file; returns x0 = 0
 *   anything else            returns x0 = -1
 *
 * PSCI is called by SMC on such machines, so HVC is free for this.
 */
#include <arch/hyp.h>
#include <kernel/linkage.h>

	.text

FUNC(el2_stub_call)
	cmp	x0, #HYP_CALL_VERSION
	b.ne	1f
	mov	x0, #1
	eret
1:	cmp	x0, #HYP_CALL_EXEC
	b.ne	2f
	mov	x4, x1
	mov	x0, x2
	mov	x1, xzr
	mov	x2, xzr
	mov	x3, xzr
	br	x4
2:	cmp	x0, #HYP_CALL_VECTORS
	b.ne	3f
	msr	vbar_el2, x1		/* for the next exception: the return synchronises */
	mov	x0, #0
	eret
3:	mov	x0, #-1
	eret
END(el2_stub_call)

.macro el2_vector target
	.balign 128
	b	\target
.endm

/* Nothing else is routed to EL2; what comes all the same stops here, where a debugger finds it. */
FUNC(el2_stub_unexpected)
	wfe
	b	el2_stub_unexpected
END(el2_stub_unexpected)

	.balign 2048
FUNC(el2_vectors)
	.rept 8			/* from EL2 itself */
	el2_vector el2_stub_unexpected
	.endr
	.balign 128		/* synchronous, from EL1 */
	mrs	x3, esr_el2
	lsr	x3, x3, #26
	cmp	x3, #0x16	/* HVC from AArch64 */
	b.eq	el2_stub_call
	b	el2_stub_unexpected
	.rept 7
	el2_vector el2_stub_unexpected
	.endr
END(el2_vectors)
