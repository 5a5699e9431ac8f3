// SPDX-License-Identifier: BSD-2-Clause
/*
 * Checks of slabs. A build for debugging checks each object as it comes and goes: red zones around
 * it, junk in those that are free, and a word after each that says which it is. The layout is in
 * <mm/slab_object.h>. The walk of the invariants (<mm/slab.h>) is for any build.
 */
#include <lib/panic.h>
#include <mm/addr.h>
#include <mm/junk.h>
#include <mm/slab_object.h>

#define STATE_LIVE 0x6c697665206f626aULL
#define STATE_FREE 0x66726565206f626aULL

#define RED_WORD (JUNK_RED_ZONE * 0x0101010101010101ULL)

/* Where the object's gap ends: the next one begins, or the rest of the slab. */
static u8 *gap_end(const struct slab_cache *cache, const void *object)
{
	return (u8 *)(uintptr_t)object + cache->stride;
}

/* The first harmed byte around the object, or NULL. */
static const u8 *harmed(const struct slab_cache *cache, const void *object)
{
	const struct slab_gap *gap = slab_gap(cache, object);
	const u8 *object_end = (const u8 *)object + cache->object_bytes;
	const u8 *at = (const u8 *)object - sizeof(u64);

	at = junk_broken(at, sizeof(u64), JUNK_RED_ZONE);
	if (!at)
		at = junk_broken(object_end, (uintptr_t)&gap->free - (uintptr_t)object_end,
				 JUNK_RED_ZONE);
	if (!at)
		at = junk_broken(gap + 1, (uintptr_t)gap_end(cache, object) - (uintptr_t)(gap + 1),
				 JUNK_RED_ZONE);
	return at;
}

static void check_red_zones(const char *function, const struct slab_cache *cache,
			    const void *object)
{
	const u8 *at = harmed(cache, object);

	if (at)
		panic("%s: the object at %p of cache \"%s\", %u bytes, was overrun: the red zone "
		      "at offset %lld holds %#x",
		      function, object, cache->name, cache->object_bytes,
		      (s64)(at - (const u8 *)object), *at);
}

void slab_debug_build(const struct slab *slab)
{
	const struct slab_cache *cache = slab->cache;
	u8 *base = slab_base(slab);

	memset(base, JUNK_RED_ZONE, cache->slab_bytes - sizeof(*slab));
	for (u32 i = 0; i < cache->per_slab; i++) {
		u8 *object = base + cache->first + (u64)i * cache->stride;

		memset(object, JUNK_FREED, cache->object_bytes);
		slab_gap(cache, object)->state = STATE_FREE;
	}
}

void slab_debug_take(const struct slab_cache *cache, void *object)
{
	struct slab_gap *gap = slab_gap(cache, object);
	const u8 *written = junk_broken(object, cache->object_bytes, JUNK_FREED);

	check_red_zones("slab_alloc", cache, object);
	if (written)
		panic("slab_alloc: the object at %p of cache \"%s\" was written to after it was "
		      "freed: offset %lld holds %#x",
		      object, cache->name, (s64)(written - (u8 *)object), *written);
	if (gap->state != STATE_FREE)
		panic("slab_alloc: the object at %p of cache \"%s\" is on the free list, but not "
		      "free: %#llx",
		      object, cache->name, gap->state);
	gap->state = STATE_LIVE;
	memset(object, JUNK_FRESH, cache->object_bytes);
}

void slab_debug_put(const struct slab_cache *cache, void *object)
{
	struct slab_gap *gap = slab_gap(cache, object);

	if (gap->state == STATE_FREE)
		panic("slab_free: double free of %p, of cache \"%s\"", object, cache->name);
	check_red_zones("slab_free", cache, object);
	if (gap->state != STATE_LIVE)
		panic("slab_free: the object at %p of cache \"%s\" was overrun: its state is %#llx",
		      object, cache->name, gap->state);
	gap->state = STATE_FREE;
	memset(object, JUNK_FREED, cache->object_bytes);
}

/* I5, and that as many objects are live as the header says. */
static const char *check_objects(const struct slab *slab)
{
	const struct slab_cache *cache = slab->cache;
	const u8 *base = slab_base(slab);
	u64 live = 0;

	for (u32 i = 0; i < cache->per_slab; i++) {
		const u8 *object = base + cache->first + (u64)i * cache->stride;
		u64 state = slab_gap(cache, object)->state;

		if (harmed(cache, object))
			return "an object's red zone is harmed";
		if (state != STATE_LIVE && state != STATE_FREE)
			return "an object's state is neither live nor free";
		if (state == STATE_FREE && junk_broken(object, cache->object_bytes, JUNK_FREED))
			return "a free object was written to";
		live += state == STATE_LIVE;
	}
	live += slab->returned_count;
	return live == slab->live ? NULL : "the objects whose state is live aren't as many as live";
}

/* The list holds objects of the slab, *count of them. */
static const char *check_objects_on(const struct slab *slab, void *first, u64 *count)
{
	const struct slab_cache *cache = slab->cache;

	*count = 0;
	for (void *object = first; object; object = *slab_link(cache, object)) {
		if (slab_header(object, cache->slab_bytes) != slab ||
		    !slab_is_object(cache, object))
			return "a free list leads out of its slab's objects";
		if (++*count > cache->per_slab)
			return "a free list runs in a circle";
	}
	return NULL;
}

/* I2, of what nobody changes but under the lock, or but on this CPU. */
static const char *check_free_list(const struct slab *slab)
{
	u64 free;
	const char *broken = check_objects_on(slab, slab->free, &free);

	if (broken)
		return broken;
	if (free + slab->live != slab->cache->per_slab)
		return "live and free objects don't add up";
	return GRANULE_DEBUG ? check_objects(slab) : NULL;
}

static const char *check_returned(const struct slab *slab)
{
	u64 count;
	const char *broken = check_objects_on(slab, slab->returned, &count);

	if (broken)
		return broken;
	return count == slab->returned_count ? NULL : "returned objects aren't as many as counted";
}

static const char *check_slab(const struct slab_cache *cache, const struct slab *slab)
{
	const char *broken;
	struct chunk chunk;

	if (slab->cookie != ((uintptr_t)slab ^ cache->cookie))
		return "a slab's cookie is wrong";
	if (slab->cache != cache)
		return "a slab is on the list of another cache";
	if (!chunk_find(linear_to_paddr(vaddr_of(slab)), &chunk) || !chunk.slab ||
	    chunk.bytes != cache->slab_bytes)
		return "a slab isn't a chunk of its size";
	broken = check_returned(slab);
	if (!broken && (!slab_owner(slab) || slab_owner(slab) == this_cpu()))
		broken = check_free_list(slab);
	return broken;
}

/* I1 and I3. `own` is this CPU's: read before the owner, which an interrupt may change after it. */
static const char *check_place(const struct slab_cache *cache, struct slab *const *list,
			       const struct slab *slab, const struct slab *own)
{
	const struct cpu *owner = slab_owner(slab);

	if ((list == &cache->owned) != !!owner)
		return owner ? "a slab with an owner is on another list than the owned ones"
			     : "a slab on the owned list has no owner";
	if (owner == this_cpu() && slab != own)
		return "a slab isn't its owner's";
	if (owner == this_cpu() && !slab->live && cache->slab_bytes > SLAB_KEEP_BYTES)
		return "an empty slab wasn't given back";
	if (owner)
		return NULL;
	if (slab->returned)
		return "a slab without an owner has objects returned";
	if ((list == &cache->full) != !slab->free)
		return slab->free ? "a slab on the full list has a free object"
				  : "a slab on the partial list has no free object";
	if (!slab->live && (cache->slab_bytes > SLAB_KEEP_BYTES || slab->next))
		return "an empty slab wasn't given back";
	return NULL;
}

static const char *check_list(const struct slab_cache *cache, struct slab *const *list, u64 *slabs,
			      vaddr_t *where)
{
	const struct slab *own = SLAB_READ(this_cpu()->slabs[cache->index]);

	for (struct slab *const *link = list; *link; link = &(*link)->next) {
		const struct slab *slab = *link;
		const char *broken = check_slab(cache, slab);

		*where = vaddr_of(slab);
		if (!broken && slab->link != link)
			broken = "a slab's links contradict each other";
		if (!broken)
			broken = check_place(cache, list, slab, own);
		if (broken)
			return broken;
		++*slabs;
	}
	return NULL;
}

static const char *check_cache(struct slab_cache *cache, vaddr_t *where)
{
	const char *broken;
	u64 slabs = 0;

	spin_lock(&cache->lock);
	broken = check_list(cache, &cache->partial, &slabs, where);
	if (!broken)
		broken = check_list(cache, &cache->full, &slabs, where);
	if (!broken)
		broken = check_list(cache, &cache->owned, &slabs, where);
	if (!broken)
		*where = vaddr_of(cache);
	if (!broken && slabs != cache->slabs)
		broken = "the slabs on the lists aren't as many as slabs";
	spin_unlock(&cache->lock);
	return broken;
}

const char *slab_check(vaddr_t *where)
{
	const char *broken = NULL;

	spin_lock(&slab_caches.lock);
	for (struct slab_cache *cache = slab_caches.first; cache && !broken; cache = cache->next)
		broken = check_cache(cache, where);
	spin_unlock(&slab_caches.lock);
	return broken;
}
