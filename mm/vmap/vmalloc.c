// SPDX-License-Identifier: BSD-2-Clause
/*
 * Memory that is contiguous in virtual addresses only.
 *
 * Which blocks an area is made of is written down nowhere but in the page tables, which have their
 * addresses, and in the frame table, which has their orders: a block is an allocation of
 * pages_alloc, its first page is where a walk of the area finds it, and a leaf or run never
 * holds parts of two blocks, because each block is mapped by a request of its own.
 */
#include <arch/page.h>
#include <arch/pgtable.h>
#include <kernel/assert.h>
#include <mm/hooks.h>
#include <mm/pages.h>

#include "inside.h"

/* Blocks that are mapped, or unmapped and freed, at a time: a TLB flush is shared by so many. */
#define BATCH 64

/* An area being filled: mapped up to `mapped`, then single pages that wait, up to `next`. */
struct filling {
	const struct vmalloc_kind *kind;
	u64 mapped;
	u64 next;
	u64 end;
	unsigned flags;
	unsigned limit; /* the largest order worth asking for */
	unsigned count; /* pages that wait, to be mapped with one request */
	paddr_t waiting[BATCH];
};

/* The order of the largest block that can stand at `at` and isn't more than `bytes`. */
static unsigned block_order(u64 at, u64 bytes)
{
	u64 most = MIN(bytes, PAGES_BLOCK_BYTES_MAX);
	unsigned size_shift = 63 - (unsigned)__builtin_clzll(most);

	return MIN((unsigned)__builtin_ctzll(at), size_shift) - (unsigned)page_shift();
}

static int map_waiting(struct filling *f)
{
	const struct vmalloc_kind *kind = f->kind;
	int err;

	if (!f->count)
		return 0;
	kind->lock();
	err = pgtable_map_array(vmap_tables_lock(), vaddr(f->mapped), f->waiting, f->count,
				MAP_DATA);
	vmap_tables_unlock();
	if (!err) {
		kind->mapped(f->mapped, f->waiting, f->count);
		f->mapped = f->next;
		f->count = 0;
	}
	kind->unlock();
	return err;
}

static int map_block(struct filling *f, paddr_t block, unsigned order)
{
	u64 bytes = page_size() << order;
	int err = map_waiting(f);

	if (!err) {
		err = pgtable_map(vmap_tables_lock(), vaddr(f->next), block, bytes, MAP_DATA);
		vmap_tables_unlock();
	}
	if (!err)
		f->mapped = f->next += bytes;
	return err;
}

/* A block for the next address, as large as there is up to *order, which becomes what it is. */
static int alloc_block(struct filling *f, unsigned *order, paddr_t *block)
{
	*order = f->limit ? MIN(block_order(f->next, f->end - f->next), f->limit) : 0;
	for (;; f->limit = --*order) {
		int err = pages_alloc(*order, f->flags | (*order ? 0 : f->kind->page_flags), block);

		if (!err || !*order)
			return err;
	}
}

/* On an error all up to f->mapped has memory, and nothing beyond. */
static int fill(struct filling *f)
{
	int err = 0;

	while (!err && f->next < f->end) {
		unsigned order;
		paddr_t block;

		err = alloc_block(f, &order, &block);
		if (err)
			break;
		if (order) {
			err = map_block(f, block, order);
			if (err)
				pages_free(block, order);
			continue;
		}
		f->waiting[f->count++] = block;
		f->next = page_add(f->next);
		if (f->count == BATCH)
			err = map_waiting(f);
	}
	if (!err)
		err = map_waiting(f);
	while (f->count)
		pages_free(f->waiting[--f->count], 0);
	return err;
}

/* Unmap and free the blocks that [at, end) is made of. */
static void empty(const struct vmalloc_kind *kind, u64 at, u64 end)
{
	paddr_t block[BATCH];
	unsigned order[BATCH];

	while (at < end) {
		u64 first = at;
		unsigned count;
		int err;

		kind->lock();
		for (count = 0; count < BATCH && at < end; count++) {
			block[count] = vmap_to_paddr(vaddr_ptr(vaddr(at)));
			order[count] = frame_order(frame_of(block[count]));
			at += page_size() << order[count];
		}
		err = pgtable_unmap(vmap_tables_lock(), vaddr(first), at - first);
		vmap_tables_unlock();
		ASSERT(!err && at <= end);
		kind->unmapped(first, block, count);
		kind->unlock();
		while (count--)
			pages_free(block[count], order[count]);
	}
}

void *vmalloc_of(const struct vmalloc_kind *kind, u64 bytes, unsigned flags, const void *caller)
{
	u64 whole = page_align_up(bytes);
	struct vmap_area *area;
	struct filling f;

	if (!bytes || whole < bytes)
		return NULL;
	area = vmap_reserve(whole, kind->pages_only ? page_size() : vmap_align(whole), kind->type,
			    caller);
	if (!area)
		return NULL;
	area->tail = (u16)(whole - bytes);
	f.kind = kind;
	f.mapped = f.next = area->base;
	f.end = area->base + whole;
	f.flags = flags & VMALLOC_ZERO ? PAGES_ZERO : 0;
	f.limit = kind->pages_only ? 0 : ~0U;
	f.count = 0;
	if (fill(&f)) {
		empty(kind, area->base, f.mapped);
		vmap_unreserve(area);
		return NULL;
	}
	alloc_observe(ALLOC_AREA, bytes, 0);
	return vaddr_ptr(vaddr(area->base));
}

void vmalloc_free(const struct vmalloc_kind *kind, void *at, const char *function)
{
	struct vmap_area *area;

	if (!at)
		return;
	area = vmap_lookup(function, at, kind->type);
	empty(kind, area->base, area->base + area->bytes);
	vmap_unreserve(area);
}

/* ---- pages that stay where they are ---- */

static void no_lock(void)
{
}

static void nothing_to_note(u64 va, const paddr_t *pages, unsigned count)
{
	(void)va, (void)pages, (void)count;
}

/* A large block is a convenience; a page is worth moving others for. */
static const struct vmalloc_kind plain = {
	.type = VMAP_TYPE_ALLOC,
	.page_flags = PAGES_COMPACT,
	.lock = no_lock,
	.unlock = no_lock,
	.mapped = nothing_to_note,
	.unmapped = nothing_to_note,
};

void *vmalloc(u64 bytes, unsigned flags)
{
	return vmalloc_of(&plain, bytes, flags, __builtin_return_address(0));
}

void vfree(void *at)
{
	vmalloc_free(&plain, at, __func__);
}
