/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first instructions: Image header, first map, and the two moves that the
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
 *   x21, x22  enter_el1's
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

	/* What kexec goes by to tell that the file was cut short (kernel/kexec/image.c). */
	.asciz	"Granule"
	.long	_file_bytes
	.long	0

FUNC(boot_entry)
	entry_el .req x19
	loader_x0 .req x20

	msr	daifset, #0xf
	mov	loader_x0, x0
	mrs	entry_el, CurrentEL
	ubfx	entry_el, entry_el, #2, #2
	bl	enter_el1

	load_address x0, vectors
	msr	vbar_el1, x0

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

	/* From here on the vectors can be used: what traps in this says so. */
	mov	x0, entry_el
	bl	entry_state

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
