// SPDX-License-Identifier: BSD-2-Clause
/* What state the kernel runs in, whatever the loader left: arch/arm64/boot/entry.S and el2.S. */
#include <arch/barrier.h>
#include <arch/boot.h>
#include <arch/sysreg.h>
#include <kernel/irq.h>
#include <kernel/selftest.h>

/* Without the name of what is read, which would be a text for each: the line says. */
#define EXPECT_REGISTER(got, want) \
	selftest_expect_equal(run, __FILE__, __LINE__, "a register", (u64)(got), (u64)(want))

/* A field of four bits of an ID register. */
static unsigned field(u64 id, unsigned shift)
{
	return id >> shift & 0xf;
}

static bool has_sme(void)
{
	return field(sysreg_read(id_aa64pfr1_el1), 24) != 0;
}

/* 0 is none, 15 another kind. */
static bool has_pmu(void)
{
	return field(sysreg_read(id_aa64dfr0_el1), 8) % 15 != 0;
}

static void check_pstate(struct selftest_run *run)
{
	u64 mmfr1 = sysreg_read(id_aa64mmfr1_el1), pfr1 = sysreg_read(id_aa64pfr1_el1);

	EXPECT_REGISTER(sysreg_read(spsel), 1);
	if (field(mmfr1, 20))
		EXPECT_REGISTER(sysreg_read(S3_0_C4_C2_3), 0); /* PAN */
	if (field(sysreg_read(S3_0_C0_C7_2), 4))
		EXPECT_REGISTER(sysreg_read(S3_0_C4_C2_4), 0); /* UAO, by ID_AA64MMFR2_EL1 */
	if (field(sysreg_read(id_aa64pfr0_el1), 48))
		EXPECT_REGISTER(sysreg_read(S3_3_C4_C2_5), 0); /* DIT */
	if (field(pfr1, 4) > 1)
		EXPECT_REGISTER(sysreg_read(S3_3_C4_C2_6), 0); /* SSBS */
	if (field(pfr1, 8))
		EXPECT_REGISTER(sysreg_read(S3_3_C4_C2_7), 0); /* TCO */
}

SELFTEST(entry_state)
{
	check_pstate(run);
	/* SErrors and interrupts are taken, debug exceptions and FIQs are not. */
	EXPECT_REGISTER(sysreg_read(daif), irq_chip_name() ? 0x240 : 0x2c0);
	EXPECT_REGISTER(sysreg_read(sctlr_el1), SCTLR_RUN);
	EXPECT_REGISTER(sysreg_read(cpacr_el1), GRANULE_DEBUG ? 0 : CPACR_FPEN);
	EXPECT_REGISTER(sysreg_read(mdscr_el1), 0);
	EXPECT_REGISTER(sysreg_read(contextidr_el1), 0);
	EXPECT_REGISTER(sysreg_read(cntkctl_el1), 0);
	EXPECT_REGISTER(sysreg_read(cntv_ctl_el0) & 1, 0);
	if (boot_info.entry_el != 1)
		EXPECT_REGISTER(sysreg_read(cntp_ctl_el0) & 1, 0);
	if (has_pmu()) {
		EXPECT_REGISTER(sysreg_read(pmuserenr_el0), 0);
		EXPECT_REGISTER(sysreg_read(pmintenset_el1), 0);
	}
	if (field(sysreg_read(S3_0_C0_C7_3), 0))
		EXPECT_REGISTER(sysreg_read(S3_0_C2_C0_3), 0); /* TCR2_EL1, by ID_AA64MMFR3_EL1 */
}

/* SVE and SME trap at EL1 by CPACR_EL1 unless one asks for them. */
static void read_vector_control(struct selftest_run *run)
{
	u64 before = sysreg_read(cpacr_el1);

	sysreg_write(cpacr_el1, CPACR_FPEN | 3 << 16 | 3 << 24);
	isb(); /* no trap from here on */
	if (field(sysreg_read(id_aa64pfr0_el1), 32))
		EXPECT_REGISTER(sysreg_read(S3_0_C1_C2_0) & ~0xfULL, 0); /* ZCR_EL1 */
	if (has_sme()) {
		EXPECT_REGISTER(sysreg_read(S3_3_C4_C2_2), 0);                  /* SVCR */
		EXPECT_REGISTER(sysreg_read(S3_0_C1_C2_6) & ~0xc000000fULL, 0); /* SMCR_EL1 */
	}
	sysreg_write(cpacr_el1, before);
	isb();
}

/* A trap is a panic: it is enough to read one register for each control of el2.S. */
SELFTEST(el2_traps_nothing)
{
	u64 isar1 = sysreg_read(id_aa64isar1_el1), pfr0 = sysreg_read(id_aa64pfr0_el1);
	u64 pfr1 = sysreg_read(id_aa64pfr1_el1), counter;

	if (!boot_info.has_el2)
		SKIP_TEST("EL2 isn't ours");
	if (isar1 & 0xff0 || sysreg_read(S3_0_C0_C6_2) & 0xf000)
		sysreg_read(S3_0_C2_C1_0); /* APIAKeyLo_EL1, also by APA3 of ID_AA64ISAR2_EL1 */
	if (field(pfr1, 8) > 1)
		sysreg_read(S3_0_C1_C0_5); /* RGSR_EL1 */
	/* SCXTNUM_EL1: no boot protocol makes a firmware let it through. */
	if (field(pfr0, 56) > 1 && (boot_info.entry_el == 3 || !(pfr0 & 0xf000)))
		sysreg_read(S3_0_C13_C0_7);
	if (field(pfr0, 44))
		sysreg_read(S3_3_C13_C2_0); /* AMCR_EL0 */
	if (has_sme())
		sysreg_read(S3_3_C13_C0_5); /* TPIDR2_EL0 */
	read_vector_control(run);
	EXPECT_REGISTER(sysreg_read(cntp_ctl_el0) & 1, 0);
	counter = sysreg_read(cntvct_el0); /* the other is ahead of it by a moment */
	EXPECT_REGISTER((sysreg_read(cntpct_el0) - counter) >> 44, 0);
	if (has_pmu())
		sysreg_read(pmcr_el0);
}
