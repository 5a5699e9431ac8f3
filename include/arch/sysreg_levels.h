/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For assembly alone: the registers by which EL3 and EL2 control what EL1 may do, registers that
 * assemblers don't know by name, and macros that ask the ID registers what there is.
 *
 * Source: Arm ARM (DDI 0487, J.a), chapter "AArch64 System Register Descriptions"; what is younger
 * is from Linux, Documentation/arch/arm64/booting.rst.
 */
#ifndef ARCH_SYSREG_LEVELS_H
#define ARCH_SYSREG_LEVELS_H

#include <arch/sysreg.h>

/* MPIDR_EL1, as MPIDR_AFFINITY for C. */
#define MPIDR_AFFINITY_BITS 0xff00ffffff

/* SCTLR_EL2 with the MMU off, little-endian: RES1 bits of ARMv8.0, I, SA and A clear. */
#define SCTLR_EL2_OFF 0x30c50830

/* CPACR_EL1 and, where E2H is 1, CPTR_EL2: SVE and SME don't trap. Beside CPACR_FPEN. */
#define CPACR_ZEN  (3 << 16)
#define CPACR_SMEN (3 << 24)

/* CPTR_EL2 where E2H is 0: RES1 without SVE and SME, a trap with them. */
#define CPTR_NO_TRAPS 0x33ff
#define CPTR_TZ       (1 << 8)
#define CPTR_TSM      (1 << 12)

/* CPTR_EL3: here 1 is no trap. */
#define CPTR_EL3_EZ  (1 << 8)
#define CPTR_EL3_ESM (1 << 12)

/* ZCR_ELx, SMCR_ELx: the longest vectors, all instructions in streaming mode, ZT0. */
#define ZCR_LEN   0x1ff
#define SMCR_LEN  0xf
#define SMCR_EZT0 (1 << 30)
#define SMCR_FA64 (1 << 31)

/* HCR_EL2 */
#define HCR_RW     (1 << 31) /* EL1 is AArch64 */
#define HCR_E2H    (1 << 34)
#define HCR_APK    (1 << 40)
#define HCR_API    (1 << 41)
#define HCR_FIEN   (1 << 47)
#define HCR_ENSCXT (1 << 53)
#define HCR_ATA    (1 << 56)

#define HCR_E2H_BIT 34

/* HCRX_EL2: in all of these 1 is no trap. */
#define HCRX_EN_AS0   (1 << 0)
#define HCRX_EN_ALS   (1 << 1)
#define HCRX_EN_ASR   (1 << 2)
#define HCRX_MSCEN    (1 << 11)
#define HCRX_TCR2EN   (1 << 14)
#define HCRX_SCTLR2EN (1 << 15)
#define HCRX_D128EN   (1 << 17)
#define HCRX_GCSEN    (1 << 22)
#define HCRX_EN_FPM   (1 << 23)

/* CNTHCTL_EL2: EL1 may use the physical counter and timer. E2H = 1 has these elsewhere. */
#define CNTHCTL_EL1PCTEN_EL1PCEN     (3 << 0)
#define CNTHCTL_EL1PCTEN_EL1PCEN_E2H (3 << 10)

/* PMCR_EL0.N, five bits: how many event counters there are. */
#define PMCR_N_SHIFT 11

/* MDCR_EL2: who owns the profiling and the trace buffer. 3 is EL1, without traps. */
#define MDCR_E2PB (3 << 12)
#define MDCR_E2TB (3 << 24)

/* MDCR_EL3: the same for the world that isn't secure. */
#define MDCR_EL3_NSPB  (3 << 12)
#define MDCR_EL3_NSTB  (3 << 24)
#define MDCR_EL3_SBRBE (3 << 32)

/* PMBIDR_EL1, TRBIDR_EL1: a higher level keeps the buffer to itself. */
#define BUFFER_ID_P_BIT 4

/* SCR_EL3: not secure, HVC, AArch64 below, no traps of pointer authentication; 4 and 5 are RES1. */
#define SCR_EL3_BELOW    0x30531
#define SCR_EL3_FIEN     (1 << 21)
#define SCR_EL3_ENSCXT   (1 << 25)
#define SCR_EL3_ATA      (1 << 26)
#define SCR_EL3_FGTEN    (1 << 27)
#define SCR_EL3_EN_AS0   (1 << 36)
#define SCR_EL3_HXEN     (1 << 38)
#define SCR_EL3_GCSEN    (1 << 39)
#define SCR_EL3_ENTP2    (1 << 41)
#define SCR_EL3_TCR2EN   (1 << 43)
#define SCR_EL3_SCTLR2EN (1 << 44)
#define SCR_EL3_PIEN     (1 << 45)
#define SCR_EL3_FGTEN2   (1 << 59)

/*
 * Fine-grained traps whose 1 is no trap (their names begin with n). The others' 1 is a trap. A bit
 * whose feature the CPU hasn't is RES0 and can't come to mean anything else.
 */
#define HFGRTR_NO_TRAPS   0xfff4000000000000 /* 50, 52 to 63: LS64, GCS, SME, THE, PIE, POE, AIE */
#define HFGITR_NO_TRAPS   0x0f80000000000000 /* 55 to 59: BRBE, GCS */
#define HDFGRTR_NO_TRAPS  0x7800000000000000 /* 59 to 62: BRBE, SPE 1.2 */
#define HDFGWTR_NO_TRAPS  0x7000000000000000 /* the same, but BRBIDR_EL1 isn't written */
#define HDFGRTR2_NO_TRAPS 0x000000000008001c /* 2 to 4: PMU 3.9; 19: SPE's data sources */

/* Registers that assemblers don't know by name. */
#define ID_AA64PFR2_EL1  S3_0_C0_C4_2
#define ID_AA64SMFR0_EL1 S3_0_C0_C4_5
#define ID_AA64ISAR2_EL1 S3_0_C0_C6_2
#define ID_AA64MMFR3_EL1 S3_0_C0_C7_3
#define ID_AA64MMFR4_EL1 S3_0_C0_C7_4
#define SCTLR2_EL1       S3_0_C1_C0_3
#define TCR2_EL1         S3_0_C2_C0_3
#define GCSCR_EL1        S3_0_C2_C5_0
#define PMBIDR_EL1       S3_0_C9_C10_7
#define TRBIDR_EL1       S3_0_C9_C11_7
#define LORC_EL1         S3_0_C10_C4_3
#define SVCR             S3_3_C4_C2_2
#define AMUSERENR_EL0    S3_3_C13_C2_3
#define SCTLR2_EL2       S3_4_C1_C0_3
#define HFGRTR_EL2       S3_4_C1_C1_4
#define HFGWTR_EL2       S3_4_C1_C1_5
#define HFGITR_EL2       S3_4_C1_C1_6
#define ZCR_EL2          S3_4_C1_C2_0
#define HCRX_EL2         S3_4_C1_C2_2
#define SMCR_EL2         S3_4_C1_C2_6
#define HDFGRTR2_EL2     S3_4_C3_C1_0
#define HDFGWTR2_EL2     S3_4_C3_C1_1
#define HFGRTR2_EL2      S3_4_C3_C1_2
#define HFGWTR2_EL2      S3_4_C3_C1_3
#define HDFGRTR_EL2      S3_4_C3_C1_4
#define HDFGWTR_EL2      S3_4_C3_C1_5
#define HAFGRTR_EL2      S3_4_C3_C1_6
#define HFGITR2_EL2      S3_4_C3_C1_7
#define PMSCR_EL2        S3_4_C9_C9_0
#define ICC_SRE_EL2      S3_4_C12_C9_5
#define ICH_HCR_EL2      S3_4_C12_C11_0
#define CNTHV_CTL_EL2    S3_4_C14_C3_1
#define SCTLR_EL12       S3_5_C1_C0_0
#define SPSR_EL12        S3_5_C4_C0_0
#define ELR_EL12         S3_5_C4_C0_1
#define ESR_EL12         S3_5_C5_C2_0
#define FAR_EL12         S3_5_C6_C0_0
#define VBAR_EL12        S3_5_C12_C0_0
#define ZCR_EL3          S3_6_C1_C2_0
#define SMCR_EL3         S3_6_C1_C2_6
#define ICC_SRE_EL3      S3_6_C12_C12_5

/* ICC_SRE_ELx: system registers, and the levels below may use them. */
#define ICC_SRE_SRE_BIT    0
#define ICC_SRE_SRE        (1 << ICC_SRE_SRE_BIT)
#define ICC_SRE_EL2_ENABLE (1 << 3)
#define ICC_SRE_EL3_ALL    0xf

/* Fields of four bits that say what there is: register, lowest bit. For the macros below. */
#define HAS_EL2         id_aa64pfr0_el1, 8
#define HAS_GIC         id_aa64pfr0_el1, 24
#define HAS_RAS         id_aa64pfr0_el1, 28
#define HAS_SVE         id_aa64pfr0_el1, 32
#define HAS_AMU         id_aa64pfr0_el1, 44
#define HAS_CSV2        id_aa64pfr0_el1, 56
#define HAS_MTE         id_aa64pfr1_el1, 8
#define HAS_RAS_FRAC    id_aa64pfr1_el1, 12
#define HAS_SME         id_aa64pfr1_el1, 24
#define HAS_CSV2_FRAC   id_aa64pfr1_el1, 32
#define HAS_GCS         id_aa64pfr1_el1, 44
#define HAS_FPMR        ID_AA64PFR2_EL1, 32
#define HAS_SME_VERSION ID_AA64SMFR0_EL1, 56
#define HAS_SME_FA64    ID_AA64SMFR0_EL1, 60 /* bit 63 of them, so from 8 on */
#define HAS_PMU         id_aa64dfr0_el1, 8
#define HAS_SPE         id_aa64dfr0_el1, 32
#define HAS_TRACE_BUF   id_aa64dfr0_el1, 44
#define HAS_BRBE        id_aa64dfr0_el1, 52
#define HAS_PAUTH_APA   id_aa64isar1_el1, 4
#define HAS_PAUTH_API   id_aa64isar1_el1, 8
#define HAS_LS64        id_aa64isar1_el1, 60
#define HAS_PAUTH_APA3  ID_AA64ISAR2_EL1, 12
#define HAS_MOPS        ID_AA64ISAR2_EL1, 16
#define HAS_FGT         id_aa64mmfr0_el1, 56
#define HAS_VHE         id_aa64mmfr1_el1, 8
#define HAS_LOR         id_aa64mmfr1_el1, 16
#define HAS_HCX         id_aa64mmfr1_el1, 40
#define HAS_TCR2        ID_AA64MMFR3_EL1, 0
#define HAS_SCTLR2      ID_AA64MMFR3_EL1, 4
#define HAS_S1PIE       ID_AA64MMFR3_EL1, 8
#define HAS_D128        ID_AA64MMFR3_EL1, 32

/* ID_AA64MMFR4_EL1.E2H0, signed: negative where HCR_EL2.E2H can't be 0. */
#define MMFR4_E2H0_SHIFT 24

/* clang-format off */

/* The constant, without a load: data may still be big-endian. */
.macro constant reg, value
	movz	\reg, #(\value & 0xffff)
	movk	\reg, #(\value >> 16 & 0xffff), lsl #16
	movk	\reg, #(\value >> 32 & 0xffff), lsl #32
	movk	\reg, #(\value >> 48 & 0xffff), lsl #48
.endm

/* The register has this value from here on. Uses x0. */
.macro write register, value
	constant x0, \value
	msr	\register, x0
.endm

/* Go to the label unless the field HAS_... is at least so much. Uses x1 and the flags. */
.macro unless id, shift, least, label
	mrs	x1, \id
	ubfx	x1, x1, #\shift, #4
	cmp	x1, #\least
	b.lo	\label
.endm

/* Set the bits in x0 if the field HAS_... is at least so much. Uses x1 and the flags. */
.macro where id, shift, least, bits
	unless	\id, \shift, \least, .Lwhere_\@
	orr	x0, x0, #\bits
.Lwhere_\@:
.endm

/* The same with bits to clear. */
.macro where_clear id, shift, least, bits
	unless	\id, \shift, \least, .Lwhere_\@
	bic	x0, x0, #\bits
.Lwhere_\@:
.endm

/* The register is 0 if the field HAS_... is at least so much. Uses x1 and the flags. */
.macro zero_where id, shift, least, register
	unless	\id, \shift, \least, .Lzero_\@
	msr	\register, xzr
.Lzero_\@:
.endm

/* Go to the label unless there is an architected PMU: 15 is another kind. Uses x1, flags. */
.macro unless_pmu label
	unless	HAS_PMU, 1, \label
	cmp	x1, #15
	b.eq	\label
.endm

/* clang-format on */

#endif
