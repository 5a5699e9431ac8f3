// SPDX-License-Identifier: BSD-2-Clause
/*
 * Slab caches: layout, limits, and giving back. test_slab_bugs.c has what panics, and
 * test_kmalloc_model.c the random operations.
 *
 * Sources: mm/heap/slab_drain.c
 * Sources: mm/heap/kmalloc.c mm/heap/kmalloc_hot.c mm/heap/slab.c mm/heap/slab_check.c
 * Sources: kernel/show/memory/slab_report.c mm/heap/chunk.c mm/heap/chunk_check.c
 * Sources: kernel/show/memory/fault_inject.c lib/cmdline.c lib/parse.c tests/host/fake_pages.c
 * Sources: tests/host/heap.c mm/page/hooks.c arch/arm64/table/granule.c lib/string.c
 */
#include "heap.h"

#include <stdio.h>

#include <cmocka.h>

#include <arch/page.h>
#include <kernel/errno.h>
#include <kernel/fault_inject.h>
#include <kernel/slab_report.h>
#include <mm/addr.h>
#include <mm/slab_hot.h>

#include "fake_pages.h"

/* What the plain division and the hot multiplication say, against the layout, at every offset. */
static void every_offset(void)
{
	static const u64 aligns[] = { 0, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096 };

	for (u64 bytes = 1; bytes <= SLAB_OBJECT_BYTES_MAX; bytes += bytes < 64 ? 1 : 63) {
		for (unsigned i = 0; i < ARRAY_SIZE(aligns); i++) {
			struct slab_cache cache;
			u64 end;

			assert_int_equal(slab_cache_init(&cache, "t", bytes, aligns[i]), 0);
			end = cache.first + (u64)cache.stride * cache.per_slab;
			assert_true(cache.per_slab >= 1);
			assert_true(cache.stride >= bytes);
			assert_int_equal(cache.stride % MAX(aligns[i], SLAB_ALIGN_MIN), 0);
			assert_int_equal(cache.first % MAX(aligns[i], SLAB_ALIGN_MIN), 0);
			assert_true(end + sizeof(struct slab) <= cache.slab_bytes);
			for (u64 at = 0; at < cache.slab_bytes; at++) {
				bool want = at >= cache.first && at < end &&
					    (at - cache.first) % cache.stride == 0;
				const void *p = (const void *)(uintptr_t)(0x40000000 + at);

				if (slab_is_object(&cache, p) != want ||
				    (!host_debug &&
				     slab_hot_is_object(&cache, p, cache.slab_bytes) != want))
					fail_msg("%llu bytes, align %llu, offset %llu", bytes,
						 aligns[i], at);
			}
			heap_forget(&cache);
		}
	}
}

static void test_every_offset(void **state)
{
	(void)state;
	heap_in_both_builds(every_offset);
}

static void arguments(void)
{
	struct slab_cache cache;

	assert_int_equal(slab_cache_init(&cache, "t", 0, 0), -EINVAL);
	assert_int_equal(slab_cache_init(&cache, "t", SLAB_OBJECT_BYTES_MAX + 1, 0), -EINVAL);
	assert_int_equal(slab_cache_init(&cache, "t", ~0ULL, 0), -EINVAL);
	assert_int_equal(slab_cache_init(&cache, "t", 8, 24), -EINVAL);
	assert_int_equal(slab_cache_init(&cache, "t", 8, 8192), -EINVAL);
	assert_int_equal(slab_cache_init(&cache, "t", 8, 3), -EINVAL);
}

static void test_arguments(void **state)
{
	(void)state;
	heap_in_both_builds(arguments);
}

/* Objects are apart, aligned, writable to the last byte; the lists are right throughout. */
static void fill_and_empty(void)
{
	static const struct {
		u64 bytes, align;
	} table[] = { { 1, 0 },     { 24, 0 },    { 40, 64 },    { 64, 64 },  { 100, 0 },
		      { 256, 256 }, { 700, 128 }, { 1000, 0 },   { 1500, 0 }, { 2048, 2048 },
		      { 3000, 16 }, { 4096, 0 },  { 4096, 4096 } };
	static u8 *objects[700];

	for (unsigned t = 0; t < ARRAY_SIZE(table); t++) {
		struct slab_cache made, *cache = &made;
		struct slab_usage usage;
		u64 count;

		assert_int_equal(slab_cache_init(cache, "filled", table[t].bytes, table[t].align),
				 0);
		count = MIN(ARRAY_SIZE(objects), cache->per_slab * 3 + 1);
		for (u64 i = 0; i < count; i++) {
			objects[i] = slab_alloc(cache, i % 2 ? PAGES_ZERO : 0);
			assert_non_null(objects[i]);
			assert_int_equal((uintptr_t)objects[i] % MAX(table[t].align, 16), 0);
			if (i % 2)
				assert_int_equal(objects[i][table[t].bytes - 1] | objects[i][0], 0);
			else if (host_debug)
				assert_int_equal(objects[i][table[t].bytes - 1], 0xa5);
			memset(objects[i], (int)i, table[t].bytes);
		}
		assert_null(slab_check(&(vaddr_t){ 0 }));
		slab_usage(cache, &usage);
		assert_int_equal(usage.live, count);
		assert_int_equal(usage.slabs, (count + cache->per_slab - 1) / cache->per_slab);
		assert_int_equal(usage.live_bytes + usage.waste_bytes, usage.slab_bytes);
		for (u64 i = 0; i < count; i++) {
			u64 j = i * 7 %
				count; /* count is no multiple of 7, or it starts at i / count */

			j = (j + i / (count % 7 ? count : count / 7)) % count;
			for (u64 k = 0; k < table[t].bytes; k++)
				assert_int_equal(objects[j][k], (u8)j);
			slab_free(cache, objects[j]);
		}
		assert_null(slab_check(&(vaddr_t){ 0 }));
		slab_usage(cache, &usage);
		assert_int_equal(usage.live, 0);
		assert_true(usage.slab_bytes <= 2 * SLAB_KEEP_BYTES);
		slab_drain_cpu();
		slab_usage(cache, &usage);
		assert_true(usage.slab_bytes <= SLAB_KEEP_BYTES);
		heap_forget(cache);
	}
}

static void test_fill_and_empty(void **state)
{
	(void)state;
	heap_in_both_builds(fill_and_empty);
}

/* The same bytes at each page size, to the byte: that is the point of it all. */
static void test_waste_is_the_same(void **state)
{
	static const u64 slabs[] = { 1, 1, 1, 2, 12, 5 }, slab_bytes[] = { 4, 4, 4, 8, 48, 80 };
	static const u64 bytes[] = { 16, 64, 200, 512, 1300, 2048 };

	(void)state;
	heap_start();
	for (unsigned i = 0; i < ARRAY_SIZE(bytes); i++) {
		struct slab_cache cache;
		struct slab_usage usage;
		void *objects[34];
		u64 align = bytes[i] & (bytes[i] - 1) ? 16 : bytes[i];
		u64 count = i < 3 ? 10 : i < 4 ? 13 : 34;

		assert_int_equal(slab_cache_init(&cache, "t", bytes[i], align), 0);
		for (u64 n = 0; n < count; n++)
			assert_non_null(objects[n] = slab_alloc(&cache, 0));
		slab_usage(&cache, &usage);
		assert_int_equal(usage.slabs, slabs[i]);
		assert_int_equal(usage.slab_bytes, slab_bytes[i] * KiB);
		for (u64 n = 0; n < count; n++)
			slab_free(&cache, objects[n]);
		heap_forget(&cache);
	}
}

/* Of several empty slabs two stay, if they are small: the CPU's own and one more, used next. */
static void empties(void)
{
	struct slab_cache small, large;
	struct slab_usage usage;
	void *objects[600];
	u64 count;

	assert_int_equal(slab_cache_init(&small, "small", 64, 0), 0);
	assert_int_equal(slab_cache_init(&large, "large", 2048, 2048), 0);
	assert_int_equal(large.slab_bytes, CHUNK_SLAB_LARGE);
	count = small.per_slab * 4;
	for (unsigned i = 0; i < count; i++)
		objects[i] = slab_alloc(&small, 0);
	for (unsigned i = 0; i < count; i++)
		slab_free(&small, objects[i]);
	slab_usage(&small, &usage);
	assert_int_equal(usage.slabs, 2);
	assert_int_equal(slab_drain_cpu(), CHUNK_SLAB_SMALL);
	slab_usage(&small, &usage);
	assert_int_equal(usage.slabs, 1);
	assert_int_equal(slab_shrink(), CHUNK_SLAB_SMALL);
	assert_int_equal(slab_shrink(), 0);
	for (unsigned i = 0; i < 20; i++)
		objects[i] = slab_alloc(&large, 0);
	for (unsigned i = 0; i < 20; i++)
		slab_free(&large, objects[i]);
	slab_usage(&large, &usage);
	assert_int_equal(usage.slabs, 0);
	/* A whole slab from one that was kept. */
	slab_free(&small, slab_alloc(&small, 0));
	for (unsigned i = 0; i < small.per_slab; i++)
		objects[i] = slab_alloc(&small, 0);
	slab_usage(&small, &usage);
	assert_int_equal(usage.slabs, 1);
	for (unsigned i = 0; i < small.per_slab; i++)
		slab_free(&small, objects[i]);
	slab_usage(NULL, &usage);
	assert_int_equal(usage.live, 0);
	heap_forget(&small);
	heap_forget(&large);
}

static void test_empties(void **state)
{
	(void)state;
	heap_in_both_builds(empties);
}

/* Some objects of a new cache, until something fails: NULL, and nothing has changed. */
static void use_until_failure(void)
{
	struct slab_usage before, after;
	struct slab_cache made, *cache = &made;
	void *objects[200];
	unsigned had;
	u64 free_bytes;

	assert_int_equal(slab_cache_init(cache, "f", 1000, 0), 0);
	for (had = 0; had < ARRAY_SIZE(objects); had++) {
		slab_usage(cache, &before);
		free_bytes = pages_free_bytes();
		objects[had] = slab_alloc(cache, 0);
		if (!objects[had])
			break;
	}
	if (had < ARRAY_SIZE(objects)) {
		slab_usage(cache, &after);
		assert_memory_equal(&before, &after, sizeof(after));
		assert_int_equal(pages_free_bytes(), free_bytes);
		assert_non_null(objects[had++] = slab_alloc(cache, 0));
	}
	while (had--)
		slab_free(cache, objects[had]);
	heap_forget(cache);
}

/* Every allocation of a sequence fails in turn. */
static void failures(void)
{
	static const enum fault_site sites[] = { FAULT_PAGES, FAULT_SLAB };

	for (unsigned s = 0; s < ARRAY_SIZE(sites); s++) {
		struct fault_rule rule = { .mode = FAULT_NTH, .n = 1 };
		struct fault_counts counts;

		do {
			fault_inject_set(sites[s], &rule);
			use_until_failure();
			fault_inject_counts(sites[s], &counts);
			fault_inject_off();
			heap_finish();
			rule.n++;
		} while (counts.failed);
		assert_true(rule.n > 3);
	}
}

/* What must not fail isn't asked whether it shall; without memory it panics. */
static void must(void)
{
	struct fault_rule all = { .mode = FAULT_EVERY, .n = 1 };
	struct slab_cache cache;

	assert_int_equal(slab_cache_init(&cache, "must", 64, 0), 0);
	fault_inject_set(FAULT_SLAB, &all);
	fault_inject_set(FAULT_PAGES, &all);
	assert_null(slab_alloc(&cache, 0));
	slab_free(&cache, slab_alloc(&cache, PAGES_MUST));
	fault_inject_off();
	slab_shrink();
	fake_pages_limit(0);
	PANICS((void)!slab_alloc(&cache, PAGES_MUST), "no memory left");
	fake_pages_limit(FAKE_PAGES_BYTES);
	heap_forget(&cache);
}

static void test_must(void **state)
{
	(void)state;
	heap_in_both_builds(must);
}

static void test_failures(void **state)
{
	(void)state;
	heap_in_both_builds(failures);
}

static char report_text[4096];

static int append(const char *format, ...)
{
	size_t len = strlen(report_text);
	va_list args;

	va_start(args, format);
	vsnprintf(report_text + len, sizeof(report_text) - len, format, args);
	va_end(args);
	return 0;
}

static void test_report(void **state)
{
	struct slab_cache cache, unused;
	void *a, *b;

	(void)state;
	heap_start();
	report_text[0] = '\0';
	assert_int_equal(slab_cache_init(&cache, "things", 100, 0), 0);
	assert_int_equal(slab_cache_init(&unused, "none", 100, 0), 0);
	a = slab_alloc(&cache, 0);
	b = slab_alloc(&cache, 0);
	slab_report(append);
	assert_string_equal(report_text,
			    "slab: things                  2 live of 100 bytes in 1 slabs, 4 KiB, "
			    "3896 bytes of waste\n"
			    "slab: all take 4 KiB for 200 bytes in use, 3896 bytes of waste\n");
	slab_free(&cache, a);
	slab_free(&cache, b);
	heap_forget(&cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_offset),
		cmocka_unit_test(test_arguments),
		HOST_AT_EACH_PAGE_SHIFT(test_fill_and_empty),
		HOST_AT_EACH_PAGE_SHIFT(test_waste_is_the_same),
		HOST_AT_EACH_PAGE_SHIFT(test_empties),
		HOST_AT_EACH_PAGE_SHIFT(test_failures),
		HOST_AT_EACH_PAGE_SHIFT(test_must),
		HOST_AT_EACH_PAGE_SHIFT(test_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
