/* SPDX-License-Identifier: BSD-2-Clause */
/* Who has the memory at a physical address, in words, by frame table and memblock's lists. */
#ifndef MM_FRAME_OWNER_H
#define MM_FRAME_OWNER_H

#include <kernel/types.h>

#define FRAME_OWNER_SIZE 96

/*
 * frame_owner - "free, in a block of 2 MiB" and the like, to `buf`, which is returned.
 *
 * Any address, memory or not. Reads the words from the largest block that there can be on, so it
 * takes up to as many steps as that has pages. Takes no lock: what it says may be out of date.
 */
char *frame_owner(char *buf, size_t size, paddr_t pa);

#endif
