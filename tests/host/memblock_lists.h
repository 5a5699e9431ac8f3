/* SPDX-License-Identifier: BSD-2-Clause */
/* What memblock holds, for tests to compare. Needs cmocka. */
#ifndef MEMBLOCK_LISTS_H
#define MEMBLOCK_LISTS_H

#include <mm/memblock.h>

/* Is the address reserved? */
static inline bool memblock_lists_reserved(paddr_t address)
{
	struct region region;

	return memblock_first_reserved(address, 1, &region);
}

/* How much is free. */
static inline u64 memblock_lists_free_bytes(void)
{
	struct region region;
	u64 bytes = 0;

	for (paddr_t from = paddr(0); memblock_next_free(&from, &region);)
		bytes += region.bytes;
	return bytes;
}

/* Fails the test if an invariant doesn't hold. */
void memblock_lists_check(void);

/*
 * Memory, reservations and free ranges, parted by "|": "base+bytes", in hexadecimal, with "!"
 * after no-map memory and the owner after reservations. Checks the invariants, too.
 */
const char *memblock_lists(void);

#endif
