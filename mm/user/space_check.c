// SPDX-License-Identifier: BSD-2-Clause
/* The invariants of spaces: S1 to S4 of <mm/space.h>. */
#include <arch/pgtable_geometry.h>
#include <mm/rmap.h>

#include "inside.h"

struct check {
	struct space *space;
	const char *broken;
	u64 where;
	u64 own; /* pages, so far */
};

/* S3: the entry's block, its frame and its record name each other. */
static const char *check_own(const struct check *c, u64 va, pte_t entry)
{
	const struct frame *f = frame_of(pte_addr(entry));
	const struct space_record *record;
	u64 word = f->word;

	if (frame_kind(f) != FRAME_MOVABLE || frame_order(f) != c->space->order)
		return "S3: a page of a space is not a movable block of its size";
	if (rmap_owner(word) != RMAP_USER || !space_record_is(rmap_where(word)))
		return "S3: a page's reverse map names no record";
	record = space_record_at(rmap_where(word));
	if (record->object != &c->space->object ||
	    space_record_page(record) != va >> c->space->pt.granule->shift)
		return "S3: a page's record names another place";
	return NULL;
}

static void check_page(void *ctx, vaddr_t va, unsigned level, pte_t leaf, u64 bytes)
{
	struct check *c = ctx;
	const struct space_mapping *mapping = space_mapping_next(c->space, va.val);
	bool own = pte_is_own(leaf);
	u64 want, shared = own ? 0 : PTE_SHARED | PTE_AP_RO;

	(void)bytes;
	if (c->broken)
		return;
	c->where = va.val;
	c->own += own;
	if (!mapping || mapping->area.base > va.val) {
		c->broken = "S2: an entry is valid where nothing is mapped";
		return;
	}
	want = pte_attrs(space_mapping_kind(mapping)) | shared;
	if (level != GRANULE_LAST_LEVEL || leaf.val & PTE_CONTIG)
		c->broken = "S2: an entry is no page";
	else if (!mapping->has_tables)
		c->broken = "S2: a mapping does not know of its tables";
	else if (pte_leaf_attrs(leaf) != want)
		c->broken = "S2: an entry grants what its mapping does not";
	else if (own)
		c->broken = check_own(c, va.val, leaf);
}

/* S1, and what mappings add up to. */
static const char *check_mappings(struct space *space, u64 *where)
{
	const char *broken = vmap_area_check(&space->mappings, where);
	const struct space_mapping *mapping = space_mapping_next(space, 0);
	u64 bytes = 0;

	for (; !broken && mapping; mapping = space_mapping_next(space, mapping->area.end)) {
		*where = mapping->area.base;
		bytes += mapping->area.end - mapping->area.base;
		if (!IS_ALIGNED(mapping->area.base | mapping->area.end, space_page_bytes(space)))
			return "S1: a mapping is no multiple of the page";
	}
	if (!broken && bytes != space->mapped_bytes)
		return "S4: mappings don't add up";
	return broken;
}

static const char *check(struct space *space, u64 *where)
{
	const char *broken = check_mappings(space, where);
	struct check c = { .space = space };
	vaddr_t at;

	if (broken)
		return broken;
	rmap_lock();
	broken = pgtable_check(&space->pt, &at);
	*where = at.val;
	if (!broken) {
		pgtable_for_each_leaf(&space->pt, check_page, &c);
		*where = c.where;
		broken = c.broken;
	}
	if (!broken && (c.own * space_page_bytes(space) != space->resident_bytes ||
			c.own != space->object.records))
		broken = "S4: pages don't add up";
	rmap_unlock();
	return broken;
}

const char *space_check(struct space *space, u64 *where)
{
	const char *broken;

	mutex_lock(&space->lock, "a program's memory");
	broken = check(space, where);
	mutex_unlock(&space->lock);
	return broken;
}
