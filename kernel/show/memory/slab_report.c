// SPDX-License-Identifier: BSD-2-Clause
/* What slab caches take and waste, and the walk of their invariants. */
#include <mm/addr.h>
#include <mm/slab_object.h>

static void add_usage(struct slab_cache *cache, struct slab_usage *usage)
{
	u64 live, slab_bytes;

	spin_lock(&cache->lock);
	live = cache->slabs * cache->per_slab;
	for (const struct slab *slab = cache->partial; slab; slab = slab->next)
		live -= cache->per_slab - slab->live;
	slab_bytes = cache->slabs * cache->slab_bytes;
	usage->slabs += cache->slabs;
	spin_unlock(&cache->lock);
	usage->slab_bytes += slab_bytes;
	usage->live += live;
	usage->live_bytes += live * cache->object_bytes;
	usage->waste_bytes += slab_bytes - live * cache->object_bytes;
}

void slab_usage(struct slab_cache *cache, struct slab_usage *usage)
{
	*usage = (struct slab_usage){ 0 };
	if (cache) {
		add_usage(cache, usage);
		return;
	}
	spin_lock(&slab_caches.lock);
	for (cache = slab_caches.first; cache; cache = cache->next)
		add_usage(cache, usage);
	spin_unlock(&slab_caches.lock);
}

static void report_line(int (*print)(const char *fmt, ...) __printf(1, 2), const char *name,
			const struct slab_usage *usage)
{
	print("slab: %-16s %8llu live of %llu bytes in %llu slabs, %llu KiB, %llu bytes of waste\n",
	      name, usage->live, usage->live ? usage->live_bytes / usage->live : 0, usage->slabs,
	      usage->slab_bytes / KiB, usage->waste_bytes);
}

void slab_report(int (*print)(const char *fmt, ...) __printf(1, 2))
{
	struct slab_usage usage;

	spin_lock(&slab_caches.lock);
	for (struct slab_cache *cache = slab_caches.first; cache; cache = cache->next) {
		slab_usage(cache, &usage);
		if (usage.slabs)
			report_line(print, cache->name, &usage);
	}
	spin_unlock(&slab_caches.lock);
	slab_usage(NULL, &usage);
	print("slab: all take %llu KiB for %llu bytes in use, %llu bytes of waste\n",
	      usage.slab_bytes / KiB, usage.live_bytes, usage.waste_bytes);
}

/* I2: the free list holds objects of the slab, and as many as aren't live. */
static const char *check_free_list(const struct slab *slab)
{
	const struct slab_cache *cache = slab->cache;
	u64 free = 0;

	for (void *object = slab->free; object; object = *slab_link(cache, object)) {
		if (slab_header(object, cache->slab_bytes) != slab ||
		    !slab_is_object(cache, object, cache->slab_bytes))
			return "a free list leads out of its slab's objects";
		if (++free > cache->per_slab)
			return "a free list runs in a circle";
	}
	return free + slab->live == cache->per_slab ? NULL : "live and free objects don't add up";
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
	broken = check_free_list(slab);
	if (!broken && GRANULE_DEBUG)
		broken = slab_debug_check(slab);
	return broken;
}

static const char *check_list(const struct slab_cache *cache, struct slab *const *list, u64 *slabs,
			      vaddr_t *where)
{
	bool full = list == &cache->full;

	for (struct slab *const *link = list; *link; link = &(*link)->next) {
		const struct slab *slab = *link;
		const char *broken = check_slab(cache, slab);

		*where = vaddr_of(slab);
		if (broken)
			return broken;
		if (slab->link != link)
			return "a slab's links contradict each other";
		if (full != !slab->free)
			return full ? "a slab on the full list has a free object"
				    : "a slab on the partial list has no free object";
		if (!slab->live && !slab_is_kept(slab, cache->slab_bytes))
			return "an empty slab wasn't given back";
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
