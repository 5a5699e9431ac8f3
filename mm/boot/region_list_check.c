// SPDX-License-Identifier: BSD-2-Clause
/* Checks the invariants of <mm/region_list.h>, for tests. */
#include <mm/region_list.h>

const char *region_list_check(const struct region_list *list)
{
	const struct region *r = region_list_array(list);

	if (list->count > region_list_capacity(list))
		return "a list has more regions than its array holds";
	for (u32 i = 0; i < list->count; i++) {
		if (r[i].bytes == 0)
			return "a region is empty";
		if (r[i].bytes > paddr_diff(REGION_ADDRESS_END, r[i].base))
			return "a region wraps around";
		if (i == 0)
			continue;
		if (paddr_less(r[i].base, region_end(&r[i - 1])))
			return "regions overlap or don't ascend";
		if (region_joins(&r[i - 1], &r[i]))
			return "two regions should be one";
	}
	return NULL;
}
