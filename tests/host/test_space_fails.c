// SPDX-License-Identifier: BSD-2-Clause
/*
 * User spaces without memory: each allocation of a program's life fails in turn, and leaves all as
 * it was; blocks that find no place to move to; and many mappings.
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
 * Sources: tests/host/fake_image.S
 * Libs: -Wl,--wrap=pgtable_map
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "space_world.h"

#include <cmocka.h>

#include <kernel/compiler.h>
#include <kernel/errno.h>
#include <mm/contig.h>
#include <mm/pages.h>

static struct space *space;
static u64 p; /* P */

#define AT(page) (64 * GiB + (page)*p)

static u8 data[3 * 64 * KiB];
static struct space_source source = { .data = data };

/* ---- what a space is, to compare ---- */

struct snapshot {
	u64 mappings;
	struct space_view view[16];
	u64 resident_bytes;
	u64 table_bytes;
	u64 brk;
};

static void save(struct snapshot *s)
{
	memset(s, 0, sizeof(*s));
	for (u64 at = 0; space_next(space, at, &s->view[s->mappings]); s->mappings++) {
		assert_true(s->mappings + 1 < ARRAY_SIZE(s->view));
		at = s->view[s->mappings].end;
	}
	memset(&s->view[s->mappings], 0, sizeof(s->view[0]));
	s->resident_bytes = space->resident_bytes;
	s->table_bytes = space->pt.table_bytes;
	s->brk = space->brk;
}

/* ---- a program's life, step by step: each may fail for want of memory ---- */

static int map(u64 page, u64 pages, unsigned prot, const struct space_source *from)
{
	struct space_request r = { .at = AT(page),
				   .bytes = pages * p,
				   .prot = prot,
				   .flags = SPACE_FIXED,
				   .source = from };
	u64 at;

	return space_map(space, &r, &at);
}

static int write(u64 page)
{
	enum space_verdict verdict = world_write(space, AT(page), (u8)page);

	assert_true(verdict == SPACE_OK || verdict == SPACE_NO_MEMORY);
	return verdict == SPACE_OK ? 0 : -ENOMEM;
}

static int read(u64 page)
{
	u8 byte;
	enum space_verdict verdict = world_read(space, AT(page), &byte);

	assert_true(verdict == SPACE_OK || verdict == SPACE_NO_MEMORY);
	return verdict == SPACE_OK ? 0 : -ENOMEM;
}

static int move(u64 page, u64 pages, u64 new_pages)
{
	u64 at;

	return space_move(space, AT(page), pages * p, new_pages * p, SPACE_MOVE_MAYMOVE, 0, &at);
}

static int heap(u64 pages)
{
	u64 brk = AT(1000) + pages * p;

	return space_set_brk(space, brk) == brk ? 0 : -ENOMEM;
}

static int step(unsigned number)
{
	switch (number) {
	case 0:
		return map(0, 12, SPACE_READ | SPACE_WRITE, NULL);
	case 1:
		return write(1);
	case 2:
		return read(2);
	case 3:
		return write(2);
	case 4:
		return map(4, 2, SPACE_READ, &source); /* in the middle */
	case 5:
		return read(4);
	case 6:
		return write(8);
	case 7:
		return space_unmap(space, AT(7), p);
	case 8:
		return move(8, 2, 300); /* far away, with a page */
	case 9:
		return heap(3);
	case 10:
		return write(1001);
	case 11:
		return heap(1);
	case 12:
		return space_protect(space, AT(1), p, SPACE_READ);
	case 13:
		return space_discard(space, AT(0), 2 * p);
	case 14:
		return map(1 << 20, 1, SPACE_WRITE, NULL); /* in other tables */
	case 15:
		return write(1 << 20);
	default:
		return 1;
	}
}

/* A step that fails changes nothing, and works when there is memory again. */
static void live(void)
{
	struct snapshot before, after;
	int err;

	for (unsigned number = 0;; number++) {
		save(&before);
		err = step(number);
		if (err == 1)
			return;
		if (err) {
			assert_int_equal(err, -ENOMEM);
			save(&after);
			assert_memory_equal(&before, &after, sizeof(before));
			assert_int_equal(step(number), 0);
		}
		world_check(space);
		assert_int_equal(space->spares, 0);
	}
}

static void sweep(const struct granule *g, enum fault_site site, u64 least)
{
	u64 free_bytes = world_free_bytes(), nth = 0;
	bool failed;

	do {
		world_inject(site, ++nth);
		space = space_create(g, 0, false);
		if (!space) {
			assert_true(world_failed(site));
			space = world_space(g);
		}
		space_set_heap(space, AT(1000));
		live();
		failed = world_failed(site);
		space_destroy(space);
		fault_inject_off();
		assert_int_equal(world_free_bytes(), free_bytes);
	} while (failed);
	/* So many places there were. */
	assert_true(nth > least);
}

static void every_allocation(const struct granule *g)
{
	p = granule_page_bytes(g);
	source.bytes = 2 * p;
	sweep(g, FAULT_PAGES, 6);
	sweep(g, FAULT_SLAB, 6);
	sweep(g, FAULT_TABLES, 6);
	sweep(g, FAULT_KEXEC, 1);
}

static void each_fails_in_turn(void **state)
{
	(void)state;
	world_each_pair(every_allocation);
}

/* ---- moving ---- */

/* No free block of P is left, though there is memory: a claim says so, and all is as it was. */
static void no_block_in(const struct granule *g)
{
	static paddr_t taken[WORLD_RAM_BYTES >> PAGE_SHIFT_MIN];
	struct contig_result result;
	unsigned count = 0;
	u64 pa;
	u8 byte = 0;

	p = granule_page_bytes(g);
	if (p == page_size())
		return;
	space = world_space(g);
	assert_int_equal(map(0, 1, SPACE_READ | SPACE_WRITE, NULL), 0);
	assert_int_equal(write(0), 0);
	pa = world_pa(space, AT(0));
	assert_true(pa >= WORLD_CMA && pa - WORLD_CMA < WORLD_CMA_BYTES);
	/* Every second page of the rest stays taken. */
	while (!pages_alloc(0, PAGES_MOVABLE, &taken[count]))
		count++;
	for (unsigned i = 0; i < count; i++)
		if (taken[i].val & page_size())
			pages_free(taken[i], 0);
	pages_drain();
	assert_int_equal(contig_take(paddr(pa), p, MIGRATE_CMA, false, &result), -ENOMEM);
	assert_string_equal(result.why, "there is no free block to move a program's page to");
	world_check(space);
	assert_int_equal(world_pa(space, AT(0)), pa);
	for (unsigned i = 0; i < count; i++)
		if (!(taken[i].val & page_size()))
			pages_free(taken[i], 0);
	/* A part of it: the rest goes back. */
	assert_true(world_claim(pa + page_size(), page_size()));
	assert_int_not_equal(world_pa(space, AT(0)), pa);
	assert_int_equal(world_read(space, AT(0), &byte), SPACE_OK);
	world_check(space);
	space_destroy(space);
}

static void no_block(void **state)
{
	(void)state;
	world_each_pair(no_block_in);
}

/* ---- many ---- */

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Two pages apart, so that none is one with another. How long the last thousand of them took. */
static double fill(u64 from, u64 to)
{
	double start = 0;

	for (u64 i = from; i < to; i++) {
		if (i + 1000 == to)
			start = seconds();
		assert_int_equal(map(2 * i, 1, SPACE_READ, NULL), 0);
	}
	return seconds() - start;
}

/* A hundred thousand mappings: one more costs at most eight times as much as with a thousand. */
static void many_in(const struct granule *g)
{
	double few, many;

	space = world_space(g);
	p = granule_page_bytes(g);
	space_mappings_most = 200000;
	few = fill(0, 2000);
	many = fill(2000, 100000);
	if (many > 8 * few)
		fail_msg("%g s for a thousand after %g s", many, few);
	assert_int_equal(space->mappings.count, 100000);
	space_mappings_most = 99999;
	assert_int_equal(map(1, 1, 0, NULL), -ENOMEM);
	space_mappings_most = 100000;
	assert_int_equal(map(1 << 20, 3, 0, NULL), 0);
	assert_int_equal(space_unmap(space, AT((1 << 20) + 1), p), -ENOMEM);
	space_mappings_most = 65530;
	world_check(space);
	space_destroy(space);
}

static void many(void **state)
{
	(void)state;
	world_each_pair(many_in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_fails_in_turn),
		cmocka_unit_test(no_block),
		cmocka_unit_test(many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
