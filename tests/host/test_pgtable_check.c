// SPDX-License-Identifier: BSD-2-Clause
/*
 * pgtable_check finds each broken invariant, in tables that are broken by hand.
 *
 * Sources: arch/arm64/table/pgtable.c arch/arm64/table/pgtable_hot.c
 * Sources: arch/arm64/table/pgtable_change.c arch/arm64/table/pgtable_replace.c
 * Sources: arch/arm64/table/pgtable_read.c
 * Sources: arch/arm64/table/pgtable_check.c arch/arm64/table/granule.c lib/string.c
 * Sources: tests/host/fake_mmu.c
 */
#include <string.h>

#include "fake_mmu.h"

#include <cmocka.h>

#include <kernel/compiler.h>

/* Bits as the manual numbers them. */
#define BIT(n) (1ULL << (n))

#define CONTIGUOUS BIT(52)
#define PXN        BIT(53)
#define UXN        BIT(54)
#define READ_ONLY  BIT(7)

static struct pgtable pt;

static u64 page(void)
{
	return 1ULL << host_page_shift;
}

/* Run of pages in bytes, and in entries. */
static u64 run_bytes(void)
{
	return host_page_shift == 12 ? 64 * KiB : 2 * MiB;
}

static unsigned run_entries(void)
{
	return (unsigned)(run_bytes() >> host_page_shift);
}

/* The descriptor that maps `va`, found by the walker; the walk itself is tested elsewhere. */
static u64 *entry_of(u64 va, unsigned level)
{
	paddr_t table = pt.root;

	for (unsigned at = pgtable_root_level(&pt);; at++) {
		pte_t *entry = &fake_access(table)[pgtable_index(&pt, at, va)];

		if (at == level)
			return &entry->val;
		table = paddr(entry->val & 0xfffffffff000);
	}
}

/* The check finds `broken` at `where`; afterwards the entry is as it was. */
static void finds(u64 *entry, u64 value, u64 where, const char *broken)
{
	u64 before = *entry;
	vaddr_t at = vaddr(1);
	const char *found;

	assert_null(pgtable_check(&pt, &at));
	*entry = value;
	found = pgtable_check(&pt, &at);
	*entry = before;
	if (!found)
		fail_msg("%#llx instead of %#llx is not found", value, before);
	assert_memory_equal(found, broken, strlen(broken));
	assert_int_equal(at.val, where);
	assert_null(pgtable_check(&pt, &at));
}

#define BASE 0x40000000ULL

static void begin(unsigned va_bits, bool upper)
{
	fake_begin(&pt, va_bits, upper);
}

static u64 map(u64 offset, u64 pa, u64 bytes, enum map_kind kind)
{
	u64 va = pgtable_base(&pt) + offset;

	assert_int_equal(pgtable_map(&pt, vaddr(va), paddr(pa), bytes, kind), 0);
	return va;
}

static void writable_and_executable(void **state)
{
	u64 data, text, *entry;
	vaddr_t where;

	(void)state;
	begin(48, true);
	text = map(BASE, 0, page(), MAP_TEXT);
	data = map(BASE + 5 * page(), 0, page(), MAP_DATA);
	entry = entry_of(text, 3);
	finds(entry, *entry & ~READ_ONLY, text, "I1");
	entry = entry_of(data, 3);
	finds(entry, *entry & ~PXN, data, "I1");
	finds(entry, *entry & ~UXN, data, "I1");
	/* In a boot map it is allowed. */
	*entry &= ~PXN;
	pt.boot = true;
	assert_null(pgtable_check(&pt, &where));
	fake_end(&pt);
}

static void misaligned_block(void **state)
{
	u64 bytes = 1ULL << (2 * host_page_shift - 3), va, *entry;

	(void)state;
	begin(48, false);
	va = map(4 * bytes, 4 * bytes, bytes, MAP_DATA);
	entry = entry_of(va, 2);
	finds(entry, *entry + page(), va, "I2");
	finds(entry, *entry + bytes / 2, va, "I2");
	va = map(BASE - page(), page(), page(), MAP_DATA);
	if (page() > 4096) {
		entry = entry_of(va, 3);
		finds(entry, *entry + 4096, va, "I2");
	}
	fake_end(&pt);
}

static void contiguous_runs(void **state)
{
	u64 run = run_bytes(), va, *first, *entry;
	unsigned last = run_entries() - 1;

	(void)state;
	begin(48, true);
	va = map(BASE, BASE, run, MAP_DATA);
	first = entry_of(va, 3);
	assert_true((*first & CONTIGUOUS) != 0);
	/* One of them without the bit, the first, the last or another. */
	finds(first, *first & ~CONTIGUOUS, va + page(), "I3");
	finds(first + last, first[last] & ~CONTIGUOUS, va, "I3");
	finds(first + 3, first[3] & ~CONTIGUOUS, va, "I3");
	/* A gap, a hole, another attribute. */
	finds(first + last, first[last] + page(), va, "I3");
	finds(first + 2, 0, va, "I3");
	finds(first + 5, first[5] | READ_ONLY, va, "I3");
	/* One with the bit among those without. */
	va = map(BASE + 2 * run, 0, 3 * page(), MAP_DATA);
	entry = entry_of(va, 3);
	finds(entry + 1, entry[1] | CONTIGUOUS, va + page(), "I3");
	fake_end(&pt);
}

/* A whole run, but of memory that is not aligned to it. */
static void misaligned_run(void **state)
{
	u64 run = run_bytes(), va, *first;
	vaddr_t where;

	(void)state;
	begin(48, true);
	va = map(BASE, BASE + page(), run, MAP_DATA);
	first = entry_of(va, 3);
	for (unsigned i = 0; i < run_entries(); i++)
		first[i] |= CONTIGUOUS;
	assert_memory_equal(pgtable_check(&pt, &where), "I3", 2);
	assert_int_equal(where.val, va);
	for (unsigned i = 0; i < run_entries(); i++)
		first[i] &= ~CONTIGUOUS;
	fake_end(&pt);
}

/* A full root that has fewer entries than a run: nothing after it may be looked at. */
static void run_in_a_small_root(void **state)
{
	static const unsigned va_bits[] = { 33, 28, 32 }; /* 8 entries of blocks, 64 bytes */
	u64 va, *root;
	vaddr_t where;

	(void)state;
	begin(va_bits[(host_page_shift - 12) / 2], false);
	va = map(0, 0, 1ULL << pt.va_bits, MAP_DATA);
	root = &fake_access(pt.root)->val;
	finds(root, *root | CONTIGUOUS, va, "I3");
	for (unsigned i = 0; i < 8; i++)
		root[i] |= CONTIGUOUS;
	assert_memory_equal(pgtable_check(&pt, &where), "I3", 2);
	assert_int_equal(where.val, va);
	for (unsigned i = 0; i < 8; i++)
		root[i] &= ~CONTIGUOUS;
	fake_end(&pt);
}

/* Blocks where the granule has none. */
static void leaf_at_a_wrong_level(void **state)
{
	unsigned level = host_page_shift == 12 ? 0 : 1;
	u64 va = host_page_shift == 12 ? 1ULL << 39 : 1ULL << 42, *entry;

	(void)state;
	begin(48, false);
	map(BASE, 0, page(), MAP_DATA);
	entry = entry_of(va, level);
	assert_int_equal(*entry, 0);
	finds(entry, BIT(0) | BIT(10) | PXN | UXN, va, "I4");
	fake_end(&pt);
}

/* The first of several is told. */
static void tells_the_first(void **state)
{
	vaddr_t where;
	u64 va, *entry;

	(void)state;
	begin(39, false);
	va = map(BASE, 0, 3 * page(), MAP_DATA);
	entry = entry_of(va, 3);
	entry[1] &= ~PXN;
	entry[2] |= CONTIGUOUS;
	assert_memory_equal(pgtable_check(&pt, &where), "I1", 2);
	assert_int_equal(where.val, va + page());
	entry[1] |= PXN;
	entry[2] &= ~CONTIGUOUS;
	fake_end(&pt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(writable_and_executable),
		HOST_AT_EACH_PAGE_SHIFT(misaligned_block),
		HOST_AT_EACH_PAGE_SHIFT(contiguous_runs),
		HOST_AT_EACH_PAGE_SHIFT(misaligned_run),
		HOST_AT_EACH_PAGE_SHIFT(run_in_a_small_root),
		HOST_AT_EACH_PAGE_SHIFT(leaf_at_a_wrong_level),
		HOST_AT_EACH_PAGE_SHIFT(tells_the_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
