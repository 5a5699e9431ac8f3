/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside a slab: for mm/heap/slab.c, its other parts, and mm/heap/kmalloc.c. Everybody else wants
 * mm/slab.h.
 *
 *   base                                                               base + slab_bytes
 *   | object | object | object | ...                          | rest | header |
 *     stride   stride
 *
 * The first word of a free object is the link to the next free one. In a debug build a gap
 * follows each object, and one comes before the first:
 *
 *   | gap | object | red zone, 8 bytes | link | state | red zone, 8 bytes or more | object | ...
 *
 * so the link isn't in the object, and each byte of a free object is junk.
 *
 * Whether an offset is an object's. Dividing by the stride s takes more instructions than this:
 * let c = floor(2^32 / s) + 1 and e = s * c - 2^32, so that 1 <= e <= s. For the offset
 * k * s + r with r < s,
 *
 *   offset * c = k * e + r * c   (mod 2^32)
 *
 * which is below (count * e) if and only if r = 0 and k < count: s is at most 2^13, so c is more
 * than 2^19, while (k + 1) * e is at most 2^14 (a slab) + 2^13; so r * c + k * e neither wraps
 * around nor gets that small. tests/host/test_slab.c tries every offset of many strides.
 */
#ifndef MM_SLAB_OBJECT_H
#define MM_SLAB_OBJECT_H

#include <arch/spinlock.h>
#include <kernel/compiler.h>
#include <kernel/types.h>
#include <mm/slab.h>

/* What a header's cookie is besides its address: less for kmalloc, whose slabs tell by that. */
#define SLAB_COOKIE         0xc3c3c3c3c3c3c3c3
#define SLAB_COOKIE_KMALLOC 0ULL

/* Every cache there is. */
struct slab_caches {
	struct spinlock lock;
	struct slab_cache *first;
};

extern struct slab_caches slab_caches;

/* The cookie comes first, so that what overflows the last object breaks it. */
struct slab {
	u64 cookie;
	struct slab_cache *cache;
	void *free; /* objects, linked */
	struct slab *next;
	struct slab **link; /* what points here */
	u64 live;
};

/* Behind an object, in a debug build. */
struct slab_gap {
	u64 red;
	void *free; /* the next free object */
	u64 state;
};

/* The header of the slab that an object is in; `slab_bytes` is a power of two. */
static inline struct slab *slab_header(const void *object, u64 slab_bytes)
{
	return (struct slab *)(ALIGN_DOWN((uintptr_t)object, slab_bytes) + slab_bytes -
			       sizeof(struct slab));
}

static inline u8 *slab_base(const struct slab *slab)
{
	return (u8 *)slab + sizeof(*slab) - slab->cache->slab_bytes;
}

static inline struct slab_gap *slab_gap(const struct slab_cache *cache, const void *object)
{
	return (struct slab_gap *)((uintptr_t)object + ALIGN_UP(cache->object_bytes, 8));
}

/* Where a free object's link is. */
static inline void **slab_link(const struct slab_cache *cache, void *object)
{
	if (GRANULE_DEBUG)
		return &slab_gap(cache, object)->free;
	return object;
}

static inline bool slab_is_object(const struct slab_cache *cache, const void *p, u64 slab_bytes)
{
	u32 offset = (u32)((uintptr_t)p & (slab_bytes - 1));

	if (GRANULE_DEBUG)
		offset -= cache->first;
	return offset * cache->reciprocal < cache->offset_limit;
}

/* slab_cache_init without its checks; `slab_bytes` 0: as suits the object. */
void slab_cache_setup(struct slab_cache *cache, const char *name, u64 bytes, u64 align,
		      u64 slab_bytes, u64 cookie);

/*
 * The rare continuations. They are entered with the cache's lock held and leave without. Arguments
 * are in the order in which the hot paths have them in registers.
 */
void *slab_take_refill(struct slab_cache *cache, unsigned flags);
void *slab_take_last(void *object, struct slab *slab);
void slab_put_rare(void *head, struct slab *slab);

/*
 * The panics. They are tail calls rather than __noreturn, which spares the hot paths a stack frame;
 * the trace begins with the caller of slab_free.
 */
void *slab_take_bad(void *object, struct slab *slab);
void slab_put_bad(void *object, struct slab *slab);
void slab_put_twice(void *object, struct slab *slab);

/* What a debug build checks and marks, as an object comes and goes; under the lock. */
void slab_debug_take(const struct slab_cache *cache, void *object);
void slab_debug_put(const struct slab_cache *cache, void *object);
void slab_debug_build(const struct slab *slab);

/* I3: an empty slab stays where it is. */
static inline bool slab_is_kept(const struct slab *slab, u64 slab_bytes)
{
	return slab_bytes <= SLAB_KEEP_BYTES && !slab->next;
}

/* Have an object of a slab that has a free one. Entered with the lock held, leaves without. */
static __always_inline void *slab_take_from(struct slab_cache *cache, struct slab *slab)
{
	void *object = slab->free;

	/* What was written into a free object must not be followed. */
	if (unlikely(((uintptr_t)object ^ (uintptr_t)slab) & ~(CHUNK_SLAB_LARGE - 1)))
		return slab_take_bad(object, slab);
	slab->free = *slab_link(cache, object);
	slab->live++;
	if (GRANULE_DEBUG)
		slab_debug_take(cache, object);
	if (unlikely(!slab->free))
		return slab_take_last(object, slab);
	spin_unlock(&cache->lock);
	return object;
}

/* Have an object, or NULL. `flags` are for the slab that may be needed; nothing is zeroed. */
static __always_inline void *slab_take(struct slab_cache *cache, unsigned flags)
{
	spin_lock(&cache->lock);
	if (unlikely(!cache->partial))
		return slab_take_refill(cache, flags);
	return slab_take_from(cache, cache->partial);
}

/* Give an object back. The caller has checked the slab's cookie. */
static __always_inline void slab_put(void *object, struct slab *slab, u64 slab_bytes)
{
	struct slab_cache *cache = slab->cache;
	void *head;

	if (unlikely(!slab_is_object(cache, object, slab_bytes))) {
		slab_put_bad(object, slab);
		return;
	}
	spin_lock(&cache->lock);
	head = slab->free;
	if (unlikely(head == object)) {
		slab_put_twice(object, slab);
		return;
	}
	if (GRANULE_DEBUG)
		slab_debug_put(cache, object);
	*slab_link(cache, object) = head;
	slab->free = object;
	slab->live--;
	/* Full until now, or empty now and not the one that is kept. */
	if (unlikely(!head) || (unlikely(!slab->live) && !slab_is_kept(slab, slab_bytes))) {
		slab_put_rare(head, slab);
		return;
	}
	spin_unlock(&cache->lock);
}

#endif
