// SPDX-License-Identifier: BSD-2-Clause
/*
 * More than a million random operations on memory that moves: areas, pins, blocks that can't move,
 * claims, compaction, drains; and a naive book of which page is whose.
 *
 * Everything that is handed out is signed, and is what it was when it is given back. An operation
 * fails only where the book says that it may.
 *
 * Sources: mm/move/movable_pin.c
 * Sources: mm/move/movable.c mm/move/migrate.c mm/move/rmap.c mm/move/contig.c mm/move/compact.c
 * Sources: mm/move/cma.c kernel/show/memory/cma_report.c mm/page/frame.c mm/page/buddy.c
 * Sources: mm/page/buddy_check.c mm/page/pageblock.c mm/page/pages.c mm/page/pages_hot.c
 * Sources: mm/boot/memblock.c mm/boot/region_list.c mm/vmap/vmap.c mm/vmap/vmap_area.c
 * Sources: kernel/show/memory/vmap_report.c kernel/show/memory/fault_inject.c lib/cmdline.c
 * Sources: arch/arm64/table/pgtable.c arch/arm64/table/pgtable_hot.c
 * Sources: arch/arm64/table/pgtable_change.c arch/arm64/table/pgtable_replace.c
 * Sources: arch/arm64/table/pgtable_read.c
 * Sources: arch/arm64/table/pgtable_check.c arch/arm64/table/granule.c lib/bitmap.c lib/format.c
 * Sources: lib/parse.c lib/string.c tests/host/moving.c tests/host/moving_state.c
 * Sources: tests/host/fake_machine.c tests/host/fake_image.S tests/host/fake_mmu.c
 * Sources: tests/host/buddy_model.c tests/host/cma_book.c mm/page/hooks.c mm/page/boot_data.c
 * Sources: mm/vmap/vmalloc.c mm/page/hot_text.c
 * Libs: -Wl,--wrap=pgtable_map
 */
#include <stdio.h>
#include <stdlib.h>

#include "cma_book.h"

#include <cmocka.h>

#include <arch/page.h>
#include <kernel/cma_report.h>
#include <kernel/errno.h>
#include <mm/buddy.h>
#include <mm/contig.h>
#include <mm/movable.h>
#include <mm/pages.h>
#include <mm/vmap.h>

#define ROUNDS     12
#define OPERATIONS 30000
#define CHECKS     60 /* each round */

static u64 done[8]; /* operations that succeeded, for a look at what a run does */

static void check(void)
{
	moving_check();
	book_check();
}

static u64 free_pages(void)
{
	return book_pages_of(pages_free_bytes());
}

/* Hot ones, too: none of them is of a region. */
static u64 free_outside(void)
{
	return free_pages() - book_pages_of(buddy_free_bytes(MIGRATE_CMA));
}

/* ---- areas and pins ---- */

static void step_area(void)
{
	struct moving_area *area = &book_areas[host_random_below(ARRAY_SIZE(book_areas))];

	if (area->at) {
		if (host_random_below(2))
			moving_area_verify(area);
		else if (!book_is_pinned(area))
			moving_area_free(area);
		return;
	}
	u64 pages = 1 + host_random_below(host_random_below(30) ? 24 : 1000);
	bool fits = free_pages() >= pages;

	assert_int_equal(moving_area_alloc(area, pages), fits);
	done[0] += fits;
}

static void unpin(struct pin *pin)
{
	assert_int_equal(vmap_to_paddr(pin->at).val, pin->pa);
	movable_unpin(pin->at);
	pin->at = NULL;
}

static void step_pin(void)
{
	struct pin *pin = &book_pins[host_random_below(ARRAY_SIZE(book_pins))];
	struct moving_area *area = &book_areas[host_random_below(ARRAY_SIZE(book_areas))];
	u64 before, outside = free_outside();
	paddr_t pa;
	int err;

	if (pin->at || !area->at) {
		if (pin->at)
			unpin(pin);
		return;
	}
	pin->how = host_random_below(3) ? MOVABLE_PIN_SHORT : MOVABLE_PIN_LONG;
	pin->at = (u8 *)moving_va(area, host_random_below(area->pages)) +
		  host_random_below(page_size());
	before = vmap_to_paddr(pin->at).val;
	err = movable_pin(pin->at, pin->how, &pa);
	if (!err) {
		pin->pa = pa.val;
		assert_int_equal(vmap_to_paddr(pin->at).val, pa.val);
		if (pin->how == MOVABLE_PIN_SHORT || !book_in_cma(before))
			assert_int_equal(before, pa.val);
		done[1]++;
		return;
	}
	pin->at = NULL;
	assert_int_equal(pin->how, MOVABLE_PIN_LONG);
	assert_true(book_in_cma(before));
	if (book_has_short_pin(page_align_down(before))) {
		assert_int_equal(err, -EBUSY);
	} else {
		assert_int_equal(err, -ENOMEM);
		assert_int_equal(outside, 0);
	}
}

/* Somebody's short pin is released while a claim waits for it. */
static void idle(void)
{
	struct pin *pin = &book_pins[host_random_below(ARRAY_SIZE(book_pins))];

	if (pin->at && host_random_below(4) == 0)
		unpin(pin);
}

/* ---- what can't move ---- */

static void take_block(struct held *h)
{
	unsigned order = (unsigned)(host_random_below(3) ? host_random_below(4)
							 : host_random_below(23 - host_page_shift));
	unsigned flags = host_random_below(3) ? 0 : PAGES_COMPACT;
	u64 outside = free_outside(), all = free_pages();
	paddr_t pa;

	if (pages_alloc(order, flags, &pa)) {
		if (order == 0 && outside)
			fail_msg("%llu pages are free", outside);
		if (order == 0 && flags && all)
			assert_false(book_could_make_room());
		return;
	}
	*h = (struct held){ .pa = pa.val, .bytes = page_size() << order, .order = order };
	assert_int_equal(pa.val & (h->bytes - 1), 0);
	assert_false(book_in_cma(pa.val) || book_in_cma(pa.val + h->bytes - 1));
	book_sign(h);
	done[2 + !!flags]++;
}

/* ---- claims ---- */

static void expect_claim(const struct held *h, u64 place, bool was_pinned)
{
	assert_true(h->pa >= h->region->base.val);
	assert_true(h->pa + h->bytes <= h->region->base.val + h->region->bytes);
	if (was_pinned)
		assert_true(h->pa <= place);
	else
		assert_int_equal(h->pa, place);
}

static void expect_failure(int err, const struct cma_usage *before, u64 others, bool was_pinned)
{
	if (err == -EBUSY) {
		assert_true(was_pinned);
		return;
	}
	/* There is less memory elsewhere than what the region lends. */
	assert_int_equal(err, -ENOMEM);
	assert_true(others < before->lent);
}

static void take_claim(struct held *h)
{
	struct cma_region *region = moving_region[host_random_below(MOVING_REGIONS)];
	u64 align = page_size() << host_random_below(22 - host_page_shift), place;
	u64 most = book_pages_of(host_random_below(4) ? 256 * KiB : region->bytes);
	u64 bytes = page_size() * (1 + host_random_below(most)), others;
	bool found = book_find_place(region, bytes, align, &place),
	     was_pinned = book_has_pins(region);
	struct cma_usage before, after;
	paddr_t pa;
	int err;

	cma_read_usage(region, &before);
	others = pages_free_bytes() - before.free;
	contig_idle = host_random_below(2) ? idle : NULL;
	moving_said[0] = '\0';
	err = cma_alloc(region, bytes, align, &pa);
	assert_int_equal(err == -ENOSPC, !found);
	assert_int_equal(moving_said[0] != '\0', err != 0);
	cma_read_usage(region, &after);
	assert_int_equal(after.claimed, before.claimed + (err ? 0 : bytes));
	if (err && found)
		expect_failure(err, &before, others, was_pinned);
	if (err)
		return;
	*h = (struct held){ .pa = pa.val, .bytes = bytes, .region = region };
	assert_int_equal(pa.val & (align - 1), 0);
	expect_claim(h, place, was_pinned);
	book_sign(h);
	done[4]++;
}

static void give_held(struct held *h)
{
	book_verify(h);
	if (h->region)
		assert_int_equal(cma_free(h->region, paddr(h->pa), h->bytes), 0);
	else
		pages_free(paddr(h->pa), h->order);
	h->pa = 0;
}

static void step_held(void)
{
	struct held *h = &book_held[host_random_below(ARRAY_SIZE(book_held))];

	if (h->pa) {
		give_held(h);
		return;
	}
	if (host_random_below(20) == 0)
		take_claim(h);
	else
		take_block(h);
}

/* ---- */

static void step(void)
{
	switch (host_random_below(64)) {
	case 0 ... 27:
		step_area();
		break;
	case 28 ... 39:
		step_pin();
		break;
	case 40:
		if (host_random_below(8) == 0)
			pages_drain();
		break;
	case 41:
		if (host_random_below(64) == 0)
			pages_set_hot(host_random_below(2));
		break;
	default:
		step_held();
	}
}

static void give_all(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(book_pins); i++)
		if (book_pins[i].at)
			unpin(&book_pins[i]);
	for (unsigned i = 0; i < ARRAY_SIZE(book_areas); i++)
		if (book_areas[i].at)
			moving_area_free(&book_areas[i]);
	for (unsigned i = 0; i < ARRAY_SIZE(book_held); i++)
		if (book_held[i].pa)
			give_held(&book_held[i]);
}

static void random_operations(void **state)
{
	(void)state;
	for (unsigned round = 0; round < ROUNDS; round++) {
		moving_begin();
		moving_tick_ns = 20000000;
		book_begin();
		for (unsigned i = 1; i <= OPERATIONS; i++) {
			step();
			if (i % (OPERATIONS / CHECKS) == 0)
				check();
		}
		give_all();
		check();
		moving_end();
	}
	for (unsigned i = 0; i < 5; i++) {
		assert_true(done[i] > 100);
		if (getenv("GRANULE_PRINTK"))
			printf("%u: %llu\n", i, done[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(random_operations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
