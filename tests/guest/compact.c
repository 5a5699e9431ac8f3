// SPDX-License-Identifier: BSD-2-Clause
/* Large blocks where only scraps are free, with no region reserved for them. */
#include <arch/page.h>
#include <kernel/errno.h>
#include <kernel/mm_check.h>
#include <kernel/selftest.h>
#include <mm/buddy.h>
#include <mm/kmalloc.h>
#include <mm/movable.h>
#include <mm/pages.h>

#include "lent.h"

/* All of memory lent, then every second area given back: free are pieces of an area's size. */
static void fragment(struct selftest_run *run)
{
	while (lent_add(LENT_AREA_BYTES))
		;
	/* From the end, since the last one takes the number of the one that goes. */
	for (unsigned i = lent_count(); i >= 2; i -= 2)
		EXPECT(lent_remove(i - 2));
}

/* Half of it stays lent, and three blocks of 4 MiB are to be made of the rest. */
#define LEAST_BYTES (36 * MiB)

SELFTEST(compact_makes_large_blocks)
{
	unsigned order = buddy_pageblock_order();
	paddr_t plain, block, larger, pinned;
	u64 free, *last;
	void *heap;

	free = stress_free_bytes();
	if (free > 256 * MiB)
		SKIP_TEST("too much memory to take it all in a test's time");
	if (free < LEAST_BYTES)
		SKIP_TEST("too little memory for large blocks of it, once it is fragmented");
	fragment(run);
	if (!lent_count())
		SKIP_TEST("too little memory to fragment it");
	EXPECT_EQUAL(lent_block(order, 0, &plain), (u64)-ENOMEM);
	last = lent_area(lent_count() - 1);
	EXPECT_EQUAL(lent_pin(last, MOVABLE_PIN_LONG, &pinned), 0);
	EXPECT_EQUAL(lent_block(order, PAGES_COMPACT, &block), 0);
	EXPECT_EQUAL(lent_block(order + 1, PAGES_COMPACT, &larger), 0);
	/* The heap asks for it by itself. */
	heap = kmalloc(3 * MiB, 0);
	EXPECT(heap != NULL);
	EXPECT(lent_is_whole());
	EXPECT_EQUAL(mm_check(), 0);
	kfree(heap);
	lent_expect_end(run, free);
}
