// SPDX-License-Identifier: BSD-2-Clause
/*
 * Physical memory during boot. A change first makes room for the regions that it may insert, which
 * is all that can fail; the rest is region_list's. The header has contract and locking rule.
 */
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <lib/format.h>
#include <mm/memblock.h>

#include "inside.h"

struct region_list memblock_memory, memblock_reserved;

/* What is left of the memory to grow into. */
static char *lent;
static u64 lent_bytes;

void memblock_lend(void *start, u64 bytes)
{
	ASSERT(IS_ALIGNED((uintptr_t)start, sizeof(u64)));
	lent = start;
	lent_bytes = bytes;
}

void memblock_lent_moved(u64 offset)
{
	lent += offset;
	region_list_moved(&memblock_memory, offset);
	region_list_moved(&memblock_reserved, offset);
}

static paddr_t end_of(paddr_t base, u64 bytes)
{
	return paddr_add(base, MIN(bytes, paddr_diff(REGION_ADDRESS_END, base)));
}

/* ---- changes ---- */

/* Sees to it that `inserts` more regions fit: a list that is too small moves into lent memory. */
static int make_room(struct region_list *list, u32 inserts)
{
	u32 capacity = region_list_capacity(list);
	u64 bytes;

	if (list->count + inserts <= capacity)
		return 0;
	while (capacity < list->count + inserts)
		capacity *= 2;
	bytes = capacity * sizeof(struct region);
	if (bytes > lent_bytes)
		return -ENOSPC;
	region_list_move(list, (void *)lent, capacity);
	lent += bytes;
	lent_bytes -= bytes;
	return 0;
}

typedef void edit_fn(struct region_list *list, const struct region *range);

static int change(struct region_list *list, edit_fn *edit, struct region range)
{
	int error;

	range.bytes = paddr_diff(end_of(range.base, range.bytes), range.base);
	if (!range.bytes)
		return 0;
	error = make_room(list, edit == region_list_fill ? region_list_gaps(list, &range) : 2);
	if (!error)
		edit(list, &range);
	return error;
}

int memblock_add(paddr_t base, u64 bytes)
{
	return change(&memblock_memory, region_list_fill, (struct region){ base, bytes, 0, 0 });
}

int memblock_remove(paddr_t base, u64 bytes)
{
	return change(&memblock_memory, region_list_cut, (struct region){ base, bytes, 0, 0 });
}

int memblock_reserve(paddr_t base, u64 bytes, enum memblock_owner owner)
{
	ASSERT(owner > MEMBLOCK_OWNER_NONE && owner < MEMBLOCK_OWNERS);
	return change(&memblock_reserved, region_list_fill,
		      (struct region){ base, bytes, 0, owner });
}

int memblock_free(paddr_t base, u64 bytes)
{
	return change(&memblock_reserved, region_list_cut, (struct region){ base, bytes, 0, 0 });
}

static int flag(paddr_t base, u64 bytes, u32 flags)
{
	return change(&memblock_memory, region_list_flag, (struct region){ base, bytes, flags, 0 });
}

int memblock_mark_no_map(paddr_t base, u64 bytes)
{
	return flag(base, bytes, MEMBLOCK_FLAG_NO_MAP);
}

int memblock_mark_keep(paddr_t base, u64 bytes)
{
	return flag(base, bytes, MEMBLOCK_FLAG_KEEP);
}

void memblock_drop_unmarked(void)
{
	region_list_keep(&memblock_memory, MEMBLOCK_FLAG_KEEP);
}

/* Keeps memory below the limit, and above it what the running kernel uses. */
static int keep_below(paddr_t limit)
{
	struct region region = { .bytes = limit.val, .flags = MEMBLOCK_FLAG_KEEP };
	int error = make_room(&memblock_memory, 2 * (memblock_reserved.count + 1));

	if (error)
		return error;
	region_list_flag(&memblock_memory, &region);
	while (memblock_next_reserved(&limit, &region)) {
		region.flags = memblock_in_use(region.owner) ? MEMBLOCK_FLAG_KEEP : 0;
		region_list_flag(&memblock_memory, &region);
	}
	memblock_drop_unmarked();
	return 0;
}

int memblock_limit_memory(u64 bytes)
{
	paddr_t from = paddr(0);
	struct region region;

	while (memblock_next_memory(&from, &region)) {
		if (bytes < region.bytes)
			return keep_below(paddr_add(region.base, bytes));
		bytes -= region.bytes;
	}
	return 0;
}

/* ---- iterators ---- */

static bool next_region(const struct region_list *list, paddr_t *from, struct region *region)
{
	u32 i = region_list_find(list, *from);
	paddr_t base;

	if (i == list->count)
		return false;
	*region = region_list_array(list)[i];
	base = paddr_max(region->base, *from);
	*from = region_end(region);
	region->bytes = paddr_diff(*from, base);
	region->base = base;
	return true;
}

bool memblock_next_memory(paddr_t *from, struct region *region)
{
	return next_region(&memblock_memory, from, region);
}

bool memblock_next_reserved(paddr_t *from, struct region *region)
{
	return next_region(&memblock_reserved, from, region);
}

bool memblock_next_mapped(paddr_t *from, struct region *region)
{
	while (memblock_next_memory(from, region))
		if (!(region->flags & MEMBLOCK_FLAG_NO_MAP))
			return true;
	return false;
}

bool memblock_next_free(paddr_t *from, struct region *region)
{
	struct region taken;
	paddr_t at = *from;

	while (memblock_next_mapped(&at, region)) {
		paddr_t base = region->base, end = at, above = base;

		/* past what is reserved from `base` on, up to the next reservation */
		while (memblock_next_reserved(&above, &taken)) {
			if (paddr_less(base, taken.base)) {
				end = paddr_min(end, taken.base);
				break;
			}
			base = above;
		}
		if (!paddr_less(base, end))
			continue;
		*region = (struct region){ .base = base, .bytes = paddr_diff(end, base) };
		*from = end;
		return true;
	}
	return false;
}

/* Cuts a region to [a multiple of align, a multiple of unit). False: nothing is left. */
static bool round_inwards(struct region *region, u64 align, u64 unit)
{
	paddr_t base = paddr_up(region->base, align);
	paddr_t end = paddr_down(region_end(region), unit);

	/* rounding up may wrap around */
	if (paddr_less(base, region->base) || !paddr_less(base, end))
		return false;
	region->base = base;
	region->bytes = paddr_diff(end, base);
	return true;
}

bool memblock_next_free_aligned(paddr_t *from, u64 align, struct region *region)
{
	while (memblock_next_free(from, region))
		if (round_inwards(region, align, align))
			return true;
	return false;
}

/* ---- allocation ---- */

static paddr_t max_of(const struct memblock_request *request)
{
	return request->max.val ? request->max : REGION_ADDRESS_END;
}

struct region memblock_largest_free(const struct memblock_request *request, u64 unit)
{
	paddr_t from = request->min, max = max_of(request);
	struct region best = { .bytes = 0 }, free;

	while (memblock_next_free(&from, &free) && paddr_less(free.base, max)) {
		free.bytes = MIN(free.bytes, paddr_diff(max, free.base));
		if (round_inwards(&free, request->align, unit) && free.bytes > best.bytes)
			best = free;
	}
	return best;
}

int memblock_find_range(const struct memblock_request *request, paddr_t *base)
{
	u64 bytes = request->bytes, align = MAX(request->align, 1ULL);
	paddr_t from = request->min, max = max_of(request);
	struct region free;
	int error = -ENOMEM;

	if (!bytes || (align & (align - 1)) != 0)
		return -EINVAL;
	while (memblock_next_free(&from, &free)) {
		paddr_t end = paddr_min(region_end(&free), max);
		paddr_t at = paddr_down(paddr_sub(end, bytes), align);

		if (paddr_less(end, free.base) || paddr_diff(end, free.base) < bytes ||
		    paddr_less(at, free.base))
			continue;
		*base = at;
		error = 0;
	}
	return error;
}

int memblock_alloc_range(const struct memblock_request *request, paddr_t *base)
{
	paddr_t found;
	int err = memblock_find_range(request, &found)
			  ?: memblock_reserve(found, request->bytes, request->owner);

	*base = err ? *base : found;
	return err;
}

int memblock_alloc(u64 bytes, u64 align, enum memblock_owner owner, paddr_t *base)
{
	return memblock_alloc_range(
		&(struct memblock_request){ .bytes = bytes, .align = align, .owner = owner }, base);
}

/* ---- questions ---- */

bool memblock_is_map_memory(paddr_t address)
{
	paddr_t from = address;
	struct region memory;

	return memblock_next_mapped(&from, &memory) && paddr_equal(memory.base, address);
}

bool memblock_first_reserved(paddr_t base, u64 bytes, struct region *region)
{
	u32 i = region_list_find(&memblock_reserved, base);

	if (i == memblock_reserved.count ||
	    !paddr_less(region_list_array(&memblock_reserved)[i].base, end_of(base, bytes)))
		return false;
	*region = region_list_array(&memblock_reserved)[i];
	return true;
}

bool memblock_covers(paddr_t base, u64 bytes)
{
	paddr_t from = base, end = end_of(base, bytes);
	struct region memory;

	/* each region begins where the one before it ends */
	while (paddr_less(base, end) && memblock_next_memory(&from, &memory) &&
	       paddr_equal(memory.base, base))
		base = from;
	return !paddr_less(base, end);
}

static u64 sum(const struct region_list *list, u32 flags)
{
	u64 bytes = 0;

	for (u32 i = 0; i < list->count; i++)
		if ((region_list_array(list)[i].flags & flags) == flags)
			bytes += region_list_array(list)[i].bytes;
	return bytes;
}

u64 memblock_memory_bytes(void)
{
	return sum(&memblock_memory, 0);
}

u64 memblock_no_map_bytes(void)
{
	return sum(&memblock_memory, MEMBLOCK_FLAG_NO_MAP);
}

u64 memblock_reserved_bytes(enum memblock_owner owner)
{
	paddr_t from = paddr(0);
	struct region region;
	u64 bytes = 0;

	while (memblock_next_reserved(&from, &region))
		bytes += region.owner == owner ? region.bytes : 0;
	return bytes;
}

paddr_t memblock_start(void)
{
	return memblock_memory.count ? region_list_array(&memblock_memory)[0].base : paddr(0);
}

paddr_t memblock_end(void)
{
	u32 count = memblock_memory.count;

	return count ? region_end(&region_list_array(&memblock_memory)[count - 1]) : paddr(0);
}

/* ---- words ---- */

const char *memblock_owner_name(enum memblock_owner owner)
{
	static const char *const names[MEMBLOCK_OWNERS] = {
		[MEMBLOCK_OWNER_NONE] = "nobody",
		[MEMBLOCK_IMAGE] = "kernel image",
		[MEMBLOCK_DEVICETREE] = "devicetree",
		[MEMBLOCK_INITRD] = "initrd",
		[MEMBLOCK_ELFCOREHDR] = "ELF core header",
		[MEMBLOCK_MEMRESERVE] = "memreserve",
		[MEMBLOCK_FIRMWARE] = "reserved-memory",
		[MEMBLOCK_NO_MAP] = "no-map",
		[MEMBLOCK_POOL] = "pool",
		[MEMBLOCK_CMA] = "cma",
		[MEMBLOCK_CRASHKERNEL] = "crashkernel",
		[MEMBLOCK_PAGE_TABLES] = "page tables",
		[MEMBLOCK_FRAME_TABLE] = "frame table",
		[MEMBLOCK_REGION_LISTS] = "region lists",
		[MEMBLOCK_BOOT] = "boot",
	};

	return (u32)owner < MEMBLOCK_OWNERS ? names[owner] : "?";
}

void memblock_report(int (*print)(const char *fmt, ...))
{
	char size[FORMAT_BYTES_SIZE];
	struct region region;

	for (paddr_t from = paddr(0); memblock_next_memory(&from, &region);)
		print("memblock: memory   %#llx to %#llx %s%s\n", region.base.val,
		      region_end(&region).val, format_bytes(size, sizeof(size), region.bytes),
		      region.flags & MEMBLOCK_FLAG_NO_MAP ? ", no-map" : "");
	for (paddr_t from = paddr(0); memblock_next_reserved(&from, &region);)
		print("memblock: reserved %#llx to %#llx %s, %s\n", region.base.val,
		      region_end(&region).val, format_bytes(size, sizeof(size), region.bytes),
		      memblock_owner_name(region.owner));
}
