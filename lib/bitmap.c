// SPDX-License-Identifier: BSD-2-Clause
/* Runs of zeroes are found a word at a time, from the top down. */
#include <kernel/compiler.h>
#include <lib/bitmap.h>

/* The bits of a word from `first` to `last`, both inclusive. */
static u64 word_mask(unsigned first, unsigned last)
{
	return ~0ULL << first & ~0ULL >> (BITMAP_WORD_BITS - 1 - last);
}

static void change(u64 *map, u64 first, u64 count, bool ones)
{
	u64 end = first + count;

	while (first < end) {
		u64 word = first / BITMAP_WORD_BITS, next = (word + 1) * BITMAP_WORD_BITS;
		u64 last = MIN(end, next) - 1;
		u64 mask = word_mask((unsigned)(first % BITMAP_WORD_BITS),
				     (unsigned)(last % BITMAP_WORD_BITS));

		map[word] = ones ? map[word] | mask : map[word] & ~mask;
		first = next;
	}
}

void bitmap_set(u64 *map, u64 first, u64 count)
{
	change(map, first, count, true);
}

void bitmap_clear(u64 *map, u64 first, u64 count)
{
	change(map, first, count, false);
}

/* The end of the highest run of `value` that lies below `end`, cut there; 0 if there is none. */
static u64 end_of_run(const u64 *map, u64 end, bool value)
{
	while (end) {
		u64 word = (end - 1) / BITMAP_WORD_BITS;
		u64 bits = value ? map[word] : ~map[word];

		bits &= word_mask(0, (unsigned)((end - 1) % BITMAP_WORD_BITS));
		if (bits)
			return word * BITMAP_WORD_BITS + BITMAP_WORD_BITS -
			       (u64)__builtin_clzll(bits);
		end = word * BITMAP_WORD_BITS;
	}
	return 0;
}

bool bitmap_last_clear_run(const u64 *map, u64 end, u64 count, u64 align, u64 skew, u64 *first)
{
	while ((end = end_of_run(map, end, false)) >= count && end) {
		u64 start = end_of_run(map, end, true);
		u64 at = ((end - count + skew) & ~(align - 1)) - skew;

		/* Rounding down may have left the run, and wrapped below 0 where skew is in it. */
		if (at <= end - count && at >= start) {
			*first = at;
			return true;
		}
		end = start;
	}
	return false;
}

u64 bitmap_longest_clear_run(const u64 *map, u64 bits)
{
	u64 longest = 0;

	while ((bits = end_of_run(map, bits, false))) {
		u64 start = end_of_run(map, bits, true);

		longest = MAX(longest, bits - start);
		bits = start;
	}
	return longest;
}

u64 bitmap_count(const u64 *map, u64 bits)
{
	u64 ones = 0;

	while ((bits = end_of_run(map, bits, true))) {
		u64 start = end_of_run(map, bits, false);

		ones += bits - start;
		bits = start;
	}
	return ones;
}
