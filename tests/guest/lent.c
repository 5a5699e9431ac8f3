// SPDX-License-Identifier: BSD-2-Clause
/* Signed movable areas: see lent.h. */
#include <kernel/assert.h>
#include <kernel/cma_report.h>
#include <kernel/compiler.h>
#include <kernel/mm_check.h>
#include <kernel/stress.h>
#include <lib/random.h>
#include <mm/addr.h>
#include <mm/buddy.h>
#include <mm/cma.h>
#include <mm/contig.h>
#include <mm/frame.h>
#include <mm/kmalloc.h>
#include <mm/movable.h>
#include <mm/pages.h>
#include <mm/vmap.h>

#include "lent.h"

/* A word in so many bytes is written and looked at, a cache line: the copying is by these. */
#define STRIDE (64 / sizeof(u64))
#define WORDS  (LENT_AREA_BYTES / sizeof(u64))

static u64 **areas;
static unsigned count, room;
static void *filler; /* what areas leave of the regions */
static u64 random_state;

struct cma_region *lent_region(void)
{
	struct cma_region *region = cma_find(NULL);
	struct cma_usage usage;

	if (!region)
		return NULL;
	pages_drain();
	cma_read_usage(region, &usage);
	return usage.free == region->bytes ? region : NULL;
}

void lent_seed(u64 seed)
{
	random_state = seed;
}

u64 lent_random_below(u64 limit)
{
	return random_below(&random_state, limit);
}

static void sign(u64 *area)
{
	for (u64 i = 0; i < WORDS; i += STRIDE)
		area[i] = vaddr_of(&area[i]).val;
}

static bool is_signed(const u64 *area)
{
	for (u64 i = 0; i < WORDS; i += STRIDE)
		if (area[i] != vaddr_of(&area[i]).val)
			return false;
	return true;
}

static u64 *new_area(void)
{
	u64 *area = movable_alloc(LENT_AREA_BYTES, 0);

	if (area)
		sign(area);
	return area;
}

/* Room for one more in the list of areas. */
static bool make_room(void)
{
	unsigned more = MAX(2 * room, 1024U);
	u64 **list;

	if (count < room)
		return true;
	list = krealloc(areas, more * sizeof(*areas), 0);
	if (!list)
		return false;
	areas = list;
	room = more;
	return true;
}

bool lent_add(u64 bytes)
{
	for (; bytes >= LENT_AREA_BYTES; bytes -= LENT_AREA_BYTES) {
		if (!make_room())
			return false;
		areas[count] = new_area();
		if (!areas[count])
			return false;
		count++;
	}
	return true;
}

unsigned lent_count(void)
{
	return count;
}

u64 *lent_area(unsigned i)
{
	return areas[i];
}

bool lent_remove(unsigned i)
{
	bool right = is_signed(areas[i]);

	movable_free(areas[i]);
	areas[i] = areas[--count];
	return right;
}

static bool is_in_cma(const u64 *word)
{
	return frame_pageblock_type(vmap_to_paddr(word)) == MIGRATE_CMA;
}

/* Area i gets new memory, from a region if one has any. */
static bool renew(unsigned i)
{
	u64 *area = new_area();
	bool right = is_signed(areas[i]);

	if (!area)
		return false;
	movable_free(areas[i]);
	areas[i] = area;
	return right;
}

bool lent_refill(void)
{
	static unsigned next;
	bool right = true;
	u64 rest;

	/* What is hot would be taken before a region's pages. */
	pages_set_hot(false);
	movable_free(filler);
	for (unsigned i = 0; i < count && buddy_free_bytes(MIGRATE_CMA) >= LENT_AREA_BYTES; i++) {
		next = (next + 1) % count;
		if (!is_in_cma(areas[next]))
			right &= renew(next);
	}
	rest = buddy_free_bytes(MIGRATE_CMA);
	filler = movable_alloc(rest, 0);
	pages_set_hot(true);
	return right && !buddy_free_bytes(MIGRATE_CMA);
}

bool lent_is_whole(void)
{
	for (unsigned i = 0; i < count; i++)
		if (!is_signed(areas[i]))
			return false;
	return true;
}

/* ---- what a test took besides ---- */

/* Pins by their virtual addresses, all else by physical ones. */
enum held_kind {
	HELD_PIN,
	HELD_CLAIM,
	HELD_BLOCK,
	HELD_RANGE,
};

static struct held {
	enum held_kind kind;
	u64 at;
	u64 size; /* bytes; of a block, its order */
	struct cma_region *region;
} held[16];

static unsigned held_count;

/* Remember what was taken; an error is passed on. */
static int hold(int err, enum held_kind kind, u64 at, u64 size, struct cma_region *region)
{
	ASSERT(err || held_count < ARRAY_SIZE(held));
	if (!err)
		held[held_count++] = (struct held){ kind, at, size, region };
	return err;
}

static bool give(unsigned i)
{
	struct held h = held[i];

	held[i] = held[--held_count];
	if (h.kind == HELD_PIN)
		movable_unpin(vaddr_ptr(vaddr(h.at)));
	else if (h.kind == HELD_CLAIM)
		return !cma_free(h.region, paddr(h.at), h.size);
	else if (h.kind == HELD_BLOCK)
		pages_free(paddr(h.at), (unsigned)h.size);
	else
		contig_free(paddr(h.at), h.size);
	return true;
}

int lent_pin(const void *at, enum movable_pin how, paddr_t *pa)
{
	*pa = paddr(0);
	return hold(movable_pin(at, how, pa), HELD_PIN, vaddr_of(at).val, 0, NULL);
}

int lent_claim(struct cma_region *region, u64 bytes, u64 align, paddr_t *pa)
{
	int err;

	*pa = paddr(0);
	err = cma_alloc(region, bytes, align, pa);
	return hold(err, HELD_CLAIM, pa->val, bytes, region);
}

int lent_block(unsigned order, unsigned flags, paddr_t *pa)
{
	int err;

	*pa = paddr(0);
	err = pages_alloc(order, flags, pa);
	return hold(err, HELD_BLOCK, pa->val, order, NULL);
}

int lent_range(const struct contig_request *request, struct contig_result *result, paddr_t *pa)
{
	int err;

	*pa = paddr(0);
	err = contig_alloc(request, result, pa);
	return hold(err, HELD_RANGE, pa->val, request->bytes, NULL);
}

int lent_range_at(paddr_t base, u64 bytes, struct contig_result *result)
{
	return hold(contig_alloc_at(base, bytes, result), HELD_RANGE, base.val, bytes, NULL);
}

bool lent_unpin(const void *at)
{
	for (unsigned i = 0; i < held_count; i++)
		if (held[i].kind == HELD_PIN && held[i].at == vaddr_of(at).val)
			return give(i);
	return false;
}

bool lent_give(paddr_t pa)
{
	for (unsigned i = 0; i < held_count; i++)
		if (held[i].kind != HELD_PIN && held[i].at == pa.val)
			return give(i);
	return false;
}

bool lent_end(void)
{
	bool right = true;

	contig_idle = NULL;
	while (held_count)
		right &= give(held_count - 1);
	movable_free(filler);
	filler = NULL;
	while (count)
		right &= lent_remove(count - 1);
	kfree(areas);
	areas = NULL;
	room = 0;
	return right;
}

void lent_expect_end(struct selftest_run *run, u64 free)
{
	EXPECT(lent_end());
	EXPECT_EQUAL(stress_free_bytes(), free);
	EXPECT_EQUAL(mm_check(), 0);
}
