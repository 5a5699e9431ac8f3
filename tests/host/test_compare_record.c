// SPDX-License-Identifier: BSD-2-Clause
/*
 * What is recorded since boot: sums that equal those of the same list by
 * kernel/show/granule/compare.c, at all three granules whichever runs, and what kmalloc and slabs
 * really take at the one that does.
 *
 * Sources: mm/heap/slab_drain.c
 * Sources: mm/page/hooks.c kernel/show/granule/compare_record.c kernel/show/granule/compare.c
 * Sources: mm/heap/kmalloc.c mm/heap/kmalloc_hot.c mm/heap/slab.c mm/heap/slab_check.c
 * Sources: kernel/show/memory/slab_report.c mm/heap/chunk.c mm/heap/chunk_check.c
 * Sources: kernel/show/memory/fault_inject.c lib/cmdline.c lib/parse.c arch/arm64/table/granule.c
 * Sources: lib/string.c tests/host/fake_pages.c tests/host/heap.c
 */
#include "heap.h"

#include <cmocka.h>

#include <arch/layout.h>
#include <kernel/compare_record.h>
#include <kernel/compiler.h>
#include <kernel/fault_inject.h>
#include <kernel/slab_report.h>
#include <mm/kmalloc.h>
#include <mm/slab.h>

#include "fake_pages.h"

/* What was recorded since; sums only grow, so tests take differences. */
static struct compare_record start;

static struct compare_part grown(const struct compare_part *now, const struct compare_part *then)
{
	return (struct compare_part){ .count = now->count - then->count,
				      .requested = now->requested - then->requested,
				      .held = now->held - then->held };
}

static struct compare_record since_start(void)
{
	struct compare_record now;

	compare_record_read(&now);
	for (unsigned i = 0; i < GRANULE_COUNT; i++) {
		now.at[i].areas = grown(&now.at[i].areas, &start.at[i].areas);
		now.at[i].blocks = grown(&now.at[i].blocks, &start.at[i].blocks);
		now.at[i].run_entries -= start.at[i].run_entries;
	}
	now.slabs = grown(&now.slabs, &start.slabs);
	return now;
}

static void is_part(struct compare_part part, u64 count, u64 requested, u64 held)
{
	assert_int_equal(part.count, count);
	assert_int_equal(part.requested, requested);
	assert_int_equal(part.held, held);
}

/* The table of the header's comment. */
static void a_block_and_an_area(void **state)
{
	static const u64 held[] = { 200704, 212992, 262144 }, run_entries[] = { 4, 13, 4 };
	struct compare_record made;

	(void)state;
	compare_record_read(&start);
	compare_record_add(ALLOC_AREA, 200000, 0);
	compare_record_add(ALLOC_BLOCK, 200000, 0);
	compare_record_add(ALLOC_BLOCK, 5000, 0);
	compare_record_add(ALLOC_SLAB, 4096, 4032);
	made = since_start();
	for (unsigned i = 0; i < GRANULE_COUNT; i++) {
		is_part(made.at[i].areas, 1, 200000, held[i]);
		assert_int_equal(made.at[i].run_entries, run_entries[i]);
		is_part(made.at[i].blocks, 2, 205000, held[i] + 8192);
	}
	is_part(made.slabs, 1, 4032, 4096);
}

static void areas_are_those_of_the_list(void **state)
{
	struct compare_item items[COMPARE_ITEMS_MOST];
	struct compare_record made;

	(void)state;
	compare_record_read(&start);
	for (unsigned i = 0; i < ARRAY_SIZE(items); i++) {
		items[i].bytes = 1 + host_random_below(1ULL << (1 + host_random_below(35)));
		items[i].count = 1 + host_random_below(9);
		for (u64 n = 0; n < items[i].count; n++)
			compare_record_add(ALLOC_AREA, items[i].bytes, 0);
	}
	made = since_start();
	for (unsigned i = 0; i < GRANULE_COUNT; i++) {
		struct compare c;

		compare_begin(&c, &granules[i]);
		for (unsigned n = 0; n < ARRAY_SIZE(items); n++)
			assert_int_equal(compare_add_area(&c, items[n].bytes, items[n].count), 0);
		is_part(made.at[i].areas, c.areas.count, c.areas.requested, c.areas.held);
		assert_int_equal(made.at[i].areas.held >> granules[i].shift, c.entries);
		assert_int_equal(made.at[i].run_entries, c.run_entries);
	}
}

/* Large blocks that kmalloc gave, and those only; freeing them is nothing. */
static void blocks_are_those_of_the_list(void **state)
{
	struct compare_item items[COMPARE_ITEMS_MOST];
	struct compare_record made;
	u64 taken = 0;

	(void)state;
	heap_start();
	alloc_observer = compare_record_add;
	compare_record_read(&start);
	for (unsigned i = 0; i < ARRAY_SIZE(items); i++) {
		void *p;

		items[i].bytes = KMALLOC_SLAB_BYTES_MAX + 1 + host_random_below(200000);
		items[i].count = 1;
		p = kmalloc(items[i].bytes, 0);
		assert_non_null(p);
		taken += kmalloc_usable_bytes(p);
		kfree(p);
	}
	made = since_start();
	for (unsigned i = 0; i < GRANULE_COUNT; i++) {
		struct compare c;

		compare_begin(&c, &granules[i]);
		assert_int_equal(compare_add_items(&c, items, ARRAY_SIZE(items)), 0);
		is_part(made.at[i].blocks, c.heap.count, c.heap.requested,
			c.heap.held + c.chunk_bytes);
		if (granules[i].shift == host_page_shift)
			assert_int_equal(made.at[i].blocks.held, taken);
	}
	assert_int_equal(made.slabs.count, 0);
	heap_finish();
}

/* A slab when it is made, whatever of it is in use then. */
static void slabs_are_counted_once(void **state)
{
	struct compare_record made;
	struct slab_usage usage;
	void *objects[100];

	(void)state;
	heap_start();
	alloc_observer = compare_record_add;
	compare_record_read(&start);
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < ARRAY_SIZE(objects); i++)
			assert_non_null(objects[i] = kmalloc(100, 0));
		slab_usage(NULL, &usage);
		made = since_start();
		/* 112 bytes each: 36 in a slab. */
		assert_int_equal(usage.slabs, 3);
		is_part(made.slabs, 3 * (round + 1), 3 * 36 * 112 * (round + 1),
			usage.slab_bytes * (round + 1));
		assert_int_equal(made.at[0].blocks.count, 0);
		for (unsigned i = 0; i < ARRAY_SIZE(objects); i++)
			kfree(objects[i]);
		slab_shrink();
	}
	heap_finish();
}

/* What was not given is not recorded. */
static void failures_are_nothing(void **state)
{
	struct compare_record made;

	(void)state;
	heap_start();
	alloc_observer = compare_record_add;
	compare_record_read(&start);
	assert_null(kmalloc(FAKE_PAGES_BYTES + 1, 0));
	fake_pages_limit(0);
	assert_null(kmalloc(5000, 0));
	assert_null(kmalloc(100, 0));
	fake_pages_limit(FAKE_PAGES_BYTES);
	made = since_start();
	is_part(made.at[0].blocks, 0, 0, 0);
	is_part(made.slabs, 0, 0, 0);
	heap_finish();
}

/* Last, since nothing is recorded after it: sums stay at the most, and waste is a share still. */
static void sums_do_not_wrap_around(void **state)
{
	struct compare_record now;

	(void)state;
	for (u64 n = 0; n <= ~0ULL / VMAP_BYTES; n++) {
		compare_record_add(ALLOC_AREA, VMAP_BYTES - PAGE_SIZE_MAX, 0);
		compare_record_add(ALLOC_AREA, VMAP_BYTES / 4 + 1, 0);
	}
	compare_record_add(ALLOC_SLAB, 1ULL << 63, 1ULL << 63);
	compare_record_add(ALLOC_SLAB, ~0ULL, 1ULL << 63);
	compare_record_add(ALLOC_SLAB, 1, 1);
	compare_record_read(&now);
	for (unsigned i = 0; i < GRANULE_COUNT; i++) {
		assert_true(now.at[i].areas.count < 1ULL << 32);
		assert_int_equal(now.at[i].areas.requested, ~0ULL);
		assert_int_equal(now.at[i].areas.held, ~0ULL);
		assert_int_equal(compare_waste_permille(&now.at[i].areas), 0);
	}
	assert_int_equal(now.slabs.requested, ~0ULL);
	assert_int_equal(now.slabs.held, ~0ULL);
	/* Beyond what can be multiplied by a thousand. */
	now.slabs.requested = ~0ULL / 4;
	assert_int_equal(compare_waste_permille(&now.slabs), 750);
	now.slabs.requested = 0;
	assert_int_equal(compare_waste_permille(&now.slabs), 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(a_block_and_an_area),
		HOST_AT_EACH_PAGE_SHIFT(areas_are_those_of_the_list),
		HOST_AT_EACH_PAGE_SHIFT(blocks_are_those_of_the_list),
		HOST_AT_EACH_PAGE_SHIFT(slabs_are_counted_once),
		HOST_AT_EACH_PAGE_SHIFT(failures_are_nothing),
		cmocka_unit_test(sums_do_not_wrap_around),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
