// SPDX-License-Identifier: BSD-2-Clause
/* The line on all of memory: <mm/memory_line.h>. */
#include <arch/boot.h>
#include <arch/mmu.h>
#include <kernel/compiler.h>
#include <lib/printk.h>
#include <mm/frame.h>
#include <mm/memblock.h>
#include <mm/memory_line.h>
#include <mm/pages.h>

static u64 kib_between(const u8 *start, const u8 *end)
{
	return (u64)(end - start) / KiB;
}

void memory_line_print(void)
{
	u64 total = memblock_memory_bytes() - memblock_no_map_bytes();

	printk("Memory: %lluK/%lluK available (%lluK kernel code, %lluK rodata, %lluK rwdata, "
	       "%lluK reserved, %lluK cma-reserved, %lluK frame table, %lluK page tables)\n",
	       pages_free_bytes() / KiB, total / KiB, kib_between(_text, _etext),
	       kib_between(_rodata, _erodata), kib_between(_data, _ebss),
	       (total - pages_free_bytes()) / KiB, memblock_reserved_bytes(MEMBLOCK_CMA) / KiB,
	       frame_table_bytes() / KiB, mmu_kernel_pgtable()->table_bytes / KiB);
}
