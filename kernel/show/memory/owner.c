// SPDX-License-Identifier: BSD-2-Clause
/* Walks RAM by owner; <kernel/owner.h> has the contract. */
#include <arch/boot.h>
#include <arch/page.h>
#include <kernel/compiler.h>
#include <kernel/owner.h>
#include <lib/string.h>
#include <mm/buddy.h>
#include <mm/pages.h>

/* A part of RAM of which memblock's lists say one thing. */
struct stretch {
	u64 base;
	u64 end;
	u8 owner;
	bool has_heads; /* it is the allocator's: `base` is a head, and the words tell the rest */
};

const char *owner_name(enum owner owner)
{
	static const char names[OWNER_RESERVED][18] = {
		[OWNER_FREE] = "free",
		[OWNER_FREE_CMA] = "free cma",
		[OWNER_PAGES] = "pages",
		[OWNER_HEAP] = "heap",
		[OWNER_KMALLOC] = "large kmalloc",
		[OWNER_MOVABLE] = "movable pages",
		[OWNER_CLAIMED] = "claimed",
		[OWNER_TABLES] = "page tables",
		[OWNER_TEXT] = "kernel text",
		[OWNER_CONSTANTS] = "kernel constants",
		[OWNER_DATA] = "kernel data",
		[OWNER_STACKS] = "kernel stacks",
		[OWNER_ROUNDING] = "rounding to pages",
	};

	return owner < OWNER_RESERVED
		       ? names[owner]
		       : memblock_owner_name((enum memblock_owner)(owner - OWNER_RESERVED));
}

/* ---- what memblock says ---- */

/* End the stretch where the region begins or ends. Does it begin in the region? */
static bool cut_at(struct stretch *s, const struct region *region)
{
	bool inside = region->base.val <= s->base;

	s->end = MIN(s->end, inside ? region_end(region).val : region->base.val);
	return inside;
}

/* The stretch that `from` lies in, from there on, or the first above it. */
static bool find_stretch(u64 from, struct stretch *s)
{
	paddr_t at = paddr(from);
	struct region memory, run, taken;

	if (!memblock_next_memory(&at, &memory))
		return false;
	*s = (struct stretch){ .base = memory.base.val,
			       .end = region_end(&memory).val,
			       .owner = OWNER_ROUNDING };
	if (memory.flags & MEMBLOCK_FLAG_NO_MAP) {
		s->owner = (u8)owner_reserved(MEMBLOCK_NO_MAP);
		return true;
	}
	/* The image is reserved, too: runs come first. */
	if (frame_next_run(paddr(s->base), &run) && cut_at(s, &run)) {
		s->has_heads = true;
		s->base = run.base.val;
		return true;
	}
	at = paddr(s->base);
	if (!memblock_next_reserved(&at, &taken) || !cut_at(s, &taken))
		return true;
	s->owner = (u8)owner_reserved(taken.owner);
	if (taken.owner == MEMBLOCK_PAGE_TABLES)
		s->owner = OWNER_TABLES;
	s->has_heads = taken.owner == MEMBLOCK_CMA;
	/* Each of a region's pageblocks begins with a head (B6 of <mm/buddy.h>). */
	if (s->has_heads)
		s->base = ALIGN_DOWN(s->base, PAGEBLOCK_BYTES);
	return true;
}

/* ---- what the frame words say ---- */

/*
 * The owner of a page of the image that was not given back. Segments begin on the largest page, so
 * no page has parts of two. Of the pool for the first tables, tables are left.
 */
static enum owner image_owner(u64 pa)
{
	u64 offset = pa - boot_info.image_pa;

	if (offset < image_offset(_rodata))
		return OWNER_TEXT;
	if (offset < image_offset(_data))
		return OWNER_CONSTANTS;
	if (offset < image_offset(_stacks))
		return OWNER_DATA;
	return offset < image_offset(_boot_pool) ? OWNER_STACKS : OWNER_TABLES;
}

static enum owner head_owner(u64 pa, const struct frame *f, enum migratetype type)
{
	static const u8 owners[FRAME_KINDS] = {
		[FRAME_FREE] = OWNER_FREE,       [FRAME_HOT] = OWNER_FREE,
		[FRAME_ALLOCATED] = OWNER_PAGES, [FRAME_CHUNKS] = OWNER_HEAP,
		[FRAME_TABLE] = OWNER_TABLES,    [FRAME_KMALLOC] = OWNER_KMALLOC,
		[FRAME_MOVABLE] = OWNER_MOVABLE, [FRAME_CLAIMED] = OWNER_CLAIMED,
	};
	enum frame_kind kind = frame_kind(f);

	if (kind == FRAME_RESERVED)
		return image_owner(pa);
	if (kind == FRAME_FREE && type == MIGRATE_CMA)
		return OWNER_FREE_CMA;
	return kind < FRAME_KINDS ? (enum owner)owners[kind] : OWNER_PAGES;
}

/*
 * Bytes that a head tells of. A kmalloc's own bits count the pages of several blocks; what begins
 * inside them would be taken for pages of nobody in particular.
 */
static u64 head_bytes(const struct frame *f)
{
	u64 bytes = frame_bytes(f);

	return frame_kind(f) == FRAME_KMALLOC ? MAX(bytes, page_shift_left(frame_own(f))) : bytes;
}

/*
 * Where to begin for what lies at `at`: at a multiple of the largest block, as at the beginning of
 * the stretch, there is always a head (I4).
 */
static u64 first_head(const struct stretch *s, u64 at)
{
	return MAX(s->base, ALIGN_DOWN(at, PAGES_BLOCK_BYTES_MAX));
}

bool owner_at(paddr_t pa, struct owner_range *block)
{
	const struct frame *f;
	struct stretch s;
	u64 at;

	if (!find_stretch(pa.val, &s) || s.base > pa.val)
		return false;
	*block = (struct owner_range){ paddr(s.base), s.end - s.base, s.owner, 0 };
	if (!s.has_heads)
		return true;
	buddy_lock();
	at = first_head(&s, pa.val);
	while (f = frame_of(paddr(at)), at + head_bytes(f) <= pa.val)
		at += head_bytes(f);
	block->base = paddr(at);
	block->bytes = head_bytes(f);
	block->owner = (u8)head_owner(at, f, frame_pageblock_type(paddr(at)));
	buddy_unlock();
	return true;
}

/* ---- steps ---- */

/* Put a range after the others. False: there is no room. */
static bool add(struct owner_walk *walk, const struct owner_range *range)
{
	struct owner_range *last = &walk->ranges[walk->count] - 1;

	if (walk->count && last->base.val + last->bytes == range->base.val &&
	    last->owner == range->owner && last->type == range->type) {
		last->bytes += range->bytes;
	} else {
		if (walk->count == OWNER_STEP)
			return false;
		walk->ranges[walk->count++] = *range;
	}
	walk->at = range->base.val + range->bytes;
	return true;
}

static bool add_head(struct owner_walk *walk, u64 pa, u64 end)
{
	const struct frame *f = frame_of(paddr(pa));
	enum migratetype type = frame_pageblock_type(paddr(pa));
	u64 first = MAX(pa, walk->at);
	struct owner_range range = { .base = paddr(first),
				     .bytes = end - first,
				     .owner = (u8)head_owner(pa, f, type) };

	if (walk->by_type)
		range.type = frame_kind(f) == FRAME_RESERVED ? MIGRATE_TYPES : (u8)type;
	return add(walk, &range);
}

/* The heads of what lies in one largest block: where the last step ended there was one. */
static bool add_heads(struct owner_walk *walk, const struct stretch *s)
{
	u64 first = first_head(s, walk->at), next;
	u64 end = MIN(s->end, ALIGN_DOWN(walk->at, PAGES_BLOCK_BYTES_MAX) + PAGES_BLOCK_BYTES_MAX);
	bool fits = true;

	buddy_lock();
	for (u64 pa = first; fits && pa < end; pa = next) {
		next = MIN(pa + head_bytes(frame_of(paddr(pa))), end);
		if (next > walk->at)
			fits = add_head(walk, pa, next);
	}
	buddy_unlock();
	return fits;
}

static void step(struct owner_walk *walk)
{
	struct stretch s;
	bool fits = true;

	walk->next = walk->count = 0;
	while (fits && find_stretch(walk->at, &s)) {
		struct owner_range all = { .base = paddr(s.base),
					   .bytes = s.end - s.base,
					   .owner = s.owner,
					   .type = walk->by_type ? MIGRATE_TYPES : 0 };

		walk->at = MAX(walk->at, s.base);
		fits = s.has_heads ? add_heads(walk, &s) : add(walk, &all);
	}
}

void owner_begin(struct owner_walk *walk, paddr_t from, bool by_type)
{
	walk->at = from.val;
	walk->by_type = by_type;
	walk->next = walk->count = 0;
}

bool owner_next(struct owner_walk *walk, struct owner_range *range)
{
	if (walk->next == walk->count)
		step(walk);
	if (walk->next == walk->count)
		return false;
	*range = walk->ranges[walk->next++];
	return true;
}

u64 owner_sums(u64 *bytes)
{
	struct owner_walk walk;
	struct owner_range range;
	u64 sum = 0;

	memset(bytes, 0, OWNERS * sizeof(*bytes));
	owner_begin(&walk, paddr(0), false);
	for (; owner_next(&walk, &range); sum += range.bytes)
		bytes[range.owner] += range.bytes;
	return sum;
}
