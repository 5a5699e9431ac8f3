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
#include <kernel/errno.h>
#include <mm/addr.h>
#include <mm/boot_data.h>

/*
 * The end of what was put between first, where the image's contents end, and the end of that page:
 * the image gives it away from the bottom up.
 */
static u64 used_end(u64 first)
{
	u64 end = page_align_up(first), last = first;
	paddr_t from = paddr(first);
	struct region region;

	while (memblock_next_reserved(&from, &region) && region.base.val < end)
		if (region.owner != MEMBLOCK_IMAGE)
			last = MIN(region_end(&region).val, end);
	return last;
}

u64 boot_data_bytes(const u8 *place)
{
	u64 first = boot_info.image_pa + image_offset(place);

	return used_end(first) - first;
}

/* Of the places that fit, use the one with the least left over. */
int __init boot_data_alloc(u64 bytes, u64 align, enum memblock_owner owner, paddr_t *pa)
{
	const u8 *const places[] = { _ebss, _stack_top };
	u64 least = ~0ULL, base = 0;
	int err;

	for (unsigned i = 0; i < ARRAY_SIZE(places); i++) {
		u64 first = boot_info.image_pa + image_offset(places[i]);
		u64 at = ALIGN_UP(used_end(first), align);
		u64 end = page_align_up(first);

		if (at <= end && bytes <= end - at && end - at - bytes < least) {
			least = end - at - bytes;
			base = at;
		}
	}
	if (!base)
		return -ENOSPC;
	/* The piece of the image changes its owner. */
	*pa = paddr(base);
	err = memblock_free(*pa, bytes);
	if (err)
		return err;
	err = memblock_reserve(*pa, bytes, owner);
	/* Undo: the list has room for the region that it just held. */
	if (err)
		ASSERT(!memblock_reserve(*pa, bytes, MEMBLOCK_IMAGE));
	return err;
}
