// SPDX-License-Identifier: BSD-2-Clause
/*
 * Makes the frame table and fills the buddy allocator from memblock.
 *
 * What it writes is in proportion to the number of ranges and of free blocks: of the table's
 * words only those that I2 and I3 (<mm/frame.h>) ask for.
 */
#include <arch/boot.h>
#include <arch/mmu.h>
#include <arch/pgtable.h>
#include <kernel/assert.h>
#include <kernel/compiler.h>
#include <kernel/errno.h>
#include <lib/string.h>
#include <mm/addr.h>
#include <mm/boot_data.h>
#include <mm/buddy.h>
#include <mm/memblock.h>

static u64 table_bytes;
static u64 table_end;  /* virtual; what lies above has no memory behind it yet */
static paddr_t zeroes; /* the page that words of holes share; 0: not needed so far */

/*
 * Pageblocks with memory, in ascending order, and where their types are. Gaps of few pageblocks
 * are in it, too: a byte each is less than a range.
 */
struct type_range {
	u64 first; /* pageblock */
	u32 count;
	u32 at; /* its place in types[] */
};

#define GAP_MOST (sizeof(struct type_range))

static struct type_range *type_ranges;
static u32 type_range_count;
static u8 *types;

u64 frame_table_bytes(void)
{
	return table_bytes;
}

/* Where the words of the pages below `pa` end. */
static u64 __init word_address(u64 pa)
{
	return (u64)(uintptr_t)frame_of(paddr(pa));
}

/*
 * Memory for `bytes` of the table at `va`, congruent to it modulo the largest leaf that fits,
 * so that such leaves map it. The ends that come of that go back.
 */
static int __init alloc_congruent(u64 va, u64 bytes, paddr_t *pa)
{
	const struct granule *g = mmu_kernel_pgtable()->granule;
	u64 leaf = 1ULL << granule_level_shift(g, GRANULE_LAST_LEVEL - 1);
	u64 skip = bytes >= leaf ? va & (leaf - 1) : 0;
	u64 whole = ALIGN_UP(skip + bytes, bytes >= leaf ? leaf : page_size());
	int err =
		memblock_alloc(whole, bytes >= leaf ? leaf : page_size(), MEMBLOCK_FRAME_TABLE, pa);

	if (err)
		return err;
	err = memblock_free(*pa, skip);
	if (!err)
		err = memblock_free(paddr(pa->val + skip + bytes), whole - skip - bytes);
	*pa = paddr(pa->val + skip);
	return err;
}

/* Make the words in [first, last) of the table those of reserved pages. */
static void __init clear_words(u64 first, u64 last)
{
	if (first < last)
		memset((void *)(uintptr_t)first, 0, last - first);
}

/*
 * Put memory behind the words of [base, end). A page of words that is not all for memory, at either
 * end, says of the rest that it is reserved.
 */
static int __init back_words(u64 base, u64 end)
{
	u64 first = MAX(page_align_down(word_address(page_align_down(base))), table_end);
	u64 last = page_align_up(word_address(page_align_up(end)));
	paddr_t pa;
	int err;

	if (first >= last)
		return 0;
	err = alloc_congruent(first, last - first, &pa);
	if (!err)
		err = pgtable_map(mmu_kernel_pgtable(), vaddr(first), pa, last - first, MAP_DATA);
	if (err)
		return err;
	clear_words(first, word_address(page_align_up(base)));
	clear_words(word_address(page_align_down(end)), last);
	table_bytes += last - first;
	table_end = last;
	return 0;
}

/* Put the page of zeroes behind the words of a hole, which is [first, last) of the table. */
static int __init back_hole(u64 first, u64 last)
{
	int err = 0;

	if (first < last && !zeroes.val) {
		err = memblock_alloc(page_size(), page_size(), MEMBLOCK_FRAME_TABLE, &zeroes);
		if (!err)
			memset(vaddr_ptr(paddr_to_linear(zeroes)), 0, page_size());
	}
	for (; !err && first < last; first += page_size())
		err = pgtable_map(mmu_kernel_pgtable(), vaddr(first), zeroes, page_size(),
				  MAP_RODATA);
	return err;
}

/*
 * The hole between two pieces of memory. Only where it shares a largest block with memory could
 * its words be asked for.
 */
static int __init back_gap(u64 end, u64 next)
{
	u64 block = PAGES_BLOCK_BYTES_MAX;
	u64 near = word_address(MIN(ALIGN_UP(end, block), next));
	u64 far = word_address(MAX(ALIGN_DOWN(next, block), end));
	int err = back_hole(table_end, page_align_down(near));

	table_end = MAX(table_end, page_align_down(far));
	return err ? err : back_hole(table_end, page_align_down(word_address(next)));
}

/* The table for all memory that is mapped, and where that begins and ends. */
static int __init make_table(u64 *start, u64 *end)
{
	paddr_t from = paddr(0);
	struct region memory;
	int err = 0;

	table_end = FRAME_TABLE_BASE;
	table_bytes = 0;
	zeroes = paddr(0);
	*start = *end = 0;
	while (!err && memblock_next_memory(&from, &memory)) {
		if (memory.flags & MEMBLOCK_FLAG_NO_MAP)
			continue;
		if (*end)
			err = back_gap(*end, memory.base.val);
		else
			*start = memory.base.val;
		*end = region_end(&memory).val;
		if (!err)
			err = back_words(memory.base.val, *end);
	}
	return err;
}

/* The last range that begins at or below the pageblock: at a single one, without a step. */
static u8 *type_of(paddr_t pa)
{
	const struct type_range *r = type_ranges;
	u64 number = pa.val >> PAGEBLOCK_SHIFT;

	for (u32 left = type_range_count; left > 1;) {
		u32 half = left / 2;
		bool upper = r[half].first <= number;

		r += upper ? half : 0;
		left = upper ? left - half : half;
	}
	ASSERT(number - r->first < r->count);
	return &types[r->at + (number - r->first)];
}

enum migratetype frame_pageblock_type(paddr_t pa)
{
	return (enum migratetype) * type_of(pa);
}

void frame_set_pageblock_type(paddr_t pa, enum migratetype type)
{
	*type_of(pa) = (u8)type;
}

/* Find the ranges; `to`, if it isn't NULL, gets them. Returns how many pageblocks they have. */
static u32 __init find_type_ranges(struct type_range *to)
{
	paddr_t from = paddr(0);
	struct type_range range = { .count = 0 };
	struct region memory;
	u32 n = 0, at = 0;

	while (memblock_next_memory(&from, &memory)) {
		u64 first = memory.base.val >> PAGEBLOCK_SHIFT;
		u64 last = (region_end(&memory).val - 1) >> PAGEBLOCK_SHIFT;

		if (memory.flags & MEMBLOCK_FLAG_NO_MAP)
			continue;
		if (!n || first > range.first + range.count + GAP_MOST) {
			range = (struct type_range){ .first = first, .at = at };
			n++;
		}
		at = range.at + (u32)(last + 1 - range.first);
		range.count = (u32)(last + 1 - range.first);
		if (to)
			to[n - 1] = range;
	}
	type_range_count = n;
	return at;
}

/* Room for the types, unwritten, behind the ranges: where a page has that left, or anywhere. */
static int __init make_types(void)
{
	u32 count = find_type_ranges(NULL);
	u64 bytes = type_range_count * sizeof(*type_ranges) + count;
	paddr_t pa;
	int err = boot_data_alloc(bytes, 8, MEMBLOCK_FRAME_TABLE, &pa);

	if (err)
		err = memblock_alloc(bytes, 8, MEMBLOCK_FRAME_TABLE, &pa);
	if (err)
		return err;
	table_bytes += bytes;
	type_ranges = vaddr_ptr(paddr_to_linear(pa));
	find_type_ranges(type_ranges);
	types = (u8 *)&type_ranges[type_range_count];
	return 0;
}

static void __init mark_page(u64 pa)
{
	frame_of(paddr(pa))->word = FRAME_RESERVED;
	frame_set_pageblock_type(paddr(pa), MIGRATE_UNMOVABLE);
}

/* Say of each page of [first, end) that it is reserved. */
static void __init mark_reserved(u64 first, u64 end)
{
	for (u64 pa = first; pa < end; pa += page_size())
		mark_page(pa);
}

/*
 * What I2 and I3 want around [base, end), which is free or may be given to the allocator, in part
 * or together with its neighbours: words for the rest of the pageblocks at its ends, and for
 * pages where the buddy of a block can begin that ends at `end`, or that is the first of its order;
 * and for the first page of the largest block around it, where compaction begins to look.
 * Free neighbours get their own words afterwards; what is no memory has words that say reserved.
 */
static void __init mark_around(u64 base, u64 end)
{
	mark_reserved(ALIGN_DOWN(base, PAGEBLOCK_BYTES), base);
	mark_reserved(end, ALIGN_UP(end, PAGEBLOCK_BYTES));
	if (memblock_is_map_memory(paddr(end)))
		mark_page(end);
	for (u64 bytes = PAGEBLOCK_BYTES; bytes <= PAGES_BLOCK_BYTES_MAX; bytes *= 2) {
		u64 below = ALIGN_UP(base, bytes) - bytes;

		if (memblock_is_map_memory(paddr(below)))
			mark_page(below);
	}
}

/*
 * Whole pageblocks are movable until somebody needs them otherwise. One that is partly reserved can
 * never be had as a whole, so it is where unmovable allocations begin.
 */
static void __init add_free(u64 base, u64 end)
{
	u64 first = MIN(ALIGN_UP(base, PAGEBLOCK_BYTES), end);
	u64 last = MAX(ALIGN_DOWN(end, PAGEBLOCK_BYTES), first);

	/* Where the last part begins, a block of the middle one has its buddy: that comes first. */
	buddy_add(paddr(base), paddr(first), MIGRATE_UNMOVABLE);
	buddy_add(paddr(last), paddr(end), MIGRATE_UNMOVABLE);
	buddy_add(paddr(first), paddr(last), MIGRATE_MOVABLE);
}

/* The first piece of a run that begins at or above `from`; they come in ascending order. */
static bool next_piece(u64 from, struct region *piece)
{
	u64 image = boot_info.image_pa;
	u64 image_end = page_align_up(image + (u64)(_end - _text));
	paddr_t at = paddr(from);
	bool found = memblock_next_free_aligned(&at, page_size(), piece);

	if (from > image || (found && piece->base.val < image))
		return found;
	*piece = (struct region){ .base = paddr(image), .bytes = image_end - image };
	return true;
}

bool frame_next_run(paddr_t from, struct region *run)
{
	struct region piece;

	for (u64 at = 0; next_piece(at, run); at = region_end(run).val) {
		while (next_piece(region_end(run).val, &piece) &&
		       piece.base.val == region_end(run).val)
			run->bytes += piece.bytes;
		if (region_end(run).val > from.val)
			return true;
	}
	return false;
}

/* The next range that CMA regions have: whole pageblocks, as mm/boot/memblock_devicetree.c sees to.
 * */
static bool __init next_cma(paddr_t *from, struct region *region)
{
	while (memblock_next_reserved(from, region))
		if (region->owner == MEMBLOCK_CMA)
			return true;
	return false;
}

/* From the top down: what is added last is lent first, and claims begin at the top (<mm/cma.h>). */
static void __init add_cma(u64 base, u64 end)
{
	for (; end > base; end -= PAGEBLOCK_BYTES)
		buddy_add(paddr(end - PAGEBLOCK_BYTES), paddr(end), MIGRATE_CMA);
}

int __init frame_init(void)
{
	u64 start, end, image_end = boot_info.image_pa + (u64)(_end - _text);
	paddr_t from = paddr(0);
	struct region free;
	int err = make_table(&start, &end);

	if (!err)
		err = make_types();
	if (err)
		return err;
	buddy_init(paddr(start), end - start);

	/* All marks before any block: the mark of one range may lie in another. */
	while (memblock_next_free_aligned(&from, page_size(), &free))
		mark_around(free.base.val, region_end(&free).val);
	/* What CMA will lend. */
	from = paddr(0);
	while (next_cma(&from, &free))
		mark_around(free.base.val, region_end(&free).val);
	/* Parts of the image will be given back, page by page. */
	mark_reserved(boot_info.image_pa, image_end);
	mark_around(boot_info.image_pa, image_end);

	from = paddr(0);
	while (memblock_next_free_aligned(&from, page_size(), &free))
		add_free(free.base.val, region_end(&free).val);
	from = paddr(0);
	while (next_cma(&from, &free))
		add_cma(free.base.val, region_end(&free).val);
	return 0;
}
