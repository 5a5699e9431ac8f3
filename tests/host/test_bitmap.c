// SPDX-License-Identifier: BSD-2-Clause
/*
 * Bitmaps against a byte for each bit: every size up to 200 bits, at random.
 *
 * Sources: lib/bitmap.c
 */
#include "host.h"

#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <kernel/compiler.h>
#include <lib/bitmap.h>

#define MOST   200
#define ROUNDS 300

static u64 *map; /* just as many words as it needs, so that a look beyond is seen */
static u8 naive[MOST];
static u64 bits;

static void begin(u64 count)
{
	bits = count;
	free(map);
	map = calloc(bitmap_words(bits), sizeof(u64));
	assert_non_null(map);
	memset(naive, 0, sizeof(naive));
	/* What lies beyond is nobody's business. */
	if (bits % BITMAP_WORD_BITS)
		map[bits / BITMAP_WORD_BITS] = host_random() << bits % BITMAP_WORD_BITS;
}

static u64 beyond(void)
{
	u64 used = bits % BITMAP_WORD_BITS;

	return used ? map[bits / BITMAP_WORD_BITS] >> used : 0;
}

static void change(void)
{
	u64 first = host_random_below(bits), count = host_random_below(bits - first + 1);
	bool ones = host_random_below(2);
	u64 rest = beyond();

	if (host_random_below(2))
		count = MIN(count, 3ULL);
	(ones ? bitmap_set : bitmap_clear)(map, first, count);
	memset(naive + first, ones, count);
	assert_int_equal(beyond(), rest);
	for (u64 i = 0; i < bits; i++)
		assert_int_equal(bitmap_test(map, i), naive[i]);
}

static bool fits(u64 first, u64 count)
{
	for (u64 i = first; i < first + count; i++)
		if (naive[i])
			return false;
	return true;
}

static bool last_run(u64 end, u64 count, u64 align, u64 skew, u64 *first)
{
	for (u64 at = end; at-- > 0;)
		if (at + count <= end && (at + skew) % align == 0 && fits(at, count)) {
			*first = at;
			return true;
		}
	return false;
}

static void look_for(u64 end, u64 count, u64 align, u64 skew)
{
	u64 first = ~0ULL, expected = ~0ULL;
	bool found = last_run(end, count, align, skew, &expected);

	assert_int_equal(bitmap_last_clear_run(map, end, count, align, skew, &first), found);
	assert_int_equal(first, expected);
}

static void look(void)
{
	u64 longest = 0, ones = 0, run = 0, align = 1ULL << host_random_below(9);

	for (u64 i = 0; i < bits; i++) {
		run = naive[i] ? 0 : run + 1;
		longest = MAX(longest, run);
		ones += naive[i];
	}
	assert_int_equal(bitmap_longest_clear_run(map, bits), longest);
	assert_int_equal(bitmap_count(map, bits), ones);
	look_for(bits, 1 + host_random_below(bits), 1, 0);
	look_for(host_random_below(bits + 1), 1 + host_random_below(bits), 1, 0);
	look_for(host_random_below(bits + 1), 1 + host_random_below(8), align,
		 host_random_below(align));
	look_for(host_random_below(bits + 1), longest ? longest : 1, align,
		 host_random_below(align));
}

static void at_random(void **state)
{
	(void)state;
	for (u64 count = 1; count <= MOST; count++) {
		begin(count);
		look();
		for (unsigned i = 0; i < ROUNDS; i++) {
			change();
			look();
		}
	}
}

/* Each count, alignment and skew, in an empty map and in one that is full but for a run. */
static void all_skews(void **state)
{
	(void)state;
	for (u64 full = 0; full < 2; full++) {
		begin(130);
		if (full) {
			bitmap_set(map, 0, 130);
			memset(naive, 1, sizeof(naive));
			bitmap_clear(map, 60, 9);
			memset(naive + 60, 0, 9);
		}
		for (u64 align = 1; align <= 256; align *= 2)
			for (u64 skew = 0; skew < align; skew++)
				for (u64 count = 1; count <= 131; count += 1 + count / 10)
					look_for(130, count, align, skew);
	}
}

/* Alignments of which the map has no multiple: what is below 0 is not in it. */
static void does_not_wrap(void **state)
{
	u64 first;

	(void)state;
	begin(64);
	assert_true(bitmap_last_clear_run(map, 64, 1, 1ULL << 40, 0, &first));
	assert_int_equal(first, 0);
	assert_false(bitmap_last_clear_run(map, 64, 1, 1ULL << 40, 1, &first));
	assert_false(bitmap_last_clear_run(map, 64, 1, 1ULL << 63, (1ULL << 63) - 65, &first));
	assert_true(bitmap_last_clear_run(map, 64, 1, 1ULL << 63, (1ULL << 63) - 63, &first));
	assert_int_equal(first, 63);
	assert_false(bitmap_last_clear_run(map, 64, 65, 1, 0, &first));
	assert_false(bitmap_last_clear_run(map, 0, 1, 1, 0, &first));
	assert_false(bitmap_last_clear_run(map, 64, ~0ULL, 1, 0, &first));
}

static void words(void **state)
{
	(void)state;
	assert_int_equal(bitmap_words(0), 0);
	assert_int_equal(bitmap_words(1), 1);
	assert_int_equal(bitmap_words(64), 1);
	assert_int_equal(bitmap_words(65), 2);
	begin(64);
	assert_int_equal(bitmap_longest_clear_run(map, 0), 0);
	assert_int_equal(bitmap_count(map, 0), 0);
	free(map);
	map = NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(at_random),
		cmocka_unit_test(all_skews),
		cmocka_unit_test(does_not_wrap),
		cmocka_unit_test(words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
