// SPDX-License-Identifier: BSD-2-Clause
/*
 * Slab caches misused: what every build finds, what only one for debugging does, and what the walk
 * of the invariants says of each that is broken by hand.
 *
 * Sources: mm/heap/slab_drain.c
 * Sources: mm/heap/kmalloc.c mm/heap/kmalloc_hot.c mm/heap/slab.c mm/heap/slab_check.c
 * Sources: kernel/show/memory/slab_report.c mm/heap/chunk.c mm/heap/chunk_check.c
 * Sources: kernel/show/memory/fault_inject.c lib/cmdline.c lib/parse.c tests/host/fake_pages.c
 * Sources: tests/host/heap.c mm/page/hooks.c arch/arm64/table/granule.c lib/string.c
 */
#include "heap.h"

#include <cmocka.h>

#include <arch/cpu.h>
#include <arch/page.h>
#include <mm/addr.h>
#include <mm/slab_object.h>

static void always_found(void)
{
	struct slab_cache a, b;
	paddr_t pa;
	u8 *p, *q;

	assert_int_equal(slab_cache_init(&a, "alpha", 48, 0), 0);
	assert_int_equal(slab_cache_init(&b, "beta", 48, 0), 0);
	p = slab_alloc(&a, 0);
	q = slab_alloc(&b, 0);
	PANICS(slab_free(&a, p + 8), "isn't where an object of \"alpha\" begins");
	PANICS(slab_free(&a, p + 1), "isn't where an object");
	PANICS(slab_free(&a, slab_header(p, 4096)), "isn't where an object");
	PANICS(slab_free(&b, p), "is of cache \"alpha\", not of \"beta\"");
	PANICS(slab_free(&a, q), "is of cache \"beta\", not of \"alpha\"");
	slab_free(&a, p);
	PANICS(slab_free(&a, p), "slab_free: double free of");
	assert_null(slab_check(&(vaddr_t){ 0 }));
	slab_free(&b, q);
	/* In memory that is no slab. */
	assert_int_equal(pages_alloc(0, PAGES_ZERO, &pa), 0);
	p = vaddr_ptr(paddr_to_linear(pa));
	PANICS(slab_free(&a, p), "is in no slab of \"alpha\"");
	pages_free(pa, 0);
	/* In a slab that was given back, though its page is still there for another chunk. */
	if (page_size() > 4096) {
		q = slab_alloc(&b, 0);
		p = slab_alloc(&a, 0);
		slab_free(&a, p);
		slab_shrink();
		PANICS(slab_free(&a, p), "is in no slab of \"alpha\"");
		slab_free(&b, q);
	}
	/* A free object's link that points out of the slab. */
	p = slab_alloc(&a, 0);
	slab_free(&a, p);
	if (!host_debug) {
		void *link = *(void **)(void *)p;

		memset(p, 0x41, 8);
		q = slab_alloc(&a, 0);
		assert_ptr_equal(q, p);
		PANICS(p = slab_alloc(&a, 0), "a free object of \"alpha\" was written to");
		/* The panic came before anything changed. */
		slab_header(q, 4096)->free = link;
		slab_free(&a, q);
	}
	/* What overflows the last object breaks the header. */
	p = slab_alloc(&a, 0);
	q = (u8 *)slab_header(p, 4096);
	q[0] ^= 1;
	PANICS(slab_free(&a, p), "has cookie");
	assert_non_null(slab_check(&(vaddr_t){ 0 }));
	q[0] ^= 1;
	slab_free(&a, p);
	heap_forget(&a);
	heap_forget(&b);
}

static void test_always_found(void **state)
{
	(void)state;
	heap_in_both_builds(always_found);
}

/* The first byte after an object, one within the red zone, one before it. */
static void red_zones(struct slab_cache *cache, u8 *object)
{
	static const int offsets[] = { 44, 50, -1 };

	for (volatile unsigned i = 0; i < ARRAY_SIZE(offsets); i++) {
		u8 *byte = object + offsets[i], was = *byte;

		*byte = 0;
		assert_string_equal(slab_check(&(vaddr_t){ 0 }), "an object's red zone is harmed");
		PANICS(slab_free(cache, object), "was overrun: the red zone");
		*byte = was;
		assert_null(slab_check(&(vaddr_t){ 0 }));
	}
}

/* The panic came when the object was off its slab's list: put it on again. */
static void undo_take(struct slab_cache *cache, void *object)
{
	struct slab *slab = slab_header(object, cache->slab_bytes);

	slab->free = object;
	slab->live--;
	assert_null(slab_check(&(vaddr_t){ 0 }));
}

/* A write after the free: seen by a walk, and when the object, the next one, is had again. */
static void junk(struct slab_cache *cache, u8 *object)
{
	for (volatile unsigned i = 0; i < 44; i += 43) {
		object[i]++;
		assert_string_equal(slab_check(&(vaddr_t){ 0 }), "a free object was written to");
		PANICS((void)!slab_alloc(cache, 0), "was written to after it was freed");
		object[i]--;
		undo_take(cache, object);
	}
}

/* The word that says whether an object is free. */
static void states(struct slab_cache *cache, u8 *object)
{
	u64 *word = &slab_gap(cache, object)->state, live = *word, free;
	vaddr_t where;

	*word = 0;
	assert_string_equal(slab_check(&where), "an object's state is neither live nor free");
	PANICS(slab_free(cache, object), "was overrun: its state is 0");
	*word = live;
	slab_free(cache, object);
	free = *word;
	*word = live;
	assert_string_equal(slab_check(&where),
			    "the objects whose state is live aren't as many as live");
	PANICS((void)!slab_alloc(cache, 0), "is on the free list, but not free");
	*word = free;
	undo_take(cache, object);
}

static void test_debug_finds(void **state)
{
	struct slab_cache cache;
	u8 *p, *q;

	(void)state;
	host_debug = true;
	heap_start();
	assert_int_equal(slab_cache_init(&cache, "gamma", 44, 0), 0);
	p = slab_alloc(&cache, 0);
	q = slab_alloc(&cache, 0);
	for (unsigned i = 0; i < 44; i++)
		assert_int_equal(p[i], 0xa5);
	red_zones(&cache, p);
	red_zones(&cache, q);

	/* Not only the last to be freed is known to be free. */
	slab_free(&cache, p);
	slab_free(&cache, q);
	PANICS(slab_free(&cache, p), "double free");
	PANICS(slab_free(&cache, q), "double free");

	junk(&cache, q);
	states(&cache, slab_alloc(&cache, 0));
	heap_forget(&cache);
	heap_finish();
	host_debug = false;
}

/* The checker, on what it is there to find and no other test breaks. */
static void test_checker(void **state)
{
	struct slab_cache cache, other;
	struct slab *slab;
	void *p, *free, *next;

	(void)state;
	heap_start();
	assert_int_equal(slab_cache_init(&cache, "t", 1000, 0), 0);
	assert_int_equal(slab_cache_init(&other, "o", 1000, 0), 0);
	p = slab_alloc(&cache, 0);
	slab = slab_header(p, cache.slab_bytes);
	slab_drain_cpu();
	free = slab->free;
	next = *(void **)free;

	slab->cache = &other;
	assert_non_null(slab_check(&(vaddr_t){ 0 }));
	slab->cache = &cache;
	slab->live++;
	assert_string_equal(slab_check(&(vaddr_t){ 0 }), "live and free objects don't add up");
	slab->live--;
	*(void **)free = free;
	assert_string_equal(slab_check(&(vaddr_t){ 0 }), "a free list runs in a circle");
	*(void **)free = (u8 *)free + 16;
	assert_string_equal(slab_check(&(vaddr_t){ 0 }),
			    "a free list leads out of its slab's objects");
	*(void **)free = NULL;
	slab->live = cache.per_slab - 1;
	assert_null(slab_check(&(vaddr_t){ 0 }));
	slab->free = NULL;
	slab->live++;
	assert_string_equal(slab_check(&(vaddr_t){ 0 }),
			    "a slab on the partial list has no free object");
	cache.full = slab;
	cache.partial = NULL;
	slab->link = &cache.full;
	assert_null(slab_check(&(vaddr_t){ 0 }));
	slab->live--;
	slab->free = free;
	assert_string_equal(slab_check(&(vaddr_t){ 0 }),
			    "a slab on the full list has a free object");
	cache.partial = slab;
	cache.full = NULL;
	assert_string_equal(slab_check(&(vaddr_t){ 0 }), "a slab's links contradict each other");
	slab->link = &cache.partial;
	assert_null(slab_check(&(vaddr_t){ 0 }));
	cache.slabs++;
	assert_string_equal(slab_check(&(vaddr_t){ 0 }),
			    "the slabs on the lists aren't as many as slabs");
	cache.slabs--;
	cache.slab_bytes = CHUNK_SLAB_LARGE;
	assert_non_null(slab_check(&(vaddr_t){ 0 }));
	cache.slab_bytes = CHUNK_SLAB_SMALL;
	*(void **)free = next;
	slab->live = 1;
	assert_null(slab_check(&(vaddr_t){ 0 }));
	slab_free(&cache, p);
	heap_forget(&cache);
}

/* The same of a slab that the CPU owns, and of one that nobody does. */
static void test_checker_of_owners(void **state)
{
	struct slab_cache cache;
	struct cpu other = { .number = 1 };
	struct slab *slab;
	void *p, *q;

	(void)state;
	heap_start();
	assert_int_equal(slab_cache_init(&cache, "t", 1000, 0), 0);
	p = slab_alloc(&cache, 0);
	q = slab_alloc(&cache, 0);
	slab = slab_header(p, cache.slab_bytes);
	assert_ptr_equal(slab_owner(slab), &boot_cpu);
	assert_null(slab_check(&(vaddr_t){ 0 }));
	boot_cpu.slabs[cache.index] = NULL;
	assert_string_equal(slab_check(&(vaddr_t){ 0 }), "a slab isn't its owner's");
	boot_cpu.slabs[cache.index] = slab;
	slab->owner = NULL;
	assert_string_equal(slab_check(&(vaddr_t){ 0 }), "a slab on the owned list has no owner");
	slab->owner = &boot_cpu;
	slab->returned_count++;
	assert_string_equal(slab_check(&(vaddr_t){ 0 }),
			    "returned objects aren't as many as counted");
	slab->returned_count--;
	slab->live++;
	assert_string_equal(slab_check(&(vaddr_t){ 0 }), "live and free objects don't add up");
	/* Another CPU's may change at any moment. */
	slab->owner = &other;
	assert_null(slab_check(&(vaddr_t){ 0 }));
	slab->owner = &boot_cpu;
	slab->live--;
	slab_drain_cpu();
	assert_null(slab_check(&(vaddr_t){ 0 }));
	slab->owner = &boot_cpu;
	assert_string_equal(slab_check(&(vaddr_t){ 0 }),
			    "a slab with an owner is on another list than the owned ones");
	slab->owner = NULL;
	slab->returned = q;
	slab->returned_count = 1;
	*(void **)q = NULL;
	assert_string_equal(slab_check(&(vaddr_t){ 0 }),
			    "a slab without an owner has objects returned");
	slab->returned = NULL;
	slab->returned_count = 0;
	slab_free(&cache, p);
	slab_free(&cache, q);
	heap_forget(&cache);
	heap_finish();
}

/* What should have been given back, and a slab in a chunk that isn't one. */
static void test_checker_of_large_slabs(void **state)
{
	struct slab_cache cache;
	struct slab *slab;
	struct frame *f;
	void **p;
	u64 word;

	(void)state;
	heap_start();
	assert_int_equal(slab_cache_init(&cache, "t", 2048, 2048), 0);
	p = slab_alloc(&cache, 0);
	slab = slab_header(p, cache.slab_bytes);
	*p = slab->free;
	slab->free = p;
	slab->live = 0;
	assert_string_equal(slab_check(&(vaddr_t){ 0 }), "an empty slab wasn't given back");
	slab->free = *p;
	slab->live = 1;
	assert_null(slab_check(&(vaddr_t){ 0 }));
	f = frame_of(paddr(page_align_down(linear_to_paddr(vaddr_of(slab)).val)));
	word = f->word;
	frame_set_own(f, 0x249249249249 * 6); /* slabs of 4 KiB, all units */
	assert_string_equal(slab_check(&(vaddr_t){ 0 }), "a slab isn't a chunk of its size");
	frame_set_own(f, 0x249249249249 * 3); /* plain ones of 16 KiB */
	assert_string_equal(slab_check(&(vaddr_t){ 0 }), "a slab isn't a chunk of its size");
	f->word = word;
	slab_free(&cache, p);
	heap_forget(&cache);
	heap_finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(test_always_found),
		HOST_AT_EACH_PAGE_SHIFT(test_debug_finds),
		HOST_AT_EACH_PAGE_SHIFT(test_checker),
		HOST_AT_EACH_PAGE_SHIFT(test_checker_of_owners),
		HOST_AT_EACH_PAGE_SHIFT(test_checker_of_large_slabs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
