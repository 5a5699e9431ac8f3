/* SPDX-License-Identifier: BSD-2-Clause */
/* Bringing memory up: the phases, in order, are the body of mm_init. */
#ifndef MM_MM_INIT_H
#define MM_MM_INIT_H

/*
 * mm_init - from the devicetree to a kernel that has all its memory mapped.
 *
 * Boot, after boot_memory_find and mmu_enter. Moves the devicetree: pointers into it, `cmdline`
 * among them, are void afterwards. Ends the machine with `verdict: usage` when there is no memory
 * to work with, or nonsense in `mem=`, `cma=` or `crashkernel=`: all of them are input.
 */
void mm_init(const char *cmdline);

#endif
