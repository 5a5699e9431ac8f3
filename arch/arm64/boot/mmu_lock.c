// SPDX-License-Identifier: BSD-2-Clause
/*
 * Changes of the kernel's map: one CPU at a time makes them, and one that meets an entry which is
 * broken and not made yet waits for that. <arch/mmu.h> has the rule.
 */
#include <arch/counter.h>
#include <arch/cpu.h>
#include <arch/mmu.h>
#include <arch/pgtable_geometry.h>
#include <arch/spinlock.h>

STATIC_SPINLOCK(lock, map, LOCK_MAP);
static u64 changer; /* cpu_id() of its holder; 0: none. Only holders write it */
static u64 waits;   /* atomic */

struct pgtable *mmu_lock(void)
{
	spin_lock(&lock);
	__atomic_store_n(&changer, cpu_id(), __ATOMIC_RELAXED);
	return mmu_kernel_pgtable();
}

void mmu_unlock(void)
{
	__atomic_store_n(&changer, 0, __ATOMIC_RELAXED);
	spin_unlock(&lock);
}

/* No other CPU writes this one's number, so what it reads is right for it. */
bool mmu_is_locked_here(void)
{
	return __atomic_load_n(&changer, __ATOMIC_RELAXED) == cpu_id();
}

/* Is `va` mapped as the hardware reads it? An entry that it refuses would fault for ever. */
static bool is_mapped(const struct pgtable *pt, vaddr_t va)
{
	struct pgtable_walk walk;
	paddr_t pa;

	return pgtable_walk(pt, va, &walk, &pa) &&
	       pte_maps(pt->granule, walk.entry[walk.last_level], walk.last_level);
}

/*
 * Whether the access can be tried again: nobody is changing what maps it, and it is mapped. The
 * lock says so; but where many CPUs want it, this one may not find it free. Then the tables are
 * read while they change. An address that somebody may use keeps its tables (those of an area go
 * with it, and no others do while two CPUs run), so what is read is an entry as it was before the
 * change, invalid, or as it is after.
 */
static bool has_settled(const struct pgtable *pt, vaddr_t va, bool *mapped)
{
	bool locked = spin_try_lock(&lock);

	*mapped = is_mapped(pt, va);
	if (locked)
		spin_unlock(&lock);
	return locked || *mapped;
}

bool mmu_settle(vaddr_t va)
{
	const struct pgtable *pt = mmu_kernel_pgtable();
	u64 deadline, looks = 0;
	bool mapped;

	if (!pt->live || va.val < pgtable_base(pt) || mmu_is_locked_here())
		return false;
	deadline = arch_counter_ns() + MMU_SETTLE_NS;
	while (!has_settled(pt, va, &mapped)) {
		if (arch_counter_has_unit() ? arch_counter_ns() > deadline
					    : ++looks == MMU_SETTLE_LOOKS)
			return false;
		spin_pause();
	}
	if (mapped)
		__atomic_fetch_add(&waits, 1, __ATOMIC_RELAXED);
	return mapped;
}

u64 mmu_waits(void)
{
	return __atomic_load_n(&waits, __ATOMIC_RELAXED);
}
