// SPDX-License-Identifier: BSD-2-Clause
/*
 * The mappings of a space: a balanced tree (<mm/vmap_area.h>) of [base, end), without overlaps.
 *
 * What goes on as its neighbour does is one mapping with it, as on Linux: the same permissions and
 * flags, and both anonymous, or the next bytes of the same source. Stacks and shared mappings stay
 * by themselves.
 */
#include <kernel/errno.h>
#include <mm/kmalloc.h>

#include "inside.h"

/* A few are kept: what is unmapped or joined is often followed by what needs one. */
struct space_mapping *space_mapping_alloc(struct space *space)
{
	if (likely(space->kept))
		return space->kept_mapping[--space->kept];
	return kmalloc(sizeof(struct space_mapping), PAGES_COMPACT);
}

void space_mapping_free(struct space *space, struct space_mapping *mapping)
{
	if (mapping && space->kept < ARRAY_SIZE(space->kept_mapping))
		space->kept_mapping[space->kept++] = mapping;
	else
		kfree(mapping);
}

void space_mapping_free_kept(struct space *space)
{
	while (space->kept)
		kfree(space->kept_mapping[--space->kept]);
}

struct space_mapping *space_mapping_next(const struct space *space, u64 at)
{
	struct vmap_area *area = space->mappings.root, *found = NULL;

	while (area) {
		if (area->end <= at) {
			area = area->child[1];
			continue;
		}
		found = area;
		if (area->base <= at)
			break;
		area = area->child[0];
	}
	return found ? space_mapping_of(found) : NULL;
}

enum map_kind space_mapping_kind(const struct space_mapping *mapping)
{
	static const u8 kinds[] = {
		[0] = MAP_USER_NONE,
		[SPACE_READ] = MAP_USER_RODATA,
		[SPACE_WRITE] = MAP_USER_DATA,
		[SPACE_WRITE | SPACE_READ] = MAP_USER_DATA,
		[SPACE_EXEC] = MAP_USER_TEXT,
		[SPACE_EXEC | SPACE_READ] = MAP_USER_TEXT,
		[SPACE_EXEC | SPACE_WRITE] = MAP_USER_RWX,
		[SPACE_EXEC | SPACE_WRITE | SPACE_READ] = MAP_USER_RWX,
	};

	return kinds[mapping->prot];
}

/* ---- one with its neighbours ---- */

/* Does one like `b` at `base` go on where one like `a` in [a_base, a_end) ends? */
static bool goes_on(const struct space_mapping *a, u64 a_base, u64 a_end,
		    const struct space_mapping *b, u64 base)
{
	return a_end == base && a->prot == b->prot && !(a->flags | b->flags) &&
	       a->source == b->source && (!a->source || a->offset + (base - a_base) == b->offset);
}

/* The last that begins below `at`, and the first that doesn't; or NULL. */
static void around(const struct space *space, u64 at, struct space_mapping **below,
		   struct space_mapping **above)
{
	struct vmap_area *area = space->mappings.root;

	*below = *above = NULL;
	while (area) {
		if (area->base < at) {
			*below = space_mapping_of(area);
			area = area->child[1];
		} else {
			*above = space_mapping_of(area);
			area = area->child[0];
		}
	}
}

/*
 * The ones below and above [base, end) that one like `like` there would be one with; or NULL.
 * Nothing else begins there but `like` itself.
 */
static void neighbours(const struct space *space, const struct space_mapping *like, u64 base,
		       u64 end, struct space_mapping **below, struct space_mapping **above)
{
	around(space, base, below, above);
	if (*above == like)
		*above = space_mapping_next(space, end);
	if (*below && !goes_on(*below, (*below)->area.base, (*below)->area.end, like, base))
		*below = NULL;
	if (*above && !goes_on(like, base, end, *above, (*above)->area.base))
		*above = NULL;
}

static void insert(struct space *space, struct space_mapping *mapping)
{
	vmap_area_insert(&space->mappings, &mapping->area);
	space->peak_mappings = MAX(space->peak_mappings, space->mappings.count);
}

static void resize(struct space *space, struct space_mapping *mapping, u64 base, u64 end)
{
	mapping->offset += base - mapping->area.base;
	vmap_area_resize(&space->mappings, &mapping->area, base, end);
}

static void discard(struct space *space, struct space_mapping *mapping)
{
	vmap_area_remove(&space->mappings, &mapping->area);
	space_mapping_free(space, mapping);
}

int space_mapping_add(struct space *space, const struct space_mapping *like, u64 base, u64 end,
		      struct space_mapping **spare)
{
	struct space_mapping *below, *above;

	neighbours(space, like, base, end, &below, &above);
	if (!below && !above && !*spare && !(*spare = space_mapping_alloc(space)))
		return -ENOMEM;
	space->mapped_bytes += end - base;
	if (below && above) {
		end = above->area.end;
		below->has_tables |= above->has_tables;
		discard(space, above);
	}
	if (below) {
		resize(space, below, below->area.base, end);
	} else if (above) {
		resize(space, above, base, above->area.end);
	} else {
		struct space_mapping *mapping = *spare;

		*spare = NULL;
		mapping->source = like->source;
		mapping->offset = like->offset;
		mapping->prot = like->prot;
		mapping->flags = like->flags;
		mapping->has_tables = false;
		mapping->area.base = base;
		mapping->area.end = end;
		insert(space, mapping);
	}
	return 0;
}

struct space_mapping *space_mapping_join(struct space *space, struct space_mapping *mapping)
{
	struct space_mapping *below, *above;
	u64 end = mapping->area.end;

	neighbours(space, mapping, mapping->area.base, end, &below, &above);
	if (above) {
		end = above->area.end;
		mapping->has_tables |= above->has_tables;
		discard(space, above);
	}
	if (below) {
		below->has_tables |= mapping->has_tables;
		discard(space, mapping);
		mapping = below;
	}
	if (below || above)
		resize(space, mapping, mapping->area.base, end);
	return mapping;
}

void space_mapping_grow(struct space *space, struct space_mapping *mapping, u64 base, u64 end)
{
	space->mapped_bytes += (end - base) - (mapping->area.end - mapping->area.base);
	resize(space, mapping, base, end);
	space_mapping_join(space, mapping);
}

/* ---- parts of them ---- */

/* *spare is what one like `like` has in [base, end). The next spare. */
static struct space_mapping **put_part(struct space *space, const struct space_mapping *like,
				       u64 base, u64 end, struct space_mapping **spare)
{
	struct space_mapping *part = *spare;

	*spare = NULL;
	*part = *like;
	part->offset += base - like->area.base;
	part->area.base = base;
	part->area.end = end;
	insert(space, part);
	return spare + 1;
}

struct space_mapping *space_mapping_cut_out(struct space *space, struct space_mapping *mapping,
					    u64 at, u64 end, struct space_mapping **spare)
{
	u64 base = mapping->area.base, last = mapping->area.end;
	struct space_mapping *part = mapping;

	if (base < at || end < last)
		resize(space, mapping, base, base < at ? at : end);
	if (base < at) {
		part = *spare;
		spare = put_part(space, mapping, at, end, spare);
	}
	if (end < last)
		put_part(space, mapping, end, last, spare);
	return part;
}

void space_mapping_cut(struct space *space, u64 at, struct space_mapping **spare)
{
	struct space_mapping *mapping = space_mapping_next(space, at);

	if (mapping && mapping->area.base < at)
		space_mapping_cut_out(space, mapping, at, mapping->area.end, spare);
}

/* What tables are left around the gap at [at, end), its neighbours have. */
static void release_tables(struct space *space, u64 at, u64 end)
{
	struct space_mapping *below, *above;

	around(space, end, &below, &above);
	if (below)
		below->has_tables = true;
	if (above)
		above->has_tables = true;
	space_tables_release(space, at, end, below ? below->area.end : space->mappings.base,
			     above ? above->area.base : space->mappings.end);
}

/* The part of a mapping in [at, end) is unmapped, all but its pages. The next one. */
static struct space_mapping *remove_part(struct space *space, struct space_mapping *mapping, u64 at,
					 u64 end, struct space_mapping **spare)
{
	u64 base = mapping->area.base, last = mapping->area.end;

	space->mapped_bytes -= MIN(end, last) - MAX(at, base);
	if (base >= at && last <= end) {
		discard(space, mapping);
		return last < end ? space_mapping_next(space, last) : NULL;
	}
	if (base < at && end < last)
		space_mapping_cut(space, end, spare);
	if (base < at)
		resize(space, mapping, base, at);
	else
		resize(space, mapping, end, last);
	return last < end ? space_mapping_next(space, last) : NULL;
}

void space_mapping_remove_from(struct space *space, struct space_mapping *mapping, u64 at, u64 end,
			       struct space_mapping **spare)
{
	bool has_tables = false;

	while (mapping && mapping->area.base < end) {
		if (mapping->has_tables)
			space_pages_drop(space, MAX(at, mapping->area.base),
					 MIN(end, mapping->area.end) - 1);
		has_tables |= mapping->has_tables;
		mapping = remove_part(space, mapping, at, end, spare);
	}
	if (has_tables)
		release_tables(space, at, end);
}

void space_mapping_remove(struct space *space, u64 at, u64 end, struct space_mapping **spare)
{
	space_mapping_remove_from(space, space_mapping_next(space, at), at, end, spare);
}
