// SPDX-License-Identifier: BSD-2-Clause
/* ELF files for tests. elf_builder.h has the contract. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "elf_builder.h"

struct elf_builder elf_builder(u16 type, u64 entry)
{
	return (struct elf_builder){
		.header = {
			.ident = { 0x7f, 'E', 'L', 'F', ELF_CLASS_64, ELF_DATA_LITTLE },
			.type = type,
			.machine = ELF_MACHINE_ARM64,
			.version = ELF_VERSION,
			.entry = entry,
			.program_headers = sizeof(struct elf_header),
			.header_bytes = sizeof(struct elf_header),
			.program_header_bytes = sizeof(struct elf_program_header),
		},
		.file_bytes = sizeof(struct elf_header),
	};
}

static void grow(struct elf_builder *builder, u64 bytes)
{
	if (builder->file_bytes < bytes)
		builder->file_bytes = bytes;
}

struct elf_program_header *elf_builder_add(struct elf_builder *builder,
					   struct elf_program_header segment)
{
	u64 count = ++builder->header.program_header_count;

	assert(count <= ELF_BUILDER_SEGMENTS);
	builder->segments[count - 1] = segment;
	grow(builder, builder->header.program_headers + count * sizeof(segment));
	if (segment.offset + segment.file_bytes < MiB)
		grow(builder, segment.offset + segment.file_bytes);
	return &builder->segments[count - 1];
}

struct elf_program_header *elf_builder_load(struct elf_builder *builder, u32 flags, u64 vaddr,
					    u64 file_bytes, u64 memory_bytes, u64 align)
{
	return elf_builder_add(builder, (struct elf_program_header){
						.type = ELF_LOAD,
						.flags = flags,
						.offset = vaddr & 0xfffff,
						.vaddr = vaddr,
						.paddr = vaddr,
						.file_bytes = file_bytes,
						.memory_bytes = memory_bytes,
						.align = align,
					});
}

u8 elf_builder_byte(u64 offset)
{
	return (u8)(1 + offset % 251);
}

u8 *elf_builder_file(const struct elf_builder *builder)
{
	u8 *file = (u8 *)malloc(builder->file_bytes + 1) + 1;
	u64 headers = builder->header.program_header_count * sizeof(builder->segments[0]);

	for (u64 at = 0; at < builder->file_bytes; at++)
		file[at] = elf_builder_byte(at);
	memcpy(file, &builder->header, sizeof(builder->header));
	if (headers <= builder->file_bytes &&
	    builder->header.program_headers <= builder->file_bytes - headers)
		memcpy(file + builder->header.program_headers, builder->segments, headers);
	return file;
}

void elf_builder_free(u8 *file)
{
	free(file - 1);
}
