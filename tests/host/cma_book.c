// SPDX-License-Identifier: BSD-2-Clause
/* Which page is whose, kept the naive way: see <cma_book.h>. */
#include <string.h>

#include "cma_book.h"

#include <cmocka.h>

#include <arch/page.h>
#include <mm/addr.h>
#include <mm/buddy.h>
#include <mm/pages.h>
#include <mm/rmap.h>
#include <mm/vmap.h>

struct moving_area book_areas[BOOK_AREAS];
struct pin book_pins[BOOK_PINS];
struct held book_held[BOOK_HELD];

static u64 all_pages;

bool book_in_cma(u64 pa)
{
	return pa - MOVING_RAM - MOVING_CMA_OFFSET < MOVING_CMA_BYTES;
}

u64 book_pages_of(u64 bytes)
{
	return bytes >> host_page_shift;
}

static u8 book[MOVING_RAM_BYTES >> PAGE_SHIFT_MIN];

static void enter(u64 pa, u64 bytes)
{
	for (u64 at = pa; at < pa + bytes; at += page_size()) {
		u64 page = book_pages_of(at - MOVING_RAM);

		assert_true(page < book_pages_of(MOVING_RAM_BYTES));
		if (book[page])
			fail_msg("%#llx has two owners", at);
		book[page] = 1;
	}
}

void book_begin(void)
{
	all_pages = book_pages_of(pages_free_bytes());
}

void book_check(void)
{
	u64 owned = 0;

	memset(book, 0, sizeof(book));
	for (unsigned i = 0; i < ARRAY_SIZE(book_areas); i++)
		for (u64 n = 0; book_areas[i].at && n < book_areas[i].pages; n++)
			enter(moving_pa(&book_areas[i], n), page_size());
	for (unsigned i = 0; i < ARRAY_SIZE(book_held); i++)
		if (book_held[i].pa)
			enter(book_held[i].pa, book_held[i].bytes);
	for (u64 i = 0; i < book_pages_of(MOVING_RAM_BYTES); i++)
		owned += book[i];
	assert_int_equal(book_pages_of(pages_free_bytes()) + owned, all_pages);
	for (unsigned i = 0; i < ARRAY_SIZE(book_pins); i++) {
		if (!book_pins[i].at)
			continue;
		assert_int_equal(vmap_to_paddr(book_pins[i].at).val, book_pins[i].pa);
		if (book_pins[i].how == MOVABLE_PIN_LONG)
			assert_false(book_in_cma(book_pins[i].pa));
	}
}

bool book_is_pinned(const struct moving_area *area)
{
	for (unsigned i = 0; i < ARRAY_SIZE(book_pins); i++)
		if ((u8 *)book_pins[i].at - area->at < (long)(area->pages << host_page_shift) &&
		    (u8 *)book_pins[i].at >= area->at)
			return true;
	return false;
}

bool book_has_short_pin(u64 page)
{
	for (unsigned i = 0; i < ARRAY_SIZE(book_pins); i++)
		if (book_pins[i].at && page_align_down(book_pins[i].pa) == page &&
		    book_pins[i].how == MOVABLE_PIN_SHORT)
			return true;
	return false;
}

/* The first word and the last of each page. */
static u64 *word_of(const struct held *h, u64 page, bool last)
{
	u64 *words = vaddr_ptr(paddr_to_linear(paddr(h->pa + (page << host_page_shift))));

	return last ? words + page_size() / sizeof(u64) - 1 : words;
}

void book_sign(struct held *h)
{
	h->sign = host_random();
	for (u64 i = 0; i < book_pages_of(h->bytes); i++)
		*word_of(h, i, false) = *word_of(h, i, true) = h->sign + i;
}

void book_verify(const struct held *h)
{
	for (u64 i = 0; i < book_pages_of(h->bytes); i++) {
		assert_int_equal(*word_of(h, i, false), h->sign + i);
		assert_int_equal(*word_of(h, i, true), h->sign + i);
	}
}

/* A page outside of regions could be moved, into one. */
bool book_could_make_room(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(book_areas); i++)
		for (u64 n = 0; book_areas[i].at && n < book_areas[i].pages; n++) {
			u64 pa = moving_pa(&book_areas[i], n);

			if (!book_in_cma(pa) && !rmap_pins(*moving_word(pa)))
				return true;
		}
	return false;
}

/* A claim that overlaps the range, or NULL. */
static const struct held *claim_in(const struct cma_region *region, u64 base, u64 bytes)
{
	for (unsigned i = 0; i < ARRAY_SIZE(book_held); i++)
		if (book_held[i].region == region && book_held[i].pa &&
		    book_held[i].pa < base + bytes && base < book_held[i].pa + book_held[i].bytes)
			return &book_held[i];
	return NULL;
}

/* The highest place that nobody has claimed, the slow way. */
bool book_find_place(const struct cma_region *region, u64 bytes, u64 align, u64 *place)
{
	u64 at = region->base.val + region->bytes - bytes;

	while (at >= region->base.val) {
		const struct held *other = claim_in(region, at, bytes);

		if (!other && !(at & (align - 1))) {
			*place = at;
			return true;
		}
		at = other ? other->pa - bytes : at - page_size();
	}
	return false;
}

bool book_has_pins(const struct cma_region *region)
{
	for (unsigned i = 0; i < ARRAY_SIZE(book_pins); i++)
		if (book_pins[i].at && book_pins[i].pa - region->base.val < region->bytes)
			return true;
	return false;
}
