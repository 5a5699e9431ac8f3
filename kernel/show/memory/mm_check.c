// SPDX-License-Identifier: BSD-2-Clause
/* Calls every part's own check. */
#include <arch/mmu.h>
#include <kernel/errno.h>
#include <kernel/mm_check.h>
#include <lib/printk.h>
#include <mm/buddy.h>
#include <mm/chunk.h>
#include <mm/cma.h>
#include <mm/movable.h>
#include <mm/slab.h>
#include <mm/vmap.h>

static int report(const char *what, const char *broken, u64 where)
{
	if (!broken)
		return 0;
	printk("mm_check: %s: %s, at %#llx\n", what, broken, where);
	return -EFAULT;
}

int mm_check(void)
{
	paddr_t block = paddr(0);
	vaddr_t va = vaddr(0);
	const char *broken = buddy_check(&block);
	int err = report("buddy", broken, block.val);

	broken = pgtable_check(mmu_kernel_pgtable(), &va);
	err = report("kernel page tables", broken, va.val) ? -EFAULT : err;
	broken = mmu_check(&va);
	err = report("live maps", broken, va.val) ? -EFAULT : err;
	broken = vmap_check(&va);
	err = report("vmap", broken, va.val) ? -EFAULT : err;
	broken = movable_check(&va);
	err = report("movable", broken, va.val) ? -EFAULT : err;
	broken = cma_check(&block);
	err = report("cma", broken, block.val) ? -EFAULT : err;
	broken = chunk_check(&block);
	err = report("chunks", broken, block.val) ? -EFAULT : err;
	broken = slab_check(&va);
	return report("slabs", broken, va.val) ? -EFAULT : err;
}
