// SPDX-License-Identifier: BSD-2-Clause
/*
 * Hot lists and slabs of several CPUs. What another CPU keeps is fetched from it while it allocates
 * and frees as fast as it can: at any moment, but for those at which its lists are in pieces
 * (<mm/hot_text.h>). And what all share, the locks of the buddy allocator and of slab caches, is
 * seldom taken.
 */
#include <arch/counter.h>
#include <arch/cpu.h>
#include <arch/page.h>
#include <arch/spinlock.h>
#include <kernel/mm_check.h>
#include <kernel/selftest.h>
#include <kernel/thread.h>
#include <lib/printk.h>
#include <mm/addr.h>
#include <mm/hot_text.h>
#include <mm/kmalloc.h>
#include <mm/pages.h>
#include <mm/slab_object.h>

#include "second_cpu.h"

#define ROUNDS  1000
#define MOST_NS 1000000000 /* where CPUs take turns, each round takes as long as one's turn */
#define HELD    24         /* blocks at a time */

static u32 is_over;
static u64 rounds, wrong; /* of the other CPU */

/* Two words that nobody else writes, unless the block is somebody else's as well. */
static u64 *stamp_of(paddr_t block)
{
	return (u64 *)vaddr_ptr(paddr_to_linear(block)) + 1;
}

/* Take blocks and give them back, in another order. How many others had, too. */
static u64 use_blocks(unsigned most, u64 stamp)
{
	paddr_t block[HELD];
	u64 shared = 0;
	unsigned count = 0;

	while (count < most && !pages_alloc(count % 2, 0, &block[count])) {
		stamp_of(block[count])[0] = stamp + count;
		stamp_of(block[count])[1] = ~stamp;
		count++;
	}
	for (unsigned i = 0; i < count; i++) {
		shared += stamp_of(block[i])[0] != stamp + i || stamp_of(block[i])[1] != ~stamp;
		pages_free(block[i], i % 2);
	}
	return shared;
}

/* The same with objects of the heap. */
static u64 use_heap(unsigned most, u64 stamp)
{
	u64 *object[HELD], shared = 0;
	unsigned count = 0;

	while (count < most && (object[count] = kmalloc(64, 0))) {
		object[count][1] = stamp + count;
		object[count][2] = ~stamp;
		count++;
	}
	for (unsigned i = 0; i < count; i++) {
		shared += object[i][1] != stamp + i || object[i][2] != ~stamp;
		kfree(object[i]);
	}
	return shared;
}

/* On the other CPU: mostly the shortcuts, one block at a time. */
static void storm(void)
{
	while (!__atomic_load_n(&is_over, __ATOMIC_ACQUIRE)) {
		wrong += use_heap(rounds % 8 ? 2 : HELD, 1ULL << 32 | rounds << 8);
		wrong += use_blocks(rounds % 8 ? 2 : HELD, 1ULL << 32 | rounds << 8);
		rounds++;
	}
}

SELFTEST(pages_fetched_from_another_cpu)
{
	u64 free, shared = 0, until;
	const char *why;

	rounds = wrong = is_over = 0;
	why = second_cpu_start(storm);
	if (why)
		SKIP_TEST(why);
	until = arch_counter_ns() + MOST_NS;
	for (u64 i = 0; i < ROUNDS && arch_counter_ns() < until; i++) {
		slab_drain();
		pages_drain();
		if (i % 4 == 0) {
			shared += use_blocks(HELD, 2ULL << 32 | i << 8);
			shared += use_heap(HELD, 2ULL << 32 | i << 8);
		}
	}
	__atomic_store_n(&is_over, 1, __ATOMIC_RELEASE);
	second_cpu_end();
	slab_shrink();
	pages_drain();
	free = pages_free_bytes();
	EXPECT(rounds > 0);
	EXPECT_EQUAL(wrong, 0);
	EXPECT_EQUAL(shared, 0);
	EXPECT_EQUAL(mm_check(), 0);
	shared = use_blocks(HELD, 0);
	EXPECT_EQUAL(shared, 0);
	EXPECT_EQUAL(pages_free_bytes(), free);
}

/* On the other CPU: objects alone, and of one slab. */
static void heap_storm(void)
{
	while (!__atomic_load_n(&is_over, __ATOMIC_ACQUIRE)) {
		wrong += use_heap(rounds % 8 ? 2 : HELD, rounds << 8);
		rounds++;
	}
}

struct fetched {
	struct cpu *by;
	unsigned index; /* the cache's */
	struct slab *slab;
	void *free;
	u32 live;
};

/* A CPU's own slab of one cache, as slab_drain takes it; and how it is at that moment. */
static void fetch(void *argument)
{
	struct fetched *f = argument;
	struct slab **own = &this_cpu()->slabs[f->index];

	f->slab = *own;
	if (!f->slab)
		return;
	SLAB_WRITE(*own, NULL);
	SLAB_WRITE(f->slab->owner, f->by);
	f->free = f->slab->free;
	f->live = f->slab->live;
}

/* Did the other CPU go on with it? It did not, once it has another one. */
static bool is_torn(const struct fetched *f)
{
	while (!SLAB_READ(second_cpu()->slabs[f->index]))
		spin_pause();
	return SLAB_READ(f->slab->free) != f->free || slab_live(f->slab) != f->live;
}

SELFTEST(slab_fetched_is_left_alone)
{
	struct fetched f = { .by = this_cpu(), .index = kmalloc_cache(64)->index };
	u64 fetched = 0, torn = 0, until;
	const char *why;

	rounds = wrong = is_over = 0;
	why = second_cpu_start(heap_storm);
	if (why)
		SKIP_TEST(why);
	until = arch_counter_ns() + MOST_NS;
	for (u64 i = 0; i < ROUNDS && arch_counter_ns() < until; i++) {
		slab_drain_cpu();
		if (!hot_text_ask(second_cpu(), fetch, &f) || !f.slab)
			continue;
		fetched++;
		torn += is_torn(&f);
		/* From here it goes to its cache as this CPU's own ones do. */
		SLAB_WRITE(this_cpu()->slabs[f.index], f.slab);
	}
	slab_drain_cpu();
	__atomic_store_n(&is_over, 1, __ATOMIC_RELEASE);
	second_cpu_end();
	slab_shrink();
	EXPECT(fetched > 0);
	EXPECT_EQUAL(torn, 0);
	EXPECT_EQUAL(wrong, 0);
	EXPECT_EQUAL(mm_check(), 0);
}

#define CPUS_MOST    8
#define OPERATIONS   32000 /* of each CPU */
#define OBJECTS_MOST 200
#define TO_BEGIN     8 /* until the lists hold what the loop needs */

extern struct lock_class lock_class_buddy;

/* What each CPU does, with how many at a time, over and over; and the lock that it is about. */
struct use {
	void (*run)(void *);
	unsigned count;
	const struct spinlock *lock;
};

static u32 failed; /* allocations. Atomic */

/* So many pages at a time, over and over. */
static void use_pages(void *argument)
{
	unsigned count = ((const struct use *)argument)->count;
	paddr_t page[32];

	for (unsigned done = 0; done < OPERATIONS; done += 2 * count) {
		for (unsigned i = 0; i < count; i++) {
			if (pages_alloc(0, 0, &page[i])) {
				__atomic_fetch_add(&failed, 1, __ATOMIC_RELAXED);
				page[i] = paddr(0);
			}
		}
		for (unsigned i = 0; i < count; i++)
			if (page[i].val)
				pages_free(page[i], 0);
	}
}

/* Less of what makes slabs and gives them back: 8 CPUs wait for each other there. */
static unsigned operations(unsigned count)
{
	return count <= 32 ? OPERATIONS : OPERATIONS / 16;
}

/* So many objects of 64 bytes at a time. */
static void use_objects(void *argument)
{
	unsigned count = ((const struct use *)argument)->count;
	u64 *object[OBJECTS_MOST];

	for (unsigned done = 0; done < operations(count); done += 2 * count) {
		for (unsigned i = 0; i < count; i++) {
			object[i] = kmalloc(64, 0);
			if (object[i])
				*object[i] = vaddr_of(object).val + i;
			else
				__atomic_fetch_add(&failed, 1, __ATOMIC_RELAXED);
		}
		for (unsigned i = 0; i < count; i++) {
			if (object[i] && *object[i] != vaddr_of(object).val + i)
				__atomic_fetch_add(&failed, 1, __ATOMIC_RELAXED);
			kfree(object[i]);
		}
	}
}

/* On all CPUs at once. How often the lock was taken in that; *cpus is how many they were. */
static u64 locks_of_all(struct use *use, unsigned *cpus)
{
	u64 before = spin_taken(use->lock);
	struct thread *threads[CPUS_MOST];

	*cpus = 0;
	for (struct cpu *cpu = &boot_cpu; cpu && *cpus < CPUS_MOST; cpu = cpu_next(cpu)) {
		struct thread *thread = NULL;

		if (cpu_is_online(cpu))
			thread = thread_create("hot", use->run, use, THREAD_NORMAL, cpu);
		if (thread)
			threads[(*cpus)++] = thread;
	}
	for (unsigned i = 0; i < *cpus; i++)
		thread_join(threads[i]);
	return spin_taken(use->lock) - before;
}

SELFTEST(pages_seldom_take_the_lock)
{
	/* Lists hold 32 pages where these are little of memory. */
	bool many = 32 * page_size() <= MAX(256 * KiB, pages_free_bytes() / 1024);

	failed = 0;
	for (unsigned count = 1; count <= (many ? 32 : 1); count *= 32) {
		struct use use = { use_pages, count, lock_class_buddy.lock };
		unsigned cpus;
		u64 locks = locks_of_all(&use, &cpus);

		printk("# %u pages at a time, %u CPUs, %u operations each: %llu times\n", count,
		       cpus, OPERATIONS, locks);
		EXPECT(cpus > 0);
		EXPECT(locks <= (u64)cpus * (OPERATIONS / 32 + TO_BEGIN));
	}
	EXPECT_EQUAL(failed, 0);
	EXPECT_EQUAL(mm_check(), 0);
}

/* A slab has 63 of them: with 32 a CPU's own is enough, and 200 take four. */
SELFTEST(slabs_seldom_take_the_lock)
{
	static const unsigned counts[] = { 1, 32, OBJECTS_MOST };
	/* Fewer than 32 where objects are wider apart: with DEBUG=1, SAN=1. */
	const unsigned in_a_slab = kmalloc_cache(64)->per_slab;

	failed = 0;
	for (unsigned i = 0; i < ARRAY_SIZE(counts); i++) {
		struct use use = { use_objects, counts[i], &kmalloc_cache(64)->lock };
		unsigned cpus, most = operations(counts[i]);
		u64 locks = locks_of_all(&use, &cpus);

		printk("# %u objects at a time, %u CPUs, %u operations each: %llu times\n",
		       counts[i], cpus, most, locks);
		EXPECT(cpus > 0);
		EXPECT(locks <= (u64)cpus * (counts[i] <= in_a_slab ? TO_BEGIN : most / 8));
	}
	slab_shrink();
	EXPECT_EQUAL(failed, 0);
	EXPECT_EQUAL(mm_check(), 0);
}
