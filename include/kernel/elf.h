/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ELF files of 64 bits, as far as this kernel writes them (core files) and reads them (programs).
 *
 * Sources: System V gABI, "ELF Header", "Program Header", "Note Section"; Linux,
 * include/linux/elfcore.h for elf_prstatus, include/uapi/linux/auxvec.h.
 */
#ifndef KERNEL_ELF_H
#define KERNEL_ELF_H

#include <kernel/assert.h>
#include <kernel/types.h>

struct elf_header {
	u8 ident[16];
	u16 type;
	u16 machine;
	u32 version;
	u64 entry;
	u64 program_headers; /* where they are, from the file's beginning */
	u64 section_headers;
	u32 flags;
	u16 header_bytes;
	u16 program_header_bytes;
	u16 program_header_count;
	u16 section_header_bytes;
	u16 section_header_count;
	u16 section_names;
};
BUILD_ASSERT(sizeof(struct elf_header) == 64);

/* In ident: the magic, then class and data. */
#define ELF_MAGIC       "\x7f\x45\x4c\x46" /* 0x7f, then ELF */
#define ELF_MAGIC_BYTES 4
#define ELF_CLASS_AT    4
#define ELF_CLASS_32    1
#define ELF_CLASS_64    2
#define ELF_DATA_AT     5
#define ELF_DATA_LITTLE 1
#define ELF_DATA_BIG    2
#define ELF_VERSION     1

#define ELF_TYPE_RELOCATABLE 1 /* an object file */
#define ELF_TYPE_EXECUTABLE  2 /* a program at fixed addresses */
#define ELF_TYPE_SHARED      3 /* one that may lie anywhere, or a library */
#define ELF_TYPE_CORE        4

#define ELF_MACHINE_ARM64 183

/* PN_XNUM, 0xffff, would say that the count is elsewhere. */
#define ELF_PROGRAM_HEADERS_MAX 0xfffe

struct elf_program_header {
	u32 type;
	u32 flags;
	u64 offset;
	u64 vaddr;
	u64 paddr;
	u64 file_bytes;
	u64 memory_bytes;
	u64 align; /* 0: none */
};
BUILD_ASSERT(sizeof(struct elf_program_header) == 56);

#define ELF_LOAD        1
#define ELF_INTERPRETER 3
#define ELF_NOTE        4
#define ELF_GNU_STACK   0x6474e551u /* flags: of the stack */
#define ELF_GNU_RELRO   0x6474e552u /* read-only once relocations are done */

#define ELF_EXECUTABLE 1u
#define ELF_WRITABLE   2u
#define ELF_READABLE   4u

/* The words that a program finds on its stack after argv and envp: pairs of a tag and a value. */
enum elf_auxiliary {
	ELF_AT_NULL = 0,
	ELF_AT_PHDR = 3,
	ELF_AT_PHENT = 4,
	ELF_AT_PHNUM = 5,
	ELF_AT_PAGESZ = 6,
	ELF_AT_BASE = 7,
	ELF_AT_FLAGS = 8,
	ELF_AT_ENTRY = 9,
	ELF_AT_UID = 11,
	ELF_AT_EUID = 12,
	ELF_AT_GID = 13,
	ELF_AT_EGID = 14,
	ELF_AT_PLATFORM = 15,
	ELF_AT_HWCAP = 16,
	ELF_AT_CLKTCK = 17,
	ELF_AT_SECURE = 23,
	ELF_AT_RANDOM = 25,
	ELF_AT_HWCAP2 = 26,
	ELF_AT_EXECFN = 31,
	ELF_AT_MINSIGSTKSZ = 51,
};

/*
 * Followed by the name with its NUL, and by the descriptor, each padded to 4 bytes: so Linux
 * writes and reads them in a 64-bit file, too, where the gABI has 8.
 */
struct elf_note {
	u32 name_bytes;
	u32 descriptor_bytes;
	u32 type;
};

#define ELF_NOTE_ALIGN    4
#define ELF_NOTE_PRSTATUS 1

/*
 * Where long has 64 bits: signal, sets of signals (32 bytes), four process ids, four times (64),
 * the registers x0 to x30, sp, pc, pstate (34 * 8), whether floating-point registers are valid.
 * Linux leaves all but the process and the registers 0 (crash_save_cpu).
 */
struct elf_prstatus {
	u8 signals[32];
	u32 pid;
	u8 others_and_times[12 + 64];
	u64 registers[34];
	u32 fp_valid;
	u32 padding;
};
BUILD_ASSERT(__builtin_offsetof(struct elf_prstatus, pid) == 32);
BUILD_ASSERT(__builtin_offsetof(struct elf_prstatus, registers) == 112);
BUILD_ASSERT(sizeof(struct elf_prstatus) == 392);

#endif
