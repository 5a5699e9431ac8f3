/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory at boot, from this machine's devicetree and options: which there is, what of it is taken,
 * and all of it in the linear map.
 *
 * Boot, one CPU, in the order in which the functions stand here. Each of them ends the machine with
 * `verdict: usage` where memory or an option doesn't let it go on, after a line that says why.
 *
 * Page size enters in one place: the linear map has pages at its edges, of whatever size was
 * chosen.
 */
#ifndef MM_BOOT_MEMORY_H
#define MM_BOOT_MEMORY_H

#include <kernel/types.h>
#include <mm/memblock_devicetree.h>

/*
 * boot_memory_find - which memory there is: the bytes of it that this kernel can use.
 *
 * With the identity map: `auto` goes by it. Counts once what the tree says twice.
 */
u64 boot_memory_find(void);

/* What of it is taken, by the tree and by `mem=`, `cma=`, `crashkernel=`; after mmu_enter. */
void boot_memory_reserve(const char *cmdline, memblock_placed_fn *placed);

/* All of it at its place in the linear map. */
void boot_memory_map(void);

/*
 * Where CPUs wait that firmware can't switch off (<arch/cpu_pen.h>), if the tree has such: the pen
 * that the kernel before this one left, or a new one.
 */
void boot_memory_pen(void);

/*
 * boot_memory_initrd - the initial ramdisk, in the linear map, at any alignment.
 *
 * NULL, and 0 bytes: the loader gave none, or none that can be used (the boot log has the
 * reason). After mm_init, for good: its memory stays reserved and mapped.
 */
const void *boot_memory_initrd(u64 *bytes);

/* Where it lies in physical memory, under the same conditions. */
paddr_t boot_memory_initrd_place(u64 *bytes);

#endif
