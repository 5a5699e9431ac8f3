/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A loader that leaves the machine in a wrong state: scripts/mk-loaders makes an Image of it for
 * each STATE below, with the kernel's address as KERNEL. QEMU starts it at EL1 or EL2, in good
 * order, and it jumps to the kernel as a loader does, but for what its state says.
 *
 *   pstate       EL1, EL2  open DAIF, SP_EL0, and each further bit that this CPU has
 *   sctlr        EL1, EL2  every bit that may be wrong: big-endian, WXN, PAuth's keys, ...
 *   registers    EL1, EL2  those of EL1: translation, timers, debug, PMU, streaming mode
 *   traps        EL2       all that EL2 can trap of EL1, or offset, or pretend, E2H = 0
 *   vhe          EL2       as a host of virtual machines leaves it: E2H = 1, TGE = 1
 *   serror       EL2       it goes to EL1, where an SError is pending
 *   serror-late  EL2       the same, but the SError comes when CNTP_CTL_EL0 is written: as the
 *                          kernel masks interrupts to leave by kexec
 *
 * A pending SError is a virtual one of EL2's. No state masks another one's effect, so all of a row
 * were wrong at once if the kernel got it wrong.
 *
 *   x0 to x3   for the kernel; x9, x10 scratch
 */
#define HCR_RW  (1 << 31)
#define HCR_TGE (1 << 27)
#define HCR_E2H (1 << 34)
#define HCR_AMO (1 << 5)
#define HCR_VSE (1 << 8)

	.text

state_head:
	b	STATE			/* code0 */
	.long	0			/* code1 */
	.quad	30 << 20		/* text_offset: out of the way of what is placed in tests */
	.quad	state_end - state_head	/* image_size */
	.quad	1 << 3			/* flags: any page size, anywhere in memory */
	.quad	0
	.quad	0
	.quad	0
	.ascii	"ARM\x64"
	.long	0			/* no PE header */

/* Any constant, without memory. */
.macro set reg, value
	movz	x9, #(\value & 0xffff)
	movk	x9, #(\value >> 16 & 0xffff), lsl #16
	movk	x9, #(\value >> 32 & 0xffff), lsl #32
	movk	x9, #(\value >> 48 & 0xffff), lsl #48
	msr	\reg, x9
.endm

/* Skip to the label unless a field of four bits is at least so much. */
.macro unless id, shift, least, label
	mrs	x9, \id
	ubfx	x9, x9, #\shift, #4
	cmp	x9, #\least
	b.lo	\label
.endm

.macro unless_el2 label
	mrs	x9, CurrentEL
	cmp	x9, #(2 << 2)
	b.ne	\label
.endm

/* The jump, by registers alone. */
go:
	isb
	movz	x9, #(KERNEL & 0xffff)
	movk	x9, #(KERNEL >> 16 & 0xffff), lsl #16
	movk	x9, #(KERNEL >> 32 & 0xffff), lsl #32
	br	x9

/* NZCV, TCO, DIT, UAO, PAN, SSBS; DAIF and SP are 0. An exception return sets all of them. */
state_pstate:
	mov	x10, #4			/* EL1t */
	unless_el2 1f
	mov	x10, #8			/* EL2t */
1:	movz	x9, #0xf3c0, lsl #16
	movk	x9, #0x1000
	orr	x10, x10, x9
	movz	x9, #(KERNEL & 0xffff)
	movk	x9, #(KERNEL >> 16 & 0xffff), lsl #16
	tbnz	x10, #3, 2f
	msr	spsr_el1, x10
	msr	elr_el1, x9
	eret
2:	msr	spsr_el2, x10
	msr	elr_el2, x9
	eret

/* But M and C, which the boot protocol promises, and LSMAOE and nTLSMD, whose 1 is right. */
state_sctlr:
	unless_el2 1f
	set	sctlr_el2, ~(1 << 0 | 1 << 2 | 1 << 28 | 1 << 29)
1:	set	sctlr_el1, ~(1 << 0 | 1 << 2 | 1 << 28 | 1 << 29)
	b	go

state_registers:
	set	tcr_el1, 0x00ffffffffffffff
	set	mair_el1, 0x1122334455667788
	set	ttbr0_el1, 0x0005000012345000
	set	ttbr1_el1, 0x0006000012345001
	set	vbar_el1, 0x12345000
	set	tpidr_el1, 0x12345678
	set	contextidr_el1, 0x12345678
	set	cntkctl_el1, 0x3ff
	set	cntv_cval_el0, 0
	set	cntv_ctl_el0, 1
	set	cntp_cval_el0, 0
	set	cntp_ctl_el0, 1
	msr	oslar_el1, xzr
	set	mdscr_el1, (1 << 0 | 1 << 13 | 1 << 15) /* SS, KDE, MDE */
	set	dbgbvr0_el1, KERNEL
	set	dbgbcr0_el1, (1 | 1 << 1 | 0xf << 5)
	unless	id_aa64dfr0_el1, 8, 1, 1f
	set	pmuserenr_el0, 0xf
	set	pmintenset_el1, 0x80000001
	set	pmcntenset_el0, 0x80000001
	set	pmcr_el0, 1
1:	unless	id_aa64mmfr1_el1, 16, 1, 1f
	set	S3_0_C10_C4_3, 1	/* LORC_EL1 */
1:	unless	id_aa64pfr1_el1, 24, 1, 3f
	unless_el2 2f
	set	cptr_el2, 0x23ff	/* SME doesn't trap */
2:	set	cpacr_el1, (3 << 24)
	isb
	set	S3_3_C4_C2_2, 3		/* SVCR: streaming mode, and ZA */
3:	msr	cpacr_el1, xzr
	b	go

state_traps:
	set	hcr_el2, 0x0000000b7fffffff
	set	cptr_el2, 0xc01037ff
	set	mdcr_el2, 0x00000fe0
	set	hstr_el2, 0xffff
	set	cnthctl_el2, 0
	set	cntvoff_el2, 0x123456789abc
	set	cnthp_cval_el2, 0
	set	cnthp_ctl_el2, 1
	set	vpidr_el2, 0x410fd030
	set	vmpidr_el2, 0x80000005
	set	vttbr_el2, 0x0005000040000000
	set	vtcr_el2, 0x80023558
	set	vbar_el2, 0x12345000
	unless	id_aa64mmfr1_el1, 40, 1, 1f
	set	S3_4_C1_C2_2, 0x7ff	/* HCRX_EL2 */
1:	unless	id_aa64mmfr0_el1, 56, 1, 1f
	set	S3_4_C1_C1_4, 0x0000ffffffffffff /* HFGRTR_EL2 */
	set	S3_4_C3_C1_4, 0x0000ffffffffffff /* HDFGRTR_EL2 */
1:	unless	id_aa64pfr0_el1, 24, 1, 1f
	set	S3_4_C12_C9_5, 1	/* ICC_SRE_EL2: not for EL1 */
	isb
	set	S3_4_C12_C11_0, 1	/* ICH_HCR_EL2 */
1:	b	go

state_vhe:
	set	hcr_el2, (HCR_E2H | HCR_TGE | HCR_RW)
	isb
	set	cptr_el2, 0		/* everything traps */
	set	cnthctl_el2, 0
	b	go

/* To EL1, with nothing of EL2's in the way, and something in it. */
.macro to_el1 cnthctl, hcr
	set	cnthctl_el2, \cnthctl
	set	cptr_el2, 0x22ff
	set	hcr_el2, (HCR_RW | \hcr)
	adr	x9, vectors
	msr	vbar_el2, x9
	set	spsr_el2, 0x3c5
	adr	x9, go
	msr	elr_el2, x9
	eret
.endm

state_serror:
	to_el1	3, (HCR_AMO | HCR_VSE)

state_serror_late:
	to_el1	1, 0

	/* EL2's: when something traps there an SError pends, and the instruction is over. */
	.balign	2048
vectors:
	.rept	8
	b	.
	.balign	128
	.endr
	msr	tpidr_el2, x9
	set	hcr_el2, (HCR_RW | HCR_AMO | HCR_VSE)
	mrs	x9, elr_el2
	add	x9, x9, #4
	msr	elr_el2, x9
	mrs	x9, tpidr_el2
	eret
	.balign	128
	.rept	7
	b	.
	.balign	128
	.endr
state_end:
