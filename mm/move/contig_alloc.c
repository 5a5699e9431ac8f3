// SPDX-License-Identifier: BSD-2-Clause
/*
 * Searches ordinary memory for contiguous ranges. <mm/contig_alloc.h> has the contract.
 *
 * A walk goes from head to head and adds up neighbours that are usable: free, or in a second walk
 * movable as well. It knows nothing about what it found but where it is, and the lock is let go in
 * between: contig_take_mixed looks again, and where that fails, the walk goes on after.
 */
#include <arch/page.h>
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <mm/buddy.h>
#include <mm/contig_alloc.h>
#include <mm/memblock.h>
#include <mm/pages.h>
#include <mm/rmap.h>

struct search {
	const struct contig_request *request;
	u64 bytes;
	u64 align;
	bool move; /* movable pages will do */
	/* The part of the run, all of it allowed, that the walk is in: [first, limit). */
	struct region run;
	u64 first;
	u64 limit;
	/* What is usable without a gap up to where the walk is. */
	u64 base;
	u64 end;
	u64 longest; /* of such places, aligned */
	u64 place;   /* what was found */
};

/* ---- where it may lie ---- */

/* No address of memory has more bits, so that nothing wraps that is cut here. */
#define SPACE_END (1ULL << 52)

/* The pages that a range touches: [first, end). */
static void pages_of(const struct contig_range *range, u64 *first, u64 *end)
{
	u64 base = MIN(range->base.val, SPACE_END);

	*first = page_align_down(base);
	*end = range->bytes ? page_align_up(base + MIN(range->bytes, SPACE_END - base)) : *first;
}

/* The first page at or above `at` that no range to be avoided touches. */
static u64 behind_avoided(const struct contig_request *request, u64 at)
{
	for (unsigned i = 0; i < request->avoid_count;) {
		u64 first, end;

		pages_of(&request->avoid[i++], &first, &end);
		if (first <= at && at < end) {
			at = end;
			i = 0;
		}
	}
	return at;
}

/* The first part of what is wanted that ends above `at`. False when there is none. */
static bool next_allowed(const struct contig_request *request, u64 at, u64 *base, u64 *limit)
{
	u64 min = page_align_up(MIN(request->min.val, SPACE_END));
	u64 max = request->max.val ? MIN(request->max.val, SPACE_END) : SPACE_END;

	*base = behind_avoided(request, MAX(at, min));
	*limit = page_align_down(max);
	for (unsigned i = 0; i < request->avoid_count; i++) {
		u64 first, end;

		pages_of(&request->avoid[i], &first, &end);
		if (first < end && first > *base)
			*limit = MIN(*limit, first);
	}
	return *base < *limit;
}

/* The same of what the allocator has. */
static bool next_part(struct search *s, u64 at)
{
	while (next_allowed(s->request, at, &s->first, &s->limit) &&
	       frame_next_run(paddr(s->first), &s->run)) {
		at = s->limit;
		s->first = MAX(s->first, s->run.base.val);
		s->limit = MIN(s->limit, region_end(&s->run).val);
		if (s->first < s->limit)
			return true;
	}
	return false;
}

/* ---- what is there ---- */

/* [base, end) is usable and allowed. Is that enough, with what came before? */
static bool add(struct search *s, u64 base, u64 end)
{
	u64 place;

	if (base != s->end)
		s->base = base;
	s->end = end;
	place = ALIGN_UP(s->base, s->align);
	if (place < s->base || place >= end)
		return false;
	s->longest = MAX(s->longest, end - place);
	s->place = place;
	return end - place >= s->bytes;
}

/* Walk from a head to `end`, where a head is again or the part ends. */
static bool walk(struct search *s, u64 head, u64 end)
{
	struct frame_walk w = { .next = head };
	const struct frame *f;
	bool found = false;

	buddy_lock();
	while (!found && (f = frame_walk(&w, end))) {
		u64 first = MAX(w.at.val, s->first), last = MIN(w.next, s->limit);

		if (first < last &&
		    (frame_kind(f) == FRAME_FREE || (s->move && rmap_may_move(f->word))))
			found = add(s, first, last);
	}
	buddy_unlock();
	return found;
}

/* The lowest place at or above `from`. */
static bool find(struct search *s, u64 from)
{
	s->base = s->end = 0;
	for (; next_part(s, from); from = s->limit) {
		u64 end, head = frame_floor(paddr(s->first)).val;

		for (; head < s->limit; head = end) {
			end = ALIGN_DOWN(head, PAGES_BLOCK_BYTES_MAX) + PAGES_BLOCK_BYTES_MAX;
			if (walk(s, head, MIN(end, s->limit)))
				return true;
		}
	}
	return false;
}

/* ---- taking it ---- */

static int take_at(u64 base, u64 bytes, struct contig_result *result)
{
	struct region run;

	*result = (struct contig_result){ .where = paddr(base),
					  .why = "a page of it is not the allocator's" };
	if (!frame_next_run(paddr(base), &run) || run.base.val > base)
		return -EBUSY;
	if (bytes > region_end(&run).val - base) {
		result->where = region_end(&run);
		return -EBUSY;
	}
	return contig_take_mixed(paddr(base), bytes, result);
}

/* Take the lowest place that can be emptied; where that fails, go on to the next. */
static int take_lowest(struct search *s, struct contig_result *result)
{
	u64 from = 0, moved_bytes = result->moved_bytes;
	int err = -ENOMEM;

	while ((err == -ENOMEM || err == -EBUSY) && find(s, from)) {
		err = take_at(s->place, s->bytes, result);
		moved_bytes += result->moved_bytes;
		from = MAX(result->where.val, s->place) + page_size();
	}
	result->moved_bytes = moved_bytes;
	return err == -EBUSY ? -ENOMEM : err;
}

int contig_alloc(const struct contig_request *request, struct contig_result *result, paddr_t *pa)
{
	struct search s = { .request = request, .align = MAX(request->align, page_size()) };
	int err;

	*result = (struct contig_result){ 0 };
	if (!request->bytes || request->align & (request->align - 1))
		return -EINVAL;
	pages_drain();
	/* What moves needs as much free memory elsewhere as it leaves: without it, only look. */
	s.bytes = request->bytes > pages_free_bytes() ? SPACE_END : page_align_up(request->bytes);
	result->why = s.bytes == SPACE_END ? "not so much memory is free"
					   : "what can't move leaves no place for it";
	err = take_lowest(&s, result);
	if (err == -ENOMEM) {
		s.move = true;
		err = take_lowest(&s, result);
	}
	result->largest_bytes = err == -ENOMEM ? MIN(s.longest, pages_free_bytes()) : 0;
	if (!err)
		*pa = paddr(s.place);
	return err;
}

int contig_alloc_at(paddr_t base, u64 bytes, struct contig_result *result)
{
	*result = (struct contig_result){ 0 };
	if (!bytes || !page_is_aligned(base.val | bytes))
		return -EINVAL;
	pages_drain();
	return take_at(base.val, bytes, result);
}

void contig_free(paddr_t base, u64 bytes)
{
	const struct frame *first = frame_of(base);

	ASSERT(frame_kind(first) == FRAME_CLAIMED);
	ASSERT(frame_own(first) == page_shift_right(page_align_up(bytes)));
	contig_give(base, page_align_up(bytes));
}
