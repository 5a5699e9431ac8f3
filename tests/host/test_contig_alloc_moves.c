// SPDX-License-Identifier: BSD-2-Clause
/*
 * Ranges that pages are moved for, in memory of all types; and a random life of ranges, areas, pins
 * and pages, against the map.
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

#include <arch/page.h>
#include <kernel/errno.h>
#include <mm/buddy.h>
#include <mm/movable.h>
#include <mm/pages.h>
#include <mm/rmap.h>

#define RAM_END (MOVING_RAM + MOVING_RAM_BYTES)
#define CMA_END (MOVING_RAM + MOVING_CMA_OFFSET + MOVING_CMA_BYTES)

/* ---- what lives in memory ---- */

static struct moving_area areas[60];
static bool pinned[ARRAY_SIZE(areas)];
static struct {
	paddr_t pa;
	unsigned order;
} blocks[200];
static unsigned block_count;

static void add_block(void)
{
	unsigned order = (unsigned)host_random_below(4);

	if (block_count < ARRAY_SIZE(blocks) &&
	    !pages_alloc(order, host_random_below(2) ? PAGES_MOVABLE : 0, &blocks[block_count].pa))
		blocks[block_count++].order = order;
}

static void drop_block(void)
{
	if (block_count) {
		block_count--;
		pages_free(blocks[block_count].pa, blocks[block_count].order);
	}
}

/* The first page of an area; it has been in ordinary memory since it was pinned. */
static void pin(unsigned i)
{
	paddr_t pa;

	if (areas[i].at && !pinned[i])
		pinned[i] = !movable_pin(areas[i].at, MOVABLE_PIN_LONG, &pa);
}

static void unpin(unsigned i)
{
	if (pinned[i])
		movable_unpin(areas[i].at);
	pinned[i] = false;
}

static void drop_area(unsigned i)
{
	unpin(i);
	if (areas[i].at)
		moving_area_free(&areas[i]);
}

static void drop_all(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(areas); i++)
		drop_area(i);
	while (block_count)
		drop_block();
}

static void verify(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(areas); i++)
		if (areas[i].at)
			moving_area_verify(&areas[i]);
}

/* Memory full of areas, in pageblocks of all types, and among them what can't move; then holes. */
static void fill(void)
{
	u64 most = MOVING_RAM_BYTES / ARRAY_SIZE(areas) * 3 >> host_page_shift;

	for (unsigned i = 0; i < ARRAY_SIZE(areas); i++) {
		if (!moving_area_alloc(&areas[i], 1 + host_random_below(most)))
			break;
		if (!host_random_below(3))
			add_block();
	}
	for (unsigned i = 0; i < ARRAY_SIZE(areas); i += 2)
		drop_area(i);
}

static struct contig_request random_request(struct contig_range *avoid)
{
	u64 page = page_size(), most = MOVING_RAM_BYTES >> host_random_below(8);
	struct contig_request r = { .bytes = 1 + host_random_below(MAX(most / 3, page)),
				    .align = 1ULL << host_random_below(22),
				    .avoid = avoid };

	if (!host_random_below(3))
		r.min.val = MOVING_RAM + host_random_below(MOVING_RAM_BYTES);
	if (!host_random_below(3))
		r.max.val = MOVING_RAM + host_random_below(MOVING_RAM_BYTES);
	if (!host_random_below(2)) {
		avoid->base.val = MOVING_RAM + host_random_below(MOVING_RAM_BYTES);
		avoid->bytes = host_random_below(8 * MiB);
		r.avoid_count = 1;
	}
	return r;
}

/* ---- tests ---- */

static void moves(void **state)
{
	unsigned moved = 0;

	(void)state;
	for (unsigned i = 0; i < 60; i++) {
		struct contig_range avoid;
		struct contig_request r;
		u64 base;

		moving_begin();
		fill();
		r = random_request(&avoid);
		if (range_alloc(&r, &base)) {
			moved += range_result.moved_bytes != 0;
			verify();
			range_give(base, r.bytes);
		}
		moving_check();
		drop_all();
		moving_end();
	}
	assert_true(moved > 3);
}

/* Full but for so many pages: it can be had up to the last of them. */
static void full_memory(void **state)
{
	struct moving_area area;
	u64 base, page;
	paddr_t pa;

	(void)state;
	moving_begin();
	page = page_size();
	/* All of the regions and 8 MiB more; what is left can't move, but for 16 pages. */
	assert_true(moving_area_alloc(&area, (MOVING_CMA_BYTES + 8 * MiB) / page));
	moving_exhaust(0);
	while (!pages_alloc(0, PAGES_MOVABLE, &pa))
		blocks[block_count++] = (typeof(blocks[0])){ pa, 0 };
	moving_relent(16);
	assert_false(range_alloc(&(struct contig_request){ .bytes = 17 * page }, &base));
	assert_string_equal(range_result.why, "not so much memory is free");
	assert_int_equal(range_result.largest_bytes, 16 * page);
	assert_true(range_alloc(
		&(struct contig_request){ .bytes = 16 * page, .min = paddr(CMA_END) }, &base));
	moving_area_verify(&area);
	range_give(base, 16 * page);
	moving_relent_all();
	drop_all();
	moving_area_free(&area);
	moving_end();
}

/* Pinned pages are gone around, or are why it can't be had. */
static void pinned_pages(void **state)
{
	u64 page, base, at;

	(void)state;
	moving_begin();
	page = page_size();
	assert_true(moving_area_alloc(&areas[0], (MOVING_CMA_BYTES + 4 * MiB) / page));
	pin(0);
	at = moving_pa(&areas[0], 0);
	assert_false(moving_in_cma(at));
	assert_int_equal(contig_alloc_at(paddr(at), page, &range_result), -EBUSY);
	assert_int_equal(range_result.where.val, at);
	assert_string_equal(range_result.why, "a page of it is pinned");
	assert_true(range_alloc(&(struct contig_request){ .bytes = 5 * MiB }, &base));
	range_give(base, 5 * MiB);
	assert_false(range_alloc(&(struct contig_request){ .bytes = page,
							   .min = paddr(at),
							   .max = paddr(at + page) },
				 &base));
	assert_int_equal(range_result.largest_bytes, 0);
	drop_all();
	moving_end();
}

/* Each place at which it may be told to fail; and it never asks for memory. */
static void failures(void **state)
{
	struct contig_request r = { .bytes = 6 * MiB };
	u64 all, looks;
	paddr_t pa;
	int err;

	(void)state;
	moving_begin();
	for (u64 nth = 1;; nth++) {
		fill();
		pages_drain();
		all = pages_free_bytes();
		moving_inject(FAULT_PAGES, 1);
		moving_inject(FAULT_MIGRATE, nth);
		err = contig_alloc(&r, &range_result, &pa);
		moving_ns = 0;
		looks = moving_injected(FAULT_MIGRATE);
		assert_int_equal(moving_injected(FAULT_PAGES), 0);
		assert_int_equal(err == -EAGAIN, moving_failed(FAULT_MIGRATE));
		fault_inject_off();
		range_check();
		verify();
		if (!err)
			contig_free(pa, r.bytes);
		assert_int_equal(pages_free_bytes(), all);
		drop_all();
		if (looks < nth)
			break;
	}
	moving_end();
}

static void wrong_frees(void)
{
	contig_free(paddr(CMA_END), page_size());
}

static void wrong_size(void)
{
	if (!contig_alloc_at(paddr(CMA_END), 2 * page_size(), &range_result))
		contig_free(paddr(CMA_END), page_size());
}

static void bad_frees(void **state)
{
	(void)state;
	moving_begin();
	assert_true(moving_dies(wrong_frees, "FRAME_CLAIMED"));
	assert_true(moving_dies(wrong_size, "frame_own"));
	moving_end();
}

/* ---- a random life ---- */

static struct {
	u64 base;
	u64 bytes;
} ranges[20];

static void range_step(unsigned i)
{
	struct contig_range avoid;
	struct contig_request r = random_request(&avoid);

	if (ranges[i].bytes) {
		range_is_taken(ranges[i].base, page_align_up(ranges[i].bytes));
		range_give(ranges[i].base, ranges[i].bytes);
		ranges[i].bytes = 0;
	} else if (range_alloc(&r, &ranges[i].base)) {
		ranges[i].bytes = r.bytes;
	}
}

/* Exactly somewhere: had if and only if all of it is free or can move, and has somewhere to go. */
static void exact_step(void)
{
	u64 page = page_size(), bytes = page * (1 + host_random_below(4 * MiB / page));
	u64 base = MOVING_RAM + page * host_random_below((MOVING_RAM_BYTES - bytes) / page);
	bool can = true;
	int err;

	range_map_draw();
	for (u64 at = base; at < base + bytes; at += page)
		can &= range_map_at(at) != RANGE_FIXED;
	err = contig_alloc_at(paddr(base), bytes, &range_result);
	moving_ns = 0;
	range_check();
	assert_int_equal(err, !can ? -EBUSY : pages_free_bytes() < bytes && err ? -ENOMEM : 0);
	if (!err)
		range_give(base, bytes);
}

static void step(void)
{
	unsigned i = (unsigned)host_random_below(ARRAY_SIZE(areas));

	switch (host_random_below(6)) {
	case 0:
		if (areas[i].at)
			drop_area(i);
		else
			(void)moving_area_alloc(&areas[i],
						1 + host_random_below(2 * MiB / page_size()));
		break;
	case 1:
		if (pinned[i])
			unpin(i);
		else
			pin(i);
		break;
	case 2:
		add_block();
		break;
	case 3:
		drop_block();
		break;
	case 4:
		exact_step();
		break;
	default:
		range_step(i % ARRAY_SIZE(ranges));
	}
}

static void random_life(void **state)
{
	(void)state;
	moving_begin();
	for (unsigned i = 0; i < 1500; i++)
		step();
	verify();
	for (unsigned i = 0; i < ARRAY_SIZE(ranges); i++) {
		if (ranges[i].bytes)
			range_give(ranges[i].base, ranges[i].bytes);
		ranges[i].bytes = 0;
	}
	drop_all();
	moving_check();
	moving_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(moves),        HOST_AT_EACH_PAGE_SHIFT(full_memory),
		HOST_AT_EACH_PAGE_SHIFT(pinned_pages), HOST_AT_EACH_PAGE_SHIFT(failures),
		HOST_AT_EACH_PAGE_SHIFT(bad_frees),    HOST_AT_EACH_PAGE_SHIFT(random_life),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
