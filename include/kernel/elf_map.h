/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program's segments become mappings, exactly as on a Linux whose pages are the space's.
 *
 * Each segment is mapped from the page on that it begins in, over what was there. With pages larger
 * than the file was linked for, segments share a page: then the later one has all of it, with its
 * permissions, and the program dies. So it does on Linux. Nothing here avoids it, and elf_misfit()
 * says why it happened.
 *
 *   at fixed addresses   where they say; the heap after the last, in up to 1 GiB more at random
 *   anywhere             where mmap puts them, in one piece, aligned as the most that a segment
 *                        asks for; the heap at 2/3 of the address space, and up to 1 GiB more
 *
 * By now the old program is gone, so an error has nobody to go to: the process ends by SIGSEGV.
 *
 * Page size enters as the space's: every address and offset is rounded by it.
 *
 * Source: Linux 6.12, fs/binfmt_elf.c: load_elf_binary, elf_load, padzero; arch_randomize_brk.
 */
#ifndef KERNEL_ELF_MAP_H
#define KERNEL_ELF_MAP_H

#include <kernel/compiler.h>
#include <kernel/elf_read.h>
#include <kernel/types.h>
#include <mm/space.h>

struct elf_image {
	u64 bias;            /* what was added to each address of the file; modulo 2^64 */
	u64 entry;           /* where the program begins, as AT_ENTRY */
	u64 program_headers; /* as AT_PHDR; the bias, if no segment has them */
	u64 heap;            /* where the heap begins: space_set_heap() was called with it */
};

/* How the space's memory is cleared: returns how many bytes couldn't be, as user_zero() does. */
typedef u64 elf_map_zero(u64 to, u64 bytes);

/*
 * elf_map_stack - the stack, for arguments of `string_bytes`: before anything else is mapped.
 *
 * Executable if the program says so. 0, or what space_map() says.
 */
int elf_map_stack(struct space *space, const struct elf_program *program,
		  u64 string_bytes) __must_check;

/*
 * elf_map - map the program that elf_read() read from `source`, for the space's pages.
 *
 * `seed` places the heap; 0: not at random. -EINVAL: an offset in the file that no page can begin
 * at, a segment that has more bytes in the file than in memory, an entry beyond all addresses;
 * -EOVERFLOW, -ENOMEM, -EEXIST: as mmap; -EFAULT: the end of a writable segment's last page can't
 * be cleared, since the file ends before it. What was mapped until then stays; *image is all zeros.
 */
int elf_map(struct space *space, const struct space_source *source,
	    const struct elf_program *program, u64 seed, elf_map_zero *zero,
	    struct elf_image *image) __must_check;

#endif
