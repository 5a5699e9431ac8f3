// SPDX-License-Identifier: BSD-2-Clause
/*
 * The arrays of memblock: full, grown into lent memory, grown into memory of its own, and
 * refused growth at every place.
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
	strcpy(before, memblock_lists());
	assert_int_equal(memblock_add(paddr(0x10 * i), 8), -ENOSPC);
	assert_int_equal(memblock_remove(paddr(2), 2), -ENOSPC); /* a hole */
	assert_int_equal(memblock_mark_no_map(paddr(2), 6), -ENOSPC);
	assert_int_equal(memblock_mark_keep(paddr(0), 2), -ENOSPC);
	OK(memblock_reserve(paddr(0x102), 2, MEMBLOCK_IMAGE)); /* stays, as an island */
	assert_int_equal(memblock_limit_memory(0x7a), -ENOSPC);
	OK(memblock_free(paddr(0x102), 2));
	assert_string_equal(memblock_lists(), before);
	/* what needs no room works: extending, joining, removing, marking whole regions */
	OK(memblock_add(paddr(8), 4));
	OK(memblock_add(paddr(0x1f), 1));
	OK(memblock_remove(paddr(0x24), 0x10)); /* from the middle of one to that of the next */
	OK(memblock_add(paddr(0), 0x34));
	assert_true(memblock_end().val == 0x10 * (REGION_LIST_STATIC - 1) + 8);
	OK(memblock_add(paddr(0x10 * i), 8));
	OK(memblock_add(paddr(0x10 * i + 0x10), 8));
	OK(memblock_add(paddr(0x10 * i + 0x20), 8));
	assert_int_equal(memblock_add(paddr(0x10 * i + 0x30), 8), -ENOSPC);
	OK(memblock_mark_no_map(paddr(0x10 * i), 8));
	OK(memblock_remove(paddr(0x10 * i), 4));
	memblock_lists_check();
	OK(memblock_add(paddr(0), 0x10 * (REGION_LIST_STATIC + 10)));
	OK(memblock_add(paddr(0x10 * i + 0x200), 8));
	memblock_lists_check();

	/* an allocation that can't be recorded isn't made */
	memblock_init();
	OK(memblock_add(paddr(0), 1 << 20));
	for (i = 0; i < REGION_LIST_STATIC; i++)
		OK(memblock_reserve(paddr(0x100 * i), 8, MEMBLOCK_BOOT));
	strcpy(before, memblock_lists());
	{
		paddr_t at = paddr(7);

		assert_int_equal(memblock_alloc(8, 8, MEMBLOCK_BOOT, &at), -ENOSPC);
		assert_true(at.val == 7);
	}
	assert_string_equal(memblock_lists(), before);
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
		memblock_lists_check();
		if (i == 3 * REGION_LIST_STATIC)
			assert_true(memblock_memory_bytes() == 8 * (i + 1));
	}
	assert_int_equal(memblock_add(paddr(0x10 * i), 8), -ENOSPC);
	assert_true(memblock_memory_bytes() == 32 * REGION_LIST_STATIC);
	assert_true(memblock_reserved_bytes(MEMBLOCK_OWNERS) == 0); /* it isn't ours */
	memblock_init();
	/* a byte too few for the second time */
	memblock_lend(lent, bytes - 1);
	for (i = 0; i < 2 * REGION_LIST_STATIC; i++)
		OK(memblock_add(paddr(0x10 * i), 8));
	assert_int_equal(memblock_add(paddr(0x10 * i), 8), -ENOSPC);
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
	memblock_lists_check();
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
	memblock_lists_check();
	assert_true(memblock_reserved_bytes(MEMBLOCK_REGION_LISTS) == 2 * arrays);
	assert_true(memblock_memory_bytes() == RAM_BYTES + 0x20 * count);

	/* after everything is freed, all is free but the arrays */
	OK(memblock_free(paddr(RAM_BASE), 0x40 * count));
	OK(memblock_remove(paddr(0x80000000), ~0ULL));
	memblock_lists_check();
	assert_true(memblock_free_bytes() == RAM_BYTES - 2 * arrays);
}

/* One operation that nearly fills the doubled list, to which the array itself is added. */
static void growing_with_many_gaps(void **state)
{
	(void)state;
	for (u32 gaps = REGION_LIST_STATIC - 6; gaps <= REGION_LIST_STATIC; gaps++) {
		start_ram();
		for (u32 i = 0; i < REGION_LIST_STATIC; i++)
			OK(memblock_reserve(paddr(RAM_BASE + 0x40 * i), 0x20, MEMBLOCK_FIRMWARE));
		OK(memblock_reserve(paddr(RAM_BASE), 0x40 * gaps, MEMBLOCK_BOOT));
		memblock_lists_check();
		assert_true(memblock_reserved_bytes(MEMBLOCK_BOOT) == 0x20 * gaps);
		assert_int_equal(maps, 1);
	}
}

/* An array must not land in the range that the operation is about, nor in no-map memory. */
static void growing_elsewhere(void **state)
{
	struct region region;
	paddr_t from;

	(void)state;
	/* what is asked for lies at the top, where an array would go */
	start_ram();
	for (u32 i = 0; i < REGION_LIST_STATIC; i++)
		OK(memblock_reserve(paddr(RAM_BASE + 0x40 * i), 0x20, MEMBLOCK_FIRMWARE));
	OK(memblock_reserve(paddr(RAM_BASE + RAM_BYTES - 0x10000), 0x10000, MEMBLOCK_INITRD));
	assert_int_equal(maps, 1);
	from = paddr(0);
	while (memblock_next_reserved(&from, &region)) {
		if (region.owner == MEMBLOCK_REGION_LISTS)
			assert_true(region_end(&region).val <= RAM_BASE + RAM_BYTES - 0x10000);
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
		memblock_lists_check();
		from = paddr(0);
		while (memblock_next_reserved(&from, &region))
			assert_true(region_end(&region).val <= top - 0x8000 ||
				    region.base.val >= top - 0x1000);
	}
}

/* Each growth is refused in turn: nothing has changed, and the next try works. */
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
				memblock_lists_check();
				failures++;
				OK(memblock_reserve(paddr(RAM_BASE + 0x40 * i), 0x20,
						    MEMBLOCK_FIRMWARE));
			}
			reserved += 0x20;
			error = memblock_add(paddr(0x80000000 + 0x40 * i), 0x20);
			if (error) {
				assert_int_equal(error, -ENOMEM);
				assert_true(memblock_memory_bytes() == memory);
				memblock_lists_check();
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(full_list, setup),
		cmocka_unit_test_setup(lent_memory, setup),
		cmocka_unit_test_setup(growing, setup),
		cmocka_unit_test_setup(growing_with_many_gaps, setup),
		cmocka_unit_test_setup(growing_elsewhere, setup),
		cmocka_unit_test_setup(growth_fails, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
