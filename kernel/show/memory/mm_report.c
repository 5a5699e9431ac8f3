// SPDX-License-Identifier: BSD-2-Clause
/*
 * Prints where memory went, as a part of a panic, too: it takes the heap's locks only, and nobody
 * allocates pages while holding one of them.
 */
#include <arch/mmu.h>
#include <arch/page.h>
#include <kernel/cma_report.h>
#include <kernel/mm_report.h>
#include <kernel/movable_report.h>
#include <kernel/slab_report.h>
#include <kernel/vmap_report.h>
#include <lib/format.h>
#include <lib/panic.h>
#include <lib/printk.h>
#include <mm/buddy.h>
#include <mm/chunk.h>
#include <mm/cma.h>
#include <mm/kmalloc.h>
#include <mm/memblock.h>
#include <mm/memory_line.h>
#include <mm/movable.h>
#include <mm/pages.h>
#include <mm/slab.h>
#include <mm/vmap.h>

static void report_reserved(void)
{
	char size[FORMAT_BYTES_SIZE];

	for (unsigned owner = 1; owner < MEMBLOCK_OWNERS; owner++) {
		u64 bytes = memblock_reserved_bytes((enum memblock_owner)owner);

		if (bytes)
			printk("mm: reserved at boot by %s: %s\n",
			       memblock_owner_name((enum memblock_owner)owner),
			       format_bytes(size, sizeof(size), bytes));
	}
}

static void report_type(enum migratetype type, const char *name)
{
	char size[FORMAT_BYTES_SIZE];

	if (!buddy_free_bytes(type))
		return;
	printk("mm: free %s %s:", name, format_bytes(size, sizeof(size), buddy_free_bytes(type)));
	for (unsigned order = 0; order <= buddy_max_order(); order++)
		if (buddy_count(type, order))
			printk(" %u x %s", buddy_count(type, order),
			       format_bytes(size, sizeof(size), page_size() << order));
	printk("\n");
}

static void report_heap(void)
{
	struct chunk_usage chunks;

	slab_report(printk);
	chunk_usage(&chunks);
	printk("mm: chunks take %llu KiB, %llu KiB at most so far, and %llu KiB of their pages are "
	       "free; larger blocks of kmalloc's take %llu KiB\n",
	       chunks.used_bytes / KiB, chunks.peak_bytes / KiB, chunks.free_bytes / KiB,
	       kmalloc_pages_bytes() / KiB);
}

void mm_report(void)
{
	memory_line_print();
	report_reserved();
	report_type(MIGRATE_UNMOVABLE, "unmovable");
	report_type(MIGRATE_MOVABLE, "movable");
	report_type(MIGRATE_CMA, "cma");
	report_type(MIGRATE_ISOLATE, "isolated");
	report_heap();
	vmap_report(printk);
	movable_report(printk);
	cma_report(printk);
	printk("mm: frame table %llu KiB, kernel page tables %llu bytes\n",
	       frame_table_bytes() / KiB, mmu_kernel_pgtable()->table_bytes);
}

PANIC_REPORT(40, memory)
{
	(void)regs;
	if (pages_exhausted)
		mm_report();
}
