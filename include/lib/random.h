/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random numbers that repeat: the same from the same seed, on every machine. They are as hard to
 * guess as their seed: kernel/process/process_seed.c makes one for programs.
 *
 * Sources: Knuth's MMIX generator (The Art of Computer Programming 2, 3.3.4, table 1), for tests;
 * Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014, for random_next.
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

/* Any 64 bits; *state begins as the seed. Each bit of it changes about half of the result's. */
static inline u64 random_next(u64 *state)
{
	u64 x = *state += 0x9e3779b97f4a7c15;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

#endif
