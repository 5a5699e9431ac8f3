// SPDX-License-Identifier: BSD-2-Clause
/*
 * What `granule --compare` says of the granule that runs, against what the allocators do: the same
 * list of allocations is made, and their books are read.
 */
#include <arch/page.h>
#include <kernel/compare.h>
#include <kernel/compare_record.h>
#include <kernel/mm_check.h>
#include <kernel/selftest.h>
#include <kernel/slab_report.h>
#include <mm/buddy.h>
#include <mm/chunk.h>
#include <mm/kmalloc.h>
#include <mm/movable.h>
#include <mm/pages.h>
#include <mm/slab.h>
#include <mm/vmap.h>

/*
 * Largest first, so that smaller chunks fill the holes that larger ones leave. Areas are less than
 * the least contiguous run, from which on vmalloc aligns them: the first item is for the heap only.
 */
static const struct compare_item items[] = {
	{ 200000, 2 }, { 64000, 2 }, { 40000, 5 }, { 17000, 3 }, { 15000, 3 }, { 5000, 3 },
	{ 3000, 7 },   { 1344, 9 },  { 110, 30 },  { 100, 90 },  { 8, 560 },
};

/* What was made: each has room for a pointer to the one before. */
static void **made;

static unsigned first_item(bool areas)
{
	return areas ? 1 : 0;
}

static void predict(struct selftest_run *run, bool areas, struct compare *c)
{
	compare_begin(c, granule_by_shift((unsigned)page_shift()));
	EXPECT_EQUAL(compare_add_items(c, items + first_item(areas),
				       ARRAY_SIZE(items) - first_item(areas)),
		     0);
	compare_end(c);
}

/* Allocate the list by one of them; how many were had. */
static unsigned make(bool areas)
{
	unsigned count = 0;

	made = NULL;
	for (unsigned i = first_item(areas); i < ARRAY_SIZE(items); i++)
		for (u64 n = 0; n < items[i].count; n++, count++) {
			void **p = areas ? vmalloc(items[i].bytes, 0) : kmalloc(items[i].bytes, 0);

			if (!p)
				return count;
			*p = made;
			made = p;
		}
	return count;
}

static void unmake(bool areas)
{
	while (made) {
		void **before = *made;

		if (areas)
			vfree(made);
		else
			kfree(made);
		made = before;
	}
}

static u64 live_areas(struct selftest_run *run)
{
	struct compare live;

	compare_begin(&live, granule_by_shift((unsigned)page_shift()));
	EXPECT_EQUAL(compare_add_live(&live), 0);
	return live.areas.requested;
}

SELFTEST(compare_areas)
{
	struct vmap_stats before, now;
	struct compare want;
	unsigned count;
	u64 live, levels;

	vfree(vmalloc(1, 0)); /* the first area ever leaves a table of each level behind */
	vmap_read_stats(&before);
	if (before.areas)
		SKIP_TEST("others have areas, too: these would not lie side by side");
	predict(run, true, &want);
	if (pages_free_bytes() - buddy_free_bytes(MIGRATE_CMA) < want.areas.held + 1 * MiB)
		SKIP_TEST("less memory is free than they take"); /* at 64K some 45 MiB */
	live = live_areas(run);
	count = make(true);
	EXPECT_EQUAL(count, want.areas.count);
	vmap_read_stats(&now);
	EXPECT_EQUAL(now.bytes, want.areas.held);
	/* Below the root, and without those that were left behind. */
	levels = granule_levels(want.granule, 48) - 1;
	EXPECT_EQUAL(now.table_bytes - before.table_bytes,
		     compare_table_bytes(&want) - levels * page_size());
	EXPECT_EQUAL(live_areas(run) - live, want.areas.requested);
	unmake(true);
	EXPECT_EQUAL(live_areas(run), live);
	EXPECT_EQUAL(mm_check(), 0);
}

SELFTEST(compare_heap)
{
	struct slab_usage slabs;
	struct chunk_usage chunks;
	struct compare want;
	unsigned count;

	slab_shrink();
	chunk_usage(&chunks);
	slab_usage(NULL, &slabs);
	if (chunks.used_bytes || kmalloc_pages_bytes())
		SKIP_TEST("the heap is in use: a new one would fill up otherwise");
	predict(run, false, &want);
	count = make(false);
	EXPECT_EQUAL(count, want.heap.count);
	chunk_usage(&chunks);
	EXPECT_EQUAL(chunks.used_bytes, want.chunk_bytes);
	EXPECT_EQUAL(chunks.used_bytes + chunks.free_bytes + kmalloc_pages_bytes(), want.heap.held);
	unmake(false);
	EXPECT_EQUAL(mm_check(), 0);
}

/* Made, and given back at once. */
static void make_one_of_each(struct selftest_run *run)
{
	vfree(vmalloc(200000, 0));
	movable_free(movable_alloc(70000, 0));
	kfree(kmalloc(200000, 0));
	kfree(kmalloc(5000, 0));
	EXPECT(!vmalloc(VMAP_BYTES, 0));
	EXPECT(!kmalloc(PAGES_BLOCK_BYTES_MAX + 1, 0));
}

SELFTEST(compare_record)
{
	struct compare_record before, now;

	compare_record_read(&before);
	make_one_of_each(run);
	compare_record_read(&now);
	for (unsigned i = 0; i < GRANULE_COUNT; i++) {
		const struct granule *g = &granules[i];
		u64 areas = compare_page_bytes(g, 200000) + compare_page_bytes(g, 70000);

		EXPECT_EQUAL(now.at[i].areas.count - before.at[i].areas.count, 2);
		EXPECT_EQUAL(now.at[i].areas.requested - before.at[i].areas.requested, 270000);
		EXPECT_EQUAL(now.at[i].areas.held - before.at[i].areas.held, areas);
		EXPECT_EQUAL(now.at[i].blocks.count - before.at[i].blocks.count, 2);
		EXPECT_EQUAL(now.at[i].blocks.requested - before.at[i].blocks.requested, 205000);
		EXPECT_EQUAL(now.at[i].blocks.held - before.at[i].blocks.held,
			     compare_page_bytes(g, 200000) + 8192);
	}
}
