// SPDX-License-Identifier: BSD-2-Clause
/*
 * Slab caches: see include/mm/slab.h, which has the invariants; slab_check.c checks them, and
 * slab_drain.c makes what CPUs own nobody's.
 */
#include <arch/irqflags.h>
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <lib/panic.h>
#include <lib/string.h>
#include <mm/addr.h>
#include <mm/hooks.h>
#include <mm/slab_hot.h>

#include "inside.h"

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
	cache->index = cache->next ? cache->next->index + 1 : 0;
	ASSERT(cache->index < CPU_SLABS);
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

void slab_list_remove(struct slab *slab)
{
	*slab->link = slab->next;
	if (slab->next)
		slab->next->link = slab->link;
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

void slab_give_back(struct slab *slab)
{
	u8 *base;

	if (!slab)
		return;
	base = slab_base(slab);
	slab->cookie = 0; /* so that a stale pointer into it finds none */
	chunk_free_slab(linear_to_paddr(vaddr_of(base)));
}

/* ---- what a CPU owns ---- */

/* A link that was overwritten must not be followed. */
static void check_link(const struct slab *slab, const void *object)
{
	if (slab_header(object, slab->cache->slab_bytes) != slab)
		panic("slab_alloc: a free object of \"%s\" was written to: its link is %p",
		      slab->cache->name, object);
}

/* What other CPUs returned, to the end of the free list. */
static void take_over(struct slab *slab)
{
	void **link = &slab->free;

	if (!slab->returned)
		return;
	for (; *link; link = slab_link(slab->cache, *link))
		check_link(slab, *link);
	*link = slab->returned;
	slab->live -= slab->returned_count;
	slab->returned = NULL;
	slab->returned_count = 0;
}

/*
 * To the list where it belongs, from none; or it is the caller's to give back, and returned. Under
 * the lock.
 */
static struct slab *place(struct slab *slab)
{
	struct slab_cache *cache = slab->cache;

	if (!slab->live && (cache->slab_bytes > SLAB_KEEP_BYTES || cache->partial)) {
		cache->slabs--;
		return slab;
	}
	list_push(slab->free ? &cache->partial : &cache->full, slab);
	return NULL;
}

struct slab *slab_disown(struct slab *slab)
{
	take_over(slab);
	slab_list_remove(slab);
	SLAB_WRITE(slab->owner, NULL);
	return place(slab);
}

/*
 * The CPU's own slab, if it has one, becomes nobody's. As place().
 *
 * Once it isn't in the CPU's `slabs` any more, no interrupt looks at it.
 */
static struct slab *disown_here(struct slab_cache *cache)
{
	u64 saved = irq_save();
	struct slab **own = &this_cpu()->slabs[cache->index], *slab = *own;

	SLAB_WRITE(*own, NULL);
	irq_restore(saved);
	return slab ? slab_disown(slab) : NULL;
}

/* The CPU owns this slab, which is on no list, and not the one that it did. As place(). */
static struct slab *own(struct slab *slab)
{
	struct slab_cache *cache = slab->cache;
	struct slab *empty = disown_here(cache);

	list_push(&cache->owned, slab);
	SLAB_WRITE(slab->owner, this_cpu());
	SLAB_WRITE(this_cpu()->slabs[cache->index], slab);
	return empty;
}

/* ---- take ---- */

static void *take_from(struct slab *slab)
{
	void *object = slab->free;

	check_link(slab, object);
	SLAB_WRITE(slab->free, *slab_link(slab->cache, object));
	SLAB_WRITE(slab->live, slab->live + 1);
	if (GRANULE_DEBUG)
		slab_debug_take(slab->cache, object);
	return object;
}

/* From the CPU's own slab, if that has one left. */
static void *take_own(const struct slab_cache *cache)
{
	u64 saved = irq_save();
	struct slab *slab = this_cpu()->slabs[cache->index];
	void *object = slab && slab->free ? take_from(slab) : NULL;

	irq_restore(saved);
	return object;
}

/* From another one, which becomes the CPU's own; or the same, with what was returned. */
static void *take_shared(struct slab_cache *cache, unsigned flags)
{
	struct slab *slab, *empty, *other;
	void *object;

	spin_lock(&cache->lock);
	empty = disown_here(cache);
	if (!cache->partial) {
		spin_unlock(&cache->lock);
		/* A large one that others emptied is as good as a new one. */
		slab = empty ? empty : make_slab(cache, flags);
		empty = NULL;
		if (!slab)
			return NULL;
		spin_lock(&cache->lock);
		list_push(&cache->partial, slab);
		cache->slabs++;
	}
	slab = cache->partial;
	slab_list_remove(slab);
	object = take_from(slab);
	/* While it was made, another thread may have been here; this may be another CPU. */
	other = own(slab);
	spin_unlock(&cache->lock);
	slab_give_back(empty);
	slab_give_back(other);
	return object;
}

void *slab_take(struct slab_cache *cache, unsigned flags)
{
	void *object = take_own(cache);

	return object ? object : take_shared(cache, flags);
}

/* ---- put ---- */

static void check_put(void *object, const struct slab *slab)
{
	if (slab_freed_last(slab, object))
		panic("slab_free: double free of %p, of cache \"%s\"", object, slab->cache->name);
	if (GRANULE_DEBUG)
		slab_debug_put(slab->cache, object);
}

static void put_into(void *object, struct slab *slab)
{
	check_put(object, slab);
	*slab_link(slab->cache, object) = slab->free;
	SLAB_WRITE(slab->free, object);
	SLAB_WRITE(slab->live, slab->live - 1);
}

/* Into the CPU's own slab; false if it isn't that any more, since another CPU drained them. */
static bool put_own(void *object, struct slab *slab)
{
	struct slab_cache *cache = slab->cache;
	u64 saved = irq_save();
	bool is_own = slab_owner(slab) == this_cpu(), goes_back = false;

	if (is_own) {
		put_into(object, slab);
		goes_back = !slab->live && cache->slab_bytes > SLAB_KEEP_BYTES;
	}
	irq_restore(saved);
	if (goes_back) {
		spin_lock(&cache->lock);
		slab = disown_here(cache);
		spin_unlock(&cache->lock);
		slab_give_back(slab);
	}
	return is_own;
}

static void put_returned(void *object, struct slab *slab)
{
	check_put(object, slab);
	*slab_link(slab->cache, object) = slab->returned;
	SLAB_WRITE(slab->returned, object);
	slab->returned_count++;
}

/* Into a slab that nobody owns. It may become the CPU's own. As place(). */
static struct slab *put_nobodys(void *object, struct slab *slab)
{
	struct slab_cache *cache = slab->cache;
	const struct slab *at_hand = this_cpu()->slabs[cache->index];
	bool was_full = !slab->free;

	put_into(object, slab);
	if (slab->live && !was_full && at_hand && at_hand->live && slab->live >= at_hand->live)
		return NULL;
	slab_list_remove(slab);
	if (slab->live || cache->slab_bytes <= SLAB_KEEP_BYTES)
		return own(slab);
	return place(slab);
}

void slab_put(void *object, struct slab *slab)
{
	struct slab_cache *cache = slab->cache;
	struct slab *empty = NULL;

	if (!slab_is_object(cache, object))
		panic("slab_free: %p isn't where an object of \"%s\" begins", object, cache->name);
	if (slab_owner(slab) == this_cpu() && put_own(object, slab))
		return;
	spin_lock(&cache->lock);
	if (slab_owner(slab))
		put_returned(object, slab);
	else
		empty = put_nobodys(object, slab);
	spin_unlock(&cache->lock);
	slab_give_back(empty);
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
