/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shortcuts for kmalloc and kfree: what slab_take and slab_put do (mm/heap/slab.c) with the CPU's
 * own slab while that has objects, or gets them back. Inline, they save a call and its stack frame;
 * what they can't do they leave as it was, to the plain form. Files that use them lie where
 * <mm/hot_text.h> says.
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

#include <arch/cpu.h>
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

/* slab_take of the cache with this index; NULL, and nothing has changed, if that takes more. */
static __always_inline void *slab_hot_take(unsigned index)
{
	struct slab *slab = this_cpu()->slabs[index];
	void **object;

	if (unlikely(!slab))
		return NULL;
	object = slab->free;
	/* Two checks as one: no object, or a link that was overwritten and leads out of it. */
	if (unlikely(((uintptr_t)object ^ (uintptr_t)slab) & ~(CHUNK_SLAB_LARGE - 1)))
		return NULL;
	SLAB_WRITE(slab->free, *object);
	SLAB_WRITE(slab->live, slab->live + 1);
	return object;
}

/* slab_put of an object of a small slab; false, and nothing has changed, if that takes more. */
static __always_inline bool slab_hot_put(void **object, struct slab *slab)
{
	void *head;

	if (unlikely(!slab_hot_is_object(slab->cache, object, CHUNK_SLAB_SMALL) ||
		     slab_owner(slab) != this_cpu()))
		return false;
	head = slab->free;
	if (unlikely(head == object || SLAB_READ(slab->returned) == object))
		return false;
	*object = head;
	SLAB_WRITE(slab->free, object);
	SLAB_WRITE(slab->live, slab->live - 1);
	return true;
}

#endif
