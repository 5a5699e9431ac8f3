// SPDX-License-Identifier: BSD-2-Clause
/*
 * Figures for kmalloc and kfree, each by itself: hot, as the only object of its cache, and as one
 * of many, with all that is rare in its share.
 */
#include <arch/pmu.h>
#include <kernel/bench.h>
#include <lib/printk.h>
#include <mm/kmalloc.h>

#define ROUNDS 1000
#define MANY   1000

/* The same object over and over; its slab is empty in between. */
static void bench_hot(const char *alloc_name, const char *free_name, u64 bytes)
{
	u64 alloc = 0, free = 0, empty = 0;

	for (unsigned i = 0; i < ROUNDS + 1; i++) {
		u32 start = pmu_instructions(), middle, end, again;
		void *p = kmalloc(bytes, 0);

		middle = pmu_instructions();
		kfree(p);
		end = pmu_instructions();
		again = pmu_instructions();
		if (i == 0)
			continue; /* had to make a slab */
		alloc += middle - start;
		free += end - middle;
		empty += again - end;
	}
	bench_report(alloc_name, alloc - empty, ROUNDS);
	bench_report(free_name, free - empty, ROUNDS);
}

/* Slabs are made, filled, emptied and given back. The loop's few instructions are counted, too. */
static void bench_many(const char *alloc_name, const char *free_name, u64 bytes)
{
	void **objects = kmalloc(MANY * sizeof(*objects), 0);
	u32 start = pmu_instructions(), middle;

	if (!objects) {
		printk("bench: %s: no memory for %u pointers\n", alloc_name, MANY);
		return;
	}
	for (unsigned i = 0; i < MANY; i++)
		objects[i] = kmalloc(bytes, 0);
	middle = pmu_instructions();
	bench_report(alloc_name, middle - start, MANY);
	middle = pmu_instructions();
	for (unsigned i = 0; i < MANY; i++)
		kfree(objects[i]);
	bench_report(free_name, pmu_instructions() - middle, MANY);
	kfree(objects);
}

void bench_heap(void)
{
	bench_hot("kmalloc_64", "kfree_64", 64);
	bench_many("kmalloc_64_many", "kfree_64_many", 64);
	bench_hot("kmalloc_2048", "kfree_2048", 2048);
}
