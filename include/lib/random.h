/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random numbers that repeat: the same from the same seed, on every machine. For tests; nothing
 * that has to be secret is made of them.
 *
 * Source: Knuth's MMIX generator (The Art of Computer Programming 2, 3.3.4, table 1).
 */
#ifndef LIB_RANDOM_H
#define LIB_RANDOM_H

#include <kernel/types.h>

/* Below `limit`, which is more than 0 and at most 2^31; *state begins as the seed. */
static inline u64 random_below(u64 *state, u64 limit)
{
	*state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (*state >> 33) % limit; /* its upper bits are the good ones */
}

#endif
