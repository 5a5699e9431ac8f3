// SPDX-License-Identifier: BSD-2-Clause
/*
 * Page-size sites: what reloc_page_insn makes of an instruction, against what an assembler writes,
 * and the helpers of <arch/page.h> against plain arithmetic.
 *
 * Sources: arch/arm64/table/reloc.c arch/arm64/table/granule.c lib/string.c
 * Sources: tests/host/reloc_words.a64
 */
#include <host.h>

#include <cmocka.h>

#include <arch/page.h>
#include <arch/reloc.h>
#include <kernel/compiler.h>

/* The rows of reloc_words.a64. */
static const struct {
	enum page_site kind;
	u32 fixed; /* bits that do not depend on the page size, registers among them */
} rows[] = {
	{ PAGE_SITE_LSR, 0xffc003ff },    { PAGE_SITE_LSL, 0xffc003ff },
	{ PAGE_SITE_OFFSET, 0xffc003ff }, { PAGE_SITE_OFFSET, 0xffc003ff },
	{ PAGE_SITE_OFFSET, 0xffc003ff }, { PAGE_SITE_MASK, 0xffc003ff },
	{ PAGE_SITE_WORD, 0xffc003ff },   { PAGE_SITE_SHIFT, 0xff80001f },
	{ PAGE_SITE_SIZE, 0xff80001f },   { PAGE_SITE_ADD, 0xffc003ff },
	{ PAGE_SITE_INDEX0, 0xffc003ff }, { PAGE_SITE_INDEX1, 0xffc003ff },
	{ PAGE_SITE_INDEX2, 0xffc003ff }, { PAGE_SITE_INDEX3, 0xffc003ff },
};

#define PAIRS 6

extern const u32 reloc_words[PAIRS][ARRAY_SIZE(rows)][GRANULE_COUNT];

static bool exists(unsigned row, unsigned granule)
{
	return rows[row].kind != PAGE_SITE_INDEX0 || granules[granule].shift != 16;
}

static void becomes_what_an_assembler_writes(void **state)
{
	(void)state;
	/* The assembler's output is in the order that is meant: one word of each form, by hand. */
	assert_int_equal(reloc_words[0][0][0], 0xd34cfc20);  /* lsr x0, x1, #12 */
	assert_int_equal(reloc_words[0][13][2], 0xd3507020); /* ubfx x0, x1, #16, #13 */
	for (unsigned pair = 0; pair < PAIRS; pair++)
		for (unsigned row = 0; row < ARRAY_SIZE(rows); row++)
			for (unsigned from = 0; from < GRANULE_COUNT; from++)
				for (unsigned to = 0; to < GRANULE_COUNT; to++) {
					u32 word = reloc_words[pair][row][from];

					if (!exists(row, from) || !exists(row, to))
						continue;
					word = reloc_page_insn(word, rows[row].kind, &granules[to]);
					if (word != reloc_words[pair][row][to])
						fail_msg("pair %u, row %u, from %s to %s: %#x, not "
							 "%#x",
							 pair, row, granules[from].name,
							 granules[to].name, word,
							 reloc_words[pair][row][to]);
				}
}

static void every_kind_has_a_row(void **state)
{
	unsigned kinds = 0;

	(void)state;
	for (unsigned row = 0; row < ARRAY_SIZE(rows); row++)
		kinds |= 1U << rows[row].kind;
	assert_int_equal(kinds, (1U << PAGE_SITE_KINDS) - 1);
}

/* Any path through the granules ends where a single step does, without a level 0 at 64K as well. */
static void once_is_as_good_as_twice(void **state)
{
	(void)state;
	for (unsigned row = 0; row < ARRAY_SIZE(rows); row++)
		for (unsigned path = 0; path < 27; path++) {
			const struct granule *a = &granules[path / 9], *b = &granules[path / 3 % 3];
			const struct granule *c = &granules[path % 3];
			u32 start = reloc_words[0][row][0], word = start;

			word = reloc_page_insn(word, rows[row].kind, a);
			assert_int_equal(reloc_page_insn(word, rows[row].kind, a), word);
			word = reloc_page_insn(word, rows[row].kind, b);
			word = reloc_page_insn(word, rows[row].kind, c);
			assert_int_equal(word, reloc_page_insn(start, rows[row].kind, c));
		}
}

static void leaves_registers_alone(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 100000; i++) {
		unsigned row = (unsigned)host_random_below(ARRAY_SIZE(rows));
		unsigned to = (unsigned)host_random_below(GRANULE_COUNT);
		bool wide = rows[row].kind == PAGE_SITE_SHIFT || rows[row].kind == PAGE_SITE_SIZE;
		u32 registers = (u32)host_random() & (wide ? 0x1f : 0x3ff);
		u32 keep = wide ? ~0x1fU : ~0x3ffU;
		u32 word = (reloc_words[0][row][0] & keep) | registers;
		u32 patched = reloc_page_insn(word, rows[row].kind, &granules[to]);

		assert_int_equal(patched & rows[row].fixed, word & rows[row].fixed);
		if (exists(row, to))
			assert_int_equal(patched, (reloc_words[0][row][to] & keep) | registers);
	}
}

/* Computed without shifts or masks. */
static void helpers_do_plain_arithmetic(void **state)
{
	u64 page = host_page_shift == 12 ? 4096 : host_page_shift == 14 ? 16384 : 65536;

	(void)state;
	assert_int_equal(page_shift(), host_page_shift);
	assert_int_equal(page_size(), page);
	for (unsigned i = 0; i < 100000; i++) {
		u64 x = host_random() >> host_random_below(64);

		if (host_random_below(4) == 0)
			x -= x % page;
		assert_int_equal(page_shift_right(x), x / page);
		assert_int_equal(page_shift_left(x), x * page);
		assert_int_equal(page_word_offset(x - x % page), x / page * 8);
		assert_int_equal(page_offset(x), x % page);
		assert_int_equal(page_align_down(x), x - x % page);
		assert_int_equal(page_fill_offset(x), x - x % page + (page - 1));
		assert_int_equal(page_add(x), x + page);
		assert_int_equal(page_is_aligned(x), x % page == 0);
		assert_int_equal(page_align_up(x), x % page ? x - x % page + page : x);
		assert_int_equal(page_count(x), x / page + (x % page != 0));
	}
	assert_int_equal(page_align_up(0), 0);
	assert_int_equal(page_align_up(~0ULL), 0);
	assert_int_equal(page_align_up(0 - page), 0 - page);
}

/* By division: the index is the address in units of what an entry covers, within its table. */
static void index_counts_entries(void **state)
{
	const struct granule *g = granule_by_shift(host_page_shift);
	u64 entries = (1ULL << host_page_shift) / 8;

	(void)state;
	for (unsigned i = 0; i < 100000; i++) {
		u64 va = host_random(), below = va % (1ULL << 48), span = 1ULL << host_page_shift;

		for (unsigned level = 3; level + 1 > granule_root_level(g, 48); level--) {
			assert_int_equal(page_table_index(level, va), below / span % entries);
			span *= entries;
		}
	}
}

/* Words that the map has no bit for stay, and so does what lies beyond it. */
static void pointers_by_the_map(void **state)
{
	u64 data[192], was[192], map[2];
	u32 bits = 0;

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(data); i++)
		data[i] = was[i] = host_random();
	map[0] = host_random() | 1;
	map[1] = host_random() | 1ULL << 63;
	for (u32 i = 0; i < 128; i++)
		bits += (u32)(map[i / 64] >> i % 64 & 1);
	assert_int_equal(reloc_pointers(data, map, 2, 0x123456789000), bits);
	for (u32 i = 0; i < ARRAY_SIZE(data); i++)
		assert_int_equal(data[i] - was[i],
				 i < 128 && map[i / 64] >> i % 64 & 1 ? 0x123456789000 : 0);
	assert_int_equal(reloc_pointers(data, map, 2, -0x123456789000ULL), bits);
	assert_memory_equal(data, was, sizeof(data));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(becomes_what_an_assembler_writes),
		cmocka_unit_test(every_kind_has_a_row),
		cmocka_unit_test(once_is_as_good_as_twice),
		cmocka_unit_test(leaves_registers_alone),
		cmocka_unit_test(pointers_by_the_map),
		HOST_AT_EACH_PAGE_SHIFT(helpers_do_plain_arithmetic),
		HOST_AT_EACH_PAGE_SHIFT(index_counts_entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
