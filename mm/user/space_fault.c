// SPDX-License-Identifier: BSD-2-Clause
/*
 * Faults: a page is made when it is first touched.
 *
 *   touched by    anonymous memory                      private memory of a source
 *   a read        the granule's block of zeroes         a copy
 *   a write       a new page of zeroes                  a copy
 *
 * Under rmap_lock the entry is as it will stay: only this space's lock makes one valid, and a page
 * that was moving is mapped again. So the first look decides. What is needed is had without that
 * lock, and put in place under it.
 */
#include <arch/cache.h>
#include <arch/copy.h>
#include <arch/zero.h>
#include <kernel/assert.h>
#include <lib/string.h>
#include <mm/addr.h>
#include <mm/buddy.h>
#include <mm/kmalloc.h>
#include <mm/pages.h>
#include <mm/rmap.h>

#include "inside.h"

/* ---- the block of zeroes of each granule. Made when it is first needed, and kept ---- */

paddr_t space_zero_block[GRANULE_COUNT];

static paddr_t *zero_block_of(const struct space *space)
{
	return &space_zero_block[(space->pt.granule->shift - PAGE_SHIFT_MIN) / 2];
}

static bool get_zero_block(const struct space *space, paddr_t *block)
{
	u64 *kept = &zero_block_of(space)->val, none = 0;
	u8 *at;

	block->val = __atomic_load_n(kept, __ATOMIC_ACQUIRE);
	if (likely(block->val))
		return true;
	if (pages_alloc(space->order, PAGES_ZERO | PAGES_COMPACT, block))
		return false;
	at = vaddr_ptr(paddr_to_linear(*block));
	cache_sync_icache(at, at + space_page_bytes(space));
	if (!__atomic_compare_exchange_n(kept, &none, block->val, false, __ATOMIC_ACQ_REL,
					 __ATOMIC_ACQUIRE)) {
		pages_free(*block, space->order);
		block->val = none;
	}
	return true;
}

/* ---- a page ---- */

/* A fault that is being served. */
struct fault {
	struct space *space;
	struct space_mapping *mapping;
	u64 va; /* of the page */
	bool write;
	pte_t *at;   /* its entry, or NULL: there is no table yet */
	pte_t entry; /* what that is now */
};

/* memcpy, most of it by steps of arch_copy_pages, to which alignment is nothing. */
static void copy_bytes(u8 *to, const u8 *from, u64 bytes)
{
	u64 most = ALIGN_DOWN(bytes, COPY_STEP_BYTES);

	if (most)
		arch_copy_pages(to, from, most);
	memcpy(to + most, from + most, bytes - most);
}

/* A new page with what a read of it has to find. */
static bool make_page(const struct fault *f, paddr_t *page)
{
	const struct space_source *source = f->mapping->source;
	const u64 bytes = space_page_bytes(f->space);
	u64 offset, have;
	u8 *at;

	if (!source)
		return !pages_alloc(f->space->order, PAGES_MOVABLE | PAGES_COMPACT | PAGES_ZERO,
				    page);
	if (pages_alloc(f->space->order, PAGES_MOVABLE | PAGES_COMPACT, page))
		return false;
	at = vaddr_ptr(paddr_to_linear(*page));
	offset = f->mapping->offset + (f->va - f->mapping->area.base);
	have = MIN(bytes, source->bytes - offset);
	copy_bytes(at, (const u8 *)source->data + offset, have);
	memset(at + have, 0, bytes - have);
	return true;
}

/* The frame at `page` says from now on whose it is. */
static void own(paddr_t page, u64 index)
{
	struct frame *f = frame_of(page);

	buddy_lock();
	frame_set_kind(f, FRAME_MOVABLE);
	frame_set_own(f, rmap_own(RMAP_USER, index));
	buddy_unlock();
}

/* Takes rmap_lock, with a record for the page. */
static bool lock_with_record(struct fault *f, u64 *index)
{
	u64 number = f->va >> f->space->pt.granule->shift;

	for (;;) {
		rmap_lock();
		if (space_record_take(&f->space->object, number, index))
			return true;
		rmap_unlock();
		if (space_record_grow())
			return false;
	}
}

static void put_in_place(const struct fault *f, paddr_t page, enum map_kind kind)
{
	struct pgtable *pt = &f->space->pt;
	int err;

	if (unlikely(!f->at)) {
		err = pgtable_map_pages(pt, vaddr(f->va), page, space_page_bytes(f->space), kind);
		ASSERT(!err);
		return;
	}
	/* Where zeroes were: an entry may not change to other memory while a TLB has it. */
	if (pte_valid(f->entry)) {
		err = pgtable_unmap(pt, vaddr(f->va), space_page_bytes(f->space));
		ASSERT(!err);
	}
	pgtable_set_page(f->at, page, kind);
}

static enum space_verdict map_new_page(struct fault *f)
{
	enum map_kind kind = space_mapping_kind(f->mapping);
	struct space *space = f->space;
	u64 index;
	paddr_t page;

	if (!make_page(f, &page))
		return SPACE_NO_MEMORY;
	if (kind == MAP_USER_TEXT || kind == MAP_USER_RWX) {
		u8 *at = vaddr_ptr(paddr_to_linear(page));

		cache_sync_icache(at, at + space_page_bytes(space));
	}
	if (!lock_with_record(f, &index)) {
		pages_free(page, space->order);
		return SPACE_NO_MEMORY;
	}
	put_in_place(f, page, kind);
	own(page, index);
	rmap_unlock();
	space->faults++;
	space->resident_bytes += space_page_bytes(space);
	space->peak_resident_bytes = MAX(space->peak_resident_bytes, space->resident_bytes);
	return SPACE_OK;
}

/* Under rmap_lock. */
static void put_zeroes(const struct fault *f, paddr_t block)
{
	bool text = f->mapping->prot & SPACE_EXEC;

	put_in_place(f, block, text ? MAP_USER_ZERO_TEXT : MAP_USER_ZERO);
	f->space->faults++;
	f->space->zero_faults++;
}

static enum space_verdict map_zeroes(struct fault *f)
{
	paddr_t block;

	if (!get_zero_block(f->space, &block))
		return SPACE_NO_MEMORY;
	rmap_lock();
	put_zeroes(f, block);
	rmap_unlock();
	return SPACE_OK;
}

/* ---- the decision ---- */

/* What Linux lets through: memory that can be written or executed can be read. */
static bool is_allowed(const struct space_mapping *mapping, enum space_access access)
{
	static const u8 needed[] = {
		[SPACE_ACCESS_READ] = SPACE_READ | SPACE_WRITE | SPACE_EXEC,
		[SPACE_ACCESS_WRITE] = SPACE_WRITE,
		[SPACE_ACCESS_EXEC] = SPACE_EXEC,
	};

	return mapping->prot & needed[access];
}

/* The first page that has nothing of the source in it, or any after that. */
static bool is_after_end(const struct fault *f)
{
	const struct space_mapping *mapping = f->mapping;

	return mapping->source &&
	       mapping->offset + (f->va - mapping->area.base) >= mapping->source->bytes;
}

/* What it reads before it is written to. */
static bool reads_zeroes(const struct fault *f)
{
	return !f->mapping->source && !(f->mapping->flags & SPACE_SHARED);
}

/* If there is a block of them. Under rmap_lock. */
static bool put_zeroes_now(struct fault *f)
{
	paddr_t block = { __atomic_load_n(&zero_block_of(f->space)->val, __ATOMIC_ACQUIRE) };

	if (!block.val || !reads_zeroes(f))
		return false;
	f->mapping->has_tables = true;
	put_zeroes(f, block);
	return true;
}

/*
 * Is that all? Either it moved, another thread was first, or a TLB had it from before; or it reads
 * zeroes, and all is there for that.
 */
static bool look(struct fault *f)
{
	bool done;

	rmap_lock();
	f->at = pgtable_page_entry(&f->space->pt, f->va);
	f->entry = f->at ? *f->at : (pte_t){ 0 };
	done = pte_valid(f->entry) && (pte_is_own(f->entry) || !f->write);
	if (!f->write && !done && f->at)
		done = put_zeroes_now(f);
	rmap_unlock();
	return done;
}

static enum space_verdict serve(struct fault *f)
{
	if (look(f))
		return SPACE_OK;
	if (is_after_end(f))
		return SPACE_AFTER_END;
	if (!f->at && space_tables_prepare(f->space, f->va))
		return SPACE_NO_MEMORY;
	f->mapping->has_tables = true;
	if (!f->write && reads_zeroes(f))
		return map_zeroes(f);
	return map_new_page(f);
}

/*
 * The mapping above grows down to `va`, if it is a stack that may.
 *
 * Linux, mm/mmap.c, expand_downwards.
 */
static bool grow_down(struct space *space, struct space_mapping *mapping, u64 va)
{
	u64 gap = SPACE_GUARD_PAGES * space_page_bytes(space);
	struct vmap_area *below = vmap_area_below(&space->mappings, va);
	const struct space_mapping *other = below ? space_mapping_of(below) : NULL;

	if (!(mapping->flags & SPACE_GROWSDOWN) || va < SPACE_PLACE_MIN ||
	    mapping->area.end - va > space->stack_limit_bytes)
		return false;
	if (other && !(other->flags & SPACE_GROWSDOWN) && other->prot && va - below->end < gap)
		return false;
	space_mapping_grow(space, mapping, va, mapping->area.end);
	return true;
}

static enum space_verdict fault(struct space *space, u64 va, enum space_access access)
{
	struct space_mapping *mapping = space_mapping_next(space, va);
	struct fault f = { .space = space,
			   .mapping = mapping,
			   .va = ALIGN_DOWN(va, space_page_bytes(space)),
			   .write = access == SPACE_ACCESS_WRITE };
	enum space_verdict verdict;

	if (!mapping || (mapping->area.base > va && !grow_down(space, mapping, f.va)))
		return SPACE_NOT_MAPPED;
	if (!is_allowed(mapping, access))
		return SPACE_DENIED;
	verdict = serve(&f);
	if (unlikely(space->spares))
		space_tables_trim(space);
	return verdict;
}

enum space_verdict space_fault(struct space *space, u64 va, enum space_access access)
{
	enum space_verdict verdict;

	if (va >= SPACE_END)
		return SPACE_NOT_MAPPED;
	mutex_take(&space->lock, "a program's memory");
	verdict = fault(space, va, access);
	mutex_let_go(&space->lock);
	return verdict;
}
