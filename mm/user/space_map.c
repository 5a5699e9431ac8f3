// SPDX-License-Identifier: BSD-2-Clause
/*
 * What programs ask of their mappings: mmap, munmap, mprotect and brk, with the errors, the
 * rounding and the partial effects of Linux.
 *
 * Nodes are had before anything changes.
 *
 * Source: Linux 6.12, mm/mmap.c, mm/mprotect.c; the manual pages of these calls.
 */
#include <kernel/assert.h>
#include <kernel/errno.h>

#include "inside.h"

u64 space_mappings_most = 65530;

/* Whole pages; what wraps is 0. */
static u64 round_up(const struct space *space, u64 bytes)
{
	return ALIGN_UP(bytes, space_page_bytes(space));
}

/* ---- mmap ---- */

/* The length in whole pages, or an error. */
static int check_request(const struct space *space, const struct space_request *request, u64 *bytes)
{
	*bytes = round_up(space, request->bytes);
	if (!request->bytes)
		return -EINVAL;
	if (!*bytes)
		return -ENOMEM;
	if (request->source && !IS_ALIGNED(request->offset, space_page_bytes(space)))
		return -EINVAL;
	if (request->source && request->offset + *bytes < *bytes)
		return -EOVERFLOW;
	if (space->mappings.count > space_mappings_most)
		return -ENOMEM;
	return 0;
}

/* Over what is there. Nodes: one for the new mapping, and one if another is cut in two. */
static int map_over(struct space *space, const struct space_mapping *like, u64 at, u64 end)
{
	struct space_mapping *new = space_mapping_alloc(space), *upper = NULL;
	int err = new ? 0 : -ENOMEM;

	if (!err && space_mapping_surrounds(space, at, end) &&
	    !(upper = space_mapping_alloc(space)))
		err = -ENOMEM;
	if (!err) {
		space_mapping_remove(space, at, end, &upper);
		err = space_mapping_add(space, like, at, end, &new);
	}
	space_mapping_free(space, new);
	space_mapping_free(space, upper);
	return err;
}

static int map(struct space *space, const struct space_request *request, u64 *at)
{
	struct space_mapping like = { .source = request->source,
				      .offset = request->source ? request->offset : 0,
				      .prot = request->prot & 7,
				      .flags = request->flags & (SPACE_SHARED | SPACE_GROWSDOWN) };
	struct space_mapping *node = NULL;
	u64 bytes;
	int err = check_request(space, request, &bytes);

	if (!err)
		err = space_place(space, request, bytes, at);
	if (err)
		return err;
	if (request->flags & SPACE_FIXED)
		return map_over(space, &like, *at, *at + bytes);
	return space_mapping_add(space, &like, *at, *at + bytes, &node);
}

int space_map(struct space *space, const struct space_request *request, u64 *at)
{
	int err;

	mutex_take(&space->lock, "a program's memory");
	err = map(space, request, at);
	mutex_let_go(&space->lock);
	return err;
}

/* ---- munmap ---- */

static int unmap(struct space *space, u64 at, u64 end)
{
	struct space_mapping *mapping = space_mapping_next(space, at), *upper = NULL;

	if (space_mapping_has_around(mapping, at, end)) {
		if (space->mappings.count >= space_mappings_most)
			return -ENOMEM;
		upper = space_mapping_alloc(space);
		if (!upper)
			return -ENOMEM;
	}
	space_mapping_remove_from(space, mapping, at, end, &upper);
	ASSERT(!upper);
	return 0;
}

int space_unmap(struct space *space, u64 at, u64 bytes)
{
	int err;

	if (!IS_ALIGNED(at, space_page_bytes(space)) || at > SPACE_END || bytes > SPACE_END - at ||
	    !bytes)
		return -EINVAL;
	mutex_take(&space->lock, "a program's memory");
	err = unmap(space, at, at + round_up(space, bytes));
	mutex_let_go(&space->lock);
	return err;
}

/* ---- mprotect ---- */

/* Cut it out of its mapping at both ends, if it has to be: *mapping is what it is then. */
static int cut_out(struct space *space, struct space_mapping **mapping, u64 at, u64 end)
{
	bool lower = (*mapping)->area.base < at, upper = end < (*mapping)->area.end;
	struct space_mapping *node[2] = { NULL, NULL };
	u64 cuts = (u64)lower + upper;

	if (space->mappings.count + cuts > space_mappings_most)
		return cuts ? -ENOMEM : 0;
	for (unsigned i = 0; i < cuts; i++) {
		node[i] = space_mapping_alloc(space);
		if (!node[i]) {
			space_mapping_free(space, node[0]);
			return -ENOMEM;
		}
	}
	*mapping = space_mapping_cut_out(space, *mapping, at, end, node);
	return 0;
}

/* [at, end) of one mapping. */
static int protect_part(struct space *space, struct space_mapping *mapping, u64 at, u64 end,
			u8 prot)
{
	int err;

	if (mapping->prot == prot)
		return 0;
	err = cut_out(space, &mapping, at, end);
	if (err)
		return err;
	mapping->prot = prot;
	space_pages_permit(space, at, end - 1, space_mapping_kind(mapping));
	space_mapping_join(space, mapping);
	return 0;
}

static int protect(struct space *space, u64 at, u64 end, u8 prot)
{
	while (at < end) {
		struct space_mapping *mapping = space_mapping_next(space, at);
		u64 part_end;
		int err;

		if (!mapping || mapping->area.base > at)
			return -ENOMEM;
		part_end = MIN(end, mapping->area.end);
		err = protect_part(space, mapping, at, part_end, prot);
		if (err)
			return err;
		at = part_end;
	}
	return 0;
}

int space_protect(struct space *space, u64 at, u64 bytes, unsigned prot)
{
	u64 end = at + round_up(space, bytes);
	int err;

	if (!IS_ALIGNED(at, space_page_bytes(space)))
		return -EINVAL;
	if (!bytes)
		return 0;
	if (end <= at)
		return -ENOMEM;
	mutex_take(&space->lock, "a program's memory");
	err = protect(space, at, end, prot & 7);
	mutex_let_go(&space->lock);
	return err;
}

/* ---- brk ---- */

void space_set_heap(struct space *space, u64 at)
{
	ASSERT(IS_ALIGNED(at, space_page_bytes(space)));
	space->brk_start = space->brk = at;
}

static bool grow_heap(struct space *space, u64 from, u64 end)
{
	const struct space_mapping heap = { .prot = SPACE_READ | SPACE_WRITE };
	const struct space_mapping *next = space_mapping_next(space, from);
	struct space_mapping *node = NULL;

	if (end > SPACE_END || space->mappings.count > space_mappings_most)
		return false;
	/* A page of nothing stays between the heap and what comes next. */
	if (next && end + space_page_bytes(space) > space_guarded_base(space, next))
		return false;
	return !space_mapping_add(space, &heap, from, end, &node);
}

static bool set_brk(struct space *space, u64 brk)
{
	u64 from = round_up(space, space->brk), end = round_up(space, brk);

	if (brk < space->brk_start || brk > SPACE_END)
		return false;
	if (end > from)
		return grow_heap(space, from, end);
	return end == from || !unmap(space, end, from);
}

u64 space_set_brk(struct space *space, u64 brk)
{
	mutex_take(&space->lock, "a program's memory");
	if (set_brk(space, brk))
		space->brk = brk;
	brk = space->brk;
	mutex_let_go(&space->lock);
	return brk;
}
