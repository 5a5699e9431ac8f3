/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bitmaps: `bits` bits, in words of 64, bit 0 the lowest of word 0. What of the last word is beyond
 * `bits` is never looked at. No locks, no allocation, no page size.
 */
#ifndef LIB_BITMAP_H
#define LIB_BITMAP_H

#include <kernel/types.h>

#define BITMAP_WORD_BITS 64

/* Words for `bits` bits. */
static inline u64 bitmap_words(u64 bits)
{
	return (bits + BITMAP_WORD_BITS - 1) / BITMAP_WORD_BITS;
}

static inline bool bitmap_test(const u64 *map, u64 bit)
{
	return map[bit / BITMAP_WORD_BITS] >> bit % BITMAP_WORD_BITS & 1;
}

/* Make [first, first + count) ones, or zeroes. */
void bitmap_set(u64 *map, u64 first, u64 count);
void bitmap_clear(u64 *map, u64 first, u64 count);

/*
 * bitmap_last_clear_run - the highest place for `count` zeroes that ends at or below `end`.
 *
 * first + skew is a multiple of `align`, a power of two; count > 0. Returns false when there is no
 * such place. Time: in proportion to the words of the map and the runs in it.
 */
bool bitmap_last_clear_run(const u64 *map, u64 end, u64 count, u64 align, u64 skew, u64 *first);

/* The length of the longest run of zeroes in [0, bits). */
u64 bitmap_longest_clear_run(const u64 *map, u64 bits);

/* The ones in [0, bits). */
u64 bitmap_count(const u64 *map, u64 bits);

#endif
