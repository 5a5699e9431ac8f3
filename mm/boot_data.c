// SPDX-License-Identifier: BSD-2-Clause
/*
 * Fills the rest of the image's last pages; <mm/boot_data.h> has the contract.
 *
 * Page size enters in one place: where those pages end (page_align_up).
 */
#include <arch/boot.h>
#include <arch/page.h>
#include <kernel/assert.h>
#include <kernel/compiler.h>
#include <kernel/devicetree_memory.h>
#include <kernel/errno.h>
#include <kernel/printk.h>
#include <lib/string.h>
#include <mm/addr.h>
#include <mm/boot_data.h>

#define PLACES 2

static u32 used[PLACES]; /* bytes, from the bottom up */

static const u8 *place_start(unsigned i)
{
	return i ? _stack_top : _ebss;
}

u64 boot_data_bytes(const u8 *place)
{
	return used[place == place_start(0) ? 0 : 1];
}

/* A piece of the image changes its owner. */
static int __init hand_over(paddr_t base, u64 bytes, enum memblock_owner owner)
{
	int err = memblock_free(base, bytes);

	if (err)
		return err;
	err = memblock_reserve(base, bytes, owner);
	/* Back as it was: that needs no more room. */
	if (err)
		ASSERT(!memblock_reserve(base, bytes, MEMBLOCK_IMAGE));
	return err;
}

/* The place that it leaves least of. */
int __init boot_data_alloc(u64 bytes, u64 align, enum memblock_owner owner, paddr_t *pa)
{
	u64 least = ~0ULL, base = 0;
	unsigned best = 0;
	int err;

	for (unsigned i = 0; i < PLACES; i++) {
		u64 first = boot_info.image_pa + (u64)(place_start(i) - _text);
		u64 at = ALIGN_UP(first + used[i], align);
		u64 end = page_align_up(first);

		if (at <= end && bytes <= end - at && end - at - bytes < least) {
			least = end - at - bytes;
			base = at;
			best = i;
		}
	}
	if (!base)
		return -ENOSPC;
	err = hand_over(paddr(base), bytes, owner);
	if (err)
		return err;
	used[best] = (u32)(base + bytes - boot_info.image_pa - (u64)(place_start(best) - _text));
	*pa = paddr(base);
	return 0;
}

static bool __init overlap(const struct devicetree_range *range, u64 base, u64 bytes)
{
	return range->base.val < base + bytes && base < range->base.val + range->bytes;
}

/* Is it memory by what the tree says, and not only because the tree lies there? */
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

void __init boot_data_move_devicetree(struct devicetree *dt)
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
