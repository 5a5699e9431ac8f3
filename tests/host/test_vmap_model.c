// SPDX-License-Identifier: BSD-2-Clause
/*
 * Areas against a model: 150,000 random operations at each page size.
 *
 * The model is a list of areas with what each page of them maps. Now and then
 * memory runs out in the middle of an operation, which then must not have happened.
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
#include <kernel/vmap_report.h>
#include <mm/pages.h>

#define PAGE       vmap_space_page()
#define OPERATIONS 150000
#define MOST_AREAS 60

static struct model_area {
	u64 base; /* the first page */
	u64 count;
	void *handle;
	u64 *page; /* the address that was found for each */
} model[MOST_AREAS];

static unsigned areas;
static u64 alloc_bytes; /* of the model's vmallocs */

static void check_page(const struct model_area *m, u64 i)
{
	struct fake_translation t = fake_translate(&vmap_space, m->base + i * PAGE);

	assert_true(t.mapped);
	assert_int_equal(t.pa, m->page[i]);
	assert_string_equal(t.access, "rw----");
	assert_int_equal(t.memory, 0xff);
}

/* Ends, guards, and a few pages between; all of them now and then. */
static void check_area(const struct model_area *m, bool all)
{
	check_page(m, 0);
	check_page(m, m->count - 1);
	for (u64 i = 0; all && i < m->count; i++)
		check_page(m, i);
	for (unsigned i = 0; !all && i < 4; i++)
		check_page(m, host_random_below(m->count));
	assert_false(fake_translate(&vmap_space, m->base - 1).mapped);
	assert_false(fake_translate(&vmap_space, m->base + m->count * PAGE).mapped);
}

static void check_sums(void)
{
	struct vmap_stats stats;
	u64 bytes = 0;

	for (unsigned i = 0; i < areas; i++)
		bytes += model[i].count * PAGE;
	vmap_read_stats(&stats);
	assert_int_equal(stats.areas, areas);
	assert_int_equal(stats.bytes, bytes);
	assert_int_equal(fake_ram_bytes, alloc_bytes);
	assert_int_equal(vmap_space_nodes, areas);
}

static u64 random_count(void)
{
	switch (host_random_below(200)) {
	case 0:
		return 1 + host_random_below((3ULL << (host_page_shift - 3)) / 2); /* blocks */
	case 1:
	case 2:
		return 1 + host_random_below(300);
	default:
		return 1 + host_random_below(12);
	}
}

static struct model_area *add(void *handle, u64 count)
{
	struct model_area *m = &model[areas++];

	*m = (struct model_area){ .base = (uintptr_t)handle & ~(PAGE - 1),
				  .count = count,
				  .handle = handle,
				  .page = calloc(count, sizeof(m->page[0])) };
	assert_non_null(m->page);
	/* It overlaps none, guard included. */
	for (unsigned i = 0; i + 1 < areas; i++)
		assert_true(model[i].base + (model[i].count + 1) * PAGE <= m->base ||
			    m->base + (count + 1) * PAGE <= model[i].base);
	return m;
}

/* Each page of vmalloc is memory of the fake RAM, and no two are the same. */
static void note_pages(struct model_area *m)
{
	for (u64 i = 0; i < m->count; i++) {
		m->page[i] = fake_translate(&vmap_space, m->base + i * PAGE).pa;
		assert_true(m->page[i] - FAKE_RAM_BASE < FAKE_RAM_BYTES);
	}
	for (unsigned a = 0; a < areas; a++)
		if (&model[a] != m)
			assert_true(model[a].page[0] != m->page[0]);
	alloc_bytes += m->count * PAGE;
}

static bool op_vmalloc(void)
{
	u64 count = random_count();
	void *p;

	fake_ram_max_order = (unsigned)host_random_below(31 - host_page_shift);
	p = vmalloc(count * PAGE - host_random_below(PAGE), 0);
	if (p)
		note_pages(add(p, count));
	return p != NULL;
}

static void op_free(void)
{
	struct model_area *m = &model[host_random_below(areas)];

	vfree(m->handle);
	alloc_bytes -= m->count * PAGE;
	assert_false(fake_translate(&vmap_space, m->base).mapped);
	assert_false(fake_translate(&vmap_space, m->base + m->count * PAGE - 1).mapped);
	free(m->page);
	*m = model[--areas];
}

static void op_find(void)
{
	const struct model_area *m = &model[host_random_below(areas)];
	u64 i = host_random_below(m->count + 2);
	struct vmap_area area;
	enum vmap_where where;

	where = vmap_report_find(vaddr(m->base - PAGE + i * PAGE + host_random_below(PAGE)), &area);
	assert_true(where != VMAP_NOWHERE);
	if (i == 0) {
		assert_true(where != VMAP_INSIDE);
	} else {
		assert_int_equal(where, i <= m->count ? VMAP_INSIDE : VMAP_GUARD_AFTER);
		assert_int_equal(area.base, m->base);
	}
}

static bool random_operation(void)
{
	u64 dice = host_random_below(100);

	if (!areas || (dice < 35 && areas < MOST_AREAS))
		return op_vmalloc();
	if (dice < 75)
		op_free();
	else
		op_find();
	return true;
}

/* An area of many small blocks is unmapped in many steps. */
static void forget_flushes(u64 va, u64 bytes)
{
	(void)va, (void)bytes;
	fake_flush_count = 0;
}

static void equals_the_model(void **state)
{
	u64 failures = 0;

	(void)state;
	vmap_space_begin();
	areas = 0;
	alloc_bytes = 0;
	for (unsigned op = 0; op < OPERATIONS; op++) {
		bool short_of_memory = host_random_below(20) == 0;
		unsigned had = areas;

		fake_on_flush = forget_flushes;
		fake_fail_after = short_of_memory ? (int)host_random_below(4) : -1;
		if (!random_operation()) {
			assert_true(short_of_memory);
			assert_int_equal(areas, had);
			failures++;
		}
		fake_fail_after = -1;
		if (areas)
			check_area(&model[host_random_below(areas)], op % 16 == 0);
		check_sums();
		if (op % 500 == 0)
			vmap_space_check();
	}
	assert_true(failures > OPERATIONS / 1000);
	fake_on_flush = forget_flushes;
	while (areas)
		op_free();
	vmap_space_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(equals_the_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
