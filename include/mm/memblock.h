/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Physical memory during boot: two lists of address ranges. `memory` is what the machine
 * has, `reserved` is what is taken and by whom; memory that isn't reserved and isn't
 * marked no-map is free. The frame table and the buddy allocator are made from it, and
 * then it is history.
 *
 * Everything is in bytes. No page size enters here: a range may begin and end anywhere,
 * and code that deals in pages asks for free ranges rounded inwards
 * (memblock_next_free_aligned).
 *
 * Each list is an array of regions. It begins as a static one of REGION_LIST_STATIC, and doubles
 * when a change may need more than that: into memory that the caller lent (memblock_lend). Without,
 * such a change is -ENOSPC.
 *
 * Invariants, checked by memblock_check():
 *   I1  both lists are as <mm/region_list.h> says
 *   I2  memory has no owners, reservations have one and no flags
 *
 * Common to all functions that take a range: its end is exclusive, it is cut at 2^64 - 1
 * where it would wrap around, and a range of no bytes changes nothing and succeeds. A
 * function that fails has changed nothing.
 *
 * Locking: none. Boot only, on one CPU, not from an exception handler.
 * Filled before the kernel moves to its final address, the lists are valid after the move: no
 * pointer is kept here but to lent memory, which memblock_lent_moved() corrects.
 */
#ifndef MM_MEMBLOCK_H
#define MM_MEMBLOCK_H

#include <kernel/compiler.h>
#include <kernel/types.h>
#include <mm/region_list.h>

/* Who reserved a region. */
enum memblock_owner {
	MEMBLOCK_OWNER_NONE, /* what `memory` has */
	MEMBLOCK_IMAGE,
	MEMBLOCK_DEVICETREE,
	MEMBLOCK_INITRD,
	MEMBLOCK_ELFCOREHDR,  /* what a kernel that crashed left for this one */
	MEMBLOCK_MEMRESERVE,  /* the devicetree's /memreserve/ list */
	MEMBLOCK_FIRMWARE,    /* a static child of /reserved-memory */
	MEMBLOCK_NO_MAP,      /* one that must not be mapped */
	MEMBLOCK_POOL,        /* one for devices' DMA, or found by size */
	MEMBLOCK_CMA,         /* one that CMA lends out meanwhile */
	MEMBLOCK_CRASHKERNEL, /* for a second kernel, when this one has crashed */
	MEMBLOCK_PAGE_TABLES,
	MEMBLOCK_FRAME_TABLE,
	MEMBLOCK_REGION_LISTS, /* memblock's own */
	MEMBLOCK_BOOT,         /* anything else that boot allocated */
	MEMBLOCK_OWNERS,
};

/* The owner in a word or two, for reports. */
const char *memblock_owner_name(enum memblock_owner owner);

/* Flags of memory. */
#define MEMBLOCK_FLAG_NO_MAP (1u << 0) /* never mapped, never free */
#define MEMBLOCK_FLAG_KEEP   (1u << 1) /* see memblock_mark_keep() */

/*
 * Memory to grow into: `bytes` at `start`, aligned to 8. The caller owns it, and leaves it at that
 * pointer until memblock_lent_moved(). An array that was outgrown isn't used again: growing one
 * list to n regions takes up to 4 * n * sizeof(struct region). <mm/memblock_room.h> says how much a
 * devicetree needs.
 */
void memblock_lend(void *start, u64 bytes);

/* What was lent is now mapped `offset` higher. */
void memblock_lent_moved(u64 offset);

/*
 * Adds memory, or takes it away. What is memory already keeps its flags.
 * -ENOSPC: no room for another region.
 */
int memblock_add(paddr_t base, u64 bytes) __must_check;
int memblock_remove(paddr_t base, u64 bytes) __must_check;

/*
 * Reserves a range, memory or not. Parts that are reserved already keep their owner: ask
 * memblock_first_reserved() before, where an overlap is an error. Freeing takes any owner's
 * reservation away. Errors as above.
 */
int memblock_reserve(paddr_t base, u64 bytes, enum memblock_owner owner) __must_check;
int memblock_free(paddr_t base, u64 bytes) __must_check;

/* Marks the memory in the range as never to be mapped. What isn't memory isn't affected. */
int memblock_mark_no_map(paddr_t base, u64 bytes) __must_check;

/*
 * Restricts memory to ranges that were marked before: mark each, then drop the rest,
 * which also takes the marks away. For `linux,usable-memory-range`.
 */
int memblock_mark_keep(paddr_t base, u64 bytes) __must_check;
void memblock_drop_unmarked(void);

/*
 * Linux' `mem=`: keeps the lowest `bytes` of memory, marked no-map or not, and removes what
 * lies above, except for memory that the image, the devicetree and the initrd occupy.
 */
int memblock_limit_memory(u64 bytes) __must_check;

/* What is to be allocated. Zero is the default of each field but `bytes` and `owner`. */
struct memblock_request {
	u64 bytes;
	u64 align;   /* a power of two, in bytes */
	paddr_t min; /* within [min, max); max 0 is no limit */
	paddr_t max;
	enum memblock_owner owner;
};

/*
 * Finds the highest free place. -EINVAL for 0 bytes or an alignment that isn't a
 * power of two; -ENOMEM if no free range fits.
 */
int memblock_find_range(const struct memblock_request *request, paddr_t *base) __must_check;

/*
 * The same, and reserves it for request->owner. Its content is junk. Errors of both, and *base is
 * as it was then.
 */
int memblock_alloc_range(const struct memblock_request *request, paddr_t *base) __must_check;

/* The same for the common case: anywhere, top down. */
int memblock_alloc(u64 bytes, u64 align, enum memblock_owner owner, paddr_t *base) __must_check;

/*
 * Iterators, in ascending order: the first region that ends above `*from`, from there on;
 * `*from` moves to its end. Start with paddr(0); false after the last. The lists may
 * be changed meanwhile: what lies above `*from` is seen as it is by then.
 */
bool memblock_next_memory(paddr_t *from, struct region *region);
bool memblock_next_mapped(paddr_t *from, struct region *region); /* memory but for no-map */
bool memblock_next_reserved(paddr_t *from, struct region *region);
bool memblock_next_free(paddr_t *from, struct region *region);

/* The same with both ends of each free range rounded inwards to `align`, a power of two. */
bool memblock_next_free_aligned(paddr_t *from, u64 align, struct region *region);

/* Is it memory that isn't marked no-map? */
bool memblock_is_map_memory(paddr_t address);

/* The lowest reserved region that overlaps the range; false if none does. */
bool memblock_first_reserved(paddr_t base, u64 bytes, struct region *region);

/* True if every byte of the range is memory. */
bool memblock_covers(paddr_t base, u64 bytes);

/* Sums over the lists. Reserved counts what isn't memory, too. */
u64 memblock_memory_bytes(void);
u64 memblock_no_map_bytes(void);
u64 memblock_reserved_bytes(enum memblock_owner owner);

/* The lowest address of memory and the end of the highest; 0 and 0 without memory. */
paddr_t memblock_start(void);
paddr_t memblock_end(void);

/* Prints both lists, a line per region, through a function like printk(). */
void memblock_report(int (*print)(const char *fmt, ...) __printf(1, 2));

/* For tests: NULL, or the invariant that doesn't hold, in words; and empty lists again. */
const char *memblock_check(void);
void memblock_init(void);

#endif
