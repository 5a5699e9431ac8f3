// SPDX-License-Identifier: BSD-2-Clause
/*
 * Random requests against a model: an array with a row for each page, and a TLB that remembers
 * what it has seen until it is told to forget.
 *
 * Sources: arch/arm64/table/pgtable.c arch/arm64/table/pgtable_hot.c
 * Sources: arch/arm64/table/pgtable_change.c arch/arm64/table/pgtable_replace.c
 * Sources: arch/arm64/table/pgtable_read.c
 * Sources: arch/arm64/table/pgtable_check.c arch/arm64/table/granule.c lib/string.c
 * Sources: tests/host/fake_mmu.c tests/host/fake_tlb.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake_tlb.h"

#include <cmocka.h>

#include <kernel/compiler.h>
#include <kernel/errno.h>

/* Operations at each granule; three of them make more than a million. */
#define OPERATIONS 350000

/* The window: this many blocks of the last level but one. 24,576 pages where that is the most. */
#define BLOCKS     3
#define MOST_PAGES (BLOCKS << 13)

struct row {
	u64 pa;
	u8 kind;
	bool mapped;
	bool contiguous;
	bool block; /* of a block, not a page of its own */
};

static struct row rows[MOST_PAGES];
static bool has_table[BLOCKS]; /* a table of pages was made, once and for all */
static struct pgtable pt;
static u64 base; /* of the window */
static u64 pages, block_pages, run_pages;

static u64 va_of(u64 index)
{
	return base + (index << host_page_shift);
}

/* ---- the model ---- */

static const char *const access_of[] = {
	[MAP_TEXT] = "r-x---",
	[MAP_RODATA] = "r-----",
	[MAP_DATA] = "rw----",
	[MAP_USER_DATA] = "rw-rw-",
};
static const enum map_kind kinds[] = { MAP_TEXT, MAP_RODATA, MAP_DATA, MAP_USER_DATA };

struct request {
	u64 index;
	u64 count;
	u64 pa;
	enum map_kind kind;
	bool pages_only;
};

static bool is_block(const struct request *r, u64 index)
{
	u64 start = ALIGN_DOWN(index, block_pages);
	u64 pa = r->pa + ((start - r->index) << host_page_shift);

	if (has_table[start / block_pages] || r->pages_only)
		return false;
	return start >= r->index && start + block_pages <= r->index + r->count &&
	       IS_ALIGNED(pa, block_pages << host_page_shift);
}

/* Every page of a run is new, and the run is aligned in physical memory. */
static bool is_run(const struct request *r, u64 index)
{
	u64 start = ALIGN_DOWN(index, run_pages);
	u64 pa = r->pa + ((start - r->index) << host_page_shift);

	if (start < r->index || start + run_pages > r->index + r->count || r->pages_only ||
	    !IS_ALIGNED(pa, run_pages << host_page_shift))
		return false;
	for (u64 i = start; i < start + run_pages; i++)
		if (rows[i].mapped)
			return false;
	return true;
}

/* 0, or the error that is due; `tables` is how many the request needs. */
static int model_judge(const struct request *r, unsigned *tables)
{
	*tables = 0;
	for (u64 i = 0; i < r->count; i++) {
		const struct row *row = &rows[r->index + i];

		if (row->mapped &&
		    (row->pa != r->pa + (i << host_page_shift) || row->kind != r->kind))
			return -EEXIST;
	}
	for (u64 b = r->index / block_pages; b <= (r->index + r->count - 1) / block_pages; b++) {
		u64 first = MAX(b * block_pages, r->index);

		*tables += !has_table[b] && !rows[first].mapped && !is_block(r, first);
	}
	return 0;
}

static void model_map(const struct request *r)
{
	static struct row fresh[MOST_PAGES];

	for (u64 i = r->index; i < r->index + r->count; i++) {
		fresh[i] = rows[i];
		if (rows[i].mapped)
			continue;
		fresh[i] = (struct row){ .pa = r->pa + ((i - r->index) << host_page_shift),
					 .kind = (u8)r->kind,
					 .mapped = true,
					 .block = is_block(r, i) };
		if (!fresh[i].block && (i % run_pages == 0 || i == r->index))
			fresh[i].contiguous = is_run(r, i);
		else if (!fresh[i].block)
			fresh[i].contiguous = fresh[i - 1].contiguous;
	}
	for (u64 i = r->index; i < r->index + r->count; i++) {
		has_table[i / block_pages] |= !fresh[i].block;
		rows[i] = fresh[i];
	}
}

static bool model_cuts_block(u64 index, u64 count)
{
	u64 end = index + count;

	return (index % block_pages && rows[index].block) ||
	       (end % block_pages && end < pages && rows[end].block && rows[end - 1].block);
}

/* Runs that are cut lose their hint; returns how many. */
static unsigned model_break_runs(u64 index, u64 count)
{
	u64 ends[] = { index, index + count - 1 };
	unsigned broken = 0;

	for (unsigned i = 0; i < 2; i++) {
		u64 start = ALIGN_DOWN(ends[i], run_pages);

		if (!rows[ends[i]].contiguous ||
		    (start >= index && start + run_pages <= index + count))
			continue;
		broken++;
		for (u64 k = start; k < start + run_pages; k++)
			rows[k].contiguous = false;
	}
	return broken;
}

/* ---- comparing ---- */

static void page_agrees(u64 index)
{
	const struct row *row = &rows[index];
	struct fake_translation t = fake_translate(&pt, va_of(index));

	assert_int_equal(t.mapped, row->mapped);
	if (!row->mapped)
		return;
	assert_int_equal(t.pa, row->pa);
	assert_string_equal(t.access, access_of[row->kind]);
	assert_int_equal(t.bytes >> host_page_shift, row->block ? block_pages : 1);
	if (!row->block)
		assert_int_equal(t.run_bytes >> host_page_shift, row->contiguous ? run_pages : 1);
}

/* Both ends of what an operation was about, and what is next to them. */
static void ends_agree(u64 index, u64 count)
{
	page_agrees(index);
	page_agrees(index + count - 1);
	page_agrees(index + host_random_below(count));
	if (index)
		page_agrees(index - 1);
	if (index + count < pages)
		page_agrees(index + count);
}

/* ---- operations ---- */

/* How often what happened: a model test that never gets to the rare cases proves little. */
static struct {
	unsigned mapped, conflicts, without_memory, changed, cut, broken, blocks;
} seen;

/* Mostly a few pages, at times whole runs, rarely blocks. */
static void random_place(u64 *index, u64 *count)
{
	u64 dice = host_random_below(1000), unit = 1;

	if (dice < 15)
		unit = block_pages;
	else if (dice < 100)
		unit = run_pages;
	*count = MIN(pages, unit * (1 + host_random_below(unit == block_pages ? 2 : 3)));
	if (unit == 1)
		*count = 1 + host_random_below(12);
	*index = host_random_below((pages - *count) / unit + 1) * unit;
}

/*
 * Physical memory begins so that addresses agree modulo a block (three in five), a run or a page;
 * there are few such places, so that requests meet what is mapped the same already.
 */
static struct request random_request(void)
{
	static const u8 offsets[] = { 0, 0, 0, 1, 2 };
	u64 offset = offsets[host_random_below(sizeof(offsets))];
	struct request r;

	random_place(&r.index, &r.count);
	r.pa = (1ULL << 40) + ((r.index + (offset == 1 ? run_pages : offset)) << host_page_shift);
	r.kind = kinds[host_random_below(16) ? 2 : host_random_below(ARRAY_SIZE(kinds))];
	r.pages_only = host_random_below(8) == 0;
	return r;
}

static void try_map(void)
{
	struct request r = random_request();
	unsigned tables;
	int due = model_judge(&r, &tables), err;

	if (host_random_below(8) == 0)
		fake_fail_after = (int)host_random_below(3);
	if (!due && fake_fail_after >= 0 && tables > (unsigned)fake_fail_after)
		due = -ENOMEM;
	err = (r.pages_only ? pgtable_map_pages : pgtable_map)(
		&pt, vaddr(va_of(r.index)), paddr(r.pa), r.count << host_page_shift, r.kind);
	fake_fail_after = -1;
	assert_int_equal(err, due);
	seen.mapped += !err;
	seen.conflicts += err == -EEXIST;
	seen.without_memory += err == -ENOMEM;
	assert_int_equal(fake_flush_count, 0);
	if (!err)
		model_map(&r);
	seen.blocks += rows[r.index].block;
	ends_agree(r.index, r.count);
}

/* nG is no permission: what is a user's stays one, and what isn't doesn't become one. */
static bool may_become(u64 index, u64 count, enum map_kind kind)
{
	for (u64 i = index; i < index + count; i++)
		if (rows[i].mapped && (rows[i].kind == MAP_USER_DATA) != (kind == MAP_USER_DATA))
			return false;
	return true;
}

/* Whole runs that get other permissions are broken, and stay runs; returns how many. */
static unsigned model_remake_runs(u64 index, u64 count, enum map_kind kind)
{
	unsigned remade = 0;

	for (u64 i = ALIGN_UP(index, run_pages); i + run_pages <= index + count; i += run_pages)
		remade += rows[i].contiguous && rows[i].kind != kind;
	return remade;
}

static void try_change(bool protect)
{
	enum map_kind kind = kinds[host_random_below(ARRAY_SIZE(kinds))];
	u64 index, count, bytes;
	vaddr_t va;
	int err;

	random_place(&index, &count);
	if (protect && !may_become(index, count, kind))
		return;
	va = vaddr(va_of(index));
	bytes = count << host_page_shift;
	tlb_fill(va.val);
	tlb_fill(va.val + host_random_below(bytes));
	tlb_fill(va.val + bytes - 1);
	err = protect ? pgtable_protect(&pt, va, bytes, kind) : pgtable_unmap(&pt, va, bytes);
	if (model_cuts_block(index, count)) {
		assert_int_equal(err, -EINVAL);
		seen.cut++;
		assert_int_equal(fake_flush_count, 0);
		return;
	}
	assert_int_equal(err, 0);
	seen.changed++;
	seen.broken += fake_flush_count - 1;
	assert_int_equal(fake_flush_count,
			 model_break_runs(index, count) + 1 +
				 (protect ? model_remake_runs(index, count, kind) : 0));
	/* All but the last are for runs that are invalid meanwhile. */
	for (unsigned i = 0; i + 1 < fake_flush_count; i++)
		assert_int_equal(fake_flushes[i].mapped, 0);
	for (u64 i = index; i < index + count; i++) {
		if (!protect)
			rows[i] = (struct row){ 0 };
		else if (rows[i].mapped)
			rows[i].kind = (u8)kind;
	}
	ends_agree(index, count);
	tlb_is_true();
}

/* A space of its own, since blocks only fit where no table of pages was made before. */
static void one_space(unsigned operations)
{
	memset(rows, 0, sizeof(rows));
	memset(has_table, 0, sizeof(has_table));
	tlb_begin(&pt);
	fake_begin(&pt, 48, host_random_below(2));
	base = pgtable_base(&pt) + (8ULL * block_pages << host_page_shift);
	/* The upper tables are there from the beginning: by a neighbour after the window. */
	assert_int_equal(
		pgtable_map(&pt, vaddr(va_of(pages)), paddr(0), 1ULL << host_page_shift, MAP_DATA),
		0);
	pt.live = true;
	for (unsigned i = 0; i < operations; i++) {
		u64 dice = host_random_below(20);

		fake_watch(&pt);
		fake_on_flush = tlb_forget;
		if (dice < 11)
			try_map();
		else
			try_change(dice < 13);
	}
	if (host_random_below(30) == 0 || operations > 1000)
		for (u64 i = 0; i < pages; i++)
			page_agrees(i);
	for (unsigned i = 0; i < 50; i++)
		page_agrees(host_random_below(pages));
	fake_end(&pt); /* which checks the invariants */
}

static void agrees_with_the_model(void **state)
{
	unsigned left = OPERATIONS;

	(void)state;
	memset(&seen, 0, sizeof(seen));
	block_pages = 1ULL << (host_page_shift - 3);
	run_pages = (host_page_shift == 12 ? 64 * KiB : 2 * MiB) >> host_page_shift;
	pages = BLOCKS * block_pages;
	while (left) {
		/* Many short lives, where blocks are, and a few long ones. */
		unsigned operations =
			1 + (unsigned)host_random_below(host_random_below(64) ? 100 : 10000);

		operations = MIN(operations, left);
		one_space(operations);
		left -= operations;
	}
	printf("mapped %u, conflicts %u, without memory %u, changed %u, cut %u, broken %u, "
	       "blocks %u\n",
	       seen.mapped, seen.conflicts, seen.without_memory, seen.changed, seen.cut,
	       seen.broken, seen.blocks);
	assert_true(seen.mapped > 10000 && seen.conflicts > 10000 && seen.changed > 10000);
	assert_true(seen.without_memory > 100 && seen.cut > 100 && seen.broken > 1000 &&
		    seen.blocks > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(agrees_with_the_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
