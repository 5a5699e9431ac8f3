// SPDX-License-Identifier: BSD-2-Clause
/*
 * What people are told of memory, the check that asks every part, and tables out of pages.
 *
 * Sources: mm/memory_line.c kernel/show/memory/mm_report.c kernel/show/memory/mm_check.c
 * Sources: mm/page/table_pages.c mm/page/frame.c mm/page/buddy.c mm/page/buddy_check.c
 * Sources: mm/page/pageblock.c mm/page/pages.c mm/page/pages_hot.c mm/boot/memblock.c
 * Sources: mm/boot/region_list.c lib/format.c lib/string.c arch/arm64/table/granule.c
 * Sources: tests/host/fake_machine.c tests/host/fake_image.S mm/page/boot_data.c
 * Sources: mm/page/hot_text.c
 */
#include <stdio.h>
#include <string.h>

#include "fake_machine.h"

#include <cmocka.h>

#include <arch/mmu.h>
#include <arch/page.h>
#include <kernel/cma_report.h>
#include <kernel/compiler.h>
#include <kernel/errno.h>
#include <kernel/fault_inject.h>
#include <kernel/mm_check.h>
#include <kernel/mm_report.h>
#include <kernel/movable_report.h>
#include <kernel/slab_report.h>
#include <kernel/vmap_report.h>
#include <mm/buddy.h>
#include <mm/chunk.h>
#include <mm/cma.h>
#include <mm/kmalloc.h>
#include <mm/movable.h>
#include <mm/pages.h>
#include <mm/slab.h>
#include <mm/table_pages.h>
#include <mm/vmap.h>

#define RAM       0x40000000ULL
#define RAM_BYTES (16 * MiB)

/* ---- the heap and areas, as far as they are asked ---- */

static const char *broken_tables, *broken_maps, *broken_vmap, *broken_movable, *broken_cma,
	*broken_chunks, *broken_slabs;

const char *mmu_check(vaddr_t *where)
{
	*where = vaddr(0x7000);
	return broken_maps;
}

const char *pgtable_check(const struct pgtable *pt, vaddr_t *where)
{
	assert_ptr_equal(pt, mmu_kernel_pgtable());
	*where = vaddr(0x1000);
	return broken_tables;
}

const char *vmap_check(vaddr_t *where)
{
	*where = vaddr(0x2000);
	return broken_vmap;
}

const char *movable_check(vaddr_t *where)
{
	*where = vaddr(0x5000);
	return broken_movable;
}

const char *cma_check(paddr_t *where)
{
	*where = paddr(0x6000);
	return broken_cma;
}

const char *chunk_check(paddr_t *where)
{
	*where = paddr(0x3000);
	return broken_chunks;
}

const char *slab_check(vaddr_t *where)
{
	*where = vaddr(0x4000);
	return broken_slabs;
}

void slab_report(int (*print)(const char *fmt, ...))
{
	print("slabs here\n");
}

void chunk_usage(struct chunk_usage *usage)
{
	*usage = (struct chunk_usage){ .used_bytes = 3 * KiB,
				       .peak_bytes = 5 * KiB,
				       .free_bytes = 7 * KiB };
}

u64 kmalloc_pages_bytes(void)
{
	return 11 * KiB;
}

void vmap_report(int (*print)(const char *fmt, ...))
{
	print("areas here\n");
}

void movable_report(int (*print)(const char *fmt, ...))
{
	print("pages that move here\n");
}

void cma_report(int (*print)(const char *fmt, ...))
{
	print("regions here\n");
}

static bool decide(enum fault_site site)
{
	return site == FAULT_TABLES;
}

/* ---- what was printed ---- */

static char log_text[8192];

static void listen(const char *text)
{
	size_t used = strlen(log_text);

	snprintf(log_text + used, sizeof(log_text) - used, "%s", text);
}

static void is_told(const char *text)
{
	if (!strstr(log_text, text))
		fail_msg("not told: %s; but: %s", text, log_text);
}

static void is_not_told(const char *text)
{
	if (strstr(log_text, text))
		fail_msg("told: %s", text);
}

static void begin(void)
{
	machine_poison = MACHINE_MIXED;
	machine_begin(RAM, RAM_BYTES);
	machine_add(RAM, RAM_BYTES);
	machine_image(RAM + 2 * MiB);
	machine_reserve(RAM + 8 * MiB, 64 * KiB, MEMBLOCK_INITRD);
	assert_int_equal(machine_init(), 0);
	mmu_kernel_pgtable()->table_bytes = 12345;
	broken_tables = broken_vmap = broken_movable = broken_cma = NULL;
	broken_chunks = broken_slabs = NULL;
	log_text[0] = '\0';
	host_printk_hook = listen;
}

static void end(void)
{
	host_printk_hook = NULL;
}

static void report(void **state)
{
	unsigned order = 21 - host_page_shift;
	char line[128];
	paddr_t pa;

	(void)state;
	begin();
	mm_report();
	snprintf(line, sizeof(line),
		 "Memory: %lluK/16384K available (106K kernel code, 45K rodata, "
		 "40K rwdata, ",
		 pages_free_bytes() / KiB);
	is_told(line);
	snprintf(line, sizeof(line),
		 "%lluK reserved, 0K cma-reserved, %lluK frame table, 12K page tables)\n",
		 16384 - pages_free_bytes() / KiB, frame_table_bytes() / KiB);
	is_told(line);
	is_told("mm: reserved at boot by initrd: 64 KiB\n");
	is_told("mm: reserved at boot by kernel image: 917480 B\n");
	is_not_told("reserved at boot by crashkernel");
	is_told("mm: free movable");
	is_told("mm: free unmovable");
	is_not_told("mm: free cma");
	is_told("slabs here\n");
	is_told("mm: chunks take 3 KiB, 5 KiB at most so far, and 7 KiB of their pages are free; "
		"larger blocks of kmalloc's take 11 KiB\n");
	is_told("areas here\npages that move here\nregions here\n");
	is_told("kernel page tables 12345 bytes\n");
	/* A pageblock of CMA: one block of 2 MiB, whatever its order. */
	assert_true(buddy_take(MIGRATE_MOVABLE, MIGRATE_CMA, order, &pa));
	buddy_put(pa, order);
	log_text[0] = '\0';
	mm_report();
	is_told("mm: free cma 2 MiB: 1 x 2 MiB\n");
	end();
}

static void check(void **state)
{
	const char **parts[] = { &broken_tables, &broken_maps,   &broken_vmap, &broken_movable,
				 &broken_cma,    &broken_chunks, &broken_slabs };
	static const char *const told[] = {
		"mm_check: kernel page tables: odd, at 0x1000\n",
		"mm_check: live maps: odd, at 0x7000\n",
		"mm_check: vmap: odd, at 0x2000\n",
		"mm_check: movable: odd, at 0x5000\n",
		"mm_check: cma: odd, at 0x6000\n",
		"mm_check: chunks: odd, at 0x3000\n",
		"mm_check: slabs: odd, at 0x4000\n",
	};
	paddr_t pa;

	(void)state;
	begin();
	assert_int_equal(mm_check(), 0);
	assert_string_equal(log_text, "");
	for (unsigned i = 0; i < ARRAY_SIZE(parts); i++) {
		*parts[i] = "odd";
		assert_int_equal(mm_check(), -EFAULT);
		is_told(told[i]);
		*parts[i] = NULL;
		assert_int_equal(mm_check(), 0);
	}
	pa = buddy_first(MIGRATE_MOVABLE, (unsigned)buddy_largest(MIGRATE_MOVABLE));
	frame_of(pa)->word ^= FRAME_FREE ^ FRAME_HOT;
	assert_int_equal(mm_check(), -EFAULT);
	is_told("mm_check: buddy: B1: a block on a free list has another word, at 0x4");
	end();
}

/* Tables of any size up to a page take a page; others of another granule as many as they need. */
static void tables(void **state)
{
	static const u64 sizes[] = { 64, 4 * KiB, 16 * KiB, 64 * KiB };
	struct pgtable pt = { .granule = granule_by_shift(host_page_shift) };
	u64 before;

	(void)state;
	begin();
	before = pages_free_bytes();
	table_pages_serve(&pt);
	for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
		paddr_t table;

		assert_int_equal(pt.alloc(&pt, sizes[i], &table), 0);
		assert_int_equal(frame_kind(frame_of(table)), FRAME_TABLE);
		assert_int_equal(table.val & (sizes[i] - 1), 0);
		assert_int_equal(before - pages_free_bytes(), MAX(sizes[i], page_size()));
		pt.free(&pt, sizes[i], table);
		assert_int_equal(pages_free_bytes(), before);
	}
	fault_injector = decide;
	assert_int_equal(pt.alloc(&pt, 64, &(paddr_t){ 0 }), -ENOMEM);
	fault_injector = NULL;
	assert_int_equal(pages_free_bytes(), before);
	while (!pages_alloc(0, 0, &(paddr_t){ 0 }))
		;
	assert_int_equal(pt.alloc(&pt, 64, &(paddr_t){ 0 }), -ENOMEM);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(report),
		HOST_AT_EACH_PAGE_SHIFT(check),
		HOST_AT_EACH_PAGE_SHIFT(tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
