// SPDX-License-Identifier: BSD-2-Clause
/*
 * The page allocator on the machine's own memory: take all of it, give all of it back, find it
 * as it was.
 */
#include <arch/page.h>
#include <kernel/errno.h>
#include <kernel/mm_check.h>
#include <kernel/selftest.h>
#include <mm/addr.h>
#include <mm/buddy.h>
#include <mm/pages.h>

/* Free blocks by type and order: what a test leaves has to be what it found. */
struct census {
	u32 count[MIGRATE_TYPES][BUDDY_ORDERS];
};

static void take_census(struct census *census)
{
	pages_drain();
	for (unsigned type = 0; type < MIGRATE_TYPES; type++)
		for (unsigned order = 0; order < BUDDY_ORDERS; order++)
			census->count[type][order] = buddy_count((enum migratetype)type, order);
}

static void expect_census(struct selftest_run *run, const struct census *before)
{
	struct census now;

	take_census(&now);
	for (unsigned type = 0; type < MIGRATE_TYPES; type++)
		for (unsigned order = 0; order < BUDDY_ORDERS; order++)
			EXPECT_EQUAL(now.count[type][order], before->count[type][order]);
	EXPECT_EQUAL(mm_check(), 0);
}

/* Clearing more would make an emulator's host find memory for it. */
#define ZERO_MOST (8 * MiB)

SELFTEST(pages_alloc_free)
{
	struct census before;
	paddr_t a, b;

	take_census(&before);
	for (unsigned order = 0; order <= buddy_max_order(); order++) {
		u64 bytes = page_size() << order;

		bool zero = bytes <= ZERO_MOST;

		if (pages_alloc(order, zero ? PAGES_ZERO : 0, &a))
			break; /* no block this large on a small machine */
		EXPECT_EQUAL(a.val & (bytes - 1), 0);
		if (!zero) {
			pages_free(a, order);
			continue;
		}
		EXPECT_EQUAL(*(u64 *)vaddr_ptr(paddr_to_linear(a)), 0);
		EXPECT_EQUAL(*(u64 *)vaddr_ptr(vaddr(paddr_to_linear(a).val + bytes - 8)), 0);
		*(u64 *)vaddr_ptr(paddr_to_linear(a)) = ~0ULL;
		pages_free(a, order);
	}
	a = b = paddr(0);
	EXPECT_EQUAL(pages_alloc(0, 0, &a), 0);
	EXPECT_EQUAL(pages_alloc(0, PAGES_MOVABLE, &b), 0);
	EXPECT(!paddr_equal(a, b));
	if (b.val)
		pages_free(b, 0);
	if (a.val)
		pages_free(a, 0);
	EXPECT_EQUAL(pages_alloc(buddy_max_order() + 1, 0, &a), (u64)-EINVAL);
	expect_census(run, &before);
}

SELFTEST(pages_exact)
{
	struct census before;
	paddr_t pa;
	u64 free;

	take_census(&before);
	free = pages_free_bytes();
	/* The most are cut from a block of 64, which a small machine may have in no place. */
	if (free < 4 * 64 * page_size())
		SKIP_TEST("too little memory for 37 pages in one piece");
	for (unsigned pages = 1; pages <= 37; pages++) {
		u64 bytes = pages * page_size() - 17;

		int err = pages_alloc_exact(bytes, 0, &pa);

		EXPECT_EQUAL(err, 0);
		if (err)
			break;
		EXPECT_EQUAL(free - pages_free_bytes(), pages * page_size());
		pages_free_exact(pa, bytes);
	}
	EXPECT_EQUAL(pages_alloc_exact(0, 0, &pa), (u64)-EINVAL);
	expect_census(run, &before);
}

/*
 * All of memory, in blocks of `order` and then in single pages, each chained to the last by its
 * first word; then all of it back.
 */
static u64 exhaust(struct selftest_run *run, unsigned order)
{
	struct link {
		struct link *next;
		u64 order;
	} *first = NULL;
	u64 bytes = 0;
	paddr_t pa;

	for (;;) {
		struct link *link;

		if (pages_alloc(order, 0, &pa)) {
			if (!order)
				break;
			order = 0;
			continue;
		}
		link = vaddr_ptr(paddr_to_linear(pa));
		link->next = first;
		link->order = order;
		first = link;
		bytes += page_size() << order;
	}
	EXPECT_EQUAL(pages_free_bytes(), buddy_free_bytes(MIGRATE_CMA));
	while (first) {
		struct link *link = first;

		first = link->next;
		pages_free(linear_to_paddr(vaddr_of(link)), (unsigned)link->order);
	}
	return bytes;
}

SELFTEST(pages_exhaust)
{
	struct census before;
	u64 free;

	take_census(&before);
	free = pages_free_bytes() - buddy_free_bytes(MIGRATE_CMA); /* for what can't move */
	/* Nothing is kept back, and nothing is lost. Large machines in large blocks, for time. */
	if (free > 4 * GiB)
		SKIP_TEST("too much memory to take it all page by page in a test's time");
	EXPECT_EQUAL(exhaust(run, buddy_pageblock_order()), free);
	expect_census(run, &before);
	if (free <= 512 * MiB)
		EXPECT_EQUAL(exhaust(run, 0), free);
	expect_census(run, &before);
}
