// SPDX-License-Identifier: BSD-2-Clause
/* The reverse map's lock; all else of it is in <mm/rmap.h>. */
#include <arch/spinlock.h>
#include <mm/rmap.h>

STATIC_SPINLOCK(lock, rmap, LOCK_RMAP);

void rmap_lock(void)
{
	spin_lock(&lock);
}

void rmap_unlock(void)
{
	spin_unlock(&lock);
}
