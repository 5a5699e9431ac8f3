// SPDX-License-Identifier: BSD-2-Clause
/*
 * Gives the image's spare memory back.
 *
 * The image is laid out for the largest page: its segments and stacks begin on 64 KiB, and the pool
 * for the first tables holds the worst case. At the chosen granule, the whole pages among that go
 * to the allocator: they leave the image's map, and become data in the linear map.
 */
#include <arch/boot.h>
#include <arch/layout.h>
#include <arch/mmu.h>
#include <arch/page.h>
#include <kernel/assert.h>
#include <lib/printk.h>
#include <mm/addr.h>
#include <mm/buddy.h>
#include <mm/give_back.h>

/* Take [first, end), offsets in the image, out of the image's map. */
static void unmap(u64 first, u64 end)
{
	if (first < end)
		ASSERT(!pgtable_unmap(mmu_kernel_pgtable(), vaddr(boot_info.image_va + first),
				      end - first));
}

/*
 * Give back the whole pages of [first, end), offsets in the image that its map no longer holds.
 * Returns their bytes.
 */
static u64 give(u64 first, u64 end)
{
	u64 read_only = image_offset(_data);
	paddr_t pa;

	first = page_align_up(first);
	end = page_align_down(end);
	if (first >= end)
		return 0;
	pa = paddr(boot_info.image_pa + first);
	/*
	 * Text and constants are read-only in the linear map as well, by pages, whose permissions
	 * change in place. What lies beyond them is data already.
	 */
	if (first < read_only)
		ASSERT(!pgtable_protect(mmu_kernel_pgtable(), paddr_to_linear(pa), end - first,
					MAP_DATA));
	buddy_lock();
	buddy_give(pa, paddr_add(pa, end - first));
	buddy_unlock();
	return end - first;
}

void give_back_tails(void)
{
	u64 pool = image_offset(_boot_pool);
	u64 tails, stacks, tables;

	tails = give(image_offset(_etext), image_offset(_rodata)) +
		give(image_offset(_erodata), image_offset(_data)) +
		give(image_offset(_ebss), image_offset(_stacks));
	/* The guard, and the part of the area above it that is not the stack. */
	stacks = give(image_offset(_stacks), image_offset(_stack_top) - STACK_BYTES) +
		 give(image_offset(_stack_top), image_offset(_stacks_end));
	/* What follows the identity map is whole pages, so its last page is all its own. */
	tables = give(pool, pool + page_align_up(boot_info.pool_idmap)) +
		 give(pool + boot_info.pool_used, image_offset(_boot_pool_end));
	boot_info.pool_used = BOOT_POOL_BYTES;
	printk("mm: given back: alignment tails %llu KiB, around the stack %llu KiB, boot tables "
	       "%llu KiB\n",
	       tails / KiB, stacks / KiB, tables / KiB);
}

void give_back_init(void)
{
	u64 text_end = page_align_down(image_offset(_init_text_end));
	u64 rodata_first = page_align_up(image_offset(_init_rodata));
	u64 rodata_end = page_align_up(image_offset(_erodata));
	u64 text, rodata;

	unmap(0, text_end);
	unmap(rodata_first, rodata_end);
	text = give(0, text_end);
	rodata = give(rodata_first, rodata_end);

	printk("mm: given back: init text %llu KiB, init data %llu KiB\n", text / KiB,
	       rodata / KiB);
}
