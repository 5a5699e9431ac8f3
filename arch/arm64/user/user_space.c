// SPDX-License-Identifier: BSD-2-Clause
/*
 * Which space TTBR0 has, and at which granule: the one place that writes TTBR0_EL1 and the lower
 * half of TCR_EL1 once the kernel runs. And the ASIDs.
 *
 * ASID 0 is the kernel's: under it TTBR0 points to a root of zeroes, so no TLB holds anything of
 * the lower half for it. A space keeps its ASID as long as it lives, whatever CPU it runs on. When
 * it ends, its TLB entries go; so no rollover is needed, and no ASID ever has entries of two
 * spaces, or of two granules.
 *
 * Source: Arm ARM (DDI 0487, J.a), "TTBR0_EL1", "TCR_EL1", "Use of ASIDs and VMIDs to reduce TLB
 * maintenance requirements".
 */
#include <arch/barrier.h>
#include <arch/boot.h>
#include <arch/spinlock.h>
#include <arch/sysreg.h>
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <kernel/sched.h>

#include "inside.h"

/* As many spaces as there may be: bits of a map. With ASIDs of 8 bits, 256. */
#define ASIDS_MOST (4 * KiB)

/* What a space says about TCR_EL1. */
#define TCR_USER                                                                                 \
	((u64)TCR_EPD0 | 0x3f << TCR_T0SZ_SHIFT | 0x3f << TCR_WALK0_SHIFT | 3 << TCR_TG0_SHIFT | \
	 TCR_AS | TCR_TBI0 | TCR_E0PD1)

/* The largest root of 48 bits, 4K's. 16K's has 2 entries, 64K's 64. */
#define ZERO_ROOT_ENTRIES 512
static u64 zero_root[ZERO_ROOT_ENTRIES] __aligned(ZERO_ROOT_ENTRIES * sizeof(u64));

static struct arch_space nothing;
static u64 tcr_common;

STATIC_SPINLOCK(lock, asids, LOCK_ASIDS);
static u64 asid_map[ASIDS_MOST / 64]; /* which are taken */
static unsigned asids;

void user_space_init(u64 id_aa64mmfr0)
{
	bool wide = (id_aa64mmfr0 >> 4 & 0xf) == 2;
	bool e0pd = sysreg_read(id_aa64mmfr2_el1) >> 60;

	asids = wide ? ASIDS_MOST : 256;
	asid_map[0] = 1;
	tcr_common = (u64)(64 - USER_VA_BITS) << TCR_T0SZ_SHIFT |
		     (u64)TCR_WALK_CACHED << TCR_WALK0_SHIFT | TCR_TBI0 | (wide ? TCR_AS : 0) |
		     (e0pd ? TCR_E0PD1 : 0);
	nothing.ttbr0 = boot_info.image_pa + (vaddr_of(zero_root).val - boot_info.image_va);
}

/* ---- ASIDs ---- */

int arch_space_init(struct arch_space *space, const struct pgtable *pt)
{
	unsigned i = 0;

	spin_lock(&lock);
	while (i < asids / 64 && !~asid_map[i])
		i++;
	if (i < asids / 64) {
		unsigned bit = (unsigned)__builtin_ctzll(~asid_map[i]);

		asid_map[i] |= 1ULL << bit;
		space->asid = (u16)(i * 64 + bit);
	}
	spin_unlock(&lock);
	if (i == asids / 64)
		return -EAGAIN;
	space->ttbr0 = pt->root.val | (u64)space->asid << TTBR_ASID_SHIFT;
	space->tcr = tcr_common | (u64)pt->granule->tg0 << TCR_TG0_SHIFT;
	return 0;
}

void arch_space_exit(struct arch_space *space)
{
	/*
	 * DSB: no walker finds what the tables held before they were cleared, if they were. Then
	 * every TLB forgets the ASID, with walks that it remembers; DSB: that is over. No ISB: no
	 * instruction of this CPU is translated by them. Arm ARM, "Ordering and completion of TLB
	 * maintenance instructions".
	 */
	dsb_ishst();
	asm volatile("tlbi aside1is, %0" ::"r"((u64)space->asid << TTBR_ASID_SHIFT) : "memory");
	dsb_ish();
	spin_lock(&lock);
	asid_map[space->asid / 64] &= ~(1ULL << space->asid % 64);
	spin_unlock(&lock);
}

/* ---- TTBR0 and TG0 ---- */

static void write_ttbr0(u64 ttbr0)
{
	sysreg_write(ttbr0_el1, ttbr0);
	/*
	 * What is read next, by this CPU's walker too, is read by the new root. Without it, the
	 * old one could still be used, after it was freed. Arm ARM, "Synchronization requirements
	 * for AArch64 System registers".
	 */
	isb();
}

/*
 * Tables of another granule. A TLB may cache bits of TCR_EL1, EPDn and A1 excepted ("TCR_EL1"), and
 * a walk may begin at any time. So no table may be reachable while TG0 isn't its own: TTBR0 goes to
 * the zeroes first, which are the same at every granule, and is there (ISB) before TCR changes; TCR
 * has changed (ISB) before TTBR0 goes on. What the TLB may have of TCR has no ASID, so all that
 * this CPU's TLB holds goes: no sentence says that less would do.
 */
static void change_tcr(u64 tcr)
{
	write_ttbr0(nothing.ttbr0);
	sysreg_write(tcr_el1, tcr);
	isb();
	asm volatile("tlbi vmalle1\n\tdsb nsh" ::: "memory");
	isb();
}

static void load(const struct arch_space *space)
{
	u64 tcr = sysreg_read(tcr_el1), differs = (tcr ^ space->tcr) & TCR_USER;

	if (differs)
		change_tcr(tcr ^ differs);
	else if (!user_cpu.has_pan)
		write_ttbr0(nothing.ttbr0);
	if (user_cpu.has_pan)
		write_ttbr0(space->ttbr0);
}

static struct user_state *user_of(struct fp_state *fp)
{
	return fp && fp->user ? container_of(fp, struct user_state, fp) : NULL;
}

/* With arch_fp_own. Interrupts masked. */
static void switch_user(struct fp_state *from, struct fp_state *to)
{
	struct user_state *old = user_of(from), *new = user_of(to);

	if (old)
		old->thread_pointer = sysreg_read(tpidr_el0);
	if (new) {
		user_prepare_cpu();
		sysreg_write(tpidr_el0, new->thread_pointer);
		this_cpu()->attention = true;
		if (!old || old->space != new->space)
			load(new->space);
	} else if (old) {
		write_ttbr0(nothing.ttbr0);
	}
}

void user_space_show(void)
{
	write_ttbr0(user_of(this_cpu()->fp)->space->ttbr0);
}

void user_space_hide(void)
{
	write_ttbr0(nothing.ttbr0);
}

/* ---- threads ---- */

static void own(struct user_state *state)
{
	u64 saved = irq_save();

	arch_fp_switch_user = switch_user;
	this_thread()->fp = state ? &state->fp : NULL;
	arch_fp_own(this_thread()->fp);
	irq_restore(saved);
}

void user_begin(struct user_state *state)
{
	state->fp.user = true;
	own(state);
}

void user_end(void)
{
	own(NULL);
}

void user_copy_state(struct user_state *state)
{
	arch_fp_save(&state->fp);
	state->thread_pointer = sysreg_read(tpidr_el0);
}
