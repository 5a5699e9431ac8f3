// SPDX-License-Identifier: BSD-2-Clause
/*
 * kmalloc against a table of what is live, over a million random operations; each allocation of a
 * sequence failing in turn; and all of memory taken.
 *
 * Sources: mm/heap/slab_drain.c
 * Sources: mm/heap/kmalloc.c mm/heap/kmalloc_hot.c mm/heap/slab.c mm/heap/slab_check.c
 * Sources: kernel/show/memory/slab_report.c mm/heap/chunk.c mm/heap/chunk_check.c
 * Sources: kernel/show/memory/fault_inject.c lib/cmdline.c lib/parse.c tests/host/fake_pages.c
 * Sources: tests/host/heap.c mm/page/hooks.c arch/arm64/table/granule.c lib/string.c
 */
#include "heap.h"

#include <cmocka.h>

#include <kernel/fault_inject.h>
#include <kernel/slab_report.h>
#include <mm/kmalloc.h>
#include <mm/slab_object.h>

#include "fake_pages.h"

#define OPERATIONS 200000 /* in each of two builds at each of three page sizes */
#define SLOTS      400

struct slot {
	u8 *p;
	u64 bytes;
	u8 mark;
};

static struct slot slots[SLOTS];

/* Small ones mostly, powers of two and their neighbours often, and now and then pages. */
static u64 random_bytes(void)
{
	u64 limit = 16ULL << host_random_below(host_random_below(8) ? 8 : 14);

	switch (host_random_below(4)) {
	case 0:
		return limit;
	case 1:
		return limit + host_random_below(3) - 1;
	default:
		return host_random_below(limit * 2);
	}
}

static void expect_mark(const struct slot *slot, u64 bytes)
{
	u64 step = MAX(bytes / 16, 1);

	for (u64 i = 0; i < bytes; i += step)
		assert_int_equal(slot->p[i], slot->mark);
	if (bytes)
		assert_int_equal(slot->p[bytes - 1], slot->mark);
}

static void set_mark(struct slot *slot)
{
	slot->mark = (u8)host_random();
	memset(slot->p, slot->mark, slot->bytes);
}

static u64 live_blocks;

static void step_alloc(struct slot *slot)
{
	unsigned flags = host_random_below(4) ? 0 : KMALLOC_ZERO;
	u64 bytes = random_bytes();

	slot->p = kmalloc(bytes, flags);
	if (!slot->p)
		return;
	slot->bytes = bytes;
	slot->mark = 0;
	if (flags)
		expect_mark(slot, bytes);
	set_mark(slot);
	live_blocks++;
}

static void step_realloc(struct slot *slot)
{
	u64 bytes = random_bytes(), kept = MIN(bytes, slot->bytes);
	u8 *moved = krealloc(slot->p, bytes, 0);

	if (!moved) {
		expect_mark(slot, slot->bytes);
		return;
	}
	slot->p = moved;
	expect_mark(slot, kept);
	slot->bytes = bytes;
	set_mark(slot);
}

static void random_operations(void)
{
	struct fault_rule seldom = { .mode = FAULT_SHARE, .n = 1, .of = 50 };

	memset(slots, 0, sizeof(slots));
	live_blocks = 0;
	for (unsigned i = 0; i < OPERATIONS; i++) {
		struct slot *slot = &slots[host_random_below(SLOTS)];

		if (i % 20000 == 10000) {
			seldom.seed = host_random();
			fault_inject_set(FAULT_SLAB, &seldom);
			fault_inject_set(FAULT_PAGES, &seldom);
		} else if (i % 20000 == 0) {
			fault_inject_off();
		}
		if (!slot->p) {
			step_alloc(slot);
		} else if (host_random_below(4) == 0) {
			step_realloc(slot);
		} else {
			expect_mark(slot, slot->bytes);
			kfree(slot->p);
			slot->p = NULL;
			live_blocks--;
		}
		if (i % 2048 == 0) {
			struct slab_usage usage;

			assert_null(slab_check(&(vaddr_t){ 0 }));
			assert_null(chunk_check(&(paddr_t){ 0 }));
			slab_usage(NULL, &usage);
			assert_true(usage.live <= live_blocks);
		}
		if (i % 10000 == 0)
			slab_shrink();
	}
	fault_inject_off();
	for (unsigned i = 0; i < SLOTS; i++)
		kfree(slots[i].p);
}

static void test_random_operations(void **state)
{
	(void)state;
	heap_in_both_builds(random_operations);
}

/* Each allocation of a sequence fails in turn: nothing leaks, nothing is half done. */
static void failures(void)
{
	static const u64 wanted[] = { 64, 1024, 5000, 20000, 100000, 64, 2016, 3584, 70000, 16 };
	static const enum fault_site sites[] = { FAULT_PAGES, FAULT_SLAB };

	for (unsigned s = 0; s < ARRAY_SIZE(sites); s++) {
		struct fault_rule rule = { .mode = FAULT_NTH, .n = 1 };
		struct fault_counts counts;

		do {
			void *had[ARRAY_SIZE(wanted)];
			unsigned failed = 0;

			fault_inject_set(sites[s], &rule);
			for (unsigned i = 0; i < ARRAY_SIZE(wanted); i++) {
				struct slab_usage before, after;
				u64 free_before = pages_free_bytes();
				struct chunk_usage chunks, chunks_after;

				slab_usage(NULL, &before);
				chunk_usage(&chunks);
				had[i] = kmalloc(wanted[i], 0);
				if (had[i])
					continue;
				failed++;
				slab_usage(NULL, &after);
				chunk_usage(&chunks_after);
				assert_memory_equal(&before, &after, sizeof(after));
				assert_memory_equal(&chunks, &chunks_after, sizeof(chunks));
				assert_int_equal(pages_free_bytes(), free_before);
				assert_null(slab_check(&(vaddr_t){ 0 }));
				assert_null(chunk_check(&(paddr_t){ 0 }));
			}
			fault_inject_counts(sites[s], &counts);
			fault_inject_off();
			assert_int_equal(counts.failed, failed);
			for (unsigned i = 0; i < ARRAY_SIZE(wanted); i++)
				kfree(had[i]);
			heap_finish();
			rule.n++;
		} while (counts.failed);
		assert_true(rule.n > ARRAY_SIZE(wanted) / 2);
	}
}

static void test_failures(void **state)
{
	(void)state;
	heap_in_both_builds(failures);
}

static void expect_panic_of_must(u64 bytes)
{
	PANICS((void)!kmalloc(bytes, PAGES_MUST), "no memory left");
}

/* What must not fail isn't asked whether it shall. */
static void must(void)
{
	static const u64 wanted[] = { 0, 64, 3000, 5000, 100000 };
	struct fault_rule all = { .mode = FAULT_EVERY, .n = 1 };

	fault_inject_set(FAULT_SLAB, &all);
	fault_inject_set(FAULT_PAGES, &all);
	for (unsigned i = 0; i < ARRAY_SIZE(wanted); i++) {
		void *p = kmalloc(wanted[i], PAGES_MUST);

		assert_null(kmalloc(wanted[i], 0));
		assert_non_null(p);
		kfree(p);
	}
	fault_inject_off();
}

static void test_must(void **state)
{
	(void)state;
	heap_in_both_builds(must);
}

/* All memory in objects of a size, and all of it back. */
static void exhaust(void)
{
	static const u64 wanted[] = { 16, 100, 512, 1024, 2048, 3584, 4096, 60000, 100000 };

	for (unsigned i = 0; i < ARRAY_SIZE(wanted); i++) {
		void **first = NULL, **p;
		u64 count = 0;

		while ((p = kmalloc(wanted[i], 0))) {
			*p = first;
			first = p;
			count++;
		}
		/* As much as there is, or as fits beside headers and in powers of two. */
		if (!host_debug)
			assert_true(count * wanted[i] >= FAKE_PAGES_BYTES / 2);
		assert_null(slab_check(&(vaddr_t){ 0 }));
		expect_panic_of_must(wanted[i]);
		while (first) {
			p = *first;
			kfree(first);
			first = p;
		}
		heap_finish();
	}
}

static void test_exhaust(void **state)
{
	(void)state;
	heap_in_both_builds(exhaust);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(test_random_operations),
		HOST_AT_EACH_PAGE_SHIFT(test_failures),
		HOST_AT_EACH_PAGE_SHIFT(test_must),
		HOST_AT_EACH_PAGE_SHIFT(test_exhaust),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
