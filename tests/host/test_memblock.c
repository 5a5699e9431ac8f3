// SPDX-License-Identifier: BSD-2-Clause
/*
 * memblock and the region lists under it, rule by rule.
 *
 * Sources: mm/boot/memblock.c mm/boot/region_list.c lib/format.c tests/host/memblock_lists.c
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
#include "memblock_lists.h"

#define OK(call) assert_int_equal(call, 0)

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
	assert_string_equal(memblock_lists(), "| | ");
	assert_false(memblock_is_map_memory(at) || memblock_lists_reserved(at));
	assert_true(!memblock_covers(paddr(0), 1) && memblock_covers(paddr(5), 0));
	assert_false(memblock_first_reserved(paddr(0), ~0ULL, &region));
	assert_int_equal(memblock_alloc(1, 1, MEMBLOCK_BOOT, &at), -ENOMEM);
	assert_true(memblock_start().val == 0 && memblock_end().val == 0);
	OK(memblock_remove(paddr(0), ~0ULL));
	OK(memblock_free(paddr(0), ~0ULL));
	OK(memblock_mark_no_map(paddr(0), ~0ULL));
	OK(memblock_limit_memory(0));
	memblock_drop_unmarked();
	assert_string_equal(memblock_lists(), "| | ");
}

static void adding(void **state)
{
	(void)state;
	OK(memblock_add(paddr(0x40), 0x10));
	OK(memblock_add(paddr(0x20), 0x10)); /* below */
	OK(memblock_add(paddr(0x60), 0x10)); /* above */
	assert_string_equal(memblock_lists(), "20+10 40+10 60+10 | | 20+10 40+10 60+10 ");
	OK(memblock_add(paddr(0x30), 0x10)); /* closes a gap exactly */
	assert_string_equal(memblock_lists(), "20+30 60+10 | | 20+30 60+10 ");
	OK(memblock_add(paddr(0x28), 8));    /* inside */
	OK(memblock_add(paddr(0x20), 0x30)); /* the same */
	assert_string_equal(memblock_lists(), "20+30 60+10 | | 20+30 60+10 ");
	OK(memblock_add(paddr(0x48), 0x20)); /* across a gap */
	assert_string_equal(memblock_lists(), "20+50 | | 20+50 ");
	OK(memblock_add(paddr(0x70), 1)); /* touching above, touching below */
	OK(memblock_add(paddr(0x1f), 1));
	OK(memblock_add(paddr(0x10), 0x100)); /* all around */
	assert_string_equal(memblock_lists(), "10+100 | | 10+100 ");
	OK(memblock_add(paddr(0), 0)); /* nothing */
	OK(memblock_add(paddr(~0ULL), 5));
	OK(memblock_add(paddr(~0ULL - 1), 5)); /* wraps: cut */
	assert_string_equal(memblock_lists(),
			    "10+100 fffffffffffffffe+1 | | 10+100 fffffffffffffffe+1 ");
	assert_true(memblock_start().val == 0x10 && memblock_end().val == ~0ULL);
	OK(memblock_add(paddr(0), ~0ULL));
	assert_string_equal(memblock_lists(), "0+ffffffffffffffff | | 0+ffffffffffffffff ");
}

static void removing(void **state)
{
	(void)state;
	OK(memblock_add(paddr(0x10), 0x10));
	OK(memblock_add(paddr(0x30), 0x10));
	OK(memblock_add(paddr(0x50), 0x10));
	OK(memblock_remove(paddr(0x34), 4)); /* a hole */
	assert_string_equal(memblock_lists(), "10+10 30+4 38+8 50+10 | | 10+10 30+4 38+8 50+10 ");
	OK(memblock_remove(paddr(0x18), 0x1c)); /* an end, and a whole one */
	assert_string_equal(memblock_lists(), "10+8 38+8 50+10 | | 10+8 38+8 50+10 ");
	OK(memblock_remove(paddr(0x30), 0xc)); /* a beginning */
	assert_string_equal(memblock_lists(), "10+8 3c+4 50+10 | | 10+8 3c+4 50+10 ");
	OK(memblock_remove(paddr(0x18), 0x24)); /* a gap exactly: nothing */
	OK(memblock_remove(paddr(0x12), 0));
	OK(memblock_remove(paddr(0x14), 0x44)); /* from the middle to the middle */
	assert_string_equal(memblock_lists(), "10+4 58+8 | | 10+4 58+8 ");
	OK(memblock_remove(paddr(0x11), ~0ULL)); /* wraps */
	assert_string_equal(memblock_lists(), "10+1 | | 10+1 ");
}

static void reserving(void **state)
{
	struct region region;

	(void)state;
	OK(memblock_add(paddr(0x100), 0x100));
	OK(memblock_reserve(paddr(0x180), 0x10, MEMBLOCK_INITRD));
	OK(memblock_reserve(paddr(0x170), 0x10, MEMBLOCK_IMAGE)); /* touching: not merged */
	assert_string_equal(memblock_lists(), "100+100 | 170+10 kernel image 180+10 initrd | "
					      "100+70 190+70 ");
	/* who was there first keeps it */
	OK(memblock_reserve(paddr(0x160), 0x40, MEMBLOCK_FIRMWARE));
	assert_string_equal(memblock_lists(),
			    "100+100 | 160+10 reserved-memory 170+10 kernel image 180+10 initrd "
			    "190+10 reserved-memory | 100+60 1a0+60 ");
	assert_true(memblock_reserved_bytes(MEMBLOCK_FIRMWARE) == 0x20);
	assert_true(memblock_lists_free_bytes() == 0xc0);
	assert_true(memblock_first_reserved(paddr(0x100), 0x61, &region));
	assert_true(region.base.val == 0x160 && region.owner == MEMBLOCK_FIRMWARE);
	assert_false(memblock_first_reserved(paddr(0x100), 0x60, &region));
	assert_false(memblock_first_reserved(paddr(0x1a0), ~0ULL, &region));
	assert_true(memblock_first_reserved(paddr(0x19f), ~0ULL, &region));
	/* freeing asks for no owner */
	OK(memblock_free(paddr(0x168), 0x30));
	assert_string_equal(memblock_lists(),
			    "100+100 | 160+8 reserved-memory 198+8 reserved-memory | "
			    "100+60 168+30 1a0+60 ");
	/* what isn't memory can be reserved, and isn't free */
	OK(memblock_reserve(paddr(0x1f0), 0x20, MEMBLOCK_MEMRESERVE));
	OK(memblock_reserve(paddr(0xf0), 0x20, MEMBLOCK_MEMRESERVE));
	assert_string_equal(memblock_lists(), "100+100 | f0+20 memreserve 160+8 reserved-memory "
					      "198+8 reserved-memory 1f0+20 memreserve | "
					      "110+50 168+30 1a0+50 ");
	assert_true(memblock_lists_reserved(paddr(0x20f)) &&
		    !memblock_lists_reserved(paddr(0x210)));
	OK(memblock_free(paddr(0), ~0ULL));
	assert_string_equal(memblock_lists(), "100+100 | | 100+100 ");
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
	assert_string_equal(memblock_lists(), "100+80 180+80! 300+80! 380+80 | | 100+80 380+80 ");
	OK(memblock_mark_no_map(paddr(0x1a0), 0x10)); /* again */
	OK(memblock_add(paddr(0x170), 0x20));         /* adding doesn't take the mark */
	assert_string_equal(memblock_lists(), "100+80 180+80! 300+80! 380+80 | | 100+80 380+80 ");
	assert_true(memblock_no_map_bytes() == 0x100 && memblock_memory_bytes() == 0x200);
	assert_true(memblock_covers(paddr(0x180), 1) && !memblock_is_map_memory(paddr(0x180)));
	assert_true(memblock_is_map_memory(paddr(0x17f)) && memblock_is_map_memory(paddr(0x380)));
	assert_true(memblock_covers(paddr(0x100), 0x100) && !memblock_covers(paddr(0xff), 2));
	assert_false(memblock_covers(paddr(0x1ff), 0x102));
	/* never allocated */
	assert_int_equal(memblock_alloc(0x81, 1, MEMBLOCK_BOOT, &at), -ENOMEM);
	OK(memblock_add(paddr(0x200), 0x100)); /* ordinary memory between the two */
	assert_string_equal(memblock_lists(), "100+80 180+80! 200+100 300+80! 380+80 | | "
					      "100+80 200+100 380+80 ");
	OK(memblock_mark_no_map(paddr(0), ~0ULL));
	assert_string_equal(memblock_lists(), "100+300! | | ");
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
	assert_string_equal(memblock_lists(), "170+10 180+8! 300+30 | | 170+10 300+30 ");
	memblock_drop_unmarked(); /* the marks are gone */
	assert_string_equal(memblock_lists(), "| | ");
}

static void limiting(void **state)
{
	(void)state;
	OK(memblock_add(paddr(0x100), 0x100));
	OK(memblock_add(paddr(0x300), 0x100));
	OK(memblock_limit_memory(0x200));
	OK(memblock_limit_memory(~0ULL));
	assert_string_equal(memblock_lists(), "100+100 300+100 | | 100+100 300+100 ");
	OK(memblock_reserve(paddr(0x340), 8, MEMBLOCK_IMAGE));
	OK(memblock_reserve(paddr(0x380), 8, MEMBLOCK_FIRMWARE));
	OK(memblock_reserve(paddr(0x3c0), 8, MEMBLOCK_DEVICETREE));
	OK(memblock_reserve(paddr(0x3f8), 0x10, MEMBLOCK_INITRD)); /* half of it isn't memory */
	OK(memblock_limit_memory(0x110));
	assert_string_equal(memblock_lists(),
			    "100+100 300+10 340+8 3c0+8 3f8+8 | 340+8 kernel image "
			    "380+8 reserved-memory 3c0+8 devicetree 3f8+10 initrd | "
			    "100+100 300+10 ");
	/* the limit inside what is in use; then exactly at the end of a region */
	OK(memblock_limit_memory(0x112));
	assert_string_equal(memblock_lists(),
			    "100+100 300+10 340+8 3c0+8 3f8+8 | 340+8 kernel image "
			    "380+8 reserved-memory 3c0+8 devicetree 3f8+10 initrd | "
			    "100+100 300+10 ");
	OK(memblock_free(paddr(0), ~0ULL));
	OK(memblock_limit_memory(0x100));
	assert_string_equal(memblock_lists(), "100+100 | | 100+100 ");
	OK(memblock_limit_memory(1));
	assert_string_equal(memblock_lists(), "100+1 | | 100+1 ");
	OK(memblock_limit_memory(0));
	assert_string_equal(memblock_lists(), "| | ");
}

static u64 allocate(struct memblock_request request)
{
	paddr_t base = paddr(0xbad);
	int error = memblock_alloc_range(&request, &base);

	memblock_lists_check();
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
	assert_true(at.val == 0x40bf && !memblock_lists_reserved(at));
	OK(memblock_alloc(0xc0, 1, MEMBLOCK_CMA, &at));
	assert_true(at.val == 0x4000);
	/* at the very top, and from 0 */
	memblock_init();
	OK(memblock_add(paddr(0), ~0ULL));
	assert_true(ALLOCATE(.bytes = 1) == ~0ULL - 1);
	assert_true(ALLOCATE(.bytes = 1, .align = 1ULL << 63) == 1ULL << 63);
	assert_true(ALLOCATE(.bytes = 1, .align = 1ULL << 63) == 0);
	assert_true(ALLOCATE(.bytes = 1, .align = 1ULL << 63) == ~0ULL);
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
	/* from the middle of a region on; what is changed after is seen */
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
		cmocka_unit_test_setup(report, setup),
		cmocka_unit_test_setup(owner_names, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
