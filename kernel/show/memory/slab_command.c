// SPDX-License-Identifier: BSD-2-Clause
/* The prompt's `slab`: caches as a table, one of them slab by slab, and all for programs. */
#include <arch/page.h>
#include <kernel/completion.h>
#include <kernel/errno.h>
#include <kernel/json.h>
#include <kernel/monitor.h>
#include <kernel/slab_report.h>
#include <lib/format.h>
#include <lib/printk.h>
#include <lib/string.h>
#include <mm/slab_object.h>

#define SLABS_SHOWN 16 /* of a cache's partial ones */

static void print_row(const char *name, const struct slab_cache *cache,
		      const struct slab_usage *usage)
{
	char taken[FORMAT_BYTES_SIZE], waste[FORMAT_BYTES_SIZE];

	printk("%-16s ", name);
	if (cache)
		printk("%6u %8llu %8u %6u %6llu", cache->object_bytes, usage->live, cache->per_slab,
		       cache->slab_bytes, usage->slabs);
	else
		printk("%6s %8llu %8s %6s %6llu", "", usage->live, "", "", usage->slabs);
	printk(" %10s %10s\n", format_bytes(taken, sizeof(taken), usage->slab_bytes),
	       format_bytes(waste, sizeof(waste), usage->waste_bytes));
}

static int print_table(void)
{
	struct slab_usage usage;
	unsigned empty = 0;

	printk("%-16s %6s %8s %8s %6s %6s %10s %10s\n", "cache", "object", "live", "per slab",
	       "slab", "slabs", "taken", "waste");
	spin_lock(&slab_caches.lock);
	for (struct slab_cache *cache = slab_caches.first; cache; cache = cache->next) {
		slab_usage(cache, &usage);
		if (usage.slabs)
			print_row(cache->name, cache, &usage);
		else
			empty++;
	}
	spin_unlock(&slab_caches.lock);
	slab_usage(NULL, &usage);
	print_row("all", NULL, &usage);
	printk("slab: %u caches more have no slab; sizes of objects and slabs are bytes, the same "
	       "at each page size\n",
	       empty);
	return 0;
}

/* ---- one cache ---- */

static u64 free_list_length(const struct slab *slab)
{
	u64 length = 0;

	for (void *object = slab->free; object; object = *slab_link(slab->cache, object))
		length++;
	return length;
}

/* What other CPUs own may change meanwhile. Under the cache's lock. */
static u64 print_owned(const struct slab_cache *cache)
{
	u64 owned = 0;

	for (const struct slab *slab = cache->owned; slab; slab = slab->next, owned++)
		printk("slab: %s: slab at %#llx: %u live, CPU %u's own, %u returned to it\n",
		       cache->name, vaddr_of(slab_base(slab)).val,
		       slab_live(slab) - slab->returned_count, slab_owner(slab)->number,
		       slab->returned_count);
	return owned;
}

/* Under the cache's lock. */
static void print_slabs(const struct slab_cache *cache)
{
	u64 partial = 0, full = 0, empty = 0, free = 0, owned = print_owned(cache);

	for (const struct slab *slab = cache->full; slab; slab = slab->next)
		full++;
	for (const struct slab *slab = cache->partial; slab; slab = slab->next) {
		u64 length = free_list_length(slab);

		if (partial++ < SLABS_SHOWN)
			printk("slab: %s: slab at %#llx: %u live, %llu on its free list\n",
			       cache->name, vaddr_of(slab_base(slab)).val, slab->live, length);
		empty += !slab->live;
		free += length;
	}
	if (partial > SLABS_SHOWN)
		printk("slab: %s: and %llu more that are in part free\n", cache->name,
		       partial - SLABS_SHOWN);
	printk("slab: %s: %llu slabs a CPU's own, %llu full, %llu in part free with %llu free "
	       "objects, of these %llu empty and kept\n",
	       cache->name, owned, full, partial, free, empty);
}

static void print_cache(struct slab_cache *cache)
{
	u64 objects = (u64)cache->per_slab * cache->stride;
	u64 header = cache->slab_bytes - objects - cache->first;
	struct slab_usage usage;

	slab_usage(cache, &usage);
	printk("slab: %s: objects of %u bytes, one every %u, aligned to %u; %u in a slab of %u "
	       "bytes; %llu of them are a header or too few for one more\n",
	       cache->name, cache->object_bytes, cache->stride, cache->align, cache->per_slab,
	       cache->slab_bytes, header);
	spin_lock(&cache->lock);
	print_slabs(cache);
	spin_unlock(&cache->lock);
	printk("slab: %s: %llu live in %llu slabs of %llu bytes, %llu bytes of waste\n",
	       cache->name, usage.live, usage.slabs, usage.slab_bytes, usage.waste_bytes);
}

static int print_named(const char *name)
{
	struct slab_cache *cache;

	spin_lock(&slab_caches.lock);
	for (cache = slab_caches.first; cache && strcmp(cache->name, name); cache = cache->next)
		;
	if (cache)
		print_cache(cache);
	spin_unlock(&slab_caches.lock);
	if (cache)
		return 0;
	printk("slab: no cache %s: slab lists those that have slabs\n", name);
	return -ENOENT;
}

/* ---- for programs ---- */

static void json_usage(struct json *j, const struct slab_usage *usage)
{
	json_number(j, "slabs", usage->slabs);
	json_number(j, "taken_bytes", usage->slab_bytes);
	json_number(j, "live", usage->live);
	json_number(j, "live_bytes", usage->live_bytes);
	json_number(j, "waste_bytes", usage->waste_bytes);
}

static int print_json(void)
{
	struct slab_usage usage;
	struct json j;

	json_begin(&j, printk);
	json_number(&j, "page_bytes", page_size());
	json_array(&j, "caches");
	spin_lock(&slab_caches.lock);
	for (struct slab_cache *cache = slab_caches.first; cache; cache = cache->next) {
		slab_usage(cache, &usage);
		json_object(&j, NULL);
		json_text(&j, "name", cache->name);
		json_number(&j, "object_bytes", cache->object_bytes);
		json_number(&j, "stride_bytes", cache->stride);
		json_number(&j, "slab_bytes", cache->slab_bytes);
		json_number(&j, "per_slab", cache->per_slab);
		json_usage(&j, &usage);
		json_close(&j);
	}
	spin_unlock(&slab_caches.lock);
	json_close(&j);
	slab_usage(NULL, &usage);
	json_usage(&j, &usage);
	json_end(&j);
	return 0;
}

COMPLETER(CACHE)
{
	spin_lock(&slab_caches.lock);
	for (struct slab_cache *cache = slab_caches.first; cache; cache = cache->next)
		completion_offer(c, cache->name);
	spin_unlock(&slab_caches.lock);
}

COMMAND(slab, "[CACHE | --json]", "slab caches: objects, slabs and what they waste")
{
	if (argc == 1)
		return print_table();
	if (argc == 2 && !strcmp(argv[1], "--json"))
		return print_json();
	if (argc == 2 && argv[1][0] != '-')
		return print_named(argv[1]);
	printk("slab: write slab, slab CACHE or slab --json\n");
	return -EINVAL;
}
