// SPDX-License-Identifier: BSD-2-Clause
/*
 * Everybody at once, as far as one CPU goes: users of movable memory, pinners, claimers, those who
 * allocate what can't move, and those who want large blocks, in random order. While a claim waits,
 * the pinners get on. The content of all that moved is looked at, and in the end all is as before.
 */
#include <arch/page.h>
#include <kernel/errno.h>
#include <kernel/selftest.h>
#include <mm/addr.h>
#include <mm/buddy.h>
#include <mm/cma.h>
#include <mm/contig.h>
#include <mm/mm_check.h>
#include <mm/movable.h>
#include <mm/pages.h>
#include <mm/vmap.h>

#include "lent.h"

#define STEPS       4000
#define CHECK_EVERY 250
#define MOST        24 /* of pins of a kind, of claims, of blocks */

struct pin {
	u64 *at;
	paddr_t pa;
};

static struct pin short_pins[MOST], long_pins[MOST];
static unsigned short_count, long_count;

static struct {
	paddr_t pa;
	u64 bytes;
} claims[MOST];
static unsigned claim_count;

static struct {
	paddr_t pa;
	unsigned order;
} blocks[MOST];
static unsigned block_count;

static struct cma_region *region;

static void let_go(struct selftest_run *run, struct pin *pin)
{
	/* That is what a pin is for. */
	EXPECT_EQUAL(vmap_to_paddr(pin->at).val, pin->pa.val);
	movable_unpin(pin->at);
}

/* Pinners on another CPU: each of them is done some time. */
static struct selftest_run *idle_run;

static void others_get_on(void)
{
	if (short_count)
		let_go(idle_run, &short_pins[--short_count]);
}

static bool is_pinned(const u64 *area)
{
	for (unsigned i = 0; i < short_count; i++)
		if (short_pins[i].at == area)
			return true;
	for (unsigned i = 0; i < long_count; i++)
		if (long_pins[i].at == area)
			return true;
	return false;
}

static void use_movable(struct selftest_run *run)
{
	unsigned i;

	if (lent_random_below(2) || lent_count() < 2) {
		(void)lent_add(LENT_AREA_BYTES * (1 + lent_random_below(8)));
		return;
	}
	i = (unsigned)lent_random_below(lent_count());
	if (!is_pinned(lent_area(i)))
		EXPECT(lent_remove(i));
}

static void use_pins(struct selftest_run *run)
{
	bool is_short = lent_random_below(2);
	unsigned *count = is_short ? &short_count : &long_count;
	struct pin *pins = is_short ? short_pins : long_pins;

	if (*count == MOST || (*count && lent_random_below(2))) {
		let_go(run, &pins[--*count]);
		return;
	}
	if (!lent_count())
		return;
	pins[*count].at = lent_area((unsigned)lent_random_below(lent_count()));
	if (movable_pin(pins[*count].at, is_short ? MOVABLE_PIN_SHORT : MOVABLE_PIN_LONG,
			&pins[*count].pa))
		return; /* no memory outside, or pinned for a short time by another */
	if (!is_short)
		EXPECT(pins[*count].pa.val - region->base.val >= region->bytes);
	++*count;
}

static void use_region(struct selftest_run *run)
{
	unsigned i;

	if (claim_count < MOST && lent_random_below(2)) {
		u64 bytes = 1 + lent_random_below(region->bytes >> lent_random_below(10));

		if (cma_alloc(region, bytes, 1ULL << lent_random_below(22),
			      &claims[claim_count].pa))
			return; /* claimed already, or memory is full */
		*(u64 *)vaddr_ptr(paddr_to_linear(claims[claim_count].pa)) = ~0ULL;
		claims[claim_count++].bytes = bytes;
	} else if (claim_count) {
		i = (unsigned)lent_random_below(claim_count);
		EXPECT_EQUAL(cma_free(region, claims[i].pa, claims[i].bytes), 0);
		claims[i] = claims[--claim_count];
	}
}

static void use_blocks(struct selftest_run *run)
{
	unsigned order = (unsigned)lent_random_below(buddy_pageblock_order() + 2);
	unsigned i;

	if (block_count < MOST && lent_random_below(2)) {
		if (pages_alloc(order, lent_random_below(2) ? PAGES_COMPACT : 0,
				&blocks[block_count].pa))
			return;
		EXPECT(frame_pageblock_type(blocks[block_count].pa) < MIGRATE_CMA);
		*(u64 *)vaddr_ptr(paddr_to_linear(blocks[block_count].pa)) = ~0ULL;
		blocks[block_count++].order = order;
	} else if (block_count) {
		i = (unsigned)lent_random_below(block_count);
		pages_free(blocks[i].pa, blocks[i].order);
		blocks[i] = blocks[--block_count];
	}
}

static void step(struct selftest_run *run)
{
	static void (*const users[])(struct selftest_run * run) = { use_movable, use_pins,
								    use_region, use_blocks };

	users[lent_random_below(ARRAY_SIZE(users))](run);
}

static void end(struct selftest_run *run, u64 free)
{
	while (short_count)
		let_go(run, &short_pins[--short_count]);
	while (long_count)
		let_go(run, &long_pins[--long_count]);
	while (claim_count--)
		EXPECT_EQUAL(cma_free(region, claims[claim_count].pa, claims[claim_count].bytes),
			     0);
	while (block_count--)
		pages_free(blocks[block_count].pa, blocks[block_count].order);
	claim_count = block_count = 0;
	lent_expect_end(run, free);
}

SELFTEST(cma_stress)
{
	u64 free;

	region = cma_find(NULL);
	if (!region)
		SKIP_TEST("no CMA region: cma=SIZE on the command line makes one");
	free = lent_free_bytes();
	lent_seed(1805);
	idle_run = run;
	contig_idle = others_get_on;
	/* Half of memory to begin with, so that it is short at times. */
	EXPECT(lent_add(MIN(free / 2, 128 * MiB)));
	for (unsigned i = 1; i <= STEPS && !run->failed; i++) {
		step(run);
		if (i % CHECK_EVERY == 0) {
			EXPECT(lent_is_whole());
			EXPECT_EQUAL(mm_check(), 0);
		}
	}
	contig_idle = NULL;
	end(run, free);
}
