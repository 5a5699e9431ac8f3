// SPDX-License-Identifier: BSD-2-Clause
/* How much of the moving machine's memory is left, and what has changed: see <moving.h>. */
#include <stdlib.h>
#include <string.h>

#include "moving.h"

#include <cmocka.h>

#include <arch/counter.h>
#include <arch/page.h>
#include <mm/buddy.h>
#include <mm/pages.h>
#include <mm/slab.h>

/* ---- memory that can't move ---- */

static u64 taken[MOVING_RAM_BYTES >> PAGE_SHIFT_MIN], taken_count;

void moving_exhaust(u64 keep)
{
	paddr_t pa;

	while (!pages_alloc(0, 0, &pa))
		taken[taken_count++] = pa.val;
	moving_relent(keep);
}

void moving_relent(u64 pages)
{
	assert_true(pages <= taken_count);
	for (; pages; pages--)
		pages_free(paddr(taken[--taken_count]), 0);
}

void moving_relent_all(void)
{
	moving_relent(taken_count);
}

/* ---- before and after ---- */

struct moving_snapshot {
	u64 free_bytes[MIGRATE_TYPES];
	u32 count[MIGRATE_TYPES][BUDDY_ORDERS];
	u8 type[MOVING_RAM_BYTES / PAGEBLOCK_BYTES];
	u64 heads;
	struct {
		u64 pa;
		u64 word;
	} head[MOVING_RAM_BYTES >> PAGE_SHIFT_MIN];
};

/* The heads of a pageblock, or of the larger block that begins there: where that ends. */
static u64 save_heads(struct moving_snapshot *s, u64 pa)
{
	u64 end = pa + PAGEBLOCK_BYTES, type = frame_pageblock_type(paddr(pa));

	while (pa < end) {
		const struct frame *f = frame_of(paddr(pa));
		s->head[s->heads].pa = pa;
		s->head[s->heads++].word = f->word;
		pa += page_size() << (frame_kind(f) == FRAME_RESERVED ? 0 : frame_order(f));
	}
	for (u64 at = end - PAGEBLOCK_BYTES; at < pa; at += PAGEBLOCK_BYTES)
		s->type[(at - MOVING_RAM) / PAGEBLOCK_BYTES] = (u8)type;
	return MAX(pa, end);
}

struct moving_snapshot *moving_save(void)
{
	struct moving_snapshot *s = calloc(1, sizeof(*s));
	u64 end = MOVING_RAM + MOVING_RAM_BYTES;

	assert_non_null(s);
	for (unsigned type = 0; type < MIGRATE_TYPES; type++) {
		s->free_bytes[type] = buddy_free_bytes((enum migratetype)type);
		for (unsigned order = 0; order < BUDDY_ORDERS; order++)
			s->count[type][order] = buddy_count((enum migratetype)type, order);
	}
	/* Of what was all reserved at boot nobody wrote the words. */
	for (u64 pa = MOVING_RAM; pa < end;)
		pa = buddy_model_all(pa, PAGEBLOCK_BYTES, MODEL_TAKEN) ? pa + PAGEBLOCK_BYTES
								       : save_heads(s, pa);
	return s;
}

void moving_expect_unchanged(struct moving_snapshot *before)
{
	struct moving_snapshot *now = moving_save();

	for (u64 i = 0; i < MIN(before->heads, now->heads); i++)
		if (before->head[i].pa != now->head[i].pa ||
		    before->head[i].word != now->head[i].word)
			fail_msg("%#llx: %#llx was %#llx: %#llx", now->head[i].pa,
				 now->head[i].word, before->head[i].pa, before->head[i].word);
	assert_memory_equal(before, now, sizeof(*now));
	free(now);
	free(before);
}

void moving_expect_same_sums(struct moving_snapshot *before)
{
	struct moving_snapshot *now = moving_save();
	u64 was = 0, is = 0;

	for (unsigned type = 0; type < MIGRATE_TYPES; type++) {
		was += before->free_bytes[type];
		is += now->free_bytes[type];
	}
	assert_int_equal(is, was);
	assert_int_equal(now->free_bytes[MIGRATE_ISOLATE], 0);
	assert_memory_equal(before->type, now->type, sizeof(now->type));
	free(now);
	free(before);
}

bool moving_has_clock = true;

bool arch_counter_has_unit(void)
{
	return moving_has_clock;
}

/* No slab is kept here. */
u64 slab_shrink(void)
{
	return 0;
}
