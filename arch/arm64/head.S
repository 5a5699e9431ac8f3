/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first instructions: Image header, exception level, first map, and the two moves that the
 * MMU needs help with: switching it on, and moving to the final map.
 *
 * Entered as Documentation/arch/arm64/booting.rst (Linux) says: x0 = devicetree, MMU off, at
 * EL1 or EL2; or at EL3 or with x0 = 0 where a loader starts the ELF file. Everything until
 * the MMU is on runs with Device memory and alignment checks on, before relocation, on
 * addresses relative to the PC.
 *
 * Register scope in _start, until boot_main is called:
 *   x19  the exception level the loader entered us at
 *   x20  x0 of the loader
 *   x21  return address of enter_el1
 */
#include <arch/layout.h>
#include <arch/sysreg.h>
#include <kernel/linkage.h>

.macro load_address reg, symbol
	adrp	\reg, \symbol
	add	\reg, \reg, :lo12:\symbol
.endm

	.section .head.text, "ax"

/* The Image header, 64 bytes. */
	.globl	_start
	.hidden	_start
_start:
	b	boot_entry		/* code0 */
	.long	0			/* code1 */
	.quad	0			/* text_offset: none, the image starts 2 MiB aligned */
	.long	_image_bytes		/* image_size: with bss and boot tables */
	.long	0
	.quad	1 << 3			/* flags: any page size, anywhere in memory */
	.quad	0
	.quad	0
	.quad	0
	.ascii	"ARM\x64"
	.long	0			/* no PE header */

FUNC(boot_entry)
	entry_el .req x19
	loader_x0 .req x20

	/* U-Boot hands over with SError unmasked. */
	msr	daifset, #0xf
	mov	loader_x0, x0
	mrs	entry_el, CurrentEL
	ubfx	entry_el, entry_el, #2, #2
	bl	enter_el1

	load_address x0, vectors
	msr	vbar_el1, x0
	mov	x0, #CPACR_FPEN
	msr	cpacr_el1, x0
	isb

	/*
	 * What is about to be written goes past the caches. A dirty line of the loader's over it
	 * could be evicted afterwards and undo that, so such lines go first; only the
	 * file's part of the image is promised to be clean.
	 */
	load_address x0, _bss
	load_address x1, _end
	bl	cache_invalidate_poc

	/* The bss: everything C expects to be zero. */
	load_address x0, _bss
	load_address x1, _ebss
1:	cmp	x0, x1
	b.hs	2f
	stp	xzr, xzr, [x0], #16
	b	1b
2:
	load_address x0, _stack_top
	mov	sp, x0
	mov	x29, xzr
	load_address x0, boot_cpu	/* what the vectors find the stacks by: struct cpu */
	sub	x1, x0, xzr
	load_address x2, _stack_top
	sub	x2, x2, #STACK_BYTES
	load_address x3, _overflow_stack_top
	stp	x2, x3, [x1]
	msr	tpidr_el1, x0

	mov	x0, loader_x0
	mov	x1, entry_el
	bl	idmap_build		/* fills idmap_regs */

	/*
	 * All that was written so far went to memory, past the caches. They may hold older lines of
	 * the same addresses; once the MMU is on these would win. Drop them.
	 */
	load_address x0, _bss
	load_address x1, _end
	bl	cache_invalidate_poc

	load_address x4, idmap_regs
	ldp	x0, x1, [x4]		/* ttbr0, tcr */
	ldr	x2, [x4, #16]		/* mair */
	msr	ttbr0_el1, x0
	msr	tcr_el1, x1
	msr	mair_el1, x2
	/*
	 * Nothing valid can be in the TLB for a regime that was never on, but the architecture
	 * leaves its content unknown at reset. The ISB makes the registers above count for what
	 * follows.
	 */
	isb
	tlbi	vmalle1
	dsb	nsh
	isb
	ldr	x0, =SCTLR_RUN
	msr	sctlr_el1, x0
	isb				/* translated from here on, at the same addresses */
	ic	iallu			/* what was fetched so far had other attributes */
	dsb	nsh
	isb

	bl	boot_main		/* does not return: ends in mmu_switch */
	b	.
	.unreq entry_el
	.unreq loader_x0
END(boot_entry)

/*
 * enter_el1 - go on at EL1, MMU off, with what is above made harmless.
 *
 * From EL3 by way of EL2 where there is one. At EL2 the vectors of el2_stub stay behind. Uses
 * x0, x1, x21.
 */
FUNC(enter_el1)
	mov	x21, x30
	ldr	x0, =SCTLR_BOOT
	msr	sctlr_el1, x0
	mrs	x0, CurrentEL
	cmp	x0, #(3 << 2)
	b.eq	from_el3
	cmp	x0, #(2 << 2)
	b.eq	from_el2
	mrs	x0, S3_0_C0_C7_3	/* ID_AA64MMFR3_EL1.TCRX: an earlier kernel may have used */
	tst	x0, #0xf		/* TCR2_EL1, which changes what permissions mean */
	b.eq	1f
	msr	S3_0_C2_C0_3, xzr
1:	isb
	br	x21

from_el3:
	/*
	 * With no firmware that holds them, all CPUs come here at once; the tree's boot CPU is the
	 * one of affinity 0. The others wait for good.
	 */
	mrs	x0, mpidr_el1
	ldr	x1, =0xff00ffffff
	tst	x0, x1
	b.eq	2f
1:	wfi
	b	1b
2:	/* Below: non-secure, AArch64, HVC, no PAC traps; bits 4 and 5 are RES1. */
	ldr	x0, =0x30531
	mrs	x1, id_aa64mmfr0_el1
	ubfx	x1, x1, #56, #4
	cbz	x1, 6f
	orr	x0, x0, #(1 << 27)	/* FGTEn: EL2 may write the fine-grained trap registers */
6:	mrs	x1, id_aa64mmfr1_el1
	ubfx	x1, x1, #40, #4
	cbz	x1, 7f
	orr	x0, x0, #(1 << 38)	/* HXEn: and HCRX_EL2 */
7:	msr	scr_el3, x0
	msr	cptr_el3, xzr
	msr	mdcr_el3, xzr
	mrs	x0, id_aa64pfr0_el1
	ubfx	x1, x0, #24, #4		/* GIC system registers */
	cbz	x1, 3f
	mov	x1, #0xf
	msr	S3_6_C12_C12_5, x1	/* ICC_SRE_EL3: system registers, below as well */
	isb
3:	ubfx	x1, x0, #8, #4		/* is there an EL2? */
	cbz	x1, 4f
	ldr	x0, =0x30c50830		/* unknown until now: MMU off, little-endian */
	msr	sctlr_el2, x0
	mov	x0, #SPSR_EL2H
	adr	x1, from_el2
	b	5f
4:	mov	x0, #SPSR_EL1H
	mov	x1, x21
5:	msr	spsr_el3, x0
	msr	elr_el3, x1
	eret

from_el2:
	ldr	x0, =0x30c50830		/* RES1 bits; MMU and caches off, little-endian */
	msr	sctlr_el2, x0
	mov	x0, #(1 << 31)		/* EL1 is AArch64; nothing of it is trapped */
	msr	hcr_el2, x0
	isb
	/*
	 * That also clears E2H, which a hypervisor may have left set, and with which the names
	 * of EL1's registers meant EL2's: SCTLR_EL1 is written anew. On a CPU where E2H can't be
	 * cleared they still do, and two registers have another layout.
	 */
	mrs	x1, hcr_el2
	tbnz	x1, #34, 1f
	ldr	x0, =SCTLR_BOOT
	msr	sctlr_el1, x0
	mov	x0, #3			/* EL1 may use the physical counter and timer */
	mov	x1, #0x33ff		/* no FP trap; RES1 bits */
	b	2f
1:	ldr	x0, =SCTLR_BOOT
	msr	S3_5_C1_C0_0, x0	/* SCTLR_EL12 */
	mov	x0, #(3 << 10)		/* EL1PCTEN, EL1PTEN: the same */
	mov	x1, #CPACR_FPEN		/* the same */
2:	msr	cnthctl_el2, x0
	msr	cptr_el2, x1
	msr	cntvoff_el2, xzr
	mrs	x0, midr_el1
	msr	vpidr_el2, x0
	mrs	x0, mpidr_el1
	msr	vmpidr_el2, x0
	msr	vttbr_el2, xzr
	msr	hstr_el2, xzr
	mrs	x0, id_aa64mmfr1_el1
	ubfx	x0, x0, #40, #4		/* HCX: with all its bits clear, TCR2_EL1 counts as 0 */
	cbz	x0, 3f
	msr	S3_4_C1_C2_2, xzr	/* HCRX_EL2 */
3:

	mrs	x0, id_aa64pfr0_el1
	ubfx	x0, x0, #24, #4
	cbz	x0, 1f
	mrs	x0, S3_4_C12_C9_5	/* ICC_SRE_EL2: system registers, EL1 may choose them */
	orr	x0, x0, #1
	orr	x0, x0, #8
	msr	S3_4_C12_C9_5, x0
	isb
	mrs	x0, S3_4_C12_C9_5	/* where EL3 keeps them to itself, it did not stick */
	tbz	x0, #0, 1f
	msr	S3_4_C12_C11_0, xzr	/* ICH_HCR_EL2: no virtual interrupts */

1:	mrs	x0, id_aa64dfr0_el1
	ubfx	x1, x0, #8, #4		/* PMUVer: 0 is none, 15 another kind */
	mov	x0, xzr
	cbz	x1, 2f
	cmp	x1, #15
	b.eq	2f
	mrs	x0, pmcr_el0
	ubfx	x0, x0, #11, #5		/* all event counters belong to EL1 */
2:	msr	mdcr_el2, x0

	mrs	x0, id_aa64mmfr0_el1
	ubfx	x0, x0, #56, #4		/* fine-grained traps: unknown at reset, so none */
	cbz	x0, 3f
	msr	S3_4_C1_C1_4, xzr	/* HFGRTR_EL2 */
	msr	S3_4_C1_C1_5, xzr	/* HFGWTR_EL2 */
	msr	S3_4_C1_C1_6, xzr	/* HFGITR_EL2 */
	msr	S3_4_C3_C1_4, xzr	/* HDFGRTR_EL2 */
	msr	S3_4_C3_C1_5, xzr	/* HDFGWTR_EL2 */

3:	load_address x0, el2_vectors
	msr	vbar_el2, x0
	mov	x0, #SPSR_EL1H
	msr	spsr_el2, x0
	msr	elr_el2, x21
	eret
END(enter_el1)

/*
 * mmu_enable_upper(x0 ttbr1, x1 tcr) - make the kernel map live beside the identity map.
 *
 * `tcr` is the final value with EPD1 clear. TCR_EL1 fields may be cached in a TLB, so the new
 * TG1 goes in while walks by TTBR1 are still off (EPD1, set since the MMU went on), and only
 * behind a TLBI are they allowed. Arm ARM, "TLB maintenance requirements", and TCR_EL1. Uses
 * x2.
 */
FUNC(mmu_enable_upper)
	dsb	ishst			/* the tables are complete for the walker */
	msr	ttbr1_el1, x0
	orr	x2, x1, #(1 << TCR_EPD1_SHIFT)
	msr	tcr_el1, x2
	isb
	tlbi	vmalle1
	dsb	nsh
	isb
	msr	tcr_el1, x1
	isb
	ret
END(mmu_enable_upper)

/*
 * mmu_switch(x0 image virtual - physical) - leave the identity map for good.
 *
 * Moves the PC, the stack, the vectors and the CPU pointer up by x0, stops walks by TTBR0 and
 * forgets what they cached: from here on the lower half is free for others, with a granule of
 * their own. Calls kernel_main on an empty stack. The compiler's return addresses and frames
 * on the old one are of physical addresses, and nobody returns to them.
 */
FUNC(mmu_switch)
	offset .req x0
	adr	x1, 1f
	add	x1, x1, offset
	br	x1
1:	load_address x1, vectors	/* relative to the PC, so already an upper address */
	msr	vbar_el1, x1
	load_address x1, boot_cpu
	msr	tpidr_el1, x1
	load_address x2, _stack_top
	mov	sp, x2
	mov	x29, xzr
	sub	x2, x2, #STACK_BYTES
	load_address x3, _overflow_stack_top
	stp	x2, x3, [x1]
	mrs	x1, tcr_el1
	orr	x1, x1, #TCR_EPD0
	msr	tcr_el1, x1
	isb				/* no new walks below ... */
	tlbi	vmalle1			/* ... and none remembered */
	dsb	nsh
	isb
	bl	kernel_main
	b	.
	.unreq	offset
END(mmu_switch)

	.ltorg
