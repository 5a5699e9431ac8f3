// SPDX-License-Identifier: BSD-2-Clause
/*
 * Areas of kernel-virtual memory: where they are, what of, and who is told.
 *
 * Sources: mm/vmap.c mm/vmap_area.c mm/vmalloc.c mm/vmap_protect.c mm/vmap_report.c lib/format.c
 * Sources: arch/arm64/pgtable.c arch/arm64/pgtable_entries.c arch/arm64/pgtable_change.c
 * Sources: arch/arm64/pgtable_replace.c
 * Sources: arch/arm64/pgtable_read.c arch/arm64/granule.c lib/string.c
 * Sources: tests/host/fake_mmu.c tests/host/fake_ram.c tests/host/vmap_space.c mm/compare_record.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vmap_space.h"

#include <cmocka.h>

#include <arch/layout.h>
#include <kernel/compiler.h>
#include <kernel/errno.h>
#include <mm/pages.h>

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
	vmap_free(NULL);
	vmap_space_end();
}

static void pages_are_mapped_as_given(void **state)
{
	static const struct {
		enum map_kind kind;
		const char *access;
	} kinds[] = { { MAP_TEXT, "r-x---" },
		      { MAP_RODATA, "r-----" },
		      { MAP_DATA, "rw----" },
		      { MAP_DEVICE, "rw----" },
		      { MAP_NOCACHE, "rw----" } };
	paddr_t pages[200];

	(void)state;
	vmap_space_begin();
	for (u64 i = 0; i < ARRAY_SIZE(pages); i++)
		pages[i] = paddr((i * 7919 % 1000 + 3) * PAGE);
	for (unsigned k = 0; k < ARRAY_SIZE(kinds); k++) {
		u64 count = k ? k * 37 : 1;
		void *area = vmap_pages(pages, count, kinds[k].kind);

		assert_non_null(area);
		for (u64 i = 0; i < count; i++) {
			assert_int_equal(vmap_to_paddr(at(number(area) + i * PAGE + 5)).val,
					 pages[i].val + 5);
			assert_string_equal(vmap_space_access(number(area) + i * PAGE),
					    kinds[k].access);
		}
		assert_string_equal(vmap_space_access(number(area) - 1), "");
		assert_string_equal(vmap_space_access(number(area) + count * PAGE), "");
		vmap_space_check();
		vmap_free(area);
		assert_true(HOST_ASSERTS(vmap_to_paddr(area)));
	}
	assert_null(vmap_pages(pages, 0, MAP_DATA));
	assert_null(vmap_pages(pages, ~0ULL, MAP_DATA));
	assert_true(HOST_ASSERTS((void)!vmap_pages(pages, 1, MAP_BOOT)));
	assert_true(HOST_ASSERTS((void)!vmap_pages(pages, 1, MAP_USER_DATA)));
	vmap_space_end();
}

static void io_maps_registers_anywhere(void **state)
{
	static const u64 places[][2] = {
		{ 0x9000000, 0x1000 }, { 0x9000fff, 2 }, { 0xa003e00, 0x200 },
		{ 0x10000004, 1 },     { 0, 3 * MiB },   { 0xfffffffff000, 0x1000 },
	};
	void *area;

	(void)state;
	vmap_space_begin();
	for (unsigned i = 0; i < ARRAY_SIZE(places); i++) {
		u64 pa = places[i][0], bytes = places[i][1];

		area = vmap_io(paddr(pa), bytes);

		assert_non_null(area);
		assert_int_equal(number(area) % PAGE, pa % PAGE);
		assert_int_equal(fake_translate(&vmap_space, number(area)).pa, pa);
		assert_int_equal(fake_translate(&vmap_space, number(area) + bytes - 1).pa,
				 pa + bytes - 1);
		assert_int_equal(fake_translate(&vmap_space, number(area)).memory, 0x04);
		vmap_space_check();
		vmap_free(area);
	}
	/* By a block, if the registers are aligned to one; else where there is room. */
	area = vmap_io(paddr(3 * block_bytes()), block_bytes());
	assert_int_equal(fake_translate(&vmap_space, number(area)).bytes, block_bytes());
	vmap_free(area);
	area = vmap_io(paddr(3 * block_bytes() + PAGE), block_bytes());
	assert_int_equal(number(area), VMAP_BASE + PAGE);
	vmap_free(area);
	/* RAM, whether all of it or the last byte is, or all around it */
	vmap_space_ram = 5 * block_bytes();
	assert_null(vmap_io(paddr(5 * block_bytes()), PAGE));
	assert_null(vmap_io(paddr(5 * block_bytes() - 1), 2));
	assert_null(vmap_io(paddr(4 * block_bytes()), 2 * block_bytes()));
	area = vmap_io(paddr(5 * block_bytes() - 1), 1);
	assert_non_null(area);
	vmap_free(area);
	vmap_space_ram = 1ULL << 62;
	assert_null(vmap_io(paddr(1ULL << 48), 1));
	assert_null(vmap_io(paddr((1ULL << 48) - 1), 2));
	assert_null(vmap_io(paddr(0), 0));
	assert_null(vmap_io(paddr(~0ULL), 1));
	vmap_space_end();
}

static void forget_flushes(u64 va, u64 bytes)
{
	(void)va, (void)bytes;
	fake_flush_count = 0;
}

static void addresses_run_out(void **state)
{
	void *half;

	(void)state;
	vmap_space_begin();
	fake_on_flush = forget_flushes;
	half = vmap_io(paddr(0), VMAP_BYTES / 2);
	assert_non_null(half);
	assert_null(vmap_io(paddr(0), VMAP_BYTES / 2));
	assert_null(vmap_io(paddr(0), VMAP_BYTES));
	vmap_free(half);
	vmap_space_end();
}

static void says_where_an_address_is(void **state)
{
	struct vmap_place place;
	u64 base, far;
	char line[128];
	void *io;

	(void)state;
	vmap_space_begin();
	assert_false(vmap_find(vaddr(VMAP_BASE), &place));
	base = number(vmalloc(2 * PAGE, 0));
	far = number(vmalloc(run_bytes(), 0));
	assert_true(vmap_find(vaddr(base - 1), &place));
	assert_int_equal(place.where, VMAP_GUARD_BEFORE);
	assert_int_equal(place.base, base);
	assert_true(vmap_find(vaddr(base), &place));
	assert_int_equal(place.where, VMAP_INSIDE);
	assert_int_equal(place.bytes, 2 * PAGE);
	assert_int_equal(place.type, VMAP_TYPE_ALLOC);
	assert_true(place.caller != 0);
	assert_true(vmap_find(vaddr(base + 2 * PAGE), &place));
	assert_int_equal(place.where, VMAP_GUARD_BEHIND);
	assert_true(vmap_find(vaddr(far - PAGE), &place));
	assert_int_equal(place.where, VMAP_GUARD_BEFORE);
	assert_int_equal(place.base, far);
	assert_false(vmap_find(vaddr(far - PAGE - 1), &place));
	assert_false(vmap_find(vaddr(far + run_bytes() + PAGE), &place));
	assert_false(vmap_find(vaddr(VMAP_BASE - 1), &place));
	assert_false(vmap_find(vaddr(VMAP_BASE + VMAP_BYTES), &place));

	vmap_explain(vaddr(base + 2 * PAGE + 8), vmap_space_print);
	assert_non_null(strstr(vmap_space_text, "is in the guard page behind the area of "));
	assert_non_null(strstr(vmap_space_text, "which somebody+0x10 got by vmalloc\n"));
	vmap_space_text[0] = '\0';
	vmap_explain(vaddr(far - PAGE - 1), vmap_space_print);
	assert_string_equal(vmap_space_text, "");
	io = vmap_io(paddr(7 * PAGE), PAGE);
	vmap_report(vmap_space_print);
	assert_non_null(strstr(vmap_space_text, "vmap: 3 areas of "));
	snprintf(line, sizeof(line), ", vmap_io by somebody+0x10, physical %#llx\n", 7 * PAGE);
	assert_non_null(strstr(vmap_space_text, line));
	vmap_free(io);
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
	paddr_t page = { 5 * PAGE };
	void *area, *mapped;

	(void)state;
	vmap_space_begin();
	area = vmalloc(2 * PAGE, 0);
	mapped = vmap_pages(&page, 1, MAP_DATA);
	assert_true(HOST_ASSERTS(vfree(at(number(area) + PAGE))));
	assert_true(HOST_ASSERTS(vfree(at(number(area) - PAGE))));
	assert_true(HOST_ASSERTS(vfree(mapped)));
	assert_memory_equal(host_last_failure(), "vfree: ", 7);
	assert_true(HOST_ASSERTS(vmap_free(area)));
	assert_memory_equal(host_last_failure(), "vmap_free: ", 11);
	vmap_space_check();
	vfree(area);
	assert_true(HOST_ASSERTS(vfree(area)));
	vmap_free(mapped);
	assert_true(HOST_ASSERTS(vmap_free(mapped)));
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
		HOST_AT_EACH_PAGE_SHIFT(pages_are_mapped_as_given),
		HOST_AT_EACH_PAGE_SHIFT(io_maps_registers_anywhere),
		HOST_AT_EACH_PAGE_SHIFT(addresses_run_out),
		HOST_AT_EACH_PAGE_SHIFT(says_where_an_address_is),
		HOST_AT_EACH_PAGE_SHIFT(report_has_few_lines),
		HOST_AT_EACH_PAGE_SHIFT(refuses_to_free_what_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
