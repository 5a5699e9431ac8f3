// SPDX-License-Identifier: BSD-2-Clause
/*
 * User spaces against a naive model, an array of pages, over a million random operations: at every
 * pair of the kernel's page and the program's.
 *
 * Sources: mm/user/space.c mm/user/space_map.c mm/user/space_mapping.c mm/user/space_place.c
 * Sources: mm/user/space_remap.c mm/user/space_pages.c mm/user/space_tables.c
 * Sources: mm/user/space_fault.c
 * Sources: mm/user/space_record.c mm/user/space_migrate.c mm/user/space_info.c
 * Sources: mm/move/movable.c mm/move/migrate.c mm/move/rmap.c mm/move/contig.c
 * Sources: mm/move/contig_alloc.c mm/move/compact.c
 * Sources: mm/page/frame.c mm/page/buddy.c mm/page/pageblock.c mm/page/pages.c
 * Sources: mm/page/pages_batch.c
 * Sources: mm/page/pages_hot.c mm/page/table_pages.c mm/page/hot_text.c mm/page/hooks.c
 * Sources: mm/page/boot_data.c mm/boot/memblock.c mm/boot/region_list.c
 * Sources: mm/heap/chunk.c mm/heap/slab.c mm/heap/kmalloc.c mm/heap/kmalloc_hot.c
 * Sources: mm/heap/slab_drain.c
 * Sources: mm/vmap/vmap.c mm/vmap/vmap_area.c mm/vmap/vmalloc.c
 * Sources: arch/arm64/table/pgtable.c arch/arm64/table/pgtable_hot.c
 * Sources: arch/arm64/table/pgtable_change.c arch/arm64/table/pgtable_replace.c
 * Sources: arch/arm64/table/pgtable_read.c arch/arm64/table/pgtable_pages.c
 * Sources: arch/arm64/table/pgtable_check.c arch/arm64/table/granule.c
 * Sources: kernel/show/memory/fault_inject.c lib/cmdline.c lib/parse.c lib/string.c lib/format.c
 * Sources: tests/host/space_world.c tests/host/space_thread.c tests/host/fake_machine.c
 * Sources: tests/host/fake_image.S tests/host/space_model.c
 * Libs: -Wl,--wrap=pgtable_map
 */
#include <stdio.h>
#include <string.h>

#include "space_model.h"

#include <cmocka.h>

#include <kernel/errno.h>

#define OPERATIONS 170000 /* at each of six pairs */

static struct space *space;
static u64 claims; /* that were had */

static void touch(void)
{
	u64 number = host_random_below(PAGES), side = host_random_below(2);
	struct page *m = &model[number];
	u64 va = at(number) + side * (p - 1);
	enum space_access access = (enum space_access)host_random_below(3);
	u8 byte = (u8)host_random();

	if (access == SPACE_ACCESS_READ) {
		byte = m->byte[side];
		assert_int_equal(world_read(space, va, &byte), expected(m, access));
		if (expected(m, access) == SPACE_OK)
			assert_int_equal(byte, m->byte[side]);
	} else if (access == SPACE_ACCESS_WRITE) {
		assert_int_equal(world_write(space, va, byte), expected(m, access));
		if (expected(m, access) == SPACE_OK)
			m->byte[side] = byte;
	} else {
		assert_int_equal(world_exec(space, va), expected(m, access));
	}
	if (expected(m, access) == SPACE_OK && (access == SPACE_ACCESS_WRITE || m->source))
		m->own = true;
}

/* ---- requests ---- */

static u64 random_page(u64 *pages)
{
	u64 first = host_random_below(PAGES), most = host_random_below(4) ? 8 : 64;

	*pages = 1 + host_random_below(MIN(PAGES - first, most));
	return first;
}

/* Bytes that come to so many pages. */
static u64 bytes_of(u64 pages)
{
	return pages * p - (host_random_below(2) ? host_random_below(p) : 0);
}

static void map_model(u64 first, u64 pages, const struct space_request *r)
{
	for (u64 i = 0; i < pages; i++) {
		model[first + i] = (struct page){ .mapped = true,
						  .prot = (u8)r->prot,
						  .source = r->source,
						  .offset = r->offset + i * p };
		fresh(&model[first + i]);
	}
}

static void map(void)
{
	u64 pages, first = random_page(&pages), got;
	struct space_request r = { .bytes = bytes_of(pages),
				   .prot = (unsigned)host_random_below(8) };
	int err;

	if (host_random_below(3) == 0) {
		r.source = &sources[host_random_below(3)];
		r.offset = host_random_below(4) * p;
	}
	switch (host_random_below(3)) {
	case 0:
		r.flags = SPACE_FIXED;
		r.at = at(first);
		break;
	case 1:
		r.flags = SPACE_NOREPLACE;
		r.at = at(first);
		break;
	default:
		/* A hint counts if there is room. */
		if (host_random_below(2))
			r.at = at(first) + host_random_below(p);
		if (!r.at || any_mapped(first, pages))
			first = highest_run(pages);
	}
	err = space_map(space, &r, &got);
	if (r.flags == SPACE_NOREPLACE && any_mapped(first, pages)) {
		assert_int_equal(err, -EEXIST);
		return;
	}
	assert_int_equal(err, 0);
	if (first == PAGES) {
		assert_true(got >= SPACE_END / 4);
		assert_int_equal(space_unmap(space, got, r.bytes), 0);
		return;
	}
	assert_int_equal(got, at(first));
	map_model(first, pages, &r);
}

static void unmap(void)
{
	u64 pages, first = random_page(&pages);

	assert_int_equal(space_unmap(space, at(first), bytes_of(pages)), 0);
	memset(&model[first], 0, pages * sizeof(model[0]));
}

static void protect(void)
{
	u64 pages, first = random_page(&pages);
	unsigned prot = (unsigned)host_random_below(8);
	int want = 0;

	for (u64 i = first; !want && i < first + pages; i++) {
		if (model[i].mapped)
			model[i].prot = (u8)prot;
		else
			want = -ENOMEM;
	}
	assert_int_equal(space_protect(space, at(first), bytes_of(pages), prot), want);
}

static void discard(void)
{
	u64 pages, first = random_page(&pages);
	int want = 0;

	for (u64 i = first; i < first + pages; i++) {
		if (model[i].mapped)
			fresh(&model[i]);
		else
			want = -ENOMEM;
	}
	assert_int_equal(space_is_mapped(space, at(first), bytes_of(pages)), want);
	assert_int_equal(space_discard(space, at(first), bytes_of(pages)), want);
}

static void move(void)
{
	static const unsigned kinds[] = { 0, SPACE_MOVE_MAYMOVE,
					  SPACE_MOVE_MAYMOVE | SPACE_MOVE_FIXED,
					  SPACE_MOVE_MAYMOVE | SPACE_MOVE_DONTUNMAP,
					  SPACE_MOVE_MAYMOVE | SPACE_MOVE_FIXED |
						  SPACE_MOVE_DONTUNMAP };
	u64 pages, first = random_page(&pages), new, to = random_page(&new), got = 0;
	unsigned flags = kinds[host_random_below(ARRAY_SIZE(kinds))];
	int err, want;

	if (flags & SPACE_MOVE_DONTUNMAP)
		new = pages;
	new = MIN(new, PAGES - MAX(first, to));
	pages = flags & SPACE_MOVE_DONTUNMAP ? new : pages;
	err = space_move(space, at(first), pages * p, new *p, flags,
			 flags & SPACE_MOVE_FIXED ? at(to) : 0, &got);
	want = expect_move(first, pages, new, flags, &to);
	assert_int_equal(err, want);
	if (err)
		return;
	if (to == PAGES) {
		assert_true(got >= SPACE_END / 4);
		assert_int_equal(space_unmap(space, got, new *p), 0);
	} else {
		assert_int_equal(got, at(to));
	}
}

/* Memory around a page goes elsewhere, as far as its pageblock goes. */
static void claim(void)
{
	u64 pa = world_pa(space, at(host_random_below(PAGES)));
	u64 unit = 1ULL << host_page_shift, bytes = unit * (1 + host_random_below(40));
	u64 block = ALIGN_DOWN(pa, 2 * MiB), first = pa + host_random_below(p / unit) * unit;

	first = MAX(block, first - host_random_below(bytes / unit) * unit);
	if (pa && first < block + 2 * MiB)
		claims += world_claim(first, MIN(bytes, block + 2 * MiB - first));
}

/* ---- all of it ---- */

static void compare(void)
{
	u64 mappings = 0, own = 0, mapped = 0;
	struct space_view view;
	u8 vector[PAGES];

	for (u64 i = 0; i < PAGES; i++) {
		const struct page *m = &model[i];

		mapped += m->mapped;
		own += m->own;
		assert_int_equal(space_resident(space, at(i), p, &vector[i]),
				 m->mapped ? 0 : -ENOMEM);
		if (m->mapped && (m->own || m->source))
			assert_int_equal(vector[i], 1);
		if (!m->mapped || (i && goes_on(m - 1, m)))
			continue;
		mappings++;
		assert_true(space_next(space, at(i), &view));
		assert_int_equal(view.base, at(i));
		assert_int_equal(view.prot, m->prot);
		assert_ptr_equal(view.source, m->source);
	}
	assert_int_equal(space->mappings.count, mappings);
	assert_int_equal(space->mapped_bytes, mapped * p);
	assert_int_equal(space->resident_bytes, own * p);
	world_check(space);
}

static void operate(const struct granule *g)
{
	static void (*const what[])(void) = { touch, touch, touch, touch,   touch,   touch, touch,
					      map,   map,   unmap, protect, discard, move };

	u64 copies = world_copies, root_bytes;

	claims = 0;
	space = world_space(g);
	model_begin(granule_page_bytes(g));
	space->mmap_top = at(PAGES);
	root_bytes = space->pt.table_bytes;
	for (unsigned i = 0; i < OPERATIONS; i++) {
		what[host_random_below(ARRAY_SIZE(what))]();
		if (i % 4 == 0)
			claim();
		if (i % 256 == 0)
			compare();
	}
	assert_true(claims > 100 && world_copies - copies > 100);
	/* Where nothing is mapped no table is left. */
	assert_int_equal(space_unmap(space, at(0), PAGES * p), 0);
	assert_int_equal(space->pt.table_bytes, root_bytes);
	space_destroy(space);
}

static void at_random(void **state)
{
	(void)state;
	world_each_pair(operate);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(at_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
