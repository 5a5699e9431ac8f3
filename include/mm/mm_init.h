/* SPDX-License-Identifier: BSD-2-Clause */
/* Bringing memory up: the phases, in order, are the body of mm_init. */
#ifndef MM_MM_INIT_H
#define MM_MM_INIT_H

#include <kernel/types.h>

/*
 * mm_init_find_ram - which memory there is: the bytes of it that this kernel can use.
 *
 * Boot stage, with the identity map: `auto` goes by it. Counts once what the tree says twice. Ends
 * the machine as mm_init does when memory has more ranges than there is room to list.
 */
u64 mm_init_find_ram(void);

/*
 * mm_init - from the devicetree to a kernel that has all its memory mapped.
 *
 * Boot, after mm_init_find_ram and mmu_enter. Moves the devicetree: pointers into it, `cmdline`
 * among them, are void afterwards. Ends the machine with `verdict: usage` when there is no memory
 * to work with, or nonsense in `mem=`, `cma=` or `crashkernel=`: all of them are input.
 */
void mm_init(const char *cmdline);

/*
 * mm_init_initrd - the initial ramdisk, in the linear map, at any alignment.
 *
 * NULL, and 0 bytes: the loader gave none, or none that can be used (the boot log has the
 * reason). After mm_init, for good: its memory stays reserved and mapped.
 */
const void *mm_init_initrd(u64 *bytes);

/* Where it lies in physical memory, under the same conditions. */
paddr_t mm_init_initrd_place(u64 *bytes);

#endif
