/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a kernel leaves for the one that takes over when it has crashed: an ELF core file of its
 * memory, of which only the headers are made. The memory itself stays where it is, and
 * linux,elfcorehdr in /chosen says where the headers are. Linux serves it as /proc/vmcore, for gdb
 * to read.
 *
 *   ELF header           64 bytes    ET_CORE, EM_AARCH64
 *   program headers      56 each     PT_NOTE: where the notes are
 *                                    PT_LOAD: the kernel's image, where it runs
 *                                    PT_LOAD for each range of memory, in the linear map
 *
 * In all of them an offset into the file is the physical address, since that is how the next kernel
 * finds the bytes. The headers are made when a crash kernel is loaded, and lie with it. The notes
 * belong to memory that may be written to until the end:
 *
 *   VMCOREINFO           text, made when a crash kernel is loaded
 *   NT_PRSTATUS          a CPU's registers, added by that CPU when it has crashed
 *   a note of no name    the end. It is there at any time, so the notes can be read at any time
 *
 * Nothing is allocated, printed or kept. All but crash_core_ranges are pure functions over
 * the caller's memory, and need neither locks nor a heap: crash_core_add_cpu is for a machine
 * that has crashed.
 *
 * Page size is one line of the text. Ranges are bytes: a reader whose pages are larger than ours
 * rounds them outwards.
 *
 * Sources: System V gABI, "ELF Header", "Program Header", "Note Section"; Linux,
 * Documentation/admin-guide/kdump/{kdump,vmcoreinfo}.rst for the names, fs/proc/vmcore.c for what
 * the headers must have and how notes are walked, include/linux/elfcore.h for elf_prstatus;
 * kexec-tools, kexec/crashdump-elf.c, for offsets that are addresses.
 */
#ifndef KERNEL_CRASH_CORE_H
#define KERNEL_CRASH_CORE_H

#include <arch/context.h>
#include <kernel/compiler.h>
#include <kernel/types.h>
#include <mm/region_list.h>

/* The kernel's image: mapped at `va`, and in memory at `pa` in one piece; what it has in there. */
struct crash_core_image {
	vaddr_t va;
	paddr_t pa;
	u64 bytes;
	vaddr_t log; /* struct log */
};

struct crash_core_request {
	paddr_t notes; /* where crash_core_notes() wrote, as its reader will address it */
	u64 notes_bytes;
	struct crash_core_image image;
	const struct region *ranges; /* of memory; `count` of them, below LINEAR_BYTES */
	u64 count;
};

/*
 * crash_core_ranges - memory that a core file has: what memblock knows, but for the region
 * `without` (bytes 0: nothing), which is the crash kernel's own, and for what is marked no-map.
 *
 * Ascending; only base and bytes are meaningful. *count is set in any case. -ENOSPC: there
 * are *count of them, more than `room`; what `ranges` has then is the first of them.
 */
int crash_core_ranges(const struct region *without, struct region *ranges, u64 room,
		      u64 *count) __must_check;

/* The bytes of the headers for so many ranges: 64 + (2 + count) * 56; 0 if there is no number. */
u64 crash_core_bytes(u64 count);

/*
 * crash_core_fill - write the headers: crash_core_bytes(request->count) of the `room` bytes at
 * `header`, which is aligned to 8.
 *
 * -E2BIG: more ranges than an ELF header can count, 65,532. -ENOSPC: too little room. Neither has
 * written anything.
 */
int crash_core_fill(void *header, u64 room, const struct crash_core_request *request) __must_check;

/* The most bytes that the notes of so many CPUs take. */
u64 crash_core_notes_bytes(u32 cpus);

/*
 * crash_core_notes - begin the notes: VMCOREINFO, and the end, which has what is left of `bytes`.
 *
 * `notes` and `bytes` are multiples of 4, the latter below 4 GiB and no less than
 * crash_core_notes_bytes() for no CPU. `page_bytes` is the page size; of `image`, the addresses
 * are told.
 */
void crash_core_notes(void *notes, u64 bytes, u64 page_bytes, const struct crash_core_image *image);

/*
 * crash_core_add_cpu - add a CPU's registers behind the notes that are there.
 *
 * `pid` is what a debugger tells CPUs apart by: each has its own, and none is 0. For a machine that
 * has crashed, so there is nothing that it asserts: -ENOSPC, and nothing is written, if there is no
 * room for a CPU more, or what is there aren't notes.
 */
int crash_core_add_cpu(void *notes, u64 bytes, const struct regs *regs, u32 pid) __must_check;

#endif
