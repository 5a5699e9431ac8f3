// SPDX-License-Identifier: BSD-2-Clause
/*
 * Who has what of RAM: every byte once, and as a byte for each byte says that is painted by hand.
 *
 * Sources: kernel/show/memory/owner.c arch/arm64/table/granule.c tests/host/fake_machine.c
 * Sources: tests/host/fake_image.S mm/boot/region_list.c mm/page/pageblock.c mm/page/boot_data.c
 * Sources: mm/boot/memblock.c mm/page/frame.c mm/page/buddy.c mm/page/buddy_check.c mm/page/pages.c
 * Sources: mm/page/pages_hot.c lib/format.c lib/string.c mm/page/hot_text.c
 */
#include <string.h>

#include "fake_machine.h"

#include <cmocka.h>

#include <arch/boot.h>
#include <arch/page.h>
#include <kernel/owner.h>
#include <mm/buddy.h>
#include <mm/pageblock.h>
#include <mm/pages.h>

#define RAM    0x40000000ULL
#define SPAN   (16 * MiB)
#define NO_RAM 0xff
#define BLOCKS 2048

static u8 painted[SPAN]; /* enum owner of each byte, or NO_RAM */

static void paint(u64 base, u64 end, unsigned owner)
{
	base = CLAMP(base, RAM, RAM + SPAN);
	end = CLAMP(end, RAM, RAM + SPAN);
	if (base < end)
		memset(painted + (base - RAM), (int)owner, (size_t)(end - base));
}

static bool is_all(u64 pa, u64 bytes, unsigned owner)
{
	const u8 *at = painted + (pa - RAM);

	return at[0] == owner && !memcmp(at, at + 1, (size_t)bytes - 1);
}

static bool in_cma(u64 pa)
{
	struct region region;

	return memblock_first_reserved(paddr(pa), 1, &region) && region.owner == MEMBLOCK_CMA;
}

static void paint_free(u64 base, u64 end)
{
	paint(base, end, in_cma(base) ? OWNER_FREE_CMA : OWNER_FREE);
}

static void paint_image(void)
{
	const struct {
		const u8 *first, *end;
		enum owner owner;
	} parts[] = { { _text, _rodata, OWNER_TEXT },
		      { _rodata, _data, OWNER_CONSTANTS },
		      { _data, _stacks, OWNER_DATA },
		      { _stacks, _boot_pool, OWNER_STACKS },
		      { _boot_pool, _end, OWNER_TABLES } };

	for (unsigned i = 0; i < ARRAY_SIZE(parts); i++)
		paint(boot_info.image_pa + (u64)(parts[i].first - _text),
		      boot_info.image_pa + (u64)(parts[i].end - _text), parts[i].owner);
}

/* As memblock has it, before anything was allocated. */
static void paint_machine(void)
{
	paddr_t from = paddr(0);
	struct region region;

	memset(painted, NO_RAM, sizeof(painted));
	while (memblock_next_memory(&from, &region))
		paint(region.base.val, region_end(&region).val, OWNER_ROUNDING);
	for (from = paddr(0); memblock_next_reserved(&from, &region);) {
		paddr_t at = region.base, end = region_end(&region);
		struct region memory;

		while (memblock_next_memory(&at, &memory))
			paint(memory.base.val, paddr_min(region_end(&memory), end).val,
			      OWNER_RESERVED + region.owner);
		if (region.owner == MEMBLOCK_CMA)
			paint_free(region.base.val, region_end(&region).val);
	}
	for (from = paddr(0); memblock_next_memory(&from, &region);)
		if (region.flags & MEMBLOCK_FLAG_NO_MAP)
			paint(region.base.val, region_end(&region).val,
			      OWNER_RESERVED + MEMBLOCK_NO_MAP);
	for (u64 pa = RAM; pa < RAM + SPAN; pa += page_size())
		if (is_all(pa, page_size(), OWNER_ROUNDING))
			paint_free(pa, pa + page_size());
	paint_image();
}

/* ---- what is allocated ---- */

static struct {
	u64 base;
	u64 bytes;
} block[BLOCKS];
static unsigned blocks;

static void allocate(void)
{
	static const struct {
		enum frame_kind kind;
		enum owner owner;
	} kinds[] = { { FRAME_ALLOCATED, OWNER_PAGES }, { FRAME_CHUNKS, OWNER_HEAP },
		      { FRAME_TABLE, OWNER_TABLES },    { FRAME_KMALLOC, OWNER_KMALLOC },
		      { FRAME_MOVABLE, OWNER_MOVABLE }, { FRAME_CLAIMED, OWNER_CLAIMED } };
	unsigned i = (unsigned)host_random_below(ARRAY_SIZE(kinds));
	u64 pages = 1 + host_random_below(host_random_below(4) ? 3 : 70);
	u64 bytes = pages << host_page_shift;
	paddr_t pa;

	/* Only a kmalloc is of several blocks. */
	if (kinds[i].kind != FRAME_KMALLOC)
		bytes = page_size() << pages_order(bytes);
	if (blocks == BLOCKS ||
	    pages_alloc_exact(bytes, host_random_below(2) ? PAGES_MOVABLE : 0, &pa))
		return;
	if (kinds[i].kind != FRAME_ALLOCATED)
		frame_set_kind(frame_of(pa), kinds[i].kind);
	if (kinds[i].kind == FRAME_KMALLOC)
		frame_set_own(frame_of(pa), pages);
	paint(pa.val, pa.val + bytes, kinds[i].owner);
	block[blocks].base = pa.val;
	block[blocks++].bytes = bytes;
}

static void release(void)
{
	unsigned i = blocks ? (unsigned)host_random_below(blocks) : 0;
	paddr_t pa = paddr(block[i].base);

	if (!blocks)
		return;
	if (frame_kind(frame_of(pa)) != FRAME_ALLOCATED)
		frame_set_kind(frame_of(pa), FRAME_ALLOCATED);
	pages_free_exact(pa, block[i].bytes);
	for (u64 at = pa.val; at < pa.val + block[i].bytes; at += page_size())
		paint_free(at, at + page_size());
	block[i] = block[--blocks];
}

static void give_back(void)
{
	u64 half = MACHINE_IMAGE_BYTES / PAGE_SIZE_MAX / 2;
	u64 base = boot_info.image_pa + host_random_below(half) * PAGE_SIZE_MAX;
	u64 end = base + (1 + host_random_below(half)) * PAGE_SIZE_MAX;

	buddy_lock();
	buddy_give(paddr(base), paddr(end));
	buddy_unlock();
	paint_free(base, end);
}

/* ---- what a walk says ---- */

static void compare_from(u64 from)
{
	struct owner_range range, one, last = { .owner = NO_RAM };
	struct owner_walk walk;
	u64 at = from, pa;

	owner_begin(&walk, paddr(from), false);
	for (; owner_next(&walk, &range); last = range) {
		assert_true(range.bytes && range.base.val >= at && range.type == 0);
		/* In between is no RAM, and two that agree are one. */
		assert_true(range.base.val == at || is_all(at, range.base.val - at, NO_RAM));
		assert_true(range.owner != last.owner || range.base.val != at);
		if (!is_all(range.base.val, range.bytes, range.owner))
			fail_msg("%#llx, %llu bytes, is not %s alone", range.base.val, range.bytes,
				 owner_name(range.owner));
		at = range.base.val + range.bytes;
		pa = at - 1 - host_random_below(range.bytes);
		assert_true(owner_at(paddr(pa), &one) && pa - one.base.val < one.bytes);
		assert_true(is_all(one.base.val, one.bytes, range.owner));
	}
	assert_true(at == RAM + SPAN || is_all(at, RAM + SPAN - at, NO_RAM));
	assert_false(owner_next(&walk, &range) || owner_at(paddr(at), &one));
}

static void compare_sums(void)
{
	u64 bytes[OWNERS], counted[256] = { 0 };

	for (u64 i = 0; i < SPAN; i++)
		counted[painted[i]]++;
	assert_int_equal(owner_sums(bytes), memblock_memory_bytes());
	assert_int_equal(SPAN - counted[NO_RAM], memblock_memory_bytes());
	for (unsigned owner = 0; owner < OWNERS; owner++)
		assert_int_equal(bytes[owner], counted[owner]);
	assert_int_equal(bytes[OWNER_FREE] + bytes[OWNER_FREE_CMA], pages_free_bytes());
}

/* With types: what is free of each is what the lists have, once no block is hot. */
static void compare_types(void)
{
	u64 free[MIGRATE_TYPES + 1] = { 0 }, all = 0;
	struct owner_range range;
	struct owner_walk walk;

	pages_drain();
	owner_begin(&walk, paddr(0), true);
	while (owner_next(&walk, &range)) {
		assert_true(range.type <= MIGRATE_TYPES);
		assert_true(is_all(range.base.val, range.bytes, range.owner));
		if (range.owner <= OWNER_FREE_CMA)
			free[range.type] += range.bytes;
		else if (range.owner >= OWNER_TEXT)
			assert_int_equal(range.type, MIGRATE_TYPES);
		else if (range.owner != OWNER_TABLES)
			assert_int_equal(range.type == MIGRATE_CMA, in_cma(range.base.val));
		all += range.bytes;
	}
	assert_int_equal(all, memblock_memory_bytes());
	assert_int_equal(free[MIGRATE_TYPES], 0);
	for (unsigned type = 0; type < MIGRATE_TYPES; type++)
		assert_int_equal(free[type], buddy_free_bytes((enum migratetype)type));
}

static bool boot(void)
{
	machine_poison = MACHINE_MIXED;
	blocks = 0;
	if (machine_init())
		return false;
	paint_machine();
	return true;
}

static void small_machine(void)
{
	machine_begin(RAM, SPAN);
	machine_add(RAM, SPAN);
	machine_image(RAM + 4 * MiB);
	machine_reserve(RAM + 8 * MiB, 4 * MiB, MEMBLOCK_CMA);
	machine_reserve(RAM + 14 * MiB + 12345, 7, MEMBLOCK_DEVICETREE);
	assert_true(boot());
}

/* ---- tests ---- */

static void any_machine(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		machine_random(RAM, SPAN);
		if (!boot())
			continue;
		compare_from(RAM);
		for (unsigned j = 0; j < 6; j++) {
			for (unsigned k = 0; k < 60; k++)
				host_random_below(3) ? allocate() : release();
			if (j == 3)
				give_back();
			compare_from(RAM);
			compare_from(RAM + host_random_below(SPAN));
		}
		compare_sums();
		compare_types();
	}
}

/* The same owner may have different types, and types end where pageblocks do. */
static void types(void **state)
{
	struct owner_range range;
	struct owner_walk walk;
	bool found = false;

	(void)state;
	small_machine();
	compare_types();
	pageblock_set_type(paddr(RAM + 12 * MiB), MIGRATE_ISOLATE);
	compare_types();
	compare_from(RAM);
	owner_begin(&walk, paddr(0), true);
	while (owner_next(&walk, &range)) {
		if (range.type != MIGRATE_ISOLATE)
			continue;
		assert_int_equal(range.base.val, RAM + 12 * MiB);
		assert_int_equal(range.bytes, 2 * MiB);
		found = true;
	}
	assert_true(found);
}

/* From the middle of a block: what lies after its head says something else. */
static void large_block(void **state)
{
	unsigned order = 22 - host_page_shift;
	paddr_t pa;

	(void)state;
	small_machine();
	assert_int_equal(pages_alloc(order, 0, &pa), 0);
	paint(pa.val, pa.val + 4 * MiB, OWNER_PAGES);
	for (u64 at = pa.val; at < pa.val + 4 * MiB; at += 256 * KiB + 1)
		compare_from(at);
	pages_free(pa, order);
	paint_free(pa.val, pa.val + 4 * MiB);
	compare_from(pa.val + 3 * MiB);
}

/* Every page another's than its neighbours: many steps, each of which finds its place. */
static void fragmented(void **state)
{
	u64 count = 0, last = 0;
	paddr_t pa;

	(void)state;
	small_machine();
	while (!pages_alloc(0, 0, &pa)) {
		if (pa.val >> host_page_shift & 1)
			frame_set_kind(frame_of(pa), FRAME_TABLE);
		paint(pa.val, pa.val + page_size(),
		      pa.val >> host_page_shift & 1 ? OWNER_TABLES : OWNER_PAGES);
		count++;
		last = MAX(last, pa.val);
	}
	assert_true(count > OWNER_STEP);
	compare_from(RAM);
	compare_from(last);
	compare_sums();
}

/* Whatever is done in between, all of RAM is told of once. */
static void changes_meanwhile(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		struct owner_range range;
		struct owner_walk walk;
		u64 sum = 0, at = 0;

		small_machine();
		while (blocks < 500 && buddy_largest(MIGRATE_MOVABLE) >= 0)
			allocate();
		owner_begin(&walk, paddr(0), false);
		for (; owner_next(&walk, &range); at = range.base.val + range.bytes) {
			assert_true(range.base.val >= at);
			sum += range.bytes;
			for (unsigned j = 0; j < 8; j++)
				host_random_below(3) ? release() : allocate();
		}
		assert_int_equal(sum, memblock_memory_bytes());
		compare_from(RAM);
	}
}

/* Names in reports are told apart. */
static void names(void **state)
{
	(void)state;
	for (unsigned i = 0; i < OWNERS; i++) {
		assert_true(strlen(owner_name(i)) > 0 && strlen(owner_name(i)) < 18);
		for (unsigned j = i + 1; j < OWNERS; j++)
			if (i != OWNER_TABLES || j != OWNER_RESERVED + MEMBLOCK_PAGE_TABLES)
				assert_string_not_equal(owner_name(i), owner_name(j));
	}
}

/* A terabyte is a matter of its blocks, and of no memory that they do not begin with. */
static void terabyte(void **state)
{
	u64 bytes[OWNERS];

	(void)state;
	machine_poison = machine_free_word(3, MIGRATE_MOVABLE);
	machine_begin(RAM, 1ULL << 40);
	machine_add(RAM, 1ULL << 40);
	machine_image(RAM);
	assert_int_equal(machine_init(), 0);
	assert_int_equal(owner_sums(bytes), 1ULL << 40);
	assert_int_equal(bytes[OWNER_FREE], pages_free_bytes());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(any_machine),
		HOST_AT_EACH_PAGE_SHIFT(types),
		HOST_AT_EACH_PAGE_SHIFT(large_block),
		HOST_AT_EACH_PAGE_SHIFT(fragmented),
		HOST_AT_EACH_PAGE_SHIFT(changes_meanwhile),
		HOST_AT_EACH_PAGE_SHIFT(terabyte),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
