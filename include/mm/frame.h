/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The frame table: one 64-bit word for each page of memory, whatever the page size.
 *
 * It is an array in virtual memory, indexed by frame number from a constant base, and is
 * mapped only where there is RAM. Where a 1 GiB region has any, the rest of its words is
 * one shared page of zeroes, read-only: FRAME_RESERVED. So the word of a block's buddy can
 * always be read, up to the largest block.
 *
 * Blocks. Memory is dealt with in blocks of 2^order pages, aligned to their size. The word of
 * a block's first page, its head, describes the block; the words after the head are neither
 * written nor read until the block is split, and hold junk. That is what makes boot cost grow
 * with the number of free blocks, not of pages.
 *
 *   I1  A word is valid if and only if its page is the head of a block: free, hot, allocated or
 *       reserved. Zero is a reserved page.
 *   I2  The buddy of a block is a head too, or lies inside a larger block that also holds the
 *       block, which is impossible for two different blocks. So the buddy of a block that is
 *       being freed has a valid word, unless it is reserved memory that nobody wrote a word
 *       for. Therefore frame_init writes FRAME_RESERVED to every buddy of a free block that
 *       isn't free itself, to the reserved pages of a pageblock that has free ones, and to
 *       every page of reserved memory that may be given back page by page.
 *   I3  The type of a pageblock is valid unless it lies inside a larger free block, not at its head
 *       (the head's is valid for all of it then).
 *   I4  The allocator has pages, CMA regions aside, in runs only: what was free when it got its
 *       memory, and the parts of the image that are given back, as far as these are adjacent. A
 *       run's first page is a head, and so is each page in it at a multiple of the largest block,
 *       since no block crosses either: from there the heads of a run can be walked to its end.
 *
 * I2 and I3 follow from how the buddy allocator splits and merges blocks: see <mm/buddy.h>.
 *
 *   63..60  zero
 *   59..12  by kind: see the kinds below
 *   11..9   free: the list it is on (migratetype); allocated: the one it came from
 *   8..4    order
 *   3..0    kind
 *
 * Types of pageblocks lie in an array of their own, a byte for each 2 MiB that has memory. A list
 * of ranges of pageblocks, one on most machines, says where.
 *
 * Locking. Words of blocks that are free, movable or claimed change under buddy_lock(), and so do
 * the types; a walk from head to head holds it. The word of a block that was handed out
 * (hot, allocated, chunks, table, kmalloc) is the owner's: no one else writes it, so the
 * owner may without the lock, in one store of 64 bits. A walk sees the word before or after: the
 * order stays, and neither kind may be taken or moved. A block gets an owner, or none, by what
 * its owner does (pages_alloc, pages_free): that orders these stores and the next owner's. A hot
 * block is its CPU's, until that hands it to another one (<mm/hot_text.h>).
 *
 * Page size enters in one place: the word's offset, one shift (page_word_offset).
 */
#ifndef MM_FRAME_H
#define MM_FRAME_H

#include <arch/layout.h>
#include <arch/page.h>
#include <kernel/types.h>

struct region;

enum frame_kind {
	FRAME_RESERVED,  /* not the allocator's: no memory, firmware's, the image's */
	FRAME_FREE,      /* on a free list of the buddy allocator */
	FRAME_HOT,       /* on a CPU's list of recently freed blocks */
	FRAME_ALLOCATED, /* handed out; no other kind was set */
	FRAME_CHUNKS,    /* cut into pieces (mm/heap/chunk.c), whose bits they are */
	FRAME_TABLE,     /* a translation table */
	FRAME_KMALLOC,   /* a kmalloc of its own; bits are how many pages */
	FRAME_MOVABLE,   /* may move under its user; bits are a reverse map (mm/rmap.h) */
	FRAME_CLAIMED,   /* a claim's (mm/move/contig.c); bits of its first: how many pages */
	FRAME_KINDS,
};

enum migratetype {
	MIGRATE_UNMOVABLE,
	MIGRATE_MOVABLE,
	MIGRATE_CMA,     /* lent to movable allocations by a CMA region */
	MIGRATE_ISOLATE, /* being emptied: nothing is allocated from it */
	MIGRATE_TYPES,
};

#define FRAME_KIND_MASK   0xfULL
#define FRAME_ORDER_SHIFT 4
#define FRAME_ORDER_MASK  (0x1fULL << FRAME_ORDER_SHIFT)
#define FRAME_LIST_SHIFT  9
#define FRAME_LIST_MASK   (0x7ULL << FRAME_LIST_SHIFT)
#define FRAME_OWN_SHIFT   12
#define FRAME_OWN_MASK    (0xffffffffffffULL << FRAME_OWN_SHIFT)

#define PAGEBLOCK_SHIFT 21 /* 2 MiB at every page size: orders 9, 7, 5 */
#define PAGEBLOCK_BYTES (1ULL << PAGEBLOCK_SHIFT)

struct frame {
	u64 word;
};

/* The word of the page at `pa`, which is the address of a page. */
static inline struct frame *frame_of(paddr_t pa)
{
	return (struct frame *)(uintptr_t)(FRAME_TABLE_BASE + page_word_offset(pa.val));
}

static inline enum frame_kind frame_kind(const struct frame *f)
{
	return (enum frame_kind)(f->word & FRAME_KIND_MASK);
}

static inline unsigned frame_order(const struct frame *f)
{
	return (unsigned)((f->word & FRAME_ORDER_MASK) >> FRAME_ORDER_SHIFT);
}

/* The bits that belong to the kind: 48 of them. */
static inline u64 frame_own(const struct frame *f)
{
	return (f->word & FRAME_OWN_MASK) >> FRAME_OWN_SHIFT;
}

static inline void frame_set_own(struct frame *f, u64 own)
{
	f->word = (f->word & ~FRAME_OWN_MASK) | (own << FRAME_OWN_SHIFT & FRAME_OWN_MASK);
}

/* Bytes of the block with this head: of reserved pages, whose words are zero, each is one. */
static inline u64 frame_bytes(const struct frame *f)
{
	return page_size() << frame_order(f);
}

/* The head of the block that `pa` lies in; `head` is one at or below it. Under buddy_lock. */
static inline u64 frame_head(u64 head, u64 pa)
{
	u64 next;

	while ((next = head + frame_bytes(frame_of(paddr(head)))) <= pa)
		head = next;
	return head;
}

/* A walk from head to head, under buddy_lock. It begins with `next`, which is a head. */
struct frame_walk {
	paddr_t at; /* the block */
	u64 next;   /* the one after it, read first: the walker may take or free the block */
};

/* The frame of the next head below `end`; NULL when there is none. */
static inline const struct frame *frame_walk(struct frame_walk *w, u64 end)
{
	const struct frame *f;

	if (w->next >= end)
		return NULL;
	w->at = paddr(w->next);
	f = frame_of(w->at);
	w->next += frame_bytes(f);
	return f;
}

/* Change the kind of an allocated block, by its head; own bits are cleared, order stays. */
static inline void frame_set_kind(struct frame *f, enum frame_kind kind)
{
	f->word = (f->word & ~(FRAME_KIND_MASK | FRAME_OWN_MASK)) | kind;
}

/*
 * frame_init - make the frame table for all memory that memblock knows, and hand what is free to
 * the buddy allocator as movable memory, and CMA's regions as lent.
 *
 * Boot, once the linear map is there. memblock may not be used to allocate afterwards. Returns 0,
 * or -ENOMEM when there is no room for the table.
 */
int frame_init(void);

/* Bytes of memory that the table and the types of pageblocks take. */
u64 frame_table_bytes(void);

/*
 * frame_next_run - the first run (I4) that ends above `from`, all of it, in whole pages.
 *
 * Returns false when there is none. Any time after frame_init: it is asked of memblock's lists,
 * which nobody changes any more, and takes time in proportion to their length.
 */
bool frame_next_run(paddr_t from, struct region *run);

/*
 * frame_floor      - no block that has memory of the pageblock of `base`, which lies in a run,
 *                    begins below that
 * frame_block_head - the head of the block in which a pageblock begins, whatever has merged
 *
 * `floor` is frame_floor's, of the pageblock or of one below. The second under buddy_lock.
 */
paddr_t frame_floor(paddr_t base);
u64 frame_block_head(u64 block, u64 floor);

/* The type of the pageblock that `pa` lies in, which has memory; see I3 for when it is valid. */
enum migratetype frame_pageblock_type(paddr_t pa);
void frame_set_pageblock_type(paddr_t pa, enum migratetype type);

#endif
