/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shortcuts for kmalloc and kfree: what slab_take and slab_put do (mm/heap/slab.c) where neither
 * lists nor the number of slabs change. Inline, they save a call and its stack frame; what
 * they can't do they leave as it was, to the plain form.
 *
 * Whether an offset is an object's, without the division of slab_is_object. For the stride s let
 * c = floor(2^32 / s) + 1 and e = s * c - 2^32, so that 1 <= e <= s. For the offset k * s + r with
 * r < s,
 *
 *   offset * c = k * e + r * c   (mod 2^32)
 *
 * which is below (count * e) if and only if r = 0 and k < count: s is at most 2^13, so c is more
 * than 2^19, while (k + 1) * e is at most 2^14 (a slab) + 2^13; so r * c + k * e neither wraps
 * around nor gets that small. tests/host/test_slab.c tries every offset of many strides.
 */
#ifndef MM_SLAB_HOT_H
#define MM_SLAB_HOT_H

#include <arch/spinlock.h>
#include <kernel/compiler.h>
#include <mm/slab_object.h>

/* The factors of slab_hot_is_object; 32 bits on purpose: stride * reciprocal - 2^32 an object. */
static inline void slab_hot_setup(struct slab_cache *cache)
{
	cache->reciprocal = (u32)((1ULL << 32) / cache->stride + 1);
	cache->offset_limit = cache->per_slab * (cache->stride * cache->reciprocal);
}

/* slab_is_object where no gap comes before the first: a multiplication for a division. */
static inline bool slab_hot_is_object(const struct slab_cache *cache, const void *p, u64 slab_bytes)
{
	return (u32)((uintptr_t)p & (slab_bytes - 1)) * cache->reciprocal < cache->offset_limit;
}

/* slab_take, with a shortcut while the slab has objects left. */
static __always_inline void *slab_hot_take(struct slab_cache *cache, unsigned flags)
{
	struct slab *slab;
	void **object;

	spin_lock(&cache->lock);
	slab = cache->partial;
	object = slab ? slab->free : NULL;
	/* Two checks as one: no slab, or a link that was overwritten and leads out of it. */
	if (unlikely(!slab || ((uintptr_t)object ^ (uintptr_t)slab) & ~(CHUNK_SLAB_LARGE - 1) ||
		     !*object)) {
		spin_unlock(&cache->lock);
		return slab_take(cache, flags);
	}
	slab->free = *object;
	slab->live++;
	spin_unlock(&cache->lock);
	return object;
}

/* slab_put of an object of a small slab; false, and nothing has changed, if that takes more. */
static __always_inline bool slab_hot_put(void **object, struct slab *slab)
{
	struct slab_cache *cache = slab->cache;
	void *head;
	u64 live;

	if (unlikely(!slab_hot_is_object(cache, object, CHUNK_SLAB_SMALL)))
		return false;
	spin_lock(&cache->lock);
	head = slab->free;
	live = slab->live - 1;
	/* Full until now, freed twice, or empty now and not the one that is kept. */
	if (unlikely(!head || head == object || (!live && slab->next))) {
		spin_unlock(&cache->lock);
		return false;
	}
	*object = head;
	slab->free = object;
	slab->live = live;
	spin_unlock(&cache->lock);
	return true;
}

#endif
