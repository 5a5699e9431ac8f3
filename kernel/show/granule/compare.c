// SPDX-License-Identifier: BSD-2-Clause
/* What a workload costs at each page size; <kernel/compare.h> has the model. */
#include <kernel/assert.h>
#include <kernel/compare.h>
#include <kernel/errno.h>
#include <lib/parse.h>
#include <lib/string.h>
#include <mm/chunk.h>
#include <mm/kmalloc.h>
#include <mm/slab.h>

int compare_parse(const char *word, struct compare_item *item)
{
	size_t len = strlen(word), used;
	struct compare_item parsed = { .count = 1 };
	int err = parse_size(word, len, &used, &parsed.bytes);

	if (!err && word[used] == 'x') {
		parsed.count = parsed.bytes;
		err = parse_size(word + used + 1, len - used - 1, NULL, &parsed.bytes);
	} else if (!err && used != len) {
		err = -EINVAL;
	}
	if (!err && (!parsed.bytes || !parsed.count))
		err = -EINVAL;
	if (!err)
		*item = parsed;
	return err;
}

void compare_begin(struct compare *c, const struct granule *g)
{
	*c = (struct compare){ .granule = g, .addresses = granule_page_bytes(g) };
}

/* Do `count` of `each` bytes, after `have`, stay within what there are addresses for? */
static bool fits(u64 have, u64 each, u64 count)
{
	return count <= (VMAP_BYTES - have) / each;
}

static void add(struct compare_part *part, u64 count, u64 requested, u64 held)
{
	part->count += count;
	part->requested += requested;
	part->held += held;
}

static int add_areas(struct compare *c, u64 requested, u64 held, u64 count)
{
	const struct granule *g = c->granule;
	u64 guarded = held + granule_page_bytes(g);

	ASSERT(requested && count);
	if (!fits(c->addresses, guarded, count))
		return -ERANGE;
	add(&c->areas, count, count * requested, count * held);
	c->addresses += count * guarded;
	c->entries += count * (held >> g->shift);
	c->run_entries += count * compare_run_entries(g, held);
	return 0;
}

int compare_add_area(struct compare *c, u64 bytes, u64 count)
{
	return add_areas(c, bytes, compare_page_bytes(c->granule, bytes), count);
}

int compare_add_range(struct compare *c, u64 first, u64 end)
{
	u64 offset = first & (granule_page_bytes(c->granule) - 1);

	return add_areas(c, end - first, compare_page_bytes(c->granule, end - first + offset), 1);
}

int compare_add_blocks(struct compare *c, u64 bytes, u64 count)
{
	u64 held = compare_page_bytes(c->granule, bytes);

	ASSERT(bytes && count);
	if (!fits(c->heap.held, held, count))
		return -ERANGE;
	add(&c->heap, count, count * bytes, count * held);
	return 0;
}

void compare_add_chunks(struct compare *c, u64 count, u64 requested, u64 held)
{
	add(&c->heap, count, requested, 0);
	c->chunk_bytes += held;
}

/* The size that kmalloc takes for `bytes`, up to what has pages of its own. */
static u64 class_of(const struct granule *g, u64 bytes)
{
	const struct slab_cache *cache = kmalloc_cache(bytes);

	return cache ? cache->object_bytes : compare_block_bytes(g, bytes);
}

/* Items of one class share slabs: the first of them adds what they all take. */
static void add_class(struct compare *c, const struct compare_item *items, unsigned first,
		      unsigned count)
{
	const struct granule *g = c->granule;
	u64 class = class_of(g, items[first].bytes), objects = 0;
	const struct slab_cache *cache = kmalloc_cache(class);

	for (unsigned i = 0; i < count; i++) {
		if (items[i].bytes > CHUNK_BYTES_MAX || class_of(g, items[i].bytes) != class)
			continue;
		if (i < first)
			return;
		objects += items[i].count;
		add(&c->heap, items[i].count, items[i].count * items[i].bytes, 0);
	}
	if (cache)
		c->chunk_bytes +=
			(objects + cache->per_slab - 1) / cache->per_slab * cache->slab_bytes;
	else
		c->chunk_bytes += class * objects;
}

int compare_add_items(struct compare *c, const struct compare_item *items, unsigned count)
{
	int err = 0;

	/* Areas first: what there are addresses for, the heap can't overflow with. */
	for (unsigned i = 0; !err && i < count; i++)
		err = compare_add_area(c, items[i].bytes, items[i].count);
	for (unsigned i = 0; !err && i < count; i++) {
		if (items[i].bytes <= CHUNK_BYTES_MAX)
			add_class(c, items, i, count);
		else if (items[i].bytes <= PAGES_BLOCK_BYTES_MAX)
			err = compare_add_blocks(c, items[i].bytes, items[i].count);
	}
	return err;
}

void compare_end(struct compare *c)
{
	c->heap.held += ALIGN_UP(c->chunk_bytes, granule_page_bytes(c->granule));
}

u64 compare_table_bytes(const struct compare *c)
{
	const struct granule *g = c->granule;
	u64 last = c->addresses - 1 - granule_page_bytes(g), bytes = 0; /* that is mapped */

	if (!c->areas.count)
		return 0;
	for (unsigned level = granule_root_level(g, VA_BITS); level < GRANULE_LAST_LEVEL; level++)
		bytes += ((last >> granule_level_shift(g, level)) + 1) << g->shift;
	return bytes;
}

u64 compare_frame_bytes(const struct granule *g, u64 bytes)
{
	return (bytes >> g->shift) * sizeof(u64);
}

unsigned compare_waste_permille(const struct compare_part *part)
{
	u64 waste = part->held - part->requested;

	if (!part->held)
		return 0;
	/* Of sums that are too large for it, a thousandth counts. */
	if (waste > ~0ULL / 1000)
		return (unsigned)MIN(waste / (part->held / 1000), 1000ULL);
	return (unsigned)(waste * 1000 / part->held);
}
