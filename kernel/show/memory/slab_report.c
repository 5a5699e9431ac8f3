// SPDX-License-Identifier: BSD-2-Clause
/* What slab caches take and waste. */
#include <kernel/slab_report.h>
#include <mm/slab_object.h>

static void add_usage(struct slab_cache *cache, struct slab_usage *usage)
{
	u64 live, slab_bytes;

	spin_lock(&cache->lock);
	live = cache->slabs * cache->per_slab;
	for (const struct slab *slab = cache->partial; slab; slab = slab->next)
		live -= cache->per_slab - slab->live;
	for (const struct slab *slab = cache->owned; slab; slab = slab->next)
		live -= cache->per_slab - slab_live(slab) + slab->returned_count;
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
