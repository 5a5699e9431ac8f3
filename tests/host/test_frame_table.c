// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the frame table costs: the words that boot writes, the memory it takes, holes; and what
 * happens when there is none for it.
 *
 * Sources: mm/page/frame.c mm/page/buddy.c mm/page/buddy_check.c mm/page/pageblock.c
 * Sources: mm/page/pages.c mm/page/pages_hot.c mm/boot/memblock.c mm/boot/region_list.c
 * Sources: lib/format.c lib/string.c arch/arm64/table/granule.c tests/host/fake_machine.c
 * Sources: tests/host/fake_image.S mm/page/boot_data.c mm/page/hot_text.c
 */
#include "fake_machine.h"

#include <cmocka.h>

#include <arch/page.h>
#include <kernel/compiler.h>
#include <kernel/errno.h>
#include <mm/buddy.h>
#include <mm/pages.h>

#define RAM 0x40000000ULL

static u64 free_blocks(void)
{
	u64 count = 0;

	for (unsigned type = 0; type < MIGRATE_TYPES; type++)
		for (unsigned order = 0; order < BUDDY_ORDERS; order++)
			count += buddy_count((enum migratetype)type, order);
	return count;
}

/* What a terabyte makes boot write, beyond a word for each block, is what a gigabyte does. */
static void words_written(void **state)
{
	static const u64 sizes[] = { 1 * GiB, 65 * GiB + 345 * MiB, 1 * TiB };
	u64 pageblock_pages = PAGEBLOCK_BYTES >> host_page_shift;
	u64 image_pages = MACHINE_IMAGE_BYTES >> host_page_shift;

	(void)state;
	machine_poison = 0x5a5a5a5a5a5a5a5a;
	for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
		u64 marks, edges, table = (sizes[i] >> host_page_shift) * sizeof(u64);
		u64 types = ALIGN_UP(sizes[i], PAGEBLOCK_BYTES) / PAGEBLOCK_BYTES + 16;

		machine_begin(RAM, sizes[i]);
		machine_add(RAM, sizes[i]);
		machine_image(RAM + 2 * MiB);
		assert_int_equal(machine_init(), 0);
		/* Around the image, around the table, and the rest of the last page of words. */
		marks = 2 * (2 * pageblock_pages + 20) + image_pages;
		edges = frame_table_bytes() - table - types;
		assert_true(edges < page_size());
		assert_true(machine_words_changed() <= free_blocks() + marks + edges / sizeof(u64));
		assert_true(free_blocks() < sizes[i] / PAGES_BLOCK_BYTES_MAX + 100);
		assert_int_equal(machine_table.hole_bytes, 0);
		assert_int_equal(machine_table.maps, 1);
		assert_int_equal(machine_table.misaligned, 0);
	}
}

/* Banks a terabyte apart: the table is for the memory, and holes near it share one page. */
static void holes_cost_nothing(void **state)
{
	u64 bank = 64 * MiB, table = ((2 * bank) >> host_page_shift) * sizeof(u64);
	u64 block_words = (PAGES_BLOCK_BYTES_MAX >> host_page_shift) * sizeof(u64);

	(void)state;
	machine_poison = MACHINE_MIXED;
	machine_begin(RAM, 1 * TiB);
	machine_add(RAM, bank);
	machine_add(RAM + 1 * TiB - bank, bank);
	machine_image(RAM);
	assert_int_equal(machine_init(), 0);
	assert_true(frame_table_bytes() <= table + 2 * page_size());
	assert_true(machine_table.hole_bytes <= 2 * block_words);
	/* Readable is what shares a largest block with memory: reserved. */
	assert_int_equal(frame_of(paddr(RAM + bank))->word, 0);
	assert_int_equal(frame_of(paddr(RAM + 1 * GiB - page_size()))->word, 0);
	assert_int_equal(frame_of(paddr(RAM + 1 * TiB - bank - page_size()))->word, 0);
	assert_int_equal(memblock_reserved_bytes(MEMBLOCK_FRAME_TABLE),
			 frame_table_bytes() + page_size());
}

/* What a block of the largest size begins with is known, though it is no block's buddy. */
static void begins_with_reserved_memory(void **state)
{
	(void)state;
	machine_poison = machine_free_word(3, MIGRATE_MOVABLE);
	machine_begin(RAM, 2 * GiB);
	machine_add(RAM, 2 * GiB);
	machine_reserve(RAM, 600 * MiB, MEMBLOCK_FIRMWARE);
	machine_image(RAM + 700 * MiB);
	assert_int_equal(machine_init(), 0);
	assert_int_equal(RAM % PAGES_BLOCK_BYTES_MAX, 0);
	assert_int_equal(frame_of(paddr(RAM))->word, FRAME_RESERVED);
}

/* Two banks, each with its words in one page at any size, and holes between these pages. */
static void build_two_banks(void)
{
	machine_begin(RAM, 2 * GiB);
	machine_add(RAM, PAGEBLOCK_BYTES);
	machine_add(RAM + 1536 * MiB, PAGEBLOCK_BYTES);
	machine_image(RAM);
}

/* Each mapping of the table fails in turn; and there may be no memory for it. */
static void fails(void **state)
{
	int err = -ENOMEM;

	(void)state;
	machine_poison = MACHINE_MIXED;
	for (int calls = 0; err; calls++) {
		build_two_banks();
		machine_fail_map_after = calls;
		err = machine_init();
		assert_int_equal(err, calls < 4 || err ? -ENOMEM : 0);
	}
	for (unsigned pages = 0; pages < 4; pages++) {
		build_two_banks();
		for (paddr_t pa; !memblock_alloc(page_size(), page_size(), MEMBLOCK_BOOT, &pa);)
			;
		/* Room for the words of the first bank, then of the hole, then of the second. */
		assert_int_equal(memblock_free(paddr(RAM + 1536 * MiB), pages * page_size()), 0);
		assert_int_equal(machine_init(), pages < 3 ? -ENOMEM : 0);
	}
}

/* The fields of a word do not touch each other. */
static void words(void **state)
{
	struct frame f = { ~0ULL };

	(void)state;
	frame_set_own(&f, 0x123456789abc);
	assert_true(f.word == 0xf123456789abcfff && frame_own(&f) == 0x123456789abc);
	frame_set_own(&f, ~0ULL);
	assert_true(f.word == ~0ULL && frame_order(&f) == 31);
	frame_set_kind(&f, FRAME_TABLE);
	assert_true(f.word == (0xf000000000000ff0 | FRAME_TABLE));
	assert_true(frame_kind(&f) == FRAME_TABLE && frame_own(&f) == 0 && frame_order(&f) == 31);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(words_written),
		HOST_AT_EACH_PAGE_SHIFT(holes_cost_nothing),
		HOST_AT_EACH_PAGE_SHIFT(begins_with_reserved_memory),
		HOST_AT_EACH_PAGE_SHIFT(fails),
		cmocka_unit_test(words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
