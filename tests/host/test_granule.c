// SPDX-License-Identifier: BSD-2-Clause
/*
 * The granule table and the arithmetic on it, against figures written out by hand.
 *
 * Sources: arch/arm64/table/granule.c lib/string.c
 */
#include <host.h>

#include <cmocka.h>

#include <arch/granule.h>
#include <kernel/compiler.h>
#include <lib/string.h>

enum { G4K, G16K, G64K };

static void rows_are_in_order(void **state)
{
	static const char *const names[] = { "4k", "16k", "64k" };
	static const u64 bytes[] = { 4096, 16384, 65536 };

	(void)state;
	for (unsigned i = 0; i < GRANULE_COUNT; i++) {
		assert_string_equal(granules[i].name, names[i]);
		assert_int_equal(granule_page_bytes(&granules[i]), bytes[i]);
		assert_ptr_equal(granule_by_shift(granules[i].shift), &granules[i]);
	}
	assert_int_equal(PAGE_SIZE_MIN, bytes[0]);
	assert_int_equal(PAGE_SIZE_MAX, bytes[GRANULE_COUNT - 1]);
	for (unsigned shift = 0; shift < 70; shift++)
		if (shift != 12 && shift != 14 && shift != 16)
			assert_null(granule_by_shift(shift));
}

/* The table in the header's comment, and the one of the design. */
static void geometry_of_48_bits(void **state)
{
	static const struct {
		unsigned index_bits, level_shift[4], levels, root, entries;
	} want[] = {
		{ 9, { 39, 30, 21, 12 }, 4, 0, 512 },
		{ 11, { 47, 36, 25, 14 }, 4, 0, 2 },
		{ 13, { 55, 42, 29, 16 }, 3, 1, 64 }, /* no level 0: beyond 48 bits */
	};

	(void)state;
	for (unsigned i = 0; i < GRANULE_COUNT; i++) {
		const struct granule *g = &granules[i];

		assert_int_equal(granule_index_bits(g), want[i].index_bits);
		for (unsigned level = 0; level < 4; level++)
			assert_int_equal(granule_level_shift(g, level), want[i].level_shift[level]);
		assert_int_equal(granule_levels(g, 48), want[i].levels);
		assert_int_equal(granule_root_level(g, 48), want[i].root);
		assert_int_equal(1U << granule_table_bits(g, want[i].root, 48), want[i].entries);
		for (unsigned level = want[i].root + 1; level < 4; level++)
			assert_int_equal(granule_table_bits(g, level, 48), want[i].index_bits);
	}
}

/*
 * For every size of address space: first by the sizes at which a level more is due, which the
 * manual lists for each granule, then by the sum that all levels have to make.
 */
static void geometry_of_any_size(void **state)
{
	/* The most address bits that 1, 2, 3 and 4 levels resolve. */
	static const unsigned reach[GRANULE_COUNT][4] = { { 21, 30, 39, 48 },
							  { 25, 36, 47, 58 },
							  { 29, 42, 55, 68 } };

	(void)state;
	for (unsigned i = 0; i < GRANULE_COUNT; i++) {
		const struct granule *g = &granules[i];

		for (unsigned va_bits = 25; va_bits <= 48; va_bits++) {
			unsigned levels = 1, sum = g->shift;

			while (va_bits > reach[i][levels - 1])
				levels++;
			assert_int_equal(granule_levels(g, va_bits), levels);
			assert_int_equal(granule_root_level(g, va_bits), 4 - levels);
			for (unsigned level = 4 - levels; level < 4; level++) {
				unsigned bits = granule_table_bits(g, level, va_bits);

				assert_in_range(bits, 1, g->shift - 3U);
				sum += bits;
			}
			assert_int_equal(sum, va_bits);
		}
	}
}

static void leaves_and_contiguous_runs(void **state)
{
	/* Bytes of a leaf and of a contiguous run of it, by level: 0 where there can be no leaf. */
	static const u64 leaf[GRANULE_COUNT][4] = {
		{ 0, 1 * GiB, 2 * MiB, 4 * KiB },
		{ 0, 0, 32 * MiB, 16 * KiB },
		{ 0, 0, 512 * MiB, 64 * KiB },
	};
	static const u64 run[GRANULE_COUNT][4] = {
		{ 0, 16 * GiB, 32 * MiB, 64 * KiB },
		{ 0, 0, 1 * GiB, 2 * MiB },
		{ 0, 0, 16 * GiB, 2 * MiB },
	};

	(void)state;
	for (unsigned i = 0; i < GRANULE_COUNT; i++) {
		const struct granule *g = &granules[i];

		for (unsigned level = 0; level < 4; level++) {
			u64 bytes = 1ULL << granule_level_shift(g, level);

			assert_int_equal(granule_leaf_allowed(g, level), leaf[i][level] != 0);
			if (!leaf[i][level])
				continue;
			assert_int_equal(bytes, leaf[i][level]);
			assert_int_equal(bytes << granule_contig_shift(g, level), run[i][level]);
		}
	}
}

/* What the manual says of each value of the 4-bit fields; reserved ones by ID fields' rule. */
static void every_value_of_the_id_fields(void **state)
{
	static const struct {
		unsigned lsb;
		const char *yes; /* by value 0 to 15 */
	} want[] = {
		{ 28, "yyyyyyyy--------" }, /* TGran4, signed: 0xf none, 0 yes, 1 with 52 bits */
		{ 20, "-yyyyyyyyyyyyyyy" }, /* TGran16, unsigned: 0 none, 1 yes, 2 with 52 bits */
		{ 24, "yyyyyyyy--------" }, /* TGran64, signed: 0xf none, 0 yes */
	};

	(void)state;
	for (unsigned i = 0; i < GRANULE_COUNT; i++)
		for (u64 value = 0; value < 16; value++) {
			u64 field = 15ULL << want[i].lsb;
			bool yes = want[i].yes[value] == 'y';

			/* Nothing but the field counts. */
			assert_int_equal(granule_supported(&granules[i], value << want[i].lsb),
					 yes);
			assert_int_equal(
				granule_supported(&granules[i], ~field | value << want[i].lsb),
				yes);
		}
}

static void is_list(u64 id, const char *want)
{
	char buf[GRANULE_LIST_BYTES + 1];

	memset(buf, '#', sizeof(buf));
	granule_list_supported(id, buf);
	assert_string_equal(buf, want);
	assert_int_equal(buf[GRANULE_LIST_BYTES], '#');
}

static void lists_what_cpus_have(void **state)
{
	(void)state;
	is_list(0x101122, "4k,16k,64k");      /* cortex-a35, cortex-a76 */
	is_list(0x1122, "4k,64k");            /* cortex-a53, a64fx */
	is_list(0x1124, "4k,64k");            /* cortex-a57, cortex-a72 */
	is_list(0x101125, "4k,16k,64k");      /* neoverse-n1 */
	is_list(0x32310201126, "4k,16k,64k"); /* max */
}

static void lists_every_combination(void **state)
{
	static const struct {
		u64 id;
		const char *list;
		int smallest; /* an index, or -1 */
	} want[] = {
		{ 0xff000000, "none", -1 },      { 0xfe000000 | 8ULL << 60, "none", -1 },
		{ 0xf0000000, "64k", G64K },     { 0xff100000, "16k", G16K },
		{ 0xf0100000, "16k,64k", G16K }, { 0x0f000000, "4k", G4K },
		{ 0x0f100000, "4k,16k", G4K },   { 0, "4k,64k", G4K },
		{ 0x100000, "4k,16k,64k", G4K },
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(want); i++) {
		is_list(want[i].id, want[i].list);
		assert_ptr_equal(granule_smallest(want[i].id),
				 want[i].smallest < 0 ? NULL : &granules[want[i].smallest]);
	}
}

/* TG0: 4K, 64K, 16K are 0, 1, 2. TG1: 16K, 4K, 64K are 1, 2, 3. */
static void register_encodings(void **state)
{
	static const int by_tg0[] = { G4K, G64K, G16K, -1 };
	static const int by_tg1[] = { -1, G16K, G4K, G64K };

	(void)state;
	for (unsigned tg = 0; tg < 4; tg++) {
		assert_ptr_equal(granule_by_tg(tg, false),
				 by_tg0[tg] < 0 ? NULL : &granules[by_tg0[tg]]);
		assert_ptr_equal(granule_by_tg(tg, true),
				 by_tg1[tg] < 0 ? NULL : &granules[by_tg1[tg]]);
	}
	for (unsigned i = 0; i < GRANULE_COUNT; i++) {
		assert_ptr_equal(granule_by_tg(granules[i].tg0, false), &granules[i]);
		assert_ptr_equal(granule_by_tg(granules[i].tg1, true), &granules[i]);
	}
	assert_null(granule_by_tg(4, false));
	assert_null(granule_by_tg(4, true));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_in_order),
		cmocka_unit_test(geometry_of_48_bits),
		cmocka_unit_test(geometry_of_any_size),
		cmocka_unit_test(leaves_and_contiguous_runs),
		cmocka_unit_test(every_value_of_the_id_fields),
		cmocka_unit_test(lists_what_cpus_have),
		cmocka_unit_test(lists_every_combination),
		cmocka_unit_test(register_encodings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
