// SPDX-License-Identifier: BSD-2-Clause
/*
 * kernel/process/elf_map.c: what is mapped where, at each page size, as Linux does it.
 *
 * With arguments it prints what becomes of files: elf_pages.h.
 *
 * Sources: kernel/process/elf_map.c kernel/process/elf_read.c kernel/process/elf_stack.c
 * Sources: lib/initramfs.c arch/arm64/table/granule.c tests/host/elf_builder.c
 * Sources: tests/host/elf_pages.c tests/host/elf_world.c tests/host/fake_space.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include <kernel/elf_map.h>
#include <kernel/errno.h>

#include "elf_pages.h"
#include "elf_world.h"

#define MMAP_TOP 0xffff70000000ULL

/* One string for each page size. */
static void is_mapped_at_each(const char *at_4k, const char *at_16k, const char *at_64k)
{
	elf_world_is(host_page_shift == 12 ? at_4k : host_page_shift == 14 ? at_16k : at_64k);
}

/* Every byte of the program is there, and its permissions are. */
static void is_whole(const struct elf_builder *b)
{
	for (unsigned i = 0; i < b->header.program_header_count; i++) {
		const struct elf_program_header *s = &b->segments[i];

		for (u64 at = 0; s->type == ELF_LOAD && at < s->memory_bytes; at++) {
			u64 address = s->vaddr + world.image.bias + at;
			int expected = at < s->file_bytes
					       ? ((const u8 *)world.source.data)[s->offset + at]
					       : 0;

			assert_int_equal(fake_space_byte(&world.fake, address), expected);
			assert_int_equal(fake_space_find(&world.fake, address)->prot & SPACE_WRITE,
					 s->flags & ELF_WRITABLE ? SPACE_WRITE : 0);
		}
	}
}

static void fixed(void **state)
{
	struct elf_builder b = elf_world_two(ELF_TYPE_EXECUTABLE, 0x400000);

	(void)state;
	assert_int_equal(elf_world_map(&b), 0);
	is_mapped_at_each(
		"400000-402000 r-x 0\n41f000-421000 rw- 1f000\n421000-422000 rw- anonymous\n",
		"400000-404000 r-x 0\n41c000-424000 rw- 1c000\n",
		"400000-410000 r-x 0\n410000-430000 rw- 10000\n");
	is_whole(&b);
	assert_int_equal(world.image.bias, 0);
	assert_int_equal(world.image.entry, 0x400400);
	assert_int_equal(world.image.program_headers, 0x400040);
	assert_int_equal(world.image.heap, ALIGN_UP(0x421800ULL, elf_world_page_bytes()));
	assert_int_equal(world.fake.heap, world.image.heap);
}

/* In one piece, as high as there is room, by the most that a segment asks for. */
static void anywhere(void **state)
{
	struct elf_builder b = elf_world_two(ELF_TYPE_SHARED, 0);
	u64 all = ALIGN_UP(0x21800ULL, elf_world_page_bytes()), bias;

	(void)state;
	assert_int_equal(elf_world_map(&b), 0);
	bias = ALIGN_DOWN(MMAP_TOP - all, 0x10000);
	assert_int_equal(world.image.bias, bias);
	/* what lies between them is not mapped */
	if (host_page_shift < 16)
		assert_null(fake_space_find(&world.fake, bias + 0x18000));
	assert_int_equal(world.image.entry, bias + 0x400);
	assert_int_equal(world.image.program_headers, bias + 0x40);
	assert_int_equal(world.image.heap, ALIGN_UP(0xaaaaaaaaaaaaULL, elf_world_page_bytes()));
	is_whole(&b);

	/* Less than a page, or no power of two: a page. */
	b.segments[0].align = b.segments[1].align = 0x800;
	assert_int_equal(elf_world_map(&b), 0);
	assert_int_equal(world.image.bias, MMAP_TOP - all);
	is_whole(&b);
	b.segments[1].align = 0x30000;
	assert_int_equal(elf_world_map(&b), 0);
	assert_int_equal(world.image.bias, MMAP_TOP - all);
	/* And much: 2 MiB, 1 GiB. */
	b.segments[1].align = 2 * MiB;
	assert_int_equal(elf_world_map(&b), 0);
	assert_int_equal(world.image.bias, ALIGN_DOWN(MMAP_TOP - all, 2 * MiB));
	is_whole(&b);
	b.segments[0].align = 1 * GiB;
	assert_int_equal(elf_world_map(&b), 0);
	assert_int_equal(world.image.bias, ALIGN_DOWN(MMAP_TOP - all, 1 * GiB));
	is_whole(&b);

	/*
	 * The first begins within a page: as on Linux, all lie a page lower then, be that an odd
	 * place for their alignment.
	 */
	b = elf_world_two(ELF_TYPE_SHARED, 0x234);
	b.segments[1].align = 2 * MiB;
	assert_int_equal(elf_world_map(&b), 0);
	assert_int_equal(world.image.bias,
			 ALIGN_DOWN(MMAP_TOP - all, 2 * MiB) - elf_world_page_bytes());
	is_whole(&b);
	b.segments[0].align = b.segments[1].align = 0;
	assert_int_equal(elf_world_map(&b), 0);
	assert_int_equal(world.image.bias, MMAP_TOP - all);
	is_whole(&b);

	/* The first doesn't begin at 0. */
	b = elf_world_two(ELF_TYPE_SHARED, 0x30000);
	assert_int_equal(elf_world_map(&b), 0);
	assert_int_equal(world.image.bias, ALIGN_DOWN(MMAP_TOP - all, 0x10000) - 0x30000);
	assert_int_equal(world.image.entry, world.image.bias + 0x30400);
	is_whole(&b);
}

/*
 * Linked for 4K: text, and data in the page after it, with the same place in the file. With larger
 * pages the data's mapping replaces the text's: both are in one page, which can't be executed.
 */
static void shared_page(void **state)
{
	struct elf_builder b = elf_builder(ELF_TYPE_EXECUTABLE, 0x400400);

	(void)state;
	elf_builder_load(&b, RX, 0x400000, 0xf00, 0xf00, 0x1000);
	elf_builder_load(&b, RW, 0x401000, 0x100, 0x1000, 0x1000);
	assert_int_equal(elf_world_map(&b), 0);
	is_mapped_at_each("400000-401000 r-x 0\n401000-402000 rw- 1000\n", "400000-404000 rw- 0\n",
			  "400000-410000 rw- 0\n");
	assert_int_equal(fake_space_byte(&world.fake, 0x400400), elf_builder_byte(0x400));
	assert_int_equal(fake_space_byte(&world.fake, 0x4010ff), elf_builder_byte(0x10ff));
	assert_int_equal(fake_space_byte(&world.fake, 0x401100), 0);
}

/* bss of a segment that is followed by another in the same page: it is replaced, or replaces. */
static void shared_page_of_zeroes(void **state)
{
	struct elf_builder b = elf_builder(ELF_TYPE_EXECUTABLE, 0x400400);

	(void)state;
	elf_builder_load(&b, RW, 0x400000, 0x800, 0x6000, 0x1000);
	elf_builder_load(&b, RX, 0x406000, 0x800, 0x800, 0x1000);
	assert_int_equal(elf_world_map(&b), 0);
	is_mapped_at_each(
		"400000-401000 rw- 0\n401000-406000 rw- anonymous\n406000-407000 r-x 6000\n",
		"400000-404000 rw- 0\n404000-408000 r-x 4000\n", "400000-410000 r-x 0\n");
	/* and in the other order */
	b = elf_builder(ELF_TYPE_EXECUTABLE, 0x400400);
	elf_builder_load(&b, RX, 0x406000, 0x800, 0x800, 0x1000);
	elf_builder_load(&b, RW, 0x400000, 0x800, 0x6000, 0x1000);
	assert_int_equal(elf_world_map(&b), 0);
	is_mapped_at_each(
		"400000-401000 rw- 0\n401000-406000 rw- anonymous\n406000-407000 r-x 6000\n",
		"400000-404000 rw- 0\n404000-408000 rw- anonymous\n", "400000-410000 rw- 0\n");
	/* what is cleared is cleared for both */
	if (host_page_shift == 16)
		assert_int_equal(fake_space_byte(&world.fake, 0x406000), 0);
}

/* Only bss, and bss of what is read-only: writable, as on Linux. */
static void only_zeroes(void **state)
{
	struct elf_builder b = elf_builder(ELF_TYPE_EXECUTABLE, 0x400400);

	(void)state;
	elf_builder_load(&b, R, 0x400800, 0, 0x10000, 0x1000);
	assert_int_equal(elf_world_map(&b), 0);
	is_mapped_at_each("400000-411000 rw- anonymous\n", "400000-414000 rw- anonymous\n",
			  "400000-420000 rw- anonymous\n");
	b.segments[0].flags = RX;
	assert_int_equal(elf_world_map(&b), 0);
	is_mapped_at_each("400000-411000 rwx anonymous\n", "400000-414000 rwx anonymous\n",
			  "400000-420000 rwx anonymous\n");
	/* The page's end can't be cleared, which nobody minds; the file's bytes stay. */
	b.segments[0] = (struct elf_program_header){ .type = ELF_LOAD,
						     .flags = R,
						     .offset = 0x800,
						     .vaddr = 0x400800,
						     .file_bytes = 0x10,
						     .memory_bytes = 0x20000 };
	b.file_bytes = 0x10000;
	assert_int_equal(elf_world_map(&b), 0);
	is_mapped_at_each("400000-401000 r-- 0\n401000-421000 rw- anonymous\n",
			  "400000-404000 r-- 0\n404000-424000 rw- anonymous\n",
			  "400000-410000 r-- 0\n410000-430000 rw- anonymous\n");
	assert_int_equal(fake_space_byte(&world.fake, 0x400820), elf_builder_byte(0x820));
}

/* The stack is there first: a program doesn't replace it by its first segment, but by others. */
static void over_the_stack(void **state)
{
	struct elf_builder b = elf_world_two(ELF_TYPE_EXECUTABLE, SPACE_END - 0x30000);
	char expected[80];

	(void)state;
	fake_space_begin(&world.fake, host_page_shift);
	world.program.page_bytes = elf_world_page_bytes();
	world.program.stack_is_executable = false;
	assert_int_equal(elf_map_stack(&world.fake.space, &world.program, 100), 0);
	snprintf(expected, sizeof(expected), "%llx-1000000000000 rw- anonymous\n",
		 SPACE_END - 128 * KiB - elf_world_page_bytes());
	elf_world_is(expected);
	assert_int_equal(world.fake.mappings[0].flags & SPACE_GROWSDOWN, SPACE_GROWSDOWN);
	if (host_page_shift == 16) {
		assert_int_equal(elf_world_map_seeded(&b, 0), -EEXIST);
	} else {
		assert_int_equal(elf_world_map_seeded(&b, 0), 0);
		is_whole(&b);
	}
	/* An executable one. */
	fake_space_begin(&world.fake, host_page_shift);
	world.program.stack_is_executable = true;
	world.fake.space.stack_limit_bytes = 3 * 0x10000 + 5;
	assert_int_equal(elf_map_stack(&world.fake.space, &world.program, 0x100000), 0);
	elf_world_is("fffffffd0000-1000000000000 rwx anonymous\n");
}

static void heap_at_random(void **state)
{
	struct elf_builder b = elf_world_two(ELF_TYPE_EXECUTABLE, 0x400000);
	u64 least = ALIGN_UP(0x421800ULL, elf_world_page_bytes()) + elf_world_page_bytes();

	(void)state;
	for (unsigned type = ELF_TYPE_EXECUTABLE; type <= ELF_TYPE_SHARED; type++) {
		u64 lowest = ~0ULL, highest = 0;

		b.header.type = (u16)type;
		for (u64 seed = 1; seed < 1000; seed++) {
			fake_space_begin(&world.fake, host_page_shift);
			assert_int_equal(elf_world_map_seeded(&b, seed * 0x9e3779b97f4a7c15ULL), 0);
			lowest = MIN(lowest, world.image.heap);
			highest = MAX(highest, world.image.heap);
		}
		if (type == ELF_TYPE_SHARED)
			least = ALIGN_UP(0xaaaaaaaaaaaaULL, elf_world_page_bytes());
		assert_in_range(lowest, least, least + 1 * GiB / 50);
		assert_in_range(highest, least + GiB / 50 * 49,
				least + 1 * GiB - elf_world_page_bytes());
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(fixed),
		HOST_AT_EACH_PAGE_SHIFT(anywhere),
		HOST_AT_EACH_PAGE_SHIFT(shared_page),
		HOST_AT_EACH_PAGE_SHIFT(shared_page_of_zeroes),
		HOST_AT_EACH_PAGE_SHIFT(only_zeroes),
		HOST_AT_EACH_PAGE_SHIFT(over_the_stack),
		HOST_AT_EACH_PAGE_SHIFT(heap_at_random),
	};

	if (argc > 2)
		return elf_pages_print(&world.fake, argc - 1, argv + 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
