// SPDX-License-Identifier: BSD-2-Clause
/*
 * Any bytes as a program, mapped into a space of any page size: what is refused has a reason and no
 * traces, what is accepted has its segments where it says, each byte of them mapped, and the last
 * one's permissions. What is said about it fits its room, and something is where it is refused.
 *
 * The first byte chooses page size and seed; the file follows, at an odd address, in memory of
 * exactly its size.
 *
 * Sources: kernel/process/elf_map.c kernel/process/elf_misfit.c kernel/process/elf_read.c
 * Sources: kernel/process/elf_stack.c lib/initramfs.c arch/arm64/table/granule.c
 * Sources: tests/host/fake_space.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <kernel/elf_map.h>
#include <kernel/elf_misfit.h>
#include <kernel/errno.h>

#include "fake_space.h"
#include "fuzz.h"

static struct fake_space fake;

static void hear(void *context, const char *sentence)
{
	++*(unsigned *)context;
	REQUIRE(sentence[0] && strlen(sentence) < ELF_MISFIT_BYTES);
}

static void check_refused(const struct elf_program *program, const char *why)
{
	static const struct elf_program zero;

	REQUIRE(!memcmp(program, &zero, sizeof(zero)));
	REQUIRE(why[0] && strlen(why) < ELF_WHY_BYTES);
}

static unsigned prot_of(const struct elf_program_header *segment)
{
	return (segment->flags & ELF_READABLE ? SPACE_READ : 0) |
	       (segment->flags & ELF_WRITABLE ? SPACE_WRITE : 0) |
	       (segment->flags & ELF_EXECUTABLE ? SPACE_EXEC : 0);
}

/* [at, end) is mapped without a hole. */
static void check_range(u64 at, u64 end)
{
	while (at < end) {
		const struct fake_mapping *mapping = fake_space_find(&fake, at);

		REQUIRE(mapping);
		at = mapping->end;
	}
}

static void check_mapped(const struct elf_program *program, const struct elf_image *image)
{
	struct elf_program_header segment, last = { 0 };

	REQUIRE(image->entry < SPACE_END && image->heap % program->page_bytes == 0);
	REQUIRE(image->heap == fake.heap && image->bias % program->page_bytes == 0);
	for (unsigned i = 0; elf_read_next(program, &i, ELF_LOAD, &segment);) {
		u64 at = segment.vaddr + image->bias;

		if (!segment.memory_bytes)
			continue;
		REQUIRE(at < SPACE_END && segment.memory_bytes <= SPACE_END - at);
		check_range(at, at + segment.memory_bytes);
		last = segment;
	}
	if (last.file_bytes)
		REQUIRE(fake_space_find(&fake, last.vaddr + image->bias)->prot == prot_of(&last));
	for (unsigned i = 0; i < fake.count; i++) {
		REQUIRE(fake.mappings[i].base % program->page_bytes == 0);
		REQUIRE(fake.mappings[i].end % program->page_bytes == 0);
		REQUIRE(fake.mappings[i].base < fake.mappings[i].end);
		REQUIRE(!i || fake.mappings[i - 1].end <= fake.mappings[i].base);
	}
}

/* `err`: of elf_map(). */
static void check_sentences(const struct elf_program *program, u64 bias, int err)
{
	char why[ELF_MISFIT_BYTES];
	unsigned heard = 0;

	REQUIRE(elf_misfit(program, hear, &heard) == heard);
	REQUIRE(heard || (err != -EINVAL && err != -EOVERFLOW));
	for (unsigned i = 0; i < program->header.program_header_count && i < 64; i++) {
		u64 at = elf_read_segment(program, i).vaddr + bias;

		for (enum space_access access = SPACE_ACCESS_READ; access <= SPACE_ACCESS_EXEC;
		     access++)
			REQUIRE(elf_misfit_death(program, bias, at, access, why) == (why[0] != 0));
	}
}

/* The fake has room for a few hundred mappings; each segment may make three, and cut two. */
static bool fits_the_fake(const struct elf_program *program)
{
	return program->header.program_header_count < FAKE_SPACE_MAPPINGS / 5;
}

static void map(const struct elf_program *program, u64 seed)
{
	static const struct elf_image zero;
	struct space_source source = { .data = program->file, .bytes = program->file_bytes };
	struct elf_image image;
	int err;

	err = elf_map_stack(&fake.space, program, 100);
	REQUIRE(!err);
	memset(&image, 0x5a, sizeof(image));
	err = elf_map(&fake.space, &source, program, seed, fake_space_zero, &image);
	REQUIRE(!err || err == -EINVAL || err == -EOVERFLOW || err == -ENOMEM || err == -EEXIST ||
		err == -EFAULT);
	if (err)
		REQUIRE(!memcmp(&image, &zero, sizeof(zero)));
	else
		check_mapped(program, &image);
	check_sentences(program, image.bias, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned choice = size ? data[0] : 0, shift = 12 + 2 * (choice % 3);
	size_t bytes = size ? size - 1 : 0;
	u8 *memory = malloc(bytes + 1), *file = memory + 1;
	struct elf_program program;
	char why[ELF_WHY_BYTES];
	int err;

	REQUIRE(memory);
	if (bytes)
		memcpy(file, data + 1, bytes);
	memset(&program, 0x5a, sizeof(program));
	memset(why, 0x5a, sizeof(why));
	err = elf_read(file, bytes, 1ULL << shift, &program, why);
	REQUIRE(!err || err == -ENOEXEC);
	fake_space_begin(&fake, shift);
	if (err)
		check_refused(&program, why);
	else if (fits_the_fake(&program))
		map(&program, choice / 3);
	REQUIRE(!bytes || !memcmp(file, data + 1, bytes));
	free(memory);
	return 0;
}
