// SPDX-License-Identifier: BSD-2-Clause
/*
 * The counter that runs from reset, and the virtual timer that goes off by it.
 *
 * The time is the physical count, which a hypervisor doesn't change while it keeps this machine
 * from running. The timer compares with the virtual one: both advance alike, so a moment of the one
 * is as far away by the other.
 */
#include <arch/barrier.h>
#include <arch/counter.h>
#include <arch/sysreg.h>
#include <kernel/compiler.h>

#define NS_PER_S 1000000000

#define CTL_ENABLE 1

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
	return hz ? ticks / hz * NS_PER_S + ticks % hz * NS_PER_S / hz : 0;
}

/* The first tick at which arch_counter_ns() is `ns` or more. */
static u64 tick_of(u64 ns)
{
	u64 part = ns % NS_PER_S * counter_hz;

	return ns / NS_PER_S * counter_hz + (part + NS_PER_S - 1) / NS_PER_S;
}

void arch_timer_set(u64 ns)
{
	u64 left = tick_of(ns) - counter_read();

	/* Read after the physical count: what passes in between makes it late, never early. */
	sysreg_write(cntv_cval_el0, sysreg_read(cntvct_el0) + left);
	sysreg_write(cntv_ctl_el0, CTL_ENABLE);
	isb(); /* it counts from here on */
}

void arch_timer_stop(void)
{
	sysreg_write(cntv_ctl_el0, 0);
	isb(); /* the controller may be asked again: it isn't signalled any more */
}
