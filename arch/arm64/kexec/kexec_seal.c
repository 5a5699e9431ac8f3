// SPDX-License-Identifier: BSD-2-Clause
/*
 * Loaded memory is made read-only: <arch/kexec.h> has the contract.
 *
 * The linear map has the largest leaves, so to make a part of it read-only, blocks are split and
 * contiguous runs broken, by break-before-make. Between break and make all that the block maps is
 * out of reach, and this CPU itself needs something that may lie in it: the table with the entry to
 * make, which it reaches by the linear map. Nothing else: it runs in the image's window, with its
 * stack and all data that this takes; tables are walked by physical addresses; exceptions are
 * masked, and their handlers, too, begin in the window. So for as long as tables change, they are
 * reached by another map: TTBR0 has all writable memory one to one, by the trampoline that leaving
 * takes. Source: Arm ARM (DDI 0487, J.a), "Use of break-before-make when updating translation
 * table entries".
 *
 * Another CPU would fault between break and make: none is on (kernel/kexec/kexec_seal.c). One that
 * is started later finds the tables as they are.
 *
 * No page size enters: parts are whole pages of the kernel, because memory is given out so.
 * Locking: mmu_lock, around each change.
 */
#include <arch/kexec.h>
#include <arch/layout.h>
#include <arch/mmu.h>
#include <arch/sysreg.h>
#include <arch/trampoline.h>
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <mm/addr.h>

/* What can be written by the linear map: [first, end) so far. */
struct reach {
	struct pgtable *to;
	u64 first;
	u64 end;
	int err;
};

static void map_reach(struct reach *reach)
{
	if (!reach->err && reach->first < reach->end)
		reach->err = pgtable_map(reach->to, vaddr(reach->first), paddr(reach->first),
					 reach->end - reach->first, MAP_DATA);
}

/* Tables are written to: what is read-only has none, and the image's text stays so here (R7). */
static void add_leaf(void *ctx, vaddr_t va, unsigned level, pte_t leaf, u64 bytes)
{
	struct reach *reach = ctx;
	u64 pa = va.val - LINEAR_BASE;

	(void)level;
	if (!pte_writable(leaf))
		return;
	if (pa != reach->end) {
		map_reach(reach);
		reach->first = pa;
	}
	reach->end = pa + bytes;
}

int arch_kexec_prepare_seal(struct arch_kexec *kexec)
{
	struct reach reach = { .to = &kexec->trampoline };

	pgtable_visit(mmu_kernel_pgtable(), vaddr(LINEAR_BASE),
		      vaddr(LINEAR_BASE + (LINEAR_BYTES - 1)), add_leaf, &reach);
	map_reach(&reach);
	return reach.err;
}

/* The kernel's space, with tables where TTBR0 has them. Undone by end(). */
static struct pgtable begin(const struct arch_kexec *kexec, u64 *daif)
{
	struct pgtable view = *mmu_lock();

	/* An SError is taken after it, and not by a handler that can't reach its data. */
	*daif = sysreg_read(daif);
	asm volatile("msr daifset, #0xf" ::: "memory");
	view.table_offset = 0;
	view.recent = NULL;
	trampoline_enable(&kexec->trampoline);
	return view;
}

static void end(const struct pgtable *view, u64 daif)
{
	struct pgtable *pt = mmu_kernel_pgtable();

	trampoline_disable();
	pt->table_bytes = view->table_bytes;
	pt->recent = NULL;
	mmu_unlock();
	asm volatile("msr daif, %0" ::"r"(daif) : "memory");
}

static unsigned level_at(const struct pgtable *pt, u64 va)
{
	struct pgtable_walk walk;
	paddr_t pa;

	return pgtable_walk(pt, vaddr(va), &walk, &pa) ? walk.last_level : GRANULE_LAST_LEVEL;
}

int arch_kexec_seal(struct arch_kexec *kexec, paddr_t base, u64 bytes)
{
	struct arch_kexec_seal *seal = &kexec->seal[kexec->seals];
	struct pgtable view;
	u64 daif;
	int err;

	if (kexec->seals == ARCH_KEXEC_SEALS_MOST)
		return -ENOMEM;
	view = begin(kexec, &daif);
	*seal = (struct arch_kexec_seal){ .at = paddr_to_linear(base), .bytes = bytes };
	seal->level[0] = level_at(&view, seal->at.val);
	seal->level[1] = level_at(&view, seal->at.val + bytes);
	err = pgtable_split(&view, seal->at, bytes);
	if (!err)
		err = pgtable_protect(&view, seal->at, bytes, MAP_RODATA);
	end(&view, daif);
	kexec->seals += !err;
	return err;
}

/* In the opposite order: what was split last may lie in what was split before. */
void arch_kexec_unseal(struct arch_kexec *kexec, bool join)
{
	while (kexec->seals) {
		const struct arch_kexec_seal *seal = &kexec->seal[--kexec->seals];
		u64 daif;
		struct pgtable view = begin(kexec, &daif);

		ASSERT(!pgtable_protect(&view, seal->at, seal->bytes, MAP_DATA));
		if (join) {
			pgtable_join(&view, seal->at, seal->level[0]);
			pgtable_join(&view, vaddr(seal->at.val + seal->bytes), seal->level[1]);
		}
		end(&view, daif);
	}
}
