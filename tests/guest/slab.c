// SPDX-License-Identifier: BSD-2-Clause
/*
 * The heap on the machine's own memory, at the granule that runs: every class, every way out of
 * memory, and all of it back.
 */
#include <kernel/fault_inject.h>
#include <kernel/mm_check.h>
#include <kernel/selftest.h>
#include <kernel/slab_report.h>
#include <lib/string.h>
#include <mm/addr.h>
#include <mm/buddy.h>
#include <mm/kmalloc.h>
#include <mm/slab.h>

/* Bytes free with nothing kept in reserve. */
static u64 free_bytes(void)
{
	slab_shrink();
	pages_drain();
	return pages_free_bytes();
}

static void expect_all_back(struct selftest_run *run, u64 before)
{
	EXPECT_EQUAL(free_bytes(), before);
	EXPECT_EQUAL(kmalloc_pages_bytes(), 0);
	EXPECT_EQUAL(mm_check(), 0);
}

SELFTEST(heap_sizes)
{
	u64 before = free_bytes();

	for (u64 bytes = 1; bytes <= 1 * MiB; bytes += 1 + bytes / 4) {
		u8 *p = kmalloc(bytes, KMALLOC_ZERO), *q = kmalloc(bytes, 0);

		EXPECT(p && q && p != q);
		if (!p || !q) {
			kfree(p);
			kfree(q);
			break;
		}
		EXPECT(kmalloc_usable_bytes(p) >= bytes);
		EXPECT(IS_ALIGNED((uintptr_t)p, SLAB_ALIGN_MIN));
		EXPECT_EQUAL(p[0] | p[bytes / 2] | p[bytes - 1], 0);
		memset(q, 0x5a, kmalloc_usable_bytes(q));
		memset(p, 0xa5, kmalloc_usable_bytes(p));
		EXPECT_EQUAL(q[0] & q[bytes - 1], 0x5a);
		kfree(q);
		kfree(p);
	}
	for (u64 bytes = SLAB_ALIGN_MIN; bytes <= CHUNK_BYTES_MAX; bytes *= 2) {
		void *p = kmalloc(bytes, 0), *q = kmalloc(bytes, 0);

		EXPECT(IS_ALIGNED((uintptr_t)p, bytes) && IS_ALIGNED((uintptr_t)q, bytes));
		kfree(p);
		kfree(q);
	}
	expect_all_back(run, before);
}

/* A figure that has to be the same at every granule, whatever was allocated before. */
SELFTEST(heap_waste)
{
	u64 before = free_bytes();
	struct slab_usage usage;
	static struct slab_cache made;
	struct slab_cache *cache = &made;
	void *objects[100];

	if (!cache->name)
		EXPECT_EQUAL(slab_cache_init(cache, "waste", 200, 0), 0);
	for (unsigned i = 0; i < ARRAY_SIZE(objects); i++)
		EXPECT((objects[i] = slab_alloc(cache, 0)));
	slab_usage(cache, &usage);
	EXPECT_EQUAL(usage.live, ARRAY_SIZE(objects));
	/* 19 objects of 208 bytes in a slab, and 16 with a red zone around each: 6 or 7 slabs. */
	EXPECT_EQUAL(usage.slab_bytes, (GRANULE_DEBUG ? 7 : 6) * CHUNK_SLAB_SMALL);
	for (unsigned i = 0; i < ARRAY_SIZE(objects); i++)
		if (objects[i])
			slab_free(cache, objects[i]);
	expect_all_back(run, before);
}

/* All memory, in ever smaller blocks, each chained to the last by its first word. */
SELFTEST(heap_exhaust)
{
	static const u64 sizes[] = { 1 * MiB, 100000, 40000, 5000, 3000, 1000, 48, 16 };
	u64 before = free_bytes(), left;
	void **first = NULL, **p;

	if (before > 4 * GiB)
		SKIP_TEST("too much memory to take it all in a test's time");
	for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
		while ((p = kmalloc(sizes[i], 0))) {
			*p = first;
			first = p;
		}
	}
	left = pages_free_bytes() - buddy_free_bytes(MIGRATE_CMA); /* which is not for the heap */
	EXPECT(left < CHUNK_SLAB_LARGE || left < before / 64);
	EXPECT(!kmalloc(16, 0) && !kmalloc(1 * MiB, PAGES_COMPACT));
	EXPECT(!kmalloc(16, KMALLOC_ZERO));
	while (first) {
		p = *first;
		kfree(first);
		first = p;
	}
	expect_all_back(run, before);
}

/* Small objects enough for many slabs, freed in another order. */
SELFTEST(heap_many)
{
	u64 before = free_bytes(), count = 4000;
	u8 **objects = kmalloc(count * sizeof(*objects), KMALLOC_ZERO);

	if (!objects)
		SKIP_TEST("too little memory");
	for (u64 i = 0; i < count; i++) {
		objects[i] = kmalloc(16 + i % 100, 0);
		EXPECT(objects[i]);
		if (objects[i])
			memset(objects[i], (int)i, 16 + i % 100);
	}
	for (u64 i = 0; i < count; i++) {
		u64 j = i * 7 % count; /* all of them: 7 does not divide the count */

		EXPECT(objects[j] && objects[j][0] == (u8)j && objects[j][15 + j % 100] == (u8)j);
		kfree(objects[j]);
	}
	kfree(objects);
	expect_all_back(run, before);
}

SELFTEST(heap_realloc)
{
	u64 before = free_bytes(), had = 10;
	u8 *p = krealloc(NULL, had, 0), *q = p;

	if (!p)
		SKIP_TEST("too little memory");
	memset(p, 0x3c, had);
	for (u64 bytes = 20; q && bytes < 300000; bytes += bytes) {
		q = krealloc(p, bytes, 0);
		EXPECT(q && q[0] == 0x3c && q[had - 1] == 0x3c);
		if (!q)
			break;
		p = q;
		memset(p, 0x3c, bytes);
		had = bytes;
	}
	p = krealloc(p, 33, 0);
	EXPECT(p && p[0] == 0x3c);
	EXPECT(!q || (p[32] == 0x3c && kmalloc_usable_bytes(p) == 48));
	kfree(p);
	expect_all_back(run, before);
}

/* For rows that make allocations fail: what isn't had isn't missed, and nothing is lost. */
SELFTEST(heap_survives)
{
	static void *held[64];
	u64 before = free_bytes(), failed = 0;
	struct fault_counts slab, pages;
	u32 armed = fault_inject_armed;

	for (u64 i = 0; i < 4000; i++) {
		void **slot = &held[i * 31 % ARRAY_SIZE(held)];
		void *p;

		if (i % 3 == 0) {
			kfree(*slot);
			*slot = NULL;
			continue;
		}
		p = krealloc(*slot, 1ULL << i % 18, 0);
		failed += !p;
		if (p)
			*slot = p;
	}
	for (unsigned i = 0; i < ARRAY_SIZE(held); i++) {
		kfree(held[i]);
		held[i] = NULL;
	}
	fault_inject_counts(FAULT_SLAB, &slab);
	fault_inject_counts(FAULT_PAGES, &pages);
	EXPECT(armed || !failed);
	EXPECT(!(armed & 1U << FAULT_SLAB) || slab.failed);
	EXPECT(!(armed & 1U << FAULT_PAGES) || pages.failed);
	fault_inject_off();
	expect_all_back(run, before);
}

/* The Nth call fails, for every N until none does. */
SELFTEST(heap_nth_failure)
{
	static const u64 sizes[] = { 40, 700, 2048, 5000, 70000 };
	struct fault_rule rule = { .mode = FAULT_NTH, .n = 1 };
	u64 before = free_bytes();

	for (bool failed = true; failed; rule.n++) {
		void *p[ARRAY_SIZE(sizes)];

		failed = false;
		fault_inject_set(FAULT_PAGES, &rule);
		for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++)
			failed |= !(p[i] = kmalloc(sizes[i], 0));
		fault_inject_off();
		for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++)
			kfree(p[i]);
		expect_all_back(run, before);
	}
	EXPECT(rule.n > 2);
}
