// SPDX-License-Identifier: BSD-2-Clause
/* Checks the invariants of <mm/memblock.h>, and starts anew: for tests. */
#include <lib/string.h>
#include <mm/memblock.h>

#include "inside.h"

void memblock_init(void)
{
	memset(&memblock_memory, 0, sizeof(memblock_memory));
	memset(&memblock_reserved, 0, sizeof(memblock_reserved));
	memblock_lend(NULL, 0);
}

const char *memblock_check(void)
{
	const char *broken = region_list_check(&memblock_memory);

	if (!broken)
		broken = region_list_check(&memblock_reserved);
	for (u32 i = 0; !broken && i < memblock_memory.count; i++) {
		if (region_list_array(&memblock_memory)[i].owner != MEMBLOCK_OWNER_NONE)
			broken = "memory has an owner";
	}
	for (u32 i = 0; !broken && i < memblock_reserved.count; i++) {
		const struct region *r = &region_list_array(&memblock_reserved)[i];

		if (r->flags || r->owner == MEMBLOCK_OWNER_NONE || r->owner >= MEMBLOCK_OWNERS)
			broken = "a reservation has flags, or no owner";
	}
	return broken;
}
