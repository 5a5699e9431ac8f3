// SPDX-License-Identifier: BSD-2-Clause
/* See fake_pages.h. First fit; the book is kept in one byte a page. */
#include <stdlib.h>
#include <string.h>

#include <sanitizer/asan_interface.h>

#include <kernel/assert.h>
#include <kernel/errno.h>
#include <kernel/fault_inject.h>
#include <lib/panic.h>
#include <mm/addr.h>
#include <mm/pages.h>

#include "fake_pages.h"
#include "host.h"

#define PAGES_MOST (FAKE_PAGES_BYTES / PAGE_SIZE_MIN)

unsigned long long host_linear_base, host_frame_table_base;

enum { FREE, HEAD, TAIL };

static u8 *memory;
static u64 words[PAGES_MOST];
static u8 book[PAGES_MOST];
static u64 limit_pages;

static u64 index_of(paddr_t pa)
{
	return (pa.val - FAKE_PAGES_BASE) >> host_page_shift;
}

static paddr_t page_at(u64 index)
{
	return paddr(FAKE_PAGES_BASE + (index << host_page_shift));
}

static void fill_words(u64 index, u64 pages)
{
	for (u64 i = 0; i < pages; i++)
		words[index + i] = host_random();
}

void fake_pages_init(void)
{
	if (!memory)
		memory = aligned_alloc(PAGEBLOCK_BYTES, FAKE_PAGES_BYTES);
	ASSERT(memory);
	host_linear_base = (uintptr_t)memory - FAKE_PAGES_BASE;
	host_frame_table_base = (uintptr_t)words - page_word_offset(FAKE_PAGES_BASE);
	memset(book, FREE, sizeof(book));
	fill_words(0, PAGES_MOST);
	fake_pages_limit(FAKE_PAGES_BYTES);
	ASAN_POISON_MEMORY_REGION(memory, FAKE_PAGES_BYTES);
}

void fake_pages_limit(u64 bytes)
{
	limit_pages = bytes >> host_page_shift;
}

static bool is_free(u64 index, u64 pages)
{
	for (u64 i = 0; i < pages; i++)
		if (index + i >= limit_pages || book[index + i] != FREE)
			return false;
	return true;
}

static int alloc(u64 pages, u64 align, unsigned flags, paddr_t *pa)
{
	u64 index = 0;

	if (!(flags & PAGES_MUST) && fault_inject(FAULT_PAGES))
		return -ENOMEM;
	while (index < limit_pages && !is_free(index, pages))
		index += align;
	if (index >= limit_pages) {
		if (flags & PAGES_MUST)
			panic("pages_alloc: no memory left, and the caller must have it");
		return -ENOMEM;
	}
	memset(&book[index], TAIL, pages);
	book[index] = HEAD;
	fill_words(index, pages);
	words[index] = FRAME_ALLOCATED;
	*pa = page_at(index);
	ASAN_UNPOISON_MEMORY_REGION(vaddr_ptr(paddr_to_linear(*pa)), pages << host_page_shift);
	memset(vaddr_ptr(paddr_to_linear(*pa)), flags & PAGES_ZERO ? 0 : 0xe1,
	       pages << host_page_shift);
	return 0;
}

static void release(paddr_t pa, u64 pages)
{
	u64 index = index_of(pa);

	ASSERT(index < PAGES_MOST && book[index] == HEAD);
	ASSERT(index + pages == PAGES_MOST || book[index + pages] != TAIL);
	ASSERT((words[index] & FRAME_KIND_MASK) == FRAME_ALLOCATED);
	for (u64 i = 1; i < pages; i++)
		ASSERT(book[index + i] == TAIL);
	memset(&book[index], FREE, pages);
	words[index] = FRAME_FREE;
	ASAN_POISON_MEMORY_REGION(vaddr_ptr(paddr_to_linear(pa)), pages << host_page_shift);
}

int pages_alloc(unsigned order, unsigned flags, paddr_t *block)
{
	int err = alloc(1ULL << order, 1ULL << order, flags, block);

	if (!err)
		words[index_of(*block)] |= (u64)order << FRAME_ORDER_SHIFT;
	return err;
}

void pages_free(paddr_t block, unsigned order)
{
	ASSERT(frame_order(frame_of(block)) == order);
	release(block, 1ULL << order);
}

int pages_alloc_exact(u64 bytes, unsigned flags, paddr_t *pa)
{
	u64 pages = page_count(bytes), align = 1;

	if (bytes == 0 || bytes > PAGES_BLOCK_BYTES_MAX)
		return -EINVAL;
	while (align < pages)
		align *= 2;
	return alloc(pages, align, flags, pa);
}

void pages_free_exact(paddr_t pa, u64 bytes)
{
	release(pa, page_count(bytes));
}

void pages_set_hot(bool hot_blocks)
{
	(void)hot_blocks;
}

u64 pages_free_bytes(void)
{
	u64 pages = 0;

	for (u64 i = 0; i < limit_pages; i++)
		pages += book[i] == FREE;
	return pages << host_page_shift;
}
