// SPDX-License-Identifier: BSD-2-Clause
/*
 * A CPU that faults while another one changes the kernel's map.
 *
 * Sources: arch/arm64/boot/mmu_lock.c arch/arm64/table/pgtable.c arch/arm64/table/pgtable_hot.c
 * Sources: arch/arm64/table/pgtable_change.c arch/arm64/table/pgtable_replace.c
 * Sources: arch/arm64/table/pgtable_read.c
 * Sources: arch/arm64/table/pgtable_check.c arch/arm64/table/granule.c lib/string.c
 * Sources: tests/host/fake_mmu.c
 */
#include "fake_mmu.h"

#include <cmocka.h>

#include <arch/counter.h>
#include <arch/cpu.h>
#include <arch/mmu.h>

static struct pgtable space;
static u64 now_ns;

struct pgtable *mmu_kernel_pgtable(void)
{
	return &space;
}

/* Each look takes a millisecond. */
static bool has_clock = true;

bool arch_counter_has_unit(void)
{
	return has_clock;
}

u64 arch_counter_ns(void)
{
	if (!has_clock)
		return 0;
	return now_ns += 1000000;
}

static u64 page(void)
{
	return 1ULL << host_page_shift;
}

/* A block, and a run of pages after a hole. */
static u64 begin(void)
{
	u64 block = 1ULL << (2 * host_page_shift - 3), va;

	fake_begin(&space, 48, true);
	space.live = true;
	space.may_break = mmu_is_locked_here;
	va = pgtable_base(&space) + block;
	assert_int_equal(pgtable_map(&space, vaddr(va), paddr(block), block, MAP_DATA), 0);
	assert_int_equal(pgtable_map(&space, vaddr(va + 2 * block), paddr(0), block / 2, MAP_DATA),
			 0);
	return va;
}

static void whoever_faults_waits_for_changes(void **state)
{
	u64 va = begin(), block = 1ULL << (2 * host_page_shift - 3), before = mmu_waits();

	(void)state;
	assert_true(mmu_settle(vaddr(va)));
	assert_true(mmu_settle(vaddr(va + block - 1)));
	assert_true(mmu_settle(vaddr(va + 2 * block)));
	assert_int_equal(mmu_waits() - before, 3);
	assert_false(mmu_settle(vaddr(va - 1)));
	assert_false(mmu_settle(vaddr(va + block)));
	assert_false(mmu_settle(vaddr(0)));
	assert_false(mmu_settle(vaddr(va & ((1ULL << 48) - 1))));
	space.live = false;
	assert_false(mmu_settle(vaddr(va)));
	space.live = true;
	assert_int_equal(mmu_waits() - before, 3);
	fake_end(&space);
}

static void it_does_not_wait_for_ever(void **state)
{
	u64 va = begin(), before = now_ns;
	u64 hole = va + (1ULL << (2 * host_page_shift - 3));

	(void)state;
	assert_ptr_equal(mmu_lock(), &space);
	assert_true(mmu_is_locked_here());
	/* This CPU changes the map: it would wait for itself. */
	assert_false(mmu_settle(vaddr(va)));
	assert_int_equal(now_ns, before);
	/* Another one does, but not here, or no more. */
	host_cpu_id = 2;
	assert_false(mmu_is_locked_here());
	assert_true(mmu_settle(vaddr(va)));
	assert_true(now_ns - before < MMU_SETTLE_NS);
	/* Perhaps here, and it doesn't come to an end. */
	assert_false(mmu_settle(vaddr(hole)));
	assert_true(now_ns - before >= MMU_SETTLE_NS);
	/* Nor where time can't be told. */
	has_clock = false;
	assert_false(mmu_settle(vaddr(hole)));
	has_clock = true;
	host_cpu_id = 1;
	mmu_unlock();
	assert_true(mmu_settle(vaddr(va)));
	fake_end(&space);
}

/* What the hardware takes for no leaf would fault again and again. */
static void an_entry_that_the_hardware_refuses_is_no_page(void **state)
{
	u64 va = begin() + 2 * (1ULL << (2 * host_page_shift - 3));
	struct pgtable_walk walk;
	pte_t *entry;
	paddr_t pa;

	(void)state;
	assert_true(pgtable_walk(&space, vaddr(va), &walk, &pa));
	entry = walk.at[walk.last_level];
	entry->val &= ~PTE_TABLE;
	assert_false(mmu_settle(vaddr(va)));
	entry->val |= PTE_TABLE;
	assert_true(mmu_settle(vaddr(va)));
	fake_end(&space);
}

/* Whatever is broken before it is made is broken under the lock; other changes need not be. */
static void breaks_want_the_lock(void **state)
{
	u64 va = begin(), block = 1ULL << (2 * host_page_shift - 3), run = va + 2 * block;
	u64 bytes = fake_translate(&space, run).run_bytes;

	(void)state;
	assert_true(bytes > page());
	assert_true(HOST_ASSERTS(pgtable_protect(&space, vaddr(run), bytes, MAP_RODATA)));
	assert_true(HOST_ASSERTS(pgtable_unmap(&space, vaddr(run + page()), page())));
	assert_int_equal(pgtable_protect(&space, vaddr(va), block, MAP_RODATA), 0);
	mmu_lock();
	assert_int_equal(pgtable_protect(&space, vaddr(run), bytes, MAP_RODATA), 0);
	assert_int_equal(pgtable_split(&space, vaddr(va + page()), page()), 0);
	mmu_unlock();
	assert_string_equal(fake_translate(&space, run).access, "r-----");
	fake_end(&space);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(whoever_faults_waits_for_changes),
		HOST_AT_EACH_PAGE_SHIFT(it_does_not_wait_for_ever),
		HOST_AT_EACH_PAGE_SHIFT(an_entry_that_the_hardware_refuses_is_no_page),
		HOST_AT_EACH_PAGE_SHIFT(breaks_want_the_lock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
