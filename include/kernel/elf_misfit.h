/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why a program dies on pages that its file wasn't linked for: sentences for a person, about a file
 * that elf_read() accepted.
 *
 * A diagnosis, never a cause: nothing is decided by it, and it is asked for when a program has
 * failed. Pure: allocates and prints nothing. Page size enters as the process's.
 */
#ifndef KERNEL_ELF_MISFIT_H
#define KERNEL_ELF_MISFIT_H

#include <kernel/elf_read.h>
#include <mm/space.h>

/* Room for a sentence. */
#define ELF_MISFIT_BYTES 256

typedef void elf_misfit_say(void *context, const char *sentence);

/*
 * elf_misfit - what of the file doesn't fit pages of program->page_bytes, a sentence each.
 *
 * The first of each kind: a segment that can't be mapped, two that share a page, the end of
 * PT_GNU_RELRO within a page; and how to link it instead. Then what is wrong at each page size:
 * a file that is cut short, an entry where nothing can be executed. Returns how many were said.
 *
 * Something is said of every file for which elf_map() has -EINVAL or -EOVERFLOW.
 */
unsigned elf_misfit(const struct elf_program *program, elf_misfit_say *say, void *context);

/*
 * elf_misfit_death - why an access to `address` faulted, in a program that was mapped by `bias`.
 *
 * `why` names the segment, and what else is in its page. False, and it is empty: the file says
 * nothing about this address.
 */
bool elf_misfit_death(const struct elf_program *program, u64 bias, u64 address,
		      enum space_access access, char why[ELF_MISFIT_BYTES]);

#endif
