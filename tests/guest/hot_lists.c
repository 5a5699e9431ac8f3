// SPDX-License-Identifier: BSD-2-Clause
/*
 * Hot lists of several CPUs. What another CPU keeps is fetched from it while it allocates and frees
 * as fast as it can: at any moment, but for those at which its lists are in pieces
 * (<mm/hot_text.h>). And what all share, the buddy allocator's lock, is seldom taken.
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
#include <mm/pages.h>

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

/* On the other CPU: mostly the shortcuts, one block at a time. */
static void storm(void)
{
	while (!__atomic_load_n(&is_over, __ATOMIC_ACQUIRE)) {
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
		pages_drain();
		if (i % 4 == 0)
			shared += use_blocks(HELD, 2ULL << 32 | i << 8);
	}
	__atomic_store_n(&is_over, 1, __ATOMIC_RELEASE);
	second_cpu_end();
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

#define CPUS_MOST  8
#define OPERATIONS 32000 /* of each CPU */
#define TO_BEGIN   8     /* until the lists hold what the loop needs */

extern struct lock_class lock_class_buddy;

static u32 failed; /* allocations. Atomic */

/* So many pages at a time, over and over. */
static void use_pages(void *argument)
{
	unsigned count = *(const unsigned *)argument;
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

/* On all CPUs at once. How often the lock was taken in that; *cpus is how many they were. */
static u64 locks_of_all(unsigned count, unsigned *cpus)
{
	u64 before = spin_taken(lock_class_buddy.lock);
	struct thread *threads[CPUS_MOST];

	*cpus = 0;
	for (struct cpu *cpu = &boot_cpu; cpu && *cpus < CPUS_MOST; cpu = cpu_next(cpu)) {
		struct thread *thread = NULL;

		if (cpu_is_online(cpu))
			thread = thread_create("pages", use_pages, &count, THREAD_NORMAL, cpu);
		if (thread)
			threads[(*cpus)++] = thread;
	}
	for (unsigned i = 0; i < *cpus; i++)
		thread_join(threads[i]);
	return spin_taken(lock_class_buddy.lock) - before;
}

SELFTEST(pages_seldom_take_the_lock)
{
	/* Lists hold 32 pages where these are little of memory. */
	bool many = 32 * page_size() <= MAX(256 * KiB, pages_free_bytes() / 1024);

	failed = 0;
	for (unsigned count = 1; count <= (many ? 32 : 1); count *= 32) {
		unsigned cpus;
		u64 locks = locks_of_all(count, &cpus);

		printk("# %u pages at a time, %u CPUs, %u operations each: %llu times\n", count,
		       cpus, OPERATIONS, locks);
		EXPECT(cpus > 0);
		EXPECT(locks <= (u64)cpus * (OPERATIONS / 32 + TO_BEGIN));
	}
	EXPECT_EQUAL(failed, 0);
	EXPECT_EQUAL(mm_check(), 0);
}
