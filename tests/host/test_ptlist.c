// SPDX-License-Identifier: BSD-2-Clause
/*
 * Spaces of every granule as lists of ranges and of tables, and descriptors in words. Both lists
 * are compared with what the fake MMU translates and with what was mapped.
 *
 * Sources: arch/arm64/show/ptlist.c arch/arm64/trap/pte_text.c arch/arm64/table/pgtable.c
 * Sources: arch/arm64/table/pgtable_hot.c arch/arm64/table/pgtable_change.c
 * Sources: arch/arm64/table/pgtable_replace.c arch/arm64/table/pgtable_read.c
 * Sources: arch/arm64/table/pgtable_check.c
 * Sources: arch/arm64/table/granule.c lib/string.c tests/host/fake_mmu.c
 */
#include <string.h>

#include "fake_mmu.h"

#include <cmocka.h>

#include <arch/pte_text.h>
#include <arch/ptlist.h>
#include <kernel/compiler.h>

#define MOST 32

static struct ptlist_range ranges[MOST];
static struct ptlist_table tables[MOST];
static unsigned count;

static void keep_range(void *ctx, const struct ptlist_range *range)
{
	assert_ptr_equal(ctx, &count);
	assert_true(count < MOST);
	ranges[count++] = *range;
}

static void keep_table(void *ctx, const struct ptlist_table *table)
{
	assert_ptr_equal(ctx, &count);
	assert_true(count < MOST);
	tables[count++] = *table;
}

static void list(const struct pgtable *pt, bool scattered, ptlist_last_fn *last)
{
	count = 0;
	ptlist_ranges(pt, scattered, last, keep_range, &count);
}

static u64 page(void)
{
	return 1ULL << host_page_shift;
}

static void map(struct pgtable *pt, u64 at, u64 pa, u64 pages, enum map_kind kind)
{
	assert_int_equal(pgtable_map_pages(pt, vaddr(pgtable_base(pt) + at * page()), paddr(pa),
					   pages * page(), kind),
			 0);
}

static void is_range(unsigned i, const struct pgtable *pt, u64 at, u64 pa, u64 pages)
{
	const struct ptlist_range *r = &ranges[i];
	struct fake_translation t = fake_translate(pt, r->va);
	char permissions[PTE_TEXT_PERMISSIONS_SIZE];

	assert_int_equal(r->va, pgtable_base(pt) + at * page());
	assert_int_equal(r->pa, pa);
	assert_int_equal(r->bytes, pages * page());
	assert_int_equal(r->leaf_bytes, page());
	assert_int_equal(r->level, 3);
	assert_int_equal(t.pa, pa);
	assert_memory_equal(pte_text_permissions(permissions, r->leaf), t.access, 3);
	assert_string_equal(strlen(permissions) > 3 ? permissions + 4 : "---", t.access + 3);
}

/* What lies side by side is one range; a gap, other permissions or other memory begin a new one. */
static void ranges_are_merged(struct pgtable *pt)
{
	map(pt, 1, 3 * page(), 2, MAP_DATA);
	map(pt, 3, 5 * page(), 1, MAP_DATA);
	map(pt, 4, 6 * page(), 1, MAP_RODATA);
	map(pt, 6, 8 * page(), 1, MAP_RODATA);
	map(pt, 7, 7 * page(), 1, MAP_RODATA);
	map(pt, 8, 9 * page(), 1, MAP_USER_DATA);
	map(pt, 9, 10 * page(), 1, MAP_TEXT);
	list(pt, false, NULL);
	assert_int_equal(count, 6);
	is_range(0, pt, 1, 3 * page(), 3);
	is_range(1, pt, 4, 6 * page(), 1);
	is_range(2, pt, 6, 8 * page(), 1);
	is_range(3, pt, 7, 7 * page(), 1);
	is_range(4, pt, 8, 9 * page(), 1);
	is_range(5, pt, 9, 10 * page(), 1);

	/* With `scattered`, other memory doesn't. */
	list(pt, true, NULL);
	assert_int_equal(count, 5);
	is_range(2, pt, 6, 8 * page(), 2);
	assert_int_equal(ranges[1].pieces, 1);
	assert_int_equal(ranges[2].pieces, 2);
}

static u64 last_of_pair(u64 va)
{
	return va | (2 * page() - 1);
}

/* At the end of what an address belongs to a range ends, too. */
static void regions_part_ranges(struct pgtable *pt)
{
	map(pt, 1, page(), 4, MAP_DATA);
	list(pt, true, last_of_pair);
	assert_int_equal(count, 3);
	is_range(0, pt, 1, page(), 1);
	is_range(1, pt, 2, 2 * page(), 2);
	is_range(2, pt, 4, 4 * page(), 1);
}

/* The end of the space is no reason to wrap around, and an empty space has no range. */
static void ends_are_reached(struct pgtable *pt)
{
	u64 last = (1ULL << (pt->va_bits - host_page_shift)) - 1;

	list(pt, false, NULL);
	assert_int_equal(count, 0);
	map(pt, 0, page(), 1, MAP_DATA);
	map(pt, last, 2 * page(), 1, MAP_DATA);
	list(pt, true, NULL);
	assert_int_equal(count, 2);
	is_range(0, pt, 0, page(), 1);
	is_range(1, pt, last, 2 * page(), 1);
	assert_int_equal(ranges[1].va + ranges[1].bytes - 1, pgtable_last(pt));
}

/* Depth first; entries, tables and bytes add up to what was allocated. */
static void tables_are_a_tree(struct pgtable *pt)
{
	unsigned root = pgtable_root_level(pt), tables_below = 0, leaves = 0;
	u64 last = (1ULL << (pt->va_bits - host_page_shift)) - 1, bytes = 0;

	map(pt, 0, page(), 3, MAP_DATA);
	map(pt, last, 5 * page(), 1, MAP_DATA);
	count = 0;
	ptlist_tables(pt, keep_table, &count);
	assert_int_equal(count, fake_tables);
	assert_int_equal(tables[0].pa.val, pt->root.val);
	for (unsigned i = 0; i < count; i++) {
		const struct ptlist_table *t = &tables[i];

		assert_true(t->level >= root && t->level <= 3);
		assert_true(i == 0 || t->level <= tables[i - 1].level + 1);
		assert_int_equal(t->bytes, pgtable_bytes(pt, t->level));
		assert_int_equal(t->entries, pgtable_entries(pt, t->level));
		/* Below the root a table is of the first page or of the last. */
		assert_int_equal(t->va & (pgtable_span(pt, t->level) * t->entries - 1), 0);
		bytes += t->bytes;
		tables_below += t->tables;
		leaves += t->leaves;
	}
	assert_int_equal(bytes, fake_table_bytes);
	assert_int_equal(tables_below, count - 1);
	assert_int_equal(leaves, 4);
	if (root == 3)
		return;
	assert_int_equal(tables[3 - root].level, 3);
	assert_int_equal(tables[3 - root].leaves, tables[0].tables == 2 ? 3 : 4);
	assert_int_equal(tables[3 - root].va, pgtable_base(pt));
	if (tables[0].tables == 2)
		assert_int_equal(tables[count - 1].va + (pgtable_span(pt, 2) - 1),
				 pgtable_last(pt));
}

#define IN_EACH_SPACE(test)                     \
	static void test##_everywhere(void **s) \
	{                                       \
		(void)s;                        \
		fake_each_space(test);          \
	}

IN_EACH_SPACE(ranges_are_merged)
IN_EACH_SPACE(regions_part_ranges)
IN_EACH_SPACE(ends_are_reached)
IN_EACH_SPACE(tables_are_a_tree)

static void says(u64 pte, const char *text)
{
	char buf[PTE_TEXT_SIZE];

	assert_string_equal(pte_text(buf, sizeof(buf), (pte_t){ pte }), text);
}

/* By the bits of the manual, written out. */
static void attributes_in_words(void **state)
{
	u64 normal = 1 | 3 << 8 | 1 << 10, never = 3ULL << 53;

	(void)state;
	says(normal | never, "rw- normal");
	says(normal | never | 1 << 7, "r-- normal");
	says(normal | 1ULL << 54 | 1 << 7, "r-x normal");
	says(normal | 1ULL << 54, "rwx normal");
	says(normal | never | 1 << 6 | 1 << 11, "rw-/rw- normal, not global");
	says(normal | 1ULL << 53 | 3 << 6, "r--/r-x normal");
	/* EL1 never executes what EL0 may write. */
	says(normal | 1 << 6, "rw-/rwx normal");
	/* Execute only at EL0. */
	says(normal | 1ULL << 53 | 1 << 7, "r--/--x normal");
	says(normal | never | 1ULL << 52, "rw- normal, contiguous");
	says(1 | 1 << 10 | never | 1 << 2, "rw- device");
	says(normal | never | 2 << 2, "rw- reserved");
	says(normal | never | 7 << 2, "rw- reserved");
	says(1 | never, "rw- normal, no access flag, not inner shareable");
	says(~0ULL ^ 1 << 10 ^ 1 << 8,
	     "r--/r-- reserved, contiguous, not global, no access flag, not inner shareable");
}

static void is_kind(unsigned level, u64 pte, const char *kind)
{
	const struct granule *g = granule_by_shift(host_page_shift);

	assert_string_equal(pte_text_kind(g, level, (pte_t){ pte }), kind);
	assert_int_equal(pte_maps(g, (pte_t){ pte }, level),
			 !strcmp(kind, "page") || !strcmp(kind, "block"));
}

static void entries_by_level(void **state)
{
	(void)state;
	for (unsigned level = 0; level < 4; level++) {
		is_kind(level, 0, "invalid");
		is_kind(level, 2, "invalid");
		is_kind(level, 3, level == 3 ? "page" : "table");
	}
	is_kind(3, 1, "reserved");
	is_kind(2, 1, "block");
	is_kind(1, 1, host_page_shift == 12 ? "block" : "reserved");
	is_kind(0, 1, "reserved");
}

int main(void)
{
	const struct CMUnitTest tests_here[] = {
		HOST_AT_EACH_PAGE_SHIFT(ranges_are_merged_everywhere),
		HOST_AT_EACH_PAGE_SHIFT(regions_part_ranges_everywhere),
		HOST_AT_EACH_PAGE_SHIFT(ends_are_reached_everywhere),
		HOST_AT_EACH_PAGE_SHIFT(tables_are_a_tree_everywhere),
		HOST_AT_EACH_PAGE_SHIFT(entries_by_level),
		cmocka_unit_test(attributes_in_words),
	};

	return cmocka_run_group_tests(tests_here, NULL, NULL);
}
