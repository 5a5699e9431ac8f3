/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The system registers that say what the machine is and does, in words.
 *
 * They can be read at EL1 on every AArch64 CPU: what an older one has not is an ID register that
 * reads as 0. Page size enters as what is said of granules, by their rows in granule.c.
 *
 * Source: Arm ARM (DDI 0487, J.a), chapter "AArch64 System Register Descriptions".
 */
#ifndef ARCH_REGS_H
#define ARCH_REGS_H

#include <kernel/types.h>

/* R(identifier, name, what reads it), in the order of the table. */
#define REGS_LIST(R)                                                \
	R(CURRENT_EL, "CurrentEL", sysreg_read(currentel))          \
	R(SPSEL, "SPSel", sysreg_read(spsel))                       \
	R(SP, "SP", (u64)(uintptr_t)__builtin_frame_address(0))     \
	R(DAIF, "DAIF", sysreg_read(daif))                          \
	R(SCTLR, "SCTLR_EL1", sysreg_read(sctlr_el1))               \
	R(CPACR, "CPACR_EL1", sysreg_read(cpacr_el1))               \
	R(TCR, "TCR_EL1", sysreg_read(tcr_el1))                     \
	R(TTBR0, "TTBR0_EL1", sysreg_read(ttbr0_el1))               \
	R(TTBR1, "TTBR1_EL1", sysreg_read(ttbr1_el1))               \
	R(MAIR, "MAIR_EL1", sysreg_read(mair_el1))                  \
	R(VBAR, "VBAR_EL1", sysreg_read(vbar_el1))                  \
	R(ESR, "ESR_EL1", sysreg_read(esr_el1))                     \
	R(FAR, "FAR_EL1", sysreg_read(far_el1))                     \
	R(ELR, "ELR_EL1", sysreg_read(elr_el1))                     \
	R(SPSR, "SPSR_EL1", sysreg_read(spsr_el1))                  \
	R(CNTFRQ, "CNTFRQ_EL0", sysreg_read(cntfrq_el0))            \
	R(CNTPCT, "CNTPCT_EL0", sysreg_read(cntpct_el0))            \
	R(CNTVCT, "CNTVCT_EL0", sysreg_read(cntvct_el0))            \
	R(MIDR, "MIDR_EL1", sysreg_read(midr_el1))                  \
	R(MPIDR, "MPIDR_EL1", sysreg_read(mpidr_el1))               \
	R(CTR, "CTR_EL0", sysreg_read(ctr_el0))                     \
	R(MMFR0, "ID_AA64MMFR0_EL1", sysreg_read(id_aa64mmfr0_el1)) \
	R(MMFR1, "ID_AA64MMFR1_EL1", sysreg_read(id_aa64mmfr1_el1)) \
	R(MMFR2, "ID_AA64MMFR2_EL1", sysreg_read(S3_0_C0_C7_2))     \
	R(ISAR0, "ID_AA64ISAR0_EL1", sysreg_read(id_aa64isar0_el1)) \
	R(PFR0, "ID_AA64PFR0_EL1", sysreg_read(id_aa64pfr0_el1))

enum regs_id {
#define REGS_ID(id, name, read) REG_##id,
	REGS_LIST(REGS_ID)
#undef REGS_ID
		REG_COUNT
};

/* Enough for what any value is in words. */
#define REGS_WORDS_BYTES 320

/* "TCR_EL1" */
const char *regs_name(enum regs_id id);

/* The register of this name, in either case, with or without _EL0 or _EL1. REG_COUNT: none. */
enum regs_id regs_find(const char *name);

/*
 * regs_words - what values[id] says, in words, into `buf`; returns `buf`.
 *
 * `values` has all registers, since some are understood by others: a counter by its frequency.
 * Takes any values.
 */
char *regs_words(enum regs_id id, const u64 values[REG_COUNT], char *buf, size_t size);

#endif
