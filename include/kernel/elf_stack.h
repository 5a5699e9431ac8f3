/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a program finds on its stack: argc, argv, envp, the auxiliary vector, and their strings.
 *
 *   top         a zero word
 *               path; below it the strings of envp, and of argv, each in order
 *               up to a page of nothing, at random; down to a multiple of 16
 *               "aarch64"; 16 random bytes
 *               auxiliary vector, a NULL; envp, a NULL; argv, a NULL; argc
 *   sp          a multiple of 16
 *
 * Pure: the caller's function writes the memory. Page size enters as the process's: AT_PAGESZ says
 * it, and a string may have 32 pages (128 KiB, 512 KiB, 2 MiB), as on Linux.
 *
 * Source: Linux 6.12, fs/binfmt_elf.c: create_elf_tables; fs/exec.c: bprm_stack_limits,
 * copy_strings, setup_arg_pages. There is no vDSO (AT_SYSINFO_EHDR), and user and group are root's.
 */
#ifndef KERNEL_ELF_STACK_H
#define KERNEL_ELF_STACK_H

#include <kernel/compiler.h>
#include <kernel/elf_read.h>
#include <kernel/types.h>

/* Without an argument Linux makes argv[0] "". */
struct elf_arguments {
	const char *path; /* AT_EXECFN */
	unsigned argc;
	unsigned envc;
	const char *const *argv;
	const char *const *envp;
};

/* What else of it differs from program to program. */
struct elf_stack {
	const struct elf_arguments *arguments;
	const struct elf_program *program;
	u64 program_headers; /* addresses in memory: AT_PHDR, AT_ENTRY */
	u64 entry;
	u64 hwcap;
	u64 top;  /* where the stack ends: a multiple of the page */
	u64 seed; /* of where it begins within a page; 0: not at random */
	u8 random[16];
};

/*
 * elf_stack_measure - how many bytes the strings take, NULs included.
 *
 * -E2BIG, and *bytes is 0: one has more than 32 pages, or all of them, with 8 bytes for each of
 * argv and envp, more than a quarter of `limit_bytes`, the stack's limit. They may have 128 KiB in
 * any case, and 6 MiB at most. To be asked while there is somebody to return an error to.
 */
int elf_stack_measure(const struct elf_arguments *arguments, u64 page_bytes, u64 limit_bytes,
		      u64 *bytes) __must_check;

/* The stack's mapping to begin with: the pages of `string_bytes`, and 128 KiB for what follows. */
u64 elf_stack_bytes(u64 string_bytes, u64 page_bytes, u64 limit_bytes);

/*
 * elf_stack_write - write all of it below stack->top, for arguments that were measured.
 *
 * `write` returns how many bytes it could not write, as a copy to user memory does: then -EFAULT,
 * and *sp is 0.
 */
int elf_stack_write(const struct elf_stack *stack,
		    u64 (*write)(u64 to, const void *from, u64 bytes), u64 *sp) __must_check;

#endif
