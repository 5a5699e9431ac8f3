// SPDX-License-Identifier: BSD-2-Clause
/*
 * CMA's regions: which are remembered, what is said of them, and one too many.
 *
 * Sources: mm/cma.c mm/memblock.c mm/region_list.c lib/format.c lib/string.c
 * Sources: tests/host/memblock_lists.c
 */
#include "host.h"

#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <mm/cma.h>
#include <mm/memblock.h>

#include "memblock_lists.h"

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
	assert_non_null(strstr(said, "one region too many, 16 are known: it stays reserved"));
	assert_int_equal(memblock_reserved_bytes(MEMBLOCK_CMA), 0x600000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(others_are_ignored),
		cmocka_unit_test(remembered),
		cmocka_unit_test(one_too_many),
		cmocka_unit_test(one_too_many_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
