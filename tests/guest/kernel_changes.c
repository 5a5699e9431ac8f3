// SPDX-License-Identifier: BSD-2-Clause
/*
 * The kernel's map changes while another CPU uses what it maps: blocks become tables, runs lose
 * their hint or get other permissions. Each is a break-before-make, and the other CPU waits.
 */
#include <arch/mmu.h>
#include <arch/page.h>
#include <arch/spinlock.h>
#include <kernel/compiler.h>
#include <kernel/selftest.h>
#include <lib/printk.h>
#include <mm/vmap.h>

#include "second_cpu.h"

#define BYTES       (2 * MiB) /* a block at 4K, a contiguous run at 16K and 64K */
#define ROUNDS      4         /* at least */
#define ROUNDS_MOST 4000
#define WAITS       8 /* accesses that met a change, which end it */

static u8 *shown; /* what the other CPU reads; NULL: nothing, and it says when it has stopped */
static u32 reads, idle, stop;

/* The other CPU's work. */
static void use(void)
{
	while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
		volatile u8 *area = __atomic_load_n(&shown, __ATOMIC_ACQUIRE);

		__atomic_store_n(&idle, !area, __ATOMIC_RELEASE);
		for (u64 at = 0; area && at < BYTES; at += page_size())
			(void)area[at];
		if (area)
			__atomic_fetch_add(&reads, 1, __ATOMIC_RELEASE);
		else
			spin_pause();
	}
}

static void show(u8 *area)
{
	u32 before = __atomic_load_n(&reads, __ATOMIC_RELAXED);

	__atomic_store_n(&shown, area, __ATOMIC_RELEASE);
	while (area ? __atomic_load_n(&reads, __ATOMIC_ACQUIRE) == before
		    : !__atomic_load_n(&idle, __ATOMIC_ACQUIRE))
		spin_pause();
}

static int protect(u8 *area, u64 first, u64 bytes, enum map_kind kind)
{
	int err = pgtable_protect(mmu_lock(), vaddr(vaddr_of(area).val + first), bytes, kind);

	mmu_unlock();
	return err;
}

/* A block is split, a whole run changes, and then it is cut; it ends as what may be freed. */
static int change(u8 *area)
{
	u64 run = page_size() << granule_contig_shift(mmu_kernel_pgtable()->granule,
						      GRANULE_LAST_LEVEL);
	u64 first = BYTES - run;
	int err = pgtable_split(mmu_lock(), vaddr(vaddr_of(area).val + first), run);

	mmu_unlock();
	for (unsigned i = 0; i < 4 && !err; i++) {
		err = protect(area, first, run, MAP_RODATA);
		if (!err)
			err = protect(area, first, run, MAP_DATA);
	}
	return err ? err : protect(area, first + 5 * page_size(), page_size(), MAP_RODATA);
}

SELFTEST(kernel_changes_under_another_cpu)
{
	u64 before = mmu_waits(), waits = 0;
	const char *why;

	stop = 0;
	shown = NULL;
	why = second_cpu_start(use);
	if (why)
		SKIP_TEST(why);
	for (unsigned i = 0; i < ROUNDS_MOST && !run->failed; i++) {
		u8 *area = vmalloc(BYTES, 0);

		EXPECT(area != NULL);
		if (!area)
			break;
		show(area);
		EXPECT_EQUAL(change(area), 0);
		show(NULL);
		vfree(area);
		waits = mmu_waits() - before;
		if (i >= ROUNDS && waits >= WAITS)
			break;
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	second_cpu_end();
	printk("# %llu accesses waited for a change of the map\n", waits);
}
