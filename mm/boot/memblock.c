// SPDX-License-Identifier: BSD-2-Clause
/*
 * Physical memory during boot. The contract, the invariants and the locking rule are
 * in the header. The page size doesn't enter.
 *
 * Every change makes room for the regions that it will insert first (ensure()), which is
 * all that can fail; the change itself is region_list's.
 */
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <lib/format.h>
#include <lib/string.h>
#include <mm/memblock.h>

static struct region_list memory, reserved;

/* Where a grown array came from: bytes 0 for lent memory, which isn't ours to free. */
struct array_home {
	paddr_t base;
	u64 bytes;
};

static struct array_home memory_home, reserved_home;

static char *lent;
static u64 lent_bytes;
static void *(*map_array)(paddr_t base, u64 bytes);

/* The range that an operation is about, where no array may be put. */
struct avoid {
	u64 base;
	u64 end;
};

void memblock_init(void)
{
	memset(&memory, 0, sizeof(memory));
	memset(&reserved, 0, sizeof(reserved));
	memory_home = reserved_home = (struct array_home){ .bytes = 0 };
	lent = NULL;
	lent_bytes = 0;
	map_array = NULL;
}

void memblock_lend(void *start, u64 bytes)
{
	ASSERT(IS_ALIGNED((uintptr_t)start, sizeof(u64)));
	lent = start;
	lent_bytes = bytes;
}

void memblock_lent_moved(u64 offset)
{
	lent += offset;
	region_list_moved(&memory, offset);
	region_list_moved(&reserved, offset);
}

void memblock_allow_resize(void *(*map)(paddr_t base, u64 bytes))
{
	map_array = map;
}

static u64 end_of(paddr_t base, u64 bytes)
{
	return bytes > REGION_ADDRESS_END - base.val ? REGION_ADDRESS_END : base.val + bytes;
}

/* The first free range that ends above `from`, cut to begin there at the earliest. */
static bool next_free(u64 from, u64 *base, u64 *end)
{
	const struct region *m = region_list_array(&memory);
	const struct region *r = region_list_array(&reserved);

	for (u32 i = region_list_find(&memory, from); i < memory.count; i++) {
		u64 at = MAX(from, m[i].base.val);
		u32 j = region_list_find(&reserved, at);

		if (m[i].flags & MEMBLOCK_FLAG_NO_MAP)
			continue;
		for (; j < reserved.count && r[j].base.val <= at; j++)
			at = region_end(&r[j]).val;
		if (at >= region_end(&m[i]).val)
			continue;
		*base = at;
		*end = j < reserved.count ? MIN(region_end(&m[i]).val, r[j].base.val)
					  : region_end(&m[i]).val;
		return true;
	}
	return false;
}

/* Where in [base, end) the request would go. */
static bool place(const struct memblock_request *request, u64 base, u64 end, u64 *found)
{
	u64 align = MAX(request->align, 1ULL);
	u64 max = request->max.val ? request->max.val : REGION_ADDRESS_END;
	u64 at;

	base = MAX(base, request->min.val);
	end = MIN(end, max);
	if (base >= end || end - base < request->bytes)
		return false;
	at = ALIGN_DOWN(end - request->bytes, align);
	if (at < base)
		return false;
	/* The highest place that fits is at or above the lowest, so rounding up can't wrap. */
	*found = request->bottom_up ? ALIGN_UP(base, align) : at;
	return true;
}

/* Finds free memory that has no part in `avoid`. Nothing is reserved yet. */
static bool find_free(const struct memblock_request *request, struct avoid avoid, u64 *found)
{
	bool any = false;
	u64 from = 0;
	u64 base, end;

	while (next_free(from, &base, &end)) {
		from = end;
		if (base < avoid.end && avoid.base < end) {
			/* the part below it now, the part above it in the next round */
			from = MIN(end, avoid.end);
			end = MAX(base, avoid.base);
		}
		any |= place(request, base, end, found);
		if (any && request->bottom_up)
			break;
	}
	return any;
}

static int ensure(struct region_list *list, u32 inserts, struct avoid avoid);

/* An array for `list` of `bytes`, out of free memory. Reserving it is left to the caller. */
static int allocate_array(const struct region_list *list, u64 bytes, struct avoid avoid,
			  struct array_home *home, struct region **array)
{
	struct memblock_request request = { .bytes = bytes, .align = sizeof(u64) };
	u64 found;
	int error;

	if (!map_array)
		return -ENOSPC;
	/* One region for the new array, one for the hole that the old one may leave. */
	if (list != &reserved) {
		error = ensure(&reserved, 2, avoid);
		if (error)
			return error;
	}
	if (!find_free(&request, avoid, &found))
		return -ENOMEM;
	*array = map_array(paddr(found), bytes);
	if (!*array)
		return -ENOMEM;
	*home = (struct array_home){ .base = paddr(found), .bytes = bytes };
	return 0;
}

static int grow(struct region_list *list, u32 capacity, struct avoid avoid)
{
	struct array_home *home = list == &memory ? &memory_home : &reserved_home;
	struct array_home old = *home;
	u64 bytes = (u64)capacity * sizeof(struct region);
	struct region *array;
	int error;

	if (lent_bytes >= bytes) {
		array = (void *)lent;
		lent += bytes;
		lent_bytes -= bytes;
		*home = (struct array_home){ .bytes = 0 };
	} else {
		error = allocate_array(list, bytes, avoid, home, &array);
		if (error)
			return error;
	}
	region_list_move(list, array, capacity);
	if (home->bytes)
		region_list_fill(&reserved, home->base.val, home->base.val + home->bytes, 0,
				 MEMBLOCK_REGION_LISTS);
	if (old.bytes)
		region_list_cut(&reserved, old.base.val, old.base.val + old.bytes);
	return 0;
}

/*
 * Sees to it that `inserts` more regions fit. A list that grows gets room to spare: growing
 * puts the new array into `reserved`, may leave a hole where the old one was, and that
 * hole may be one more gap in the range that the caller is about to fill.
 */
static int ensure(struct region_list *list, u32 inserts, struct avoid avoid)
{
	u32 capacity = region_list_capacity(list);

	if (list->count + inserts <= capacity)
		return 0;
	while (list->count + inserts + 4 > capacity)
		capacity *= 2;
	return grow(list, capacity, avoid);
}

static int fill(struct region_list *list, paddr_t base, u64 bytes, u32 owner)
{
	u64 end = end_of(base, bytes);
	int error;

	if (base.val == end)
		return 0;
	error = ensure(list, region_list_fill_inserts(list, base.val, end, 0, owner),
		       (struct avoid){ base.val, end });
	if (error)
		return error;
	region_list_fill(list, base.val, end, 0, owner);
	return 0;
}

static int cut(struct region_list *list, paddr_t base, u64 bytes)
{
	u64 end = end_of(base, bytes);
	int error;

	if (base.val == end)
		return 0;
	error = ensure(list, region_list_cut_inserts(list, base.val, end),
		       (struct avoid){ base.val, end });
	if (error)
		return error;
	region_list_cut(list, base.val, end);
	return 0;
}

static int flag(paddr_t base, u64 bytes, u32 flags)
{
	u64 end = end_of(base, bytes);
	int error;

	if (base.val == end)
		return 0;
	error = ensure(&memory, region_list_flag_inserts(&memory, base.val, end),
		       (struct avoid){ base.val, end });
	if (error)
		return error;
	region_list_flag(&memory, base.val, end, flags);
	return 0;
}

int memblock_add(paddr_t base, u64 bytes)
{
	return fill(&memory, base, bytes, MEMBLOCK_OWNER_NONE);
}

int memblock_remove(paddr_t base, u64 bytes)
{
	return cut(&memory, base, bytes);
}

int memblock_reserve(paddr_t base, u64 bytes, enum memblock_owner owner)
{
	ASSERT(owner > MEMBLOCK_OWNER_NONE && owner < MEMBLOCK_OWNERS);
	return fill(&reserved, base, bytes, owner);
}

int memblock_free(paddr_t base, u64 bytes)
{
	return cut(&reserved, base, bytes);
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
	region_list_keep(&memory, MEMBLOCK_FLAG_KEEP);
}

/* Whether the running kernel uses what this owner has, so that it must stay memory. */
static bool in_use(u32 owner)
{
	switch (owner) {
	case MEMBLOCK_IMAGE:
	case MEMBLOCK_DEVICETREE:
	case MEMBLOCK_INITRD:
	case MEMBLOCK_PAGE_TABLES:
	case MEMBLOCK_FRAME_TABLE:
	case MEMBLOCK_REGION_LISTS:
	case MEMBLOCK_BOOT:
		return true;
	default:
		return false;
	}
}

int memblock_limit_memory(u64 bytes)
{
	const struct region *m = region_list_array(&memory);
	u64 limit = 0;
	u32 in_use_count = 0;
	u32 i;
	int error;

	for (i = 0; i < memory.count && bytes >= m[i].bytes; i++)
		bytes -= m[i].bytes;
	if (i == memory.count)
		return 0;
	limit = m[i].base.val + bytes;

	/* What is in use stays, and may become a region of its own. */
	for (i = region_list_find(&reserved, limit); i < reserved.count; i++)
		in_use_count += in_use(region_list_array(&reserved)[i].owner);
	error = ensure(&memory, in_use_count + 1, (struct avoid){ limit, REGION_ADDRESS_END });
	if (error)
		return error;

	for (i = region_list_find(&reserved, limit); i < reserved.count; i++) {
		const struct region *r = &region_list_array(&reserved)[i];

		if (!in_use(r->owner))
			continue;
		if (limit < r->base.val)
			region_list_cut(&memory, limit, r->base.val);
		limit = region_end(r).val;
	}
	if (limit < REGION_ADDRESS_END)
		region_list_cut(&memory, limit, REGION_ADDRESS_END);
	return 0;
}

int memblock_find_range(const struct memblock_request *request, paddr_t *base)
{
	u64 found;

	if (!request->bytes || (request->align & (request->align - 1)) != 0)
		return -EINVAL;
	if (!find_free(request, (struct avoid){ 0, 0 }, &found))
		return -ENOMEM;
	*base = paddr(found);
	return 0;
}

int memblock_alloc_range(const struct memblock_request *request, paddr_t *base)
{
	paddr_t found;
	int error = memblock_find_range(request, &found);

	if (!error)
		error = memblock_reserve(found, request->bytes, request->owner);
	if (!error)
		*base = found;
	return error;
}

int memblock_alloc(u64 bytes, u64 align, enum memblock_owner owner, paddr_t *base)
{
	return memblock_alloc_range(
		&(struct memblock_request){ .bytes = bytes, .align = align, .owner = owner }, base);
}

static bool next_region(const struct region_list *list, paddr_t *from, struct region *region)
{
	u32 i = region_list_find(list, from->val);

	if (i == list->count)
		return false;
	*region = region_list_array(list)[i];
	if (region->base.val < from->val) {
		region->bytes = region_end(region).val - from->val;
		region->base = *from;
	}
	*from = region_end(region);
	return true;
}

bool memblock_next_memory(paddr_t *from, struct region *region)
{
	return next_region(&memory, from, region);
}

bool memblock_next_reserved(paddr_t *from, struct region *region)
{
	return next_region(&reserved, from, region);
}

bool memblock_next_free(paddr_t *from, struct region *region)
{
	u64 base, end;

	if (!next_free(from->val, &base, &end))
		return false;
	*region = (struct region){ .base = paddr(base), .bytes = end - base };
	*from = paddr(end);
	return true;
}

bool memblock_next_free_aligned(paddr_t *from, u64 align, struct region *region)
{
	while (memblock_next_free(from, region)) {
		u64 end = ALIGN_DOWN(region_end(region).val, align);
		u64 base = region->base.val;

		/* base <= end first: rounding up can't wrap then */
		if (base > end || (base = ALIGN_UP(base, align)) >= end)
			continue;
		*region = (struct region){ .base = paddr(base), .bytes = end - base };
		return true;
	}
	return false;
}

static bool region_at(const struct region_list *list, paddr_t address, struct region *region)
{
	u32 i = region_list_find(list, address.val);

	if (i == list->count || region_list_array(list)[i].base.val > address.val)
		return false;
	*region = region_list_array(list)[i];
	return true;
}

bool memblock_is_memory(paddr_t address)
{
	struct region region;

	return region_at(&memory, address, &region);
}

bool memblock_is_map_memory(paddr_t address)
{
	struct region region;

	return region_at(&memory, address, &region) && !(region.flags & MEMBLOCK_FLAG_NO_MAP);
}

bool memblock_is_reserved(paddr_t address)
{
	struct region region;

	return region_at(&reserved, address, &region);
}

bool memblock_first_reserved(paddr_t base, u64 bytes, struct region *region)
{
	u32 i = region_list_find(&reserved, base.val);

	if (i == reserved.count || region_list_array(&reserved)[i].base.val >= end_of(base, bytes))
		return false;
	*region = region_list_array(&reserved)[i];
	return true;
}

bool memblock_covers(paddr_t base, u64 bytes)
{
	u64 end = end_of(base, bytes);
	u64 at = base.val;
	struct region region;

	while (at < end && region_at(&memory, paddr(at), &region))
		at = region_end(&region).val;
	return at >= end;
}

static u64 sum(const struct region_list *list, u32 flags)
{
	u64 bytes = 0;

	for (u32 i = 0; i < list->count; i++) {
		if ((region_list_array(list)[i].flags & flags) == flags)
			bytes += region_list_array(list)[i].bytes;
	}
	return bytes;
}

u64 memblock_memory_bytes(void)
{
	return sum(&memory, 0);
}

u64 memblock_no_map_bytes(void)
{
	return sum(&memory, MEMBLOCK_FLAG_NO_MAP);
}

u64 memblock_reserved_bytes(enum memblock_owner owner)
{
	u64 bytes = 0;

	for (u32 i = 0; i < reserved.count; i++) {
		const struct region *r = &region_list_array(&reserved)[i];

		if (owner == MEMBLOCK_OWNERS || r->owner == owner)
			bytes += r->bytes;
	}
	return bytes;
}

u64 memblock_free_bytes(void)
{
	u64 bytes = 0;
	u64 from = 0;
	u64 base, end;

	for (; next_free(from, &base, &end); from = end)
		bytes += end - base;
	return bytes;
}

paddr_t memblock_start(void)
{
	return memory.count ? region_list_array(&memory)[0].base : paddr(0);
}

paddr_t memblock_end(void)
{
	if (memory.count == 0)
		return paddr(0);
	return region_end(&region_list_array(&memory)[memory.count - 1]);
}

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

static bool home_is_reserved(const struct array_home *home)
{
	struct region region;

	return !home->bytes || (region_at(&reserved, home->base, &region) &&
				region_end(&region).val >= home->base.val + home->bytes);
}

const char *memblock_check(void)
{
	const char *broken = region_list_check(&memory);

	if (!broken)
		broken = region_list_check(&reserved);
	for (u32 i = 0; !broken && i < memory.count; i++) {
		if (region_list_array(&memory)[i].owner != MEMBLOCK_OWNER_NONE)
			broken = "memory has an owner";
	}
	for (u32 i = 0; !broken && i < reserved.count; i++) {
		const struct region *r = &region_list_array(&reserved)[i];

		if (r->flags || r->owner == MEMBLOCK_OWNER_NONE || r->owner >= MEMBLOCK_OWNERS)
			broken = "a reservation has flags, or no owner";
	}
	if (!broken && (!home_is_reserved(&memory_home) || !home_is_reserved(&reserved_home)))
		broken = "an array of regions isn't reserved";
	return broken;
}
