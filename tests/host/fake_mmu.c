// SPDX-License-Identifier: BSD-2-Clause
/*
 * The fake MMU: <fake_mmu.h> says what it is for.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake_mmu.h"

#include <cmocka.h>

#include <arch/tlb.h>
#include <kernel/compiler.h>
#include <kernel/errno.h>

/* ---- memory ---- */

#define MOST_TABLES 4096

static struct {
	u64 pa;
	u64 bytes;
	bool fresh; /* nothing points to it yet: no walker sees what is written there */
} tables[MOST_TABLES];

static unsigned fresh_tables;

unsigned fake_tables;
u64 fake_table_bytes;
u64 fake_allocations;
int fake_fail_after = -1;

pte_t *fake_access(paddr_t table)
{
	return (pte_t *)(uintptr_t)(table.val + FAKE_TABLE_OFFSET);
}

int fake_alloc(struct pgtable *pt, u64 bytes, paddr_t *table)
{
	void *memory = NULL;

	assert_true(bytes >= 64 && (bytes & (bytes - 1)) == 0);
	assert_true(bytes <= 1ULL << host_page_shift);
	assert_int_equal(1U << pt->granule->shift, 1U << host_page_shift);
	if (fake_fail_after == 0)
		return -ENOMEM;
	if (fake_fail_after > 0)
		fake_fail_after--;
	assert_true(fake_tables < MOST_TABLES);
	assert_int_equal(posix_memalign(&memory, (size_t)bytes, (size_t)bytes), 0);
	/* Junk that looks like valid entries. */
	memset(memory, 0xa7, (size_t)bytes);
	*table = paddr((uintptr_t)memory - FAKE_TABLE_OFFSET);
	assert_int_equal(table->val >> 48, 0);
	tables[fake_tables].pa = table->val;
	tables[fake_tables].bytes = bytes;
	tables[fake_tables].fresh = true;
	fresh_tables++;
	fake_tables++;
	fake_table_bytes += bytes;
	fake_allocations++;
	return 0;
}

void fake_free(struct pgtable *pt, u64 bytes, paddr_t table)
{
	(void)pt;
	for (unsigned i = fake_tables; i-- > 0;) {
		if (tables[i].pa != table.val)
			continue;
		assert_int_equal(tables[i].bytes, bytes);
		fresh_tables -= tables[i].fresh;
		tables[i] = tables[--fake_tables];
		fake_table_bytes -= bytes;
		free(fake_access(table));
		return;
	}
	fail_msg("%#llx is freed, but was not allocated", table.val);
}

struct fake_snapshot {
	unsigned count;
	u8 data[];
};

struct fake_snapshot *fake_save(void)
{
	size_t list = fake_tables * sizeof(tables[0]), used = list;
	struct fake_snapshot *s = malloc(sizeof(*s) + list + (size_t)fake_table_bytes);

	assert_non_null(s);
	s->count = fake_tables;
	memcpy(s->data, tables, list);
	for (unsigned i = 0; i < fake_tables; i++) {
		memcpy(s->data + used, fake_access(paddr(tables[i].pa)), (size_t)tables[i].bytes);
		used += (size_t)tables[i].bytes;
	}
	return s;
}

bool fake_unchanged(struct fake_snapshot *s)
{
	size_t used = s->count * sizeof(tables[0]);
	bool same = s->count == fake_tables && !memcmp(s->data, tables, used);

	for (unsigned i = 0; same && i < s->count; i++) {
		same = !memcmp(s->data + used, fake_access(paddr(tables[i].pa)),
			       (size_t)tables[i].bytes);
		used += (size_t)tables[i].bytes;
	}
	free(s);
	return same;
}

/* ---- spaces ---- */

void fake_begin(struct pgtable *pt, unsigned va_bits, bool upper)
{
	fake_fail_after = -1;
	*pt = (struct pgtable){ .granule = granule_by_shift(host_page_shift),
				.va_bits = (u8)va_bits,
				.upper = upper,
				.table_offset = FAKE_TABLE_OFFSET,
				.alloc = fake_alloc,
				.free = fake_free };
	/* What a test that failed left. */
	while (fake_tables)
		free(fake_access(paddr(tables[--fake_tables].pa)));
	fake_table_bytes = 0;
	fresh_tables = 0;
	assert_int_equal(pgtable_init(pt), 0);
	tables[0].fresh = false;
	fresh_tables = 0;
	fake_watch(pt);
}

/* Bytes of the table at `table`, of `level`, and of those below it. */
static u64 tables_below(const struct pgtable *pt, unsigned level, paddr_t table)
{
	const pte_t *entries = pgtable_table(pt, table);
	u64 sum = pgtable_bytes(pt, level);

	for (unsigned i = 0; level < 3 && i < pgtable_entries(pt, level); i++)
		if (pte_is_table(entries[i], level))
			sum += tables_below(pt, level + 1, pte_addr(entries[i]));
	return sum;
}

void fake_end(struct pgtable *pt)
{
	vaddr_t where;
	const char *broken = pgtable_check(pt, &where);

	if (broken)
		fail_msg("%#llx: %s", where.val, broken);
	assert_int_equal(tables_below(pt, pgtable_root_level(pt), pt->root), fake_table_bytes);
	assert_int_equal(pt->table_bytes, fake_table_bytes);
	pt->live = false;
	pgtable_destroy(pt);
	assert_int_equal(fake_tables, 0);
	assert_int_equal(fake_table_bytes, 0);
	assert_int_equal(pt->table_bytes, 0);
	fake_watch(NULL);
}

void fake_each_space(void (*test)(struct pgtable *pt))
{
	/* Every root level of every granule, roots from 2 entries to full ones. */
	static const unsigned sizes[] = { 25, 26, 27, 30, 31, 36, 37, 39, 40, 42, 43, 47, 48 };

	for (unsigned i = 0; i < 2 * ARRAY_SIZE(sizes); i++) {
		struct pgtable pt;

		fake_begin(&pt, sizes[i / 2], i % 2);
		test(&pt);
		fake_end(&pt);
	}
}

/* ---- translation ---- */

/* The input address bits that each level resolves, as the manual's figures have them. */
struct lookup {
	unsigned shift;
	struct {
		int high;
		int low;
	} bits[4];
	unsigned block_levels; /* a bit for each level that may have blocks */
	unsigned run[4];       /* entries of a contiguous run */
};

static const struct lookup lookups[] = {
	{ 12,
	  { { 47, 39 }, { 38, 30 }, { 29, 21 }, { 20, 12 } },
	  1 << 1 | 1 << 2,
	  { 0, 16, 16, 16 } },
	{ 14, { { 47, 47 }, { 46, 36 }, { 35, 25 }, { 24, 14 } }, 1 << 2, { 0, 0, 32, 128 } },
	{ 16, { { -1, -1 }, { 47, 42 }, { 41, 29 }, { 28, 16 } }, 1 << 2, { 0, 0, 32, 32 } },
};

static u64 field(u64 value, int high, int low)
{
	return value << (63 - high) >> (63 - high + low);
}

/* Every entry of a run has the bit, the attributes and the address that follow from the first. */
static u64 run_of(const struct lookup *l, unsigned level, const u64 *table, u64 index, u64 entries)
{
	u64 run = l->run[level], start = index / run * run;
	u64 bytes = 1ULL << l->bits[level].low;

	assert_true(start + run <= entries);
	assert_int_equal(field(table[start], 47, 12) % (run * bytes >> 12), 0);
	for (u64 i = 0; i < run; i++)
		assert_int_equal(table[start + i], table[start] + i * bytes);
	return run * bytes;
}

static void decode(u64 entry, struct fake_translation *t)
{
	bool writable = !field(entry, 7, 7), user = field(entry, 6, 6);
	u64 mair = MAIR_VALUE;

	t->access[0] = 'r';
	t->access[1] = writable ? 'w' : '-';
	/* Memory that EL0 may write is not executable at EL1, whatever PXN says. */
	t->access[2] = field(entry, 53, 53) || (user && writable) ? '-' : 'x';
	t->access[3] = user ? 'r' : '-';
	t->access[4] = user && writable ? 'w' : '-';
	t->access[5] = field(entry, 54, 54) ? '-' : 'x';
	t->access[6] = '\0';
	t->memory = (u8)(mair >> 8 * field(entry, 4, 2));
	t->shareable = (u8)field(entry, 9, 8);
	t->global = !field(entry, 11, 11);
	/* NS, DBM and what is RES0 or ignored, but for a bit of ours: what many spaces map. */
	assert_int_equal(field(entry, 5, 5), 0);
	assert_int_equal(field(entry, 51, 48), 0);
	assert_int_equal(field(entry, 63, 56), 0);
	if (field(entry, 55, 55))
		assert_true(!writable && user && !t->global);
}

struct fake_translation fake_translate(const struct pgtable *pt, u64 va)
{
	const struct lookup *l = &lookups[(host_page_shift - 12) / 2];
	struct fake_translation t = { 0 };
	int top = pt->va_bits - 1;
	u64 table = pt->root.val;
	unsigned level = 3;

	assert_int_equal(l->shift, host_page_shift);
	if (field(va, 63, top + 1) != (pt->upper ? field(~0ULL, 63, top + 1) : 0))
		return t;
	while (l->bits[level].high < top)
		level--;
	for (;; level++) {
		int high = top < l->bits[level].high ? top : l->bits[level].high;
		int low = l->bits[level].low;
		u64 entries = 1ULL << (high - low + 1), index = field(va, high, low);
		const u64 *words = (const u64 *)fake_access(paddr(table));
		u64 entry = words[index];

		if (!(entry & 1))
			return t;
		if (level < 3 && (entry & 2)) {
			assert_int_equal(field(entry, 63, 59), 0); /* no hierarchical attributes */
			table = field(entry, 47, 12) << 12;
			assert_int_equal(table % (1U << l->shift), 0);
			continue;
		}
		/* A block, where there may be one; a page, with bit 1. */
		assert_true(level == 3 ? (entry & 2) != 0 : (l->block_levels >> level & 1) != 0);
		assert_int_equal(entry & ((1ULL << low) - 0x1000), 0);
		assert_true(field(entry, 10, 10)); /* access flag */
		t.mapped = true;
		t.bytes = 1ULL << low;
		t.run_bytes = t.bytes;
		if (field(entry, 52, 52))
			t.run_bytes = run_of(l, level, words, index, entries);
		t.pa = (field(entry, 47, 12) << 12) + field(va, low - 1, 0);
		decode(entry, &t);
		return t;
	}
}

/* ---- what the hardware may see while tables change ---- */

static const struct pgtable *watched;

/* Entries that were valid and are not, and that TLBs may still hold: nothing was flushed since. */
static const pte_t **broken;
static size_t broken_count, broken_room;

static void note_broken(const pte_t *entry)
{
	if (broken_count == broken_room) {
		broken_room = broken_room ? 2 * broken_room : 1024;
		broken = realloc(broken, broken_room * sizeof(*broken));
		assert_non_null(broken);
	}
	broken[broken_count++] = entry;
}

static bool is_in_fresh_table(const pte_t *entry)
{
	u64 at = (uintptr_t)entry - FAKE_TABLE_OFFSET;

	for (unsigned i = fake_tables, left = fresh_tables; left && i-- > 0;
	     left -= tables[i].fresh)
		if (tables[i].fresh && at - tables[i].pa < tables[i].bytes)
			return true;
	return false;
}

/* An entry that points to a table makes walkers see it. A page's entry only looks like that. */
static void note_link(u64 value)
{
	for (unsigned i = fake_tables, left = fresh_tables; left && i-- > 0;
	     left -= tables[i].fresh)
		if (tables[i].fresh && tables[i].pa == field(value, 47, 12) << 12) {
			tables[i].fresh = false;
			fresh_tables--;
			return;
		}
}

/*
 * A store to a live table. Valid to valid: nothing but permissions may change, and of a run not
 * even these (Arm ARM, "Use of break-before-make when updating translation table entries",
 * "Misprogramming of the Contiguous bit"). Invalid to valid: TLBs have forgotten what it was.
 */
static void check_write(const pte_t *entry, pte_t value)
{
	const u64 permissions = 3ULL << 6 | 3ULL << 53, contiguous = 1ULL << 52;
	u64 old = entry->val, new = value.val;

	if (!watched || !watched->live) {
		broken_count = 0;
	} else if (!is_in_fresh_table(entry)) {
		if (old & new & 1 && old != new && ((old ^ new) & ~permissions || old & contiguous))
			fail_msg("%#llx becomes %#llx, and was not broken before", old, new);
		for (size_t i = 0; !(old & 1) && new & 1 && i < broken_count; i++)
			if (broken[i] == entry)
				fail_msg("%#llx is made before TLBs forget what was there", new);
		if (old & 1 && !(new & 1))
			note_broken(entry);
	}
	if ((new & 3) == 3)
		note_link(new);
}

/* ---- TLB maintenance ---- */

struct fake_flush fake_flushes[FAKE_FLUSHES];
unsigned fake_flush_count;
void (*fake_on_flush)(u64 va, u64 bytes);

void fake_watch(const struct pgtable *pt)
{
	watched = pt;
	fake_flush_count = 0;
	fake_on_flush = NULL;
	host_on_pgtable_write = check_write;
}

void tlb_flush_range(u64 va, u64 bytes, const struct granule *g)
{
	struct fake_flush *flush = &fake_flushes[fake_flush_count++];
	u64 page = 1ULL << g->shift;
	u64 step = bytes / page <= 256 ? page : bytes / page / 64 * page;

	assert_non_null(watched);
	assert_true(watched->live);
	assert_true(fake_flush_count < FAKE_FLUSHES);
	*flush = (struct fake_flush){ .va = va, .bytes = bytes, .shift = g->shift };
	broken_count = 0;
	for (u64 at = 0; at < bytes; at += step)
		flush->mapped += fake_translate(watched, va + at).mapped;
	flush->mapped += fake_translate(watched, va + bytes - page).mapped;
	if (fake_on_flush)
		fake_on_flush(va, bytes);
}

/* A record for each page: none of them may translate, or any other that is being moved. */
void tlb_flush_pages(const vaddr_t *va, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		tlb_flush_range(va[i].val, granule_page_bytes(watched->granule), watched->granule);
}

void tlb_flush_all(void)
{
	fail_msg("the whole TLB is flushed for one space");
}
