/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is done at the physical address of its code, by a trampoline that has all from _kexec_jump
 * to _kexec_jump_end: leaving, for another kernel (<arch/kexec.h>) or for the pen of CPUs that are
 * off (<arch/cpu_pen.h>), and for a kernel that copies the next one the exchange of its map.
 */
#include <arch/hyp.h>
#include <arch/sysreg.h>
#include <kernel/linkage.h>

	.text
	.globl	_kexec_jump, _kexec_jump_end
	.hidden	_kexec_jump, _kexec_jump_end
	.balign	64
_kexec_jump:

/*
 * kexec_switch(x0 ttbr1, x1 tcr, x2 data, x3 copy of data, x4 bytes, x5 stack top, x6 copy of it,
 *              x7 physical - virtual)
 *
 * Copy the image's data and the stack that is in use, then exchange the map below them. Between
 * the first load and the switch no memory but the copies is written: what the caller finds when
 * this returns, in the copy, is what it left. Bytes are multiples of 64, addresses of 16.
 *
 *   x0 ttbr1, x1 tcr   of the new map
 *   x2-x4, x5-x6       what is copied, as above
 *   x7 offset          of this code's physical address from where it runs
 *   x9-x16             content, scratch
 *   x30                where to return, by the new map
 */
ttbr1	.req	x0
tcr	.req	x1
offset	.req	x7

FUNC(kexec_switch)
1:	ldp	x9, x10, [x2], #16
	ldp	x11, x12, [x2], #16
	ldp	x13, x14, [x2], #16
	ldp	x15, x16, [x2], #16
	stp	x9, x10, [x3], #16
	stp	x11, x12, [x3], #16
	stp	x13, x14, [x3], #16
	stp	x15, x16, [x3], #16
	subs	x4, x4, #64
	b.ne	1b
	mov	x9, sp			/* 16-byte aligned, SCTLR_EL1.SA sees to it */
2:	cmp	x5, x9
	b.ls	3f
	ldp	x10, x11, [x5, #-16]!
	stp	x10, x11, [x6, #-16]!
	b	2b
3:	/*
	 * Go on by the identity map. A map may be exchanged for one that differs in address, size
	 * of block and granule only while nothing uses it: walks by TTBR1 off (EPD1), what they
	 * left in the TLB gone, then the new one, with its TG1, and after another TLBI walks on.
	 * Arm ARM (DDI 0487, J.a), "TLB maintenance requirements", and TCR_EL1, whose fields may
	 * be cached in a TLB. No DSB before: the tables were complete when the trampoline went on,
	 * and a CPU sees its own stores to the copies by whatever address it reads them.
	 */
	adr	x9, 4f
	add	x9, x9, offset
	br	x9
4:	mrs	x9, tcr_el1
	orr	x9, x9, #TCR_EPD1
	msr	tcr_el1, x9
	isb
	tlbi	vmalle1
	dsb	nsh
	isb
	msr	ttbr1_el1, ttbr1
	orr	x9, tcr, #TCR_EPD1
	msr	tcr_el1, x9
	isb
	tlbi	vmalle1
	ic	iallu			/* the same instructions at another place in memory */
	dsb	nsh
	isb
	msr	tcr_el1, tcr
	isb
	ret
END(kexec_switch)

	.unreq	ttbr1
	.unreq	tcr
	.unreq	offset

/*
 * cpu_leave(x0 entry, x1 its x0, x2 at EL2?) - called by the identity map.
 *
 * Nothing is written to memory any more, so nothing is left in a cache that should be in memory:
 * what is read there before caches are on (by the next kernel, or the pen's loop) was cleaned.
 *
 *   x0 entry   x1 the devicetree, for a kernel   x2 not 0: by way of EL2   x3 scratch
 */
FUNC(cpu_leave)
	ldr	x3, =SCTLR_RES1
	isb				/* Falkor's erratum 1041 */
	msr	sctlr_el1, x3		/* MMU, data and instruction caches off, little-endian */
	isb
	/*
	 * The boot protocol asks for no stale instructions. Translations stay: a TLB's content is
	 * unknown at reset, so code that turns the MMU on invalidates it first.
	 */
	ic	iallu
	dsb	nsh
	isb
	cbnz	x2, 1f
	mov	x4, x0
	mov	x0, x1
	mov	x1, xzr
	mov	x2, xzr
	mov	x3, xzr
	br	x4
1:	mov	x2, x1
	mov	x1, x0
	mov	x0, #HYP_CALL_EXEC
	hvc	#0
	b	.			/* never: the stub does what it says */
	.ltorg
END(cpu_leave)
_kexec_jump_end:
