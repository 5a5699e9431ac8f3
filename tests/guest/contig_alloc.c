// SPDX-License-Identifier: BSD-2-Clause
/* Ranges of ordinary memory that is in use: what is in their way moves, or they lie elsewhere. */
#include <arch/page.h>
#include <kernel/errno.h>
#include <kernel/mm_check.h>
#include <kernel/selftest.h>
#include <lib/string.h>
#include <mm/addr.h>
#include <mm/contig_alloc.h>
#include <mm/movable.h>
#include <mm/pages.h>

#include "lent.h"

#define RANGE_BYTES (5 * MiB + 1) /* whole pageblocks, and a page more */
#define RANGE_ALIGN (2 * MiB)

/* Half of it stays lent; the rest has to hold two ranges with what is kept from both. */
#define LEAST_BYTES (36 * MiB)

/* All of memory lent, then every second area given back: nothing large is free. */
static void fragment(struct selftest_run *run)
{
	while (lent_add(LENT_AREA_BYTES))
		;
	for (unsigned i = lent_count(); i >= 2; i -= 2)
		EXPECT(lent_remove(i - 2));
}

static bool overlap(paddr_t a, u64 a_bytes, paddr_t b, u64 b_bytes)
{
	return a.val < b.val + b_bytes && b.val < a.val + a_bytes;
}

SELFTEST(contig_alloc)
{
	struct contig_range avoid[2];
	struct contig_request request = { .bytes = RANGE_BYTES,
					  .align = RANGE_ALIGN,
					  .avoid = avoid };
	struct contig_result result;
	u64 free = stress_free_bytes();
	paddr_t range, other, pinned;

	if (free > 256 * MiB)
		SKIP_TEST("too much memory to take it all in a test's time");
	if (free < LEAST_BYTES)
		SKIP_TEST("too little memory for large blocks of it, once it is fragmented");
	fragment(run);
	EXPECT_EQUAL(lent_range(&request, &result, &range), 0);
	if (!range.val || !lent_count()) {
		lent_expect_end(run, free);
		return;
	}
	EXPECT_EQUAL(range.val % RANGE_ALIGN, 0);
	EXPECT(result.moved_bytes > 0);
	EXPECT_EQUAL(mm_check(), 0);
	/* It is the caller's: nobody misses what is written there. */
	memset(vaddr_ptr(paddr_to_linear(range)), 0x5a, page_align_up(RANGE_BYTES));
	EXPECT(lent_is_whole());

	/* Not there, and not where something is pinned. */
	EXPECT_EQUAL(lent_pin(lent_area(0), MOVABLE_PIN_LONG, &pinned), 0);
	avoid[0] = (struct contig_range){ range, RANGE_BYTES };
	avoid[1] = (struct contig_range){ paddr_add(range, 8 * MiB + 1), 1 };
	request.avoid_count = 2;
	EXPECT(lent_give(range));
	EXPECT_EQUAL(lent_range(&request, &result, &other), 0);
	for (unsigned i = 0; i < 2; i++)
		EXPECT(!overlap(other, RANGE_BYTES, avoid[i].base, avoid[i].bytes));
	EXPECT(!overlap(other, RANGE_BYTES, pinned, 1));
	pinned = paddr(page_align_down(pinned.val));
	EXPECT_EQUAL(lent_range_at(pinned, page_size(), &result), (u64)-EBUSY);
	EXPECT_EQUAL(result.where.val, pinned.val);
	EXPECT(lent_unpin(lent_area(0)));

	/* The place that was given back, once more. */
	EXPECT_EQUAL(lent_range_at(range, 2 * RANGE_ALIGN, &result), 0);
	EXPECT(lent_is_whole());
	EXPECT_EQUAL(mm_check(), 0);
	EXPECT(lent_give(range));
	EXPECT(lent_give(other));
	request.bytes = free;
	EXPECT_EQUAL(lent_range(&request, &result, &other), (u64)-ENOMEM);
	EXPECT(result.largest_bytes >= RANGE_BYTES && result.largest_bytes < free);
	lent_expect_end(run, free);
}
