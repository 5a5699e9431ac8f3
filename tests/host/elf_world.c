// SPDX-License-Identifier: BSD-2-Clause
/* Programs mapped into a fake space. elf_world.h has the contract. */
#include <stdio.h>
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include "elf_world.h"

struct elf_world world;

u64 elf_world_page_bytes(void)
{
	return 1ULL << host_page_shift;
}

int elf_world_map_seeded(const struct elf_builder *b, u64 seed)
{
	static u8 *file;
	char why[ELF_WHY_BYTES];

	if (file)
		elf_builder_free(file);
	file = elf_builder_file(b);
	world.source = (struct space_source){ .data = file, .bytes = b->file_bytes };
	assert_int_equal(elf_read(file, b->file_bytes, elf_world_page_bytes(), &world.program, why),
			 0);
	memset(&world.image, 0x5a, sizeof(world.image));
	return elf_map(&world.fake.space, &world.source, &world.program, seed, fake_space_zero,
		       &world.image);
}

int elf_world_map(const struct elf_builder *b)
{
	fake_space_begin(&world.fake, host_page_shift);
	return elf_world_map_seeded(b, 0);
}

void elf_world_is(const char *expected)
{
	char text[4096];

	fake_space_text(&world.fake, text, sizeof(text));
	assert_string_equal(text, expected);
}

struct elf_builder elf_world_two(u16 type, u64 base)
{
	struct elf_builder b = elf_builder(type, base + 0x400);

	elf_builder_load(&b, RX, base, 0x1800, 0x1800, 0x10000);
	elf_builder_load(&b, RW, base + 0x1f800, 0x900, 0x2000, 0x10000);
	return b;
}
