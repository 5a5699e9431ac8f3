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

static bool __init overlap(const struct devicetree_range *range, u64 base, u64 bytes)
{
	return range->base.val < base + bytes && base < range->base.val + range->bytes;
}

/* Does the tree itself describe this range as memory? */
static bool __init is_memory(const struct devicetree *dt, u64 base, u64 bytes)
{
	struct devicetree_cursor cursor = { 0 };
	struct devicetree_range range;

	while (devicetree_memory_next(dt, &cursor, &range))
		if (range.base.val <= base && base + bytes <= range.base.val + range.bytes)
			return true;
	return false;
}

/* Does the tree reserve memory that it lies in itself? Some loaders list it. */
static bool __init lists_itself(const struct devicetree *dt, u64 base, u64 bytes)
{
	struct devicetree_cursor listed = { 0 }, nodes = { 0 };
	struct devicetree_reservation reservation;
	struct devicetree_range range;

	while (devicetree_memory_next_memreserve(dt, &listed, &range))
		if (overlap(&range, base, bytes))
			return true;
	while (devicetree_memory_next_reservation(dt, &nodes, &reservation))
		if (!reservation.dynamic && overlap(&reservation.range, base, bytes))
			return true;
	return false;
}

void __init boot_devicetree_move(struct devicetree *dt)
{
	u64 base = boot_info.fdt_pa, bytes = devicetree_used_bytes(dt);
	const void *from = dt->fdt;
	paddr_t to;

	if (from != vaddr_ptr(paddr_to_linear(paddr(base))) || !is_memory(dt, base, bytes) ||
	    lists_itself(dt, base, bytes) || boot_data_alloc(bytes, 8, MEMBLOCK_DEVICETREE, &to))
		return;
	dt->fdt = memcpy(vaddr_ptr(paddr_to_linear(to)), from, bytes);
	if (!memblock_free(paddr(base), bytes))
		printk("mm: the devicetree moves to %#llx, into what a page of the image has "
		       "left\n",
		       to.val);
}
