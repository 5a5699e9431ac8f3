// SPDX-License-Identifier: BSD-2-Clause
/*
 * The arrays of memblock: full, and grown into lent memory.
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
	static u64 lent[6 * REGION_LIST_STATIC * sizeof(struct region) / sizeof(u64)];
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
	/* it is refused what may need room, whether or not it would, and nothing has changed */
	assert_int_equal(memblock_add(paddr(8), 4), -ENOSPC);
	assert_int_equal(memblock_remove(paddr(0x24), 0x10), -ENOSPC);
	assert_int_equal(memblock_mark_no_map(paddr(0), 8), -ENOSPC);
	assert_string_equal(memblock_lists(), before);
	/* with room: extending, joining, removing, marking whole regions */
	memblock_lend(lent, sizeof(lent));
	OK(memblock_add(paddr(8), 4));
	OK(memblock_add(paddr(0x1f), 1));
	OK(memblock_remove(paddr(0x24), 0x10)); /* from the middle of one to that of the next */
	OK(memblock_add(paddr(0), 0x34));
	assert_true(memblock_end().val == 0x10 * (REGION_LIST_STATIC - 1) + 8);
	OK(memblock_add(paddr(0x10 * i), 8));
	OK(memblock_add(paddr(0x10 * i + 0x10), 8));
	OK(memblock_add(paddr(0x10 * i + 0x20), 8));
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(full_list, setup),
		cmocka_unit_test_setup(lent_memory, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
