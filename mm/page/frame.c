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
 * so that such leaves map it.
 */
static int __init alloc_congruent(u64 va, u64 bytes, paddr_t *pa)
{
	const struct granule *g = mmu_kernel_pgtable()->granule;
	u64 leaf = 1ULL << granule_level_shift(g, GRANULE_LAST_LEVEL - 1);
	u64 align = bytes >= leaf ? leaf : page_size(), skip = va & (align - 1);
	struct memblock_request whole = { .bytes = ALIGN_UP(skip + bytes, align), .align = align };
	int err = memblock_find_range(&whole, pa);

	if (err)
		return err;
	*pa = paddr_add(*pa, skip);
	return memblock_reserve(*pa, bytes, MEMBLOCK_FRAME_TABLE);
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
	u64 first = MAX(page_align_down(word_address(base)), table_end);
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

/* Put the page of zeroes behind the words of a hole, but for pages that have words of memory. */
static int __init back_hole(u64 base, u64 end)
{
	u64 first = MAX(page_align_down(word_address(base)), table_end);
	u64 last = page_align_down(word_address(end));
	int err = 0;

	if (first < last && !zeroes.val) {
		err = memblock_alloc(page_size(), page_size(), MEMBLOCK_FRAME_TABLE, &zeroes);
		if (!err)
			memset(vaddr_ptr(paddr_to_linear(zeroes)), 0, page_size());
	}
	for (; !err && first < last; table_end = first += page_size())
		err = pgtable_map(mmu_kernel_pgtable(), vaddr(first), zeroes, page_size(),
				  MAP_RODATA);
	return err;
}

/* The table for all memory that is mapped; between the ends of that, buddies are looked for. */
static int __init make_table(void)
{
	u64 start = 0, end = 0;
	const u64 block = PAGES_BLOCK_BYTES_MAX;
	paddr_t from = paddr(0);
	struct region memory;
	int err = 0;

	table_end = FRAME_TABLE_BASE;
	table_bytes = 0;
	zeroes = paddr(0);
	while (!err && memblock_next_mapped(&from, &memory)) {
		u64 base = memory.base.val;

		if (!end)
			start = end = base;
		/* A hole needs words only where it shares a largest block with memory. */
		err = back_hole(end, MIN(ALIGN_UP(end, block), base));
		if (!err)
			err = back_hole(MAX(ALIGN_DOWN(base, block), end), base);
		end = region_end(&memory).val;
		if (!err)
			err = back_words(base, end);
	}
	buddy_init(paddr(start), end - start);
	return err;
}

/*
 * In the last range that begins at or below the pageblock. There are few: what lies between two is
 * more than GAP_MOST pageblocks.
 */
static u8 *type_of(paddr_t pa)
{
	const struct type_range *r = type_ranges;
	u64 number = pa.val >> PAGEBLOCK_SHIFT;

	for (u32 left = type_range_count; left > 1 && r[1].first <= number; left--)
		r++;
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
	struct type_range range = { .count = 0 };
	paddr_t from = paddr(0);
	struct region memory;

	type_range_count = 0;
	while (memblock_next_mapped(&from, &memory)) {
		u64 first = memory.base.val >> PAGEBLOCK_SHIFT;
		u64 last = (region_end(&memory).val - 1) >> PAGEBLOCK_SHIFT;

		if (!range.count || first > range.first + range.count + GAP_MOST) {
			range = (struct type_range){ .first = first, .at = range.at + range.count };
			type_range_count++;
		}
		range.count = (u32)(last + 1 - range.first);
		if (to)
			to[type_range_count - 1] = range;
	}
	return range.at + range.count;
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

/* Say of each page of [first, end) that it is reserved, and of their pageblocks that they stay. */
static void __init mark_reserved(u64 first, u64 end)
{
	for (u64 pa = first; pa < end; pa += page_size())
		frame_of(paddr(pa))->word = FRAME_RESERVED;
	for (u64 pa = first; pa < end; pa = ALIGN_DOWN(pa, PAGEBLOCK_BYTES) + PAGEBLOCK_BYTES)
		frame_set_pageblock_type(paddr(pa), MIGRATE_UNMOVABLE);
}

/*
 * The first piece of memory that ends above `from` and holds something of the allocator's: what
 * is free, a CMA region, which is whole pageblocks (mm/boot/memblock_devicetree.c sees to it), or
 * the image, since boot gives pages of it back. The owner says which. They come in ascending
 * order.
 */
static bool next_piece(u64 from, struct region *piece)
{
	paddr_t free = paddr(from), reserved = paddr(from);
	bool found = memblock_next_free_aligned(&free, page_size(), piece);
	struct region other;

	while (memblock_next_reserved(&reserved, &other) &&
	       !(found && paddr_less(piece->base, other.base))) {
		if (other.owner != MEMBLOCK_IMAGE && other.owner != MEMBLOCK_CMA)
			continue;
		*piece = other;
		/* All of its pages: other owners may have parts of them (<mm/boot_data.h>). */
		if (other.owner == MEMBLOCK_IMAGE)
			piece->bytes = page_align_up(image_offset(_end));
		return true;
	}
	return found;
}

bool frame_next_run(paddr_t from, struct region *run)
{
	struct region piece;

	for (u64 at = 0; next_piece(at, run); at = region_end(run).val) {
		if (run->owner == MEMBLOCK_CMA)
			continue;
		while (next_piece(region_end(run).val, &piece) && piece.owner != MEMBLOCK_CMA &&
		       paddr_equal(piece.base, region_end(run)))
			run->bytes += piece.bytes;
		if (region_end(run).val > from.val)
			return true;
	}
	return false;
}

paddr_t frame_floor(paddr_t base)
{
	struct region run;

	ASSERT(frame_next_run(base, &run) && !paddr_less(base, run.base));
	return paddr_max(run.base, paddr_down(base, PAGES_BLOCK_BYTES_MAX));
}

/*
 * The largest block whose word says that it reaches so far has it: where others merged over a word,
 * that lies in a larger one.
 */
u64 frame_block_head(u64 block, u64 floor)
{
	u64 head = block;

	for (u64 bytes = 2 * PAGEBLOCK_BYTES; bytes <= PAGES_BLOCK_BYTES_MAX; bytes *= 2) {
		u64 around = ALIGN_DOWN(block, bytes);

		if (around < floor)
			break;
		if (around + frame_bytes(frame_of(paddr(around))) > block)
			head = around;
	}
	return head;
}

/*
 * What I2 and I3 want around a piece, which may be given to the allocator in part or together
 * with its neighbours: words for the rest of the pageblocks at its ends, and for
 * pages where the buddy of a block can begin that ends at its end, or that is the first of its
 * order; and for the first page of the largest block around it, where compaction begins to look.
 * Free neighbours get their own words afterwards; what is no memory has words that say reserved.
 */
static void __init mark_around(const struct region *piece)
{
	u64 base = piece->base.val, end = region_end(piece).val;

	/* Parts of the image will be given back, page by page. */
	mark_reserved(ALIGN_DOWN(base, PAGEBLOCK_BYTES),
		      piece->owner == MEMBLOCK_IMAGE ? end : base);
	mark_reserved(end, ALIGN_UP(end, PAGEBLOCK_BYTES));
	if (memblock_is_map_memory(paddr(end)))
		mark_reserved(end, page_add(end));
	for (u64 bytes = PAGEBLOCK_BYTES; bytes <= PAGES_BLOCK_BYTES_MAX; bytes *= 2) {
		u64 below = ALIGN_UP(base, bytes) - bytes;

		if (memblock_is_map_memory(paddr(below)))
			mark_reserved(below, page_add(below));
	}
}

/*
 * Whole pageblocks are movable until somebody needs them otherwise. One that is partly reserved can
 * never be had as a whole, so it is where unmovable allocations begin.
 */
static void __init add_free(paddr_t base, paddr_t end)
{
	paddr_t first = paddr_min(paddr_up(base, PAGEBLOCK_BYTES), end);
	paddr_t last = paddr_max(paddr_down(end, PAGEBLOCK_BYTES), first);

	/* Where the last part begins, a block of the middle one has its buddy: that comes first. */
	buddy_add(base, first, MIGRATE_UNMOVABLE);
	buddy_add(last, end, MIGRATE_UNMOVABLE);
	buddy_add(first, last, MIGRATE_MOVABLE);
}

/* From the top down: what is added last is lent first, and claims begin at the top (<mm/cma.h>). */
static void __init add_cma(u64 base, u64 end)
{
	for (; end > base; end -= PAGEBLOCK_BYTES)
		buddy_add(paddr(end - PAGEBLOCK_BYTES), paddr(end), MIGRATE_CMA);
}

int __init frame_init(void)
{
	struct region piece;
	int err = make_table();

	if (!err)
		err = make_types();
	if (err)
		return err;
	/* All marks before any block: the mark of one piece may lie in another. */
	for (u64 at = 0; next_piece(at, &piece); at = region_end(&piece).val)
		mark_around(&piece);
	for (u64 at = 0; next_piece(at, &piece); at = region_end(&piece).val)
		if (piece.owner == MEMBLOCK_CMA)
			add_cma(piece.base.val, region_end(&piece).val);
		else if (piece.owner != MEMBLOCK_IMAGE)
			add_free(piece.base, region_end(&piece));
	return 0;
}
