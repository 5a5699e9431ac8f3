// SPDX-License-Identifier: BSD-2-Clause
/* Filling memblock from devicetrees, for tests; see fill.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <mm/memblock.h>

#include "fill.h"
#include "host.h"
#include "memblock_lists.h"
#include "tree.h"

char fill_said[4096], fill_placed[1024];
struct region fill_initrd;

const struct memblock_setup fill_plain = {
	.image_base = { 0x40200000 },
	.image_bytes = 0x10000,
	.devicetree_base = { 0x48000000 },
	.devicetree_bytes = 0x100,
	.placed = fill_on_placed,
	.context = fill_placed,
};

static void hear(const char *text)
{
	strncat(fill_said, text, sizeof(fill_said) - strlen(fill_said) - 1);
}

void fill_on_placed(void *context, const struct devicetree_reservation *r, paddr_t base)
{
	size_t used = strlen(fill_placed);

	assert_ptr_equal(context, fill_placed);
	snprintf(fill_placed + used, sizeof(fill_placed) - used, "%s %llx+%llx ", r->range.name,
		 base.val, r->range.bytes);
}

int fill_from(const struct devicetree *dt, const struct memblock_setup *setup)
{
	int error = memblock_devicetree_memory(dt, setup->address_end);

	return error ? error : memblock_devicetree_reserve(dt, setup, &fill_initrd);
}

int fill_error(void *tree, const struct memblock_setup *setup)
{
	struct devicetree dt;
	int error;

	fill_said[0] = fill_placed[0] = '\0';
	host_printk_hook = hear;
	memblock_init();
	tree_open(&dt, tree);
	error = fill_from(&dt, setup);
	memblock_lists_check();
	free(tree);
	return error;
}

const char *fill_lists(void *tree, const struct memblock_setup *setup)
{
	assert_int_equal(fill_error(tree, setup), 0);
	return memblock_lists();
}

void fill_expect(const char *source, const struct memblock_setup *setup, const char *lists)
{
	assert_string_equal(fill_lists(tree_from_text(source), setup), lists);
}

struct memblock_setup fill_machine(const char *option)
{
	struct memblock_setup setup = fill_plain;

	if (option)
		assert_null(cma_option_parse(option, strlen(option), &setup.cma));
	return setup;
}

void fill_gives(const char *source, const char *option, const char *regions, const char *text)
{
	struct memblock_setup setup = fill_machine(option);
	const char *at;
	u64 sum = 0;

	fill_lists(tree_from_text(source), &setup);
	assert_string_equal(fill_placed, regions);
	assert_string_equal(fill_said, text);
	for (at = strchr(fill_placed, '+'); at; at = strchr(at + 1, '+')) {
		u64 bytes = strtoull(at + 1, NULL, 16);

		assert_true(bytes && IS_ALIGNED(bytes, MEMBLOCK_CMA_UNIT));
		sum += bytes;
	}
	assert_int_equal(memblock_reserved_bytes(MEMBLOCK_CMA), sum);
}
