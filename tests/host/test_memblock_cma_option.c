// SPDX-License-Identifier: BSD-2-Clause
/*
 * Filling memblock with `cma=`: where the region is, what it bypasses, who is told.
 *
 * Sources: mm/boot/memblock_devicetree.c mm/boot/memblock_reservations.c mm/boot/memblock.c
 * Sources: mm/boot/region_list.c lib/devicetree/devicetree.c lib/devicetree/devicetree_node.c
 * Sources: lib/devicetree/devicetree_chosen.c lib/format.c lib/devicetree/devicetree_memory.c
 * Sources: mm/boot/cma_option.c lib/cmdline.c lib/parse.c
 * Sources: mm/boot/memblock_crashkernel.c tests/host/fill.c tests/host/tree.c
 * Sources: tests/host/memblock_lists.c
 * Libs: -lfdt
 */
#include "host.h"

#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <mm/memblock.h>
#include <mm/memblock_devicetree.h>

#include "fill.h"
#include "memblock_lists.h"
#include "tree.h"

static void option_with_a_place(void **state)
{
	(void)state;
	fill_gives(MACHINE(""), "16M@0x44000000", "cma= 44000000+1000000 ", "");
	fill_gives(MACHINE(""), "3M@0x44000000", "cma= 44000000+400000 ", "");
	fill_gives(MACHINE(""), "3M@0x44100000", "cma= 44200000+200000 ",
		   "memblock: cma=: 0x400000 bytes at 0x44100000 are narrowed to 0x200000 at "
		   "0x44200000, which are free and multiples of 0x200000\n");
	fill_gives(MACHINE(""), "16M@0x40000000", "cma= 40400000+c00000 ",
		   "memblock: cma=: 0x1000000 bytes at 0x40000000 are narrowed to 0xc00000 at "
		   "0x40400000, which are free and multiples of 0x200000\n");
	/* Others come first, those that are free to choose come after. */
	fill_gives(
		"/memreserve/ 0x44600000 1; " RESERVED(CMA("n", "reg = <0x44a00000 0x400000>;") CMA(
			"d", "size = <0x200000>; alloc-ranges = <0x44000000 0x1000000>;")),
		"16M@0x44000000", "n 44a00000+400000 cma= 44000000+600000 d 44e00000+200000 ",
		"memblock: cma=: 0x1000000 bytes at 0x44000000 are narrowed to 0x600000 at "
		"0x44000000, which are free and multiples of 0x200000\n");
	fill_gives(
		MACHINE(""), "16M@2G", "",
		"memblock: cma=: no CMA region at 0x80000000, 0x1000000 bytes: no whole 0x200000 "
		"bytes of it are memory\n");
	/* Up to the last address, where rounding up ends as well. */
	fill_gives(MACHINE(""), "0xffffffffffffffff@0", "cma= 48200000+7e00000 ",
		   "memblock: cma=: 0xffffffffffffffff bytes at 0 are narrowed to 0x7e00000 at "
		   "0x48200000, which are free and multiples of 0x200000\n");
	fill_gives(MACHINE(""), "1M@0xffffffffffe00001", "",
		   "memblock: cma=: no CMA region at 0xffffffffffe00001, 0x1ffffe bytes: it has no "
		   "whole 0x200000 bytes at a multiple of that\n");
}

static void option_without_a_place(void **state)
{
	(void)state;
	fill_gives(MACHINE(""), "16M", "cma= 4f000000+1000000 ", "");
	fill_gives(MACHINE(""), "1", "cma= 4fe00000+200000 ", "");
	fill_gives(MACHINE(""), "16M@0x42000000-0x43f00000", "cma= 42e00000+1000000 ", "");
	fill_gives(MACHINE(""), "16M@0x41f00001-0x43000000", "cma= 42000000+1000000 ", "");
	fill_gives(MACHINE(""), "16M@0-0xffffffffffffffff", "cma= 4f000000+1000000 ", "");
	fill_gives(
		MACHINE(""), "16M@0x42000000-0x42ffffff", "",
		"memblock: cma=: no free memory for 0x1000000 bytes aligned to 0x200000 within its "
		"range; the largest free run has 0xe00000\n");
	fill_gives(MACHINE(""), "99999T", "",
		   "memblock: cma=: no free memory for 0x1869f0000000000 bytes aligned to "
		   "0x200000; the "
		   "largest free run has 0x7e00000\n");
	fill_gives(
		MACHINE(""), "18446744073709551615", "",
		"memblock: cma=: no free memory for 0xffffffffffffffff bytes aligned to 0x200000; "
		"the largest free run has 0x7e00000\n");
	fill_gives(
		MACHINE(""), "1M@2G-3G", "",
		"memblock: cma=: no free memory for 0x100000 bytes aligned to 0x200000 within its "
		"range; the largest free run has 0\n");
	/* Nodes that may choose their place choose first. */
	fill_gives(RESERVED(CMA("d", "size = <0x1000000>;")), "16M",
		   "d 4f000000+1000000 cma= 4e000000+1000000 ", "");
}

#define DEFAULTS                                                                  \
	RESERVED(CMA("s", "linux,cma-default; reg = <0x44000000 0x200000>;") CMA( \
		"d", "linux,cma-default; size = <0x400000>;") CMA("o", "size = <0x200000>;"))
#define BYPASSED                                                                                 \
	"memblock: s, 0x200000 bytes, is bypassed: cma= is there instead of linux,cma-default\n" \
	"memblock: d, 0x400000 bytes, is bypassed: cma= is there instead of linux,cma-default\n"

static void defaults(void **state)
{
	struct memblock_setup off = fill_machine("0");

	(void)state;
	fill_gives(DEFAULTS, NULL, "s 44000000+200000 d 4fc00000+400000 o 4fa00000+200000 ", "");
	/* Whatever it says, even what can't be had. */
	fill_gives(DEFAULTS, "0", "o 4fe00000+200000 ", BYPASSED);
	fill_gives(DEFAULTS, "2M@0x44000000", "cma= 44000000+200000 o 4fe00000+200000 ", BYPASSED);
	fill_gives(DEFAULTS, "2M@2G", "o 4fe00000+200000 ",
		   BYPASSED "memblock: cma=: no CMA region at 0x80000000, 0x200000 bytes: no "
			    "whole 0x200000 bytes of it are memory\n");
	assert_true(!memblock_lists_reserved(paddr(0x44000000)));
	/* One that isn't for CMA isn't CMA's default. */
	fill_lists(
		tree_from_text(RESERVED("p { compatible = \"shared-dma-pool\"; linux,cma-default; "
					"size = <0x10000>; };")),
		&off);
	assert_string_equal(fill_placed, "p 4fff0000+10000 ");
}

/* The region of `cma=` is told in the words of a node. */
static void told_as_a_node(void *context, const struct devicetree_reservation *r, paddr_t base)
{
	unsigned *calls = context;

	assert_int_equal(base.val, 0x44200000);
	assert_true(r->range.base.val == base.val && r->range.bytes == 0x200000);
	assert_string_equal(r->range.name, "cma=");
	assert_true(r->node == -1 && r->reusable && r->shared_dma_pool && r->cma_default);
	assert_false(r->no_map);
	++*calls;
}

static void told(void **state)
{
	struct memblock_setup setup = fill_machine("3M@0x44100000");
	unsigned calls = 0;

	(void)state;
	setup.placed = told_as_a_node;
	setup.context = &calls;
	assert_int_equal(fill_error(tree_from_text(MACHINE("")), &setup), 0);
	setup.cma = fill_machine("1M@0x44200000-0x44400000").cma;
	assert_int_equal(fill_error(tree_from_text(MACHINE("")), &setup), 0);
	assert_int_equal(calls, 2);
	setup.placed = NULL;
	assert_int_equal(fill_error(tree_from_text(MACHINE("")), &setup), 0);
	assert_int_equal(memblock_reserved_bytes(MEMBLOCK_CMA), 0x200000);
}

/* A region that isn't wanted is freed by who is told of it, and can be had by the next one. */
static void free_it(void *context, const struct devicetree_reservation *r, paddr_t base)
{
	unsigned *calls = context;

	assert_int_equal(base.val, 0x4fe00000);
	assert_int_equal(memblock_free(base, r->range.bytes), 0);
	++*calls;
}

static void freed_again(void **state)
{
	struct memblock_setup setup = fill_machine("2M");
	unsigned calls = 0;

	(void)state;
	setup.placed = free_it;
	setup.context = &calls;
	fill_expect(
		RESERVED(CMA("a", "size = <1>;") CMA("b@4fe00000", "reg = <0x4fe00000 0x200000>;")),
		&setup,
		"40000000+10000000 | " OURS TREE "| 40000000+200000 40210000+7df0000 "
		"48000100+7ffff00 ");
	assert_int_equal(calls, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(option_with_a_place),
		HOST_AT_EACH_PAGE_SHIFT(option_without_a_place),
		HOST_AT_EACH_PAGE_SHIFT(defaults),
		HOST_AT_EACH_PAGE_SHIFT(told),
		HOST_AT_EACH_PAGE_SHIFT(freed_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
