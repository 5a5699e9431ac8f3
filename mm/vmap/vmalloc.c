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
#include <kernel/assert.h>
#include <mm/hooks.h>
#include <mm/pages.h>
#include <mm/vmap_inside.h>

/* Blocks that are mapped, or unmapped and freed, at a time: a TLB flush is shared by so many. */
#define BATCH 64

/* An area being filled: mapped up to `mapped`, then single pages that wait, up to `next`. */
struct filling {
	u64 mapped;
	u64 next;
	u64 end;
	unsigned flags;
	unsigned limit; /* the order beyond which nothing is to be had */
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
	int err = 0;

	if (f->count) {
		err = pgtable_map_array(vmap_tables_lock(), vaddr(f->mapped), f->waiting, f->count,
					MAP_DATA);
		vmap_tables_unlock();
	}
	if (!err) {
		f->mapped = f->next;
		f->count = 0;
	}
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
	for (*order = MIN(block_order(f->next, f->end - f->next), f->limit);; --*order) {
		/* A large block is a convenience; a page is worth moving others for. */
		int err = pages_alloc(*order, f->flags | (*order ? 0 : PAGES_COMPACT), block);

		if (!err || !*order)
			return err;
		/* It will not be asked for so much again. */
		f->limit = *order - 1;
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
	if (err)
		while (f->count)
			pages_free(f->waiting[--f->count], 0);
	return err;
}

/* Unmap and free the blocks that [at, end) is made of. */
static void empty(u64 at, u64 end)
{
	struct {
		paddr_t block;
		unsigned order;
	} batch[BATCH];

	while (at < end) {
		u64 first = at;
		unsigned count;
		int err;

		for (count = 0; count < BATCH && at < end; count++) {
			paddr_t block = vmap_to_paddr(vaddr_ptr(vaddr(at)));

			batch[count].block = block;
			batch[count].order = frame_order(frame_of(block));
			at += page_size() << batch[count].order;
		}
		err = pgtable_unmap(vmap_tables_lock(), vaddr(first), at - first);
		vmap_tables_unlock();
		ASSERT(!err && at <= end);
		while (count--)
			pages_free(batch[count].block, batch[count].order);
	}
}

void *vmalloc(u64 bytes, unsigned flags)
{
	u64 whole = page_align_up(bytes);
	struct vmap_area *area;
	struct filling f;

	if (!bytes || whole < bytes)
		return NULL;
	area = vmap_reserve(whole, vmap_align(whole), VMAP_TYPE_ALLOC, __builtin_return_address(0));
	if (!area)
		return NULL;
	area->tail = (u16)(whole - bytes);
	f.mapped = f.next = area->base;
	f.end = area->base + whole;
	f.flags = flags & VMALLOC_ZERO ? PAGES_ZERO : 0;
	f.limit = ~0U;
	f.count = 0;
	if (fill(&f)) {
		empty(area->base, f.mapped);
		vmap_unreserve(area);
		return NULL;
	}
	alloc_observe(ALLOC_AREA, bytes, 0);
	return vaddr_ptr(vaddr(area->base));
}

void vfree(void *at)
{
	struct vmap_area *area;

	if (!at)
		return;
	area = vmap_lookup(__func__, at, 1 << VMAP_TYPE_ALLOC);
	empty(area->base, area->base + area->bytes);
	vmap_unreserve(area);
}
