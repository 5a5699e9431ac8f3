/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the level that the loader entered to EL1, MMU off. Nothing stays at EL3 and EL2 that traps
 * what EL1 does, and nothing that an earlier kernel or hypervisor wrote there. At EL2 the vectors
 * of el2_stub.S stay.
 *
 * A control is touched where an ID register says that it exists, and nowhere else: elsewhere it is
 * undefined. Each has one value, whatever it was; what isn't in the table isn't touched.
 *
 *   control        exists with    value             why
 *   -------------  -------------  ----------------  ----------------------------------------------
 *   SCTLR_EL2      EL2            RES1 bits         MMU off, little-endian: before any load
 *   SCTLR2_EL2     SCTLR2         0                 it may turn aborts into SErrors
 *   VBAR_EL2       EL2            el2_vectors       first: what goes wrong from here on says so
 *   HCR_EL2        EL2            RW                EL1 is AArch64. No stage 2, nothing routed here
 *     .API, .APK   PAuth          1                 keys and instructions of EL1 (0 traps)
 *     .FIEN        RAS 1.1        1                 fault injection registers (0 traps)
 *     .EnSCXT      CSV2_2, _1p2   1                 SCXTNUM_EL1 and _EL0 (0 traps)
 *     .ATA         MTE2           1                 tags (0 traps)
 *     .E2H         see below      1 where it must
 *   HCRX_EL2       HCX            the rows below    each is a trap, or a feature off, if 0
 *     .TCR2En      TCR2           1                 EL1 clears it; entry.S
 *     .SCTLR2En    SCTLR2         1                 the same
 *     .MSCEn       MOPS           1                 memory copy instructions
 *     .EnALS       LS64           1                 64-byte accesses; EnASR, EnAS0 as LS64 says
 *     .D128En      D128           1                 128-bit registers
 *     .GCSEn       GCS            1                 guarded stacks
 *     .EnFPM       FPMR           1                 FPMR
 *   CPTR_EL2       EL2            RES1 bits, or     FP, trace and activity monitors don't trap.
 *                                 FPEN with E2H     E2H = 1 has another layout
 *     .TZ or ZEN   SVE            0, or 3           no trap
 *     .TSM, SMEN   SME            0, or 3           no trap
 *   ZCR_EL2        SVE            all               EL1 chooses how long vectors are
 *   SMCR_EL2       SME            all, EZT0, FA64   the same, with all that streaming mode can
 *   CNTHCTL_EL2    EL2            EL1PCTEN and      EL1 may use the physical counter and timer.
 *                                 EL1PCEN           E2H = 1 has another layout. The rest is 0: no
 *                                                   traps (ECV), and CNTPOFF_EL2 doesn't count
 *   CNTVOFF_EL2    EL2            0                 both counters are the same
 *   CNTHP_CTL_EL2  EL2            0                 a hypervisor's timer would go on to fire
 *   CNTHV_CTL_EL2  VHE            0                 the same
 *   VPIDR_EL2      EL2            MIDR_EL1          EL1 reads what is true
 *   VMPIDR_EL2     EL2            MPIDR_EL1         the same
 *   VTTBR_EL2      EL2            0                 VMID 0, which tags what EL1 has in the TLB
 *   HSTR_EL2       EL2            0                 no traps of AArch32 registers
 *   ICC_SRE_EL2    GIC registers  SRE, Enable       EL1 may choose them
 *   ICH_HCR_EL2    the same       0                 no virtual interrupts
 *   MDCR_EL2       EL2            0                 no traps of debug, trace and counters; the
 *                                                   system PMU (EnSPM) has no user
 *     .HPMN        PMUv3          all counters      belong to EL1
 *     .E2PB        SPE            3                 the buffer belongs to EL1
 *     .E2TB        trace buffer   3                 the same
 *   PMSCR_EL2      SPE, ours      0                 EL2 isn't profiled
 *   HFGRTR_EL2     FGT            NO_TRAPS          unknown at reset. Some bits trap if 1, some
 *   HFGWTR_EL2     FGT            NO_TRAPS          if 0: <arch/sysreg_levels.h> lists those
 *   HFGITR_EL2     FGT            NO_TRAPS
 *   HDFGRTR_EL2    FGT            NO_TRAPS
 *   HDFGWTR_EL2    FGT            NO_TRAPS
 *   HAFGRTR_EL2    FGT, AMU       0                 undefined without AMU
 *   HDFG[RW]TR2    FGT2           NO_TRAPS          PMU 3.9 and SPE: the boot protocol wants it
 *   HFG[RWI]TR2    FGT2           0                 what else these trap has no user
 *   TRFCR_EL2      trace filter   not touched       nothing here uses them, and firmware that keeps
 *   BRBCR_EL2      BRBE           not touched       the boot protocol may trap them to EL3
 *                                                   (MDCR_EL3.TTRF, SBRBE)
 *   MPAM2_EL2      MPAM           not touched       no user, and some firmware traps it to EL3
 *   VTCR_EL2, ...  EL2            not touched       count with stage 2, or for what runs at EL2
 *
 * el2_stub.S hands on to EL1 what traps all the same.
 *
 * E2H. With HCR_EL2.E2H = 1 the names of EL1's registers mean EL2's, and two registers have another
 * layout. Here it is 0 where it can be. Where it can't, the bit need not read as 1 until it was
 * written as 1, and ID_AA64MMFR4_EL1.E2H0 says so or doesn't: some CPUs are older than the field,
 * and a hypervisor that nests us may be unable to trap reads of it. So: the ID register first, then
 * what the bit does, never what it reads as. Arm ARM (DDI 0487, J.a), "FEAT_E2H0", "HCR_EL2".
 */
#include <arch/sysreg_levels.h>
#include <kernel/linkage.h>

	.text

/*
 * enter_el1 - go on at EL1 by its own stack pointer, MMU off, with no other bit of PSTATE set
 * than DAIF: by ERET, which sets all of them, whatever the CPU has.
 *
 * From EL3 by way of EL2 where there is one. Runs without a stack, and without a load until data
 * is little-endian.
 *
 *   x0, x1  scratch
 *   x21     where to return
 *   x22     HCR_EL2 as it was written
 */
back	.req	x21
hcr	.req	x22

/* Go on at `to` with this PSTATE. An ERET need not synchronise: SCTLR_ELx.EOS may be 0. Uses x0. */
.macro return_from level, pstate, to
	mov	x0, #\pstate
	msr	spsr_\level, x0
	msr	elr_\level, \to
	isb
	eret
.endm

/* The levels below may use all of SVE and SME that there is. These trap before. Uses x0, x1. */
.macro lend_vectors zcr, smcr
	isb
	unless	HAS_SVE, 1, .Lno_sve_\@
	write	\zcr, ZCR_LEN
.Lno_sve_\@:
	unless	HAS_SME, 1, .Lno_sme_\@
	mov	x0, #SMCR_LEN
	where	HAS_SME_FA64, 8, SMCR_FA64
	where	HAS_SME_VERSION, 1, SMCR_EZT0
	msr	\smcr, x0
.Lno_sme_\@:
.endm

FUNC(enter_el1)
	mov	back, x30
	mrs	x0, CurrentEL
	cmp	x0, #CURRENT_EL3
	b.eq	from_el3
	cmp	x0, #CURRENT_EL2
	b.eq	from_el2
	write	sctlr_el1, SCTLR_BOOT
	return_from el1, SPSR_EL1H, back
END(enter_el1)

FUNC(from_el3)
	/*
	 * With no firmware that holds them, all CPUs come here at once; the tree's boot CPU is the
	 * one of affinity 0. The others wait for good.
	 */
	mrs	x0, mpidr_el1
	constant x1, MPIDR_AFFINITY_BITS
	tst	x0, x1
	b.eq	.Lboot_cpu
.Lwait:
	wfi
	b	.Lwait

.Lboot_cpu:
	/* What the levels below may use: 0 is a trap in all of these. */
	constant x0, SCR_EL3_BELOW
	where	HAS_RAS, 2, SCR_EL3_FIEN
	where	HAS_RAS_FRAC, 1, SCR_EL3_FIEN
	where	HAS_MTE, 2, SCR_EL3_ATA
	where	HAS_CSV2, 2, SCR_EL3_ENSCXT
	where	HAS_CSV2_FRAC, 2, SCR_EL3_ENSCXT
	where	HAS_FGT, 1, SCR_EL3_FGTEN
	where	HAS_FGT, 2, SCR_EL3_FGTEN2
	where	HAS_HCX, 1, SCR_EL3_HXEN
	where	HAS_LS64, 3, SCR_EL3_EN_AS0
	where	HAS_GCS, 1, SCR_EL3_GCSEN
	where	HAS_SME, 1, SCR_EL3_ENTP2
	where	HAS_TCR2, 1, SCR_EL3_TCR2EN
	where	HAS_SCTLR2, 1, SCR_EL3_SCTLR2EN
	where	HAS_S1PIE, 1, SCR_EL3_PIEN
	msr	scr_el3, x0
	mov	x0, xzr
	where	HAS_SVE, 1, CPTR_EL3_EZ
	where	HAS_SME, 1, CPTR_EL3_ESM
	msr	cptr_el3, x0
	lend_vectors ZCR_EL3, SMCR_EL3
	mov	x0, xzr
	where	HAS_SPE, 1, MDCR_EL3_NSPB
	where	HAS_TRACE_BUF, 1, MDCR_EL3_NSTB
	where	HAS_BRBE, 1, MDCR_EL3_SBRBE
	msr	mdcr_el3, x0
	unless	HAS_GIC, 1, .Lno_gic
	write	ICC_SRE_EL3, ICC_SRE_EL3_ALL	/* system registers, below as well */
.Lno_gic:
	unless	HAS_EL2, 1, .Lno_el2
	write	sctlr_el2, SCTLR_EL2_OFF	/* unknown until now */
	adr	x1, from_el2
	return_from el3, SPSR_EL2H, x1
.Lno_el2:
	write	sctlr_el1, SCTLR_BOOT
	return_from el3, SPSR_EL1H, back
END(from_el3)

/* The table above, from top to bottom. */
FUNC(from_el2)
	write	sctlr_el2, SCTLR_EL2_OFF
	adr	x0, el2_vectors
	msr	vbar_el2, x0
	isb				/* before anything is loaded, or can trap to here */
	zero_where HAS_SCTLR2, 1, SCTLR2_EL2

	constant x0, HCR_RW
	where	HAS_PAUTH_APA, 1, (HCR_API | HCR_APK)
	where	HAS_PAUTH_API, 1, (HCR_API | HCR_APK)
	where	HAS_PAUTH_APA3, 1, (HCR_API | HCR_APK)
	where	HAS_RAS, 2, HCR_FIEN
	where	HAS_RAS_FRAC, 1, HCR_FIEN
	where	HAS_CSV2, 2, HCR_ENSCXT
	where	HAS_CSV2_FRAC, 2, HCR_ENSCXT
	where	HAS_MTE, 2, HCR_ATA
	mov	hcr, x0
el2_read_e2h0:
	mrs	x1, ID_AA64MMFR4_EL1
	sbfx	x1, x1, #MMFR4_E2H0_SHIFT, #4
	tbnz	x1, #63, vhe_only
el2_write_hcr:
	msr	hcr_el2, hcr
	isb				/* it counts for the next accesses, and so below */
	mov	x1, #1
	msr	far_el1, x1
	isb
	mov	x1, #2
	msr	far_el2, x1
	isb
	mrs	x1, far_el1		/* one register by two names? */
	cmp	x1, #2
	b.ne	e2h_is_known
vhe_only:
	orr	hcr, hcr, #HCR_E2H
	msr	hcr_el2, hcr
	isb
e2h_is_known:
	unless	HAS_HCX, 1, .Lno_hcrx
	mov	x0, xzr
	where	HAS_TCR2, 1, HCRX_TCR2EN
	where	HAS_SCTLR2, 1, HCRX_SCTLR2EN
	where	HAS_MOPS, 1, HCRX_MSCEN
	where	HAS_LS64, 1, HCRX_EN_ALS
	where	HAS_LS64, 2, HCRX_EN_ASR
	where	HAS_LS64, 3, HCRX_EN_AS0
	where	HAS_D128, 1, HCRX_D128EN
	where	HAS_GCS, 1, HCRX_GCSEN
	where	HAS_FPMR, 1, HCRX_EN_FPM
	msr	HCRX_EL2, x0
.Lno_hcrx:
	/* SCTLR_EL1, and what has two layouts: by what was written, not by what is read. */
	tbnz	hcr, #HCR_E2H_BIT, .Le2h_layout
	write	sctlr_el1, SCTLR_BOOT
	mov	x0, #CPTR_NO_TRAPS
	where_clear HAS_SVE, 1, CPTR_TZ
	where_clear HAS_SME, 1, CPTR_TSM
	msr	cptr_el2, x0
	mov	x0, #CNTHCTL_EL1PCTEN_EL1PCEN
	b	el2_write_cnthctl
.Le2h_layout:
	write	SCTLR_EL12, SCTLR_BOOT
	mov	x0, #CPACR_FPEN
	where	HAS_SVE, 1, CPACR_ZEN
	where	HAS_SME, 1, CPACR_SMEN
	msr	cptr_el2, x0
	mov	x0, #CNTHCTL_EL1PCTEN_EL1PCEN_E2H
el2_write_cnthctl:
	msr	cnthctl_el2, x0
	lend_vectors ZCR_EL2, SMCR_EL2
	msr	cntvoff_el2, xzr
	msr	cnthp_ctl_el2, xzr
	zero_where HAS_VHE, 1, CNTHV_CTL_EL2
	mrs	x0, midr_el1
	msr	vpidr_el2, x0
	mrs	x0, mpidr_el1
	msr	vmpidr_el2, x0
	msr	vttbr_el2, xzr
	msr	hstr_el2, xzr

	unless	HAS_GIC, 1, .Lgic_is_set
	mrs	x0, ICC_SRE_EL2
	orr	x0, x0, #ICC_SRE_SRE
	orr	x0, x0, #ICC_SRE_EL2_ENABLE
	msr	ICC_SRE_EL2, x0
	isb
	mrs	x0, ICC_SRE_EL2		/* where EL3 keeps them to itself, it did not stick */
	tbz	x0, #ICC_SRE_SRE_BIT, .Lgic_is_set
	msr	ICH_HCR_EL2, xzr
.Lgic_is_set:
	mov	x0, xzr
	unless_pmu .Lno_counters
	mrs	x0, pmcr_el0
	ubfx	x0, x0, #PMCR_N_SHIFT, #5
.Lno_counters:
	where	HAS_SPE, 1, MDCR_E2PB
	where	HAS_TRACE_BUF, 1, MDCR_E2TB
	msr	mdcr_el2, x0
	unless	HAS_SPE, 1, .Lspe_is_set
	mrs	x0, PMBIDR_EL1
	tbnz	x0, #BUFFER_ID_P_BIT, .Lspe_is_set
	msr	PMSCR_EL2, xzr
.Lspe_is_set:
	unless	HAS_FGT, 1, .Lfgt_is_set
	write	HFGRTR_EL2, HFGRTR_NO_TRAPS
	write	HFGWTR_EL2, HFGRTR_NO_TRAPS
	write	HFGITR_EL2, HFGITR_NO_TRAPS
	write	HDFGRTR_EL2, HDFGRTR_NO_TRAPS
	write	HDFGWTR_EL2, HDFGWTR_NO_TRAPS
	zero_where HAS_AMU, 1, HAFGRTR_EL2
	unless	HAS_FGT, 2, .Lfgt_is_set
	write	HDFGRTR2_EL2, HDFGRTR2_NO_TRAPS
	write	HDFGWTR2_EL2, HDFGRTR2_NO_TRAPS
	msr	HFGRTR2_EL2, xzr
	msr	HFGWTR2_EL2, xzr
	msr	HFGITR2_EL2, xzr
.Lfgt_is_set:
	/* What a hypervisor's guests left in the TLB under VMID 0, stage 2 and all. */
	tlbi	alle1
	dsb	nsh
	return_from el2, SPSR_EL1H, back
END(from_el2)

	.unreq	back
	.unreq	hcr
