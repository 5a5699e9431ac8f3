// SPDX-License-Identifier: BSD-2-Clause
/* The reverse map's lock; all else of it is in <mm/rmap.h>. */
#include <arch/spinlock.h>
#include <mm/rmap.h>

static struct spinlock lock;

void rmap_lock(void)
{
	spin_lock(&lock);
}

void rmap_unlock(void)
{
	spin_unlock(&lock);
}
