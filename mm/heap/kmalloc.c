// SPDX-License-Identifier: BSD-2-Clause
/*
 * kmalloc on slab caches, chunks and pages: see include/mm/kmalloc.h, which has the rules and the
 * reasons.
 */
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <lib/panic.h>
#include <lib/string.h>
#include <mm/hooks.h>
#include <mm/junk.h>

#include "inside.h"

static const struct {
	const char *name;
	u16 bytes;
	bool large_slabs;
} classes[] = {
	{ "kmalloc-16", 16, false },    { "kmalloc-32", 32, false },
	{ "kmalloc-48", 48, false },    { "kmalloc-64", 64, false },
	{ "kmalloc-80", 80, false },    { "kmalloc-96", 96, false },
	{ "kmalloc-112", 112, false },  { "kmalloc-128", 128, false },
	{ "kmalloc-160", 160, false },  { "kmalloc-192", 192, false },
	{ "kmalloc-224", 224, false },  { "kmalloc-256", 256, false },
	{ "kmalloc-320", 320, false },  { "kmalloc-384", 384, false },
	{ "kmalloc-448", 448, false },  { "kmalloc-512", 512, false },
	{ "kmalloc-576", 576, false },  { "kmalloc-672", 672, false },
	{ "kmalloc-800", 800, false },  { "kmalloc-1008", 1008, false },
	{ "kmalloc-1024", 1024, true }, { "kmalloc-1344", 1344, false },
	{ "kmalloc-1536", 1536, true }, { "kmalloc-2016", 2016, false },
	{ "kmalloc-2048", 2048, true }, { "kmalloc-2560", 2560, true },
	{ "kmalloc-3072", 3072, true },
};

static struct {
	struct slab_cache caches[ARRAY_SIZE(classes)];
	struct spinlock lock; /* of what follows */
	u64 pages_bytes;
} heap;

struct slab_cache *kmalloc_by_size[KMALLOC_SLAB_BYTES_MAX >> KMALLOC_STEP_SHIFT];

void kmalloc_init(void)
{
	u64 step = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(classes); i++) {
		u64 bytes = classes[i].bytes;
		bool power_of_two = (bytes & (bytes - 1)) == 0;
		u64 align = classes[i].large_slabs ? KMALLOC_WORD_ALIGN : SLAB_ALIGN_MIN;

		slab_cache_setup(&heap.caches[i], classes[i].name, bytes,
				 power_of_two ? bytes : align,
				 classes[i].large_slabs ? CHUNK_SLAB_LARGE : CHUNK_SLAB_SMALL,
				 SLAB_COOKIE_KMALLOC);
		while (step << KMALLOC_STEP_SHIFT < bytes)
			kmalloc_by_size[step++] = &heap.caches[i];
	}
	ASSERT(step == ARRAY_SIZE(kmalloc_by_size));
}

struct slab_cache *kmalloc_cache(u64 bytes)
{
	bytes = MAX(bytes, 1);
	return bytes <= KMALLOC_SLAB_BYTES_MAX ? kmalloc_by_size[(bytes - 1) >> KMALLOC_STEP_SHIFT]
					       : NULL;
}

static void count_pages(u64 bytes)
{
	spin_lock(&heap.lock);
	heap.pages_bytes += bytes;
	spin_unlock(&heap.lock);
}

u64 kmalloc_pages_bytes(void)
{
	return heap.pages_bytes;
}

/* Larger than a chunk: pages, with their number in the head's frame word. */
static int alloc_pages(u64 bytes, unsigned flags, paddr_t *pa)
{
	u64 pages = page_count(bytes);
	int err;

	if (bytes > PAGES_BLOCK_BYTES_MAX)
		return -ENOMEM;
	err = pages_alloc_exact(bytes, flags, pa);
	if (err)
		return err;
	frame_set_kind(frame_of(*pa), FRAME_KMALLOC);
	frame_set_own(frame_of(*pa), pages);
	count_pages(page_shift_left(pages));
	return 0;
}

static void free_pages(paddr_t pa, u64 bytes)
{
	junk_fill(vaddr_ptr(paddr_to_linear(pa)), bytes, JUNK_FREED);
	count_pages(-bytes);
	frame_set_kind(frame_of(pa), FRAME_ALLOCATED);
	pages_free_exact(pa, bytes);
}

static void *alloc_large(u64 bytes, unsigned flags)
{
	paddr_t pa;
	void *p;

	if (bytes <= CHUNK_BYTES_MAX ? chunk_alloc(bytes, flags, &pa)
				     : alloc_pages(bytes, flags, &pa))
		return NULL;
	alloc_observe(ALLOC_BLOCK, bytes, 0);
	p = vaddr_ptr(paddr_to_linear(pa));
	if (!(flags & KMALLOC_ZERO))
		junk_fill(p, bytes, JUNK_FRESH);
	return p;
}

void *kmalloc_any(u64 bytes, unsigned flags)
{
	struct slab_cache *cache = kmalloc_cache(bytes);
	void *p;

	ASSERT(!(flags & ~(KMALLOC_ZERO | PAGES_COMPACT | PAGES_MUST)));
	if (!(flags & PAGES_MUST) && fault_inject(FAULT_SLAB))
		return NULL;
	flags |= PAGES_COMPACT; /* no caller holds a lock that this would need */
	if (!cache)
		return alloc_large(bytes, flags);
	p = slab_take(cache, flags);
	if (p && (flags & KMALLOC_ZERO))
		memset(p, 0, cache->object_bytes);
	return p;
}

/* What holds `p`: an object of a slab, a chunk, or, if larger than one, pages. */
struct block {
	struct slab *slab; /* NULL: none */
	u64 bytes;         /* that may be used */
};

/* Asked of the frame table where the address alone doesn't say. */
static struct slab *find_slab(const char *function, const void *p, u64 *bytes)
{
	paddr_t pa = linear_to_paddr(vaddr_of(p));
	struct chunk chunk;

	if (!IS_ALIGNED((uintptr_t)p, KMALLOC_WORD_ALIGN))
		return slab_header(p, CHUNK_SLAB_SMALL);
	if (pa.val >= LINEAR_BYTES)
		panic("%s: %p isn't in the linear map", function, p);
	if (chunk_find(pa, &chunk)) {
		if (chunk.slab)
			return slab_header(p, chunk.bytes);
		if (!paddr_equal(chunk.base, pa))
			panic("%s: %p isn't where its block begins, that is %#llx", function, p,
			      paddr_to_linear(chunk.base).val);
		*bytes = chunk.bytes;
		return NULL;
	}
	if (!paddr_is_page_aligned(pa) || frame_kind(frame_of(pa)) != FRAME_KMALLOC)
		panic("%s: %p is free, or never was kmalloc's", function, p);
	*bytes = page_shift_left(frame_own(frame_of(pa)));
	return NULL;
}

static struct block find_block(const char *function, const void *p)
{
	struct block block;

	block.slab = find_slab(function, p, &block.bytes);
	if (!block.slab)
		return block;
	if (!kmalloc_has_cookie(block.slab))
		panic("%s: %p is in no slab of kmalloc: the header at %p has cookie %#llx",
		      function, p, (const void *)block.slab, block.slab->cookie);
	block.bytes = block.slab->cache->object_bytes;
	return block;
}

void kmalloc_free_any(const void *p)
{
	paddr_t pa = linear_to_paddr(vaddr_of(p));
	struct block block;

	if (!p)
		return;
	block = find_block("kfree", p);
	if (block.slab)
		slab_put((void *)(uintptr_t)p, block.slab);
	else if (block.bytes <= CHUNK_BYTES_MAX)
		chunk_free(pa);
	else
		free_pages(pa, block.bytes);
}

void *kcalloc(u64 count, u64 bytes, unsigned flags)
{
	u64 all;

	if (__builtin_mul_overflow(count, bytes, &all))
		return NULL;
	return kmalloc(all, flags | KMALLOC_ZERO);
}

u64 kmalloc_usable_bytes(const void *p)
{
	return find_block(__func__, p).bytes;
}

void *krealloc(const void *p, u64 bytes, unsigned flags)
{
	u64 old;
	void *moved;

	ASSERT(!(flags & KMALLOC_ZERO));
	if (!p)
		return kmalloc(bytes, flags);
	old = kmalloc_usable_bytes(p);
	if (bytes <= old && bytes >= old / 2)
		return (void *)(uintptr_t)p;
	moved = kmalloc(bytes, flags);
	if (!moved)
		return bytes <= old ? (void *)(uintptr_t)p : NULL;
	memcpy(moved, p, MIN(bytes, old));
	kfree(p);
	return moved;
}
