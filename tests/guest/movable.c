// SPDX-License-Identifier: BSD-2-Clause
/* Pages that move while another CPU uses them all the time: it loses nothing. */
#include <arch/counter.h>
#include <arch/mmu.h>
#include <arch/page.h>
#include <arch/probe.h>
#include <arch/spinlock.h>
#include <kernel/compiler.h>
#include <kernel/cpus.h>
#include <kernel/errno.h>
#include <kernel/selftest.h>
#include <kernel/stress.h>
#include <kernel/thread.h>
#include <lib/printk.h>
#include <mm/addr.h>
#include <mm/buddy.h>
#include <mm/migrate.h>
#include <mm/movable.h>
#include <mm/rmap.h>
#include <mm/vmap.h>

#include "lent.h"
#include "second_cpu.h"

#define PAGES      16
#define MOVES      4000 /* at least */
#define MOVES_MOST 40000
#define WAITS      20 /* accesses that met a page on its way, which end it */
#define CPUS_MOST  16
#define ALL_NS     500000000

static u8 *area;
static u64 written[PAGES]; /* what the other CPU wrote last */
static u32 stop, wrong;
static u64 rounds;

static volatile u64 *word_of(unsigned page)
{
	return (u64 *)(void *)(area + page_shift_left(page) + 8 * page);
}

/* The other CPU's work. */
static void use(void)
{
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		for (unsigned page = 0; page < PAGES; page++) {
			if (*word_of(page) != written[page])
				__atomic_store_n(&wrong, page + 1, __ATOMIC_RELAXED);
			*word_of(page) = ++written[page];
		}
		__atomic_fetch_add(&rounds, 1, __ATOMIC_RELAXED);
		spin_pause();
	}
}

/* To wherever there is memory. */
static bool move_pages(unsigned first, unsigned count)
{
	paddr_t from[PAGES];
	struct migrate_batch batch;
	int err;

	batch.count = 0;
	for (unsigned i = 0; i < count; i++) {
		from[i] = vmap_to_paddr(area + page_shift_left(first + i));
		migrate_add(&batch, from[i], frame_of(from[i])->word);
	}
	err = migrate_run(&batch, MIGRATE_ELSEWHERE);
	buddy_lock();
	for (unsigned i = 0; i < count && !err; i++)
		buddy_put(from[i], 0);
	buddy_unlock();
	return !err;
}

static bool move_some(void)
{
	unsigned count = 1 + (unsigned)lent_random_below(4);

	return move_pages((unsigned)lent_random_below(PAGES - count + 1), count);
}

SELFTEST(movable_moves_under_another_cpu)
{
	u64 before = mmu_waits(), free;
	const char *why;

	free = stress_free_bytes();
	stop = wrong = 0;
	rounds = 0;
	for (unsigned page = 0; page < PAGES; page++)
		written[page] = 0;
	area = movable_alloc(page_shift_left(PAGES), VMALLOC_ZERO);
	why = area ? second_cpu_start(use) : "no memory";
	if (why) {
		movable_free(area);
		SKIP_TEST(why);
	}
	lent_seed(7);
	while (!__atomic_load_n(&rounds, __ATOMIC_RELAXED))
		spin_pause();
	for (unsigned i = 0; i < MOVES_MOST && !run->failed; i++) {
		EXPECT(move_some());
		/* With one thread for both, its turns come while the map is locked. */
		spin_pause();
		if (i >= MOVES && mmu_waits() - before >= WAITS)
			break;
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	second_cpu_end();
	EXPECT_EQUAL(wrong, 0);
	for (unsigned page = 0; page < PAGES; page++)
		EXPECT_EQUAL(*word_of(page), written[page]);
	printk("# %llu rounds, %llu accesses waited for a page\n", rounds, mmu_waits() - before);
	movable_free(area);
	lent_expect_end(run, free);
}

/* Of one page, a line for each CPU: it counts, and finds what it wrote. */
static void count_on_page(void *argument)
{
	volatile u64 *word = argument;
	u64 count = 0;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		if (*word != count)
			__atomic_store_n(&wrong, 1, __ATOMIC_RELAXED);
		*word = ++count;
		if (count == 1)
			__atomic_fetch_add(&rounds, 1, __ATOMIC_RELAXED);
		spin_pause();
	}
}

/* As many threads as the page has lines, or there are other CPUs. False: there are none. */
static bool start_on_page(struct thread **threads, unsigned *count)
{
	for (struct cpu *cpu = &boot_cpu; cpu && *count < CPUS_MOST; cpu = cpu_next(cpu)) {
		u8 *line = area + 64ULL * *count;

		if (cpu == this_cpu() || !cpu_is_online(cpu))
			continue;
		threads[*count] = thread_create("page", count_on_page, line, THREAD_NORMAL, cpu);
		*count += threads[*count] != NULL;
	}
	return *count;
}

SELFTEST(movable_moves_under_all_cpus)
{
	struct thread *threads[CPUS_MOST];
	unsigned count = 0;
	u64 free = stress_free_bytes(), until;

	stop = wrong = 0;
	rounds = 0;
	area = movable_alloc(page_size(), VMALLOC_ZERO);
	if (!area || !start_on_page(threads, &count)) {
		movable_free(area);
		SKIP_TEST("there is no second CPU");
	}
	while (__atomic_load_n(&rounds, __ATOMIC_RELAXED) < count)
		spin_pause();
	until = arch_counter_ns() + ALL_NS;
	for (unsigned i = 0; i < MOVES && arch_counter_ns() < until; i++) {
		EXPECT(move_pages(0, 1));
		spin_pause();
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	while (count)
		thread_join(threads[--count]);
	EXPECT_EQUAL(wrong, 0);
	movable_free(area);
	lent_expect_end(run, free);
}

/* A fault that no page on its way explains is told at once, also to who moves pages. */
SELFTEST(movable_fault_of_the_mover_is_told)
{
	u64 *at = movable_alloc(page_size(), VMALLOC_ZERO);
	vaddr_t behind;
	u8 byte = 1;

	EXPECT(at != NULL);
	if (!at)
		return;
	behind = vaddr(vaddr_of(at).val + page_size());
	EXPECT_EQUAL(arch_probe_read(vaddr_of(at), &byte), 0);
	EXPECT_EQUAL(byte, 0);
	EXPECT(!mmu_settle(behind));
	EXPECT(mmu_settle(vaddr_of(at)));
	EXPECT_EQUAL(arch_probe_read(behind, &byte), (u64)-EFAULT);
	mmu_lock();
	EXPECT(!mmu_settle(vaddr_of(at)));
	EXPECT_EQUAL(arch_probe_read(behind, &byte), (u64)-EFAULT);
	mmu_unlock();
	movable_free(at);
}
