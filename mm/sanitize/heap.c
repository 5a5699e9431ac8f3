// SPDX-License-Identifier: BSD-2-Clause
/*
 * What of memory may be used, in a kernel that `make SAN=1` builds: each function that gives memory
 * out, or takes it back, says so to the shadow (<lib/shadow.h>).
 *
 * They take the place of the allocators' own, as in shadow_map.c. Where one calls another, the
 * outer one has the last word: of a chunk that is a slab only objects may be used, and of an object
 * as much as kmalloc was asked for. What is taken back is poisoned before the allocator has it:
 * after that it may be somebody else's. The allocators themselves aren't checked, since they keep
 * links in what is free.
 *
 * PAGES_ZERO is done here, once memory may be written to.
 */
#include <arch/page.h>
#include <arch/spinlock.h>
#include <arch/zero.h>
#include <lib/shadow.h>
#include <lib/string.h>
#include <mm/addr.h>
#include <mm/buddy.h>
#include <mm/chunk.h>
#include <mm/kmalloc.h>
#include <mm/pageblock.h>
#include <mm/pages.h>
#include <mm/slab_hot.h>

#include "inside.h"

static void *at(paddr_t pa)
{
	return vaddr_ptr(paddr_to_linear(pa));
}

/* ---- pages ---- */

static void allow_block(paddr_t block, unsigned order)
{
	shadow_allow(at(block), page_size() << order);
}

static void poison_pages(paddr_t base, paddr_t end)
{
	if (paddr_less(base, end))
		shadow_poison(at(base), paddr_diff(end, base), SHADOW_PAGE_FREED);
}

static void poison_block(paddr_t block, unsigned order)
{
	poison_pages(block, paddr_add(block, page_size() << order));
}

WRAPPED(int, pages_alloc, unsigned order, unsigned flags, paddr_t *block)
{
	int err = __real_pages_alloc(order, flags & ~(unsigned)PAGES_ZERO, block);

	if (err)
		return err;
	allow_block(*block, order);
	if (flags & PAGES_ZERO)
		arch_zero(at(*block), page_size() << order);
	return 0;
}

/* What isn't to be freed is left to the function to complain of. */
WRAPPED(void, pages_free, paddr_t block, unsigned order)
{
	const struct frame *f = frame_of(block);

	if (frame_kind(f) == FRAME_ALLOCATED && frame_order(f) == order)
		poison_block(block, order);
	__real_pages_free(block, order);
}

/* For pages that move. */
WRAPPED(bool, pageblock_take, enum migratetype type, unsigned order, paddr_t *block)
{
	bool found = __real_pageblock_take(type, order, block);

	if (found)
		allow_block(*block, order);
	return found;
}

WRAPPED(bool, pageblock_take_elsewhere, unsigned order, paddr_t *block)
{
	bool found = __real_pageblock_take_elsewhere(order, block);

	if (found)
		allow_block(*block, order);
	return found;
}

WRAPPED(void, buddy_claim_part, paddr_t block, paddr_t from, paddr_t end)
{
	paddr_t block_end = paddr_add(block, frame_bytes(frame_of(block)));
	paddr_t first = paddr_max(from, block), last = paddr_min(end, block_end);

	__real_buddy_claim_part(block, from, end);
	shadow_allow(at(first), paddr_diff(last, first));
}

WRAPPED(void, buddy_put, paddr_t block, unsigned order)
{
	poison_block(block, order);
	__real_buddy_put(block, order);
}

WRAPPED(void, buddy_give, paddr_t base, paddr_t end)
{
	poison_pages(base, end);
	__real_buddy_give(base, end);
}

WRAPPED(void, buddy_add, paddr_t base, paddr_t end, enum migratetype type)
{
	poison_pages(base, end);
	__real_buddy_add(base, end, type);
}

/* ---- chunks ---- */

/* One chunk at a time, so that what is free of its page stays free until it is poisoned. */
STATIC_SPINLOCK(chunk_lock, sanitized_chunk, LOCK_SANITIZED_CHUNK);

/* Of the page that a chunk was cut from, the rest may have been no chunk's until now. */
static void poison_pieces(paddr_t pa)
{
	u64 page = page_align_down(pa.val);

	for (u64 unit = page; unit < page_add(page); unit += CHUNK_BYTES_MIN) {
		struct chunk chunk;

		if (!chunk_find(paddr(unit), &chunk))
			shadow_poison(at(paddr(unit)), CHUNK_BYTES_MIN, SHADOW_HEAP_FREED);
	}
}

static void poison_chunk(paddr_t pa, enum shadow why)
{
	struct chunk chunk;

	if (chunk_find(pa, &chunk))
		shadow_poison(at(chunk.base), chunk.bytes, why);
}

WRAPPED(int, chunk_alloc, u64 bytes, unsigned flags, paddr_t *pa)
{
	struct chunk chunk;
	int err;

	spin_lock(&chunk_lock);
	err = __real_chunk_alloc(bytes, flags & ~(unsigned)PAGES_ZERO, pa);
	if (!err)
		poison_pieces(*pa);
	spin_unlock(&chunk_lock);
	if (err || !chunk_find(*pa, &chunk))
		return err;
	shadow_allow(at(*pa), chunk.bytes);
	if (flags & PAGES_ZERO)
		arch_zero(at(*pa), chunk.bytes);
	return 0;
}

/* The header is poisoned with the first object: it is written by memset, which is checked. */
WRAPPED(int, chunk_alloc_slab, u64 bytes, unsigned flags, paddr_t *pa)
{
	int err;

	spin_lock(&chunk_lock);
	err = __real_chunk_alloc_slab(bytes, flags, pa);
	if (!err)
		poison_pieces(*pa);
	spin_unlock(&chunk_lock);
	if (err)
		return err;
	shadow_poison(at(*pa), bytes, SHADOW_HEAP_AROUND);
	shadow_allow(slab_header(at(*pa), bytes), sizeof(struct slab));
	return 0;
}

WRAPPED(void, chunk_free, paddr_t pa)
{
	poison_chunk(pa, SHADOW_HEAP_FREED);
	__real_chunk_free(pa);
}

WRAPPED(void, chunk_free_slab, paddr_t pa)
{
	poison_chunk(pa, SHADOW_HEAP_FREED);
	__real_chunk_free_slab(pa);
}

/* ---- objects ---- */

/* Between two objects, so that an overrun doesn't end in another one. */
#define AROUND_BYTES 16

/* Alignment stays. A cache whose slabs would hold no object any more stays as it is. */
static void widen(struct slab_cache *cache)
{
	u64 stride = ALIGN_UP((u64)cache->object_bytes + AROUND_BYTES, cache->align);
	u64 count = (cache->slab_bytes - sizeof(struct slab)) / stride;

	if (GRANULE_DEBUG || !count)
		return;
	cache->stride = (u32)stride;
	cache->per_slab = (u32)count;
	slab_hot_setup(cache);
}

WRAPPED(void, slab_cache_setup, struct slab_cache *cache, const char *name, u64 bytes, u64 align,
	u64 slab_bytes, u64 cookie)
{
	__real_slab_cache_setup(cache, name, bytes, align, slab_bytes, cookie);
	widen(cache);
}

WRAPPED(int, slab_cache_init, struct slab_cache *cache, const char *name, u64 bytes, u64 align)
{
	int err = __real_slab_cache_init(cache, name, bytes, align);

	if (!err)
		widen(cache);
	return err;
}

WRAPPED(void *, slab_alloc, struct slab_cache *cache, unsigned flags)
{
	void *object = __real_slab_alloc(cache, flags & ~(unsigned)PAGES_ZERO);

	if (!object)
		return NULL;
	shadow_poison(slab_header(object, cache->slab_bytes), sizeof(struct slab),
		      SHADOW_HEAP_AROUND);
	shadow_allow_part(object, cache->object_bytes,
			  ALIGN_UP(cache->object_bytes, SLAB_ALIGN_MIN));
	if (flags & PAGES_ZERO)
		memset(object, 0, cache->object_bytes);
	return object;
}

WRAPPED(void, slab_free, struct slab_cache *cache, void *object)
{
	shadow_check(object, 1, true); /* or it is freed twice */
	if (slab_is_object(cache, object))
		shadow_poison(object, cache->object_bytes, SHADOW_HEAP_FREED);
	__real_slab_free(cache, object);
}

WRAPPED(u64, kmalloc_usable_bytes, const void *p)
{
	u64 bytes = __real_kmalloc_usable_bytes(p);

	shadow_allow(p, bytes);
	return bytes;
}

/* Of the block, what was asked for. */
static void allow(const void *p, u64 bytes)
{
	shadow_allow_part(p, bytes, __real_kmalloc_usable_bytes(p));
}

WRAPPED(void *, kmalloc, u64 bytes, unsigned flags)
{
	void *p = __real_kmalloc(bytes, flags);

	if (p)
		allow(p, MAX(bytes, 1));
	return p;
}

WRAPPED(void, kfree, const void *p)
{
	if (p) {
		shadow_check(p, 1, true); /* or it is freed twice */
		shadow_poison(p, __real_kmalloc_usable_bytes(p), SHADOW_HEAP_FREED);
	}
	__real_kfree(p);
}

/* It copies all that the old block has room for. */
WRAPPED(void *, krealloc, const void *p, u64 bytes, unsigned flags)
{
	void *moved;

	if (p)
		shadow_allow(p, __real_kmalloc_usable_bytes(p));
	moved = __real_krealloc(p, bytes, flags);
	if (moved)
		allow(moved, MAX(bytes, 1));
	return moved;
}
