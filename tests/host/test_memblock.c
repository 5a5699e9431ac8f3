// SPDX-License-Identifier: BSD-2-Clause
/*
 * memblock and the region lists under it: rules one by one, growth with and without
 * luck, and a million random operations against two plain arrays.
 *
 * Sources: mm/memblock.c mm/region_list.c lib/format.c
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <kernel/errno.h>
#include <mm/memblock.h>

#include "host.h"

#define OK(call) assert_int_equal(call, 0)

static void check(void)
{
	const char *broken = memblock_check();

	if (broken)
		fail_msg("%s", broken);
}

/* Both lists and the free ranges as text: "base+bytes" and what is special about it. */
static const char *lists(void)
{
	static char text[8192];
	struct region region;
	size_t used = 0;
	paddr_t from;

#define ADD(...) used += (size_t)snprintf(text + used, sizeof(text) - used, __VA_ARGS__)
	check();
	text[0] = '\0';
	for (from = paddr(0); memblock_next_memory(&from, &region);)
		ADD("%llx+%llx%s ", region.base.val, region.bytes,
		    region.flags & MEMBLOCK_FLAG_NO_MAP ? "!" : "");
	ADD("| ");
	for (from = paddr(0); memblock_next_reserved(&from, &region);)
		ADD("%llx+%llx %s ", region.base.val, region.bytes,
		    memblock_owner_name(region.owner));
	ADD("| ");
	for (from = paddr(0); memblock_next_free(&from, &region);)
		ADD("%llx+%llx ", region.base.val, region.bytes);
#undef ADD
	assert_true(used < sizeof(text));
	return text;
}

static int setup(void **state)
{
	(void)state;
	memblock_init();
	return 0;
}

static void empty(void **state)
{
	struct region region;
	paddr_t at = paddr(0);

	(void)state;
	assert_string_equal(lists(), "| | ");
	assert_false(memblock_is_memory(paddr(0)));
	assert_false(memblock_is_map_memory(paddr(0)));
	assert_false(memblock_is_reserved(paddr(0)));
	assert_false(memblock_covers(paddr(0), 1));
	assert_true(memblock_covers(paddr(5), 0));
	assert_false(memblock_first_reserved(paddr(0), ~0ULL, &region));
	assert_int_equal(memblock_alloc(1, 1, MEMBLOCK_BOOT, &at), -ENOMEM);
	assert_true(memblock_start().val == 0 && memblock_end().val == 0);
	assert_true(memblock_memory_bytes() == 0 && memblock_free_bytes() == 0);
	OK(memblock_remove(paddr(0), ~0ULL));
	OK(memblock_free(paddr(0), ~0ULL));
	OK(memblock_mark_no_map(paddr(0), ~0ULL));
	OK(memblock_limit_memory(0));
	memblock_drop_unmarked();
	assert_string_equal(lists(), "| | ");
}

static void adding(void **state)
{
	(void)state;
	OK(memblock_add(paddr(0x40), 0x10));
	OK(memblock_add(paddr(0x20), 0x10)); /* below */
	OK(memblock_add(paddr(0x60), 0x10)); /* above */
	assert_string_equal(lists(), "20+10 40+10 60+10 | | 20+10 40+10 60+10 ");
	OK(memblock_add(paddr(0x30), 0x10)); /* closes a gap exactly */
	assert_string_equal(lists(), "20+30 60+10 | | 20+30 60+10 ");
	OK(memblock_add(paddr(0x28), 8));    /* inside */
	OK(memblock_add(paddr(0x20), 0x30)); /* the same */
	assert_string_equal(lists(), "20+30 60+10 | | 20+30 60+10 ");
	OK(memblock_add(paddr(0x48), 0x20)); /* across a gap */
	assert_string_equal(lists(), "20+50 | | 20+50 ");
	OK(memblock_add(paddr(0x70), 1)); /* touching above, touching below */
	OK(memblock_add(paddr(0x1f), 1));
	assert_string_equal(lists(), "1f+52 | | 1f+52 ");
	OK(memblock_add(paddr(0x10), 0x100)); /* all around */
	assert_string_equal(lists(), "10+100 | | 10+100 ");
	OK(memblock_add(paddr(0), 0)); /* nothing */
	OK(memblock_add(paddr(~0ULL), 5));
	assert_string_equal(lists(), "10+100 | | 10+100 ");
	OK(memblock_add(paddr(~0ULL - 1), 5)); /* wraps: cut */
	assert_string_equal(lists(), "10+100 fffffffffffffffe+1 | | 10+100 fffffffffffffffe+1 ");
	assert_true(memblock_start().val == 0x10 && memblock_end().val == ~0ULL);
	OK(memblock_add(paddr(0), ~0ULL));
	assert_string_equal(lists(), "0+ffffffffffffffff | | 0+ffffffffffffffff ");
}

static void removing(void **state)
{
	(void)state;
	OK(memblock_add(paddr(0x10), 0x10));
	OK(memblock_add(paddr(0x30), 0x10));
	OK(memblock_add(paddr(0x50), 0x10));
	OK(memblock_remove(paddr(0x34), 4)); /* a hole */
	assert_string_equal(lists(), "10+10 30+4 38+8 50+10 | | 10+10 30+4 38+8 50+10 ");
	OK(memblock_remove(paddr(0x18), 0x1c)); /* an end, and a whole one */
	assert_string_equal(lists(), "10+8 38+8 50+10 | | 10+8 38+8 50+10 ");
	OK(memblock_remove(paddr(0x30), 0xc)); /* a beginning */
	assert_string_equal(lists(), "10+8 3c+4 50+10 | | 10+8 3c+4 50+10 ");
	OK(memblock_remove(paddr(0x18), 0x24)); /* a gap exactly: nothing */
	OK(memblock_remove(paddr(0x12), 0));
	assert_string_equal(lists(), "10+8 3c+4 50+10 | | 10+8 3c+4 50+10 ");
	OK(memblock_remove(paddr(0x14), 0x44)); /* from the middle to the middle */
	assert_string_equal(lists(), "10+4 58+8 | | 10+4 58+8 ");
	OK(memblock_remove(paddr(0x11), ~0ULL)); /* wraps */
	assert_string_equal(lists(), "10+1 | | 10+1 ");
}

static void reserving(void **state)
{
	struct region region;

	(void)state;
	OK(memblock_add(paddr(0x100), 0x100));
	OK(memblock_reserve(paddr(0x180), 0x10, MEMBLOCK_INITRD));
	OK(memblock_reserve(paddr(0x170), 0x10, MEMBLOCK_IMAGE)); /* touching: not merged */
	assert_string_equal(lists(), "100+100 | 170+10 kernel image 180+10 initrd | "
				     "100+70 190+70 ");
	/* who was there first keeps it */
	OK(memblock_reserve(paddr(0x160), 0x40, MEMBLOCK_FIRMWARE));
	assert_string_equal(lists(),
			    "100+100 | 160+10 reserved-memory 170+10 kernel image 180+10 initrd "
			    "190+10 reserved-memory | 100+60 1a0+60 ");
	assert_true(memblock_reserved_bytes(MEMBLOCK_FIRMWARE) == 0x20);
	assert_true(memblock_reserved_bytes(MEMBLOCK_OWNERS) == 0x40);
	assert_true(memblock_free_bytes() == 0xc0);
	assert_true(memblock_first_reserved(paddr(0x100), 0x61, &region));
	assert_true(region.base.val == 0x160 && region.owner == MEMBLOCK_FIRMWARE);
	assert_false(memblock_first_reserved(paddr(0x100), 0x60, &region));
	assert_false(memblock_first_reserved(paddr(0x1a0), ~0ULL, &region));
	assert_true(memblock_first_reserved(paddr(0x19f), ~0ULL, &region));
	/* freeing asks for no owner */
	OK(memblock_free(paddr(0x168), 0x30));
	assert_string_equal(lists(), "100+100 | 160+8 reserved-memory 198+8 reserved-memory | "
				     "100+60 168+30 1a0+60 ");
	/* what isn't memory can be reserved, and isn't free */
	OK(memblock_reserve(paddr(0x1f0), 0x20, MEMBLOCK_MEMRESERVE));
	OK(memblock_reserve(paddr(0xf0), 0x20, MEMBLOCK_MEMRESERVE));
	assert_string_equal(lists(), "100+100 | f0+20 memreserve 160+8 reserved-memory "
				     "198+8 reserved-memory 1f0+20 memreserve | "
				     "110+50 168+30 1a0+50 ");
	assert_true(memblock_is_reserved(paddr(0x20f)) && !memblock_is_reserved(paddr(0x210)));
	assert_true(memblock_is_reserved(paddr(0xf0)) && !memblock_is_reserved(paddr(0xef)));
	OK(memblock_free(paddr(0), ~0ULL));
	assert_string_equal(lists(), "100+100 | | 100+100 ");
	assert_true(HOST_ASSERTS((void)!memblock_reserve(paddr(0), 1, MEMBLOCK_OWNER_NONE)));
	assert_true(HOST_ASSERTS((void)!memblock_reserve(paddr(0), 1, MEMBLOCK_OWNERS)));
}

static void no_map(void **state)
{
	paddr_t at;

	(void)state;
	OK(memblock_add(paddr(0x100), 0x100));
	OK(memblock_add(paddr(0x300), 0x100));
	OK(memblock_mark_no_map(paddr(0x180), 0x200)); /* across a hole */
	assert_string_equal(lists(), "100+80 180+80! 300+80! 380+80 | | 100+80 380+80 ");
	OK(memblock_mark_no_map(paddr(0x1a0), 0x10)); /* again */
	OK(memblock_add(paddr(0x170), 0x20));         /* adding doesn't take the mark */
	assert_string_equal(lists(), "100+80 180+80! 300+80! 380+80 | | 100+80 380+80 ");
	assert_true(memblock_no_map_bytes() == 0x100 && memblock_memory_bytes() == 0x200);
	assert_true(memblock_is_memory(paddr(0x180)) && !memblock_is_map_memory(paddr(0x180)));
	assert_true(memblock_is_map_memory(paddr(0x17f)) && memblock_is_map_memory(paddr(0x380)));
	assert_true(memblock_covers(paddr(0x100), 0x100) && !memblock_covers(paddr(0xff), 2));
	assert_false(memblock_covers(paddr(0x1ff), 0x102));
	/* never allocated */
	assert_int_equal(memblock_alloc(0x81, 1, MEMBLOCK_BOOT, &at), -ENOMEM);
	OK(memblock_add(paddr(0x200), 0x100)); /* ordinary memory between the two */
	assert_string_equal(lists(), "100+80 180+80! 200+100 300+80! 380+80 | | "
				     "100+80 200+100 380+80 ");
	OK(memblock_mark_no_map(paddr(0), ~0ULL));
	assert_string_equal(lists(), "100+300! | | ");
}

static void keeping(void **state)
{
	(void)state;
	OK(memblock_add(paddr(0x100), 0x100));
	OK(memblock_add(paddr(0x300), 0x100));
	OK(memblock_mark_no_map(paddr(0x180), 0x10));
	OK(memblock_mark_keep(paddr(0x300), 0x20)); /* any order, overlaps, not memory */
	OK(memblock_mark_keep(paddr(0x170), 0x18));
	OK(memblock_mark_keep(paddr(0x310), 0x20));
	OK(memblock_mark_keep(paddr(0x500), 0x20));
	memblock_drop_unmarked();
	assert_string_equal(lists(), "170+10 180+8! 300+30 | | 170+10 300+30 ");
	/* the marks are gone */
	memblock_drop_unmarked();
	assert_string_equal(lists(), "| | ");
}

static void limiting(void **state)
{
	(void)state;
	OK(memblock_add(paddr(0x100), 0x100));
	OK(memblock_add(paddr(0x300), 0x100));
	OK(memblock_limit_memory(0x200));
	OK(memblock_limit_memory(~0ULL));
	assert_string_equal(lists(), "100+100 300+100 | | 100+100 300+100 ");
	OK(memblock_reserve(paddr(0x340), 8, MEMBLOCK_IMAGE));
	OK(memblock_reserve(paddr(0x380), 8, MEMBLOCK_FIRMWARE));
	OK(memblock_reserve(paddr(0x3c0), 8, MEMBLOCK_DEVICETREE));
	OK(memblock_reserve(paddr(0x3f8), 0x10, MEMBLOCK_INITRD)); /* half of it isn't memory */
	OK(memblock_limit_memory(0x110));
	assert_string_equal(lists(), "100+100 300+10 340+8 3c0+8 3f8+8 | 340+8 kernel image "
				     "380+8 reserved-memory 3c0+8 devicetree 3f8+10 initrd | "
				     "100+100 300+10 ");
	/* the limit inside what is in use; then exactly at the end of a region */
	OK(memblock_limit_memory(0x112));
	assert_string_equal(lists(), "100+100 300+10 340+8 3c0+8 3f8+8 | 340+8 kernel image "
				     "380+8 reserved-memory 3c0+8 devicetree 3f8+10 initrd | "
				     "100+100 300+10 ");
	OK(memblock_free(paddr(0), ~0ULL));
	OK(memblock_limit_memory(0x100));
	assert_string_equal(lists(), "100+100 | | 100+100 ");
	OK(memblock_limit_memory(1));
	assert_string_equal(lists(), "100+1 | | 100+1 ");
	OK(memblock_limit_memory(0));
	assert_string_equal(lists(), "| | ");
}

static u64 allocate(struct memblock_request request)
{
	paddr_t base = paddr(0xbad);
	int error = memblock_alloc_range(&request, &base);

	check();
	if (error) {
		assert_int_equal(error, -ENOMEM);
		assert_true(base.val == 0xbad);
		return ~0ULL;
	}
	return base.val;
}

#define ALLOCATE(...) allocate((struct memblock_request){ .owner = MEMBLOCK_BOOT, __VA_ARGS__ })

static void allocating(void **state)
{
	paddr_t at;

	(void)state;
	OK(memblock_add(paddr(0x1001), 0xffe)); /* up to 0x1fff */
	OK(memblock_add(paddr(0x4000), 0x100));
	assert_true(ALLOCATE(.bytes = 0x10) == 0x40f0);
	assert_true(ALLOCATE(.bytes = 0x10, .align = 0x40) == 0x40c0);
	assert_true(ALLOCATE(.bytes = 0x20, .align = 1) == 0x40d0);
	assert_true(ALLOCATE(.bytes = 0x10, .bottom_up = true) == 0x1001);
	assert_true(ALLOCATE(.bytes = 0x10, .align = 0x100, .bottom_up = true) == 0x1100);
	assert_true(ALLOCATE(.bytes = 0x800, .align = 0x1000) == ~0ULL);
	assert_true(ALLOCATE(.bytes = 0x800, .align = 0x100) == 0x1700);
	assert_true(ALLOCATE(.bytes = 0x10, .min = paddr(0x1000), .max = paddr(0x1200)) == 0x11f0);
	assert_true(ALLOCATE(.bytes = 0x11, .min = paddr(0x1100), .max = paddr(0x1121)) == 0x1110);
	assert_true(ALLOCATE(.bytes = 0x11, .min = paddr(0x1111), .max = paddr(0x1121)) == ~0ULL);
	assert_true(ALLOCATE(.bytes = 1, .min = paddr(0x5000)) == ~0ULL);
	assert_true(ALLOCATE(.bytes = ~0ULL) == ~0ULL);
	assert_true(ALLOCATE(.bytes = 1, .align = 1ULL << 63) == ~0ULL);
	assert_int_equal(memblock_alloc(0, 1, MEMBLOCK_BOOT, &at), -EINVAL);
	assert_int_equal(memblock_alloc(1, 3, MEMBLOCK_BOOT, &at), -EINVAL);
	OK(memblock_find_range(&(struct memblock_request){ .bytes = 1 }, &at));
	assert_true(at.val == 0x40bf && !memblock_is_reserved(at));
	OK(memblock_alloc(0xc0, 1, MEMBLOCK_CMA, &at));
	assert_true(at.val == 0x4000);
	/* at the very top, and from 0 */
	memblock_init();
	OK(memblock_add(paddr(0), ~0ULL));
	assert_true(ALLOCATE(.bytes = 1) == ~0ULL - 1);
	assert_true(ALLOCATE(.bytes = 1, .align = 1ULL << 63) == 1ULL << 63);
	assert_true(ALLOCATE(.bytes = 1, .align = 1ULL << 63) == 0);
	assert_true(ALLOCATE(.bytes = 1, .align = 1ULL << 63, .bottom_up = true) == ~0ULL);
	assert_true(ALLOCATE(.bytes = 1, .bottom_up = true) == 1);
}

static void free_aligned(void **state)
{
	struct region region;
	char text[256] = "";
	paddr_t from;

	(void)state;
	OK(memblock_add(paddr(0x1001), 0x3000));
	OK(memblock_add(paddr(0x5800), 0xfff)); /* no whole page */
	OK(memblock_add(paddr(0x8000), 0x1000));
	OK(memblock_add(paddr(0xa7ff), 0x1801));
	OK(memblock_add(paddr(~0ULL - 0x2800), 0x2800));
	for (from = paddr(0); memblock_next_free_aligned(&from, 0x1000, &region);)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%llx+%llx ",
			 region.base.val, region.bytes);
	assert_string_equal(text, "2000+2000 8000+1000 b000+1000 ffffffffffffe000+1000 ");
	from = paddr(0);
	assert_false(memblock_next_free_aligned(&from, 1ULL << 63, &region));
}

static void iterating(void **state)
{
	struct region region;
	paddr_t from = paddr(0x18);

	(void)state;
	OK(memblock_add(paddr(0x10), 0x10));
	OK(memblock_add(paddr(0x30), 0x10));
	OK(memblock_reserve(paddr(0x34), 4, MEMBLOCK_BOOT));
	/* from the middle of a region on; what is changed behind is seen */
	assert_true(memblock_next_memory(&from, &region));
	assert_true(region.base.val == 0x18 && region.bytes == 8 && from.val == 0x20);
	OK(memblock_add(paddr(0x20), 4));
	assert_true(memblock_next_memory(&from, &region));
	assert_true(region.base.val == 0x20 && region.bytes == 4);
	from = paddr(0x36);
	assert_true(memblock_next_reserved(&from, &region));
	assert_true(region.base.val == 0x36 && region.bytes == 2 && from.val == 0x38);
	assert_false(memblock_next_reserved(&from, &region));
	from = paddr(0x32);
	assert_true(memblock_next_free(&from, &region));
	assert_true(region.base.val == 0x32 && region.bytes == 2);
}

/* ---- growth ---- */

static u64 capacity_bytes(u32 regions)
{
	return regions * sizeof(struct region);
}

static void full_list(void **state)
{
	static char before[8192];
	u32 i;

	(void)state;
	for (i = 0; i < REGION_LIST_STATIC; i++)
		OK(memblock_add(paddr(0x10 * i), 8));
	strcpy(before, lists());
	assert_int_equal(memblock_add(paddr(0x10 * i), 8), -ENOSPC);
	assert_int_equal(memblock_remove(paddr(2), 2), -ENOSPC); /* a hole */
	assert_int_equal(memblock_mark_no_map(paddr(2), 6), -ENOSPC);
	assert_int_equal(memblock_mark_keep(paddr(0), 2), -ENOSPC);
	assert_string_equal(lists(), before);
	/* what needs no room works: extending, joining, removing, marking whole regions */
	OK(memblock_add(paddr(8), 4));
	OK(memblock_add(paddr(0x1f), 1));
	OK(memblock_add(paddr(0), 0x30));
	assert_true(memblock_end().val == 0x10 * (REGION_LIST_STATIC - 1) + 8);
	OK(memblock_add(paddr(0x10 * i), 8));
	OK(memblock_add(paddr(0x10 * i + 0x10), 8));
	OK(memblock_add(paddr(0x10 * i + 0x20), 8));
	assert_int_equal(memblock_add(paddr(0x10 * i + 0x30), 8), -ENOSPC);
	OK(memblock_mark_no_map(paddr(0x10 * i), 8));
	OK(memblock_remove(paddr(0x10 * i), 4));
	check();
	OK(memblock_add(paddr(0), 0x10 * (REGION_LIST_STATIC + 10)));
	OK(memblock_add(paddr(0x10 * i + 0x200), 8));
	check();

	/* an allocation that can't be recorded isn't made */
	memblock_init();
	OK(memblock_add(paddr(0), 1 << 20));
	for (i = 0; i < REGION_LIST_STATIC; i++)
		OK(memblock_reserve(paddr(0x100 * i), 8, MEMBLOCK_BOOT));
	strcpy(before, lists());
	{
		paddr_t at = paddr(7);

		assert_int_equal(memblock_alloc(8, 8, MEMBLOCK_BOOT, &at), -ENOSPC);
		assert_true(at.val == 7);
	}
	assert_string_equal(lists(), before);
}

static void lent_memory(void **state)
{
	u64 bytes = capacity_bytes(2 * REGION_LIST_STATIC) + capacity_bytes(4 * REGION_LIST_STATIC);
	char *lent = malloc(bytes); /* to the byte, for AddressSanitizer */
	u32 i;

	(void)state;
	memblock_lend(lent, bytes);
	for (i = 0; i < 4 * REGION_LIST_STATIC; i++) {
		OK(memblock_add(paddr(0x10 * i), 8));
		check();
		if (i == 3 * REGION_LIST_STATIC)
			assert_true(memblock_memory_bytes() == 8 * (i + 1));
	}
	assert_int_equal(memblock_add(paddr(0x10 * i), 8), -ENOSPC);
	assert_true(memblock_memory_bytes() == 32 * REGION_LIST_STATIC);
	assert_true(memblock_reserved_bytes(MEMBLOCK_OWNERS) == 0); /* it isn't ours */
	memblock_init();
	free(lent);
	assert_true(HOST_ASSERTS(memblock_lend((void *)4, 8)));
}

/* Simulated RAM, so that an array that memblock puts there is an array. */
#define RAM_BASE  0x40000000ULL
#define RAM_BYTES (1ULL << 20)
static char *ram;
static int refuse_in; /* the how manieth call of map_ram is refused; 0: none */
static u32 maps;

static void *map_ram(paddr_t base, u64 bytes)
{
	assert_true(base.val >= RAM_BASE && base.val + bytes <= RAM_BASE + RAM_BYTES);
	assert_true(IS_ALIGNED(base.val, 8));
	maps++;
	if (refuse_in && --refuse_in == 0)
		return NULL;
	return ram + (base.val - RAM_BASE);
}

static void start_ram(void)
{
	memblock_init();
	ram = realloc(ram, RAM_BYTES);
	assert_non_null(ram);
	memset(ram, 0xa5, RAM_BYTES); /* memory isn't zero */
	maps = 0;
	refuse_in = 0;
	OK(memblock_add(paddr(RAM_BASE), RAM_BYTES));
	memblock_allow_resize(map_ram);
}

static void growing(void **state)
{
	const u32 count = 20 * REGION_LIST_STATIC;
	u64 arrays;

	(void)state;
	start_ram();
	for (u32 i = 0; i < count; i++)
		OK(memblock_reserve(paddr(RAM_BASE + 0x40 * i), 0x20, MEMBLOCK_FIRMWARE));
	check();
	arrays = memblock_reserved_bytes(MEMBLOCK_REGION_LISTS);
	assert_true(arrays == capacity_bytes(32 * REGION_LIST_STATIC)); /* the last one alone */
	assert_true(memblock_reserved_bytes(MEMBLOCK_FIRMWARE) == 0x20 * count);
	for (u32 i = 0; i < count; i++) {
		assert_true(memblock_is_reserved(paddr(RAM_BASE + 0x40 * i)));
		assert_false(memblock_is_reserved(paddr(RAM_BASE + 0x40 * i + 0x20)));
	}

	/* memory grows as well, and its array is told from the other one's */
	for (u32 i = 0; i < count; i++)
		OK(memblock_add(paddr(0x80000000 + 0x40 * i), 0x20));
	check();
	assert_true(memblock_reserved_bytes(MEMBLOCK_REGION_LISTS) == 2 * arrays);
	assert_true(memblock_memory_bytes() == RAM_BYTES + 0x20 * count);

	/* after everything is freed, all is free but the arrays */
	OK(memblock_free(paddr(RAM_BASE), 0x40 * count));
	OK(memblock_remove(paddr(0x80000000), ~0ULL));
	check();
	assert_true(memblock_free_bytes() == RAM_BYTES - 2 * arrays);
}

/* An array must not land in the range that the operation is about, nor in no-map memory. */
static void growing_elsewhere(void **state)
{
	struct region region;
	paddr_t from;

	(void)state;
	/* free memory is [top - 64 KiB, top) and 64 KiB further down, and top is what's asked for */
	start_ram();
	for (u32 i = 0; i < REGION_LIST_STATIC; i++)
		OK(memblock_reserve(paddr(RAM_BASE + 0x40 * i), 0x20, MEMBLOCK_FIRMWARE));
	OK(memblock_reserve(paddr(RAM_BASE + RAM_BYTES - 0x10000), 0x10000, MEMBLOCK_INITRD));
	assert_int_equal(maps, 1);
	from = paddr(0);
	while (memblock_next_reserved(&from, &region)) {
		if (region.owner == MEMBLOCK_REGION_LISTS)
			assert_true(region_end(&region) <= RAM_BASE + RAM_BYTES - 0x10000);
	}
	assert_true(memblock_reserved_bytes(MEMBLOCK_INITRD) == 0x10000);

	/* the same where only the part above is left */
	start_ram();
	for (u32 i = 0; i < REGION_LIST_STATIC; i++)
		OK(memblock_reserve(paddr(RAM_BASE + 0x40 * i), 0x20, MEMBLOCK_FIRMWARE));
	OK(memblock_reserve(paddr(RAM_BASE + 0x2020), RAM_BYTES - 0x4020, MEMBLOCK_INITRD));
	assert_true(memblock_reserved_bytes(MEMBLOCK_REGION_LISTS) > 0);
	assert_true(memblock_reserved_bytes(MEMBLOCK_INITRD) == RAM_BYTES - 0x4020);

	/* or nothing at all */
	start_ram();
	for (u32 i = 0; i < REGION_LIST_STATIC; i++)
		OK(memblock_reserve(paddr(RAM_BASE + 0x40 * i), 0x20, MEMBLOCK_FIRMWARE));
	assert_int_equal(memblock_reserve(paddr(RAM_BASE + 0x2010), RAM_BYTES, MEMBLOCK_INITRD),
			 -ENOMEM);
	assert_true(memblock_reserved_bytes(MEMBLOCK_OWNERS) == 0x20 * REGION_LIST_STATIC);
	assert_int_equal(maps, 0);

	/* marking no-map, and removing, grow the memory list: not into what is marked */
	for (int removing_it = 0; removing_it < 2; removing_it++) {
		u64 top = RAM_BASE + RAM_BYTES;

		start_ram();
		for (u32 i = 1; i < REGION_LIST_STATIC; i++)
			OK(memblock_add(paddr(0x80000000 + 0x40 * i), 0x20));
		if (removing_it)
			OK(memblock_remove(paddr(top - 0x8000), 0x7000));
		else
			OK(memblock_mark_no_map(paddr(top - 0x8000), 0x7000));
		assert_int_equal(maps, 1);
		check();
		from = paddr(0);
		while (memblock_next_reserved(&from, &region))
			assert_true(region_end(&region) <= top - 0x8000 ||
				    region.base.val >= top - 0x1000);
	}
}

/* Everything that a growth can fail at, each in turn: nothing has changed, and the next try works. */
static void growth_fails(void **state)
{
	bool refused = true;

	(void)state;
	for (int nth = 1; refused; nth++) {
		u32 failures = 0;
		u64 memory = RAM_BYTES, reserved = 0;

		start_ram();
		refuse_in = nth;
		for (u32 i = 0; i < 5 * REGION_LIST_STATIC; i++) {
			u64 lists_before = memblock_reserved_bytes(MEMBLOCK_REGION_LISTS);
			int error = memblock_reserve(paddr(RAM_BASE + 0x40 * i), 0x20,
						     MEMBLOCK_FIRMWARE);

			if (error) {
				assert_int_equal(error, -ENOMEM);
				assert_true(memblock_reserved_bytes(MEMBLOCK_FIRMWARE) == reserved);
				assert_true(memblock_reserved_bytes(MEMBLOCK_REGION_LISTS) ==
					    lists_before);
				check();
				failures++;
				OK(memblock_reserve(paddr(RAM_BASE + 0x40 * i), 0x20,
						    MEMBLOCK_FIRMWARE));
			}
			reserved += 0x20;
			error = memblock_add(paddr(0x80000000 + 0x40 * i), 0x20);
			if (error) {
				assert_int_equal(error, -ENOMEM);
				assert_true(memblock_memory_bytes() == memory);
				check();
				failures++;
				OK(memblock_add(paddr(0x80000000 + 0x40 * i), 0x20));
			}
			memory += 0x20;
		}
		assert_true(memblock_memory_bytes() == memory);
		assert_true(memblock_reserved_bytes(MEMBLOCK_FIRMWARE) == reserved);
		refused = refuse_in == 0;
		assert_int_equal(failures, refused);
	}
}

/* ---- report ---- */

static char printed[4096];

static int print(const char *format, ...)
{
	size_t used = strlen(printed);
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(printed + used, sizeof(printed) - used, format, args);
	va_end(args);
	return len;
}

static void report(void **state)
{
	(void)state;
	OK(memblock_add(paddr(0x40000000), 0x20000000));
	OK(memblock_mark_no_map(paddr(0x50000000), 0x200000));
	OK(memblock_reserve(paddr(0x40200000), 0x180000, MEMBLOCK_IMAGE));
	OK(memblock_reserve(paddr(0x48000000), 0x1d56, MEMBLOCK_DEVICETREE));
	printed[0] = '\0';
	memblock_report(print);
	assert_string_equal(printed,
			    "memblock: memory   0x40000000 to 0x50000000 256 MiB\n"
			    "memblock: memory   0x50000000 to 0x50200000 2 MiB, no-map\n"
			    "memblock: memory   0x50200000 to 0x60000000 254 MiB\n"
			    "memblock: reserved 0x40200000 to 0x40380000 1.5 MiB, kernel image\n"
			    "memblock: reserved 0x48000000 to 0x48001d56 7510 B, devicetree\n");
}

static void owner_names(void **state)
{
	(void)state;
	for (u32 i = 0; i < MEMBLOCK_OWNERS; i++) {
		assert_non_null(memblock_owner_name(i));
		for (u32 j = 0; j < i; j++)
			assert_string_not_equal(memblock_owner_name(i), memblock_owner_name(j));
	}
	assert_string_equal(memblock_owner_name(MEMBLOCK_OWNERS), "?");
}

/* ---- the checker ---- */

static void expect_broken(const struct region_list *list, const char *why)
{
	const char *broken = region_list_check(list);

	assert_non_null(broken);
	assert_string_equal(broken, why);
}

static void checker(void **state)
{
	static struct region_list list;

	(void)state;
	memset(&list, 0, sizeof(list));
	assert_null(region_list_check(&list));
	region_list_fill(&list, 0x10, 0x20, 0, 1);
	region_list_fill(&list, 0x30, 0x40, 0, 1);
	assert_null(region_list_check(&list));
	list.first[1].base = paddr(0x1f);
	expect_broken(&list, "regions overlap or don't ascend");
	list.first[1].base = paddr(0);
	expect_broken(&list, "regions overlap or don't ascend");
	list.first[1].base = paddr(0x20);
	expect_broken(&list, "two regions should be one");
	list.first[1].flags = 1;
	assert_null(region_list_check(&list));
	list.first[1].flags = 0;
	list.first[1].owner = 2;
	assert_null(region_list_check(&list));
	list.first[1].bytes = 0;
	expect_broken(&list, "a region is empty");
	list.first[1].bytes = ~0ULL - 0x1f;
	expect_broken(&list, "a region wraps around");
	list.first[1].bytes = ~0ULL - 0x20;
	assert_null(region_list_check(&list));
	list.count = REGION_LIST_STATIC + 1;
	expect_broken(&list, "a list has more regions than its array holds");
}

/* ---- the model ---- */

#define UNITS      192
#define OPERATIONS 1000000

/* The same, one byte of address space per element. */
static struct {
	u64 origin;
	bool memory[UNITS];
	bool no_map[UNITS];
	u8 owner[UNITS];
} model;

static bool model_free(u32 i)
{
	return model.memory[i] && !model.no_map[i] && !model.owner[i];
}

static bool model_in_use(u32 i)
{
	return model.owner[i] == MEMBLOCK_IMAGE || model.owner[i] == MEMBLOCK_DEVICETREE ||
	       model.owner[i] == MEMBLOCK_INITRD || model.owner[i] == MEMBLOCK_PAGE_TABLES ||
	       model.owner[i] == MEMBLOCK_FRAME_TABLE || model.owner[i] == MEMBLOCK_REGION_LISTS ||
	       model.owner[i] == MEMBLOCK_BOOT;
}

static bool model_fits(const struct memblock_request *request, u32 at)
{
	u64 base = model.origin + at;

	if ((request->align && base % request->align) || base < request->min.val ||
	    (request->max.val && base + request->bytes > request->max.val))
		return false;
	for (u64 i = 0; i < request->bytes; i++) {
		if (at + i >= UNITS || !model_free(at + (u32)i))
			return false;
	}
	return true;
}

static u64 model_alloc(const struct memblock_request *request)
{
	for (u32 n = 0; n < UNITS; n++) {
		u32 at = request->bottom_up ? n : UNITS - 1 - n;

		if (model_fits(request, at))
			return model.origin + at;
	}
	return ~0ULL;
}

/* Every element of both lists, and their sums, against the model. */
static void model_compare(void)
{
	u64 memory = 0, reserved = 0, free = 0;
	struct region region;
	paddr_t from;
	u32 i;

	check();
	for (from = paddr(0), i = 0; memblock_next_memory(&from, &region);) {
		for (; i < region.base.val - model.origin; i++)
			assert_false(model.memory[i]);
		for (; i < region_end(&region) - model.origin; i++) {
			assert_true(model.memory[i]);
			assert_int_equal(region.flags, model.no_map[i] ? MEMBLOCK_FLAG_NO_MAP : 0);
			memory++;
		}
	}
	for (; i < UNITS; i++)
		assert_false(model.memory[i]);
	for (from = paddr(0), i = 0; memblock_next_reserved(&from, &region);) {
		for (; i < region.base.val - model.origin; i++)
			assert_int_equal(model.owner[i], 0);
		for (; i < region_end(&region) - model.origin; i++) {
			assert_int_equal(model.owner[i], region.owner);
			reserved++;
		}
	}
	for (; i < UNITS; i++)
		assert_int_equal(model.owner[i], 0);
	for (from = paddr(0), i = 0; memblock_next_free(&from, &region);) {
		for (; i < region.base.val - model.origin; i++)
			assert_false(model_free(i));
		for (; i < region_end(&region) - model.origin; i++) {
			assert_true(model_free(i));
			free++;
		}
	}
	for (; i < UNITS; i++)
		assert_false(model_free(i));
	assert_true(memblock_memory_bytes() == memory);
	assert_true(memblock_reserved_bytes(MEMBLOCK_OWNERS) == reserved);
	assert_true(memblock_free_bytes() == free);
	i = (u32)host_random_below(UNITS);
	from = paddr(model.origin + i);
	assert_int_equal(memblock_is_memory(from), model.memory[i]);
	assert_int_equal(memblock_is_map_memory(from), model.memory[i] && !model.no_map[i]);
	assert_int_equal(memblock_is_reserved(from), model.owner[i] != 0);
}

static void model_start(void)
{
	static u64 lent[6 * REGION_LIST_STATIC * sizeof(struct region) / sizeof(u64)];
	static const u64 origins[] = { 0, 0x40000000, ~0ULL - UNITS };

	memblock_init();
	memset(&model, 0, sizeof(model));
	model.origin = origins[host_random_below(ARRAY_SIZE(origins))];
	if (host_random_below(2))
		memblock_lend(lent, sizeof(lent));
}

/* One random operation on both; a full list may refuse, and then nothing may have changed. */
static void model_step(void)
{
	u32 at = (u32)host_random_below(UNITS);
	u32 bytes = (u32)host_random_below(host_random_below(8) ? 12 : UNITS);
	u32 end = MIN(at + bytes, UNITS);
	enum memblock_owner owner = (u32)(1 + host_random_below(MEMBLOCK_OWNERS - 1));
	struct memblock_request request = {
		.bytes = 1 + host_random_below(9),
		.align = host_random_below(2) << host_random_below(5),
		.bottom_up = host_random_below(2),
		.owner = owner,
	};
	paddr_t base = paddr(model.origin + at), found;
	u64 length = bytes, limit;
	int error;

	/* at the top of the address space, what is cut off wraps around; elsewhere it isn't asked for */
	if (model.origin != ~0ULL - UNITS)
		length = end - at;
	switch (host_random_below(16)) {
	case 0 ... 2:
		error = memblock_add(base, length);
		for (u32 i = at; !error && i < end; i++)
			model.memory[i] = true;
		break;
	case 3 ... 4:
		error = memblock_remove(base, length);
		for (u32 i = at; !error && i < end; i++)
			model.memory[i] = model.no_map[i] = false;
		break;
	case 5 ... 7:
		error = memblock_reserve(base, length, owner);
		for (u32 i = at; !error && i < end; i++)
			model.owner[i] = model.owner[i] ? model.owner[i] : (u8)owner;
		break;
	case 8 ... 9:
		error = memblock_free(base, length);
		for (u32 i = at; !error && i < end; i++)
			model.owner[i] = 0;
		break;
	case 10:
		error = memblock_mark_no_map(base, length);
		for (u32 i = at; !error && i < end; i++)
			model.no_map[i] = model.memory[i];
		break;
	case 11 ... 14:
		if (host_random_below(2))
			request.min = base;
		if (host_random_below(2))
			request.max = paddr(model.origin + end);
		error = memblock_alloc_range(&request, &found);
		if (error == -ENOMEM) {
			assert_true(model_alloc(&request) == ~0ULL);
			error = 0;
		} else if (!error) {
			assert_true(found.val == model_alloc(&request));
			memset(&model.owner[found.val - model.origin], (int)owner, request.bytes);
		}
		break;
	default:
		if (host_random_below(16))
			return;
		limit = host_random_below(UNITS);
		error = memblock_limit_memory(limit);
		for (u32 i = 0; !error && i < UNITS; i++) {
			if (!model.memory[i])
				continue;
			if (limit)
				limit--;
			else if (!model_in_use(i))
				model.memory[i] = model.no_map[i] = false;
		}
		break;
	}
	if (error)
		assert_int_equal(error, -ENOSPC);
}

static void random_operations(void **state)
{
	(void)state;
	for (u32 i = 0; i < OPERATIONS; i++) {
		if (i % 5000 == 0)
			model_start();
		model_step();
		if (i % 16 == 0)
			model_compare();
		else
			check();
	}
	model_compare();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(empty, setup),
		cmocka_unit_test_setup(adding, setup),
		cmocka_unit_test_setup(removing, setup),
		cmocka_unit_test_setup(reserving, setup),
		cmocka_unit_test_setup(no_map, setup),
		cmocka_unit_test_setup(keeping, setup),
		cmocka_unit_test_setup(limiting, setup),
		cmocka_unit_test_setup(allocating, setup),
		cmocka_unit_test_setup(free_aligned, setup),
		cmocka_unit_test_setup(iterating, setup),
		cmocka_unit_test_setup(full_list, setup),
		cmocka_unit_test_setup(lent_memory, setup),
		cmocka_unit_test_setup(growing, setup),
		cmocka_unit_test_setup(growing_elsewhere, setup),
		cmocka_unit_test_setup(growth_fails, setup),
		cmocka_unit_test_setup(report, setup),
		cmocka_unit_test_setup(owner_names, setup),
		cmocka_unit_test_setup(checker, setup),
		cmocka_unit_test_setup(random_operations, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
