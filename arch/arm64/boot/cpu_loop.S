/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The loop of the pen: <arch/cpu_pen.h>. A copy of it runs, at the pen's first byte, MMU and caches
 * off, at EL1 or EL2, without a stack. Nobody writes to that copy again: other kernels may follow,
 * and CPUs are in it.
 *
 *   x0  the CPU's slot
 *   x1  its affinity, then where to go
 */
#include <arch/cpu_pen.h>
#include <arch/sysreg_levels.h>
#include <kernel/linkage.h>

	.section .rodata, "a"
	.balign	8
FUNC(cpu_loop)
	msr	daifset, #DAIF_ALL	/* firmware's own loop may come here directly */
	mrs	x1, mpidr_el1
	constant x2, MPIDR_AFFINITY_BITS
	and	x1, x1, x2
	adr	x0, cpu_loop + CPU_PEN_SLOTS
.Lnext:
	ldr	x2, [x0, #CPU_PEN_MPIDR]
	cmp	x2, x1
	b.eq	.Lfound
	add	x0, x0, #CPU_PEN_SLOT_BYTES
	cmn	x2, #1
	b.ne	.Lnext
.Lnobody:
	wfe				/* for good: the tree doesn't know this CPU */
	b	.Lnobody
.Lfound:
	str	xzr, [x0, #CPU_PEN_RELEASE]
	dmb	sy			/* who sees `waits` may write `release` */
	mov	x2, #1
	str	x2, [x0, #CPU_PEN_WAITS]
	/*
	 * The event of a SEV between load and WFE is kept, and ends the WFE. That SEV comes after
	 * a DSB which completes the release's way to memory, so the load after it finds it.
	 */
.Lwait:
	ldr	x1, [x0, #CPU_PEN_RELEASE]
	cbnz	x1, .Lgo
	wfe
	b	.Lwait
.Lgo:
	str	xzr, [x0, #CPU_PEN_WAITS]
	mov	x0, xzr
	mov	x2, xzr
	mov	x3, xzr
	mov	x4, x1
	mov	x1, xzr
	br	x4
	.org	cpu_loop + CPU_PEN_SLOTS
END(cpu_loop)
