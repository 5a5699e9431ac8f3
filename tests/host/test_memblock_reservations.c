// SPDX-License-Identifier: BSD-2-Clause
/*
 * What of memory others have: dynamic reservations, and regions for CMA.
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
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <kernel/errno.h>
#include <mm/memblock.h>
#include <mm/memblock_devicetree.h>

#include "fill.h"
#include "memblock_lists.h"
#include "tree.h"

static void reserved_dynamic(void **state)
{
	struct memblock_setup setup = fill_plain;

	(void)state;
	/* after all static ones and /memreserve/, though it comes first in the tree */
	fill_expect("/memreserve/ 0x4fff0000 0x1; " RESERVED(
			    "a { size = <0x10001>; };"
			    "b { size = <1>; compatible = \"shared-dma-pool\"; reusable; };"
			    "c { no-map; size = <0x20000>; alignment = <0x40000>; };"
			    "d { size = <0x100>; alignment = <0x1000>; compatible = "
			    "\"shared-dma-pool\";"
			    " alloc-ranges = <0x10000000 0x10000000 0x41000000 0x100000>; };"
			    "s@4ff00000 { reg = <0x4ff00000 0x10>; };"),
		    &setup,
		    "40000000+ff80000 4ff80000+20000! 4ffa0000+60000 | " OURS
		    "410f0000+10000 pool " TREE
		    "4fc00000+200000 cma 4ff00000+10 reserved-memory 4ff80000+20000 no-map "
		    "4ffd0000+20000 reserved-memory 4fff0000+1 memreserve "
		    "| 40000000+200000 40210000+ee0000 41100000+6f00000 48000100+7bfff00 "
		    "4fe00000+100000 4ff00010+7fff0 4ffa0000+30000 4fff0001+ffff ");
	assert_string_equal(fill_said, "");
	assert_string_equal(fill_placed,
			    "s@4ff00000 4ff00000+10 a 4ffd0000+20000 b 4fc00000+200000 "
			    "c 4ff80000+20000 d 410f0000+10000 ");
}

static void no_place(void **state)
{
	(void)state;
	fill_lists(tree_from_text(
			   RESERVED("a { size = <0x20000000>; };"
				    "b { size = <0x1000>; alloc-ranges = <0x60000000 0x1000>; };"
				    "c { size = <0x1000>; alloc-ranges = <1>; };"
				    "d { size = <0>; };")),
		   &fill_plain);
	assert_string_equal(
		fill_said,
		"memblock: d has a size of 0, or not of as many cells as sizes have\n"
		"memblock: a: no free memory for 0x20000000 bytes aligned to 0x10000; the "
		"largest free run has 0x7ff0000\n"
		"memblock: b: no free memory for 0x1000 bytes aligned to 0x10000 within its "
		"alloc-ranges; the largest free run has 0\n"
		"memblock: c has a list of addresses that ends inside an entry\n"
		"memblock: c: no free memory for 0x1000 bytes aligned to 0x10000 within its "
		"alloc-ranges; the largest free run has 0\n");
	assert_string_equal(fill_placed, "");
	assert_true(memblock_lists_free_bytes() == 0x10000000 - 0x10100);
}

static void nodes_with_a_place(void **state)
{
	(void)state;
	/* Several, one of them in two pieces, and what is none. */
	fill_gives(
		RESERVED(CMA("a@42000000", "reg = <0x42000000 0x400000 0x4a000000 0x200000>;")
				 CMA("b@42400000", "reg = <0x42400000 0x200000>;")),
		NULL,
		"a@42000000 42000000+400000 a@42000000 4a000000+200000 b@42400000 42400000+200000 ",
		"");
	/* What isn't a whole multiple stays ordinary memory, at both ends. */
	fill_gives(RESERVED(CMA("a@42100000", "reg = <0x42100000 0x600000>;")), NULL,
		   "a@42100000 42200000+400000 ",
		   "memblock: a@42100000: 0x600000 bytes at 0x42100000 are narrowed to 0x400000 at "
		   "0x42200000, which are free and multiples of 0x200000\n");
	assert_true(!memblock_lists_reserved(paddr(0x421fffff)));
	assert_true(!memblock_lists_reserved(paddr(0x42600000)));
	fill_gives(RESERVED(CMA("a@421ff000", "reg = <0x421ff000 0x2013ff>;")), NULL,
		   "a@421ff000 42200000+200000 ",
		   "memblock: a@421ff000: 0x2013ff bytes at 0x421ff000 are narrowed to 0x200000 at "
		   "0x42200000, which are free and multiples of 0x200000\n");
}

/* Whoever has a part of it, the region is the largest run beside that. */
static void cut_by(const char *etc, const char *region)
{
	char source[1024], expected[64];
	struct memblock_setup setup = fill_machine(NULL);

	snprintf(source, sizeof(source), "%s", etc);
	snprintf(expected, sizeof(expected), "a %s ", region);
	fill_lists(tree_from_text(source), &setup);
	if (!strstr(fill_placed, expected))
		fail_msg("%s: %s", etc, fill_placed);
	assert_non_null(strstr(fill_said, "memblock: a: "));
	assert_non_null(strstr(fill_said, "are narrowed to"));
	assert_true(strtoull(strchr(region, '+') + 1, NULL, 16) ==
		    memblock_reserved_bytes(MEMBLOCK_CMA));
}

#define LOW CMA("a", "reg = <0x40000000 0x1000000>;")
#define MID CMA("a", "reg = <0x44000000 0x1000000>;")

static void cut(void **state)
{
	(void)state;
	cut_by(RESERVED(LOW), "40400000+c00000");
	cut_by(RESERVED(CMA("a", "reg = <0x47c00000 0x800000>;")), "47c00000+400000");
	cut_by(RESERVED(MID "f@44600000 { reg = <0x44600000 1>; };"), "44800000+800000");
	/* Of two that are as large, the lower one. */
	cut_by(RESERVED(MID "f@44800000 { reg = <0x447fffff 2>; };"), "44000000+600000");
	cut_by(RESERVED(MID "f@44c00000 { no-map; reg = <0x44c00000 0x1000>; };"),
	       "44000000+c00000");
	cut_by("/memreserve/ 0x44400000 0x400000; " RESERVED(MID), "44800000+800000");
	/* The devicetree, an initrd, the end of memory. */
	cut_by(MACHINE("chosen { linux,initrd-start = <0x44a00123>; linux,initrd-end = "
		       "<0x44a00124>;"
		       " }; reserved-memory { #address-cells = <1>; #size-cells = <1>; ranges; " MID
		       " };"),
	       "44000000+a00000");
	cut_by(RESERVED(CMA("a", "reg = <0x4fe00000 0x1000000>;")), "4fe00000+200000");
	/* A hole in memory. */
	cut_by("/ { #address-cells = <1>; #size-cells = <1>; memory@0 { device_type = \"memory\";"
	       " reg = <0x40000000 0x4300000 0x44800000 0x8000000>; }; reserved-memory {"
	       " #address-cells = <1>; #size-cells = <1>; ranges; " MID " }; };",
	       "44800000+800000");
	/* Of two nodes, the first one has what both want. */
	fill_gives(RESERVED(CMA("b", "reg = <0x44200000 0x200000>;") MID), NULL,
		   "b 44200000+200000 a 44400000+c00000 ",
		   "memblock: a: 0x1000000 bytes at 0x44000000 are narrowed to 0xc00000 at "
		   "0x44400000, which are free and multiples of 0x200000\n");
}

static void nothing_left(void **state)
{
	(void)state;
	/* The firmware has it: an old boot loader copies each node to /memreserve/. */
	fill_gives("/memreserve/ 0x44000000 0x1000000; " RESERVED(MID), NULL, "",
		   "memblock: a: no CMA region at 0x44000000, 0x1000000 bytes: the memreserve at "
		   "0x44000000 leaves no whole 0x200000 bytes\n");
	fill_gives(
		RESERVED(CMA("a", "reg = <0x44100000 0x200000>;")
				 CMA("b", "reg = <0x44000000 0x1fffff>;")
					 CMA("c", "reg = <0xfff00000 0xfffff>;")),
		NULL, "",
		"memblock: a: no CMA region at 0x44100000, 0x200000 bytes: it has no whole "
		"0x200000 "
		"bytes at a multiple of that\n"
		"memblock: b: no CMA region at 0x44000000, 0x1fffff bytes: it has no whole "
		"0x200000 "
		"bytes at a multiple of that\n"
		"memblock: c: no CMA region at 0xfff00000, 0xfffff bytes: it has no whole 0x200000 "
		"bytes at a multiple of that\n");
	fill_gives(RESERVED(CMA("a", "reg = <0x50000000 0x1000000>;")
				    CMA("b", "reg = <0x40200000 0x200000>;")),
		   NULL, "",
		   "memblock: a: no CMA region at 0x50000000, 0x1000000 bytes: no whole 0x200000 "
		   "bytes "
		   "of it are memory\n"
		   "memblock: b: no CMA region at 0x40200000, 0x200000 bytes: the kernel image at "
		   "0x40200000 leaves no whole 0x200000 bytes\n");
}

static void nodes_without_a_place(void **state)
{
	(void)state;
	/* Rounded up in size, from the top down; the alignment asked for holds as well. */
	fill_gives(RESERVED(CMA("a", "size = <0x200001>;") CMA(
			   "b", "size = <0x200000>; alignment = <0x4000000>;")
				    CMA("c", "size = <1>; alloc-ranges = <0x41100000 0x700000>;")),
		   NULL, "a 4fc00000+400000 b 4c000000+200000 c 41600000+200000 ", "");
	/* What was asked for, and the most that there was, of all places where it looked. */
	fill_gives(RESERVED(CMA("a",
				"size = <0x1000000>; alloc-ranges = <0x41100000 0x700000"
				" 0x60000000 0x2000000 0x42000000 0x800000 0x43000000 0x400000>;")),
		   NULL, "",
		   "memblock: a: no free memory for 0x1000000 bytes aligned to 0x200000 within its "
		   "alloc-ranges; the largest free run has 0x800000\n");
	fill_gives(
		RESERVED(CMA("a", "size = <0x8000000>; alignment = <0x2000000>;")), NULL, "",
		"memblock: a: no free memory for 0x8000000 bytes aligned to 0x2000000; the largest "
		"free run has 0x6000000\n");
	/* A size that can't be rounded up; an alignment of which no multiple lies above memory. */
	fill_gives("/ { #address-cells = <2>; #size-cells = <2>; memory@0 { device_type = "
		   "\"memory\"; reg = <0 0x40000000 0 0x10000000 0xffffffff 0xf0000000 0 "
		   "0x8000000>; }; reserved-memory { #address-cells = <2>; #size-cells = <2>; "
		   "ranges; " CMA("a", "size = <0xffffffff 0xffffffff>;")
			   CMA("b", "size = <0 1>; alignment = <0x80000000 0>;") "}; };",
		   NULL, "",
		   "memblock: a: no free memory for 0xffffffffffffffff bytes aligned to 0x200000; "
		   "the largest free run has 0x8000000\n"
		   "memblock: b: no free memory for 0x1 bytes aligned to 0x8000000000000000; the "
		   "largest free run has 0\n");
}

/* The list is full at each point in turn: an error, and the invariants hold. */
static void full_at_each_point(void **state)
{
	static const char *const options[] = { "16M@0x43f00000", "16M",
					       "2M@0x42000000-0x43000000" };
	bool failed = true;

	(void)state;
	for (u32 room = 0; failed; room++) {
		failed = false;
		for (u32 i = 0; i < ARRAY_SIZE(options); i++) {
			struct memblock_setup setup = fill_machine(options[i]);
			struct devicetree dt;
			void *tree = tree_from_text("/memreserve/ 0x46600000 1; " RESERVED(
				CMA("a", "reg = <0x46000000 0x1000000>;") CMA("b", "size = <1>;")));
			int error;

			memblock_init();
			fill_said[0] = fill_placed[0] = '\0';
			for (u32 n = room; n < REGION_LIST_STATIC; n++)
				assert_int_equal(memblock_reserve(paddr(0x1000000000 + 0x1000 * n),
								  1, MEMBLOCK_BOOT),
						 0);
			tree_open(&dt, tree);
			error = fill_from(&dt, &setup);
			memblock_lists_check();
			assert_true(error == 0 || error == -ENOSPC);
			/* What wasn't reserved wasn't told of. */
			assert_true(!memblock_reserved_bytes(MEMBLOCK_CMA) == !*fill_placed);
			assert_true(error || strstr(fill_placed, "cma= "));
			failed |= error != 0;
			free(tree);
		}
		assert_true(room < 10);
	}
}

/* ---- a region in random surroundings, against the plainest way to find it ---- */

#define UNITS 64 /* of 512 KiB, from 0x44000000 on */
#define UNIT  0x80000ULL
#define FIRST 0x44000000ULL

/* The largest run of whole 2 MiB (4 units) within [first, end) of which nothing is taken. */
static void plain_largest(const bool *taken, u32 first, u32 end, u32 *at, u32 *count)
{
	*count = 0;
	for (u32 base = (first + 3) / 4 * 4; base + 4 <= end; base += 4) {
		u32 run = 0;

		while (base + run < end && !taken[base + run])
			run++;
		if (run / 4 * 4 > *count) {
			*at = base;
			*count = run / 4 * 4;
		}
	}
}

/* Units that are taken, as source. What the model doesn't look at is taken, too. */
static void surround(char *source, bool *taken)
{
	sprintf(source, "/memreserve/ 0x%llx 0x1000000; ", FIRST + UNITS * UNIT);
	for (u32 i = (u32)host_random_below(8); i > 0; i--) {
		u32 unit = (u32)host_random_below(UNITS);

		taken[unit] = true;
		sprintf(source + strlen(source), "/memreserve/ 0x%llx 0x%llx; ",
			FIRST + unit * UNIT + 0x100, UNIT - 0x200);
	}
}

/* A node or, its size rounded up, `cma=`. */
static void narrowed_as_in_the_model(void **state)
{
	char source[4096], option[64], expected[64];

	(void)state;
	for (u32 round = 0; round < 40; round++) {
		bool taken[UNITS] = { false }, by_option = host_random_below(2) != 0;
		u32 first = (u32)host_random_below(UNITS);
		u32 units = 1 + (u32)host_random_below(UNITS - first);
		u32 end = by_option ? MIN(UNITS, first + ALIGN_UP(units, 4)) : first + units;
		struct memblock_setup setup;
		u32 at = 0, count;

		surround(source, taken);
		sprintf(source + strlen(source), RESERVED(CMA("node", "%s reg = <0x%llx 0x%llx>;")),
			by_option ? "status = \"disabled\";" : "", FIRST + first * UNIT,
			units * UNIT);
		sprintf(option, "0x%llx@0x%llx", units * UNIT, FIRST + first * UNIT);
		setup = fill_machine(by_option ? option : NULL);
		plain_largest(taken, first, end, &at, &count);
		snprintf(expected, sizeof(expected), "%s %llx+%llx ", by_option ? "cma=" : "node",
			 FIRST + at * UNIT, count * UNIT);
		fill_lists(tree_from_text(source), &setup);
		if (strcmp(fill_placed, count ? expected : ""))
			fail_msg("%s%s: %s", source, by_option ? option : "", fill_placed);
		assert_true(memblock_reserved_bytes(MEMBLOCK_CMA) == count * UNIT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(reserved_dynamic),
		HOST_AT_EACH_PAGE_SHIFT(no_place),
		HOST_AT_EACH_PAGE_SHIFT(nodes_with_a_place),
		HOST_AT_EACH_PAGE_SHIFT(cut),
		HOST_AT_EACH_PAGE_SHIFT(nothing_left),
		HOST_AT_EACH_PAGE_SHIFT(nodes_without_a_place),
		HOST_AT_EACH_PAGE_SHIFT(full_at_each_point),
		HOST_AT_EACH_PAGE_SHIFT(narrowed_as_in_the_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
