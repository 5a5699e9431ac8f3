// SPDX-License-Identifier: BSD-2-Clause
/*
 * Slabs of two CPUs: each allocates from its own one and frees into it without a lock, and what the
 * other one frees comes back. test_slab_threads.c has CPUs that run at the same time.
 *
 * Sources: mm/heap/slab_drain.c mm/heap/kmalloc.c mm/heap/kmalloc_hot.c mm/heap/slab.c
 * Sources: mm/heap/slab_check.c kernel/show/memory/slab_report.c mm/heap/chunk.c
 * Sources: mm/heap/chunk_check.c kernel/show/memory/fault_inject.c lib/cmdline.c lib/parse.c
 * Sources: tests/host/fake_pages.c tests/host/heap.c mm/page/hooks.c
 * Sources: arch/arm64/table/granule.c lib/string.c
 */
#include "heap.h"

#include <cmocka.h>

#include <arch/cpu.h>
#include <arch/spinlock.h>
#include <kernel/slab_report.h>
#include <mm/kmalloc.h>
#include <mm/slab_object.h>

#include "fake_pages.h"

#define BYTES 64

static struct cpu other;
static struct slab_cache *cache;

static void begin(void)
{
	host_cpu = &boot_cpu;
	boot_cpu.next = NULL;
	heap_start();
	other = (struct cpu){ .number = 1, .online = true };
	boot_cpu.online = true;
	boot_cpu.next = &other;
	cache = kmalloc_cache(BYTES);
}

static void finish(void)
{
	host_cpu = &boot_cpu;
	heap_finish();
	for (unsigned i = 0; i < CPU_SLABS; i++)
		assert_true(!boot_cpu.slabs[i] && !other.slabs[i]);
	boot_cpu.next = NULL;
}

static void *alloc_on(struct cpu *cpu)
{
	void *p;

	host_cpu = cpu;
	p = kmalloc(BYTES, 0);
	assert_non_null(p);
	return p;
}

static void free_on(struct cpu *cpu, void *p)
{
	host_cpu = cpu;
	kfree(p);
	assert_null(slab_check(&(vaddr_t){ 0 }));
}

static struct slab *slab_of(const void *p)
{
	return slab_header(p, CHUNK_SLAB_SMALL);
}

static u64 live(void)
{
	struct slab_usage usage;

	slab_usage(cache, &usage);
	return usage.live;
}

static void each_has_its_own(void)
{
	void *a, *b;
	u64 locks;

	begin();
	a = alloc_on(&boot_cpu);
	b = alloc_on(&other);
	assert_ptr_not_equal(slab_of(a), slab_of(b));
	assert_ptr_equal(slab_owner(slab_of(a)), &boot_cpu);
	assert_ptr_equal(slab_owner(slab_of(b)), &other);
	locks = spin_taken(&cache->lock);
	for (unsigned i = 0; i < 1000; i++) {
		void *p[16];

		for (unsigned k = 0; k < 16; k++)
			p[k] = alloc_on(i % 2 ? &other : &boot_cpu);
		for (unsigned k = 0; k < 16; k++)
			kfree(p[k]);
	}
	assert_int_equal(spin_taken(&cache->lock), locks);
	assert_int_equal(live(), 2);
	free_on(&other, b);
	free_on(&boot_cpu, a);
	finish();
}

/* What another CPU frees isn't free before the owner has nothing else left. */
static void what_comes_back(void)
{
	static void *p[300];
	struct slab *slab;
	u64 locks;

	begin();
	for (unsigned i = 0; i < cache->per_slab; i++)
		p[i] = alloc_on(&boot_cpu);
	slab = slab_of(p[0]);
	assert_ptr_equal(slab_of(p[cache->per_slab - 1]), slab);
	free_on(&other, p[0]);
	free_on(&other, p[1]);
	assert_int_equal(slab->returned_count, 2);
	assert_int_equal(live(), cache->per_slab - 2);
	free_on(&boot_cpu, p[2]);
	locks = spin_taken(&cache->lock);
	assert_ptr_equal(alloc_on(&boot_cpu), p[2]);
	assert_int_equal(spin_taken(&cache->lock), locks);
	/* Now they come, both at once. */
	assert_ptr_equal(alloc_on(&boot_cpu), p[1]);
	assert_int_equal(slab->returned_count, 0);
	locks = spin_taken(&cache->lock);
	assert_ptr_equal(alloc_on(&boot_cpu), p[0]);
	assert_int_equal(spin_taken(&cache->lock), locks);
	assert_ptr_equal(slab_owner(slab), &boot_cpu);
	for (unsigned i = 0; i < cache->per_slab; i++)
		free_on(i % 3 ? &other : &boot_cpu, p[i]);
	assert_int_equal(live(), 0);
	finish();
}

/* Twice in a row, by either CPU or by both. */
static void freed_twice(void)
{
	static unsigned i;
	static void *p, *q;

	for (i = 0; i < 4; i++) {
		begin();
		p = alloc_on(&boot_cpu);
		q = alloc_on(&boot_cpu);
		free_on(i & 1 ? &other : &boot_cpu, p);
		host_cpu = i & 2 ? &other : &boot_cpu;
		PANICS(kfree(p), "double free");
		host_cpu = &boot_cpu;
		if (spin_is_locked(&cache->lock))
			spin_unlock(&cache->lock);
		kfree(q);
		finish();
	}
}

/* Drained, also while there are returned objects; empty ones go, and others are as they were. */
static void drained(void)
{
	void *a, *b, *c;

	begin();
	a = alloc_on(&other);
	b = alloc_on(&other);
	free_on(&boot_cpu, b);
	assert_int_equal(slab_of(a)->returned_count, 1);
	slab_drain();
	assert_null(slab_owner(slab_of(a)));
	assert_int_equal(slab_of(a)->live, 1);
	assert_ptr_equal(cache->partial, slab_of(a));
	assert_null(cache->owned);
	assert_null(slab_check(&(vaddr_t){ 0 }));
	/* Whoever takes of it next owns it. */
	c = alloc_on(&boot_cpu);
	assert_ptr_equal(slab_of(c), slab_of(a));
	free_on(&boot_cpu, c);
	free_on(&other, a);
	assert_int_equal(slab_shrink(), CHUNK_SLAB_SMALL);
	finish();
}

/* It leaves nothing behind that it owns, and is not asked any more. */
static void a_cpu_goes(void)
{
	void *a, *b;

	begin();
	a = alloc_on(&other);
	b = alloc_on(&other);
	free_on(&boot_cpu, b);
	host_cpu = &other;
	slab_drain_cpu();
	other.online = false;
	assert_null(slab_owner(slab_of(a)));
	free_on(&boot_cpu, a);
	assert_int_equal(live(), 0);
	finish();
}

/* Who frees what nobody owns takes that over, if it was full or is the emptier one. */
static void the_emptier_slab(void)
{
	static void *p[300];
	struct slab *first;
	unsigned per_slab;

	begin();
	per_slab = cache->per_slab;
	for (unsigned i = 0; i < per_slab + 2; i++)
		p[i] = alloc_on(&boot_cpu);
	first = slab_of(p[0]);
	assert_null(slab_owner(first));
	assert_ptr_equal(cache->full, first);
	free_on(&boot_cpu, p[0]);
	assert_ptr_equal(slab_owner(first), &boot_cpu);
	free_on(&boot_cpu, p[per_slab]);
	assert_null(slab_owner(first));
	for (unsigned i = 1; i < per_slab; i++)
		free_on(&boot_cpu, p[i]);
	free_on(&boot_cpu, p[per_slab + 1]);
	assert_int_equal(live(), 0);
	finish();
}

static void large_slabs_go_at_once(void)
{
	struct slab_usage usage;
	void *p;

	begin();
	cache = kmalloc_cache(2048);
	for (unsigned i = 0; i < 4; i++) {
		host_cpu = i & 1 ? &other : &boot_cpu;
		p = kmalloc(2048, 0);
		assert_non_null(p);
		host_cpu = i & 2 ? &other : &boot_cpu;
		kfree(p);
		slab_drain_cpu();
		host_cpu = &boot_cpu;
		slab_drain();
		slab_usage(cache, &usage);
		assert_int_equal(usage.slabs, 0);
	}
	p = kmalloc(2048, 0);
	kfree(p);
	slab_usage(cache, &usage);
	assert_int_equal(usage.slabs, 0);
	finish();
}

/* It is used again before another one is made: there may be no memory for that. */
static void a_large_slab_comes_back(void)
{
	void *p[16];
	struct slab *slab;

	begin();
	cache = kmalloc_cache(2048);
	assert_in_range(cache->per_slab, 2, ARRAY_SIZE(p));
	host_cpu = &boot_cpu;
	for (unsigned i = 0; i < cache->per_slab; i++) {
		p[i] = kmalloc(2048, 0);
		assert_non_null(p[i]);
	}
	slab = slab_header(p[0], cache->slab_bytes);
	host_cpu = &other;
	for (unsigned i = 0; i < cache->per_slab; i++)
		kfree(p[i]);
	assert_int_equal(slab->returned_count, cache->per_slab);
	fake_pages_limit(0);
	host_cpu = &boot_cpu;
	p[0] = kmalloc(2048, 0);
	fake_pages_limit(FAKE_PAGES_BYTES);
	assert_non_null(p[0]);
	assert_ptr_equal(slab_header(p[0], cache->slab_bytes), slab);
	assert_int_equal(cache->slabs, 1);
	assert_null(slab_check(&(vaddr_t){ 0 }));
	kfree(p[0]);
	assert_int_equal(cache->slabs, 0);
	finish();
}

#define HELD  2000
#define STEPS 60000

static void either_does_anything(void)
{
	static struct {
		u8 *p;
		u64 bytes;
	} held[HELD];
	unsigned count = 0;

	begin();
	for (unsigned step = 0; step < STEPS; step++) {
		u64 bytes = 1 + host_random_below(host_random_below(8) ? 128 : 3072);
		unsigned i = count ? (unsigned)host_random_below(count) : 0;

		host_cpu = host_random_below(2) ? &other : &boot_cpu;
		if (host_random_below(2000) == 0) {
			slab_drain();
		} else if (host_random_below(2000) == 0) {
			slab_drain_cpu();
		} else if (count < HELD && host_random_below(3 + step / 5000 % 2) < 2) {
			held[count].p = kmalloc(bytes, 0);
			assert_non_null(held[count].p);
			held[count].bytes = bytes;
			memset(held[count++].p, (int)bytes, bytes);
		} else if (count) {
			for (u64 at = 0; at < held[i].bytes; at++)
				assert_int_equal(held[i].p[at], (u8)held[i].bytes);
			kfree(held[i].p);
			held[i] = held[--count];
		}
		if (step % 500 == 0)
			assert_null(slab_check(&(vaddr_t){ 0 }));
	}
	while (count--) {
		host_cpu = host_random_below(2) ? &other : &boot_cpu;
		kfree(held[count].p);
	}
	finish();
}

#define IN_BOTH_BUILDS(name)                              \
	static void test_##name(void **state)             \
	{                                                 \
		(void)state;                              \
		for (int debug = 0; debug < 2; debug++) { \
			host_debug = debug;               \
			name();                           \
		}                                         \
		host_debug = false;                       \
	}

IN_BOTH_BUILDS(each_has_its_own)
IN_BOTH_BUILDS(what_comes_back)
IN_BOTH_BUILDS(drained)
IN_BOTH_BUILDS(a_cpu_goes)
IN_BOTH_BUILDS(the_emptier_slab)
IN_BOTH_BUILDS(large_slabs_go_at_once)
IN_BOTH_BUILDS(a_large_slab_comes_back)
IN_BOTH_BUILDS(either_does_anything)

static void test_freed_twice(void **state)
{
	(void)state;
	freed_twice();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(test_each_has_its_own),
		HOST_AT_EACH_PAGE_SHIFT(test_what_comes_back),
		HOST_AT_EACH_PAGE_SHIFT(test_freed_twice),
		HOST_AT_EACH_PAGE_SHIFT(test_drained),
		HOST_AT_EACH_PAGE_SHIFT(test_a_cpu_goes),
		HOST_AT_EACH_PAGE_SHIFT(test_the_emptier_slab),
		HOST_AT_EACH_PAGE_SHIFT(test_large_slabs_go_at_once),
		HOST_AT_EACH_PAGE_SHIFT(test_a_large_slab_comes_back),
		HOST_AT_EACH_PAGE_SHIFT(test_either_does_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
