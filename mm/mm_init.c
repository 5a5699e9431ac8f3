// SPDX-License-Identifier: BSD-2-Clause
/* The memory manager's table of contents. */
#include <arch/boot.h>
#include <arch/layout.h>
#include <arch/mmu.h>
#include <lib/format.h>
#include <lib/printk.h>
#include <lib/verdict.h>
#include <mm/boot_devicetree.h>
#include <mm/boot_memory.h>
#include <mm/cma.h>
#include <mm/compact.h>
#include <mm/frame.h>
#include <mm/give_back.h>
#include <mm/kmalloc.h>
#include <mm/memblock.h>
#include <mm/memory_line.h>
#include <mm/mm_init.h>
#include <mm/pages.h>
#include <mm/table_pages.h>
#include <mm/vmap.h>

static void __init make_allocator(void)
{
	if (frame_init()) {
		printk("memory: too little free memory for the frame table\n");
		verdict_end(VERDICT_USAGE);
	}
	pages_init();
	pages_reclaim = compact_block;
	kmalloc_init();
	table_pages_serve(mmu_kernel_pgtable());
	vmap_init();
	cma_init();
}

static void __init report(void)
{
	char total[FORMAT_BYTES_SIZE], largest[FORMAT_BYTES_SIZE];
	const struct granule *g = mmu_kernel_pgtable()->granule;

	memblock_report(printk);
	printk("memory: %s of RAM, frame table %llu KiB\n",
	       format_bytes(total, sizeof(total), memblock_memory_bytes()),
	       frame_table_bytes() / KiB);
	printk("map: text r-x, constants r--, data rw-; RAM at %#llx + its address, by up to %s; "
	       "tables take %llu bytes\n",
	       (u64)LINEAR_BASE,
	       format_bytes(largest, sizeof(largest),
			    1ULL << granule_level_shift(g, g->first_block_level)),
	       mmu_kernel_pgtable()->table_bytes);
	memory_line_print();
}

void __init mm_init(const char *cmdline)
{
	/* What of memory is taken. */
	boot_memory_reserve(cmdline, cma_placed);

	/* All of it at its place in the linear map, and the devicetree there. */
	boot_memory_map();
	boot_memory_pen();
	boot_devicetree.fdt = mmu_move_devicetree();
	boot_devicetree_move(&boot_devicetree);

	/* A word for each page, and what is free to the allocator. */
	make_allocator();

	/* What the image took for the worst case. */
	give_back_tails();

	report();
}
