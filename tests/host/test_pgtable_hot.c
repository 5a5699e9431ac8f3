// SPDX-License-Identifier: BSD-2-Clause
/*
 * The shortcuts of pgtable_hot.c against the plain walker: two spaces get the same random
 * requests. One takes the shortcuts, the other is host_plain_pgtable and takes none. Results and
 * entries must be the same.
 *
 * Sources: arch/arm64/table/pgtable.c arch/arm64/table/pgtable_hot.c
 * Sources: arch/arm64/table/pgtable_change.c arch/arm64/table/pgtable_replace.c
 * Sources: arch/arm64/table/pgtable_read.c arch/arm64/table/pgtable_check.c
 * Sources: arch/arm64/table/granule.c lib/string.c tests/host/fake_mmu.c
 */
#include "fake_mmu.h"

#include "../../arch/arm64/table/pgtable_hot.h"

#include <cmocka.h>

#include <kernel/compiler.h>

#define REQUESTS 20000
#define MOST     300 /* pages of a request */
#define WINDOW   3   /* tables of the last level, and some pages more */

static struct pgtable hot, plain;
static u64 base, page, table_pages;
static unsigned shortcuts;

static void same_entries(void)
{
	for (u64 va = base; va < base + WINDOW * table_pages * page; va += page) {
		struct pgtable_walk a, b;
		paddr_t pa = paddr(0), pb = paddr(0), looked = paddr(0);
		bool mapped = pgtable_walk(&hot, vaddr(va), &a, &pa);

		assert_int_equal(pgtable_walk(&plain, vaddr(va), &b, &pb), mapped);
		assert_int_equal(pgtable_lookup(&hot, vaddr(va + 5), &looked), mapped);
		assert_int_equal(a.last_level, b.last_level);
		assert_int_equal(a.entry[a.last_level].val, b.entry[b.last_level].val);
		if (mapped)
			assert_int_equal(looked.val, pa.val + 5);
	}
	assert_int_equal(hot.table_bytes, plain.table_bytes);
}

static void same(int a, int b)
{
	assert_int_equal(a, b);
	shortcuts += hot.recent != NULL;
	assert_null(plain.recent);
}

static void carry(void *ctx)
{
	++*(unsigned *)ctx;
}

/* Pages that both have by themselves, wherever they are. */
static void move_some(void)
{
	vaddr_t va[PGTABLE_MOVE_MOST];
	paddr_t to[PGTABLE_MOVE_MOST];
	unsigned count = 0, carried = 0;

	for (unsigned tries = 0; tries < 200 && count < 8; tries++) {
		u64 at = base + host_random_below(WINDOW * table_pages) * page;
		struct pgtable_leaf leaf;
		bool twice = false;

		for (unsigned i = 0; i < count; i++)
			twice |= va[i].val == at;
		if (twice || !pgtable_find_leaf(&plain, at, &leaf) ||
		    leaf.level != GRANULE_LAST_LEVEL || leaf.entry.val & PTE_CONTIG)
			continue;
		va[count] = vaddr(at);
		to[count++] = paddr(host_random_below(1 << 20) * page);
	}
	if (!count)
		return;
	pgtable_move_pages(&hot, va, to, count, carry, &carried);
	pgtable_move_pages(&plain, va, to, count, carry, &carried);
	assert_int_equal(carried, 2);
}

static void request(void)
{
	static const enum map_kind kinds[] = { MAP_DATA, MAP_DATA, MAP_RODATA };
	enum map_kind kind = kinds[host_random_below(ARRAY_SIZE(kinds))];
	u64 count = host_random_below(3) ? 1 : 1 + host_random_below(MOST), bytes = count * page;
	u64 index = host_random_below(WINDOW * table_pages - count);
	paddr_t pa = paddr((index + host_random_below(2)) * page), pages[MOST];
	vaddr_t va = vaddr(base + index * page);

	switch (host_random_below(10)) {
	case 0:
	case 1:
		same(pgtable_map(&hot, va, pa, bytes, kind),
		     pgtable_map(&plain, va, pa, bytes, kind));
		break;
	case 2:
	case 3:
		same(pgtable_map_pages(&hot, va, pa, bytes, kind),
		     pgtable_map_pages(&plain, va, pa, bytes, kind));
		break;
	case 4:
		for (u64 i = 0; i < count; i++)
			pages[i] = paddr(host_random_below(1 << 20) * page);
		same(pgtable_map_array(&hot, va, pages, count, kind),
		     pgtable_map_array(&plain, va, pages, count, kind));
		break;
	case 5:
		move_some();
		break;
	case 6:
		same(pgtable_protect(&hot, va, bytes, kind),
		     pgtable_protect(&plain, va, bytes, kind));
		break;
	default:
		same(pgtable_unmap(&hot, va, bytes), pgtable_unmap(&plain, va, bytes));
	}
}

static void shortcuts_equal_the_walker(void **state)
{
	(void)state;
	shortcuts = 0;
	page = 1ULL << host_page_shift;
	table_pages = page / 8;
	fake_begin(&hot, 48, true);
	plain = hot;
	host_plain_pgtable = &plain;
	assert_int_equal(pgtable_init(&plain), 0);
	fake_watch(NULL);
	base = pgtable_base(&hot) + 5 * table_pages * page;
	for (unsigned i = 0; i < REQUESTS; i++) {
		request();
		if (i % 1000 == 0)
			same_entries();
	}
	same_entries();
	assert_true(shortcuts > REQUESTS / 2);
	pgtable_destroy(&plain);
	fake_end(&hot);
}

/* Every length around the unrolled steps, and nothing before or after it. */
static void runs_equal_a_loop(void **state)
{
	pte_t run[64];
	paddr_t pages[40];

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(pages); i++)
		pages[i] = paddr(host_random_below(1 << 20) << 16);
	for (unsigned count = 0; count <= ARRAY_SIZE(pages); count++) {
		u64 value = host_random_below(1 << 20) << 12 | 3, step = 4096, attrs = PTE_VALID;

		for (unsigned way = 0; way < 3; way++) {
			for (unsigned i = 0; i < ARRAY_SIZE(run); i++)
				run[i].val = 0x10 + i;
			if (way == 0)
				pgtable_write_run(run + 8, count, value, step);
			else if (way == 1)
				pgtable_write_array(run + 8, pages, count, attrs);
			else
				pgtable_clear_run(run + 8, count);
			for (unsigned i = 0; i < ARRAY_SIZE(run); i++) {
				unsigned n = i - 8;

				assert_int_equal(run[i].val,
						 n >= count ? 0x10 + i
						 : way == 0 ? value + n * step
						 : way == 1 ? (pages[n].val | attrs | PTE_TABLE)
							    : 0);
			}
		}
		for (unsigned valid = 0; valid <= count; valid++) {
			run[8 + valid].val |= PTE_VALID;
			assert_int_equal(pgtable_invalid_run(run + 8, count), MIN(valid, count));
			run[8 + valid].val = 0;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(shortcuts_equal_the_walker),
		cmocka_unit_test(runs_equal_a_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
