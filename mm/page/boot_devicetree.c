// SPDX-License-Identifier: BSD-2-Clause
/* Moves the devicetree to where it takes no page of its own: <mm/boot_devicetree.h>. */
#include <arch/boot.h>
#include <kernel/compiler.h>
#include <lib/devicetree_memory.h>
#include <lib/printk.h>
#include <lib/string.h>
#include <mm/addr.h>
#include <mm/boot_data.h>
#include <mm/boot_devicetree.h>

void __init boot_devicetree_move(struct devicetree *dt)
{
	u64 base = boot_info.fdt_pa, bytes = devicetree_used_bytes(dt);
	const void *from = dt->fdt;
	paddr_t to;

	/* Some loaders have the tree list itself as reserved: then it stays. */
	if (from != vaddr_ptr(paddr_to_linear(paddr(base))) ||
	    !devicetree_memory_is_free(dt, paddr(base), bytes) ||
	    boot_data_alloc(bytes, 8, MEMBLOCK_DEVICETREE, &to))
		return;
	dt->fdt = memcpy(vaddr_ptr(paddr_to_linear(to)), from, bytes);
	if (!memblock_free(paddr(base), bytes))
		printk("mm: the devicetree moves to %#llx, into what a page of the image has "
		       "left\n",
		       to.val);
}
