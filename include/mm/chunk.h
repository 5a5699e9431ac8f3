/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Chunks: memory in blocks of 4 KiB to 64 KiB, whatever the page size.
 *
 * A slab or a small table takes 4 KiB and should not cost a page of 64 KiB. Below the page
 * size a chunk is cut from a page, by halves as the buddy allocator does with larger blocks; from
 * the page size up it is a block of pages. Callers see no difference, and the bytes that a chunk
 * takes are the same at every page size:
 *
 *   chunk of            4K pages     16K pages     64K pages
 *   4 KiB               1 page       1/4 page      1/16 page
 *   8 KiB               2 pages      1/2 page      1/8 page
 *   16 KiB              4 pages      1 page        1/4 page
 *   32 KiB              8 pages      2 pages       1/2 page
 *   64 KiB              16 pages     4 pages       1 page
 *
 * State. Memory is counted in units of 4 KiB: the smallest page is one, the largest sixteen. The
 * frame word of each page of a chunk has kind FRAME_CHUNKS, and its 48 own bits are three for
 * each of sixteen units: those of the unit at `pa` are number (pa / 4 KiB) mod 16, so that a
 * page uses as many as it has units. They say of what size the chunk is that the unit belongs
 * to. That answers from any address inside a chunk, in constant time, where it begins: a chunk
 * is aligned to its size.
 *
 *   0       free, or of no chunk of this page
 *   1 to 5  in a chunk of 4 KiB << (state - 1)
 *   6, 7    in a chunk that is a slab, of 4 KiB or of 16 KiB (mm/heap/slab.c)
 *
 * A chunk larger than a page writes the words of all its pages, each with the states of all its
 * units. The frame table leaves that to the owner of a block (see mm/frame.h: words after the head
 * are junk to everybody else).
 *
 *   I1  A page that is cut has kind FRAME_CHUNKS, and a unit of it that isn't free. A page all of
 *       whose units are free has gone back to the page allocator.
 *   I2  The units of a chunk have the same state, and a chunk is aligned to its size.
 *   I3  Every free unit of a page that is cut is in one free piece, which is aligned to its size
 *       and stands on the list of that size. Its links lie in the piece itself.
 *   I4  Two buddies are never both free pieces: they would be one.
 *
 * Page size enters where a chunk is compared with a page, and in the frame word's place.
 *
 * Locks: one of its own, not held while pages are allocated, so that allocating may compact, or
 * report and panic. It may be taken with a slab cache's lock held.
 */
#ifndef MM_CHUNK_H
#define MM_CHUNK_H

#include <kernel/compiler.h>
#include <kernel/types.h>
#include <mm/pages.h>

#define CHUNK_BYTES_MIN (4ULL << 10) /* at 4K, 16K and 64K pages alike */
#define CHUNK_BYTES_MAX (64ULL << 10)
#define CHUNK_SIZES     5

/* The sizes that a slab may have. */
#define CHUNK_SLAB_SMALL CHUNK_BYTES_MIN
#define CHUNK_SLAB_LARGE (16ULL << 10)

/*
 * chunk_alloc - allocate `bytes`, rounded up to a chunk's size and aligned to it.
 *
 * `flags` are those of pages_alloc, but for PAGES_MOVABLE. Returns 0, -ENOMEM, or -EINVAL for 0
 * bytes or more than CHUNK_BYTES_MAX.
 */
int chunk_alloc(u64 bytes, unsigned flags, paddr_t *pa) __must_check;

/* Give it back, by the address it begins at; anything else is a panic. */
void chunk_free(paddr_t pa);

/*
 * The same for a slab, which is marked as one: `bytes` is CHUNK_SLAB_SMALL or CHUNK_SLAB_LARGE,
 * and only chunk_free_slab takes it back.
 */
int chunk_alloc_slab(u64 bytes, unsigned flags, paddr_t *pa) __must_check;
void chunk_free_slab(paddr_t pa);

struct chunk {
	paddr_t base;
	u64 bytes;
	bool slab;
};

/*
 * chunk_find - the chunk that `pa` lies in. False if it lies in none.
 *
 * The frame word of pa's page must be valid (mm/frame.h, I1) or be one of a chunk's. Without a
 * lock: the caller owns the chunk, or can live with an answer that is out of date.
 */
bool chunk_find(paddr_t pa, struct chunk *chunk);

struct chunk_usage {
	u64 used_bytes; /* in chunks */
	u64 free_bytes; /* in free pieces */
	u64 peak_bytes; /* the most that ever were in chunks */
};

void chunk_usage(struct chunk_usage *usage);

/*
 * chunk_check - walk what I1 to I4 say of free pieces. Takes the lock.
 *
 * Returns NULL, or what is broken in words, with the piece's address in *where.
 */
const char *chunk_check(paddr_t *where);

#endif
