/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a kernel leaves for the one that takes over when it has crashed: an ELF core file of its
 * memory. Only its headers are made. The memory itself stays where it is, and
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
 * Nothing is allocated, printed or kept. What memory there is comes from memblock; all else is
 * pure, over the caller's memory, and needs neither locks nor a heap: crash_core_add_cpu is for a
 * machine that has crashed.
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
	struct region
		without; /* the crash kernel's own memory, which no core file has; or 0 bytes */
};

/*
 * crash_core_headers - write the headers to the `room` bytes at `header`, which is aligned to 8.
 *
 * Ranges ascend: what memblock knows, but for request->without and for what is marked no-map.
 * Returns the bytes that all headers take. Where that is more than `room`, as many are written as
 * fit, without the ELF header: with no room, nothing is. 0: memory has more ranges than an ELF
 * header can count, 65,532.
 */
u64 crash_core_headers(void *header, u64 room, const struct crash_core_request *request);

/* The most bytes that the notes of so many CPUs take. */
u64 crash_core_notes_bytes(u32 cpus);

/*
 * crash_core_notes - begin the notes: VMCOREINFO, and the end, which has what is left of `bytes`.
 *
 * `notes` and `bytes` are multiples of 4, the latter below 4 GiB and no less than
 * crash_core_notes_bytes() for no CPU. `page_bytes` is the page size.
 */
void crash_core_notes(void *notes, u64 bytes, u64 page_bytes, const struct crash_core_image *image);

/*
 * crash_core_add_cpu - add a CPU's registers after the notes that are there.
 *
 * `pid` is what a debugger tells CPUs apart by: each has its own, and none is 0. For a machine that
 * has crashed, so it asserts nothing: -ENOSPC, and nothing is written, if there is no room for
 * another CPU, or what is there aren't notes.
 */
int crash_core_add_cpu(void *notes, u64 bytes, const struct regs *regs, u32 pid) __must_check;

#endif
