// SPDX-License-Identifier: BSD-2-Clause
/*
 * Slab caches: see include/mm/slab.h, which has the invariants; slab_check.c checks them.
 */
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <lib/panic.h>
#include <lib/string.h>
#include <mm/addr.h>
#include <mm/hooks.h>
#include <mm/slab_hot.h>

/* Less than this part of a small slab wasted, and large ones aren't thought of. */
#define SMALL_WASTE_PART 8

BUILD_ASSERT(sizeof(struct slab) % SLAB_ALIGN_MIN == 0);
BUILD_ASSERT(SLAB_ALIGN_MIN >= sizeof(void *));

LOCK_CLASS(slab_caches, LOCK_SLAB_CACHES, &slab_caches.lock);
struct slab_caches slab_caches = { .lock = SPINLOCK(slab_caches) };

/* How often the locks of all caches were taken. */
static u64 locks_taken(void)
{
	u64 sum = 0;

	spin_lock(&slab_caches.lock);
	for (const struct slab_cache *cache = slab_caches.first; cache; cache = cache->next)
		sum += spin_taken(&cache->lock);
	spin_unlock(&slab_caches.lock);
	return sum;
}

LOCK_CLASS_OF_MANY(slab_cache, LOCK_SLAB_CACHE, locks_taken);

static u32 objects_in(const struct slab_cache *cache, u64 slab_bytes)
{
	u64 taken = sizeof(struct slab) + cache->first;

	return slab_bytes < taken ? 0 : (u32)((slab_bytes - taken) / cache->stride);
}

/* Small slabs, unless they'd waste more than a part of themselves, and more than large ones. */
static u64 choose_slab_bytes(const struct slab_cache *cache)
{
	u64 small = (u64)objects_in(cache, CHUNK_SLAB_SMALL) * cache->stride;
	u64 large = (u64)objects_in(cache, CHUNK_SLAB_LARGE) * cache->stride;
	bool wasteful = small < CHUNK_SLAB_SMALL - CHUNK_SLAB_SMALL / SMALL_WASTE_PART;

	return wasteful && large > small * (CHUNK_SLAB_LARGE / CHUNK_SLAB_SMALL) ? CHUNK_SLAB_LARGE
										 : CHUNK_SLAB_SMALL;
}

void slab_cache_setup(struct slab_cache *cache, const char *name, u64 bytes, u64 align,
		      u64 slab_bytes, u64 cookie)
{
	u64 taken = bytes;

	align = MAX(align, SLAB_ALIGN_MIN);
	if (GRANULE_DEBUG)
		taken = ALIGN_UP(bytes, 8) + sizeof(struct slab_gap) + sizeof(u64);
	*cache = (struct slab_cache){
		.lock = SPINLOCK(slab_cache),
		.name = name,
		.cookie = cookie,
		.object_bytes = (u32)bytes,
		.align = (u32)align,
		.first = GRANULE_DEBUG ? (u32)align : 0,
		.stride = (u32)ALIGN_UP(taken, align),
	};
	cache->slab_bytes = (u32)(slab_bytes ? slab_bytes : choose_slab_bytes(cache));
	cache->per_slab = objects_in(cache, cache->slab_bytes);
	slab_hot_setup(cache);
	spin_lock(&slab_caches.lock);
	cache->next = slab_caches.first;
	slab_caches.first = cache;
	spin_unlock(&slab_caches.lock);
}

int slab_cache_init(struct slab_cache *cache, const char *name, u64 bytes, u64 align)
{
	if (bytes == 0 || bytes > SLAB_OBJECT_BYTES_MAX || (align & (align - 1)) ||
	    align > SLAB_OBJECT_BYTES_MAX)
		return -EINVAL;
	slab_cache_setup(cache, name, bytes, align, 0, SLAB_COOKIE);
	return 0;
}

static void list_push(struct slab **list, struct slab *slab)
{
	slab->next = *list;
	slab->link = list;
	if (slab->next)
		slab->next->link = &slab->next;
	*list = slab;
}

static void list_remove(struct slab *slab)
{
	*slab->link = slab->next;
	if (slab->next)
		slab->next->link = slab->link;
}

static void move(struct slab *slab, struct slab **list)
{
	list_remove(slab);
	list_push(list, slab);
}

/* A slab of the cache that nobody else knows of yet, or NULL. Without the lock. */
static struct slab *make_slab(struct slab_cache *cache, unsigned flags)
{
	void *next = NULL;
	struct slab *slab;
	paddr_t pa;
	u8 *base;

	if (chunk_alloc_slab(cache->slab_bytes, flags & (PAGES_MUST | PAGES_COMPACT), &pa))
		return NULL;
	base = vaddr_ptr(paddr_to_linear(pa));
	slab = slab_header(base, cache->slab_bytes);
	*slab = (struct slab){ .cookie = (uintptr_t)slab ^ cache->cookie, .cache = cache };
	if (GRANULE_DEBUG)
		slab_debug_build(slab);
	/* The last becomes the first: that of a cache of kmalloc's is seldom a multiple of 512. */
	for (u32 i = 0; i < cache->per_slab; i++) {
		void *object = base + cache->first + (u64)i * cache->stride;

		*slab_link(cache, object) = next;
		next = object;
	}
	slab->free = next;
	alloc_observe(ALLOC_SLAB, cache->slab_bytes, (u64)cache->per_slab * cache->object_bytes);
	return slab;
}

/* The slab is on no list any more. Without the lock. */
static void give_back(struct slab *slab)
{
	u8 *base = slab_base(slab);

	slab->cookie = 0; /* so that a stale pointer into it finds none */
	chunk_free_slab(linear_to_paddr(vaddr_of(base)));
}

void *slab_take(struct slab_cache *cache, unsigned flags)
{
	struct slab *slab;
	void *object;

	spin_lock(&cache->lock);
	if (!cache->partial) {
		spin_unlock(&cache->lock);
		slab = make_slab(cache, flags);
		if (!slab)
			return NULL;
		spin_lock(&cache->lock);
		list_push(&cache->partial, slab);
		cache->slabs++;
	}
	slab = cache->partial;
	object = slab->free;
	/* A link that was overwritten must not be followed. */
	if (slab_header(object, cache->slab_bytes) != slab)
		panic("slab_alloc: a free object of \"%s\" was written to: its link is %p",
		      cache->name, object);
	slab->free = *slab_link(cache, object);
	slab->live++;
	if (GRANULE_DEBUG)
		slab_debug_take(cache, object);
	if (!slab->free)
		move(slab, &cache->full);
	spin_unlock(&cache->lock);
	return object;
}

void slab_put(void *object, struct slab *slab)
{
	struct slab_cache *cache = slab->cache;
	bool empty;

	if (!slab_is_object(cache, object))
		panic("slab_free: %p isn't where an object of \"%s\" begins", object, cache->name);
	spin_lock(&cache->lock);
	if (slab->free == object)
		panic("slab_free: double free of %p, of cache \"%s\"", object, cache->name);
	if (GRANULE_DEBUG)
		slab_debug_put(cache, object);
	if (!slab->free)
		move(slab, &cache->partial);
	*slab_link(cache, object) = slab->free;
	slab->free = object;
	slab->live--;
	empty = !slab->live && !slab_is_kept(slab);
	if (empty) {
		list_remove(slab);
		cache->slabs--;
	}
	spin_unlock(&cache->lock);
	if (empty)
		give_back(slab);
}

void *slab_alloc(struct slab_cache *cache, unsigned flags)
{
	void *object;

	if (!(flags & PAGES_MUST) && fault_inject(FAULT_SLAB))
		return NULL;
	object = slab_take(cache, flags);
	if (object && (flags & PAGES_ZERO))
		memset(object, 0, cache->object_bytes);
	return object;
}

void slab_free(struct slab_cache *cache, void *object)
{
	struct slab *slab = slab_header(object, cache->slab_bytes);

	if (unlikely(slab->cookie != ((uintptr_t)slab ^ cache->cookie)))
		panic("slab_free: %p is in no slab of \"%s\": the header at %p has cookie %#llx",
		      object, cache->name, (void *)slab, slab->cookie);
	if (unlikely(slab->cache != cache))
		panic("slab_free: %p is of cache \"%s\", not of \"%s\"", object, slab->cache->name,
		      cache->name);
	slab_put(object, slab);
}

u64 slab_shrink(void)
{
	u64 bytes = 0;

	spin_lock(&slab_caches.lock);
	for (struct slab_cache *cache = slab_caches.first; cache; cache = cache->next) {
		struct slab *empty;

		spin_lock(&cache->lock);
		empty = cache->partial;
		while (empty && empty->live)
			empty = empty->next;
		if (empty) {
			list_remove(empty);
			cache->slabs--;
		}
		spin_unlock(&cache->lock);
		if (empty) {
			give_back(empty);
			bytes += cache->slab_bytes;
		}
	}
	spin_unlock(&slab_caches.lock);
	return bytes;
}
