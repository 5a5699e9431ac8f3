/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System registers: access by name, and the fields that this kernel uses.
 *
 * Source: Arm ARM (DDI 0487, J.a), chapter "AArch64 System Register Descriptions".
 */
#ifndef ARCH_SYSREG_H
#define ARCH_SYSREG_H

/* TCR_EL1 */
#define TCR_T0SZ_SHIFT  0
#define TCR_EPD0        (1 << 7) /* no walks by TTBR0 */
#define TCR_WALK0_SHIFT 8        /* IRGN0, ORGN0, SH0: cacheability of walks */
#define TCR_TG0_SHIFT   14
#define TCR_T1SZ_SHIFT  16
#define TCR_EPD1        (1 << 23)
#define TCR_WALK1_SHIFT 24
#define TCR_TG1_SHIFT   30
#define TCR_IPS_SHIFT   32
#define TCR_AS          (1ULL << 36) /* ASIDs of 16 bits */
#define TCR_TBI0        (1ULL << 37) /* the top byte of a lower-half address doesn't count */
#define TCR_E0PD1       (1ULL << 56) /* EL0's accesses to the upper half fault, in constant time */
/* Walks: inner and outer write-back write-allocate (1, 1 << 2), inner shareable (3 << 4). */
#define TCR_WALK_CACHED 0x35

/*
 * SCTLR_EL1. RES1 is what ARMv8.0 wants as ones (LSMAOE, nTLSMD, SPAN, EIS, TSCXT, EOS and the
 * like); later architectures gave some a meaning whose 1 is the old behaviour.
 */
#define SCTLR_M    (1 << 0)
#define SCTLR_A    (1 << 1) /* alignment checks on every access */
#define SCTLR_C    (1 << 2)
#define SCTLR_SA   (1 << 3) /* stack pointer alignment */
#define SCTLR_I    (1 << 12)
#define SCTLR_WXN  (1 << 19) /* what is writable isn't executable */
#define SCTLR_EE   (1 << 25) /* big-endian */
#define SCTLR_SPAN (1 << 23) /* an exception leaves PSTATE.PAN as it is */
/* For EL0: stack alignment, DC ZVA, CTR_EL0, WFI, WFE, cache maintenance. */
#define SCTLR_SA0  (1 << 4)
#define SCTLR_DZE  (1 << 14)
#define SCTLR_UCT  (1 << 15)
#define SCTLR_NTWI (1 << 16)
#define SCTLR_NTWE (1 << 18)
#define SCTLR_UCI  (1 << 26)
#define SCTLR_RES1 0x30d00800
#define SCTLR_BOOT (SCTLR_RES1 | SCTLR_SA | SCTLR_A)
#define SCTLR_RUN  (SCTLR_RES1 | SCTLR_SA | SCTLR_M | SCTLR_C | SCTLR_I)

/* TTBRn_EL1: the root's address; bit 0 is CnP, 63 to 48 the ASID. */
#define TTBR_ADDR_MASK  0x0000fffffffffffeULL
#define TTBR_ASID_SHIFT 48

/* CNTKCTL_EL1: EL0 may read the virtual counter. */
#define CNTKCTL_EL0VCTEN (1 << 1)

/* CPACR_EL1: FP and SIMD do not trap; libfdt's objects use SIMD registers. */
#define CPACR_FPEN (3 << 20)

/* MPIDR_EL1: the affinity fields, which name a CPU. */
#define MPIDR_AFFINITY 0xff00ffffffULL

/* SPSR for a drop to EL1 or EL2 on its own stack pointer, DAIF masked, everything else 0. */
#define SPSR_EL1H 0x3c5
#define SPSR_EL2H 0x3c9

/* SPSR_ELx.M: the mode; 0 is EL0. */
#define SPSR_M_BITS 0xf

/* Vectors, from VBAR_ELx on: what comes from the same level by its own stack, what from a lower. */
#define VECTOR_BYTES       0x80
#define VECTOR_SAME_LEVEL  0x200
#define VECTOR_LOWER_LEVEL 0x400
#define VECTORS_BYTES      0x800

/* CurrentEL: bits 3:2 */
#define CURRENT_EL_SHIFT 2
#define CURRENT_EL2      (2 << CURRENT_EL_SHIFT)
#define CURRENT_EL3      (3 << CURRENT_EL_SHIFT)

/* ESR_ELx: the class of an exception, those that the code asks for. */
#define ESR_EC_SHIFT          26
#define ESR_EC_UNKNOWN        0x00
#define ESR_EC_SVC            0x15 /* from AArch64, as the next */
#define ESR_EC_HVC            0x16
#define ESR_EC_IABORT_EL0     0x20
#define ESR_EC_IABORT_EL1     0x21
#define ESR_EC_PC_ALIGN       0x22
#define ESR_EC_DABORT_EL0     0x24
#define ESR_EC_DABORT_EL1     0x25
#define ESR_EC_SP_ALIGN       0x26
#define ESR_EC_FP             0x2c
#define ESR_EC_BREAKPOINT_EL0 0x30
#define ESR_EC_STEP_EL0       0x32
#define ESR_EC_WATCHPOINT_EL0 0x34
#define ESR_EC_BRK            0x3c

/* ISR_EL1, SPSR_EL1 and DAIF, DAIFSet, DAIFClr: an SError is pending, is masked; interrupts. */
#define ISR_A    (1 << 8)
#define SPSR_A   (1 << 8)
#define SPSR_I   (1 << 7)
#define DAIF_A   4
#define DAIF_I   2
#define DAIF_ALL 0xf

#ifndef __ASSEMBLER__

#include <kernel/types.h>

#ifdef GRANULE_HOST

/* Those of the CPU that a test plays. */
u64 host_sysreg_read(const char *name);
void host_sysreg_write(const char *name, u64 value);

#define sysreg_read(name)         host_sysreg_read(#name)
#define sysreg_write(name, value) host_sysreg_write(#name, value)

#else

#define sysreg_read(name)                                      \
	({                                                     \
		u64 value_;                                    \
		asm volatile("mrs %0, " #name : "=r"(value_)); \
		value_;                                        \
	})

#define sysreg_write(name, value) asm volatile("msr " #name ", %0" ::"r"((u64)(value)) : "memory")

#endif

static inline unsigned esr_class(u64 esr)
{
	return (esr >> ESR_EC_SHIFT) & 0x3f;
}

static inline unsigned tcr_t0sz(u64 tcr)
{
	return (tcr >> TCR_T0SZ_SHIFT) & 0x3f;
}

static inline unsigned tcr_tg0(u64 tcr)
{
	return (tcr >> TCR_TG0_SHIFT) & 3;
}

static inline unsigned tcr_t1sz(u64 tcr)
{
	return (tcr >> TCR_T1SZ_SHIFT) & 0x3f;
}

static inline unsigned tcr_tg1(u64 tcr)
{
	return (tcr >> TCR_TG1_SHIFT) & 3;
}

/* ID_AA64ISAR0_EL1.RNDR: not 0 where the CPU has random numbers. */
#define ID_AA64ISAR0_RNDR(id) ((id) >> 60)

/* ID_AA64PFR0_EL1.EL2: not 0 where the CPU has that level. */
#define ID_AA64PFR0_EL2(id) ((id) >> 8 & 0xf)

/* CTR_EL0.DminLine: log2 of the words of four bytes in the smallest line of the data caches. */
#define CTR_DMINLINE(ctr) ((u8)((ctr) >> 16 & 0xf))

/* ID_AA64MMFR0_EL1.PARange and TCR_EL1.IPS share one encoding: bits of physical address. */
static inline unsigned pa_range_bits(unsigned field)
{
	switch (field) {
	case 0:
		return 32;
	case 1:
		return 36;
	case 2:
		return 40;
	case 3:
		return 42;
	case 4:
		return 44;
	default: /* 5 is 48; 52 and 56 need wider descriptors than this kernel writes */
		return 48;
	}
}

#define PA_RANGE_48 5U

/* The IPS to use: what the CPU has, but no more than 48 bits. */
static inline unsigned pa_range_clamped(u64 id_aa64mmfr0)
{
	unsigned field = id_aa64mmfr0 & 0xf;

	return field < PA_RANGE_48 ? field : PA_RANGE_48;
}

#endif

#endif
