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

/* Sizes of objects; <mm/kmalloc.h> says why these. */
static const struct {
	const char *name;
	u16 bytes;
} classes[KMALLOC_CLASSES] = {
	{ "kmalloc-16", 16 },     { "kmalloc-32", 32 },     { "kmalloc-48", 48 },
	{ "kmalloc-64", 64 },     { "kmalloc-80", 80 },     { "kmalloc-96", 96 },
	{ "kmalloc-112", 112 },   { "kmalloc-128", 128 },   { "kmalloc-160", 160 },
	{ "kmalloc-192", 192 },   { "kmalloc-224", 224 },   { "kmalloc-256", 256 },
	{ "kmalloc-320", 320 },   { "kmalloc-384", 384 },   { "kmalloc-448", 448 },
	{ "kmalloc-512", 512 },   { "kmalloc-576", 576 },   { "kmalloc-672", 672 },
	{ "kmalloc-800", 800 },   { "kmalloc-1008", 1008 }, { "kmalloc-1024", 1024 },
	{ "kmalloc-1344", 1344 }, { "kmalloc-1536", 1536 }, { "kmalloc-2016", 2016 },
	{ "kmalloc-2048", 2048 }, { "kmalloc-2560", 2560 }, { "kmalloc-3072", 3072 },
};

struct slab_cache kmalloc_caches[KMALLOC_CLASSES];
u8 kmalloc_class[KMALLOC_SLAB_BYTES_MAX >> KMALLOC_STEP_SHIFT];

static u64 pages_bytes; /* atomic */

void kmalloc_init(void)
{
	u64 step = 0;

	for (unsigned i = 0; i < KMALLOC_CLASSES; i++) {
		u64 bytes = classes[i].bytes;
		bool power_of_two = (bytes & (bytes - 1)) == 0;
		/* What a small slab would hold at such multiples only: see the header. */
		bool large = bytes > KMALLOC_WORD_ALIGN && bytes % KMALLOC_WORD_ALIGN == 0;
		u64 align = power_of_two ? bytes : large ? KMALLOC_WORD_ALIGN : SLAB_ALIGN_MIN;

		slab_cache_setup(&kmalloc_caches[i], classes[i].name, bytes, align,
				 large ? CHUNK_SLAB_LARGE : CHUNK_SLAB_SMALL, SLAB_COOKIE_KMALLOC);
		while (step << KMALLOC_STEP_SHIFT < bytes)
			kmalloc_class[step++] = (u8)i;
		ASSERT(kmalloc_caches[i].index == i);
	}
	ASSERT(step == ARRAY_SIZE(kmalloc_class));
}

struct slab_cache *kmalloc_cache(u64 bytes)
{
	bytes = MAX(bytes, 1);
	if (bytes > KMALLOC_SLAB_BYTES_MAX)
		return NULL;
	return &kmalloc_caches[kmalloc_class[(bytes - 1) >> KMALLOC_STEP_SHIFT]];
}

u64 kmalloc_pages_bytes(void)
{
	return __atomic_load_n(&pages_bytes, __ATOMIC_RELAXED);
}

/* Larger than a chunk: pages, with their number in the head's frame word. */
static int alloc_pages(u64 bytes, unsigned flags, paddr_t *pa)
{
	u64 pages = page_count(bytes);
	int err = pages_alloc_exact(bytes, flags, pa);

	if (err)
		return err;
	frame_set_kind(frame_of(*pa), FRAME_KMALLOC);
	frame_set_own(frame_of(*pa), pages);
	__atomic_fetch_add(&pages_bytes, page_shift_left(pages), __ATOMIC_RELAXED);
	return 0;
}

static void free_pages(paddr_t pa, u64 bytes)
{
	junk_fill(vaddr_ptr(paddr_to_linear(pa)), bytes, JUNK_FREED);
	__atomic_fetch_sub(&pages_bytes, bytes, __ATOMIC_RELAXED);
	frame_set_kind(frame_of(pa), FRAME_ALLOCATED);
	pages_free_exact(pa, bytes);
}

static void *alloc_large(u64 bytes, unsigned flags)
{
	paddr_t pa;
	void *p;

	if (!(flags & PAGES_MUST) && fault_inject(FAULT_SLAB))
		return NULL;
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

	ASSERT(!(flags & ~(KMALLOC_ZERO | PAGES_COMPACT | PAGES_MUST)));
	flags |= PAGES_COMPACT; /* no caller holds a lock that this would need */
	return cache ? slab_alloc(cache, flags) : alloc_large(bytes, flags);
}

/*
 * What holds `p`: the slab, or NULL for a chunk or, if more than one holds, pages, of *bytes. Asked
 * of the frame table where the address alone doesn't say.
 */
static struct slab *find_block(const char *function, const void *p, u64 *bytes)
{
	struct slab *slab = slab_header(p, CHUNK_SLAB_SMALL);
	paddr_t pa = linear_to_paddr(vaddr_of(p));
	struct chunk chunk;

	if (IS_ALIGNED((uintptr_t)p, KMALLOC_WORD_ALIGN)) {
		if (pa.val >= LINEAR_BYTES)
			panic("%s: %p isn't in the linear map", function, p);
		if (!chunk_find(pa, &chunk)) {
			if (!paddr_is_page_aligned(pa) || frame_kind(frame_of(pa)) != FRAME_KMALLOC)
				panic("%s: %p is free, or never was kmalloc's", function, p);
			*bytes = page_shift_left(frame_own(frame_of(pa)));
			return NULL;
		}
		if (!chunk.slab && !paddr_equal(chunk.base, pa))
			panic("%s: %p isn't where its block begins, that is %#llx", function, p,
			      paddr_to_linear(chunk.base).val);
		*bytes = chunk.bytes;
		if (!chunk.slab)
			return NULL;
		slab = slab_header(p, chunk.bytes);
	}
	if (!kmalloc_has_cookie(slab))
		panic("%s: %p is in no slab of kmalloc: the header at %p has cookie %#llx",
		      function, p, (const void *)slab, slab->cookie);
	return slab;
}

void kmalloc_free_any(const void *p)
{
	paddr_t pa = linear_to_paddr(vaddr_of(p));
	struct slab *slab;
	u64 bytes;

	if (!p)
		return;
	slab = find_block("kfree", p, &bytes);
	if (slab)
		slab_put((void *)(uintptr_t)p, slab);
	else if (bytes <= CHUNK_BYTES_MAX)
		chunk_free(pa);
	else
		free_pages(pa, bytes);
}

u64 kmalloc_usable_bytes(const void *p)
{
	u64 bytes;
	const struct slab *slab = find_block(__func__, p, &bytes);

	return slab ? slab->cache->object_bytes : bytes;
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
