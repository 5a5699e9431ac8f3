/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Translation tables in words, from the live registers: what the hardware reads, not what the
 * kernel believes. For panics, too: in a panic the tables may be what is broken, so walks follow
 * only what the walker's own reader follows, and never write.
 */
#ifndef ARCH_PTDUMP_H
#define ARCH_PTDUMP_H

#include <arch/pgtable.h>

struct ptdump_leaf {
	const struct granule *granule;
	unsigned level;
	pte_t entry;
	paddr_t pa; /* of the address itself */
};

/*
 * ptdump_address - the walk for one address, an entry a line, or why there is none.
 *
 * Returns true and what maps it in *leaf, which may be NULL, or false where the hardware would not
 * translate it.
 */
bool ptdump_address(vaddr_t va, struct ptdump_leaf *leaf);

#endif
