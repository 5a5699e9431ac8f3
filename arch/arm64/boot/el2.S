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
 *   TRFCR_EL2,     trace filter,  not touched       nothing here uses them, and firmware that keeps
 *   BRBCR_EL2      BRBE                             the boot protocol traps them (MDCR_EL3.TTRF,
 *   SBRBE) HFGRTR_EL2     FGT            NO_TRAPS          unknown at reset. Some bits trap if 1,
 *   some HFGWTR_EL2     FGT            NO_TRAPS          if 0: <arch/sysreg_levels.h> lists those
 *   HFGITR_EL2     FGT            NO_TRAPS HDFGRTR_EL2    FGT            NO_TRAPS HDFGWTR_EL2
 *   FGT            NO_TRAPS HAFGRTR_EL2    FGT, AMU       0                 undefined without AMU
 *   HDFG[RW]TR2    FGT2           NO_TRAPS          PMU 3.9 and SPE: the boot protocol wants it
 *   HFG[RWI]TR2    FGT2           0                 what else these trap has no user MPAM2_EL2
 *   MPAM           not touched       no user, and some firmware traps it to EL3 VTCR_EL2, ...  EL2
 *   not touched       count with stage 2, or for what runs at EL2
 *
 * What traps all the same el2_stub.S hands on to EL1.
 *
 * E2H. With HCR_EL2.E2H = 1 the names of EL1's registers mean EL2's, and two registers have another
 * layout. Here it is 0 where it can be. Where it can't, the bit need not read as 1 until it was
 * written as 1, and ID_AA64MMFR4_EL1.E2H0 says so or doesn't: some CPUs are older than the field,
 * and a hypervisor that nests us may be unable to trap reads of it. So: the ID register first, then
 * what the bit does, never what it reads as. Arm ARM (DDI 0487, J.a), "FEAT_E2H0", "HCR_EL2".
 */
#include <arch/sysreg_levels.h>
#include <kernel/linkage.h>

	.section .init.text, "ax"

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

FUNC(enter_el1)
	mov	back, x30
	mrs	x0, CurrentEL
	cmp	x0, #CURRENT_EL3
	b.eq	from_el3
	cmp	x0, #CURRENT_EL2
	b.eq	from_el2
	constant x0, SCTLR_BOOT
	msr	sctlr_el1, x0
	mov	x0, #SPSR_EL1H
	msr	spsr_el1, x0
	msr	elr_el1, back
	isb				/* an ERET need not synchronise: SCTLR_EL1.EOS may be 0 */
	eret

from_el3:
	/*
	 * With no firmware that holds them, all CPUs come here at once; the tree's boot CPU is the
	 * one of affinity 0. The others wait for good.
	 */
	mrs	x0, mpidr_el1
	constant x1, MPIDR_AFFINITY_BITS
	tst	x0, x1
	b.eq	2f
1:	wfi
	b	1b

2:	/* What the levels below may use: 0 is a trap in all of these. */
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
	isb				/* ZCR_EL3 and SMCR_EL3 trap until then */
	unless	HAS_SVE, 1, 3f
	mov	x0, #ZCR_LEN
	msr	ZCR_EL3, x0
3:	unless	HAS_SME, 1, 4f
	mov	x0, #SMCR_LEN
	where	HAS_SME_FA64, 8, SMCR_FA64
	where	HAS_SME_VERSION, 1, SMCR_EZT0
	msr	SMCR_EL3, x0
4:	mov	x0, xzr
	where	HAS_SPE, 1, MDCR_EL3_NSPB
	where	HAS_TRACE_BUF, 1, MDCR_EL3_NSTB
	where	HAS_BRBE, 1, MDCR_EL3_SBRBE
	msr	mdcr_el3, x0
	unless	HAS_GIC, 1, 5f
	mov	x0, #ICC_SRE_EL3_ALL	/* system registers, below as well */
	msr	ICC_SRE_EL3, x0
5:	mov	x0, #SPSR_EL1H
	msr	elr_el3, back
	unless	HAS_EL2, 1, 6f
	constant x0, SCTLR_EL2_OFF	/* unknown until now */
	msr	sctlr_el2, x0
	mov	x0, #SPSR_EL2H
	adr	x1, from_el2
	msr	elr_el3, x1
	msr	spsr_el3, x0
	isb
	eret
6:	msr	spsr_el3, x0
	constant x0, SCTLR_BOOT
	msr	sctlr_el1, x0
	isb
	eret
END(enter_el1)

/* The table above, from top to bottom. */
FUNC(from_el2)
	constant x0, SCTLR_EL2_OFF
	msr	sctlr_el2, x0
	adr	x0, el2_vectors
	msr	vbar_el2, x0
	isb				/* before anything is loaded, or can trap to here */
	unless	HAS_SCTLR2, 1, 1f
	msr	SCTLR2_EL2, xzr
1:
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
	unless	HAS_HCX, 1, 1f
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
1:
	/* SCTLR_EL1, and what has two layouts: by what was written, not by what is read. */
	tbnz	hcr, #HCR_E2H_BIT, 2f
	constant x0, SCTLR_BOOT
	msr	sctlr_el1, x0
	mov	x0, #CPTR_NO_TRAPS
	where_clear HAS_SVE, 1, CPTR_TZ
	where_clear HAS_SME, 1, CPTR_TSM
	msr	cptr_el2, x0
	mov	x0, #CNTHCTL_EL1PCTEN_EL1PCEN
	b	3f
2:	constant x0, SCTLR_BOOT
	msr	SCTLR_EL12, x0
	mov	x0, #CPACR_FPEN
	where	HAS_SVE, 1, CPACR_ZEN
	where	HAS_SME, 1, CPACR_SMEN
	msr	cptr_el2, x0
	mov	x0, #CNTHCTL_EL1PCTEN_EL1PCEN_E2H
3:
el2_write_cnthctl:
	msr	cnthctl_el2, x0
	isb				/* ZCR_EL2 and SMCR_EL2 don't trap any more */
	unless	HAS_SVE, 1, 1f
	mov	x0, #ZCR_LEN
	msr	ZCR_EL2, x0
1:	unless	HAS_SME, 1, 1f
	mov	x0, #SMCR_LEN
	where	HAS_SME_FA64, 8, SMCR_FA64
	where	HAS_SME_VERSION, 1, SMCR_EZT0
	msr	SMCR_EL2, x0
1:
	msr	cntvoff_el2, xzr
	msr	cnthp_ctl_el2, xzr
	unless	HAS_VHE, 1, 1f
	msr	CNTHV_CTL_EL2, xzr
1:	mrs	x0, midr_el1
	msr	vpidr_el2, x0
	mrs	x0, mpidr_el1
	msr	vmpidr_el2, x0
	msr	vttbr_el2, xzr
	msr	hstr_el2, xzr

	unless	HAS_GIC, 1, 1f
	mrs	x0, ICC_SRE_EL2
	orr	x0, x0, #ICC_SRE_SRE
	orr	x0, x0, #ICC_SRE_EL2_ENABLE
	msr	ICC_SRE_EL2, x0
	isb
	mrs	x0, ICC_SRE_EL2		/* where EL3 keeps them to itself, it did not stick */
	tbz	x0, #0, 1f
	msr	ICH_HCR_EL2, xzr
1:
	mov	x0, xzr
	unless_pmu 1f
	mrs	x0, pmcr_el0
	ubfx	x0, x0, #11, #5
1:	where	HAS_SPE, 1, MDCR_E2PB
	where	HAS_TRACE_BUF, 1, MDCR_E2TB
	msr	mdcr_el2, x0
	unless	HAS_SPE, 1, 1f
	mrs	x0, PMBIDR_EL1
	tbnz	x0, #BUFFER_ID_P_BIT, 1f
	msr	PMSCR_EL2, xzr
1:
	unless	HAS_FGT, 1, 1f
	constant x0, HFGRTR_NO_TRAPS
	msr	HFGRTR_EL2, x0
	msr	HFGWTR_EL2, x0
	constant x0, HFGITR_NO_TRAPS
	msr	HFGITR_EL2, x0
	constant x0, HDFGRTR_NO_TRAPS
	msr	HDFGRTR_EL2, x0
	constant x0, HDFGWTR_NO_TRAPS
	msr	HDFGWTR_EL2, x0
	unless	HAS_AMU, 1, 2f
	msr	HAFGRTR_EL2, xzr
2:	unless	HAS_FGT, 2, 1f
	constant x0, HDFGRTR2_NO_TRAPS
	msr	HDFGRTR2_EL2, x0
	msr	HDFGWTR2_EL2, x0
	msr	HFGRTR2_EL2, xzr
	msr	HFGWTR2_EL2, xzr
	msr	HFGITR2_EL2, xzr
1:
	/* What a hypervisor's guests left in the TLB under VMID 0, stage 2 and all. */
	tlbi	alle1
	dsb	nsh
	mov	x0, #SPSR_EL1H
	msr	spsr_el2, x0
	msr	elr_el2, back
	isb
	eret
END(from_el2)

	.unreq	back
	.unreq	hcr
