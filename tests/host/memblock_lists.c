// SPDX-License-Identifier: BSD-2-Clause
/* What memblock holds, for tests to compare; the contract is in the header. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <mm/memblock.h>

#include "memblock_lists.h"

void memblock_lists_check(void)
{
	const char *broken = memblock_check();

	if (broken)
		fail_msg("%s", broken);
}

const char *memblock_lists(void)
{
	static char text[8192];
	struct region region;
	size_t used = 0;
	paddr_t from;

#define ADD(...) used += (size_t)snprintf(text + used, sizeof(text) - used, __VA_ARGS__)
	memblock_lists_check();
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
