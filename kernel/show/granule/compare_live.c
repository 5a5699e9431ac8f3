// SPDX-License-Identifier: BSD-2-Clause
/*
 * The kernel's own workload: what areas and heap hold now, read from their books.
 *
 * Nothing is written down for this when memory is allocated: kmalloc and pages_alloc have no
 * instruction to spare. <kernel/compare_record.h> has what can be, elsewhere.
 */
#include <arch/boot.h>
#include <arch/layout.h>
#include <kernel/compare.h>
#include <kernel/compiler.h>
#include <kernel/slab_report.h>
#include <mm/boot_data.h>
#include <mm/chunk.h>
#include <mm/frame.h>
#include <mm/memblock.h>
#include <mm/region_list.h>
#include <mm/slab.h>
#include <mm/vmap.h>

/* Bytes of the devicetree where the loader left it; 0: it shares a page of the image's. */
static u64 devicetree_bytes(void)
{
	struct region region;
	bool there = memblock_first_reserved(paddr(boot_info.fdt_pa), 1, &region) &&
		     region.owner == MEMBLOCK_DEVICETREE;

	return there ? memblock_reserved_bytes(MEMBLOCK_DEVICETREE) : 0;
}

/*
 * The parts of the image that have pages of their own, less what only boot needed, each with what
 * boot put after it.
 */
static int add_image(struct compare *c)
{
	const struct {
		u64 first, end;
	} parts[] = {
		{ vaddr_of(_init_text_end).val, vaddr_of(_etext).val },
		{ vaddr_of(_rodata).val, vaddr_of(_init_rodata).val },
		{ vaddr_of(_data).val, vaddr_of(_ebss).val + boot_data_bytes(_ebss) },
		{ vaddr_of(_stack_top).val - STACK_BYTES,
		  vaddr_of(_stack_top).val + boot_data_bytes(_stack_top) },
		{ boot_info.fdt_pa, boot_info.fdt_pa + devicetree_bytes() },
	};
	int err = 0;

	for (unsigned i = 0; !err && i < ARRAY_SIZE(parts); i++)
		if (parts[i].end > parts[i].first)
			err = compare_add_range(c, parts[i].first, parts[i].end);
	return err;
}

static int add_areas(struct compare *c)
{
	struct vmap_area area = { .base = 0 };
	int err = 0;

	while (!err && vmap_next(area.base, &area))
		err = compare_add_area(c, area.bytes - area.tail, 1);
	return err;
}

/* Larger blocks have their size in the frame word; heads are walked (I4 of <mm/frame.h>). */
static int add_blocks(struct compare *c)
{
	struct region run;
	int err = 0;

	for (u64 from = 0; frame_next_run(paddr(from), &run); from = region_end(&run).val) {
		for (u64 at = run.base.val; !err && at < region_end(&run).val;) {
			const struct frame *f = frame_of(paddr(at));

			if (frame_kind(f) == FRAME_KMALLOC)
				err = compare_add_blocks(c, page_shift_left(frame_own(f)), 1);
			at += frame_bytes(f);
		}
	}
	return err;
}

int compare_add_live(struct compare *c)
{
	struct slab_usage slabs;
	struct chunk_usage chunks;
	int err = add_image(c);

	if (!err)
		err = add_areas(c);
	if (!err)
		err = add_blocks(c);
	slab_usage(NULL, &slabs);
	chunk_usage(&chunks);
	compare_add_chunks(c, slabs.live, slabs.live_bytes, slabs.slab_bytes);
	compare_add_chunks(c, 0, chunks.used_bytes - slabs.slab_bytes,
			   chunks.used_bytes - slabs.slab_bytes);
	return err;
}
