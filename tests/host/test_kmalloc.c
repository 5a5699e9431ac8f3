// SPDX-License-Identifier: BSD-2-Clause
/*
 * kmalloc on slabs, chunks and pages: sizes, places, wrong frees. test_kmalloc_model.c has random
 * operations and failures.
 *
 * Sources: mm/heap/slab_drain.c
 * Sources: mm/heap/kmalloc.c mm/heap/kmalloc_hot.c mm/heap/slab.c mm/heap/slab_check.c
 * Sources: kernel/show/memory/slab_report.c mm/heap/chunk.c mm/heap/chunk_check.c
 * Sources: kernel/show/memory/fault_inject.c lib/cmdline.c lib/parse.c tests/host/fake_pages.c
 * Sources: tests/host/heap.c mm/page/hooks.c arch/arm64/table/granule.c lib/string.c
 */
#include "heap.h"

#include <cmocka.h>

#include <arch/page.h>
#include <kernel/errno.h>
#include <kernel/fault_inject.h>
#include <kernel/slab_report.h>
#include <mm/addr.h>
#include <mm/kmalloc.h>
#include <mm/slab_object.h>

/* Sizes around every boundary: aligned, usable to the last byte, and so at every page size. */
/* The size of the class that serves `bytes`, or 0. */
static u64 class_bytes(u64 bytes)
{
	const struct slab_cache *cache = kmalloc_cache(bytes);

	return cache ? cache->object_bytes : 0;
}

static void each_size(u64 bytes)
{
	u8 *p = kmalloc(bytes, 0);
	u64 usable;

	assert_non_null(p);
	usable = kmalloc_usable_bytes(p);
	assert_true(usable >= bytes);
	assert_int_equal((uintptr_t)p % 16, 0);
	if (bytes && (bytes & (bytes - 1)) == 0 && bytes <= 65536)
		assert_int_equal((uintptr_t)p % bytes, 0);
	if (bytes <= KMALLOC_SLAB_BYTES_MAX)
		assert_int_equal(usable, class_bytes(bytes));
	else
		assert_int_equal(class_bytes(bytes), 0);
	if (host_debug && bytes)
		assert_int_equal(p[bytes - 1], 0xa5);
	memset(p, 0x77, usable);
	assert_null(slab_check(&(vaddr_t){ 0 }));
	kfree(p);

	p = kmalloc(bytes, KMALLOC_ZERO);
	for (u64 i = 0; i < bytes; i++)
		assert_int_equal(p[i], 0);
	kfree(p);
}

static void sizes(void)
{
	for (u64 bytes = 0; bytes <= 4200; bytes += bytes % 16 == 1 ? 14 : 1)
		each_size(bytes);
	for (u64 bytes = 8192; bytes <= 262144; bytes *= 2)
		for (int off = -1; off <= 1; off++)
			each_size(bytes + (u64)off);
}

static void test_sizes(void **state)
{
	(void)state;
	heap_in_both_builds(sizes);
}

/* What the header promises of the classes. */
static void test_classes(void **state)
{
	u64 last = 0;

	(void)state;
	heap_start();
	for (u64 bytes = 1; bytes <= KMALLOC_SLAB_BYTES_MAX; bytes++) {
		u64 class = class_bytes(bytes);

		assert_true(class >= bytes && class >= last);
		if (bytes <= 128)
			assert_true(class - bytes <= 15);
		else
			assert_true((class - bytes) * (bytes <= 512 ? 5 : 4) <= class);
		last = class;
	}
	assert_int_equal(class_bytes(KMALLOC_SLAB_BYTES_MAX), KMALLOC_SLAB_BYTES_MAX);
	assert_int_equal(class_bytes(KMALLOC_SLAB_BYTES_MAX + 1), 0);
	heap_finish();
}

/* With everything, a third more than was asked for; to the byte the same at each page size. */
static void test_cost(void **state)
{
	static void *objects[64];

	(void)state;
	heap_start();
	for (u64 bytes = 49; bytes <= KMALLOC_SLAB_BYTES_MAX; bytes++) {
		struct slab_usage usage;
		u64 count = 0;

		/* One slab full. */
		do {
			assert_non_null(objects[count] = kmalloc(bytes, 0));
			slab_usage(NULL, &usage);
		} while (usage.slabs == 1 && ++count < ARRAY_SIZE(objects));
		if (usage.slabs > 1)
			kfree(objects[count]);
		assert_true(usage.slab_bytes / usage.slabs / count * 3 <= bytes * 4);
		while (count)
			kfree(objects[--count]);
		slab_shrink();
	}
	heap_finish();
}

/* Objects of large slabs are where kfree looks for them, and only they. */
static void places(void)
{
	static u8 *objects[900];

	for (u64 bytes = 16; bytes <= KMALLOC_SLAB_BYTES_MAX; bytes += 16) {
		u64 count = MIN(ARRAY_SIZE(objects), 40000 / bytes);

		for (u64 i = 0; i < count; i++) {
			struct chunk chunk;

			assert_non_null(objects[i] = kmalloc(bytes, 0));
			assert_true(chunk_find(linear_to_paddr(vaddr_of(objects[i])), &chunk));
			assert_true(chunk.slab);
			assert_true(bytes & (bytes - 1) || (uintptr_t)objects[i] % bytes == 0);
			if ((uintptr_t)objects[i] % 512)
				assert_int_equal(chunk.bytes, CHUNK_SLAB_SMALL);
			assert_int_equal(kmalloc_usable_bytes(objects[i]), class_bytes(bytes));
		}
		assert_null(slab_check(&(vaddr_t){ 0 }));
		for (u64 i = 0; i < count; i++)
			kfree(objects[i]);
	}
}

static void test_places(void **state)
{
	(void)state;
	heap_in_both_builds(places);
}

static void wrong_frees(void)
{
	u8 *small = kmalloc(64, 0), *large = kmalloc(1536, 0), *chunk = kmalloc(8192, 0);
	u8 *pages = kmalloc(200000, 0), *other = kmalloc(4096, 0), *aliens[32];
	struct slab_cache cache;
	static u64 outside[1024] __aligned(4096);

	kfree(NULL);
	PANICS(kfree(small + 16), "isn't where an object of \"kmalloc-64\" begins");
	PANICS(kfree(large + 512), "isn't where an object of \"kmalloc-1536\" begins");
	PANICS(kfree(chunk + 4096), "isn't where its block begins");
	PANICS(kfree(pages + 512), "is free, or never was kmalloc's");
	PANICS(kfree(outside), "isn't in the linear map");
	PANICS(kfree((u8 *)outside + 64), "is in no slab of kmalloc");
	PANICS((void)kmalloc_usable_bytes((u8 *)outside + 64), "is in no slab of kmalloc");
	kfree(pages);
	kfree(chunk);
	kfree(small);
	PANICS(kfree(small), "double free");
	kfree(large);
	kfree(other);

	/* Another cache's object is not kmalloc's, wherever it lies. */
	assert_int_equal(slab_cache_init(&cache, "alien", 128, 128), 0);
	for (volatile unsigned i = 0; i < cache.per_slab; i++) {
		aliens[i] = slab_alloc(&cache, 0);
		PANICS(kfree(aliens[i]), "is in no slab of kmalloc");
	}
	for (unsigned i = 0; i < cache.per_slab; i++)
		slab_free(&cache, aliens[i]);
	heap_forget(&cache);
	PANICS((void)!kmalloc(64, 1U << 20), "kmalloc_any");
	PANICS((void)!kmalloc(64, PAGES_MOVABLE), "kmalloc_any");
}

static void test_wrong_frees(void **state)
{
	(void)state;
	heap_in_both_builds(wrong_frees);
}

static void arrays(void)
{
	u8 *p = kmalloc(330, KMALLOC_ZERO);

	for (unsigned i = 0; i < 330; i++)
		assert_int_equal(p[i], 0);
	kfree(p);
	assert_null(kmalloc(~0ULL, KMALLOC_ZERO));
	assert_null(kmalloc(~0ULL, 0));
	assert_null(kmalloc((1ULL << 30) + 1, 0));
	p = kmalloc(0, KMALLOC_ZERO);
	assert_non_null(p);
	kfree(p);
}

static void test_arrays(void **state)
{
	(void)state;
	heap_in_both_builds(arrays);
}

static void realloc_keeps(void)
{
	struct fault_rule always = { .mode = FAULT_EVERY, .n = 1 };
	u8 *p = krealloc(NULL, 100, 0), *moved;
	u64 have = 100;

	memset(p, 1, 100);
	/* Within the class in place, both ways. */
	assert_ptr_equal(krealloc(p, 112, 0), p);
	assert_ptr_equal(krealloc(p, 60, 0), p);
	for (u64 bytes = 113; bytes < 300000; bytes = bytes * 3 / 2) {
		/* Failure leaves it as it was. */
		fault_inject_set(FAULT_SLAB, &always);
		if (bytes > kmalloc_usable_bytes(p))
			assert_null(krealloc(p, bytes, 0));
		else
			assert_ptr_equal(krealloc(p, bytes, 0), p);
		fault_inject_off();
		for (u64 i = 0; i < have; i++)
			assert_int_equal(p[i], 1);
		moved = krealloc(p, bytes, 0);
		assert_non_null(moved);
		for (u64 i = 0; i < have; i++)
			assert_int_equal(moved[i], 1);
		p = moved;
		memset(p, 1, bytes);
		have = bytes;
	}
	/* Shrinking moves; and if it can't, it stays. */
	fault_inject_set(FAULT_SLAB, &always);
	assert_ptr_equal(krealloc(p, 10, 0), p);
	fault_inject_off();
	moved = krealloc(p, 10, 0);
	assert_ptr_not_equal(moved, p);
	assert_int_equal(kmalloc_usable_bytes(moved), 16);
	for (u64 i = 0; i < 10; i++)
		assert_int_equal(moved[i], 1);
	PANICS((void)!krealloc(moved, 100, KMALLOC_ZERO), "krealloc");
	kfree(moved);
}

static void test_krealloc(void **state)
{
	(void)state;
	heap_in_both_builds(realloc_keeps);
}

static void test_debug_finds(void **state)
{
	static const u64 wanted[] = { 16, 64, 500, 1024, 1536, 2016, 3072 };

	(void)state;
	host_debug = true;
	heap_start();
	for (unsigned i = 0; i < ARRAY_SIZE(wanted); i++) {
		u8 *p = kmalloc(wanted[i], 0), *q = kmalloc(wanted[i], 0);
		u64 usable = kmalloc_usable_bytes(p);

		p[usable]++;
		assert_string_equal(slab_check(&(vaddr_t){ 0 }), "an object's red zone is harmed");
		PANICS(kfree(p), "was overrun");
		p[usable]--;
		p[-1]++;
		PANICS(kfree(p), "was overrun");
		p[-1]--;
		kfree(p);
		PANICS(kfree(p), "double free");
		p[5] = 0;
		assert_string_equal(slab_check(&(vaddr_t){ 0 }), "a free object was written to");
		p[5] = 0x6b;
		assert_null(slab_check(&(vaddr_t){ 0 }));
		kfree(q);
	}
	heap_finish();
	host_debug = false;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(test_sizes),
		HOST_AT_EACH_PAGE_SHIFT(test_classes),
		HOST_AT_EACH_PAGE_SHIFT(test_cost),
		HOST_AT_EACH_PAGE_SHIFT(test_places),
		HOST_AT_EACH_PAGE_SHIFT(test_wrong_frees),
		HOST_AT_EACH_PAGE_SHIFT(test_arrays),
		HOST_AT_EACH_PAGE_SHIFT(test_krealloc),
		HOST_AT_EACH_PAGE_SHIFT(test_debug_finds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
