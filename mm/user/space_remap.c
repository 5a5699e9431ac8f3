// SPDX-License-Identifier: BSD-2-Clause
/*
 * mremap: a mapping shrinks, grows, or moves with its pages, by Linux's rules.
 *
 * Pages keep their memory: entries go from one place of the tables to the other, and records say
 * the new address. Nodes and tables are had before anything moves.
 *
 * Source: Linux 6.12, mm/mremap.c.
 */
#include <arch/tlb.h>
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <mm/addr.h>
#include <mm/rmap.h>

#include "inside.h"

/* What is asked for. */
struct move {
	struct space *space;
	u64 at;
	u64 bytes; /* whole pages, as all here */
	u64 new_at;
	u64 new_bytes;
	unsigned flags;
};

/* ---- pages ---- */

static void place_again(struct space *space, vaddr_t va, pte_t entry)
{
	int err = pgtable_map_like(&space->pt, va, entry);

	ASSERT(!err);
	if (pte_is_own(entry))
		space_record_move(rmap_where(frame_of(pte_addr(entry))->word),
				  va.val >> space->pt.granule->shift);
}

/*
 * Each page in [at, at + bytes) goes to new_at. No TLB has the old entry when rmap_lock is let go:
 * from then on the page may be carried elsewhere by its new one.
 */
static void move_pages(struct space *space, u64 at, u64 bytes, u64 new_at)
{
	u64 delta = new_at - at, last = at + bytes - 1;
	struct pgtable_taken taken;
	bool more = true;

	while (more) {
		rmap_lock();
		more = pgtable_take_pages(&space->pt, &at, last, &taken);
		if (taken.count)
			tlb_flush_pages(taken.va, taken.count);
		for (unsigned i = 0; i < taken.count; i++)
			place_again(space, vaddr_add(taken.va[i], delta), taken.entry[i]);
		rmap_unlock();
	}
}

/* ---- mappings ---- */

static int move_to(const struct move *m, const struct space_mapping *from)
{
	struct space_mapping like = *from, *node[2] = { NULL, NULL };
	struct space *space = m->space;
	u64 kept = MIN(m->bytes, m->new_bytes);
	int err = -ENOMEM;

	like.offset += m->at - from->area.base;
	node[0] = space_mapping_alloc(space);
	node[1] = space_mapping_alloc(space);
	if (node[0] && node[1])
		err = space_tables_prepare_move(space, m->at, kept, m->new_at);
	if (!err) {
		err = space_mapping_add(space, &like, m->new_at, m->new_at + m->new_bytes,
					&node[0]);
		ASSERT(!err);
		space_mapping_next(space, m->new_at)->has_tables = true;
		move_pages(space, m->at, kept, m->new_at);
		if (!(m->flags & SPACE_MOVE_DONTUNMAP))
			space_mapping_remove(space, m->at, m->at + m->bytes, &node[1]);
	}
	space_mapping_free(space, node[0]);
	space_mapping_free(space, node[1]);
	space_tables_trim(space);
	return err;
}

/* The mapping that holds it, which can become new_bytes long. */
static int check_resize(const struct move *m, struct space_mapping **mapping)
{
	*mapping = space_mapping_next(m->space, m->at);
	if (!*mapping || (*mapping)->area.base > m->at)
		return -EFAULT;
	if (!m->bytes)
		return -EINVAL;
	if (m->bytes > (*mapping)->area.end - m->at)
		return -EFAULT;
	if ((*mapping)->source && m->new_bytes > m->bytes &&
	    (*mapping)->offset + (m->at - (*mapping)->area.base) + m->new_bytes < m->new_bytes)
		return -EINVAL;
	return 0;
}

static int unmap(struct space *space, u64 at, u64 bytes)
{
	struct space_mapping *upper = NULL;

	if (at > SPACE_END || bytes > SPACE_END - at)
		return -EINVAL;
	if (space_mapping_surrounds(space, at, at + bytes) && !(upper = space_mapping_alloc(space)))
		return -ENOMEM;
	space_mapping_remove(space, at, at + bytes, &upper);
	space_mapping_free(space, upper);
	return 0;
}

static bool is_full(const struct space *space)
{
	/* Up to three more come and go. */
	return space->mappings.count + 3 >= space_mappings_most;
}

/* To where nothing is mapped. `hint`: 0, or where it should be. */
static int move_anywhere(struct move *m, const struct space_mapping *mapping, u64 hint, u64 *result)
{
	const struct space_request request = { .at = hint, .bytes = m->new_bytes };
	int err = space_place(m->space, &request, m->new_bytes, &m->new_at);

	if (!err)
		err = move_to(m, mapping);
	*result = m->new_at;
	return err;
}

/* With SPACE_MOVE_FIXED or SPACE_MOVE_DONTUNMAP. */
static int move_fixed(struct move *m, u64 *result)
{
	struct space_mapping *mapping;
	int err = 0;

	if (!IS_ALIGNED(m->new_at, space_page_bytes(m->space)) || m->new_bytes > SPACE_END ||
	    m->new_at > SPACE_END - m->new_bytes ||
	    (m->at + m->bytes > m->new_at && m->new_at + m->new_bytes > m->at))
		return -EINVAL;
	if (is_full(m->space))
		return -ENOMEM;
	if (m->flags & SPACE_MOVE_FIXED)
		err = unmap(m->space, m->new_at, m->new_bytes);
	if (!err && m->bytes > m->new_bytes) {
		err = unmap(m->space, m->at + m->new_bytes, m->bytes - m->new_bytes);
		m->bytes = m->new_bytes;
	}
	if (!err)
		err = check_resize(m, &mapping);
	if (err)
		return err;
	if (!(m->flags & SPACE_MOVE_FIXED))
		return move_anywhere(m, mapping, m->new_at, result);
	*result = m->new_at;
	return move_to(m, mapping);
}

/* Where it is, if nothing is in the way. */
static bool grow(const struct move *m, struct space_mapping *mapping)
{
	u64 end = m->at + m->new_bytes;
	const struct space_mapping *next = space_mapping_next(m->space, mapping->area.end);

	if (m->at + m->bytes != mapping->area.end || end > SPACE_END || end < m->at ||
	    (next && next->area.base < end))
		return false;
	space_mapping_grow(m->space, mapping, mapping->area.base, end);
	return true;
}

static int resize(struct move *m, u64 *result)
{
	struct space_mapping *mapping;
	int err;

	*result = m->at;
	if (m->bytes == m->new_bytes)
		return 0;
	if (m->bytes > m->new_bytes)
		return unmap(m->space, m->at + m->new_bytes, m->bytes - m->new_bytes);
	err = check_resize(m, &mapping);
	if (err || grow(m, mapping))
		return err;
	if (!(m->flags & SPACE_MOVE_MAYMOVE) || is_full(m->space))
		return -ENOMEM;
	return move_anywhere(m, mapping, 0, result);
}

static int move(struct move *m, u64 *result)
{
	const struct space_mapping *mapping = space_mapping_next(m->space, m->at);

	if (!mapping || mapping->area.base > m->at)
		return -EFAULT;
	if (m->flags & (SPACE_MOVE_FIXED | SPACE_MOVE_DONTUNMAP))
		return move_fixed(m, result);
	return resize(m, result);
}

int space_move(struct space *space, u64 at, u64 bytes, u64 new_bytes, unsigned flags, u64 new_at,
	       u64 *result)
{
	const unsigned may = SPACE_MOVE_MAYMOVE, moves = SPACE_MOVE_FIXED | SPACE_MOVE_DONTUNMAP;
	const u64 page = space_page_bytes(space);
	struct move m = { .space = space,
			  .at = at,
			  .bytes = ALIGN_UP(bytes, page),
			  .new_at = new_at,
			  .new_bytes = ALIGN_UP(new_bytes, page),
			  .flags = flags };
	int err;

	if (flags & ~(may | moves) || (flags & moves && !(flags & may)) ||
	    (flags & SPACE_MOVE_DONTUNMAP && bytes != new_bytes) || !IS_ALIGNED(at, page) ||
	    !m.new_bytes)
		return -EINVAL;
	/* As it is where lengths wrap: too long for anything. */
	if (m.bytes < bytes || m.bytes > SPACE_END)
		m.bytes = SPACE_END;
	mutex_lock(&space->lock, "a program's memory");
	err = move(&m, result);
	mutex_unlock(&space->lock);
	return err;
}
