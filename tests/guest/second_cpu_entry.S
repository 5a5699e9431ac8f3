/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a second CPU begins: at EL1, MMU and caches off, by PSCI CPU_ON.
 *
 * second_cpu_entry(x0 physical address of the parameters, <second_cpu.h>)
 *
 *   x0 params   identity-mapped, as this code is, until TTBR0 is switched off
 *   x1-x6       scratch
 */
#include <arch/sysreg.h>
#include <kernel/linkage.h>

#include "second_cpu.h"

params	.req	x0

FUNC(second_cpu_entry)
	ldp	x1, x2, [params, #SECOND_CPU_MAIR]
	ldp	x3, x4, [params, #SECOND_CPU_TTBR0]
	ldp	x5, x6, [params, #SECOND_CPU_SCTLR]
	msr	mair_el1, x1
	msr	tcr_el1, x2
	msr	ttbr0_el1, x3
	msr	ttbr1_el1, x4
	isb
	tlbi	vmalle1			/* junk of before it was switched on */
	ic	iallu
	dsb	nsh
	isb
	msr	sctlr_el1, x5
	isb
	br	x6			/* to second_cpu_upper, at its upper address */
END(second_cpu_entry)

FUNC(second_cpu_upper)
	ldp	x1, x2, [params, #SECOND_CPU_STACK]
	ldp	x3, x4, [params, #SECOND_CPU_VBAR]
	mov	sp, x1
	msr	tpidr_el1, x2
	msr	vbar_el1, x3
	mrs	x1, tcr_el1
	orr	x1, x1, #TCR_EPD0	/* the identity map is of no use up here */
	msr	tcr_el1, x1
	isb
	tlbi	vmalle1
	dsb	nsh
	isb
	mov	x29, xzr
	blr	x4
	b	.
END(second_cpu_upper)

	.unreq	params
