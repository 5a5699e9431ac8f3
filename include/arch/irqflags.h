/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Masking interrupts on this CPU: PSTATE.I. FIQs stay masked always; SErrors are <arch/trap.h>'s.
 *
 * Interrupts are open in the kernel but for the few instructions between irq_save and irq_restore,
 * where data is touched that an interrupt handler of this CPU touches, too. Handlers never allocate
 * and never free, so allocators need no masking.
 *
 * A write to DAIF takes effect for the instructions after it, without an ISB. Source: Arm ARM (DDI
 * 0487, J.a), "Synchronization requirements for AArch64 System registers", PSTATE.
 */
#ifndef ARCH_IRQFLAGS_H
#define ARCH_IRQFLAGS_H

#include <arch/sysreg.h>
#include <kernel/types.h>

/*
 * irq_save     mask them; returns what irq_restore wants, so that pairs nest
 * irq_restore  as before
 * irq_open     take them from here on; irq_mask: not any more
 * irq_is_open  are they taken at the moment?
 * irq_wait     sleep until an interrupt pends, masked or not. May return without one
 */
#ifdef GRANULE_HOST

extern bool host_irqs_open;

u64 irq_save(void);
void irq_restore(u64 saved);
void irq_open(void);
void irq_mask(void);
bool irq_is_open(void);

/* What a test lets happen meanwhile. */
void irq_wait(void);

#else

static inline u64 irq_save(void)
{
	u64 saved;

	asm volatile("mrs %0, daif\n\tmsr daifset, #%1" : "=r"(saved) : "i"(DAIF_I) : "memory");
	return saved;
}

static inline void irq_restore(u64 saved)
{
	asm volatile("msr daif, %0" ::"r"(saved) : "memory");
}

static inline void irq_open(void)
{
	asm volatile("msr daifclr, #%0" ::"i"(DAIF_I) : "memory");
}

static inline void irq_mask(void)
{
	asm volatile("msr daifset, #%0" ::"i"(DAIF_I) : "memory");
}

static inline bool irq_is_open(void)
{
	return !(sysreg_read(daif) & SPSR_I);
}

/* The DSB completes what the CPU did before it sleeps: what another one waits for. */
static inline void irq_wait(void)
{
	asm volatile("dsb sy\n\twfi" ::: "memory");
}

#endif

#endif
