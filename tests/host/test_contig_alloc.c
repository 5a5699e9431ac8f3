// SPDX-License-Identifier: BSD-2-Clause
/*
 * Ranges of ordinary memory: which is found, what it may not touch, what is moved for it, and that
 * nothing is left of it once it has been given back.
 *
 * Sources: mm/move/movable_pin.c
 * Sources: mm/move/movable.c mm/vmap/vmalloc.c mm/move/migrate.c mm/move/rmap.c mm/move/contig.c
 * Sources: mm/move/contig_alloc.c mm/move/compact.c mm/move/cma.c kernel/show/memory/cma_report.c
 * Sources: tests/host/range_map.c mm/page/frame.c mm/page/buddy.c mm/page/buddy_check.c
 * Sources: mm/page/pageblock.c mm/page/pages.c mm/page/pages_hot.c mm/boot/memblock.c
 * Sources: mm/boot/region_list.c mm/vmap/vmap.c mm/vmap/vmap_area.c
 * Sources: kernel/show/memory/vmap_report.c kernel/show/memory/fault_inject.c lib/cmdline.c
 * Sources: arch/arm64/table/pgtable.c arch/arm64/table/pgtable_hot.c
 * Sources: arch/arm64/table/pgtable_change.c arch/arm64/table/pgtable_replace.c
 * Sources: arch/arm64/table/pgtable_read.c mm/page/hot_text.c
 * Sources: arch/arm64/table/pgtable_check.c arch/arm64/table/granule.c lib/bitmap.c lib/format.c
 * Sources: lib/parse.c lib/string.c tests/host/moving.c tests/host/moving_state.c
 * Sources: tests/host/fake_machine.c tests/host/fake_image.S tests/host/fake_mmu.c
 * Sources: tests/host/buddy_model.c mm/page/hooks.c mm/page/boot_data.c
 * Libs: -Wl,--wrap=pgtable_map
 */
#include "range_map.h"

#include <cmocka.h>

#include <arch/boot.h>
#include <arch/page.h>
#include <kernel/errno.h>
#include <mm/buddy.h>
#include <mm/memblock.h>
#include <mm/pages.h>

#define CMA     (MOVING_RAM + MOVING_CMA_OFFSET)
#define CMA_END (CMA + MOVING_CMA_BYTES)
#define IMAGE   (MOVING_RAM + 2 * MiB)

/* Ask for it, be sure to get it, and give it back at once: all is as it was. */
static u64 alloc_and_give(const struct contig_request *r)
{
	struct moving_snapshot *before;
	u64 base;

	pages_drain();
	before = moving_save();
	assert_true(range_alloc(r, &base));
	range_give(base, r->bytes);
	moving_expect_unchanged(before);
	return base;
}

/* ---- free memory ---- */

static void sizes_and_alignments(void **state)
{
	(void)state;
	moving_begin();
	for (u64 align = 0; align <= 8 * MiB; align = align ? align * 2 : 1)
		for (u64 bytes = 1; bytes <= 8 * MiB; bytes = bytes * 3 + 1)
			alloc_and_give(&(struct contig_request){ .bytes = bytes, .align = align });
	moving_end();
}

static void windows(void **state)
{
	u64 base;

	(void)state;
	moving_begin();
	for (unsigned i = 0; i < 300; i++) {
		struct contig_request r = { .bytes = 1 + host_random_below(6 * MiB) };

		r.min.val = MOVING_RAM - MiB + host_random_below(MOVING_RAM_BYTES);
		r.max.val = r.min.val + host_random_below(12 * MiB);
		if (range_alloc(&r, &base))
			range_give(base, r.bytes);
	}
	/* Its very end, and no page more. */
	base = alloc_and_give(&(struct contig_request){ .bytes = 3 * MiB, .min = paddr(CMA_END) });
	assert_int_equal(base, CMA_END);
	assert_int_equal(alloc_and_give(&(struct contig_request){ .bytes = 3 * MiB,
								  .min = paddr(base),
								  .max = paddr(base + 3 * MiB) }),
			 base);
	assert_false(range_alloc(&(struct contig_request){ .bytes = 3 * MiB,
							   .min = paddr(base + 1),
							   .max = paddr(base + 3 * MiB) },
				 &base));
	moving_end();
}

static void avoids(void **state)
{
	struct contig_range avoid[6];
	u64 base;

	(void)state;
	moving_begin();
	for (unsigned i = 0; i < 300; i++) {
		struct contig_request r = { .bytes = 1 + host_random_below(5 * MiB),
					    .align = 1ULL << host_random_below(23),
					    .avoid = avoid };

		r.avoid_count = (unsigned)host_random_below(7);
		for (unsigned n = 0; n < r.avoid_count; n++) {
			avoid[n].base.val = MOVING_RAM + host_random_below(MOVING_RAM_BYTES);
			avoid[n].bytes = host_random_below(3) ? host_random_below(6 * MiB) : 0;
		}
		if (range_alloc(&r, &base))
			range_give(base, r.bytes);
	}
	/* Everything, to the end of the world. */
	avoid[0] = (struct contig_range){ paddr(1), ~0ULL };
	assert_false(range_alloc(
		&(struct contig_request){ .bytes = 1, .avoid = avoid, .avoid_count = 1 }, &base));
	moving_end();
}

static void wrong_requests(void **state)
{
	const struct contig_request wrong[] = {
		{ .bytes = 0 },
		{ .bytes = 1, .align = 3 },
		{ .bytes = 1, .align = 0x6000 },
	};
	paddr_t pa;

	(void)state;
	moving_begin();
	for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_int_equal(contig_alloc(&wrong[i], &range_result, &pa), -EINVAL);
	assert_int_equal(contig_alloc_at(paddr(CMA_END), 0, &range_result), -EINVAL);
	assert_int_equal(contig_alloc_at(paddr(CMA_END), 1, &range_result), -EINVAL);
	assert_int_equal(contig_alloc_at(paddr(CMA_END + 1), page_size(), &range_result), -EINVAL);
	assert_int_equal(
		contig_alloc(&(struct contig_request){ .bytes = ~0ULL }, &range_result, &pa),
		-ENOMEM);
	assert_string_equal(range_result.why, "not so much memory is free");
	assert_true(range_result.largest_bytes > 8 * MiB);
	alloc_and_give(&(struct contig_request){ .bytes = range_result.largest_bytes });
	moving_end();
}

/* What was freed last is kept hot, and free nonetheless. */
static void hot_pages(void **state)
{
	u64 bytes;
	paddr_t hot, pa;

	(void)state;
	moving_begin();
	bytes = page_size();
	assert_int_equal(pages_alloc(0, 0, &hot), 0);
	pages_free(hot, 0);
	assert_int_equal(contig_alloc_at(hot, bytes, &range_result), 0);
	contig_free(hot, bytes);
	assert_int_equal(pages_alloc(0, 0, &hot), 0);
	pages_free(hot, 0);
	assert_int_equal(contig_alloc(&(struct contig_request){ .bytes = bytes,
								.min = hot,
								.max = paddr(hot.val + bytes) },
				      &range_result, &pa),
			 0);
	assert_int_equal(pa.val, hot.val);
	contig_free(pa, bytes);
	moving_end();
}

/* ---- exactly there ---- */

/* Refused because of the page at `where`, and nothing has changed. */
static void refuses(u64 base, u64 bytes, u64 where, const char *why)
{
	struct moving_snapshot *before;

	pages_drain();
	before = moving_save();
	assert_int_equal(contig_alloc_at(paddr(base), bytes, &range_result), -EBUSY);
	assert_int_equal(range_result.where.val, where);
	assert_string_equal(range_result.why, why);
	moving_expect_unchanged(before);
	range_check();
}

static void takes(u64 base, u64 bytes)
{
	struct moving_snapshot *before;

	pages_drain();
	before = moving_save();
	assert_int_equal(contig_alloc_at(paddr(base), bytes, &range_result), 0);
	range_is_taken(base, bytes);
	range_check();
	refuses(base, page_size(), base, "it is claimed already");
	range_give(base, bytes);
	moving_expect_unchanged(before);
}

/* From any page of free memory to any other, however large the blocks are that it lies in. */
static void exact_places(void **state)
{
	struct region run;
	u64 page, pages;

	(void)state;
	moving_begin();
	page = page_size();
	takes(CMA_END, 8 * MiB);
	for (unsigned i = 0; i < 300; i++) {
		u64 base = CMA_END + page * host_random_below(16 * MiB / page);

		pages = 1 + host_random_below((CMA_END + 16 * MiB - base) / page);
		takes(base, pages * page);
	}
	refuses(CMA, page, CMA, "a page of it is not the allocator's");
	refuses(CMA - page, 2 * page, CMA, "a page of it is not the allocator's");
	refuses(CMA_END - page, 2 * page, CMA_END - page, "a page of it is not the allocator's");
	refuses(MOVING_RAM - page, 2 * page, MOVING_RAM - page,
		"a page of it is not the allocator's");
	assert_true(frame_next_run(paddr(CMA_END), &run));
	assert_int_equal(run.base.val, CMA_END);
	refuses(CMA_END, ~0ULL << host_page_shift, region_end(&run).val,
		"a page of it is not the allocator's");
	moving_end();
}

/* Up to the image's first page and from its last, and what has been given back of it. */
static void beside_the_image(void **state)
{
	u64 page, end = IMAGE + MACHINE_IMAGE_BYTES, part = IMAGE + 4 * 64 * KiB;
	const char *why = "a page of it can't move";

	(void)state;
	moving_begin();
	page = page_size();
	takes(MOVING_RAM, IMAGE - MOVING_RAM);
	takes(IMAGE - 3 * page, 3 * page);
	takes(end, CMA - end);
	refuses(IMAGE - page, 2 * page, IMAGE, why);
	refuses(end - page, 2 * page, end - page, why);
	refuses(part, page, part, why);
	buddy_give(paddr(part), paddr(part + 3 * 64 * KiB));
	buddy_model_give(part, 3 * 64 * KiB);
	takes(part, 3 * 64 * KiB);
	takes(part + page, page);
	refuses(part - page, 2 * page, part - page, why);
	alloc_and_give(&(struct contig_request){ .bytes = page, .min = paddr(IMAGE) });
	buddy_give(paddr(IMAGE), paddr(part));
	buddy_model_give(IMAGE, part - IMAGE);
	takes(IMAGE - page, part + 3 * 64 * KiB + page - IMAGE);
	moving_end();
}

/* ---- blocks of 1 GiB ---- */

#define LARGE_RAM   0x40000000ULL
#define LARGE_BYTES (4ULL << 30)

static void boot_large(void)
{
	/* A pageblock whose word nobody wrote would be CMA's. */
	machine_poison = machine_free_word(0, MIGRATE_CMA);
	machine_begin(LARGE_RAM, LARGE_BYTES);
	machine_add(LARGE_RAM, LARGE_BYTES);
	machine_image(LARGE_RAM + 2 * MiB);
	fake_begin(&moving_space, 48, true);
	fault_inject_off();
	assert_int_equal(machine_init(), 0);
	contig_idle = NULL;
}

static u32 largest_blocks(void)
{
	return buddy_count(MIGRATE_MOVABLE, buddy_max_order());
}

static void inside_large_blocks(void **state)
{
	struct contig_request r = { 0 };
	u32 blocks;
	u64 page, free;
	paddr_t pa;

	(void)state;
	boot_large();
	page = page_size();
	blocks = largest_blocks();
	free = pages_free_bytes();
	assert_true(blocks >= 2);
	for (unsigned i = 0; i < 200; i++) {
		u64 at = LARGE_RAM + (1ULL << 30) + page * host_random_below((1ULL << 30) / page);

		r.bytes = 1 + host_random_below(i % 2 ? 8 * MiB : 1ULL << 30);
		r.min = paddr(at - host_random_below(page));
		assert_int_equal(contig_alloc(&r, &range_result, &pa), 0);
		assert_int_equal(pa.val, at);
		range_is_taken(at, page_align_up(r.bytes));
		assert_null(buddy_check(&pa));
		assert_int_equal(pages_free_bytes(), free - page_align_up(r.bytes));
		contig_free(paddr(at), r.bytes);
		assert_null(buddy_check(&pa));
		assert_int_equal(largest_blocks(), blocks);
		assert_int_equal(pages_free_bytes(), free);
	}
	/* Across all of them. */
	assert_int_equal(
		contig_alloc_at(paddr(LARGE_RAM + 5 * MiB), 2 * (1ULL << 30) + page, &range_result),
		0);
	assert_null(buddy_check(&pa));
	contig_free(paddr(LARGE_RAM + 5 * MiB), 2 * (1ULL << 30) + page);
	assert_int_equal(largest_blocks(), blocks);
	fake_end(&moving_space);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(sizes_and_alignments),
		HOST_AT_EACH_PAGE_SHIFT(windows),
		HOST_AT_EACH_PAGE_SHIFT(avoids),
		HOST_AT_EACH_PAGE_SHIFT(wrong_requests),
		HOST_AT_EACH_PAGE_SHIFT(hot_pages),
		HOST_AT_EACH_PAGE_SHIFT(exact_places),
		HOST_AT_EACH_PAGE_SHIFT(beside_the_image),
		HOST_AT_EACH_PAGE_SHIFT(inside_large_blocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
