/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of mm/boot share. */
#ifndef MM_BOOT_INSIDE_H
#define MM_BOOT_INSIDE_H

#include <mm/memblock.h>

extern struct region_list memblock_memory, memblock_reserved;

/* Does the running kernel read or write what this owner has, so that it must stay memory? */
static inline bool memblock_in_use(u32 owner)
{
	return owner == MEMBLOCK_IMAGE || owner == MEMBLOCK_DEVICETREE ||
	       owner == MEMBLOCK_INITRD || owner == MEMBLOCK_REGION_LISTS;
}

/*
 * The largest run of free memory between the request's min and max that begins at a multiple of
 * its align, which isn't below `unit`, and has a multiple of `unit` bytes; the lowest of several.
 * bytes 0: there is none.
 */
struct region memblock_largest_free(const struct memblock_request *request, u64 unit);

#endif
