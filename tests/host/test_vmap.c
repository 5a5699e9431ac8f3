// SPDX-License-Identifier: BSD-2-Clause
/*
 * Areas of kernel-virtual memory: where they are, what of, and who is told.
 *
 * Sources: mm/vmap/vmap.c mm/vmap/vmap_area.c mm/vmap/vmalloc.c kernel/show/memory/vmap_report.c
 * Sources: lib/format.c arch/arm64/table/pgtable.c arch/arm64/table/pgtable_hot.c
 * Sources: arch/arm64/table/pgtable_change.c arch/arm64/table/pgtable_replace.c
 * Sources: arch/arm64/table/pgtable_read.c
 * Sources: arch/arm64/table/pgtable_check.c arch/arm64/table/granule.c lib/string.c
 * Sources: tests/host/fake_mmu.c tests/host/fake_ram.c tests/host/vmap_space.c
 * Sources: mm/page/hooks.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vmap_space.h"

#include <cmocka.h>

#include <arch/layout.h>
#include <kernel/compiler.h>
#include <kernel/errno.h>
#include <kernel/vmap_report.h>
#include <mm/pages.h>
#include <mm/vmap.h>

#define PAGE vmap_space_page()

static u64 number(const void *p)
{
	return (uintptr_t)p;
}

static void *at(u64 addr)
{
	return (void *)(uintptr_t)addr;
}

/* What a leaf of the next level up covers, and a contiguous run of pages. */
static u64 block_bytes(void)
{
	return 1ULL << (2 * host_page_shift - 3);
}

static u64 run_bytes(void)
{
	return host_page_shift == 12 ? 64 * KiB : 2 * MiB;
}

static void areas_are_apart(void **state)
{
	u64 first, second, third;

	(void)state;
	vmap_space_begin();
	first = number(vmalloc(3 * PAGE - 5, 0));
	second = number(vmalloc(1, 0));
	third = number(vmalloc(PAGE, 0));
	assert_int_equal(first, VMAP_BASE + PAGE);
	assert_int_equal(second, first + 4 * PAGE);
	assert_int_equal(third, second + 2 * PAGE);
	for (u64 i = 0; i < 3; i++)
		assert_string_equal(vmap_space_access(first + i * PAGE), "rw----");
	assert_string_equal(vmap_space_access(first - PAGE), "");
	assert_string_equal(vmap_space_access(first + 3 * PAGE), "");
	assert_string_equal(vmap_space_access(third + PAGE), "");
	vmap_space_check();

	/* The gap is used again, if it is large enough. */
	vfree(at(first));
	assert_string_equal(vmap_space_access(first), "");
	assert_int_equal(number(vmalloc(4 * PAGE, 0)), third + 2 * PAGE);
	assert_int_equal(number(vmalloc(2 * PAGE, 0)), first);
	vfree(at(first));
	vfree(at(second));
	assert_int_equal(number(vmalloc(5 * PAGE, 0)), first);
	vfree(at(first));
	vfree(at(third));
	vfree(at(third + 2 * PAGE));
	vmap_space_end();
}

static void vmalloc_takes_large_blocks(void **state)
{
	u64 sizes[] = { run_bytes(), block_bytes(), block_bytes() + run_bytes() + PAGE };
	unsigned calls[] = { 1, 1, 3 };

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct fake_translation t;
		u64 base;

		vmap_space_begin();
		base = number(vmalloc(sizes[i], 0));
		t = fake_translate(&vmap_space, base);
		assert_int_equal(t.bytes, i ? block_bytes() : PAGE);
		assert_int_equal(t.run_bytes, i ? block_bytes() : run_bytes());
		if (i == 2) {
			t = fake_translate(&vmap_space, base + block_bytes());
			assert_int_equal(t.run_bytes, run_bytes());
			t = fake_translate(&vmap_space, base + sizes[i] - 1);
			assert_int_equal(t.run_bytes, PAGE);
		}
		assert_int_equal(fake_ram_calls, calls[i]);
		assert_string_equal(vmap_space_access(base + sizes[i]), "");
		vfree(at(base));
		vmap_space_end();
	}
}

/* A block is no larger than the alignment of where it goes: here the first is at an odd page. */
static void blocks_are_aligned_alike(void **state)
{
	u64 base;

	(void)state;
	vmap_space_begin();
	base = number(vmalloc(15 * PAGE, 0));
	assert_int_equal(base, VMAP_BASE + PAGE);
	for (u64 i = 0, order; i < 15; i += 1ULL << order) {
		paddr_t pa = vmap_to_paddr(at(base + i * PAGE));

		order = frame_order(frame_of(pa));
		assert_int_equal((base + i * PAGE) % (PAGE << order), 0);
	}
	assert_int_equal(fake_ram_calls, 4);
	vfree(at(base));
	vmap_space_end();
}

/* Where only small blocks are to be had, it is made of these. */
static void vmalloc_makes_do_with_small_blocks(void **state)
{
	(void)state;
	for (unsigned order = 0; order < 4; order++) {
		u64 bytes = 70 * PAGE, base;

		vmap_space_begin();
		fake_ram_max_order = order;
		base = number(vmalloc(bytes, 0));
		assert_int_equal(fake_ram_bytes, bytes);
		/* What is not to be had isn't asked for over and over. */
		assert_true(fake_ram_calls <= (70ULL >> order) + 12);
		for (u64 i = 0; i < 70; i++)
			assert_string_equal(vmap_space_access(base + i * PAGE), "rw----");
		vmap_space_check();
		vfree(at(base));
		vmap_space_end();
	}
}

static void vmalloc_passes_flags_and_refuses_nonsense(void **state)
{
	void *area;

	(void)state;
	vmap_space_begin();
	assert_null(vmalloc(0, 0));
	assert_null(vmalloc(~0ULL, 0));
	assert_null(vmalloc(~0ULL - PAGE, 0));
	assert_null(vmalloc(VMAP_BYTES, 0));
	assert_null(vmalloc(2 * FAKE_RAM_BYTES, 0));
	area = vmalloc(1, VMALLOC_ZERO);
	assert_int_equal(fake_ram_flags, PAGES_ZERO | PAGES_COMPACT);
	vfree(area);
	area = vmalloc(1, 0);
	assert_int_equal(fake_ram_flags, PAGES_COMPACT);
	vfree(area);
	vfree(NULL);
	vmap_space_end();
}

static void addresses_run_out(void **state)
{
	struct vmap_area *half;

	(void)state;
	vmap_space_begin();
	half = vmap_reserve(VMAP_BYTES / 2, PAGE, VMAP_TYPE_ALLOC, NULL);
	assert_non_null(half);
	assert_null(vmap_reserve(VMAP_BYTES / 2, PAGE, VMAP_TYPE_ALLOC, NULL));
	assert_null(vmap_reserve(VMAP_BYTES, PAGE, VMAP_TYPE_ALLOC, NULL));
	vmap_unreserve(half);
	vmap_space_end();
}

static void says_where_an_address_is(void **state)
{
	struct vmap_area area;
	u64 base, far;

	(void)state;
	vmap_space_begin();
	assert_false(vmap_report_find(vaddr(VMAP_BASE), &area));
	base = number(vmalloc(2 * PAGE, 0));
	far = number(vmalloc(run_bytes(), 0));
	assert_int_equal(vmap_report_find(vaddr(base - 1), &area), VMAP_GUARD_BEFORE);
	assert_int_equal(area.base, base);
	assert_int_equal(vmap_report_find(vaddr(base), &area), VMAP_INSIDE);
	assert_int_equal(area.bytes, 2 * PAGE);
	assert_int_equal(area.type, VMAP_TYPE_ALLOC);
	assert_true(area.caller != 0);
	assert_int_equal(vmap_report_find(vaddr(base + 2 * PAGE), &area), VMAP_GUARD_AFTER);
	assert_int_equal(vmap_report_find(vaddr(far - PAGE), &area), VMAP_GUARD_BEFORE);
	assert_int_equal(area.base, far);
	assert_false(vmap_report_find(vaddr(far - PAGE - 1), &area));
	assert_false(vmap_report_find(vaddr(far + run_bytes() + PAGE), &area));
	assert_false(vmap_report_find(vaddr(VMAP_BASE - 1), &area));
	assert_false(vmap_report_find(vaddr(VMAP_BASE + VMAP_BYTES), &area));

	vmap_explain(vaddr(base + 2 * PAGE + 8), vmap_space_print);
	assert_non_null(strstr(vmap_space_text, "is in the guard page after the area of "));
	assert_non_null(strstr(vmap_space_text, "which somebody+0x10 got by vmalloc\n"));
	vmap_space_text[0] = '\0';
	vmap_explain(vaddr(far - PAGE - 1), vmap_space_print);
	assert_string_equal(vmap_space_text, "");
	vmap_report(vmap_space_print);
	assert_non_null(strstr(vmap_space_text, "vmap: 2 areas of "));
	assert_non_null(strstr(vmap_space_text, ", vmalloc by somebody+0x10, physical 0x"));
	vfree(at(base));
	vfree(at(far));
	vmap_space_end();
}

#define AREAS 130

/* The areas with these, by one call: two that differ in their bytes by turns, or all alike. */
static void reports(u64 other_bytes, const char *first_line, const char *last_line)
{
	void *areas[AREAS];
	const char *line;

	for (unsigned i = 0; i < AREAS; i++)
		areas[i] = vmalloc(i % 2 ? other_bytes : 2 * PAGE, 0);
	vmap_space_text[0] = '\0';
	vmap_report(vmap_space_print);
	line = strstr(vmap_space_text, "\nvmap: 0x");
	assert_non_null(line);
	assert_non_null(strstr(line, first_line));
	assert_string_equal(vmap_space_text + strlen(vmap_space_text) - strlen(last_line),
			    last_line);
	for (unsigned i = 0; i < AREAS; i++) {
		vfree(areas[i]);
		fake_flush_count = 0;
	}
}

/* However many there are, of whatever sizes. */
static void report_has_few_lines(void **state)
{
	(void)state;
	vmap_space_begin();
	reports(2 * PAGE, " 130 areas of ", ", vmalloc by somebody+0x10\n");
	reports(3 * PAGE, ", vmalloc by somebody+0x10, physical 0x", "vmap: and 66 areas more\n");
	vmap_space_end();
}

static void refuses_to_free_what_is_none(void **state)
{
	struct vmap_area *other;
	void *area;

	(void)state;
	vmap_space_begin();
	area = vmalloc(2 * PAGE, 0);
	other = vmap_reserve(PAGE, PAGE, VMAP_TYPE_MOVABLE, NULL);
	assert_true(HOST_ASSERTS(vfree(at(number(area) + PAGE))));
	assert_true(HOST_ASSERTS(vfree(at(number(area) - PAGE))));
	assert_true(HOST_ASSERTS(vfree(at(other->base))));
	assert_memory_equal(host_last_failure(), "vfree: ", 7);
	vmap_unreserve(other);
	vmap_space_check();
	vfree(area);
	assert_true(HOST_ASSERTS(vfree(area)));
	vmap_space_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(areas_are_apart),
		HOST_AT_EACH_PAGE_SHIFT(vmalloc_takes_large_blocks),
		HOST_AT_EACH_PAGE_SHIFT(blocks_are_aligned_alike),
		HOST_AT_EACH_PAGE_SHIFT(vmalloc_makes_do_with_small_blocks),
		HOST_AT_EACH_PAGE_SHIFT(vmalloc_passes_flags_and_refuses_nonsense),
		HOST_AT_EACH_PAGE_SHIFT(addresses_run_out),
		HOST_AT_EACH_PAGE_SHIFT(says_where_an_address_is),
		HOST_AT_EACH_PAGE_SHIFT(report_has_few_lines),
		HOST_AT_EACH_PAGE_SHIFT(refuses_to_free_what_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
