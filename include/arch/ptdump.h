/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Translation tables in words, from the live registers: what the hardware is told, not what the
 * kernel believes. For panics, too: in a panic the tables may be what is broken, so walks follow
 * only what the walker's own reader follows, and never write.
 */
#ifndef ARCH_PTDUMP_H
#define ARCH_PTDUMP_H

#include <arch/pgtable.h>

/*
 * ptdump_address - the walk for one address, an entry a line, or why there is none.
 *
 * Returns true and where it is mapped to in *pa and *leaf, or false where the hardware would not
 * translate it. Both may be NULL.
 */
struct ptdump_leaf {
	const struct granule *granule;
	unsigned level;
	pte_t entry;
};

bool ptdump_address(vaddr_t va, paddr_t *pa, struct ptdump_leaf *leaf);

#endif
