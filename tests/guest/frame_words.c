// SPDX-License-Identifier: BSD-2-Clause
/*
 * What may be written without a lock, beside what is written under one: the word of a block that
 * somebody has, by its owner, and the type of its pageblock.
 */
#include <kernel/selftest.h>
#include <mm/buddy.h>
#include <mm/pageblock.h>
#include <mm/pages.h>

#include "second_cpu.h"

#define ROUNDS 300000

static paddr_t block; /* a pageblock, which is the other CPU's */
static u32 is_over;
static u64 lost; /* by the other CPU */

/* Change the word as its owner does, and look whether each change is there. */
static void use_block(void)
{
	struct frame *f = frame_of(block);

	while (!__atomic_load_n(&is_over, __ATOMIC_ACQUIRE)) {
		for (enum frame_kind kind = FRAME_ALLOCATED; kind < FRAME_KMALLOC; kind++) {
			frame_set_kind(f, kind);
			asm volatile("" ::: "memory");
			lost += frame_kind(f) != kind;
			asm volatile("" ::: "memory");
		}
	}
	frame_set_kind(f, FRAME_ALLOCATED);
}

/* Change the type of the pageblock under the lock meanwhile. Returns how many times it was lost. */
static u64 change_types(void)
{
	u64 count = 0;

	for (unsigned i = 0; i < ROUNDS; i++) {
		enum migratetype type = i % 2 ? MIGRATE_UNMOVABLE : MIGRATE_ISOLATE;

		buddy_lock();
		pageblock_set_type(block, type);
		buddy_unlock();
		count += frame_pageblock_type(block) != type;
	}
	return count;
}

SELFTEST(pageblock_types_beside_words)
{
	unsigned order = buddy_pageblock_order();
	const char *why;
	u64 types = 0;

	lost = 0;
	is_over = 0;
	why = pages_alloc(order, 0, &block) ? "no memory" : second_cpu_start(use_block);
	if (!why) {
		types = change_types();
		__atomic_store_n(&is_over, 1, __ATOMIC_RELEASE);
		second_cpu_end();
	}
	if (block.val)
		pages_free(block, order);
	block.val = 0;
	if (why)
		SKIP_TEST(why);
	EXPECT_EQUAL(types, 0);
	EXPECT_EQUAL(lost, 0);
}
