/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a program's file says about itself, and why it can't be started.
 *
 * A file is input: nothing beyond its bytes is read, at any alignment, and program headers are
 * walked where they lie. Pure: allocates, prints and keeps nothing.
 *
 * What Linux starts is accepted here, and nothing else, with one exception: what needs a loader.
 * Page size enters as the process's: program headers have to fit into one of its pages. Segments
 * that make no sense are accepted: Linux notices while it maps them, too late for an error code.
 *
 * Source: Linux 6.12, fs/binfmt_elf.c: load_elf_binary, load_elf_phdrs.
 */
#ifndef KERNEL_ELF_READ_H
#define KERNEL_ELF_READ_H

#include <kernel/compiler.h>
#include <kernel/elf.h>
#include <kernel/types.h>

#define ELF_WHY_BYTES 200

struct elf_program {
	const u8 *file; /* stays as long as this is used */
	u64 file_bytes;
	u64 page_bytes; /* of the process */
	struct elf_header header;
	bool stack_is_executable;
};

/*
 * elf_read - read and check the headers of the `bytes` at `file`, for pages of `page_bytes`.
 *
 * -ENOEXEC, `why` says what is wrong and what would be right, and *program is all zeros: no ELF
 * file, for another machine, 32-bit, big-endian, no program, cut short within its headers, too
 * many program headers, or dynamic.
 */
int elf_read(const void *file, u64 bytes, u64 page_bytes, struct elf_program *program,
	     char why[ELF_WHY_BYTES]) __must_check;

/* The program header `index`, which is less than header.program_header_count. */
struct elf_program_header elf_read_segment(const struct elf_program *program, unsigned index);

/*
 * elf_read_next - the first program header of `type` from *index on; false: there is none.
 *
 * *index is then the one after it, to go on with.
 */
bool elf_read_next(const struct elf_program *program, unsigned *index, u32 type,
		   struct elf_program_header *segment);

/* Whether the `bytes` at `offset` lie within the file. No sum overflows. */
bool elf_read_is_within(const struct elf_program *program, u64 offset, u64 bytes);

#endif
