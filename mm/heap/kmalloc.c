// SPDX-License-Identifier: BSD-2-Clause
/*
 * kmalloc on slab caches, chunks and pages: see include/mm/kmalloc.h, which has the rules and the
 * reasons.
 */
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <lib/panic.h>
#include <lib/string.h>
#include <mm/addr.h>
#include <mm/hooks.h>
#include <mm/junk.h>
#include <mm/kmalloc.h>
#include <mm/slab_object.h>

/* Objects at other addresses are in slabs of CHUNK_SLAB_SMALL. */
#define FRAME_WORD_ALIGN 512

/* The table of classes has an entry for each so many bytes. */
#define CLASS_STEP_SHIFT 4

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
	/* By (bytes - 1) >> CLASS_STEP_SHIFT. First, which spares kmalloc an instruction. */
	struct slab_cache *by_size[KMALLOC_SLAB_BYTES_MAX >> CLASS_STEP_SHIFT];
	struct slab_cache caches[ARRAY_SIZE(classes)];
	struct spinlock lock; /* of what follows */
	u64 pages_bytes;
} heap;

void kmalloc_init(void)
{
	u64 step = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(classes); i++) {
		u64 bytes = classes[i].bytes;
		bool power_of_two = (bytes & (bytes - 1)) == 0;
		u64 align = classes[i].large_slabs ? FRAME_WORD_ALIGN : SLAB_ALIGN_MIN;

		slab_cache_setup(&heap.caches[i], classes[i].name, bytes,
				 power_of_two ? bytes : align,
				 classes[i].large_slabs ? CHUNK_SLAB_LARGE : CHUNK_SLAB_SMALL,
				 SLAB_COOKIE_KMALLOC);
		while (step << CLASS_STEP_SHIFT < bytes)
			heap.by_size[step++] = &heap.caches[i];
	}
	ASSERT(step == ARRAY_SIZE(heap.by_size));
}

static struct slab_cache *class_of(u64 bytes)
{
	return heap.by_size[(bytes - 1) >> CLASS_STEP_SHIFT];
}

u64 kmalloc_class_bytes(u64 bytes)
{
	bytes = MAX(bytes, 1);
	return bytes <= KMALLOC_SLAB_BYTES_MAX ? class_of(bytes)->object_bytes : 0;
}

u64 kmalloc_class_slabs(u64 bytes, u64 count)
{
	const struct slab_cache *cache;

	bytes = MAX(bytes, 1);
	if (bytes > KMALLOC_SLAB_BYTES_MAX)
		return 0;
	cache = class_of(bytes);
	return (count + cache->per_slab - 1) / cache->per_slab * cache->slab_bytes;
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

static void free_pages(paddr_t pa)
{
	struct frame *f = frame_of(pa);
	u64 bytes = page_shift_left(frame_own(f));

	junk_fill(vaddr_ptr(paddr_to_linear(pa)), bytes, JUNK_FREED);
	count_pages(-bytes);
	frame_set_kind(f, FRAME_ALLOCATED);
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

/* Anything but a plain request for a slab's object, and all of it while faults are injected. */
static __noinline void *kmalloc_other(u64 bytes, unsigned flags)
{
	void *p;

	ASSERT(!(flags & ~(KMALLOC_ZERO | PAGES_COMPACT | PAGES_MUST)));
	if (!(flags & PAGES_MUST) && fault_inject(FAULT_SLAB))
		return NULL;
	flags |= PAGES_COMPACT; /* no caller holds a lock that this would need */
	bytes = MAX(bytes, 1);
	if (bytes > KMALLOC_SLAB_BYTES_MAX)
		return alloc_large(bytes, flags);
	p = slab_take(class_of(bytes), flags);
	if (p && (flags & KMALLOC_ZERO))
		memset(p, 0, class_of(bytes)->object_bytes);
	return p;
}

void *kmalloc(u64 bytes, unsigned flags)
{
	/* 0 bytes wrap around, and so are among the others. */
	if (unlikely(bytes - 1 >= KMALLOC_SLAB_BYTES_MAX || flags))
		return kmalloc_other(bytes, flags);
	if (unlikely(fault_injector))
		return kmalloc_other(bytes, flags);
	return slab_take(class_of(bytes), PAGES_COMPACT);
}

/* What holds `p`, asked of the frame table. */
struct block {
	struct slab *slab; /* NULL: none */
	struct chunk chunk;
	bool pages;
};

static void find_block(const char *function, const void *p, struct block *block)
{
	vaddr_t va = vaddr_of(p);
	paddr_t pa = linear_to_paddr(va);

	*block = (struct block){ 0 };
	if (pa.val >= LINEAR_BYTES)
		panic("%s: %p isn't in the linear map", function, p);
	if (chunk_find(pa, &block->chunk)) {
		if (block->chunk.slab)
			block->slab = slab_header(p, block->chunk.bytes);
		else if (block->chunk.base.val != pa.val)
			panic("%s: %p isn't where its block begins, that is %#llx", function, p,
			      paddr_to_linear(block->chunk.base).val);
		return;
	}
	block->pages = page_is_aligned(pa.val) && frame_kind(frame_of(pa)) == FRAME_KMALLOC;
	if (!block->pages)
		panic("%s: %p is free, or never was kmalloc's", function, p);
}

static bool has_cookie(const struct slab *slab)
{
	return slab->cookie == ((uintptr_t)slab ^ SLAB_COOKIE_KMALLOC);
}

static __noinline void check_cookie(const void *p, const struct slab *slab, const char *function)
{
	if (!has_cookie(slab))
		panic("%s: %p is in no slab of kmalloc: the header at %p has cookie %#llx",
		      function, p, (const void *)slab, slab->cookie);
}

static __noinline void kfree_by_frame(void *p)
{
	struct block block;

	if (!p)
		return;
	find_block("kfree", p, &block);
	if (block.pages) {
		free_pages(linear_to_paddr(vaddr_of(p)));
	} else if (!block.slab) {
		chunk_free(block.chunk.base);
	} else {
		check_cookie(p, block.slab, "kfree");
		slab_put(p, block.slab, block.chunk.bytes);
	}
}

void kfree(const void *p)
{
	void *object = (void *)(uintptr_t)p;
	struct slab *slab = slab_header(object, CHUNK_SLAB_SMALL);

	if (unlikely(IS_ALIGNED((uintptr_t)p, FRAME_WORD_ALIGN))) {
		kfree_by_frame(object);
		return;
	}
	if (unlikely(!has_cookie(slab))) {
		check_cookie(p, slab, "kfree");
		return;
	}
	slab_put(object, slab, CHUNK_SLAB_SMALL);
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
	struct slab *slab = slab_header(p, CHUNK_SLAB_SMALL);

	if (IS_ALIGNED((uintptr_t)p, FRAME_WORD_ALIGN)) {
		struct block block;

		find_block(__func__, p, &block);
		if (block.pages)
			return page_shift_left(frame_own(frame_of(linear_to_paddr(vaddr_of(p)))));
		if (!block.slab)
			return block.chunk.bytes;
		slab = block.slab;
	}
	check_cookie(p, slab, __func__);
	return slab->cache->object_bytes;
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
