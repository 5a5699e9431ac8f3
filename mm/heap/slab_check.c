// SPDX-License-Identifier: BSD-2-Clause
/*
 * Slabs in a build for debugging: red zones around objects, junk in those that are free, and a word
 * behind each that says which it is. See include/mm/slab_object.h for where they lie.
 */
#include <lib/panic.h>
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

const char *slab_debug_check(const struct slab *slab)
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
	return live == slab->live ? NULL : "the objects whose state is live aren't as many as live";
}
