// SPDX-License-Identifier: BSD-2-Clause
/* What becomes of ELF files, as text. elf_pages.h has the contract. */
#include <stdio.h>
#include <stdlib.h>

#include <kernel/elf_map.h>

#include "elf_pages.h"

static struct elf_image image;

static void print_page(const struct fake_space *fake, u64 at)
{
	const struct fake_mapping *mapping = fake_space_find(fake, at);
	u64 cleared = at + space_page_bytes(&fake->space);

	for (unsigned i = 0; i < fake->cleared_count; i++)
		if (fake->cleared[i].base >= at && fake->cleared[i].base < cleared)
			cleared = fake->cleared[i].base;
	printf("%llx ", at - image.bias);
	if (mapping->source)
		printf("%llx", at - mapping->base + mapping->offset);
	else
		printf("-");
	printf(" %c%c%c %llx\n", mapping->prot & SPACE_READ ? 'r' : '-',
	       mapping->prot & SPACE_WRITE ? 'w' : '-', mapping->prot & SPACE_EXEC ? 'x' : '-',
	       cleared - at);
}

static int print_file(struct fake_space *fake, unsigned shift, const char *name)
{
	static u8 file[1 << 20];
	struct space_source source;
	struct elf_program program;
	char why[ELF_WHY_BYTES];
	FILE *stream = fopen(name, "rb");
	int err;

	if (!stream)
		return 1;
	source = (struct space_source){ .data = file,
					.bytes = fread(file, 1, sizeof(file), stream) };
	fclose(stream);
	printf("%s\n", name);
	fake_space_begin(fake, shift);
	err = elf_read(file, source.bytes, 1ULL << shift, &program, why);
	if (!err)
		err = elf_map(&fake->space, &source, &program, 0, fake_space_zero, &image);
	if (err) {
		printf("error %d\n", err);
		return 0;
	}
	for (unsigned i = 0; i < fake->count; i++)
		for (u64 at = fake->mappings[i].base; at < fake->mappings[i].end;
		     at += 1ULL << shift)
			print_page(fake, at);
	return 0;
}

int elf_pages_print(struct fake_space *fake, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (print_file(fake, (unsigned)atoi(argv[0]), argv[i]))
			return 1;
	return 0;
}
