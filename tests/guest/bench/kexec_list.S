/* SPDX-License-Identifier: BSD-2-Clause */
/* The relocators by a list: kexec_list.h has the contract. */
#include "kexec_list.h"
#include <arch/sysreg.h>
#include <kernel/linkage.h>

	.text
	.globl	_kexec_list, _kexec_list_end
	.hidden	_kexec_list, _kexec_list_end
	.balign	64
_kexec_list:

sctlr	.req	x11
offset	.req	x11
next	.req	x12
to	.req	x13
page	.req	x14
back	.req	x15
ttbr1	.req	x16

/*
 * Walk the list from `next` on. An address is an entry's, plus \offset if there is one. Copies by
 * the same loop as everybody else, which is as far from here at whatever address this runs.
 */
.macro	walk	offset
1:	ldr	x1, [next], #8
	tbz	x1, #KEXEC_LIST_SOURCE, 2f
	bic	x1, x1, #KEXEC_LIST_FLAGS
	.ifnb	\offset
	add	x1, x1, \offset
	.endif
	mov	x0, to
	mov	x2, page
	bl	arch_copy_pages
	mov	to, x0			/* it leaves there where it has got to */
	b	1b
2:	tbnz	x1, #KEXEC_LIST_DONE, 3f
	tst	x1, #(1 << KEXEC_LIST_DESTINATION)
	bic	x1, x1, #KEXEC_LIST_FLAGS
	.ifnb	\offset
	add	x1, x1, \offset
	.endif
	csel	to, x1, to, ne
	csel	next, next, x1, ne
	b	1b
3:
.endm

/*
 * kexec_list_walk(x0 list, x1 bytes of a page)
 *
 *   x0-x10     arch_copy_pages' own; x1 the entry, x2 scratch
 *   x11 sctlr  as it was, and will be
 *   x12 next   where the next entry is
 *   x13 to     where the next page goes
 *   x14 page   its bytes
 *   x15 back   where to return
 */
FUNC(kexec_list_walk)
	mov	back, x30
	mov	next, x0
	mov	page, x1
	mrs	sctlr, sctlr_el1
	mov	x2, #(SCTLR_M | SCTLR_C)
	bic	x2, sctlr, x2
	bic	x2, x2, #SCTLR_I
	msr	sctlr_el1, x2
	isb				/* from here on by physical addresses, past the caches */
	walk
	/*
	 * What was stored is Device memory's, until here; it has arrived before anything is read
	 * through a cache. The tables are those that were in use before: no TLB has to forget.
	 */
	dsb	sy
	msr	sctlr_el1, sctlr
	isb
	ret	back
END(kexec_list_walk)

/*
 * kexec_list_walk_mapped(x0 list, x1 bytes of a page, x2 virtual - physical, x3 ttbr1)
 *
 *   x0-x10      as above
 *   x11 offset  of virtual addresses from physical ones
 *   x12-x15     as above
 *   x16 ttbr1   as it was, and will be
 */
FUNC(kexec_list_walk_mapped)
	mov	back, x30
	mov	page, x1
	mov	offset, x2
	add	next, x0, offset
	mrs	ttbr1, ttbr1_el1
	bl	exchange
	walk	offset
	mov	x3, ttbr1
	bl	exchange
	ret	back

/*
 * exchange(x3 ttbr1) - a map for another of the same granule: no walk may begin by TTBR1, and the
 * TLB may hold nothing that came by it, while it changes. Arm ARM (DDI 0487, J.a), "TLB maintenance
 * requirements". Scratch: x0, x1.
 */
exchange:
	mrs	x0, tcr_el1
	orr	x1, x0, #TCR_EPD1
	msr	tcr_el1, x1
	isb
	tlbi	vmalle1
	dsb	nsh
	isb
	msr	ttbr1_el1, x3
	isb
	msr	tcr_el1, x0
	isb
	ret
END(kexec_list_walk_mapped)

	.unreq	sctlr
	.unreq	offset
	.unreq	next
	.unreq	to
	.unreq	page
	.unreq	back
	.unreq	ttbr1
_kexec_list_end:
