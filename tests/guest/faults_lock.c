// SPDX-License-Identifier: BSD-2-Clause
/* Locks taken wrongly on purpose: a panic in a build for debugging, which knows of their order. */
#include <arch/spinlock.h>
#include <kernel/compiler.h>
#include <mm/buddy.h>
#include <mm/vmap.h>

#include "faults_lock.h"

void fault_lock_order(void)
{
	buddy_lock();
	spin_lock(&vmap_lock);
	spin_unlock(&vmap_lock);
	buddy_unlock();
}

void fault_lock_twice(void)
{
	buddy_lock();
	if (GRANULE_DEBUG)
		buddy_lock();
	buddy_unlock();
}

void fault_lock_sleep(void)
{
	buddy_lock();
	lock_assert_none(__func__);
	buddy_unlock();
}
