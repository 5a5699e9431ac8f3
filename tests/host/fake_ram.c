// SPDX-License-Identifier: BSD-2-Clause
/*
 * The page allocator of tests: <fake_ram.h>.
 */
#include <sys/mman.h>

#include <stdlib.h>
#include <string.h>

#include "fake_ram.h"

#include <cmocka.h>

#include <kernel/errno.h>
#include <mm/addr.h>
#include <mm/pages.h>

#define MOST_PAGES (FAKE_RAM_BYTES >> PAGE_SHIFT_MIN)

unsigned long long host_linear_base, host_frame_table_base;
u64 fake_ram_bytes;
u64 fake_ram_calls;
unsigned fake_ram_flags;
unsigned fake_ram_max_order;
int *fake_ram_fail_after;

static struct frame frames[MOST_PAGES];
static u8 used[MOST_PAGES];

void fake_ram_begin(void)
{
	static void *ram;

	if (!ram) {
		ram = mmap(NULL, FAKE_RAM_BYTES, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		assert_true(ram != MAP_FAILED);
	}
	host_linear_base = (uintptr_t)ram - FAKE_RAM_BASE;
	host_frame_table_base = (uintptr_t)frames - page_word_offset(FAKE_RAM_BASE);
	memset(frames, 0, sizeof(frames));
	memset(used, 0, sizeof(used));
	fake_ram_bytes = fake_ram_calls = 0;
	fake_ram_max_order = 30 - host_page_shift;
	fake_ram_fail_after = NULL;
}

static bool is_free(u64 first, u64 count)
{
	for (u64 i = 0; i < count; i++)
		if (used[first + i])
			return false;
	return true;
}

/* Anywhere, if a few throws of the dice find a place; else the first. */
static bool find_place(u64 count, u64 *first)
{
	u64 places = (FAKE_RAM_BYTES >> host_page_shift) / count;

	for (unsigned i = 0; i < 8; i++) {
		*first = host_random_below(places) * count;
		if (is_free(*first, count))
			return true;
	}
	for (*first = 0; *first < places * count; *first += count)
		if (is_free(*first, count))
			return true;
	return false;
}

int pages_alloc(unsigned order, unsigned flags, paddr_t *block)
{
	u64 count = 1ULL << order, first;

	fake_ram_calls++;
	fake_ram_flags = flags;
	if (fake_ram_fail_after && *fake_ram_fail_after >= 0 && !(*fake_ram_fail_after)--) {
		*fake_ram_fail_after = 0;
		return -ENOMEM;
	}
	if (order > fake_ram_max_order || !find_place(count, &first))
		return -ENOMEM;
	memset(&used[first], 1, count);
	*block = paddr(FAKE_RAM_BASE + page_shift_left(first));
	/* Behind the head words are junk. */
	memset(&frames[first], 0xd6, count * sizeof(frames[0]));
	frames[first].word = FRAME_ALLOCATED | order << FRAME_ORDER_SHIFT;
	fake_ram_bytes += page_shift_left(count);
	return 0;
}

void pages_free(paddr_t block, unsigned order)
{
	u64 count = 1ULL << order, first = page_shift_right(block.val - FAKE_RAM_BASE);

	assert_true(block.val >= FAKE_RAM_BASE);
	assert_true(block.val - FAKE_RAM_BASE < FAKE_RAM_BYTES);
	assert_int_equal(frame_of(block)->word, FRAME_ALLOCATED | order << FRAME_ORDER_SHIFT);
	for (u64 i = 0; i < count; i++)
		assert_true(used[first + i]);
	memset(&used[first], 0, count);
	frame_of(block)->word = FRAME_RESERVED;
	fake_ram_bytes -= page_shift_left(count);
}
