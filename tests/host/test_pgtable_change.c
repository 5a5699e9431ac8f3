// SPDX-License-Identifier: BSD-2-Clause
/*
 * What is mapped changes, or must not: identical and conflicting requests, running out of memory,
 * unmapping, permissions, and the TLB maintenance that each of them owes.
 *
 * Sources: arch/arm64/table/pgtable.c arch/arm64/table/pgtable_hot.c
 * Sources: arch/arm64/table/pgtable_change.c arch/arm64/table/pgtable_replace.c
 * Sources: arch/arm64/table/pgtable_read.c arch/arm64/table/pgtable_check.c
 * Sources: arch/arm64/table/granule.c lib/string.c tests/host/fake_mmu.c
 */
#include <stdlib.h>
#include <string.h>

#include "fake_mmu.h"

#include <cmocka.h>

#include <kernel/compiler.h>
#include <kernel/errno.h>

static u64 page(void)
{
	return 1ULL << host_page_shift;
}

/* Bytes of the smallest block, and of a contiguous run of pages. */
static u64 block(void)
{
	return host_page_shift == 12 ? 2 * MiB : host_page_shift == 14 ? 32 * MiB : 512 * MiB;
}

static u64 page_run(void)
{
	return host_page_shift == 12 ? 64 * KiB : 2 * MiB;
}

static int map(struct pgtable *pt, u64 va, u64 pa, u64 bytes, enum map_kind kind)
{
	return pgtable_map(pt, vaddr(va), paddr(pa), bytes, kind);
}

static void is_at(const struct pgtable *pt, u64 va, u64 pa, u64 run_bytes, const char *access)
{
	struct fake_translation t = fake_translate(pt, va);

	assert_true(t.mapped);
	assert_int_equal(t.pa, pa);
	assert_int_equal(t.run_bytes, run_bytes);
	assert_string_equal(t.access, access);
}

static void is_hole(const struct pgtable *pt, u64 va, u64 bytes)
{
	assert_false(fake_translate(pt, va).mapped);
	assert_false(fake_translate(pt, va + bytes / 2).mapped);
	assert_false(fake_translate(pt, va + bytes - 1).mapped);
}

static void flushed(unsigned index, u64 va, u64 bytes, bool mapped)
{
	assert_true(index < fake_flush_count);
	assert_int_equal(fake_flushes[index].va, va);
	assert_int_equal(fake_flushes[index].bytes, bytes);
	assert_int_equal(fake_flushes[index].shift, host_page_shift);
	assert_int_equal(fake_flushes[index].mapped != 0, mapped);
}

/* Where a test puts things: a multiple of a run of blocks, as far up as the space goes. */
static u64 place(const struct pgtable *pt)
{
	return pgtable_base(pt) + (1ULL << (pt->va_bits - 1));
}

/* ---- requests that change nothing ---- */

static void again_in(struct pgtable *pt)
{
	u64 va = place(pt), pa = 1ULL << 40, bytes = MIN(1ULL << (pt->va_bits - 1), 2 * block());
	struct fake_snapshot *before;

	pt->live = true;
	assert_int_equal(map(pt, va, pa, bytes, MAP_DATA), 0);
	before = fake_save();
	fake_fail_after = 0; /* no table is asked for */
	assert_int_equal(map(pt, va, pa, bytes, MAP_DATA), 0);
	assert_int_equal(map(pt, va, pa, page(), MAP_DATA), 0);
	assert_int_equal(map(pt, va + 3 * page(), pa + 3 * page(), 5 * page(), MAP_DATA), 0);
	assert_int_equal(map(pt, va + bytes - page(), pa + bytes - page(), page(), MAP_DATA), 0);
	assert_int_equal(pgtable_map_pages(pt, vaddr(va), paddr(pa), bytes, MAP_DATA), 0);
	assert_true(fake_unchanged(before));
	assert_int_equal(fake_flush_count, 0);
	fake_fail_after = -1;

	/* Part is there, part is new. */
	assert_int_equal(pgtable_map_pages(pt, vaddr(va - 4 * page()), paddr(pa - 4 * page()),
					   8 * page(), MAP_DATA),
			 0);
	is_at(pt, va - 4 * page(), pa - 4 * page(), page(), "rw----");
	is_at(pt, va - 1, pa - 1, page(), "rw----");
	assert_true(fake_translate(pt, va).run_bytes >= MIN(page_run(), bytes));
}

static void the_same_again_is_nothing(void **state)
{
	(void)state;
	fake_each_space(again_in);
}

static void collides(struct pgtable *pt, u64 va, u64 pa, u64 bytes, enum map_kind kind)
{
	struct fake_snapshot *before = fake_save();
	u64 allocations = fake_allocations;

	assert_int_equal(map(pt, va, pa, bytes, kind), -EEXIST);
	if (bytes <= 2 * block()) /* it looks at every page */
		assert_int_equal(pgtable_map_pages(pt, vaddr(va), paddr(pa), bytes, kind), -EEXIST);
	assert_true(fake_unchanged(before));
	assert_int_equal(fake_allocations, allocations);
	assert_int_equal(fake_flush_count, 0);
}

static void conflict_in(struct pgtable *pt)
{
	u64 base = pgtable_base(pt), va = place(pt), pa = 1ULL << 40;
	u64 bytes = MIN(1ULL << (pt->va_bits - 1), block());

	pt->live = true;
	assert_int_equal(map(pt, va, pa, bytes, MAP_DATA), 0);
	collides(pt, va, pa + page(), page(), MAP_DATA);
	collides(pt, va, pa, page(), MAP_RODATA);
	collides(pt, va, pa, page(), MAP_DEVICE);
	collides(pt, va + bytes - page(), pa, page(), MAP_DATA);
	collides(pt, va, pa ^ 1ULL << 45, bytes, MAP_DATA);
	/* Everything in front is free, and would need tables. */
	collides(pt, base, 0, va - base + page(), MAP_DATA);
	collides(pt, va - page(), 0, 2 * page(), MAP_DATA);
	/* A page in the midst of where a block would go. */
	assert_int_equal(pgtable_unmap(pt, vaddr(va), bytes), 0);
	fake_watch(pt);
	assert_int_equal(map(pt, va + bytes / 2, 0, page(), MAP_DATA), 0);
	collides(pt, va, pa, bytes, MAP_DATA);
}

static void conflicts_change_nothing(void **state)
{
	(void)state;
	fake_each_space(conflict_in);
}

/* A request that needs tables at every level, on both sides of a boundary of the root. */
static void memory_in(struct pgtable *pt)
{
	u64 va = place(pt), pa = 1ULL << 30, bytes = 16 * page();
	u64 allocations = fake_allocations, needed;
	bool upper = pt->upper;
	unsigned va_bits = pt->va_bits;

	assert_int_equal(map(pt, va - bytes / 2, pa, bytes, MAP_DATA), 0);
	needed = fake_allocations - allocations;
	assert_int_equal(needed, fake_tables - 1);
	if (pt->va_bits > 30)
		assert_true(needed >= 2);
	fake_end(pt);
	fake_begin(pt, va_bits, upper);
	for (int most = 0; most < (int)needed; most++) {
		struct fake_snapshot *before = fake_save();
		u64 table_bytes = pt->table_bytes;

		fake_fail_after = most;
		assert_int_equal(map(pt, va - bytes / 2, pa, bytes, MAP_DATA), -ENOMEM);
		assert_true(fake_unchanged(before));
		assert_int_equal(pt->table_bytes, table_bytes);
	}
	fake_fail_after = (int)needed;
	assert_int_equal(map(pt, va - bytes / 2, pa, bytes, MAP_DATA), 0);
	assert_int_equal(fake_fail_after, 0);
	fake_fail_after = -1;
}

static void running_out_of_memory_changes_nothing(void **state)
{
	(void)state;
	fake_each_space(memory_in);
}

/* ---- unmapping and protecting ---- */

static void unmap_in(struct pgtable *pt)
{
	u64 va = place(pt), pa = 1ULL << 40, bytes = MIN(1ULL << (pt->va_bits - 1), 2 * block());
	u64 tables;

	assert_int_equal(map(pt, va, pa, bytes, MAP_DATA), 0);
	tables = fake_table_bytes;
	assert_int_equal(pgtable_unmap(pt, vaddr(va), bytes), 0);
	is_hole(pt, va, bytes);
	assert_int_equal(fake_table_bytes, tables);
	assert_int_equal(fake_flush_count, 0); /* not live */

	pt->live = true;
	assert_int_equal(map(pt, va, pa, bytes, MAP_DATA), 0);
	assert_int_equal(pgtable_unmap(pt, vaddr(va), bytes), 0);
	assert_int_equal(fake_flush_count, 1);
	flushed(0, va, bytes, false);
	is_hole(pt, va, bytes);

	/* Holes, and the whole space. */
	fake_watch(pt);
	assert_int_equal(map(pt, va + page(), pa, page(), MAP_DATA), 0);
	assert_int_equal(pgtable_unmap(pt, vaddr(va), MIN(page_run(), bytes)), 0);
	assert_int_equal(pgtable_unmap(pt, vaddr(pgtable_base(pt)), 1ULL << pt->va_bits), 0);
	assert_int_equal(fake_flush_count, 2);
	flushed(1, pgtable_base(pt), 1ULL << pt->va_bits, false);
	is_hole(pt, va, bytes);
}

static void unmap_leaves_nothing(void **state)
{
	(void)state;
	fake_each_space(unmap_in);
}

static void cuts(struct pgtable *pt, u64 va, u64 bytes)
{
	struct fake_snapshot *before = fake_save();

	assert_int_equal(pgtable_unmap(pt, vaddr(va), bytes), -EINVAL);
	assert_int_equal(pgtable_protect(pt, vaddr(va), bytes, MAP_RODATA), -EINVAL);
	assert_true(fake_unchanged(before));
	assert_int_equal(fake_flush_count, 0);
}

static void cut_block_in(struct pgtable *pt)
{
	u64 sizes[] = { block(), 1 * GiB };

	pt->live = true;
	for (unsigned i = 0; i < (host_page_shift == 12 ? 2 : 1); i++) {
		u64 bytes = sizes[i], va = pgtable_base(pt) + bytes;

		if (bytes >= 1ULL << (pt->va_bits - 1))
			continue;
		assert_int_equal(map(pt, va - page(), bytes - page(), bytes + 2 * page(), MAP_DATA),
				 0);
		is_at(pt, va, bytes, bytes, "rw----");
		cuts(pt, va, page());
		cuts(pt, va + bytes - page(), page());
		cuts(pt, va + bytes / 2, page());
		cuts(pt, va - page(), 2 * page());
		cuts(pt, va + bytes - page(), 2 * page());
		cuts(pt, va, bytes - page());
		cuts(pt, va + page(), bytes);
		assert_int_equal(pgtable_unmap(pt, vaddr(va - page()), bytes + 2 * page()), 0);
		is_hole(pt, va - page(), bytes + 2 * page());
		fake_watch(pt);
	}
}

static void a_cut_block_changes_nothing(void **state)
{
	(void)state;
	fake_each_space(cut_block_in);
}

/*
 * A range from inside one run to inside another, with a third between. Each is broken first, its
 * entries invalid when the TLBs are told; then the range is changed, and the TLBs are told again.
 * The one between is broken for other permissions only, and stays a run.
 */
static void runs_in(struct pgtable *pt)
{
	u64 run = page_run(), va = pgtable_base(pt) + 2 * run, pa = 8 * run;
	u64 first = va + run - page(), bytes = run + 3 * page();

	pt->live = true;
	for (unsigned protect = 0; protect < 2; protect++) {
		assert_int_equal(map(pt, va, pa, 3 * run, MAP_DATA), 0);
		is_at(pt, va, pa, run, "rw----");
		fake_watch(pt);
		if (protect)
			assert_int_equal(pgtable_protect(pt, vaddr(first), bytes, MAP_RODATA), 0);
		else
			assert_int_equal(pgtable_unmap(pt, vaddr(first), bytes), 0);
		assert_int_equal(fake_flush_count, 3 + protect);
		flushed(0, va, run, false);
		flushed(1, va + 2 * run, run, false);
		if (protect)
			flushed(2, va + run, run, false);
		flushed(2 + protect, first, bytes, protect);
		for (u64 at = 0; at < 3 * run; at += page()) {
			bool in = va + at - first < bytes, whole = at / run == 1;

			if (in && !protect)
				is_hole(pt, va + at, page());
			else
				is_at(pt, va + at, pa + at, whole ? run : page(),
				      in ? "r-----" : "rw----");
		}
		assert_int_equal(pgtable_unmap(pt, vaddr(va), 3 * run), 0);
	}
}

/* The same for a run of blocks, where the space has room for one. */
static void block_runs_in(struct pgtable *pt)
{
	u64 run = host_page_shift == 12 ? 16 * block() : 32 * block();
	u64 va = pgtable_base(pt) + run, pa = 4 * run;

	if (run >= 1ULL << (pt->va_bits - 1))
		return;
	pt->live = true;
	assert_int_equal(map(pt, va, pa, run, MAP_DATA), 0);
	is_at(pt, va, pa, run, "rw----");
	fake_watch(pt);
	assert_int_equal(pgtable_unmap(pt, vaddr(va + block()), block()), 0);
	assert_int_equal(fake_flush_count, 2);
	flushed(0, va, run, false);
	flushed(1, va + block(), block(), false);
	is_at(pt, va, pa, block(), "rw----");
	is_hole(pt, va + block(), block());
	is_at(pt, va + run - 1, pa + run - 1, block(), "rw----");
}

static void contiguous_runs_break_before_they_are_made(void **state)
{
	(void)state;
	fake_each_space(runs_in);
	fake_each_space(block_runs_in);
}

static void protect_in(struct pgtable *pt)
{
	static const struct {
		enum map_kind kind;
		const char *access;
	} kinds[] = { { MAP_TEXT, "r-x---" }, { MAP_RODATA, "r-----" }, { MAP_DATA, "rw----" } };
	u64 run = page_run(), va = pgtable_base(pt) + run;

	pt->live = true;
	assert_int_equal(map(pt, va, run, run, MAP_DATA), 0);
	assert_int_equal(map(pt, va + 2 * run, 0, page(), MAP_DATA), 0);
	for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++) {
		fake_watch(pt);
		assert_int_equal(pgtable_protect(pt, vaddr(va), 3 * run, kinds[i].kind), 0);
		is_at(pt, va, run, run, kinds[i].access);
		is_at(pt, va + run - 1, 2 * run - 1, run, kinds[i].access);
		is_hole(pt, va + run, run);
		is_at(pt, va + 2 * run, 0, page(), kinds[i].access);
		/* The run is broken, and made again; a page changes in place. */
		assert_int_equal(fake_flush_count, 2);
		flushed(0, va, run, false);
		flushed(1, va, 3 * run, true);
	}
	assert_true(HOST_ASSERTS(pgtable_protect(pt, vaddr(va), run, MAP_DEVICE)));
	assert_true(HOST_ASSERTS(pgtable_protect(pt, vaddr(va), run, MAP_BOOT)));
	/* To change whether it is global takes a break as well, and nobody needs it. */
	assert_true(HOST_ASSERTS(pgtable_protect(pt, vaddr(va), run, MAP_USER_DATA)));
	assert_true(HOST_ASSERTS(pgtable_protect(pt, vaddr(va), 0, MAP_DATA)));
	assert_true(HOST_ASSERTS(pgtable_unmap(pt, vaddr(va + 1), page())));
	assert_true(HOST_ASSERTS(pgtable_unmap(pt, vaddr(pgtable_last(pt) + 1), page())));
}

static void protect_changes_permissions_alone(void **state)
{
	(void)state;
	fake_each_space(protect_in);
}

static void destroy_frees_all(void **state)
{
	struct pgtable pt;

	(void)state;
	fake_begin(&pt, 48, true);
	for (unsigned i = 0; i < 40; i++)
		assert_int_equal(map(&pt, pgtable_base(&pt) + (i + 1ULL) * (block() << 4), 0,
				     page(), MAP_DATA),
				 0);
	assert_true(fake_tables > 30);
	assert_int_equal(pt.table_bytes, fake_table_bytes);
	pt.live = true;
	assert_true(HOST_ASSERTS(pgtable_destroy(&pt)));
	fake_end(&pt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(the_same_again_is_nothing),
		HOST_AT_EACH_PAGE_SHIFT(conflicts_change_nothing),
		HOST_AT_EACH_PAGE_SHIFT(running_out_of_memory_changes_nothing),
		HOST_AT_EACH_PAGE_SHIFT(unmap_leaves_nothing),
		HOST_AT_EACH_PAGE_SHIFT(a_cut_block_changes_nothing),
		HOST_AT_EACH_PAGE_SHIFT(contiguous_runs_break_before_they_are_made),
		HOST_AT_EACH_PAGE_SHIFT(protect_changes_permissions_alone),
		HOST_AT_EACH_PAGE_SHIFT(destroy_frees_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
