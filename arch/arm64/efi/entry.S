/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In from the firmware, and out of its world: MMU and caches off, to the Image's first instruction.
 *
 * Source: UEFI Specification 2.10, 2.3.6 "AArch64 Platforms"; Arm ARM (DDI 0487, J.a), "Enabling
 * and disabling the caches and the effect on ordering and coherency".
 */
#include <arch/sysreg.h>
#include <kernel/linkage.h>

	.section .init.text, "ax"

/*
 * efi_entry(x0 the image's handle, x1 the system table) - what firmware calls.
 *
 * Pointers in the image's data become those of where it was loaded. Text is read-only here, and no
 * pointer lies in it. Returns what efi_main does, to the firmware.
 */
FUNC(efi_entry)
	stp	x29, x30, [sp, #-32]!
	mov	x29, sp
	stp	x0, x1, [sp, #16]
	adrp	x0, _text
	bl	reloc_apply
	ldp	x0, x1, [sp, #16]
	bl	efi_main
	ldp	x29, x30, [sp], #32
	ret
END(efi_entry)

/*
 * efi_jump(x0 the Image's first byte, x1 its bytes, x2 the devicetree, x3 its bytes) - start it as
 * the boot protocol says: MMU off, memory holds what the caches did, x0 the devicetree.
 *
 * At EL1 or EL2, boot services over. What is read before the MMU is on again has to be in memory:
 * the Image, the tree's header, and these instructions. The rest stays where it is, dirty lines and
 * all: nobody invalidates it. Does not return.
 */
FUNC(efi_jump)
	msr	daifset, #0xf
	mov	x19, x0
	mov	x20, x2
	add	x21, x2, x3

	add	x1, x0, x1
	bl	cache_clean_poc
	mov	x0, x20
	mov	x1, x21
	bl	cache_clean_poc
	adr	x0, efi_jump
	adr	x1, 9f
	bl	cache_clean_poc

	/*
	 * No data is touched from here to the jump, so that nothing is missed when the cache is
	 * off. Both the MMU and the caches go with one write; the ISB makes it count for the next
	 * fetch, and IC drops what was fetched from other memory at the Image's address.
	 */
	mov	x0, x20
	mov	x3, #(SCTLR_M | SCTLR_C | SCTLR_I)
	mrs	x2, CurrentEL
	cmp	x2, #(2 << 2)
	isb				/* Falkor's erratum 1041 */
	b.eq	2f
	mrs	x1, sctlr_el1
	bic	x1, x1, x3
	msr	sctlr_el1, x1
	b	3f
2:	mrs	x1, sctlr_el2
	bic	x1, x1, x3
	msr	sctlr_el2, x1
3:	isb
	ic	iallu
	dsb	nsh
	isb
	mov	x1, xzr
	mov	x2, xzr
	mov	x3, xzr
	br	x19
9:
END(efi_jump)
