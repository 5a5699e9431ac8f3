/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Room for what boot leaves for good and is less than a page: the rest of pages that the image
 * keeps whatever they hold. These are the bss's last page and, where a page is larger than the
 * stack, the one that begins with the stack. At 64K, a page for each would be most of
 * what the kernel takes for itself.
 *
 * In memblock's books such a piece is taken from the image and goes to its new owner.
 */
#ifndef MM_BOOT_DATA_H
#define MM_BOOT_DATA_H

#include <kernel/types.h>
#include <mm/memblock.h>

/*
 * boot_data_alloc - `bytes` (not 0) of such room, aligned to `align`, a power of two.
 *
 * Boot, as long as memblock may be changed. Reached by the linear map; content is junk, and nothing
 * gives it back. -ENOSPC: no place has so much left. Errors of memblock_reserve() otherwise.
 * Nothing has changed after an error.
 */
int boot_data_alloc(u64 bytes, u64 align, enum memblock_owner owner, paddr_t *pa) __must_check;

/* Bytes from `place`, which is _ebss or _stack_top, to the end of such data there. */
u64 boot_data_bytes(const u8 *place);

#endif
