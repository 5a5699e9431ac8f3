// SPDX-License-Identifier: BSD-2-Clause
/*
 * Mapping: every granule, size of address space and half, seen by the fake MMU.
 *
 * Sources: arch/arm64/table/pgtable.c arch/arm64/table/pgtable_hot.c
 * Sources: arch/arm64/table/pgtable_change.c arch/arm64/table/pgtable_replace.c
 * Sources: arch/arm64/table/pgtable_read.c
 * Sources: arch/arm64/table/pgtable_check.c arch/arm64/table/granule.c lib/string.c
 * Sources: tests/host/fake_mmu.c
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

/* log2 of what a leaf can cover, largest first, and log2 of the entries of a run of them. */
static const struct sizes {
	unsigned leaf[3];
	unsigned run[3];
	unsigned count;
} sizes[] = {
	{ { 30, 21, 12 }, { 4, 4, 4 }, 3 },
	{ { 25, 14 }, { 5, 7 }, 2 },
	{ { 29, 16 }, { 5, 5 }, 2 },
};

static const struct sizes *sizes_now(void)
{
	return &sizes[(host_page_shift - 12) / 2];
}

struct range {
	u64 va;
	u64 pa;
	u64 bytes;
};

/* Does the naturally aligned piece of 1 << shift around `va` lie in the range? */
static bool holds(const struct range *r, u64 va, unsigned shift)
{
	u64 start = va >> shift << shift, last = start + ((1ULL << shift) - 1);

	return start >= r->va && last <= r->va + (r->bytes - 1) &&
	       ((r->va ^ r->pa) & ((1ULL << shift) - 1)) == 0;
}

/*
 * What has to be found at `va` after the range was mapped in an empty space: the largest leaf, and
 * the run, that lie wholly in the range and are aligned in both addresses. A leaf is no larger than
 * an entry of the root, a run no longer than a table.
 */
static void expected_at(const struct pgtable *pt, const struct range *r, u64 va, u64 *leaf,
			u64 *run)
{
	const struct sizes *s = sizes_now();
	unsigned i = 0;

	while (s->leaf[i] >= pt->va_bits || (i + 1 < s->count && !holds(r, va, s->leaf[i])))
		i++;
	*leaf = *run = 1ULL << s->leaf[i];
	if (s->leaf[i] + s->run[i] <= pt->va_bits && holds(r, va, s->leaf[i] + s->run[i]))
		*run <<= s->run[i];
}

static void is_mapped(const struct pgtable *pt, const struct range *r, bool pages_only)
{
	u64 visited = 0, leaf, run;

	/* Leaf by leaf at both ends, here and there between. */
	for (u64 at = 0; at < r->bytes; at += leaf - ((r->va + at) & (leaf - 1)), visited++) {
		struct fake_translation t = fake_translate(pt, r->va + at);
		struct pgtable_walk walk;
		paddr_t pa;

		expected_at(pt, r, r->va + at, &leaf, &run);
		if (pages_only)
			leaf = run = page();
		assert_true(t.mapped);
		assert_int_equal(t.pa, r->pa + at);
		assert_int_equal(t.bytes, leaf);
		assert_int_equal(t.run_bytes, run);
		/* The walker sees what the MMU sees. */
		assert_true(pgtable_walk(pt, vaddr(r->va + at + 5), &walk, &pa));
		assert_int_equal(pa.val, r->pa + at + 5);
		if (visited > 64 && r->bytes - at > 300 * leaf)
			at += host_random_below(100) * leaf;
	}
	assert_true(visited > 0);
	assert_false(fake_translate(pt, r->va - 1).mapped);
	assert_false(fake_translate(pt, r->va + r->bytes).mapped);
}

/* A random range, congruent modulo a random power of two that decides on leaf sizes. */
static struct range random_range(const struct pgtable *pt)
{
	u64 space = 1ULL << pt->va_bits;
	unsigned congruent = host_page_shift + (unsigned)host_random_below(28);
	u64 most = MIN(space, 1ULL << (congruent + 5));
	struct range r;

	r.bytes = (1 + host_random_below(most / page())) * page();
	if (host_random_below(3) == 0 && congruent < pt->va_bits)
		r.bytes = MIN(most, ALIGN_UP(r.bytes, 1ULL << congruent));
	r.va = host_random_below((space - r.bytes) / page() + 1) * page();
	if (host_random_below(2))
		r.va = ALIGN_DOWN(r.va, 1ULL << congruent);
	r.pa = r.va % (1ULL << congruent) +
	       (host_random_below(1ULL << (47 - congruent)) << congruent);
	if (r.pa + r.bytes > 1ULL << 48)
		r.pa = r.va % (1ULL << congruent);
	r.va += pgtable_base(pt);
	return r;
}

struct visit_sum {
	u64 bytes;
	u64 next; /* where the next leaf is at the earliest */
};

static void add_leaf(void *ctx, vaddr_t va, unsigned level, pte_t leaf, u64 bytes)
{
	struct visit_sum *sum = ctx;

	(void)level, (void)leaf;
	assert_true(sum->bytes == 0 || va.val == sum->next);
	sum->bytes += bytes;
	sum->next = va.val + bytes;
}

static void random_in(struct pgtable *pt)
{
	for (unsigned i = 0; i < 15; i++) {
		struct range r = random_range(pt);
		struct visit_sum sum = { 0 };
		unsigned va_bits = pt->va_bits;
		bool upper = pt->upper;

		assert_int_equal(pgtable_map(pt, vaddr(r.va), paddr(r.pa), r.bytes, MAP_DATA), 0);
		is_mapped(pt, &r, false);
		pgtable_for_each_leaf(pt, add_leaf, &sum);
		assert_int_equal(sum.bytes, r.bytes);
		assert_int_equal(fake_flush_count, 0);
		fake_end(pt);
		fake_begin(pt, va_bits, upper);
	}
}

static void uses_the_largest_leaves(void **state)
{
	(void)state;
	fake_each_space(random_in);
}

/* Each leaf size and each run on its own, exactly, and one page too few at either end. */
static void sizes_in(struct pgtable *pt)
{
	const struct sizes *s = sizes_now();

	for (unsigned i = 0; i < 2 * s->count; i++) {
		unsigned shift = s->leaf[i / 2] + (i % 2 ? s->run[i / 2] : 0);
		u64 bytes = 1ULL << shift;

		if (shift >= pt->va_bits || bytes == page())
			continue;
		for (unsigned cut = 0; cut < 3; cut++) {
			u64 front = cut == 1 ? page() : 0, back = cut == 2 ? page() : 0;
			struct range r = { .va = pgtable_base(pt) + bytes + front,
					   .pa = 7 * bytes + front,
					   .bytes = bytes - front - back };
			unsigned va_bits = pt->va_bits;
			bool upper = pt->upper;

			assert_int_equal(
				pgtable_map(pt, vaddr(r.va), paddr(r.pa), r.bytes, MAP_TEXT), 0);
			is_mapped(pt, &r, false);
			fake_end(pt);
			fake_begin(pt, va_bits, upper);
		}
	}
}

static void every_leaf_size_exactly(void **state)
{
	(void)state;
	fake_each_space(sizes_in);
}

static void empty_in(struct pgtable *pt)
{
	struct pgtable_walk walk;
	paddr_t pa;

	assert_int_equal(fake_tables, 1);
	for (unsigned i = 0; i < 64; i++) {
		u64 va = pgtable_base(pt) + (host_random() & ((1ULL << pt->va_bits) - 1));

		assert_false(fake_translate(pt, va).mapped);
		assert_false(pgtable_walk(pt, vaddr(va), &walk, &pa));
		assert_int_equal(walk.last_level, walk.root_level);
	}
}

static void a_new_space_is_empty(void **state)
{
	/* Bytes of the root; never less than the 64 that TTBRn_EL1 can point to. */
	static const struct {
		unsigned va_bits;
		u64 bytes[3];
	} want[] = {
		{ 25, { 128, 16384, 4096 } }, { 36, { 512, 16384, 1024 } },
		{ 39, { 4096, 64, 8192 } },   { 42, { 64, 512, 65536 } },
		{ 48, { 4096, 64, 512 } },
	};
	struct pgtable pt;

	(void)state;
	fake_each_space(empty_in);
	for (unsigned i = 0; i < ARRAY_SIZE(want); i++) {
		fake_begin(&pt, want[i].va_bits, false);
		assert_int_equal(fake_table_bytes, want[i].bytes[(host_page_shift - 12) / 2]);
		fake_end(&pt);
	}
	fake_begin(&pt, 48, true);
	fake_fail_after = 0;
	assert_int_equal(pgtable_init(&(struct pgtable){ .granule = pt.granule,
							 .va_bits = 39,
							 .table_offset = FAKE_TABLE_OFFSET,
							 .alloc = fake_alloc }),
			 -ENOMEM);
	fake_end(&pt);
}

static void pages_in(struct pgtable *pt)
{
	u64 bytes = MIN(1ULL << pt->va_bits, 1ULL << sizes_now()->leaf[sizes_now()->count - 2]);
	struct range r = { .va = pgtable_last(pt) - bytes + 1, .pa = 0, .bytes = bytes };

	assert_int_equal(pgtable_map_pages(pt, vaddr(r.va), paddr(r.pa), r.bytes, MAP_DATA), 0);
	is_mapped(pt, &r, true);
}

static void maps_pages_only_when_told(void **state)
{
	(void)state;
	fake_each_space(pages_in);
}

static void ends_in(struct pgtable *pt)
{
	u64 base = pgtable_base(pt), last = pgtable_last(pt);
	struct fake_translation t;

	assert_int_equal(base, pt->upper ? 0 - (1ULL << pt->va_bits) : 0);
	assert_int_equal(pgtable_map(pt, vaddr(base), paddr(3 * page()), page(), MAP_DATA), 0);
	assert_int_equal(pgtable_map(pt, vaddr(last + 1 - page()), paddr(0x0000ffffffff0000),
				     page(), MAP_RODATA),
			 0);
	assert_int_equal(fake_translate(pt, base).pa, 3 * page());
	t = fake_translate(pt, last);
	assert_true(t.mapped);
	assert_int_equal(t.pa, 0x0000ffffffff0000 + page() - 1);
	assert_false(fake_translate(pt, base - 1).mapped);
	assert_false(fake_translate(pt, last + 1).mapped);
	assert_int_equal(pgtable_unmap(pt, vaddr(base), last - base + 1), 0);
	assert_false(fake_translate(pt, base).mapped);
	assert_false(fake_translate(pt, last).mapped);
}

static void whole_in(struct pgtable *pt)
{
	struct range r = { .va = pgtable_base(pt), .pa = 0, .bytes = 1ULL << pt->va_bits };
	struct visit_sum sum = { 0 };

	if (pt->va_bits > 42)
		return; /* more entries than one wants to wait for */
	assert_int_equal(pgtable_map(pt, vaddr(r.va), paddr(r.pa), r.bytes, MAP_DATA), 0);
	is_mapped(pt, &r, false);
	pgtable_for_each_leaf(pt, add_leaf, &sum);
	assert_int_equal(sum.bytes, r.bytes);
}

static void reaches_both_ends(void **state)
{
	(void)state;
	fake_each_space(ends_in);
	fake_each_space(whole_in);
}

static void refused(struct pgtable *pt, u64 va, u64 pa, u64 bytes, enum map_kind kind)
{
	struct fake_snapshot *before = fake_save();

	assert_true(HOST_ASSERTS(pgtable_map(pt, vaddr(va), paddr(pa), bytes, kind)));
	assert_true(fake_unchanged(before));
}

static void asserts_in(struct pgtable *pt)
{
	u64 base = pgtable_base(pt), last = pgtable_last(pt), space = 1ULL << pt->va_bits;

	refused(pt, base, 0, 0, MAP_DATA);
	refused(pt, base + page() / 2, 0, page(), MAP_DATA);
	refused(pt, base, page() / 2, page(), MAP_DATA);
	refused(pt, base, 0, page() / 2, MAP_DATA);
	refused(pt, base - page(), 0, page(), MAP_DATA);
	refused(pt, base - page(), 0, 2 * page(), MAP_DATA);
	refused(pt, last + 1, 0, page(), MAP_DATA);
	refused(pt, last + 1 - page(), 0, 2 * page(), MAP_DATA);
	refused(pt, base, 0, space + page(), MAP_DATA);
	refused(pt, base, 0, 0 - page(), MAP_DATA);
	refused(pt, base, 1ULL << 48, page(), MAP_DATA);
	refused(pt, base, (1ULL << 48) - page(), 2 * page(), MAP_DATA);
	refused(pt, base, 0 - page(), page(), MAP_DATA);
	refused(pt, base, 0, page(), MAP_BOOT);
	pt->boot = true;
	assert_int_equal(pgtable_map(pt, vaddr(base), paddr(0), page(), MAP_BOOT), 0);
	assert_string_equal(fake_translate(pt, base).access, "rwx---");
}

static void refuses_what_breaks_the_contract(void **state)
{
	(void)state;
	fake_each_space(asserts_in);
}

static void kinds_in(struct pgtable *pt)
{
	static const struct {
		enum map_kind kind;
		const char *access;
		u8 memory;
		u8 shareable; /* does not matter to Device memory */
		bool global;
	} want[] = {
		{ MAP_TEXT, "r-x---", 0xff, 3, true },
		{ MAP_RODATA, "r-----", 0xff, 3, true },
		{ MAP_DATA, "rw----", 0xff, 3, true },
		{ MAP_DEVICE, "rw----", 0x04, 0, true },
		{ MAP_USER_NONE, "r-----", 0xff, 3, false },
		{ MAP_USER_RODATA, "r--r--", 0xff, 3, false },
		{ MAP_USER_DATA, "rw-rw-", 0xff, 3, false },
		{ MAP_USER_TEXT, "r--r-x", 0xff, 3, false },
		{ MAP_USER_RWX, "rw-rwx", 0xff, 3, false },
		{ MAP_USER_ZERO, "r--r--", 0xff, 3, false },
		{ MAP_USER_ZERO_TEXT, "r--r-x", 0xff, 3, false },
	};

	assert_int_equal(ARRAY_SIZE(want), MAP_KINDS - 1);
	for (unsigned i = 0; i < ARRAY_SIZE(want); i++) {
		u64 va = pgtable_base(pt) + i * page();
		struct fake_translation t;

		assert_int_equal(
			pgtable_map(pt, vaddr(va), paddr(va % (1ULL << 40)), page(), want[i].kind),
			0);
		t = fake_translate(pt, va);
		assert_string_equal(t.access, want[i].access);
		assert_int_equal(t.memory, want[i].memory);
		assert_int_equal(t.shareable, want[i].shareable);
		assert_int_equal(t.global, want[i].global);
	}
}

static void each_kind_has_its_permissions(void **state)
{
	(void)state;
	fake_each_space(kinds_in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(a_new_space_is_empty),
		HOST_AT_EACH_PAGE_SHIFT(uses_the_largest_leaves),
		HOST_AT_EACH_PAGE_SHIFT(every_leaf_size_exactly),
		HOST_AT_EACH_PAGE_SHIFT(maps_pages_only_when_told),
		HOST_AT_EACH_PAGE_SHIFT(reaches_both_ends),
		HOST_AT_EACH_PAGE_SHIFT(refuses_what_breaks_the_contract),
		HOST_AT_EACH_PAGE_SHIFT(each_kind_has_its_permissions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
