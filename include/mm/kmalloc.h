/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kmalloc: memory of any size, for the kernel's own structures.
 *
 *   asked for          comes from                                    rounded up by at most
 *   1 to 128           a slab cache for each 16 bytes                15 bytes
 *   129 to 512         four caches a doubling                        a fifth of what is taken
 *   513 to 3072        576 672 800 1008 1024 1344 1536 2016 2048     a quarter of what is taken
 *                      2560 3072
 *   3073 to 64 KiB     a chunk (mm/chunk.h)                          to a power of two
 *   more               pages of its own                              a page
 *
 * The classes. Above 512 bytes a class is the largest multiple of 16 of which a 4 KiB slab holds 7,
 * 6, 5, 4, 3 or 2: nothing in between would save anything, since as few would fit. But powers of
 * two, aligned to themselves, leave no room for a header beside them in 4 KiB, and of what is more
 * than 2 KiB there would be one: these have slabs of 16 KiB. In all, with slabs' headers and what
 * doesn't fit, 49 bytes and more never take more than 4/3 of what was asked for, until chunks
 * double. So it is at 4K, 16K and 64K pages alike; tests/host/test_kmalloc.c adds it up.
 *
 * From an address to its size. A multiple of 512 may be in any slab, a chunk or a block of pages:
 * the frame word of its page says which. All others are in slabs of 4 KiB, since objects of a
 * 16 KiB slab lie at multiples of 512 only; so the header is one mask away. Of 63 objects of 64
 * bytes in a slab that goes for 55.
 *
 * Rules. Memory is contiguous, physically too; in the linear map; aligned to 16 bytes, and to its
 * size if that is a power of two of up to 64 KiB (above, as pages_alloc_exact has it). So what is a
 * power of two doesn't straddle a multiple of itself; other sizes may, of 4 KiB, too. 0 bytes are
 * taken for 1. Content is junk without KMALLOC_ZERO. Not before kmalloc_init; may sleep.
 *
 * Every call is a place of fault injection (FAULT_SLAB), but those with PAGES_MUST, which panic
 * rather than fail.
 *
 * Page size enters in the frame word's place, and in the size of blocks of pages.
 *
 * Locks: those of slab caches, chunks and pages, none of which may be held.
 */
#ifndef MM_KMALLOC_H
#define MM_KMALLOC_H

#include <kernel/compiler.h>
#include <kernel/types.h>
#include <mm/pages.h>

struct slab_cache;

/* Or'ed with it: PAGES_COMPACT, PAGES_MUST. */
#define KMALLOC_ZERO ((unsigned)PAGES_ZERO)

/* All that is larger is made of chunks or pages. */
#define KMALLOC_SLAB_BYTES_MAX 3072

void kmalloc_init(void);

/* kmalloc - `bytes` of memory, or NULL. */
void *kmalloc(u64 bytes, unsigned flags) __must_check;

/* Give it back; NULL is nothing. What kmalloc didn't give, or has back already, is a panic. */
void kfree(const void *p);

/*
 * krealloc - change the size of a block, in place where the block allows it.
 *
 * The content is kept up to the lesser size; what is new is junk (so no KMALLOC_ZERO). On failure,
 * NULL, the old block is as it was. A block that shrinks to less than half moves, if it can: it
 * doesn't fail. `p` NULL is kmalloc.
 */
void *krealloc(const void *p, u64 bytes, unsigned flags) __must_check;

/* How much of the block may be used: what was asked for, or more. */
u64 kmalloc_usable_bytes(const void *p);

/* What blocks of pages take, for reports; the rest is in slab_usage and chunk_usage. */
u64 kmalloc_pages_bytes(void);

/* The slab cache that serves `bytes`, or NULL if none does. */
struct slab_cache *kmalloc_cache(u64 bytes);

#endif
