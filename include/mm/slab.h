/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Slab caches: objects of one size, cut from chunks of 4 KiB or 16 KiB.
 *
 * A slab is a chunk (mm/chunk.h), so its size is one of bytes: what a cache takes, and what it
 * wastes, is the same at 4K, 16K and 64K pages. Objects lie from its beginning on, one every
 * `stride` bytes, and so are aligned as the stride is; after them, in the slab's last bytes, is
 * its header. From an object to its header is one mask and one addition. mm/slab_object.h has the
 * layout, and the two dozen instructions that allocate an object and free it.
 *
 *   I1  A slab that a CPU owns is on its cache's list `owned`. Of the others, one with free objects
 *       is on `partial`, one without on `full`.
 *   I2  A slab's `live` objects and those on its free list are all it has. Of the live ones,
 *       `returned_count` are on the list `returned`: none unless the slab is owned.
 *   I3  Of the slabs that nobody owns, only the last of `partial` may be empty. No slab of more
 *       than SLAB_KEEP_BYTES may: it goes back as it empties. So what is kept is one small slab a
 *       cache, and one a CPU.
 *   I4  A header's cookie is its own address and its cache's cookie, exclusive-or'ed.
 *   I5  In a debug build: bytes around objects are red zones and unharmed, a free object holds
 *       nothing but junk, and the word after an object says whether it is free.
 *
 *   I6  A CPU owns at most one slab of a cache: it is in the CPU's `slabs`, at the cache's index.
 *
 * A CPU allocates from its own slab of a cache, and frees into it, without a lock: nobody else
 * touches that one's free list. What other CPUs free of it they put on its list `returned`, under
 * the cache's lock; the owner takes that over when it has nothing left. A CPU takes another slab
 * for its own
 *
 *   when it has nothing left   the first of `partial`, or a new one
 *   when it frees an object    the slab which that is of, if nobody owns it, and it was full or has
 *                              fewer live objects than the one at hand: what comes next are frees
 *                              of its neighbours, or allocations
 *
 * so that what takes some objects and frees them, over and over, comes to take no lock for it.
 * slab_drain makes all slabs nobody's.
 *
 * Always checked, by a panic: that a pointer is where an object begins, that its slab has the right
 * cookie and cache, that it isn't freed twice in a row, and that what a free object's first word
 * was overwritten with isn't handed out. A debug build checks I5 as objects come and go, so
 * it finds every double free, an overflow, and a write after a free.
 *
 * Page size does not enter.
 *
 * Locks: one a cache, one for the list of caches (taken first). A cache's is not held while a slab
 * is allocated, or while another CPU is waited for. A CPU's own slabs: <mm/hot_text.h>.
 */
#ifndef MM_SLAB_H
#define MM_SLAB_H

#include <arch/spinlock.h>
#include <kernel/compiler.h>
#include <kernel/types.h>
#include <mm/chunk.h>

#define SLAB_OBJECT_BYTES_MAX CHUNK_BYTES_MIN /* for more, take chunks */
#define SLAB_ALIGN_MIN        16ULL
#define SLAB_KEEP_BYTES       CHUNK_SLAB_SMALL

struct slab;

/* The first cache line is what allocating and freeing read. */
struct slab_cache {
	struct spinlock lock;
	u32 reciprocal; /* slab_object.h: whether an offset is an object's */
	u32 offset_limit;
	u32 first; /* where the first object lies: 0 unless it has a red zone before it */
	u32 stride;
	struct slab *partial; /* slabs with a free object; the last may be empty */
	struct slab *full;
	struct slab *owned;
	u64 cookie;
	u32 slab_bytes;
	u32 object_bytes; /* as asked for */
	u32 per_slab;
	u32 align;
	u32 index; /* in a CPU's `slabs` */
	u64 slabs;
	const char *name;
	struct slab_cache *next;
};

/*
 * slab_cache_init - make a cache in memory that the caller owns, for good.
 *
 * Objects of `bytes`, at addresses that `align` divides (a power of two; 0: SLAB_ALIGN_MIN, which
 * is the least). `name` is not copied. Allocates nothing; the first object does. Returns 0, or
 * -EINVAL for sizes of 0 or more than SLAB_OBJECT_BYTES_MAX, and for such an alignment.
 */
int slab_cache_init(struct slab_cache *cache, const char *name, u64 bytes, u64 align) __must_check;

/*
 * slab_alloc - an object, or NULL.
 *
 * `flags` are PAGES_ZERO, without which its content is junk, PAGES_MUST and PAGES_COMPACT. A place
 * of fault injection (FAULT_SLAB), but for PAGES_MUST.
 */
void *slab_alloc(struct slab_cache *cache, unsigned flags) __must_check;

/* Give it back, to the cache it is of; anything else is a panic. */
void slab_free(struct slab_cache *cache, void *object);

/*
 * slab_drain      make the slabs of all CPUs nobody's. Waits for other CPUs: <mm/hot_text.h>
 * slab_drain_cpu  this CPU's alone: for one that is about to go
 * slab_shrink     the same as slab_drain, and give back the empty slabs that caches keep
 *
 * Return the bytes that were given back. No lock is held.
 */
u64 slab_drain(void);
u64 slab_drain_cpu(void);
u64 slab_shrink(void);

/*
 * slab_check - walk I1 to I6 in every cache. Takes the locks.
 *
 * Of slabs that other CPUs own, only what those don't change: after slab_drain, there are none.
 * Returns NULL, or what is broken in words, with the slab's header, or the cache, in *where.
 */
const char *slab_check(vaddr_t *where);

#endif
