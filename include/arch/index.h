/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An index that a program chose, after it was found to be below a limit.
 *
 * A CPU may guess that the check passes, read beyond the table with the index that failed it, and
 * leave traces of what it read in its caches, where a program finds them by time ("Spectre",
 * variant 1). So the index itself has to depend on the comparison, and not only the branch: it is
 * and'ed with a mask that is all ones below the limit and 0 else. CSDB keeps a CPU from guessing
 * the mask: what comes after it doesn't use results of the flags, or of data, that were predicted.
 *
 * A branch alone isn't enough, and a full barrier (SB, or DSB and ISB) costs tens of cycles a call.
 *
 * Source: Arm, "Cache Speculation Side-channels", 2.4; Arm ARM (DDI 0487, J.a), "CSDB".
 */
#ifndef ARCH_INDEX_H
#define ARCH_INDEX_H

#include <kernel/types.h>

/* `index` if it is below `limit`, else 0; neither is above 2^63. */
static inline u64 arch_index_below(u64 index, u64 limit)
{
#ifndef GRANULE_HOST
	u64 mask;

	/* The borrow of index - limit is its carry inverted: sbc gives -1 below, else 0. */
	asm volatile("cmp	%1, %2\n\t"
		     "sbc	%0, xzr, xzr\n\t"
		     "hint	#20	/* csdb */"
		     : "=r"(mask)
		     : "r"(index), "r"(limit)
		     : "cc");
	return index & mask;
#else
	return index < limit ? index : 0;
#endif
}

#endif
