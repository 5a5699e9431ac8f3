/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Registers for floating point and SIMD: v0 to v31, FPCR, FPSR.
 *
 * The kernel's C uses none of them. A few places do: SHA-256's instructions, and three functions of
 * libfdt as it was compiled, which change a tree (scripts/check-image has the list). They stand
 * between kernel_fp_begin() and kernel_fp_end(), so that what somebody has in the registers is
 * saved before, and loaded again after that.
 *
 *   F1  cpu->fp_busy == 0: the registers are as *cpu->fp is to be, or nobody's if that is NULL
 *   F2  cpu->fp_busy == 0 wherever a thread leaves its CPU
 *
 * `make DEBUG=1` closes the registers where they are nobody's: what uses them without brackets
 * traps, and so panics. Otherwise CPACR_EL1.FPEN is open from the first instructions on.
 *
 * Boot needs no brackets up to arch_fp_init(), and UEFI's stub none at all.
 *
 * Source: Arm ARM (DDI 0487, J.a), "CPACR_EL1", "FPCR", "FPSR".
 */
#ifndef ARCH_FP_H
#define ARCH_FP_H

/* Layout of struct fp_state, for assembly. */
#define FP_STATE_CONTROL 512
#define FP_STATE_BYTES   528

#ifndef __ASSEMBLER__

#include <arch/barrier.h>
#include <arch/cpu.h>
#include <arch/sysreg.h>
#include <kernel/assert.h>
#include <kernel/compiler.h>

struct fp_state {
	u8 v[32][16];
	u64 fpcr;
	u64 fpsr;
	bool user; /* the first member of a struct user_state (<arch/user.h>) */
} __aligned(16);

BUILD_ASSERT(offsetof(struct fp_state, fpcr) == FP_STATE_CONTROL);
BUILD_ASSERT(offsetof(struct fp_state, user) == FP_STATE_BYTES);

/*
 * What else of a program is loaded with its registers, and put away: called as arch_fp_own changes
 * whose they are. Set once; NULL until there are programs.
 */
extern void (*arch_fp_switch_user)(struct fp_state *from, struct fp_state *to);

/* All registers to, or from, `state`. They don't trap. */
void arch_fp_save(struct fp_state *state);
void arch_fp_load(const struct fp_state *state);

/* DEBUG: whether they trap. */
static inline void fp_open(bool open)
{
#ifndef GRANULE_HOST
	if (!GRANULE_DEBUG)
		return;
	sysreg_write(cpacr_el1, open ? CPACR_FPEN : 0);
	isb(); /* from the next instruction on */
#else
	(void)open;
#endif
}

/* On each CPU, when it has its struct cpu: from here on, brackets count. */
static inline void arch_fp_init(void)
{
	fp_open(false);
}

/*
 * arch_fp_own - from here on the registers are `state`'s, and loaded; NULL: nobody's.
 *
 * What they were is saved to whose they were. The scheduler calls it at each switch, and a thread
 * that changes its thread->fp. Not in an interrupt.
 */
static inline void arch_fp_own(struct fp_state *state)
{
	struct cpu *cpu = this_cpu();

	ASSERT(!cpu->fp_busy);
	if (likely(cpu->fp == state))
		return;
	if (cpu->fp)
		arch_fp_save(cpu->fp);
	if (arch_fp_switch_user)
		arch_fp_switch_user(cpu->fp, state);
	cpu->fp = state;
	fp_open(state != NULL);
	if (state)
		arch_fp_load(state);
}

/*
 * kernel_fp_begin - the kernel's own use of the registers begins. They hold junk.
 *
 * Nests. Until kernel_fp_end() nothing sleeps. Not in an interrupt, which may have come in between
 * such a pair; in a panic, yes: what it came to doesn't go on.
 */
static inline void kernel_fp_begin(void)
{
	struct cpu *cpu = this_cpu();

	if (cpu->fp_busy++)
		return;
	if (unlikely(cpu->fp))
		arch_fp_save(cpu->fp);
	fp_open(true);
}

static inline void kernel_fp_end(void)
{
	struct cpu *cpu = this_cpu();

	if (--cpu->fp_busy)
		return;
	if (unlikely(cpu->fp))
		arch_fp_load(cpu->fp);
	else
		fp_open(false);
}

#endif

#endif
