// SPDX-License-Identifier: BSD-2-Clause
/* The naive model of the buddy allocator: <buddy_model.h> says what it is for. */
#include <stdlib.h>
#include <string.h>

#include "buddy_model.h"
#include "fake_machine.h"

#include <cmocka.h>

#include <arch/page.h>
#include <kernel/compiler.h>
#include <mm/buddy.h>
#include <mm/memblock.h>

static struct {
	u64 start; /* of a pageblock */
	u64 pages;
	u8 *page; /* enum model_page */
	u8 *type; /* enum migratetype of each pageblock */
} model;

static u64 index_of(u64 pa)
{
	assert_true(pa >= model.start && page_is_aligned(pa));
	return (pa - model.start) >> host_page_shift;
}

static u64 address_of(u64 index)
{
	return model.start + (index << host_page_shift);
}

enum model_page buddy_model_at(u64 pa)
{
	return index_of(pa) < model.pages ? model.page[index_of(pa)] : MODEL_TAKEN;
}

bool buddy_model_all(u64 pa, u64 bytes, enum model_page state)
{
	for (u64 at = pa; at < pa + bytes; at += page_size())
		if (buddy_model_at(at) != state)
			return false;
	return true;
}

enum migratetype buddy_model_type(u64 pa)
{
	return model.type[(pa - model.start) >> PAGEBLOCK_SHIFT];
}

void buddy_model_set_type(u64 pa, u64 bytes, enum migratetype type)
{
	for (u64 at = ALIGN_DOWN(pa, PAGEBLOCK_BYTES); at < pa + bytes; at += PAGEBLOCK_BYTES)
		model.type[(at - model.start) >> PAGEBLOCK_SHIFT] = (u8)type;
}

static void set(u64 pa, u64 bytes, enum model_page state)
{
	assert_true(buddy_model_all(pa, bytes, !state));
	memset(&model.page[index_of(pa)], (int)state, (size_t)(bytes >> host_page_shift));
}

void buddy_model_take(u64 pa, u64 bytes)
{
	set(pa, bytes, MODEL_TAKEN);
}

static void revert_if_free(u64 pageblock)
{
	if (buddy_model_type(pageblock) == MIGRATE_UNMOVABLE &&
	    buddy_model_all(pageblock, PAGEBLOCK_BYTES, MODEL_FREE))
		buddy_model_set_type(pageblock, PAGEBLOCK_BYTES, MIGRATE_MOVABLE);
}

void buddy_model_give(u64 pa, u64 bytes)
{
	set(pa, bytes, MODEL_FREE);
	for (u64 at = ALIGN_DOWN(pa, PAGEBLOCK_BYTES); at < pa + bytes; at += PAGEBLOCK_BYTES)
		revert_if_free(at);
}

void buddy_model_begin(u64 start, u64 bytes)
{
	u64 end = ALIGN_UP(start + bytes, PAGEBLOCK_BYTES), pageblocks;
	paddr_t from = paddr(0);
	struct region range;

	model.start = ALIGN_DOWN(start, PAGEBLOCK_BYTES);
	model.pages = (end - model.start) >> host_page_shift;
	pageblocks = (end - model.start) >> PAGEBLOCK_SHIFT;
	free(model.page);
	free(model.type);
	model.page = calloc(model.pages, 1);
	model.type = calloc(pageblocks, 1);
	assert_true(model.page && model.type);
	while (memblock_next_free_aligned(&from, page_size(), &range))
		set(range.base.val, range.bytes, MODEL_FREE);
	from = paddr(0);
	while (memblock_next_reserved(&from, &range)) {
		if (range.owner != MEMBLOCK_CMA)
			continue;
		set(range.base.val, range.bytes, MODEL_FREE);
		buddy_model_set_type(range.base.val, range.bytes, MIGRATE_CMA);
	}
	/* Partly reserved: unmovable, which is 0. */
	for (u64 i = 0; i < pageblocks; i++)
		revert_if_free(model.start + (i << PAGEBLOCK_SHIFT));
}

/* The order of the largest aligned free block of one type that begins at page `i` (B6). */
static unsigned order_from(u64 i)
{
	u64 pa = address_of(i);
	bool whole = buddy_model_type(pa) < MIGRATE_CMA;
	unsigned order = 0, limit = whole ? buddy_max_order() : buddy_pageblock_order();

	for (; order < limit; order++) {
		u64 half = page_size() << order;

		if (pa & half || i + (2ULL << order) > model.pages ||
		    !buddy_model_all(pa + half, half, MODEL_FREE))
			break;
		for (u64 at = pa + half; at < pa + 2 * half; at += PAGEBLOCK_BYTES)
			if (buddy_model_type(at) != buddy_model_type(pa))
				return order;
	}
	return order;
}

unsigned buddy_model_block(u64 pa, u64 *head)
{
	for (unsigned order = buddy_max_order();; order--) {
		*head = ALIGN_DOWN(pa, page_size() << order);
		if (*head >= model.start && buddy_model_at(*head) == MODEL_FREE &&
		    order_from(index_of(*head)) >= order)
			return order;
	}
}

struct census {
	u32 count[MIGRATE_TYPES][BUDDY_ORDERS];
	u64 bytes[MIGRATE_TYPES];
};

static void expect_block(struct census *census, u64 pa, unsigned order)
{
	enum migratetype type = buddy_model_type(pa);
	u64 mask = FRAME_KIND_MASK | FRAME_ORDER_MASK | FRAME_LIST_MASK;

	if ((frame_of(paddr(pa))->word ^ machine_free_word(order, type)) & mask)
		fail_msg("%#llx should be free, of order %u and type %u: its word is %#llx", pa,
			 order, type, frame_of(paddr(pa))->word);
	census->count[type][order]++;
	census->bytes[type] += page_size() << order;
}

void buddy_model_compare(void)
{
	struct census census = { 0 };
	paddr_t where;
	const char *broken = buddy_check(&where);

	if (broken)
		fail_msg("%#llx: %s", where.val, broken);
	for (u64 i = 0; i < model.pages;) {
		unsigned order = 0;

		if (model.page[i] == MODEL_FREE) {
			order = order_from(i);
			expect_block(&census, address_of(i), order);
		}
		i += 1ULL << order;
	}
	for (unsigned type = 0; type < MIGRATE_TYPES; type++) {
		assert_int_equal(buddy_free_bytes(type), census.bytes[type]);
		for (unsigned order = 0; order < BUDDY_ORDERS; order++)
			assert_int_equal(buddy_count(type, order), census.count[type][order]);
	}
}
