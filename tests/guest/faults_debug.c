// SPDX-License-Identifier: BSD-2-Clause
/*
 * Debug exceptions on purpose, which the kernel keeps masked: what becomes of them is a panic.
 *
 * Source: Arm ARM (DDI 0487, J.a), "AArch64 Self-hosted Debug".
 */
#include <arch/barrier.h>
#include <arch/sysreg.h>
#include <kernel/types.h>

#include "faults_debug.h"

/* MDSCR_EL1: debug exceptions of EL1 itself, of breakpoints and watchpoints, of single steps. */
#define MDSCR_SS  (1 << 0)
#define MDSCR_KDE (1 << 13)
#define MDSCR_MDE (1 << 15)

/* DBGBCR and DBGWCR: on, for EL1, all bytes of the word; a store. */
#define DBGBCR_EL1       (1 | 1 << 1 | 0xf << 5)
#define DBGWCR_EL1_STORE (1 | 1 << 1 | 2 << 3 | 0xff << 5)

/* SPSR: step one instruction; debug exceptions not masked. */
#define SPSR_SS (1 << 21)
#define SPSR_D  (1 << 9)

/* Debug exceptions, whose lock is on after reset. */
static void debug_enable(u64 bits)
{
	sysreg_write(oslar_el1, 0);
	sysreg_write(mdscr_el1, sysreg_read(mdscr_el1) | MDSCR_KDE | bits);
	isb(); /* all of that, before the mask goes */
}

void fault_breakpoint(void)
{
	u64 at;

	asm volatile("adr %0, 1f\n1:" : "=r"(at));
	sysreg_write(dbgbvr0_el1, at);
	sysreg_write(dbgbcr0_el1, DBGBCR_EL1);
	debug_enable(MDSCR_MDE);
	asm volatile("msr daifclr, #8\n\tisb\n\tbr %0" ::"r"(at));
	__builtin_unreachable();
}

void fault_watchpoint(void)
{
	static u64 watched;

	sysreg_write(dbgwvr0_el1, (u64)(uintptr_t)&watched);
	sysreg_write(dbgwcr0_el1, DBGWCR_EL1_STORE);
	debug_enable(MDSCR_MDE);
	asm volatile("msr daifclr, #8\n\tisb" ::: "memory");
	*(volatile u64 *)&watched = 0;
}

void fault_step(void)
{
	u64 at;

	debug_enable(MDSCR_SS);
	asm volatile("adr %0, 1f\n\tmsr elr_el1, %0\n\tmsr spsr_el1, %1\n\teret\n1:\tnop\n\tnop"
		     : "=&r"(at)
		     : "r"((u64)((SPSR_EL1H & ~SPSR_D) | SPSR_SS))
		     : "memory");
}
