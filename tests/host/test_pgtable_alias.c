// SPDX-License-Identifier: BSD-2-Clause
/*
 * What several maps make of the same memory.
 *
 * Sources: arch/arm64/table/pgtable.c arch/arm64/table/pgtable_hot.c
 * Sources: arch/arm64/table/pgtable_change.c arch/arm64/table/pgtable_replace.c
 * Sources: arch/arm64/table/pgtable_read.c arch/arm64/table/pgtable_check.c
 * Sources: arch/arm64/table/granule.c lib/string.c tests/host/fake_mmu.c
 */
#include "fake_mmu.h"

#include <cmocka.h>

#include <kernel/compiler.h>

static u64 page(void)
{
	return 1ULL << host_page_shift;
}

/* Two pages of `kind` at `first`, one of each kind at `second`: the number of what breaks. */
static void check(u64 first, enum map_kind kind, u64 second, const char *broken)
{
	const u64 va = 64 * MiB, other = 128 * MiB;
	vaddr_t where = { 0 };
	struct pgtable pt;
	const char *said;

	fake_begin(&pt, 39, false);
	assert_int_equal(pgtable_map(&pt, vaddr(va), paddr(first), 2 * page(), kind), 0);
	assert_null(pgtable_check_aliases(&pt, 1, &where));
	for (unsigned k = 0; k < 4; k++) {
		static const enum map_kind kinds[] = { MAP_TEXT, MAP_RODATA, MAP_DATA, MAP_DEVICE };

		assert_int_equal(pgtable_map(&pt, vaddr(other), paddr(second), page(), kinds[k]),
				 0);
		said = pgtable_check_aliases(&pt, 1, &where);
		if (broken[k] == ' ') {
			assert_null(said);
		} else {
			assert_int_equal(said[1], broken[k]);
			assert_true(where.val == other || where.val - va < 2 * page());
		}
		assert_int_equal(pgtable_unmap(&pt, vaddr(other), page()), 0);
	}
	fake_end(&pt);
}

/* A column for each of text, constants, data and a device. */
static void kinds(void **state)
{
	const u64 at = 512 * MiB;

	(void)state;
	check(at, MAP_TEXT, at, "  12");
	check(at, MAP_TEXT, at + page(), "  12");
	check(at, MAP_TEXT, at + 2 * page(), "    ");
	check(at, MAP_TEXT, at - page(), "    ");
	check(at, MAP_RODATA, at, "   2");
	check(at, MAP_DATA, at, "1  2");
	check(at, MAP_USER_DATA, at, "1  2");
	check(at, MAP_DEVICE, at, "122 ");
}

/* Of two spaces, neither of which is wrong by itself; and a block that holds the page. */
static void spaces(void **state)
{
	struct pgtable both[2];
	u64 block = 1ULL << (2 * host_page_shift - 3);
	vaddr_t where;

	(void)state;
	fake_begin(&both[0], 48, true);
	both[1] = both[0];
	assert_int_equal(pgtable_init(&both[1]), 0);
	assert_int_equal(pgtable_map(&both[0], vaddr(pgtable_base(&both[0]) + block), paddr(block),
				     block, MAP_DATA),
			 0);
	assert_int_equal(pgtable_map(&both[1], vaddr(pgtable_base(&both[1])),
				     paddr(block + 3 * page()), page(), MAP_TEXT),
			 0);
	assert_null(pgtable_check_aliases(&both[0], 1, &where));
	assert_null(pgtable_check_aliases(&both[1], 1, &where));
	assert_memory_equal(pgtable_check_aliases(both, 2, &where), "K1: ", 4);
	assert_int_equal(where.val, pgtable_base(&both[0]) + block);
	pgtable_destroy(&both[1]);
	fake_end(&both[0]);
}

/* More ranges than it has room for are no reason to be silent. */
static void many(void **state)
{
	struct pgtable pt;
	vaddr_t where;

	(void)state;
	fake_begin(&pt, 39, false);
	for (u64 i = 1; i <= 65; i++) {
		assert_null(pgtable_check_aliases(&pt, 1, &where));
		assert_int_equal(pgtable_map(&pt, vaddr(i * page()), paddr(2 * i * page()), page(),
					     MAP_TEXT),
				 0);
	}
	assert_memory_equal(pgtable_check_aliases(&pt, 1, &where), "K: too many", 11);
	fake_end(&pt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(kinds),
		HOST_AT_EACH_PAGE_SHIFT(spaces),
		HOST_AT_EACH_PAGE_SHIFT(many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
