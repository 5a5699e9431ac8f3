/* SPDX-License-Identifier: BSD-2-Clause */
/* The classic relocator: <arch/kexec_list.h> has the contract. */
#include <arch/kexec_list.h>
#include <arch/sysreg.h>
#include <kernel/linkage.h>

	.text
	.globl	_kexec_list, _kexec_list_end
	.hidden	_kexec_list, _kexec_list_end
	.balign	64
_kexec_list:

/*
 * kexec_list_walk(x0 list, x1 bytes of a page)
 *
 * It copies by the same loop as everybody else, which lies as far from here with the MMU off.
 *
 *   x0-x10     arch_copy_pages' own; x1 the entry, x2 scratch
 *   x11 sctlr  as it was, and will be
 *   x12 next   where the next entry is
 *   x13 to     where the next page goes
 *   x14 page   its bytes
 *   x15 back   where to return
 */
sctlr	.req	x11
next	.req	x12
to	.req	x13
page	.req	x14
back	.req	x15

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
1:	ldr	x1, [next], #8
	tbz	x1, #KEXEC_LIST_SOURCE, 2f
	bic	x1, x1, #KEXEC_LIST_FLAGS
	mov	x0, to
	mov	x2, page
	bl	arch_copy_pages
	mov	to, x0			/* it leaves there where it has got to */
	b	1b
2:	tbnz	x1, #KEXEC_LIST_DONE, 3f
	tst	x1, #(1 << KEXEC_LIST_DESTINATION)
	bic	x1, x1, #KEXEC_LIST_FLAGS
	csel	to, x1, to, ne
	csel	next, next, x1, ne
	b	1b
3:	/*
	 * What was stored is Device memory's, until here; it has arrived before anything is read
	 * through a cache. The tables are those that were in use before: no TLB has to forget.
	 */
	dsb	sy
	msr	sctlr_el1, sctlr
	isb
	ret	back
END(kexec_list_walk)

	.unreq	sctlr
	.unreq	next
	.unreq	to
	.unreq	page
	.unreq	back
_kexec_list_end:
