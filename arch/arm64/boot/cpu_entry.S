/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a CPU begins that another one has started: <arch/cpu_start.h> has the steps.
 *
 * PSCI's CPU_ON has an argument, a spin table hasn't: so the block is found by a variable of the
 * image. Registers, until C:
 *
 *   x19        the exception level it was entered at, then `upper`
 *   x20        the block's physical address
 *   x21, x22   enter_el1's; then what C gets: the stack, the struct cpu
 *   x23        the pen, then the C function
 */
#include <arch/cpu_start.h>
#include <arch/hyp.h>
#include <arch/psci.h>
#include <arch/sysreg_levels.h>
#include <kernel/linkage.h>

	.text

upper	.req	x19
block	.req	x20

FUNC(cpu_entry)
	msr	daifset, #DAIF_ALL
	mrs	x19, CurrentEL
	ubfx	x19, x19, #CURRENT_EL_SHIFT, #2
	bl	enter_el1
	mov	x0, x19
	bl	entry_state

	/* Who it is. All accesses go to memory: the block's other reader cleans and drops lines. */
	adrp	block, cpu_start_block_pa
	ldr	block, [block, #:lo12:cpu_start_block_pa]
	mrs	x0, midr_el1
	mrs	x1, id_aa64mmfr0_el1
	mrs	x2, id_aa64pfr0_el1
	mrs	x3, ctr_el0
	stp	x0, x1, [block, #CPU_START_ID]
	stp	x2, x3, [block, #CPU_START_ID + 16]
	ldr	x23, [block, #CPU_START_PEN]
	mov	x0, #CPU_START_CAME
	dmb	sy			/* the state comes last */
	str	x0, [block, #CPU_START_STATE]
.Lwait:
	yield
	ldr	x0, [block, #CPU_START_GO]
	cbz	x0, .Lwait
	cmp	x0, #CPU_START_RUN
	b.ne	cpu_park

	dmb	sy			/* the rest was written before `go` */
	ldp	x0, x1, [block, #CPU_START_MAIR]
	ldp	x2, x3, [block, #CPU_START_TTBR]
	ldp	upper, x23, [block, #CPU_START_UPPER]
	ldp	x21, x22, [block, #CPU_START_STACK]
	msr	mair_el1, x0
	msr	tcr_el1, x1
	msr	ttbr0_el1, x2
	msr	ttbr1_el1, x3
	isb				/* they count for what follows */
	/*
	 * What TLB and instruction cache hold is unknown at reset, and what the latter may have of
	 * this image is from before it was patched.
	 */
	tlbi	vmalle1
	ic	iallu
	dsb	nsh
	isb
	write	sctlr_el1, SCTLR_RUN
	isb				/* translated from here on, at the same addresses */
	br	upper
END(cpu_entry)

/*
 * Not wanted: off, or out of the way. x0 = CPU_START_PARK plus enum psci_method, x19 = the level
 * that it was entered at, which it has in the pen again.
 */
FUNC(cpu_park)
	sub	x1, x0, #CPU_START_PARK
	constant x0, PSCI_CPU_OFF
	cmp	x1, #PSCI_BY_HVC
	b.eq	.Lhvc
	cmp	x1, #PSCI_BY_SMC
	b.ne	.Lpen
	smc	#0
	b	.Lpark
.Lpen:	cbz	x23, .Lpark
	cmp	x19, #1
	b.eq	.Lat_el1
	mov	x0, #HYP_CALL_EXEC
	mov	x1, x23
.Lhvc:	hvc	#0
.Lpark:	wfi
	b	.Lpark
.Lat_el1:
	br	x23
END(cpu_park)

/* At the kernel's own addresses. */
FUNC(cpu_upper)
	adrp	x0, vectors
	add	x0, x0, :lo12:vectors
	msr	vbar_el1, x0
	mov	sp, x21
	msr	tpidr_el1, x22
	mov	x29, xzr
	mrs	x1, tcr_el1
	orr	x1, x1, #TCR_EPD0
	msr	tcr_el1, x1
	isb				/* no new walks of the identity map ... */
	tlbi	vmalle1			/* ... and none remembered */
	dsb	nsh
	isb
	blr	x23
	b	.
END(cpu_upper)

	.globl	cpu_entry_end
	.hidden	cpu_entry_end
cpu_entry_end:

	.unreq	upper
	.unreq	block
