// SPDX-License-Identifier: BSD-2-Clause
/*
 * CMA's regions: which are remembered, what is said of them, one too many, and their bitmaps.
 *
 * Sources: mm/move/cma.c mm/boot/memblock.c mm/boot/region_list.c lib/bitmap.c lib/format.c
 * Sources: lib/string.c tests/host/memblock_lists.c
 */
#include "host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arch/counter.h>
#include <kernel/compiler.h>
#include <kernel/errno.h>
#include <lib/bitmap.h>
#include <lib/devicetree_memory.h>
#include <mm/buddy.h>
#include <mm/cma.h>
#include <mm/contig.h>
#include <mm/kmalloc.h>
#include <mm/memblock.h>

#include "memblock_lists.h"

unsigned long long host_linear_base, host_frame_table_base;

/* ---- what claims need; there are none here ---- */

u64 arch_counter_ns(void)
{
	return 0;
}

void buddy_lock(void)
{
}

void buddy_unlock(void)
{
}

int contig_take(paddr_t base, u64 bytes, enum migratetype type, bool wait,
		struct contig_result *result)
{
	(void)base, (void)bytes, (void)type, (void)wait, (void)result;
	fail_msg("nothing is claimed");
	return -EBUSY;
}

void contig_give(paddr_t base, u64 bytes)
{
	fail_msg("nothing was claimed: %llx %llx", base.val, bytes);
}

enum migratetype frame_pageblock_type(paddr_t pa)
{
	(void)pa;
	return MIGRATE_CMA;
}

static u64 heap_bytes; /* what kmalloc has left */

void *kmalloc(u64 bytes, unsigned flags)
{
	assert_int_equal(flags, KMALLOC_ZERO);
	if (bytes > heap_bytes)
		return NULL;
	heap_bytes -= bytes;
	return calloc(1, bytes);
}

/* ---- */

static char said[1024];

static void hear(const char *text)
{
	snprintf(said, sizeof(said), "%s", text);
}

/* What is remembered stays from test to test: there is no way to forget it in a boot. */
static u32 known(void)
{
	u32 count = 0;

	while (cma_region(count))
		count++;
	return count;
}

static struct devicetree_reservation node(const char *name, u64 bytes)
{
	return (struct devicetree_reservation){
		.range = { .name = name, .bytes = bytes },
		.reusable = true,
		.shared_dma_pool = true,
	};
}

static void place(const struct devicetree_reservation *r, u64 base)
{
	said[0] = '\0';
	host_printk_hook = hear;
	cma_placed(NULL, r, paddr(base));
}

static void others_are_ignored(void **state)
{
	struct devicetree_reservation r = node("a", 0x200000);

	(void)state;
	r.reusable = false;
	place(&r, 0x40000000);
	r.reusable = true;
	r.shared_dma_pool = false;
	place(&r, 0x40000000);
	r.shared_dma_pool = true;
	r.no_map = true;
	place(&r, 0x40000000);
	assert_string_equal(said, "");
	assert_int_equal(known(), 0);
}

static void remembered(void **state)
{
	struct devicetree_reservation r = node("a", 0x1000000);
	const struct cma_region *region;

	(void)state;
	place(&r, 0x40000000);
	assert_string_equal(said, "cma: a: 16 MiB at 0x40000000\n");
	r = node("twenty-three-characters", 0x200000);
	r.cma_default = true;
	place(&r, 0x43000000);
	assert_string_equal(said, "cma: twenty-three-characters: 2 MiB at 0x43000000, default\n");
	/* There is one default. */
	r.range.name = "twenty-four-characters-x";
	place(&r, 0x43200000);
	assert_string_equal(said, "cma: twenty-four-characters-x: 2 MiB at 0x43200000\n");

	assert_int_equal(known(), 3);
	region = cma_region(0);
	assert_string_equal(region->name, "a");
	assert_true(region->base.val == 0x40000000 && region->bytes == 0x1000000);
	assert_false(region->is_default);
	assert_string_equal(cma_region(1)->name, "twenty-three-characters");
	assert_true(cma_region(1)->is_default);
	assert_string_equal(cma_region(2)->name, "twenty-four-characters-");
	assert_false(cma_region(2)->is_default);
}

/* Its memory is nobody's again, though it was one range with its neighbour's. */
static void one_too_many(void **state)
{
	struct devicetree_reservation r = node("n", 0x200000);
	u64 base = 0x50000000;

	(void)state;
	memblock_init();
	assert_int_equal(memblock_add(paddr(base), 0x10000000), 0);
	while (known() < CMA_REGIONS_MOST) {
		assert_int_equal(memblock_reserve(paddr(base), 0x200000, MEMBLOCK_CMA), 0);
		place(&r, base);
		base += 0x200000;
	}
	assert_int_equal(memblock_reserve(paddr(base), 0x400000, MEMBLOCK_CMA), 0);
	r.range.name = "last";
	place(&r, base);
	assert_string_equal(said,
			    "cma: last at 0x51a00000 is one region too many, 16 are known: it "
			    "is ordinary memory\n");
	assert_int_equal(known(), CMA_REGIONS_MOST);
	assert_string_equal(memblock_lists(),
			    "50000000+10000000 | 50000000+1a00000 cma 51c00000+200000 cma "
			    "| 51a00000+200000 51e00000+e200000 ");
}

/* Where the list has no room for the hole that it would leave, it stays. */
static void one_too_many_stays(void **state)
{
	struct devicetree_reservation r = node("last", 0x200000);

	(void)state;
	memblock_init();
	assert_int_equal(memblock_reserve(paddr(0x50000000), 0x600000, MEMBLOCK_CMA), 0);
	for (u32 i = 1; i < REGION_LIST_STATIC; i++)
		assert_int_equal(
			memblock_reserve(paddr(0x100000000 + 0x1000 * i), 1, MEMBLOCK_BOOT), 0);
	assert_int_equal(known(), CMA_REGIONS_MOST);
	place(&r, 0x50200000);
	assert_non_null(strstr(said, "one region too many, 16 are known: it is lent, and can't be "
				     "claimed"));
	assert_int_equal(memblock_reserved_bytes(MEMBLOCK_CMA), 0x600000);
}

static void by_name(void **state)
{
	(void)state;
	assert_ptr_equal(cma_find("a"), cma_region(0));
	assert_ptr_equal(cma_find("twenty-four-characters-"), cma_region(2));
	assert_null(cma_find("twenty-four-characters-x"));
	assert_null(cma_find(""));
	/* The default one. */
	assert_ptr_equal(cma_find(NULL), cma_region(1));
}

/* A bit for each page; a region whose bitmap found no memory can't be claimed, and is told of. */
static void bitmaps(void **state)
{
	struct cma_region *region = cma_region(0), *last = cma_region(CMA_REGIONS_MOST - 1);
	u64 bytes = 0;
	paddr_t pa;

	(void)state;
	for (unsigned i = 0; i < CMA_REGIONS_MOST; i++)
		bytes += 8 * bitmap_words(cma_region(i)->bytes >> host_page_shift);
	heap_bytes = bytes;
	said[0] = '\0';
	cma_init();
	assert_int_equal(heap_bytes, 0);
	assert_string_equal(said, "");
	assert_int_equal(bitmap_count(region->claimed, region->bytes >> host_page_shift), 0);
	for (unsigned i = 0; i < CMA_REGIONS_MOST; i++)
		free(cma_region(i)->claimed);

	heap_bytes = bytes - 1;
	cma_init();
	assert_string_equal(said, "cma: n: no memory for its bitmap: it can't be claimed\n");
	assert_non_null(region->claimed);
	assert_null(last->claimed);
	assert_int_equal(cma_alloc(last, 0x200000, 0, &pa), -EINVAL);
	assert_int_equal(cma_free(last, last->base, 0x200000), -EINVAL);
	for (unsigned i = 0; i < CMA_REGIONS_MOST; i++)
		free(cma_region(i)->claimed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(others_are_ignored),
		cmocka_unit_test(remembered),
		cmocka_unit_test(one_too_many),
		cmocka_unit_test(one_too_many_stays),
		cmocka_unit_test(by_name),
		HOST_AT_EACH_PAGE_SHIFT(bitmaps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
