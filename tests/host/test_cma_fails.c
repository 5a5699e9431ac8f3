// SPDX-License-Identifier: BSD-2-Clause
/*
 * Claims that fail, or have to wait: each reason in its words, and all is as it was.
 *
 * Sources: mm/move/movable_pin.c
 * Sources: mm/move/movable.c mm/move/migrate.c mm/move/rmap.c mm/move/contig.c mm/move/compact.c
 * Sources: mm/move/cma.c kernel/show/memory/cma_report.c mm/page/frame.c mm/page/buddy.c
 * Sources: mm/page/buddy_check.c mm/page/pageblock.c mm/page/pages.c mm/page/pages_hot.c
 * Sources: mm/boot/memblock.c mm/boot/region_list.c mm/vmap/vmap.c mm/vmap/vmap_area.c
 * Sources: kernel/show/memory/vmap_report.c kernel/show/memory/fault_inject.c lib/cmdline.c
 * Sources: arch/arm64/table/pgtable.c arch/arm64/table/pgtable_hot.c
 * Sources: arch/arm64/table/pgtable_change.c arch/arm64/table/pgtable_replace.c
 * Sources: arch/arm64/table/pgtable_read.c mm/page/hot_text.c
 * Sources: arch/arm64/table/pgtable_check.c arch/arm64/table/granule.c lib/bitmap.c lib/format.c
 * Sources: lib/parse.c lib/string.c tests/host/moving.c tests/host/moving_state.c
 * Sources: tests/host/fake_machine.c tests/host/fake_image.S tests/host/fake_mmu.c
 * Sources: tests/host/buddy_model.c mm/page/hooks.c mm/page/boot_data.c mm/vmap/vmalloc.c
 * Libs: -Wl,--wrap=pgtable_map
 */
#include <stdio.h>
#include <string.h>

#include "claims.h"

#include <cmocka.h>

#include <arch/page.h>
#include <kernel/errno.h>
#include <mm/contig.h>
#include <mm/movable.h>
#include <mm/pages.h>

static void fails(u64 bytes, int err, enum cma_failure failure, const char *why, u64 longest)
{
	char line[256], size[32];
	u64 before = one->failures[failure];
	paddr_t pa = paddr(1);

	moving_said[0] = '\0';
	assert_int_equal(cma_alloc(one, bytes, 0, &pa), err);
	assert_int_equal(pa.val, 1);
	assert_int_equal(one->failures[failure], before + 1);
	snprintf(size, sizeof(size), "%llu KiB", page / KiB);
	snprintf(line, sizeof(line),
		 "cma: one: no %llu MiB aligned to %s: %s; the largest free run is %llu MiB\n",
		 bytes / MiB, size, why, longest / MiB);
	said(line);
	moving_check();
}

static void no_run(void **state)
{
	u64 top, middle;

	(void)state;
	begin();
	top = claim(2 * MiB, 0);
	middle = claim(2 * MiB, 4 * MiB);
	assert_int_equal(middle, one->base.val + 4 * MiB);
	give(top, 2 * MiB);
	fails(5 * MiB, -ENOSPC, CMA_FAIL_CLAIMED, "what it would need is claimed already", 4 * MiB);
	top = claim(4 * MiB, 0);
	assert_int_equal(top, one->base.val);
	give(middle, 2 * MiB);
	give(top, 4 * MiB);
	moving_end();
}

static void no_memory(void **state)
{
	struct moving_area area;

	(void)state;
	begin();
	assert_true(moving_area_alloc(&area, MOVING_CMA_BYTES >> host_page_shift));
	moving_exhaust(0);
	fails(8 * MiB, -ENOMEM, CMA_FAIL_MEMORY, "there is no memory to move what it holds to",
	      8 * MiB);
	moving_area_verify(&area);
	/* What was freed last is hot, and would do for some of it. */
	moving_relent(3);
	fails(8 * MiB, -ENOMEM, CMA_FAIL_MEMORY, "there is no memory to move what it holds to",
	      8 * MiB);
	assert_int_equal(one->moved_bytes, 3 * page);
	moving_relent_all();
	give(claim(one->bytes, 0), one->bytes);
	moving_area_free(&area);
	moving_end();
}

/* Just enough memory, all of it kept hot. */
static void hot_memory(void **state)
{
	struct moving_area area;

	(void)state;
	begin();
	assert_true(moving_area_alloc(&area, 4));
	moving_exhaust(4);
	give(claim(one->bytes, 0), one->bytes);
	assert_int_equal(one->moved_bytes, 4 * page);
	moving_area_verify(&area);
	moving_relent_all();
	moving_area_free(&area);
	moving_end();
}

static void injected(void **state)
{
	struct moving_area area;

	(void)state;
	begin();
	assert_true(moving_area_alloc(&area, 4));
	moving_inject(FAULT_MIGRATE, 1);
	fails(8 * MiB, -EAGAIN, CMA_FAIL_INJECTED, "fault injection said so", 8 * MiB);
	moving_inject(FAULT_MIGRATE, 3);
	fails(8 * MiB, -EAGAIN, CMA_FAIL_INJECTED, "fault injection said so", 8 * MiB);
	moving_inject(FAULT_MIGRATE, 0);
	moving_area_free(&area);
	moving_end();
}

/* ---- pins ---- */

static struct moving_area pinned;
static u64 pinned_page;
static unsigned idles, idles_until;

static void idle(void)
{
	if (++idles == idles_until)
		movable_unpin(moving_va(&pinned, pinned_page));
}

/* Around what is pinned while there is room; else it is waited for. */
static void around_pins(void **state)
{
	paddr_t pa;
	u64 a;

	(void)state;
	begin();
	contig_idle = idle;
	idles = idles_until = 0;
	/* The whole region is lent; a page near its top is pinned. */
	assert_true(moving_area_alloc(&pinned, one->bytes >> host_page_shift));
	pinned_page = pinned.pages - 3;
	assert_int_equal(movable_pin(moving_va(&pinned, pinned_page), MOVABLE_PIN_SHORT, &pa), 0);
	assert_int_equal(pa.val, one->base.val + one->bytes - 3 * page);
	a = claim(2 * MiB, 0);
	assert_int_equal(a, pa.val - 2 * MiB);
	assert_int_equal(idles, 0);
	give(a, 2 * MiB);
	/* Above it there is room for two pages. */
	a = claim(2 * page, 0);
	assert_int_equal(a, pa.val + page);
	give(a, 2 * page);
	/* Not around it: the user is done with it after a while, or never. */
	idles_until = 3;
	give(claim(one->bytes, 0), one->bytes);
	assert_int_equal(idles, 3);
	moving_area_verify(&pinned);
	moving_area_free(&pinned);
	assert_true(moving_area_alloc(&pinned, one->bytes >> host_page_shift));
	assert_int_equal(movable_pin(moving_va(&pinned, pinned_page), MOVABLE_PIN_SHORT, &pa), 0);
	idles = idles_until = 0;
	fails(8 * MiB, -EBUSY, CMA_FAIL_BUSY, "a page of it is pinned", 8 * MiB);
	assert_true(idles > 10);
	movable_unpin(moving_va(&pinned, pinned_page));
	moving_area_verify(&pinned);
	moving_area_free(&pinned);
	moving_end();
}

/* Two pins with room between them, and a claim in the way of what is below. */
static void between_pins(void **state)
{
	paddr_t high, low, pa;
	void *middle;
	u64 a;

	(void)state;
	begin();
	assert_true(moving_area_alloc(&pinned, one->bytes >> host_page_shift));
	assert_int_equal(
		movable_pin(moving_va(&pinned, pinned.pages - 1), MOVABLE_PIN_SHORT, &high), 0);
	assert_int_equal(movable_pin(moving_va(&pinned, pinned.pages / 2), MOVABLE_PIN_SHORT, &low),
			 0);
	/* The highest place has a pin in it, the one below that another, and the third none. */
	middle = moving_va(&pinned, pinned.pages * 13 / 16);
	assert_int_equal(movable_pin(middle, MOVABLE_PIN_SHORT, &pa), 0);
	assert_int_equal(pa.val, low.val + 5 * MiB / 2);
	assert_int_equal(claim(3 * MiB, 0), low.val - 3 * MiB);
	give(low.val - 3 * MiB, 3 * MiB);
	movable_unpin(middle);
	a = claim(3 * MiB, 0);
	assert_int_equal(a, high.val - 3 * MiB);
	assert_int_equal(claim(4 * MiB, 0), low.val - 4 * MiB);
	give(low.val - 4 * MiB, 4 * MiB);
	give(a, 3 * MiB);
	movable_unpin(moving_va(&pinned, pinned.pages - 1));
	movable_unpin(moving_va(&pinned, pinned.pages / 2));
	moving_area_free(&pinned);
	moving_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(no_run),      HOST_AT_EACH_PAGE_SHIFT(no_memory),
		HOST_AT_EACH_PAGE_SHIFT(hot_memory),  HOST_AT_EACH_PAGE_SHIFT(injected),
		HOST_AT_EACH_PAGE_SHIFT(around_pins), HOST_AT_EACH_PAGE_SHIFT(between_pins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
