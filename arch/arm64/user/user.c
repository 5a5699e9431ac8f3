// SPDX-License-Identifier: BSD-2-Clause
/*
 * What comes from EL0: system calls, faults, interrupts. And what a CPU needs before it goes there.
 *
 * Source: Arm ARM (DDI 0487, J.a), "ESR_EL1", "SCTLR_EL1", "CNTKCTL_EL1", "PMUSERENR_EL0".
 */
#include <arch/barrier.h>
#include <arch/irqflags.h>
#include <arch/trap.h>
#include <arch/user.h>
#include <kernel/assert.h>
#include <kernel/ipi.h>
#include <kernel/sched.h>
#include <kernel/signal_number.h>
#include <lib/printk.h>
#include <lib/string.h>

#include "inside.h"

/* Of an abort: by a write, and its status. */
#define ISS_WRITE       (1 << 6)
#define ISS_CACHE       (1 << 8) /* by cache maintenance: then WRITE is set, and it reads */
#define FSC_MASK        0x3f
#define FSC_KIND        0x3c /* without the level */
#define FSC_TRANSLATION 0x04
#define FSC_PERMISSION  0x0c
#define FSC_ALIGNMENT   0x21

struct user_ops user_ops;

/* ---- on the way back ---- */

/*
 * Returns with interrupts masked and nothing left to do: what is asked for from here on comes with
 * an interrupt, which is taken at EL0. The thread may have got another CPU meanwhile.
 */
static __always_inline void leave(struct regs *regs)
{
	irq_mask();
	while (unlikely(this_cpu()->attention)) {
		this_cpu()->attention = false;
		irq_open();
		sched_preempt();
		user_ops.attend(regs);
		irq_mask();
	}
	user_access_allow();
}

void user_leave(struct regs *regs)
{
	leave(regs);
}

/* If it goes on elsewhere meanwhile, it looks as it gets there. */
void user_call_thread(const struct thread *thread)
{
	struct cpu *cpu = __atomic_load_n(&thread->cpu, __ATOMIC_RELAXED);

	__atomic_store_n(&cpu->attention, true, __ATOMIC_RELAXED);
	if (cpu != this_cpu() && cpu_is_online(cpu))
		ipi_wake(cpu);
}

/* ---- from EL0 ---- */

void user_system_call(struct regs *regs)
{
	user_access_forbid();
	irq_open();
	regs->x[0] = (u64)user_ops.system_call(regs);
	leave(regs);
}

void user_handle_interrupt(struct regs *regs)
{
	user_access_forbid();
	trap_irq(regs);
	leave(regs);
}

/* Linux's signal and code for an exception that is no abort. */
static void classify(struct user_fault *fault, const struct regs *regs)
{
	fault->address = esr_class(regs->esr) == ESR_EC_SP_ALIGN ? regs->sp : regs->pc;
	switch (esr_class(regs->esr)) {
	case ESR_EC_PC_ALIGN:
	case ESR_EC_SP_ALIGN:
		fault->signal = SIGNAL_BUS;
		fault->code = SIGNAL_BUS_ADRALN;
		break;
	case ESR_EC_FP:
		fault->signal = SIGNAL_FPE;
		fault->code = SIGNAL_FPE_FLTUNK;
		break;
	case ESR_EC_BREAKPOINT_EL0:
	case ESR_EC_STEP_EL0:
	case ESR_EC_WATCHPOINT_EL0:
	case ESR_EC_BRK:
		fault->signal = SIGNAL_TRAP;
		fault->code = SIGNAL_TRAP_BRKPT;
		break;
	default:
		fault->signal = SIGNAL_ILL;
		fault->code = SIGNAL_ILL_OPCODE;
	}
}

/* Of an abort, at EL0 or of a copy. */
static enum user_access access_of(u64 esr)
{
	if (esr_class(esr) == ESR_EC_IABORT_EL0)
		return USER_EXECUTE;
	return (esr & (ISS_WRITE | ISS_CACHE)) == ISS_WRITE ? USER_WRITE : USER_READ;
}

/* FAR_EL1 as an address: EL0's pointers may have anything in their top byte (TBI). */
static u64 untagged(u64 far)
{
	return far >> 55 & 1 ? far : far & ~0ULL >> 8;
}

/* Is it one that a page would mend: nothing mapped there, or not for this? */
static bool is_for_want_of_a_page(u64 esr, u64 address)
{
	unsigned kind = esr & FSC_KIND;

	return kind >= FSC_TRANSLATION && kind <= FSC_PERMISSION && address < USER_VA_END;
}

/* An abort that no page would mend. */
static void classify_abort(struct user_fault *fault, u64 esr)
{
	unsigned status = esr & FSC_MASK;

	if ((status & FSC_KIND) <= FSC_PERMISSION) {
		fault->signal = SIGNAL_SEGV;
		fault->code = SIGNAL_SEGV_MAPERR;
	} else {
		fault->signal = SIGNAL_BUS;
		fault->code = status == FSC_ALIGNMENT ? SIGNAL_BUS_ADRALN : SIGNAL_BUS_OBJERR;
	}
}

/* True: mended. Else what it is is in *fault. */
static __always_inline bool mend_abort(u64 esr, u64 far, struct user_fault *fault)
{
	u64 address = untagged(far);

	if (likely(is_for_want_of_a_page(esr, address)) &&
	    likely(user_ops.touch(address, access_of(esr), fault)))
		return true;
	fault->address = address;
	if (!is_for_want_of_a_page(esr, address))
		classify_abort(fault, esr);
	return false;
}

static bool is_user_abort(u64 esr)
{
	return esr_class(esr) == ESR_EC_IABORT_EL0 || esr_class(esr) == ESR_EC_DABORT_EL0;
}

/* A fault that stays one. */
static __noinline void raise(struct regs *regs, struct user_fault *fault)
{
	fault->esr = regs->esr;
	if (!is_user_abort(regs->esr))
		classify(fault, regs);
	user_ops.fault(regs, fault);
}

void user_exception(struct regs *regs)
{
	struct user_fault fault;

	user_access_forbid();
	irq_open();
	if (!is_user_abort(regs->esr) || !mend_abort(regs->esr, regs->far, &fault))
		raise(regs, &fault);
	leave(regs);
}

/* ---- a copy of the kernel's, for trap_handle ---- */

/* Where a copy goes on that can't be done: user_copy_loops.S has the list. */
static const struct fixup *find_fixup(u64 pc)
{
	for (const struct fixup *f = user_fixups; f < user_fixups_end; f++)
		if (pc >= f->first.val && pc < f->end.val)
			return f;
	return NULL;
}

static bool mend_copy(struct regs *regs)
{
	const struct fixup *fixup = find_fixup(regs->pc);
	struct user_fault fault;

	if (!fixup || regs->far >> 63) /* a fault of the kernel's own */
		return false;
	/* It was interrupted as any thread that may sleep is: interrupts were open. */
	user_access_forbid();
	irq_open();
	if (regs->far >= USER_VA_END || !mend_abort(regs->esr, regs->far, &fault))
		regs->pc = fixup->to.val;
	irq_mask();
	user_access_allow();
	return true;
}

/* ---- a CPU ---- */

/* EL0 may: clean and invalidate what it can write, zero lines, read CTR_EL0, wait. */
#define SCTLR_USER (SCTLR_UCI | SCTLR_UCT | SCTLR_DZE | SCTLR_NTWE | SCTLR_NTWI | SCTLR_SA0)

/*
 * This CPU has been nowhere near EL0 since it started: what concerns that is as reset left it, or
 * as an earlier kernel did. Once its registers are written, SCTLR_EL1.UCI tells.
 */
void user_cpu_prepare(void)
{
	u64 sctlr = sysreg_read(sctlr_el1) | SCTLR_USER;

	if (user_cpu.has_pan)
		sctlr &= ~(u64)SCTLR_SPAN; /* an exception to EL1 sets PAN */
	sysreg_write(sctlr_el1, sctlr);
	sysreg_write(cntkctl_el1, CNTKCTL_EL0VCTEN);
	if (user_cpu.has_pmu)
		sysreg_write(pmuserenr_el0, 0);
	sysreg_write(mdscr_el1, 0);
	isb();
	if (user_cpu.has_pan)
		asm volatile(".inst 0xd500419f | 1 << 8" ::: "memory"); /* MSR PAN, #1 */
}

struct user_cpu user_cpu;

void user_init(void)
{
	u64 mmfr0 = sysreg_read(id_aa64mmfr0_el1), mmfr1 = sysreg_read(id_aa64mmfr1_el1);
	u64 dfr0 = sysreg_read(id_aa64dfr0_el1), pfr0 = sysreg_read(id_aa64pfr0_el1);
	unsigned pmu = dfr0 >> 8 & 0xf;

	user_cpu.has_pan = mmfr1 >> 20 & 0xf;
	user_cpu.has_pmu = pmu && pmu != 0xf;
	user_space_init(mmfr0);
	trap_user_copy = mend_copy;
	if (!(pfr0 >> 60))
		printk("programs: this CPU doesn't say that speculation keeps to its permissions "
		       "(CSV3): they may read the kernel's memory by it\n");
}
