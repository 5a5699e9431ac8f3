// SPDX-License-Identifier: BSD-2-Clause
/*
 * The performance monitor, for benchmarks.
 *
 * Under QEMU the event exists only with -icount and a fixed shift, and then counts repeat to the
 * instruction from run to run.
 */
#include <arch/barrier.h>
#include <arch/pmu.h>
#include <arch/sysreg.h>
#include <kernel/errno.h>

#define EVENT_INST_RETIRED 0x08

/* PMUVer: 0 is none, 15 a kind that isn't the architecture's. */
static bool has_pmu(void)
{
	u64 version = sysreg_read(id_aa64dfr0_el1) >> 8 & 0xf;

	return version != 0 && version != 0xf;
}

int pmu_start(void)
{
	if (!has_pmu() || !(sysreg_read(pmceid0_el0) >> EVENT_INST_RETIRED & 1) ||
	    (sysreg_read(pmcr_el0) >> 11 & 0x1f) == 0)
		return -EOPNOTSUPP;
	sysreg_write(pmevtyper0_el0, EVENT_INST_RETIRED);
	sysreg_write(pmcntenset_el0, 1);
	sysreg_write(pmcr_el0, sysreg_read(pmcr_el0) | 1);
	isb(); /* counting from the next instruction on */
	return 0;
}

void pmu_stop(void)
{
	if (!has_pmu())
		return;
	sysreg_write(pmcr_el0, sysreg_read(pmcr_el0) & ~1ULL);
	isb();
}

int pmu_start_span(void)
{
	if (pmu_start() || (sysreg_read(pmcr_el0) >> 11 & 0x1f) < 2)
		return -EOPNOTSUPP;
	sysreg_write(pmevtyper1_el0, EVENT_INST_RETIRED);
	sysreg_write(pmevcntr1_el0, 0);
	sysreg_write(pmcntenset_el0, 2);
	isb(); /* as above */
	return 0;
}

void pmu_clear(void)
{
	sysreg_write(pmevcntr0_el0, 0);
	isb(); /* from here on */
}

u32 pmu_instructions(void)
{
	isb(); /* everything before has been counted */
	return (u32)sysreg_read(pmevcntr0_el0);
}
