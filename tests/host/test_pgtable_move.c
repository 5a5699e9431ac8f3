// SPDX-License-Identifier: BSD-2-Clause
/*
 * Pages that move to other memory: out of reach from the flush on, then mapped as before, but for
 * the address.
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

#include <arch/layout.h>
#include <kernel/compiler.h>

#define MOST PGTABLE_MOVE_MOST

/* The addresses of one call, and what was seen while it ran. */
static struct pgtable *space;
static vaddr_t va[MOST];
static paddr_t to[MOST];
static unsigned count, flushed, betweens;

static u64 page(void)
{
	return 1ULL << host_page_shift;
}

static void nothing_translates(void)
{
	for (unsigned i = 0; i < count; i++)
		assert_false(fake_translate(space, va[i].val).mapped);
}

/* The flush of each page comes when none of them translates any more. */
static void on_flush(u64 at, u64 bytes)
{
	assert_int_equal(bytes, page());
	assert_int_equal(betweens, 0);
	assert_int_equal(at, va[flushed++].val);
	nothing_translates();
	fake_flush_count = 0;
}

static void between(void *ctx)
{
	assert_ptr_equal(ctx, &count);
	assert_int_equal(flushed, space->live ? count : 0);
	nothing_translates();
	betweens++;
}

static void move(bool with_between)
{
	struct fake_translation before[MOST], *b = before;

	for (unsigned i = 0; i < count; i++)
		before[i] = fake_translate(space, va[i].val);
	flushed = betweens = 0;
	fake_on_flush = on_flush;
	pgtable_move_pages(space, va, to, count, with_between ? between : NULL, &count);
	fake_on_flush = NULL;
	assert_int_equal(betweens, with_between);
	assert_int_equal(flushed, space->live ? count : 0);
	for (unsigned i = 0; i < count; i++, b++) {
		struct fake_translation now = fake_translate(space, va[i].val);

		assert_true(now.mapped);
		assert_int_equal(now.pa, to[i].val);
		assert_int_equal(now.run_bytes, page());
		assert_string_equal(now.access, b->access);
		assert_int_equal(now.memory, b->memory);
		assert_int_equal(now.shareable, b->shareable);
		assert_int_equal(now.global, b->global);
	}
}

/*
 * A table of the last level: three neighbours, and their like below another table of the level
 * above, where the space has room for them.
 */
static u64 any_table(const struct pgtable *pt, u64 span)
{
	u64 far = span << (host_page_shift - 3), space_bytes = 1ULL << pt->va_bits;
	u64 at = host_random_below(MAX(MIN(space_bytes / span, 3ULL), 1ULL)) * span;

	return far + at < space_bytes && host_random_below(4) == 0 ? far + at : at;
}

/* Scattered over several tables, in any order, of every kind. */
static void moves_in(struct pgtable *pt)
{
	static const enum map_kind kinds[] = { MAP_DATA, MAP_RODATA, MAP_TEXT, MAP_USER_DATA,
					       MAP_DEVICE };
	u64 base = pgtable_base(pt), span = 1ULL << (2 * host_page_shift - 3);

	space = pt;
	pt->live = true;
	for (unsigned round = 0; round < 40; round++) {
		count = round ? 1 + (unsigned)host_random_below(MOST) : MOST;
		for (unsigned i = 0; i < count; i++) {
			u64 at = base + any_table(pt, span) +
				 (i * 3 + host_random_below(3)) * page();
			paddr_t from = paddr(host_random_below(1ULL << 32) * page());

			va[i] = vaddr(at);
			to[i] = paddr(host_random_below(1ULL << 32) * page());
			assert_int_equal(
				pgtable_map_pages(pt, va[i], from, page(),
						  kinds[host_random_below(ARRAY_SIZE(kinds))]),
				0);
		}
		fake_watch(pt);
		/* A space that is not live owes no flush. */
		pt->live = round % 4 != 3;
		move(round % 5 != 4);
		pt->live = true;
		for (unsigned i = 0; i < count; i++) {
			assert_int_equal(pgtable_unmap(pt, va[i], page()), 0);
			fake_watch(pt);
		}
	}
}

static void moves(void **state)
{
	/* The last one has a root of the last level, or of the one above it at 4K. */
	static const u8 va_bits[] = { 48, 39, 36, 30, 25 };
	struct pgtable pt;

	(void)state;
	for (unsigned i = 0; i < 4 * ARRAY_SIZE(va_bits); i++) {
		fake_begin(&pt, va_bits[i / 4], i % 2);
		moves_in(&pt);
		fake_end(&pt);
	}
}

static bool refuses(u64 at, unsigned pages)
{
	/* Read back after a longjmp. */
	static struct fake_snapshot *before;
	static u64 first;

	first = at;
	for (count = 0; count < MIN(pages, (unsigned)MOST); count++) {
		va[count] = vaddr(first + count * page());
		to[count] = paddr(1ULL << 40);
	}
	count = pages;
	flushed = betweens = 0;
	before = fake_save();
	fake_on_flush = on_flush;
	if (!HOST_ASSERTS(pgtable_move_pages(space, va, to, count, between, &count))) {
		assert_false(fake_unchanged(before));
		return false;
	}
	assert_int_equal(flushed, 0);
	assert_int_equal(betweens, 0);
	return fake_unchanged(before);
}

/* Runs, blocks, what is not mapped; none, and more than there is room for. Nothing was written. */
static void refusals(void **state)
{
	static struct pgtable pt;
	u64 base, block = 1ULL << (2 * host_page_shift - 3);

	(void)state;
	fake_begin(&pt, 48, true);
	space = &pt;
	pt.live = true;
	base = pgtable_base(&pt) + 4 * block;
	/* A block, a run of pages, one page, and nothing after it. */
	assert_int_equal(pgtable_map(&pt, vaddr(base), paddr(block), block, MAP_DATA), 0);
	assert_int_equal(pgtable_map(&pt, vaddr(base + block), paddr(2 * block), 2 * MiB, MAP_DATA),
			 0);
	assert_int_equal(pgtable_map(&pt, vaddr(base + 3 * block), paddr(0), page(), MAP_DATA), 0);
	fake_watch(&pt);
	assert_true(refuses(base, 1));
	assert_true(refuses(base + block, 1));
	assert_true(refuses(base + 3 * block, 2));
	assert_true(refuses(base + 3 * block + page(), 1));
	assert_true(refuses(base + 16 * block, 1));
	assert_true(refuses(base + 3 * block, 0));
	assert_true(refuses(base + 3 * block, MOST + 1));
	assert_false(refuses(base + 3 * block, 1));
	fake_end(&pt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(moves),
		HOST_AT_EACH_PAGE_SHIFT(refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
