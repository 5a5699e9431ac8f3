// SPDX-License-Identifier: BSD-2-Clause
/*
 * Hot lists of two CPUs: each works on its own, and one that needs memory gets what is on the
 * other's. What <mm/hot_text.h> says of the moment for that.
 *
 * Sources: mm/page/frame.c mm/page/buddy.c mm/page/buddy_check.c mm/page/pageblock.c
 * Sources: mm/page/pages.c mm/page/pages_hot.c mm/page/hot_text.c mm/boot/memblock.c
 * Sources: mm/boot/region_list.c lib/format.c lib/string.c arch/arm64/table/granule.c
 * Sources: tests/host/fake_machine.c tests/host/fake_image.S tests/host/buddy_model.c
 * Sources: tests/host/machine_pages.c mm/page/boot_data.c
 */
#include <string.h>

#include "machine_pages.h"

#include <cmocka.h>

#include <arch/context.h>
#include <arch/cpu.h>
#include <arch/mmu.h>
#include <arch/page.h>
#include <arch/sections.h>
#include <kernel/errno.h>
#include <kernel/ipi.h>
#include <mm/buddy.h>

#include "../../mm/page/inside.h"

static struct cpu other;
static struct regs interrupted; /* what an interrupt finds there */
static unsigned calls;          /* of ipi_call */
static unsigned leaves_after;   /* so many calls it leaves the shortcuts; 0: when it likes */
static bool map_is_locked;

static u64 address(const void *at)
{
	return (u64)(uintptr_t)at;
}

bool mmu_is_locked_here(void)
{
	return map_is_locked;
}

static void run_on(struct cpu *cpu)
{
	host_cpu = cpu;
}

bool ipi_call(struct cpu *to, bool (*function)(void *), void *argument)
{
	struct cpu *here = host_cpu;
	bool done;

	assert_ptr_not_equal(to, here);
	assert_false(spin_is_locked(&buddy.lock));
	if (++calls == leaves_after)
		interrupted.pc = address(_hot_text_end);
	run_on(to);
	done = function(argument);
	run_on(here);
	return done;
}

static void begin_two(void)
{
	static u8 memory[4096] __attribute__((aligned(16)));

	run_on(&boot_cpu);
	boot_cpu.next = NULL;
	begin();
	assert_true(pages_cpu_bytes() <= sizeof(memory));
	memset(memory, 0x5a, sizeof(memory));
	other = (struct cpu){ .number = 1, .online = true, .interrupted = &interrupted };
	boot_cpu.online = true;
	boot_cpu.interrupted = &interrupted;
	pages_init_cpu(&other, memory);
	boot_cpu.next = &other;
	interrupted.pc = address(_hot_text_end);
	calls = leaves_after = 0;
	map_is_locked = false;
}

static void finish_two(void)
{
	run_on(&boot_cpu);
	finish();
	assert_int_equal(hot_bytes(), 0);
	boot_cpu.next = NULL;
}

static bool is_hot(u64 pa)
{
	return frame_kind(frame_of(paddr(pa))) == FRAME_HOT;
}

/* ---- each on its own lists ---- */

static void each_has_its_own(void **state)
{
	u64 a, b;

	(void)state;
	begin_two();
	a = alloc(0, 0);
	b = alloc(0, 0);
	run_on(&other);
	pages_free(paddr(a), 0);
	assert_true(is_hot(a));
	run_on(&boot_cpu);
	pages_free(paddr(b), 0);
	/* What was freed there comes there. */
	assert_int_equal(alloc(0, 0), b);
	run_on(&other);
	assert_int_equal(alloc(0, 0), a);
	assert_int_equal(calls, 0);
	pages_free(paddr(a), 0);
	pages_free(paddr(b), 0);
	assert_true(is_hot(a) && is_hot(b));
	assert_int_equal(pages_free_bytes(), all_bytes);
	finish_two();
}

static void drained_from_the_other(void **state)
{
	u64 a;

	(void)state;
	begin_two();
	a = alloc(0, 0);
	pages_drain_cpu();
	run_on(&other);
	pages_free(paddr(a), 0);
	run_on(&boot_cpu);
	pages_drain_cpu();
	assert_true(is_hot(a));
	pages_drain();
	assert_false(is_hot(a));
	assert_int_equal(calls, 1);
	/* It isn't woken for nothing. */
	pages_drain();
	assert_int_equal(calls, 1);
	finish_two();
}

/* One that is about to go takes nothing with it, and is not asked afterwards. */
static void a_cpu_goes(void **state)
{
	u64 a;

	(void)state;
	begin_two();
	run_on(&other);
	a = alloc(0, 0);
	pages_free(paddr(a), 0);
	assert_true(hot_bytes() > 0);
	pages_drain_cpu();
	other.online = false;
	run_on(&boot_cpu);
	assert_int_equal(hot_bytes(), 0);
	pages_drain();
	pages_set_hot(false);
	assert_int_equal(calls, 0);
	/* When it comes back it does as all do. */
	other.online = true;
	run_on(&other);
	pages_free(paddr(alloc(0, 0)), 0);
	assert_int_equal(hot_bytes(), 0);
	pages_set_hot(true);
	finish_two();
}

/* ---- the moment ---- */

static void not_within_the_shortcuts(void **state)
{
	static const s64 offsets[] = { 0, 4, 0x80, 0xfc };

	(void)state;
	begin_two();
	for (unsigned i = 0; i < ARRAY_SIZE(offsets); i++) {
		u64 a;

		run_on(&other);
		a = alloc(0, 0);
		pages_free(paddr(a), 0);
		run_on(&boot_cpu);
		calls = 0;
		leaves_after = 5;
		interrupted.pc = address(_hot_text) + (u64)offsets[i];
		pages_drain();
		assert_int_equal(calls, 5);
		assert_false(is_hot(a));
	}
	leaves_after = 0;
	finish_two();
}

static void next_to_the_shortcuts(void **state)
{
	u64 pc[] = { address(_hot_text) - 4, address(_hot_text_end), 0, ~3ULL };

	(void)state;
	begin_two();
	for (unsigned i = 0; i < ARRAY_SIZE(pc); i++) {
		run_on(&other);
		pages_free(paddr(alloc(0, 0)), 0);
		run_on(&boot_cpu);
		calls = 0;
		interrupted.pc = pc[i];
		pages_drain();
		assert_int_equal(calls, 1);
		assert_int_equal(hot_bytes(), 0);
	}
	/* It goes off, and answers without an interrupt. */
	run_on(&other);
	pages_free(paddr(alloc(0, 0)), 0);
	other.interrupted = NULL;
	run_on(&boot_cpu);
	pages_drain();
	assert_int_equal(hot_bytes(), 0);
	finish_two();
}

/* Who holds the map's lock gets its own blocks back, and waits for nobody. */
static void not_with_the_map(void **state)
{
	(void)state;
	begin_two();
	run_on(&other);
	pages_free(paddr(alloc(0, 0)), 0);
	run_on(&boot_cpu);
	pages_free(paddr(alloc(0, 0)), 0);
	map_is_locked = true;
	pages_drain();
	assert_int_equal(calls, 0);
	assert_true(hot_bytes() > 0);
	map_is_locked = false;
	finish_two();
}

/* ---- what it is for ---- */

static void memory_runs_short(void **state)
{
	unsigned count;

	(void)state;
	begin_two();
	count = exhaust(0, 0);
	run_on(&other);
	for (unsigned i = 0; i < 4; i++)
		pages_free(paddr(taken[--count]), 0);
	run_on(&boot_cpu);
	calls = 0;
	for (unsigned i = 0; i < 4; i++)
		taken[count++] = alloc(0, 0);
	assert_int_equal(calls, 1);
	assert_int_equal(pages_alloc(0, 0, &(paddr_t){ 0 }), -ENOMEM);
	while (count)
		pages_free(paddr(taken[--count]), 0);
	finish_two();
}

static void none_hot_anywhere(void **state)
{
	(void)state;
	begin_two();
	run_on(&other);
	pages_free(paddr(alloc(0, 0)), 0);
	run_on(&boot_cpu);
	pages_set_hot(false);
	assert_int_equal(hot_bytes(), 0);
	for (unsigned i = 0; i < 2; i++) {
		pages_free(paddr(alloc(0, 0)), 0);
		pages_free(paddr(alloc(3, PAGES_MOVABLE)), 3);
		assert_int_equal(hot_bytes(), 0);
		run_on(&other);
	}
	pages_set_hot(true);
	for (unsigned i = 0; i < 2; i++) {
		u64 a = alloc(0, 0);

		pages_free(paddr(a), 0);
		assert_true(is_hot(a));
		run_on(&boot_cpu);
	}
	finish_two();
}

/* ---- anything, in any order ---- */

#define STEPS 60000
#define MOST  600

static struct {
	u64 pa;
	unsigned order;
} blocks[MOST];

static unsigned block_count;
static u64 held_bytes;

static void step_take(void)
{
	unsigned order = (unsigned)host_random_below(6);
	unsigned flags = (unsigned)host_random_below(2) * PAGES_MOVABLE;
	paddr_t pa;

	if (block_count == MOST || pages_alloc(order, flags, &pa))
		return;
	assert_int_equal(pa.val & (bytes_of(order) - 1), 0);
	assert_int_equal(frame_kind(frame_of(pa)), FRAME_ALLOCATED);
	buddy_model_take(pa.val, bytes_of(order));
	blocks[block_count].pa = pa.val;
	blocks[block_count++].order = order;
	held_bytes += bytes_of(order);
}

static void step_give(void)
{
	unsigned i;

	if (!block_count)
		return;
	i = (unsigned)host_random_below(block_count);
	pages_free(paddr(blocks[i].pa), blocks[i].order);
	buddy_model_give(blocks[i].pa, bytes_of(blocks[i].order));
	held_bytes -= bytes_of(blocks[i].order);
	blocks[i] = blocks[--block_count];
}

static void either_does_anything(void **state)
{
	(void)state;
	begin_two();
	block_count = 0;
	held_bytes = 0;
	for (unsigned step = 0; step < STEPS; step++) {
		run_on(host_random_below(2) ? &other : &boot_cpu);
		leaves_after = calls + 1 + (unsigned)host_random_below(3);
		interrupted.pc = address(_hot_text) + host_random_below(0x200);
		if (host_random_below(1000) == 0)
			pages_drain();
		else if (host_random_below(4000) == 0)
			pages_set_hot(host_random_below(4));
		else if (host_random_below(2 + step / 1000 % 2))
			step_take();
		else
			step_give();
		assert_int_equal(pages_free_bytes() + held_bytes, all_bytes);
	}
	while (block_count)
		step_give();
	pages_set_hot(true);
	finish_two();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(each_has_its_own),
		HOST_AT_EACH_PAGE_SHIFT(drained_from_the_other),
		HOST_AT_EACH_PAGE_SHIFT(a_cpu_goes),
		HOST_AT_EACH_PAGE_SHIFT(not_within_the_shortcuts),
		HOST_AT_EACH_PAGE_SHIFT(next_to_the_shortcuts),
		HOST_AT_EACH_PAGE_SHIFT(not_with_the_map),
		HOST_AT_EACH_PAGE_SHIFT(memory_runs_short),
		HOST_AT_EACH_PAGE_SHIFT(none_hot_anywhere),
		HOST_AT_EACH_PAGE_SHIFT(either_does_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
