// SPDX-License-Identifier: BSD-2-Clause
/*
 * Operations that fail half-way: nothing has happened.
 *
 * Sources: mm/vmap/vmap.c mm/vmap/vmap_area.c mm/vmap/vmalloc.c kernel/show/memory/vmap_report.c
 * Sources: lib/format.c arch/arm64/table/pgtable.c arch/arm64/table/pgtable_hot.c
 * Sources: arch/arm64/table/pgtable_change.c arch/arm64/table/pgtable_replace.c
 * Sources: arch/arm64/table/pgtable_read.c
 * Sources: arch/arm64/table/pgtable_check.c arch/arm64/table/granule.c lib/string.c
 * Sources: tests/host/fake_mmu.c tests/host/fake_ram.c tests/host/vmap_space.c
 * Sources: mm/page/hooks.c
 */
#include <stdlib.h>
#include <string.h>

#include "vmap_space.h"

#include <cmocka.h>

#include <arch/layout.h>
#include <kernel/compiler.h>
#include <kernel/errno.h>
#include <mm/pages.h>

#define PAGE vmap_space_page()

static u64 block_bytes(void)
{
	return 1ULL << (2 * host_page_shift - 3);
}

static u64 bytes_to_ask_for;

/* Large blocks, or none but pages, so that tables fill up one after the other. */
static void *ask(bool large)
{
	void *area;

	fake_ram_max_order = large ? 30 - host_page_shift : 0;
	area = vmalloc(bytes_to_ask_for, 0);
	fake_ram_max_order = 30 - host_page_shift;
	return area;
}

/* Each allocation on the way fails in turn. Returns after how many there was none left to fail. */
static int sweep(bool large)
{
	void *area = NULL;
	int n;

	for (n = 0; !area; n++) {
		struct vmap_state before;

		vmap_space_begin();
		vfree(vmalloc(1, 0)); /* the tables that are kept */
		vmap_space_save(&before);
		fake_fail_after = n;
		area = ask(large);
		fake_fail_after = -1;
		if (!area)
			vmap_space_expect_unchanged(&before);
		else
			free(before.tables);
		vmap_space_check();
		vfree(area);
		vmap_space_end();
		assert_true(n < 2000);
	}
	return n;
}

static void nothing_is_half_done(void **state)
{
	(void)state;
	/* It did fail before it succeeded. */
	bytes_to_ask_for = 3 * block_bytes() / 2 + 3 * PAGE;
	assert_true(sweep(true) > 1);
	bytes_to_ask_for = 300 * PAGE;
	assert_true(sweep(false) > 1);
}

static void no_memory_for_the_first_area(void **state)
{
	struct vmap_state before;

	(void)state;
	vmap_space_begin();
	vmap_space_save(&before);
	fake_fail_after = 0;
	assert_null(vmalloc(1, 0));
	fake_fail_after = -1;
	vmap_space_expect_unchanged(&before);
	assert_int_equal(fake_ram_bytes, 0);
	vmap_space_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(nothing_is_half_done),
		HOST_AT_EACH_PAGE_SHIFT(no_memory_for_the_first_area),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
