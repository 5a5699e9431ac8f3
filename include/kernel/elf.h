/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ELF files of 64 bits, as far as this kernel writes them: core files.
 *
 * Sources: System V gABI, "ELF Header", "Program Header", "Note Section"; Linux,
 * include/linux/elfcore.h for elf_prstatus.
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

#define ELF_CLASS_64      2
#define ELF_DATA_LITTLE   1
#define ELF_VERSION       1
#define ELF_TYPE_CORE     4
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

#define ELF_LOAD       1
#define ELF_NOTE       4
#define ELF_EXECUTABLE 1u
#define ELF_WRITABLE   2u
#define ELF_READABLE   4u

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
