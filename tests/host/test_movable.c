// SPDX-License-Identifier: BSD-2-Clause
/*
 * Movable areas: memory, content, pins, what is refused, and what movable_check finds.
 *
 * Sources: mm/move/movable_pin.c kernel/show/memory/movable_report.c
 * Sources: mm/move/movable.c mm/move/migrate.c mm/move/rmap.c mm/move/contig.c mm/move/compact.c
 * Sources: mm/move/cma.c kernel/show/memory/cma_report.c mm/page/frame.c mm/page/buddy.c
 * Sources: mm/page/buddy_check.c mm/page/pageblock.c mm/page/pages.c mm/page/pages_hot.c
 * Sources: mm/boot/memblock.c mm/boot/region_list.c mm/vmap/vmap.c mm/vmap/vmalloc.c
 * Sources: mm/vmap/vmap_area.c kernel/show/memory/vmap_report.c kernel/show/memory/fault_inject.c
 * Sources: lib/cmdline.c arch/arm64/table/pgtable.c arch/arm64/table/pgtable_hot.c
 * Sources: arch/arm64/table/pgtable_change.c arch/arm64/table/pgtable_replace.c
 * Sources: arch/arm64/table/pgtable_read.c mm/page/hot_text.c
 * Sources: arch/arm64/table/pgtable_check.c arch/arm64/table/granule.c lib/bitmap.c lib/format.c
 * Sources: lib/parse.c lib/string.c tests/host/moving.c tests/host/moving_state.c
 * Sources: tests/host/fake_machine.c tests/host/fake_image.S tests/host/fake_mmu.c
 * Sources: tests/host/buddy_model.c mm/page/hooks.c mm/page/boot_data.c
 * Libs: -Wl,--wrap=pgtable_map
 */
#include <stdio.h>
#include <string.h>

#include "moving.h"

#include <cmocka.h>

#include <arch/layout.h>
#include <arch/page.h>
#include <kernel/errno.h>
#include <kernel/movable_report.h>
#include <mm/addr.h>
#include <mm/buddy.h>
#include <mm/movable.h>
#include <mm/pages.h>
#include <mm/rmap.h>
#include <mm/vmap.h>

static void alloc(struct moving_area *area, u64 pages)
{
	assert_true(moving_area_alloc(area, pages));
}

/* Sizes around what is mapped at a time; each page's frame says whose it is. */
static void areas(void **state)
{
	static const u64 sizes[] = { 1, 2, 63, 64, 65, 129, 300 };
	struct movable_stats stats;
	u64 all = 0;

	(void)state;
	moving_begin();
	for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct moving_area area;

		alloc(&area, sizes[i]);
		for (u64 n = 0; n < area.pages; n++) {
			u64 word = *moving_word(moving_pa(&area, n));
			u64 va = (uintptr_t)moving_va(&area, n);

			assert_int_equal(word & (FRAME_KIND_MASK | FRAME_ORDER_MASK),
					 FRAME_MOVABLE);
			assert_int_equal(rmap_owner(word), RMAP_AREA);
			assert_int_equal(rmap_where(word), (va - VMAP_BASE) >> host_page_shift);
			assert_int_equal(rmap_pins(word), 0);
		}
		stats = movable_stats;
		assert_int_equal(stats.bytes, area.pages * page_size());
		moving_check();
		all = pages_free_bytes();
		moving_area_free(&area);
		assert_int_equal(pages_free_bytes() - all, sizes[i] * page_size());
		moving_check();
	}
	movable_free(NULL);
	moving_end();
}

/* A region is lent first, from its bottom up, and ordinary memory afterwards. */
static void lent_first(void **state)
{
	u64 pages = MOVING_CMA_BYTES >> host_page_shift;
	struct moving_area first, second;

	(void)state;
	moving_begin();
	alloc(&first, pages - 3);
	alloc(&second, 10);
	assert_int_equal(moving_pages_in_cma(&first), pages - 3);
	assert_int_equal(moving_pages_in_cma(&second), 3);
	moving_area_free(&first);
	moving_area_free(&second);
	moving_end();
}

static void contents(void **state)
{
	u64 pages = 4, bytes = pages * page_size() - 5;
	u8 *at;

	(void)state;
	moving_begin();
	for (unsigned zero = 0; zero < 2; zero++) {
		at = movable_alloc(bytes, zero ? VMALLOC_ZERO : 0);
		assert_non_null(at);
		for (u64 i = 0; i < pages; i++) {
			u8 *page = vaddr_ptr(paddr_to_linear(vmap_to_paddr(at + i * page_size())));

			for (u64 n = 0; zero && n < page_size(); n++)
				assert_int_equal(page[n], 0);
			memset(page, 0xee, page_size());
		}
		movable_free(at);
	}
	moving_end();
}

/* Nothing at all; more than there is; each thing that can fail does, and nothing is left behind. */
static void failures(void **state)
{
	static const enum fault_site sites[] = { FAULT_PAGES, FAULT_VMAP };
	struct moving_area area = { 0 };
	u64 pages = 150;

	(void)state;
	moving_begin();
	assert_null(movable_alloc(0, 0));
	assert_null(movable_alloc(~0ULL, 0));
	assert_null(movable_alloc(MOVING_RAM_BYTES, 0));
	assert_null(movable_alloc(VMAP_BYTES, 0));
	assert_null(movable_alloc(VMAP_BYTES * 2, 0));
	for (unsigned i = 0; i < ARRAY_SIZE(sites); i++) {
		for (u64 nth = 1;; nth += 1 + nth / 8) {
			bool got;

			moving_inject(sites[i], nth);
			got = moving_area_alloc(&area, pages);
			fault_inject_off();
			moving_check();
			if (got)
				break;
			assert_true(nth <= pages);
		}
		moving_area_free(&area);
	}
	moving_end();
}

/* The first area needs a table at each level below the root: each of them is refused in turn. */
static void no_tables(void **state)
{
	struct moving_area area = { 0 };
	int after = 0;

	(void)state;
	moving_begin();
	for (u64 before = pages_free_bytes(); !area.at; after++) {
		fake_fail_after = after;
		moving_area_alloc(&area, 70);
		fake_fail_after = -1;
		moving_check();
		if (!area.at)
			assert_int_equal(pages_free_bytes(), before);
	}
	assert_true(after > 1);
	moving_area_free(&area);
	moving_end();
}

/* ---- walks ---- */

/* Pages of movable areas only, in ascending order, each once. */
static void walk(void **state)
{
	struct movable_cursor cursor = { 0 };
	struct moving_area area[3];
	void *mapped;
	paddr_t page;

	(void)state;
	moving_begin();
	assert_false(movable_next(&cursor, &page));
	alloc(&area[0], 3);
	mapped = vmalloc(page_size(), 0);
	alloc(&area[1], 1);
	alloc(&area[2], 70);
	cursor = (struct movable_cursor){ 0 };
	for (unsigned i = 0; i < ARRAY_SIZE(area); i++)
		for (u64 n = 0; n < area[i].pages; n++) {
			assert_true(movable_next(&cursor, &page));
			assert_int_equal(cursor.at, (uintptr_t)moving_va(&area[i], n));
			assert_int_equal(page.val, moving_pa(&area[i], n));
		}
	assert_false(movable_next(&cursor, &page));
	for (unsigned i = 0; i < ARRAY_SIZE(area); i++)
		moving_area_free(&area[i]);
	vfree(mapped);
	moving_end();
}

static char printed[256];

static int print(const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(printed, sizeof(printed), format, args);
	va_end(args);
	return len;
}

/* ---- who has what, and the check ---- */

static void finds(u64 pa, u64 xor, const char *what, u64 where)
{
	vaddr_t at = { 0 };
	const char *broken;

	*moving_word(pa) ^= xor;
	broken = movable_check(&at);
	*moving_word(pa) ^= xor;
	assert_non_null(broken);
	assert_string_equal(broken, what);
	assert_int_equal(at.val, where);
	moving_check();
}

static void report_and_check(void **state)
{
	struct moving_area area;
	paddr_t pa;
	u64 va;

	(void)state;
	moving_begin();
	alloc(&area, 2 * MiB >> host_page_shift);
	assert_int_equal(movable_pin(area.at, MOVABLE_PIN_SHORT, &pa), 0);
	movable_report(print);
	assert_non_null(strstr(printed, "movable: areas of 2 MiB, 1 pins, "));
	assert_non_null(strstr(printed, " accesses waited for a page that moved\n"));
	va = (uintptr_t)moving_va(&area, 5);
	pa = paddr(moving_pa(&area, 5));
	finds(pa.val, FRAME_MOVABLE ^ FRAME_ALLOCATED,
	      "M1: a page of a movable area is not a movable frame", va);
	finds(pa.val, 1ULL << FRAME_OWN_SHIFT, "M1: a movable frame's reverse map is wrong", va);
	finds(pa.val, 1ULL << (FRAME_OWN_SHIFT + RMAP_OWNER_SHIFT),
	      "M1: a movable frame's reverse map is wrong", va);
	finds(pa.val, 1ULL << (FRAME_OWN_SHIFT + RMAP_PIN_SHIFT),
	      "M2: movable pages or pins don't add up",
	      (uintptr_t)moving_va(&area, area.pages - 1));
	/* A page that is not mapped any more. */
	assert_int_equal(pgtable_unmap(&moving_space, vaddr(va), page_size()), 0);
	assert_string_equal(movable_check(&(vaddr_t){ 0 }),
			    "M2: movable pages or pins don't add up");
	assert_int_equal(pgtable_map_array(&moving_space, vaddr(va), &pa, 1, MAP_DATA), 0);
	movable_unpin(area.at);
	moving_area_free(&area);
	moving_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(areas),
		HOST_AT_EACH_PAGE_SHIFT(lent_first),
		HOST_AT_EACH_PAGE_SHIFT(contents),
		HOST_AT_EACH_PAGE_SHIFT(failures),
		HOST_AT_EACH_PAGE_SHIFT(no_tables),
		HOST_AT_EACH_PAGE_SHIFT(walk),
		HOST_AT_EACH_PAGE_SHIFT(report_and_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
