// SPDX-License-Identifier: BSD-2-Clause
/* The reverse map's lock; all else of it is in <mm/rmap.h>. */
#include <arch/cpu.h>
#include <arch/spinlock.h>
#include <mm/rmap.h>

static struct spinlock lock;
static u64 holder; /* cpu_id() of who has it; 0: nobody. Written by holders only */

void rmap_lock(void)
{
	spin_lock(&lock);
	__atomic_store_n(&holder, cpu_id(), __ATOMIC_RELAXED);
}

bool rmap_try_lock(void)
{
	bool taken = spin_try_lock(&lock);

	if (taken)
		__atomic_store_n(&holder, cpu_id(), __ATOMIC_RELAXED);
	return taken;
}

void rmap_unlock(void)
{
	__atomic_store_n(&holder, 0, __ATOMIC_RELAXED);
	spin_unlock(&lock);
}

bool rmap_is_locked_here(void)
{
	return __atomic_load_n(&holder, __ATOMIC_RELAXED) == cpu_id();
}
