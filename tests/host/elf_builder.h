/* SPDX-License-Identifier: BSD-2-Clause */
/* ELF files for tests, as a linker lays them out: one segment after the other. */
#ifndef ELF_BUILDER_H
#define ELF_BUILDER_H

#include <stddef.h>

#include <kernel/elf.h>

#define ELF_BUILDER_SEGMENTS 128

struct elf_builder {
	struct elf_header header;
	struct elf_program_header segments[ELF_BUILDER_SEGMENTS];
	u64 file_bytes; /* of the file; grows with what is added */
};

/* A program for AArch64 of this type, without segments. */
struct elf_builder elf_builder(u16 type, u64 entry);

/* Adds a program header. The file grows so that it holds the segment. */
struct elf_program_header *elf_builder_add(struct elf_builder *builder,
					   struct elf_program_header segment);

/* ELF_LOAD, with `flags`, at vaddr modulo 1 MiB in the file. */
struct elf_program_header *elf_builder_load(struct elf_builder *builder, u32 flags, u64 vaddr,
					    u64 file_bytes, u64 memory_bytes, u64 align);

/* A file of file_bytes at an odd address, each byte a function of its place; elf_builder_free(). */
u8 *elf_builder_file(const struct elf_builder *builder);
void elf_builder_free(u8 *file);

/* What a byte of such a file is, after its headers. */
u8 elf_builder_byte(u64 offset);

#endif
