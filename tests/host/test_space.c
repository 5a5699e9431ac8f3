// SPDX-License-Identifier: BSD-2-Clause
/*
 * What programs see of a space at each page size, as Linux has it; and what reservations
 * cost.
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
 * Libs: -Wl,--wrap=pgtable_map -Wl,--wrap=cache_sync_icache
 */
#include <stdio.h>
#include <string.h>

#include "space_world.h"

#include <cmocka.h>

#include <kernel/compiler.h>
#include <kernel/errno.h>

static struct space *space;
static u64 p; /* P */

#define RW   (SPACE_READ | SPACE_WRITE)
#define BASE (64 * GiB)

static u64 synced; /* bytes that can be fetched as instructions */

void __wrap_cache_sync_icache(void *start, void *end);

void __wrap_cache_sync_icache(void *start, void *end)
{
	synced += (u64)((u8 *)end - (u8 *)start);
}

static void begin(const struct granule *g)
{
	space = world_space(g);
	p = granule_page_bytes(g);
	synced = 0;
}

static void end(void)
{
	world_check(space);
	space_destroy(space);
}

static int map_at(u64 at, u64 bytes, unsigned prot, unsigned flags, u64 *got)
{
	struct space_request r = { .at = at, .bytes = bytes, .prot = prot, .flags = flags };

	return space_map(space, &r, got);
}

/* 1 MiB at BASE. */
static void map_base(void)
{
	u64 at;

	assert_int_equal(map_at(BASE, 1 * MiB, RW, SPACE_FIXED, &at), 0);
	assert_int_equal(at, BASE);
}

static enum space_verdict read_at(u64 va)
{
	u8 byte;

	return world_read(space, va, &byte);
}

static u8 byte_at(u64 va)
{
	u8 byte = 0xff;

	assert_int_equal(world_read(space, va, &byte), SPACE_OK);
	return byte;
}

/* What goes by the program's page: the error of an address that is a multiple of `unit` only. */
static int unless_aligned(u64 unit)
{
	return unit % p ? -EINVAL : 0;
}

/* ---- facts, in the order of a table that was measured on Linux ---- */

static void mmap_as_linux_in(const struct granule *g)
{
	static const u8 data[3 * 64 * KiB];
	struct space_source source = { .data = data, .bytes = sizeof(data) };
	struct space_request r = { .bytes = 4 * KiB, .prot = SPACE_READ, .source = &source };
	u64 at;

	begin(g);
	for (u64 unit = 4 * KiB; unit <= 64 * KiB; unit *= 4) {
		r.offset = unit;
		assert_int_equal(space_map(space, &r, &at), unless_aligned(unit));
		assert_int_equal(map_at(BASE + unit, p, RW, SPACE_FIXED, &at),
				 unless_aligned(unit));
	}
	assert_int_equal(map_at(0, 0, RW, 0, &at), -EINVAL);
	assert_int_equal(map_at(0x7100001000, p, RW, 0, &at), 0);
	assert_int_equal(at, ALIGN_DOWN(0x7100001000ULL, p));
	assert_int_equal(map_at(at, p, RW, SPACE_NOREPLACE, &at), -EEXIST);
	assert_int_equal(map_at(0, 1ULL << 62, RW, 0, &at), -ENOMEM);
	assert_int_equal(map_at(0, ~0ULL, RW, 0, &at), -ENOMEM);
	assert_int_equal(map_at(SPACE_END - p, 2 * p, RW, SPACE_FIXED, &at), -ENOMEM);
	assert_int_equal(map_at(0, p, RW, SPACE_FIXED, &at), 0);
	assert_int_equal(at, 0);
	/* A hint that is too low is moved up, unless it is none when rounded. */
	assert_int_equal(space_unmap(space, 0, p), 0);
	assert_int_equal(map_at(4 * KiB + 1, p, RW, 0, &at), 0);
	assert_true(p == 4 * KiB ? at == 64 * KiB : at > space->mmap_top - MiB);
	r.offset = ALIGN_DOWN(~0ULL, p);
	assert_int_equal(space_map(space, &r, &at), -EOVERFLOW);
	end();
}

static void munmap_and_mprotect_in(const struct granule *g)
{
	begin(g);
	for (u64 unit = 4 * KiB; unit <= 64 * KiB; unit *= 4) {
		map_base();
		assert_int_equal(space_protect(space, BASE + unit, unit, SPACE_READ),
				 unless_aligned(unit));
		assert_int_equal(space_discard(space, BASE + unit, unit), unless_aligned(unit));
		assert_int_equal(space_is_mapped(space, BASE + unit, unit), unless_aligned(unit));
		assert_int_equal(space_unmap(space, BASE + unit, 64 * KiB), unless_aligned(unit));
	}
	map_base();
	assert_int_equal(space_protect(space, BASE, 0, SPACE_READ), 0);
	assert_int_equal(space_protect(space, BASE, 100, SPACE_READ), 0);
	for (u64 unit = 4 * KiB; unit <= 64 * KiB; unit *= 4)
		assert_int_equal(world_write(space, BASE + unit, 1),
				 unit < p ? SPACE_DENIED : SPACE_OK);
	assert_int_equal(space_protect(space, BASE - p, 3 * p, RW), -ENOMEM);
	assert_int_equal(space_protect(space, BASE + MiB - p, 2 * p, SPACE_READ), -ENOMEM);
	assert_int_equal(world_write(space, BASE + MiB - 1, 1), SPACE_DENIED);
	assert_int_equal(space_unmap(space, BASE, 0), -EINVAL);
	assert_int_equal(space_unmap(space, BASE, ~0ULL), -EINVAL);
	assert_int_equal(space_unmap(space, SPACE_END, p), -EINVAL);
	assert_int_equal(space_unmap(space, BASE, 100), 0);
	assert_int_equal(read_at(BASE + p - 1), SPACE_NOT_MAPPED);
	assert_int_equal(read_at(BASE + p), SPACE_OK);
	assert_int_equal(space_unmap(space, BASE - 2 * p, p), 0);
	end();
}

static void madvise_as_linux_in(const struct granule *g)
{
	u8 vector[16];

	begin(g);
	map_base();
	assert_int_equal(world_write(space, BASE + 100, 7), SPACE_OK);
	assert_int_equal(world_write(space, BASE + 5000, 9), SPACE_OK);
	memset(vector, 9, sizeof(vector));
	assert_int_equal(space_resident(space, BASE, 64 * KiB, vector), 0);
	for (u64 i = 0; i < 16; i++)
		assert_int_equal(vector[i], i >= 64 * KiB / p ? 9 : i == 0 || i == 5000 / p);
	assert_int_equal(space_discard(space, BASE, 4 * KiB), 0);
	assert_int_equal(byte_at(BASE + 100), 0);
	assert_int_equal(byte_at(BASE + 5000), p == 4 * KiB ? 9 : 0);
	assert_int_equal(space_discard(space, BASE, 0), 0);
	assert_int_equal(space_discard(space, BASE - p, 2 * p), -ENOMEM);
	assert_int_equal(space_resident(space, BASE - p, p, vector), -ENOMEM);
	end();
}

static void mremap_as_linux_in(const struct granule *g)
{
	u64 at;

	begin(g);
	map_base();
	for (u64 unit = 4 * KiB; unit <= 64 * KiB; unit *= 4)
		assert_int_equal(space_move(space, BASE + unit, MiB - unit, MiB - unit, 0, 0, &at),
				 unless_aligned(unit));
	assert_int_equal(world_write(space, BASE + MiB - 1, 5), SPACE_OK);
	assert_int_equal(space_move(space, BASE, MiB, 2 * MiB, 0, 0, &at), 0);
	assert_int_equal(at, BASE);
	assert_int_equal(space_move(space, BASE, 0, MiB, SPACE_MOVE_MAYMOVE, 0, &at), -EINVAL);
	assert_int_equal(space_move(space, BASE, MiB, 0, SPACE_MOVE_MAYMOVE, 0, &at), -EINVAL);
	assert_int_equal(space_move(space, BASE, MiB, MiB, SPACE_MOVE_MAYMOVE | SPACE_MOVE_FIXED,
				    BASE + MiB - p, &at),
			 -EINVAL);
	assert_int_equal(space_move(space, BASE, MiB, MiB, SPACE_MOVE_FIXED, 0, &at), -EINVAL);
	assert_int_equal(space_move(space, BASE, 4 * MiB, 5 * MiB, 1, 0, &at), -EFAULT);
	assert_int_equal(space_move(space, BASE - p, p, 2 * p, 1, 0, &at), -EFAULT);
	assert_int_equal(space_move(space, BASE, MiB, MiB, SPACE_MOVE_MAYMOVE | SPACE_MOVE_FIXED,
				    2 * BASE, &at),
			 0);
	assert_int_equal(byte_at(2 * BASE + MiB - 1), 5);
	assert_int_equal(read_at(BASE), SPACE_NOT_MAPPED);
	end();
}

static void brk_as_linux_in(const struct granule *g)
{
	u64 at;

	begin(g);
	space_set_heap(space, BASE);
	assert_int_equal(space_set_brk(space, 0), BASE);
	assert_int_equal(space_set_brk(space, BASE + 1), BASE + 1);
	for (u64 unit = 4 * KiB; unit <= 64 * KiB; unit *= 4)
		assert_int_equal(world_write(space, BASE + unit, 1),
				 unit < p ? SPACE_OK : SPACE_NOT_MAPPED);
	/* It stops a page before what comes next. */
	assert_int_equal(map_at(BASE + MiB, p, RW, SPACE_FIXED, &at), 0);
	assert_int_equal(space_set_brk(space, BASE + MiB), BASE + 1);
	assert_int_equal(space_set_brk(space, BASE + MiB - p), BASE + MiB - p);
	assert_int_equal(space_set_brk(space, BASE), BASE);
	assert_int_equal(read_at(BASE), SPACE_NOT_MAPPED);
	end();
}

static void files_in(const struct granule *g)
{
	static u8 data[5000];
	struct space_source source = { .data = data, .bytes = sizeof(data) };
	struct space_request r = { .bytes = MiB, .prot = RW, .source = &source };
	static const u64 offsets[] = { 4999, 8191, 8192, 16384, 65535, 65536 };
	u64 at;

	memset(data, 5, sizeof(data));
	begin(g);
	assert_int_equal(space_map(space, &r, &at), 0);
	for (unsigned i = 0; i < ARRAY_SIZE(offsets); i++)
		assert_int_equal(read_at(at + offsets[i]),
				 offsets[i] < ALIGN_UP(5000ULL, p) ? SPACE_OK : SPACE_AFTER_END);
	assert_int_equal(byte_at(at + 4999), 5);
	assert_int_equal(byte_at(at + 5000), 0);
	/* It is a copy. */
	assert_int_equal(world_write(space, at, 6), SPACE_OK);
	assert_int_equal(data[0], 5);
	end();
}

/* ---- stacks ---- */

static void stack_in(const struct granule *g)
{
	u64 top, low, at;

	begin(g);
	top = space->stack_top;
	assert_int_equal(map_at(top - 128 * KiB, 128 * KiB, RW, SPACE_FIXED | SPACE_GROWSDOWN, &at),
			 0);
	assert_int_equal(world_write(space, top - MiB, 1), SPACE_OK);
	assert_int_equal(world_write(space, top - 8 * MiB, 1), SPACE_OK);
	assert_int_equal(read_at(top - 8 * MiB - 1), SPACE_NOT_MAPPED);
	assert_int_equal(space_unmap(space, top - 8 * MiB, 8 * MiB - 128 * KiB), 0);
	/* Nothing is placed where it may grow into soon, but by force; there it doesn't grow to. */
	low = top - 128 * KiB - 256 * p;
	assert_int_equal(map_at(low, p, RW, 0, &at), 0);
	assert_int_not_equal(at, low);
	assert_int_equal(map_at(low - 2 * p, p, RW, 0, &at), 0);
	assert_int_equal(at, low - 2 * p);
	assert_int_equal(read_at(top - 128 * KiB - 1), SPACE_OK);
	assert_int_equal(read_at(top - 128 * KiB - p - 1), SPACE_NOT_MAPPED);
	end();
}

/* ---- what it costs ---- */

/* No table for a reservation; one block of zeroes for all reads; a page for each write. */
static void reservations_in(const struct granule *g)
{
	u64 at, tables, free_bytes;

	begin(g);
	tables = space->pt.table_bytes;
	free_bytes = world_free_bytes();
	assert_int_equal(map_at(0, 128 * GiB, 0, 0, &at), 0);
	assert_int_equal(space->pt.table_bytes, tables);
	assert_true(free_bytes - world_free_bytes() <= 64 * KiB);
	assert_int_equal(read_at(at), SPACE_DENIED);
	assert_int_equal(space_protect(space, at, 64 * p, RW), 0);
	for (u64 i = 0; i < 64; i++)
		assert_int_equal(byte_at(at + i * p), 0);
	assert_int_equal(space->resident_bytes, 0);
	assert_int_equal(world_write(space, at + p, 1), SPACE_OK);
	assert_int_equal(space->resident_bytes, p);
	assert_int_equal(byte_at(at), 0);
	assert_int_equal(byte_at(at + p), 1);
	assert_int_equal(space_unmap(space, at, 128 * GiB), 0);
	assert_int_equal(space->pt.table_bytes, tables);
	end();
}

/* A neighbour that nobody touched keeps the tables of what goes; then it goes, and they do. */
static void tables_in(const struct granule *g)
{
	u64 tables, at;

	begin(g);
	tables = space->pt.table_bytes;
	for (unsigned above = 0; above < 2; above++) {
		u64 other = above ? BASE + MiB : BASE - MiB;

		map_base();
		assert_int_equal(map_at(other, MiB, SPACE_READ, SPACE_FIXED, &at), 0);
		assert_int_equal(world_write(space, above ? BASE + MiB - 1 : BASE, 1), SPACE_OK);
		assert_int_equal(space_unmap(space, BASE, MiB), 0);
		assert_true(space->pt.table_bytes > tables);
		world_check(space);
		assert_int_equal(space_unmap(space, other, MiB), 0);
		assert_int_equal(space->pt.table_bytes, tables);
	}
	end();
}

/* What can be executed was made so that it can be fetched: when it is made, when permitted. */
static void text_in(const struct granule *g)
{
	static u8 data[64 * KiB];
	struct space_source source = { .data = data, .bytes = sizeof(data) };
	struct space_request r = {
		.at = BASE, .bytes = 2 * p, .prot = RW, .flags = SPACE_FIXED, .source = &source
	};
	u64 at, pa;

	begin(g);
	source.bytes = sizeof(data);
	assert_int_equal(space_map(space, &r, &at), 0);
	assert_int_equal(world_write(space, at, 1), SPACE_OK);
	assert_int_equal(synced, 0);
	assert_int_equal(space_protect(space, at, p, SPACE_READ | SPACE_EXEC), 0);
	assert_int_equal(synced, p);
	assert_int_equal(world_exec(space, at), SPACE_OK);
	assert_int_equal(world_write(space, at, 1), SPACE_DENIED);
	/* And when it moves. */
	pa = world_pa(space, at);
	assert_true(world_claim(pa, p));
	assert_int_not_equal(world_pa(space, at), pa);
	assert_int_equal(synced, 2 * p);
	r.prot |= SPACE_EXEC;
	assert_int_equal(space_map(space, &r, &at), 0);
	assert_int_equal(world_exec(space, at), SPACE_OK);
	assert_int_equal(synced, 3 * p);
	end();
}

#define AT_EACH_PAIR(name)                  \
	static void name(void **state)      \
	{                                   \
		(void)state;                \
		world_each_pair(name##_in); \
	}

AT_EACH_PAIR(mmap_as_linux)
AT_EACH_PAIR(munmap_and_mprotect)
AT_EACH_PAIR(madvise_as_linux)
AT_EACH_PAIR(mremap_as_linux)
AT_EACH_PAIR(brk_as_linux)
AT_EACH_PAIR(files)
AT_EACH_PAIR(stack)
AT_EACH_PAIR(reservations)
AT_EACH_PAIR(tables)
AT_EACH_PAIR(text)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mmap_as_linux),
		cmocka_unit_test(munmap_and_mprotect),
		cmocka_unit_test(madvise_as_linux),
		cmocka_unit_test(mremap_as_linux),
		cmocka_unit_test(brk_as_linux),
		cmocka_unit_test(files),
		cmocka_unit_test(stack),
		cmocka_unit_test(reservations),
		cmocka_unit_test(tables),
		cmocka_unit_test(text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
