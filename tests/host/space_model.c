// SPDX-License-Identifier: BSD-2-Clause
/* See space_model.h. */
#include "space_model.h"

#include <string.h>

#include <cmocka.h>

#include <kernel/compiler.h>
#include <kernel/errno.h>

struct page model[PAGES];
u64 p;

/* The window begins where places do, so that nothing is found below it. */
static u64 window(void)
{
	return MAX(p, 64 * KiB);
}

u64 at(u64 page)
{
	return window() + page * p;
}

/* ---- sources ---- */

static u8 data[5 * 64 * KiB];
struct space_source sources[3] = { { .data = data }, { .data = data + 100 }, { .data = data } };

static void make_sources(void)
{
	for (u64 i = 0; i < sizeof(data); i++)
		data[i] = (u8)(i * 7 + (i >> 8) + 1);
	sources[0].bytes = 4 * p + 1;
	sources[1].bytes = p - 1;
	sources[2].bytes = 3 * p;
}

static u8 source_byte(const struct page *m, u64 offset)
{
	u64 in = m->offset + offset;

	return in < m->source->bytes ? ((const u8 *)m->source->data)[in] : 0;
}

static bool after_end(const struct page *m)
{
	return m->source && m->offset >= m->source->bytes;
}

/* ---- accesses ---- */

void fresh(struct page *m)
{
	m->own = false;
	m->byte[0] = m->source ? source_byte(m, 0) : 0;
	m->byte[1] = m->source ? source_byte(m, p - 1) : 0;
}

enum space_verdict expected(const struct page *m, enum space_access access)
{
	if (!m->mapped)
		return SPACE_NOT_MAPPED;
	if (access == SPACE_ACCESS_WRITE  ? !(m->prot & SPACE_WRITE)
	    : access == SPACE_ACCESS_EXEC ? !(m->prot & SPACE_EXEC)
					  : !m->prot)
		return SPACE_DENIED;
	return after_end(m) ? SPACE_AFTER_END : SPACE_OK;
}

/* The highest free run of the window; PAGES: there is none. */
u64 highest_run(u64 pages)
{
	u64 run = 0;

	for (u64 i = PAGES; i-- > 0;) {
		run = model[i].mapped ? 0 : run + 1;
		if (run == pages)
			return i;
	}
	return PAGES;
}

bool any_mapped(u64 first, u64 pages)
{
	for (u64 i = first; i < first + pages; i++)
		if (model[i].mapped)
			return true;
	return false;
}

/* ---- mremap ---- */

bool goes_on(const struct page *a, const struct page *b)
{
	return a->mapped && b->mapped && a->prot == b->prot && a->source == b->source &&
	       (!a->source || a->offset + p == b->offset);
}

/* How many pages its mapping has from there on. */
static u64 extent(u64 first)
{
	u64 i = first;

	while (i + 1 < PAGES && goes_on(&model[i], &model[i + 1]))
		i++;
	return i + 1 - first;
}

void clear(u64 first, u64 pages)
{
	memset(&model[first], 0, pages * sizeof(model[0]));
}

/* Pages go from `first` to `to` and become `new`; `to` PAGES: out of the window, and away. */
static void move_model(u64 first, u64 pages, u64 to, u64 new, bool keep)
{
	struct page moved[PAGES];

	for (u64 i = 0; i < new; i++) {
		moved[i] = model[first];
		if (i < pages) {
			moved[i] = model[first + i];
		} else {
			moved[i].offset += i * p;
			fresh(&moved[i]);
		}
	}
	for (u64 i = first; i < first + pages; i++)
		fresh(&model[i]);
	if (!keep)
		clear(first, pages);
	if (to < PAGES)
		memcpy(&model[to], moved, new * sizeof(moved[0]));
}

/* What comes of it, and the model is so already. *to: where it is then. */
int expect_move(u64 first, u64 pages, u64 new, unsigned flags, u64 *to)
{
	bool keep = flags & SPACE_MOVE_DONTUNMAP;

	if (!model[first].mapped)
		return -EFAULT;
	if (flags & SPACE_MOVE_FIXED) {
		if (first + pages > *to && *to + new > first)
			return -EINVAL;
		clear(*to, new);
		if (pages > new)
			clear(first + new, pages - new);
		pages = MIN(pages, new);
	} else if (keep && new *p > at(first)) {
		return -EINVAL; /* it overlaps the hint, which is 0 */
	} else if (!keep && new <= pages) {
		*to = first;
		clear(first + new, pages - new);
		return 0;
	}
	if (pages > extent(first))
		return -EFAULT;
	if (flags & SPACE_MOVE_FIXED) {
		move_model(first, pages, *to, new, keep);
		return 0;
	}
	if (!keep && pages == extent(first) && !any_mapped(first + pages, new - pages)) {
		*to = first;
		for (u64 i = pages; i < new; i++) {
			model[first + i] = model[first];
			model[first + i].offset += i * p;
			fresh(&model[first + i]);
		}
		return 0;
	}
	if (!(flags & SPACE_MOVE_MAYMOVE))
		return -ENOMEM;
	*to = highest_run(new);
	move_model(first, pages, *to, new, keep);
	return 0;
}

void model_begin(u64 page_bytes)
{
	p = page_bytes;
	memset(model, 0, sizeof(model));
	make_sources();
}
