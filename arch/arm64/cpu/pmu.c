// SPDX-License-Identifier: BSD-2-Clause
/*
 * The performance monitor and the counter, for benchmarks.
 *
 * Under QEMU the event exists only with -icount and a fixed shift, and then both repeat to the
 * instruction from run to run.
 */
#include <arch/barrier.h>
#include <arch/pmu.h>
#include <arch/sysreg.h>
#include <kernel/compiler.h>
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

static u64 counter_hz;    /* 0: what a tick is isn't known */
static u64 counter_began; /* the counter, early in boot */

static u64 counter_read(void)
{
	isb(); /* the counter may be read early: not before what comes before */
	return sysreg_read(cntpct_el0);
}

void __init arch_counter_init(u32 tree_hz)
{
	/* As Linux does: the tree has one only where the register is wrong. */
	counter_hz = tree_hz ? tree_hz : sysreg_read(cntfrq_el0) & 0xffffffff;
	counter_began = counter_read();
}

enum arch_counter_state __init arch_counter_check(u64 *hz)
{
	*hz = counter_hz;
	if (counter_read() == counter_began) {
		counter_hz = 0;
		return ARCH_COUNTER_STOPPED;
	}
	if (!counter_hz)
		return ARCH_COUNTER_NO_UNIT;
	return counter_hz == sysreg_read(cntfrq_el0) ? ARCH_COUNTER_BY_REGISTER
						     : ARCH_COUNTER_BY_TREE;
}

bool arch_counter_has_unit(void)
{
	return counter_hz != 0;
}

u64 arch_counter_ns(void)
{
	u64 hz = counter_hz, ticks = counter_read();

	/* The seconds apart: at 24 MHz a tick is no whole number, and ticks * 1e9 overflow soon. */
	return hz ? ticks / hz * 1000000000 + ticks % hz * 1000000000 / hz : 0;
}
