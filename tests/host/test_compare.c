// SPDX-License-Identifier: BSD-2-Clause
/*
 * kernel/show/granule/compare.c: figures at all three granules, written out or by a naive model
 * that lays out each page, and the heap's against kmalloc itself.
 *
 * Sources: mm/heap/slab_drain.c
 * Sources: kernel/show/granule/compare.c mm/heap/kmalloc.c mm/heap/kmalloc_hot.c mm/heap/slab.c
 * Sources: mm/heap/slab_check.c kernel/show/memory/slab_report.c mm/heap/chunk.c
 * Sources: mm/heap/chunk_check.c kernel/show/memory/fault_inject.c lib/cmdline.c lib/parse.c
 * Sources: arch/arm64/table/granule.c lib/string.c tests/host/fake_pages.c tests/host/heap.c
 * Sources: mm/page/hooks.c
 */
#include "heap.h"

#include <cmocka.h>

#include <arch/layout.h>
#include <arch/page.h>
#include <kernel/compare.h>
#include <kernel/compiler.h>
#include <kernel/errno.h>
#include <mm/chunk.h>
#include <mm/kmalloc.h>
#include <mm/slab.h>

static int begin_heap(void **state)
{
	(void)state;
	host_page_shift = 12;
	heap_start();
	return 0;
}

static struct compare compared(unsigned granule, const struct compare_item *items, unsigned count)
{
	struct compare c;

	compare_begin(&c, &granules[granule]);
	assert_int_equal(compare_add_items(&c, items, count), 0);
	compare_end(&c);
	return c;
}

/* The table of the header's comment. */
static void a_thousand_small_areas(void **state)
{
	static const struct compare_item item = { 3, 1000 };
	static const u64 held[] = { 4096000, 16384000, 65536000 };
	static const u64 tables[] = { 6 * 4096, 3 * 16384, 2 * 65536 };

	(void)state;
	for (unsigned i = 0; i < GRANULE_COUNT; i++) {
		struct compare c = compared(i, &item, 1);

		assert_int_equal(c.areas.count, 1000);
		assert_int_equal(c.areas.requested, 3000);
		assert_int_equal(c.areas.held, held[i]);
		assert_int_equal(compare_table_bytes(&c), tables[i]);
		assert_int_equal(c.entries, 1000);
		assert_int_equal(c.run_entries, 1000);
		assert_int_equal(compare_frame_bytes(c.granule, c.areas.held), 8000);
		assert_int_equal(compare_waste_permille(&c.areas), i == 0 ? 999 : 999);
		/* 16 bytes each, 253 in a slab of 4 KiB beside its header of 48. */
		assert_int_equal(c.chunk_bytes, 4 * 4096);
		assert_int_equal(c.heap.held, MAX(4 * 4096, granule_page_bytes(c.granule)));
	}
}

/* 2 MiB and a byte: one run and what is left over, at each. */
static void runs_of_pages(void **state)
{
	static const struct compare_item item = { 2 * MiB + 1, 1 };
	static const u64 entries[] = { 513, 129, 33 }, run_entries[] = { 33, 2, 2 };
	static const u64 tables[] = { (1 + 1 + 2) * 4096, 3 * 16384, 2 * 65536 };

	(void)state;
	for (unsigned i = 0; i < GRANULE_COUNT; i++) {
		struct compare c = compared(i, &item, 1);

		assert_int_equal(c.entries, entries[i]);
		assert_int_equal(c.run_entries, run_entries[i]);
		assert_int_equal(compare_table_bytes(&c), tables[i]);
		/* Pages of its own in the heap as well. */
		assert_int_equal(c.chunk_bytes, 0);
		assert_int_equal(c.heap.held, c.areas.held);
	}
}

/* The bounds of a table's last entry: the space's first page, the area, and its guard after. */
static void where_tables_begin(void **state)
{
	(void)state;
	for (unsigned i = 0; i < GRANULE_COUNT; i++) {
		u64 page = granule_page_bytes(&granules[i]), table = page * (page / 8);
		u64 levels = granule_levels(&granules[i], 48) - 1;
		struct compare_item item = { table - page, 1 };
		struct compare c = compared(i, &item, 1);

		assert_int_equal(compare_table_bytes(&c), levels * page);
		item.bytes++;
		c = compared(i, &item, 1);
		assert_int_equal(compare_table_bytes(&c), (levels + 1) * page);
		compare_begin(&c, &granules[i]);
		assert_int_equal(compare_table_bytes(&c), 0);
		assert_int_equal(compare_waste_permille(&c.areas), 0);
	}
}

/* What is somewhere already takes every page that it touches. */
static void ranges_are_where_they_are(void **state)
{
	static const u64 held[] = { 3 * 4096, 2 * 16384, 65536 };

	(void)state;
	for (unsigned i = 0; i < GRANULE_COUNT; i++) {
		struct compare c;

		compare_begin(&c, &granules[i]);
		assert_int_equal(compare_add_range(&c, 0x3800, 0x5001), 0);
		assert_int_equal(c.areas.requested, 0x1801);
		assert_int_equal(c.areas.held, held[i]);
	}
}

/* Items of one class fill the same slabs; classes and chunks don't depend on the page size. */
static void items_share_slabs(void **state)
{
	/* 112 bytes each: 36 in a slab. 100,000 are 25 pages of 4 KiB, 7 of 16 KiB, 2 of 64 KiB. */
	static const struct compare_item items[] = {
		{ 100, 30 }, { 5000, 2 }, { 110, 6 }, { 100000, 1 }, { 100, 1 },
	};
	static const u64 blocks[] = { 25 * 4096, 7 * 16384, 2 * 65536 };
	static const u64 pages[] = { 24576, 2 * 16384, 65536 };

	(void)state;
	for (unsigned i = 0; i < GRANULE_COUNT; i++) {
		struct compare c = compared(i, items, ARRAY_SIZE(items));

		assert_int_equal(c.heap.count, 40);
		assert_int_equal(c.heap.requested, 3000 + 10000 + 660 + 100000 + 100);
		assert_int_equal(c.chunk_bytes, 2 * 4096 + 2 * 8192);
		assert_int_equal(c.heap.held, pages[i] + blocks[i]);
	}
}

/* A list at random, allocated: slabs and chunks hold what was said, blocks too. */
static void as_kmalloc_has_it(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 50; round++) {
		struct compare_item items[6];
		void *made[6][5];
		struct chunk_usage chunks;
		struct compare c;
		unsigned i;

		for (i = 0; i < ARRAY_SIZE(items); i++) {
			u64 most = 1ULL << (3 + host_random_below(15));

			items[i] = (struct compare_item){ 1 + host_random_below(most),
							  1 + host_random_below(5) };
		}
		heap_start();
		c = compared((host_page_shift - 12) / 2, items, ARRAY_SIZE(items));
		for (i = 0; i < ARRAY_SIZE(items); i++)
			for (u64 n = 0; n < items[i].count; n++)
				assert_non_null(made[i][n] = kmalloc(items[i].bytes, 0));
		chunk_usage(&chunks);
		assert_int_equal(chunks.used_bytes, c.chunk_bytes);
		assert_int_equal(kmalloc_pages_bytes() + ALIGN_UP(chunks.used_bytes, page_size()),
				 c.heap.held);
		/* Packed as well as can be is the least that it may be. */
		assert_true(chunks.used_bytes + chunks.free_bytes + kmalloc_pages_bytes() >=
			    c.heap.held);
		for (i = 0; i < ARRAY_SIZE(items); i++)
			for (u64 n = 0; n < items[i].count; n++)
				kfree(made[i][n]);
		heap_finish();
	}
}

static void is_item(const char *word, u64 count, u64 bytes)
{
	struct compare_item item;

	assert_int_equal(compare_parse(word, &item), 0);
	assert_int_equal(item.count, count);
	assert_int_equal(item.bytes, bytes);
}

static void words_are_items(void **state)
{
	static const char *const wrong[] = { "",     "x",    "12x",   "x12", "12x12x12", "12 12",
					     "0",    "0x0",  "0x0x5", "5x0", "-1",       "4096B",
					     "64KK", "1xx1", "64K,",  "0x" };
	static const char *const large[] = { "18446744073709551616", "1x18446744073709551616",
					     "16E", "99999999999999999999x1" };

	(void)state;
	is_item("4096", 1, 4096);
	is_item("64K", 1, 65536);
	is_item("100x1500", 100, 1500);
	is_item("1Kx2m", 1024, 2 * MiB);
	is_item("0x100", 1, 256); /* hex, as everywhere */
	is_item("0x10x0x20", 16, 32);
	is_item("18446744073709551615x18446744073709551615", ~0ULL, ~0ULL);
	for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct compare_item item = { 7, 7 };

		if (compare_parse(wrong[i], &item) != -EINVAL)
			fail_msg("%s", wrong[i]);
		assert_int_equal(item.bytes, 7);
	}
	for (unsigned i = 0; i < ARRAY_SIZE(large); i++)
		assert_int_equal(compare_parse(large[i], &(struct compare_item){ 0 }), -ERANGE);
}

static int add(struct compare *c, u64 bytes, u64 count)
{
	struct compare_item item = { bytes, count };

	return compare_add_items(c, &item, 1);
}

/* Nothing overflows: what there are no addresses for is refused, and the last that fits is not. */
static void too_much_is_refused(void **state)
{
	static const u64 large[] = { VMAP_BYTES - 1, VMAP_BYTES, VMAP_BYTES + 1, 1ULL << 63,
				     ~0ULL };

	(void)state;
	for (unsigned i = 0; i < GRANULE_COUNT; i++) {
		u64 page = granule_page_bytes(&granules[i]);
		struct compare c;

		for (unsigned n = 0; n < ARRAY_SIZE(large); n++) {
			compare_begin(&c, &granules[i]);
			assert_int_equal(add(&c, large[n], 1), -ERANGE);
			assert_int_equal(add(&c, large[n], ~0ULL), -ERANGE);
			assert_int_equal(add(&c, 1, large[n]), -ERANGE);
			assert_int_equal(c.areas.count, 0);
			assert_int_equal(c.addresses, page);
		}
		/* The first page, then a page and a guard each. */
		assert_int_equal(add(&c, page, (VMAP_BYTES / page - 1) / 2 + 1), -ERANGE);
		assert_int_equal(add(&c, page, (VMAP_BYTES / page - 1) / 2), 0);
		assert_int_equal(add(&c, 1, 1), -ERANGE);
		compare_begin(&c, &granules[i]);
		assert_int_equal(add(&c, VMAP_BYTES - 2 * page, 1), 0);
		assert_int_equal(c.heap.count, 0); /* kmalloc has no such block */
		assert_int_equal(c.areas.count, 1);
		assert_int_equal(compare_add_blocks(&c, VMAP_BYTES, 2), -ERANGE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_thousand_small_areas, begin_heap),
		cmocka_unit_test_setup(runs_of_pages, begin_heap),
		cmocka_unit_test_setup(where_tables_begin, begin_heap),
		cmocka_unit_test_setup(ranges_are_where_they_are, begin_heap),
		cmocka_unit_test_setup(items_share_slabs, begin_heap),
		cmocka_unit_test_setup(words_are_items, begin_heap),
		cmocka_unit_test_setup(too_much_is_refused, begin_heap),
		HOST_AT_EACH_PAGE_SHIFT(as_kmalloc_has_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
