// SPDX-License-Identifier: BSD-2-Clause
/*
 * The checker of region lists: each invariant, broken by hand. All else of them is tested
 * through memblock.
 *
 * Sources: mm/boot/region_list.c
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <mm/region_list.h>

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
	region_list_fill(&list, &(struct region){ .base = paddr(0x10), .bytes = 0x10, .owner = 1 });
	region_list_fill(&list, &(struct region){ .base = paddr(0x30), .bytes = 0x10, .owner = 1 });
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checker),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
