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
 * Register scope in boot_entry, until boot_main is called:
 *   x19  the exception level the loader entered us at
 *   x20  x0 of the loader
 *   x21, x22  enter_el1's
 */
#include <arch/cpu.h>
#include <arch/layout.h>
#include <arch/sysreg_levels.h>
#include <kernel/linkage.h>

/* Image header: any page size, anywhere in memory. */
#define FLAGS_ANY (1 << 3)

.macro load_address reg, symbol
	adrp	\reg, \symbol
	add	\reg, \reg, :lo12:\symbol
.endm

/*
 * Give the CPU that runs its vectors, an empty stack and its struct cpu, at the addresses that the
 * code runs at. The vectors can be used from here on. Uses x0 to x2.
 */
.macro set_up_cpu cpu, stack_top, overflow_stack_top
	load_address x0, vectors
	msr	vbar_el1, x0
	load_address x0, \stack_top
	mov	sp, x0
	mov	x29, xzr
	sub	x1, x0, #STACK_BYTES
	load_address x2, \overflow_stack_top
	load_address x0, \cpu
	stp	x1, x2, [x0, #CPU_STACK_LOW]
	msr	tpidr_el1, x0
.endm

/*
 * Drop what caches hold of the memory that is written with the MMU off, past them: bss and stack;
 * idmap.c does the same for its tables. Uses x0 to x3, and x30.
 */
.macro invalidate_written
	load_address x0, _bss
	load_address x1, _ebss
	bl	cache_invalidate_poc
	load_address x1, _stack_top
	sub	x0, x1, #STACK_BYTES
	bl	cache_invalidate_poc
.endm

	.section .head.text, "ax"

/* The Image header, 64 bytes. */
	.globl	_start
	.hidden	_start
_start:
	ccmp	x18, #0, #13, pl	/* code0: no effect, and its bytes begin with "MZ" */
	b	boot_entry		/* code1 */
	.quad	0			/* text_offset: none, the image starts 2 MiB aligned */
	.long	_image_bytes, 0		/* image_size: with bss and boot tables */
	.quad	FLAGS_ANY
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	_pe_offset		/* of the PE header (arch/arm64/efi), or 0 */

	/* What kexec goes by to tell that the file was cut short (kernel/kexec/image.c). */
	.asciz	"Granule"
	.long	_file_bytes, 0

FUNC(boot_entry)
	entry_el .req x19
	loader_x0 .req x20

	msr	daifset, #DAIF_ALL
	mov	loader_x0, x0
	mrs	entry_el, CurrentEL
	ubfx	entry_el, entry_el, #CURRENT_EL_SHIFT, #2
	bl	enter_el1

	/*
	 * What is about to be written goes past the caches. A dirty line that the loader left there
	 * could be evicted afterwards and undo it: drop such lines first. The boot protocol
	 * promises only that the file's part of the image is clean.
	 */
	invalidate_written

	load_address x0, _bss
	load_address x1, _ebss
.Lclear_bss:
	stp	xzr, xzr, [x0], #16
	cmp	x0, x1
	b.lo	.Lclear_bss

	set_up_cpu boot_cpu, _stack_top, _overflow_stack_top
	mov	x0, entry_el
	bl	entry_state
	mov	x0, loader_x0
	mov	x1, entry_el
	bl	idmap_build		/* fills idmap_regs */

	/*
	 * All that was written so far went to memory, past the caches. They may hold older lines of
	 * the same addresses, which would win once the MMU is on. Drop them.
	 */
	invalidate_written
	load_address x0, idmap_regs
	bl	mmu_on
	bl	boot_main		/* does not return: ends in mmu_switch */
	b	.
	.unreq entry_el
	.unreq loader_x0
END(boot_entry)

/*
 * mmu_on(x0 struct idmap_regs) - translate from here on, by the identity map. Uses x0 to x2.
 *
 * Nothing valid can be in the TLB for a regime that was never on, but the architecture leaves its
 * content unknown at reset. The ISB before makes the registers count for what follows. The
 * instruction cache is left alone: nothing that was fetched has been written since.
 */
FUNC(mmu_on)
	ldp	x1, x2, [x0]		/* ttbr0, tcr */
	ldr	x0, [x0, #16]		/* mair */
	msr	ttbr0_el1, x1
	msr	tcr_el1, x2
	msr	mair_el1, x0
	isb
	tlbi	vmalle1
	dsb	nsh
	isb
	write	sctlr_el1, SCTLR_RUN
	isb				/* translated from here on, at the same addresses */
	ret
END(mmu_on)

/*
 * mmu_enable_upper(x0 ttbr1, x1 tcr) - make the kernel map live beside the identity map.
 *
 * `tcr` is the final value with EPD1 clear. TCR_EL1 fields may be cached in a TLB, so the new
 * TG1 goes in while walks by TTBR1 are still off (EPD1, set since the MMU went on). Only after a
 * TLBI are they allowed. Arm ARM, "TLB maintenance requirements", and TCR_EL1. Uses x2.
 */
FUNC(mmu_enable_upper)
	dsb	ishst			/* the tables are complete for the walker */
	msr	ttbr1_el1, x0
	orr	x2, x1, #TCR_EPD1
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
 * on the old one are physical addresses, and nothing returns to them.
 */
FUNC(mmu_switch)
	adr	x1, .Lupper
	add	x1, x1, x0
	br	x1
.Lupper:				/* what is relative to the PC is an upper address now */
	set_up_cpu boot_cpu, _stack_top, _overflow_stack_top
	mrs	x1, tcr_el1
	orr	x1, x1, #TCR_EPD0
	msr	tcr_el1, x1
	isb				/* no new walks below ... */
	tlbi	vmalle1			/* ... and none remembered */
	dsb	nsh
	isb
	bl	kernel_main
	b	.
END(mmu_switch)
