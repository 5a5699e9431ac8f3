// SPDX-License-Identifier: BSD-2-Clause
/*
 * Chunks on pages of three sizes.
 *
 * Sources: mm/heap/chunk.c mm/heap/chunk_check.c kernel/show/memory/fault_inject.c mm/page/hooks.c
 * Sources: tests/host/fake_pages.c
 */
#include "host.h"

#include <cmocka.h>
#include <string.h>

#include <arch/page.h>
#include <kernel/errno.h>
#include <kernel/fault_inject.h>
#include <mm/addr.h>
#include <mm/chunk.h>

#include "fake_pages.h"

#define OPERATIONS 200000
#define SLOTS      96

static u64 free_at_start;

static void start(void)
{
	fake_pages_init();
	fault_inject_off();
	free_at_start = pages_free_bytes();
}

static void finish(void)
{
	struct chunk_usage usage;

	assert_null(chunk_check(&(paddr_t){ 0 }));
	chunk_usage(&usage);
	assert_int_equal(usage.used_bytes, 0);
	assert_int_equal(usage.free_bytes, 0);
	assert_int_equal(pages_free_bytes(), free_at_start);
}

static u8 *pointer(paddr_t pa)
{
	return vaddr_ptr(paddr_to_linear(pa));
}

/* Rounded up and aligned to a power of two, at every page size alike. */
static void sizes(void **state)
{
	static const struct {
		u64 asked, got;
	} table[] = {
		{ 1, 4096 },      { 4095, 4096 },   { 4096, 4096 },   { 4097, 8192 },
		{ 8192, 8192 },   { 8193, 16384 },  { 16384, 16384 }, { 20000, 32768 },
		{ 32769, 65536 }, { 65536, 65536 },
	};
	struct chunk chunk;
	paddr_t pa;

	(void)state;
	start();
	for (unsigned i = 0; i < ARRAY_SIZE(table); i++) {
		assert_int_equal(chunk_alloc(table[i].asked, 0, &pa), 0);
		for (u64 at = 0; at < table[i].got; at += 4096 - 16) {
			assert_true(chunk_find(paddr(pa.val + at), &chunk));
			assert_int_equal(chunk.base.val, pa.val);
			assert_int_equal(chunk.bytes, table[i].got);
			assert_false(chunk.slab);
		}
		assert_int_equal(pa.val % table[i].got, 0);
		memset(pointer(pa), 0x11, table[i].got);
		assert_null(chunk_check(&(paddr_t){ 0 }));
		chunk_free(pa);
		finish();
	}
	assert_int_equal(chunk_alloc(0, 0, &pa), -EINVAL);
	assert_int_equal(chunk_alloc(65537, 0, &pa), -EINVAL);
	assert_int_equal(chunk_alloc(~0ULL, 0, &pa), -EINVAL);
}

/* 4 KiB take a sixteenth, a quarter or all of a page, and no more pages than that. */
static void pages_are_shared(void **state)
{
	u64 per_page = host_page_shift == 12 ? 1 : host_page_shift == 14 ? 4 : 16;
	struct chunk_usage usage;
	paddr_t pa[48];

	(void)state;
	start();
	for (unsigned i = 0; i < 48; i++) {
		assert_int_equal(chunk_alloc(4096, 0, &pa[i]), 0);
		assert_int_equal((free_at_start - pages_free_bytes()) >> host_page_shift,
				 i / per_page + 1);
		chunk_usage(&usage);
		assert_int_equal(usage.used_bytes, (i + 1) * 4096);
		assert_int_equal(usage.used_bytes + usage.free_bytes,
				 free_at_start - pages_free_bytes());
	}
	/* A page goes back with the last of its chunks, in whatever order. */
	for (unsigned i = 0; i < 48; i += 2)
		chunk_free(pa[i]);
	assert_int_equal((free_at_start - pages_free_bytes()) >> host_page_shift,
			 per_page == 1 ? 24 : 48 / per_page);
	assert_null(chunk_check(&(paddr_t){ 0 }));
	for (unsigned i = 1; i < 48; i += 2)
		chunk_free(pa[i]);
	chunk_usage(&usage);
	assert_true(usage.peak_bytes >= 48 * 4096);
	finish();
}

static void zeroed(void **state)
{
	paddr_t pa;

	(void)state;
	start();
	for (u64 bytes = 4096; bytes <= 65536; bytes *= 2) {
		assert_int_equal(chunk_alloc(bytes, PAGES_ZERO, &pa), 0);
		for (u64 i = 0; i < bytes; i++)
			assert_int_equal(pointer(pa)[i], 0);
		memset(pointer(pa), 0xff, bytes);
		chunk_free(pa);
	}
	finish();
}

static void slabs_are_marked(void **state)
{
	static const u64 slab_bytes[] = { CHUNK_SLAB_SMALL, CHUNK_SLAB_LARGE };
	struct chunk chunk;
	paddr_t pa, plain;

	(void)state;
	start();
	for (unsigned i = 0; i < ARRAY_SIZE(slab_bytes); i++) {
		assert_int_equal(chunk_alloc_slab(slab_bytes[i], 0, &pa), 0);
		assert_int_equal(chunk_alloc(slab_bytes[i], 0, &plain), 0);
		for (u64 at = 0; at < slab_bytes[i]; at += 1000) {
			assert_true(chunk_find(paddr(pa.val + at), &chunk));
			assert_true(chunk.slab);
			assert_int_equal(chunk.base.val, pa.val);
			assert_int_equal(chunk.bytes, slab_bytes[i]);
			assert_true(chunk_find(paddr(plain.val + at), &chunk));
			assert_false(chunk.slab);
		}
		assert_true(HOST_ASSERTS(chunk_free(pa)));
		assert_non_null(strstr(host_last_failure(), "chunk_free: the chunk at"));
		assert_true(HOST_ASSERTS(chunk_free_slab(plain)));
		assert_non_null(strstr(host_last_failure(), "chunk_free_slab: the chunk at"));
		chunk_free_slab(pa);
		chunk_free(plain);
	}
	assert_true(HOST_ASSERTS((void)!chunk_alloc_slab(8192, 0, &pa)));
	assert_true(HOST_ASSERTS((void)!chunk_alloc(8192, PAGES_MOVABLE, &pa)));
	finish();
}

static void wrong_frees(void **state)
{
	paddr_t pa, other;

	(void)state;
	start();
	for (u64 bytes = 4096; bytes <= 65536; bytes *= 2) {
		/* A second one, so that a small chunk's page stays. */
		assert_int_equal(chunk_alloc(bytes, 0, &other), 0);
		assert_int_equal(chunk_alloc(bytes, 0, &pa), 0);
		assert_true(HOST_ASSERTS(chunk_free(paddr(pa.val + 16))));
		assert_non_null(strstr(host_last_failure(), "isn't where its chunk begins"));
		assert_true(HOST_ASSERTS(chunk_free(paddr(pa.val + bytes / 2))));
		assert_non_null(strstr(host_last_failure(), "isn't where its chunk begins"));
		chunk_free(pa);
		if (bytes < page_size()) {
			assert_true(HOST_ASSERTS(chunk_free(pa)));
			assert_non_null(strstr(host_last_failure(), "is in no chunk"));
		}
		chunk_free(other);
	}
	/* Nothing tells of a chunk of pages any more, in none of them. */
	assert_int_equal(chunk_alloc(65536, 0, &pa), 0);
	chunk_free(pa);
	for (u64 at = 0; at < 65536; at += page_size()) {
		struct chunk chunk;

		assert_false(chunk_find(paddr(pa.val + at), &chunk));
	}
	finish();
}

/* The pieces of a page that is cut can be had again in any size, and merge. */
static void cut_and_merge(void **state)
{
	paddr_t small, pa[5];

	(void)state;
	start();
	assert_int_equal(chunk_alloc(4096, 0, &small), 0);
	for (unsigned i = 0; (4096U << i) < page_size(); i++)
		assert_int_equal(chunk_alloc(4096U << i, 0, &pa[i]), 0);
	assert_int_equal(free_at_start - pages_free_bytes(), page_size());
	for (unsigned i = 0; (4096U << i) < page_size(); i++) {
		assert_null(chunk_check(&(paddr_t){ 0 }));
		chunk_free(pa[i]);
	}
	chunk_free(small);
	finish();
}

static void chunk_is_intact(paddr_t pa, u64 bytes, u8 mark)
{
	for (u64 at = 0; at < bytes; at += bytes / 16)
		assert_int_equal(pointer(pa)[at], mark);
}

static void model(void **state)
{
	static const u64 slab_bytes[] = { CHUNK_SLAB_SMALL, CHUNK_SLAB_LARGE };
	struct {
		paddr_t pa;
		u64 bytes;
		u8 mark;
		bool slab;
	} slots[SLOTS] = { 0 };
	u64 used = 0;

	(void)state;
	start();
	for (unsigned i = 0; i < OPERATIONS; i++) {
		__typeof__(slots[0]) *slot = &slots[host_random_below(SLOTS)];
		struct chunk_usage usage;
		struct chunk chunk;
		int err;

		if (slot->bytes) {
			assert_true(chunk_find(paddr(slot->pa.val + host_random_below(slot->bytes)),
					       &chunk));
			assert_int_equal(chunk.base.val, slot->pa.val);
			assert_int_equal(chunk.bytes, slot->bytes);
			chunk_is_intact(slot->pa, slot->bytes, slot->mark);
			(slot->slab ? chunk_free_slab : chunk_free)(slot->pa);
			used -= slot->bytes;
			slot->bytes = 0;
		} else {
			slot->slab = host_random_below(3) == 0;
			slot->bytes = slot->slab ? slab_bytes[host_random_below(2)]
						 : 4096U << host_random_below(5);
			err = (slot->slab ? chunk_alloc_slab : chunk_alloc)(slot->bytes, 0,
									    &slot->pa);
			if (err) {
				assert_int_equal(err, -ENOMEM);
				slot->bytes = 0;
				continue;
			}
			slot->mark = (u8)host_random();
			memset(pointer(slot->pa), slot->mark, slot->bytes);
			used += slot->bytes;
		}
		if (i % 64 == 0)
			assert_null(chunk_check(&(paddr_t){ 0 }));
		chunk_usage(&usage);
		assert_int_equal(usage.used_bytes, used);
		assert_int_equal(usage.used_bytes + usage.free_bytes,
				 free_at_start - pages_free_bytes());
	}
	for (unsigned i = 0; i < SLOTS; i++)
		if (slots[i].bytes)
			(slots[i].slab ? chunk_free_slab : chunk_free)(slots[i].pa);
	finish();
}

/* A refusal changes nothing, wherever it comes. */
static void failures(void **state)
{
	struct fault_rule rule = { .mode = FAULT_NTH };
	struct fault_counts counts;
	paddr_t pa[8];

	(void)state;
	start();
	for (rule.n = 1;; rule.n++) {
		unsigned had = 0;
		u64 before = 0;

		fault_inject_set(FAULT_PAGES, &rule);
		for (; had < ARRAY_SIZE(pa); had++) {
			before = pages_free_bytes();
			if (chunk_alloc(4096U << had % 5, 0, &pa[had]))
				break;
		}
		fault_inject_counts(FAULT_PAGES, &counts);
		assert_int_equal(counts.failed, had < ARRAY_SIZE(pa));
		if (had < ARRAY_SIZE(pa))
			assert_int_equal(pages_free_bytes(), before);
		assert_null(chunk_check(&(paddr_t){ 0 }));
		while (had--)
			chunk_free(pa[had]);
		fault_inject_off();
		finish();
		if (!counts.failed)
			break;
	}
	assert_true(rule.n > 2);
}

struct piece {
	struct piece *next, **link; /* what a free one begins with */
};

static void lists_are_checked(void **state)
{
	struct piece *piece, **link;
	paddr_t pa, where;

	(void)state;
	start();
	assert_int_equal(chunk_alloc(4096, 0, &pa), 0);
	if (page_size() > 4096) {
		piece = (void *)(pointer(pa) + 4096);
		link = piece->link;
		piece->link = &piece;
		assert_string_equal(chunk_check(&where),
				    "a free piece's links contradict each other");
		assert_int_equal(where.val, pa.val + 4096);
		piece->link = link;
		*link = NULL;
		assert_string_equal(chunk_check(&where), "the free pieces' bytes don't add up");
		*link = piece + 1;
		assert_string_equal(chunk_check(&where), "a free piece isn't aligned to its size");
		*link = piece;
	}
	chunk_free(pa);
	finish();
}

/* In a build for debugging, what was freed doesn't hold what it held. */
static void freed_is_junk(void **state)
{
	paddr_t pa, other;

	(void)state;
	host_debug = true;
	start();
	assert_int_equal(chunk_alloc(4096, 0, &other), 0);
	assert_int_equal(chunk_alloc(4096, 0, &pa), 0);
	memset(pointer(pa), 0x11, 4096);
	chunk_free(pa);
	if (page_size() > 4096)
		for (unsigned i = sizeof(struct piece); i < 4096; i++)
			assert_int_equal(pointer(pa)[i], 0x6b);
	chunk_free(other);
	finish();
	host_debug = false;
}

/* Words that contradict the free pieces. */
static void words_are_checked(void **state)
{
	struct frame *f;
	paddr_t pa;
	u64 word;

	(void)state;
	start();
	assert_int_equal(chunk_alloc(4096, 0, &pa), 0);
	f = frame_of(paddr(page_align_down(pa.val)));
	word = f->word;
	if (page_size() > 4096) {
		f->word |= 7ULL << (FRAME_OWN_SHIFT + 3); /* the unit after it */
		assert_non_null(chunk_check(&(paddr_t){ 0 }));
		frame_set_own(f, 0);
		assert_non_null(chunk_check(&(paddr_t){ 0 }));
		f->word = (word & ~FRAME_KIND_MASK) | FRAME_TABLE;
		assert_non_null(chunk_check(&(paddr_t){ 0 }));
	}
	f->word = word;
	chunk_free(pa);
	finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(sizes),
		HOST_AT_EACH_PAGE_SHIFT(pages_are_shared),
		HOST_AT_EACH_PAGE_SHIFT(zeroed),
		HOST_AT_EACH_PAGE_SHIFT(slabs_are_marked),
		HOST_AT_EACH_PAGE_SHIFT(wrong_frees),
		HOST_AT_EACH_PAGE_SHIFT(cut_and_merge),
		HOST_AT_EACH_PAGE_SHIFT(model),
		HOST_AT_EACH_PAGE_SHIFT(failures),
		HOST_AT_EACH_PAGE_SHIFT(lists_are_checked),
		HOST_AT_EACH_PAGE_SHIFT(freed_is_junk),
		HOST_AT_EACH_PAGE_SHIFT(words_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
