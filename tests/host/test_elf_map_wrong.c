// SPDX-License-Identifier: BSD-2-Clause
/*
 * kernel/process/elf_map.c: programs that can't be mapped, and spaces that can't map them.
 *
 * Sources: kernel/process/elf_map.c kernel/process/elf_read.c kernel/process/elf_stack.c
 * Sources: lib/initramfs.c arch/arm64/table/granule.c tests/host/elf_builder.c
 * Sources: tests/host/elf_world.c tests/host/fake_space.c
 */
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include <kernel/errno.h>

#include "elf_world.h"

static void fails_with(const struct elf_builder *b, int err)
{
	static const struct elf_image zero;

	assert_int_equal(elf_world_map(b), err);
	assert_memory_equal(&world.image, &zero, sizeof(zero));
	assert_int_equal(world.fake.heap, 0);
}

/* As GNU ld does it for 4K: a page further in memory than in the file. */
static void offset_in_no_page(void **state)
{
	struct elf_builder b = elf_builder(ELF_TYPE_EXECUTABLE, 0x400400);

	(void)state;
	elf_builder_load(&b, RX, 0x400000, 0xf00, 0xf00, 0x1000);
	elf_builder_load(&b, RW, 0x401f00, 0x100, 0x1000, 0x1000)->offset = 0xf00;
	if (host_page_shift == 12) {
		assert_int_equal(elf_world_map(&b), 0);
		elf_world_is(
			"400000-401000 r-x 0\n401000-402000 rw- 0\n402000-403000 rw- anonymous\n");
		return;
	}
	fails_with(&b, -EINVAL);
	/* the same place in a page of 16K, and another in one of 64K */
	b.segments[1].offset = 0x5f00;
	b.file_bytes = 0x6000;
	if (host_page_shift == 14)
		assert_int_equal(elf_world_map(&b), 0);
	else
		fails_with(&b, -EINVAL);
}

static void offsets_that_wrap(void **state)
{
	struct elf_builder b = elf_world_two(ELF_TYPE_EXECUTABLE, 0x400000);

	(void)state;
	b.segments[1].offset = 0xf800 - 0x10000ULL; /* a page that begins before the file */
	fails_with(&b, -EOVERFLOW);
	b.segments[1].offset = 0xf800 & (elf_world_page_bytes() - 1);
	assert_int_equal(elf_world_map(&b), 0);
	b.segments[1].offset = (1ULL << 63) + 0xf800;
	fails_with(&b, -EOVERFLOW);
	b.segments[1].offset = (1ULL << 63) - 0x10000 + 0xf800;
	fails_with(&b, -EOVERFLOW);
	b.segments[1].offset = (1ULL << 63) - 0x30000 + 0xf800;
	b.segments[1].memory_bytes = b.segments[1].file_bytes;
	assert_int_equal(elf_world_map(&b), 0);
	/* the segment's first byte is the file's, but its page isn't */
	b = elf_builder(ELF_TYPE_EXECUTABLE, 0x400400);
	elf_builder_load(&b, RX, 0x400800, 0x10, 0x10, 0x1000)->offset = 0;
	fails_with(&b, -EINVAL);
}

/* What no mapping can be made of, looked at before any is made. */
static void senseless(void **state)
{
	static const struct {
		u64 vaddr, file_bytes, memory_bytes;
	} wrong[] = {
		{ SPACE_END, 0, 0 },        { ~0ULL, 0, 1 },
		{ 0x400000, 2, 1 },         { 0x400000, 0, SPACE_END },
		{ 0x400000, ~0ULL, ~0ULL }, { SPACE_END - 1, 1, 2 },
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct elf_builder b = elf_world_two(ELF_TYPE_EXECUTABLE, 0x400000);

		elf_builder_add(
			&b, (struct elf_program_header){ .type = ELF_LOAD,
							 .vaddr = wrong[i].vaddr,
							 .file_bytes = wrong[i].file_bytes,
							 .memory_bytes = wrong[i].memory_bytes });
		fails_with(&b, -EINVAL);
		assert_int_equal(world.fake.count, 0);
		b.header.type = ELF_TYPE_SHARED;
		fails_with(&b, -EINVAL);
	}
}

static void entry_beyond(void **state)
{
	struct elf_builder b = elf_world_two(ELF_TYPE_EXECUTABLE, 0x400000);

	(void)state;
	b.header.entry = SPACE_END;
	fails_with(&b, -EINVAL);
	b.header.entry = SPACE_END - 1;
	assert_int_equal(elf_world_map(&b), 0);
	/* As on Linux, no segment needs to have it, and there need be none. */
	b = elf_builder(ELF_TYPE_EXECUTABLE, 0x1234);
	elf_builder_add(&b, (struct elf_program_header){ .type = ELF_NOTE });
	assert_int_equal(elf_world_map(&b), 0);
	elf_world_is("");
	assert_int_equal(world.image.entry, 0x1234);
	assert_int_equal(world.image.program_headers, 0);
	assert_int_equal(world.image.heap, 0);
	b.header.type = ELF_TYPE_SHARED;
	assert_int_equal(elf_world_map(&b), 0);
	/* a segment of nothing, where it may lie anywhere */
	elf_builder_load(&b, R, 0x400000, 0, 0, 0x1000);
	fails_with(&b, -EINVAL);
	b.header.type = ELF_TYPE_EXECUTABLE;
	assert_int_equal(elf_world_map(&b), 0);
	elf_world_is("");
}

/* The file ends before the segment does: it is mapped, but can't be cleared. */
static void cut_short(void **state)
{
	struct elf_builder b = elf_world_two(ELF_TYPE_EXECUTABLE, 0x400000);

	(void)state;
	b.file_bytes = 0x10000;
	fails_with(&b, -EFAULT);
	b.segments[1].memory_bytes = b.segments[1].file_bytes;
	assert_int_equal(elf_world_map(&b), 0);
	b.segments[1].memory_bytes = 0x2000;
	b.segments[1].flags = R;
	assert_int_equal(elf_world_map(&b), 0);
	b.segments[1].flags = RW;
	b.file_bytes = 0x20001;
	assert_int_equal(elf_world_map(&b), 0);
}

/* Each call of the space fails once: the error comes back, and no world.image. */
static void failures(void **state)
{
	(void)state;
	for (unsigned type = ELF_TYPE_EXECUTABLE; type <= ELF_TYPE_SHARED; type++) {
		struct elf_builder b = elf_world_two((u16)type, 0x400000);
		static const struct elf_image zero;
		unsigned calls;

		b.segments[1].memory_bytes = 0x20000;
		b.segments[0].align = 2 * MiB;
		assert_int_equal(elf_world_map(&b), 0);
		calls = world.fake.calls;
		assert_true(calls >= 3);
		for (unsigned n = 1; n <= calls; n++) {
			fake_space_begin(&world.fake, host_page_shift);
			world.fake.fail_at = n;
			assert_int_equal(elf_world_map_seeded(&b, 0), -ENOMEM);
			assert_memory_equal(&world.image, &zero, sizeof(zero));
			assert_int_equal(world.fake.calls, n);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(offset_in_no_page),
		HOST_AT_EACH_PAGE_SHIFT(offsets_that_wrap),
		HOST_AT_EACH_PAGE_SHIFT(senseless),
		HOST_AT_EACH_PAGE_SHIFT(entry_beyond),
		HOST_AT_EACH_PAGE_SHIFT(cut_short),
		HOST_AT_EACH_PAGE_SHIFT(failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
