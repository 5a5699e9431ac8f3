// SPDX-License-Identifier: BSD-2-Clause
/*
 * Filling memblock with `crashkernel=`: where the region is, beside what others have, and why there
 * is none.
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
#include "tree.h"

/* Fills with both options (may be NULL) and says where the one region is, or that there is none. */
static void gives(const char *source, const char *cma, const char *crash, u64 limit, u64 base,
		  u64 bytes, const char *text)
{
	struct memblock_setup setup = fill_machine(cma);
	struct region region;

	setup.memory_limit = limit;
	assert_null(memblock_crashkernel_parse(crash, strlen(crash), &setup.crash));
	fill_lists(tree_from_text(source), &setup);
	assert_string_equal(fill_said, text);
	assert_int_equal(memblock_reserved_bytes(MEMBLOCK_CRASHKERNEL), bytes);
	if (!bytes)
		return;
	assert_true(memblock_first_reserved(paddr(base), bytes, &region));
	assert_int_equal(region.owner, MEMBLOCK_CRASHKERNEL);
	assert_true(region.base.val == base && region.bytes == bytes);
	assert_true(memblock_is_map_memory(paddr(base)));
}

#define NOTHING "crashkernel: nothing is reserved: "

static void anywhere(void **state)
{
	(void)state;
	gives(MACHINE(""), NULL, "64M", 0, 0x4c000000, 64 * MiB, "");
	gives(MACHINE(""), NULL, "1", 0, 0x4fe00000, 2 * MiB, "");
	gives(MACHINE(""), NULL, "5M", 0, 0x4fa00000, 6 * MiB, "");
	/* 126 MiB lie between the tree and the end: all of it can be had, and no more. */
	gives(MACHINE(""), NULL, "126M", 0, 0x48200000, 126 * MiB, "");
	gives(MACHINE(""), NULL, "127M", 0, 0, 0,
	      NOTHING
	      "there are no 0x8000000 bytes of free memory aligned to 0x200000; the largest "
	      "free run has 0x7e00000\n");
	gives(MACHINE(""), NULL, "18446744073709551615", 0, 0, 0,
	      NOTHING "there are no 0xffffffffffe00000 bytes of free memory aligned to 0x200000; "
		      "the largest free run has 0x7e00000\n");
	/* Above 4 GiB as well as below. */
	gives("/ { #address-cells = <2>; #size-cells = <1>; memory@0 { device_type = \"memory\"; "
	      "reg = <0 0x40000000 0x10000000  1 0 0x10000000>; }; };",
	      NULL, "64M", 0, 0x10c000000, 64 * MiB, "");
	gives(MACHINE(""), NULL, "0-256M:16M,256M-:32M", 0, 0x4e000000, 32 * MiB, "");
	gives(MACHINE(""), NULL, "0", 0, 0, 0,
	      NOTHING "the option asks for no bytes with 256 MiB of RAM\n");
	gives(MACHINE(""), NULL, "512M-2G:64M,2G-:128M", 0, 0, 0,
	      NOTHING "the option asks for no bytes with 256 MiB of RAM\n");
}

static void at_a_place(void **state)
{
	(void)state;
	gives(MACHINE(""), NULL, "16M@0x44000000", 0, 0x44000000, 16 * MiB, "");
	gives(MACHINE(""), NULL, "15M@0x44200000", 0, 0x44200000, 16 * MiB, "");
	gives(MACHINE(""), NULL, "0-:16M@0x44000000", 0, 0x44000000, 16 * MiB, "");
	/* Up to its neighbours and to the end of memory. */
	gives(MACHINE(""), NULL, "124M@0x40400000", 0, 0x40400000, 124 * MiB, "");
	gives(MACHINE(""), NULL, "2M@0x40000000", 0, 0x40000000, 2 * MiB, "");
	gives(MACHINE(""), NULL, "64M@0x4c000000", 0, 0x4c000000, 64 * MiB, "");
	/* There or nowhere. */
	gives(MACHINE(""), NULL, "16M@0x44100000", 0, 0, 0,
	      NOTHING "0x44100000 isn't a multiple of 0x200000\n");
	gives(MACHINE(""), NULL, "126M@0x40400000", 0, 0, 0,
	      NOTHING "0x48000000 to 0x48000100 of the 0x7e00000 bytes at 0x40400000 is taken: "
		      "devicetree\n");
	gives(MACHINE(""), NULL, "4M@0x40000000", 0, 0, 0,
	      NOTHING "0x40200000 to 0x40210000 of the 0x400000 bytes at 0x40000000 is taken: "
		      "kernel image\n");
	gives(MACHINE(""), NULL, "66M@0x4c000000", 0, 0, 0,
	      NOTHING "not all of the 0x4200000 bytes at 0x4c000000 are memory\n");
	gives(MACHINE(""), NULL, "16M@0", 0, 0, 0,
	      NOTHING "not all of the 0x1000000 bytes at 0 are memory\n");
	gives(MACHINE(""), NULL, "16M@0xffffffffffe00000", 0, 0, 0,
	      NOTHING "not all of the 0x1000000 bytes at 0xffffffffffe00000 are memory\n");
	gives("/ { #address-cells = <2>; #size-cells = <1>; memory@0 { device_type = \"memory\"; "
	      "reg = <0 0x40000000 0x10000000  0xffffffff 0xf0000000 0xfffffff>; }; };",
	      NULL, "32M@0xffffffffff000000", 0, 0, 0,
	      NOTHING "not all of the 0x2000000 bytes at 0xffffffffff000000 are memory\n");
	gives(MACHINE(""), NULL, "1G-:16M@0x44000000", 0, 0, 0,
	      NOTHING "the option asks for no bytes with 256 MiB of RAM\n");
}

#define FIRMWARE(etc) RESERVED("fw@44000000 { reg = <0x44000000 0x4000000>; " etc " };")

static void beside_others(void **state)
{
	(void)state;
	/* What was reserved before stays whole; what of it is meant is cut at the place's ends. */
	gives(FIRMWARE(""), NULL, "16M@0x43800000", 0, 0, 0,
	      NOTHING "0x44000000 to 0x44800000 of the 0x1000000 bytes at 0x43800000 is taken: "
		      "reserved-memory\n");
	gives(FIRMWARE("no-map;"), NULL, "16M@0x47800000", 0, 0, 0,
	      NOTHING "0x47800000 to 0x48000000 of the 0x1000000 bytes at 0x47800000 is taken: "
		      "no-map\n");
	gives("/memreserve/ 0x44600000 1; " MACHINE(""), NULL, "16M@0x44000000", 0, 0, 0,
	      NOTHING "0x44600000 to 0x44600001 of the 0x1000000 bytes at 0x44000000 is taken: "
		      "memreserve\n");
	gives(MACHINE(""), "16M@0x44000000", "16M@0x44000000", 0, 0, 0,
	      NOTHING "0x44000000 to 0x45000000 of the 0x1000000 bytes at 0x44000000 is taken: "
		      "cma\n");
	/* One with a place goes before those that may choose theirs, one without after them. */
	gives(MACHINE(""), "16M", "16M@0x4f000000", 0, 0x4f000000, 16 * MiB, "");
	assert_string_equal(fill_placed, "cma= 4e000000+1000000 ");
	gives(MACHINE(""), "16M", "16M", 0, 0x4e000000, 16 * MiB, "");
	assert_string_equal(fill_placed, "cma= 4f000000+1000000 ");
	gives(RESERVED(CMA("d", "size = <0x1000000>;")), NULL, "16M@0x4f000000", 0, 0x4f000000,
	      16 * MiB, "");
	assert_string_equal(fill_placed, "d 4e000000+1000000 ");
	gives(RESERVED(CMA("d", "size = <0x1000000>;")), "2M@0x4ee00000", "16M", 0, 0x4de00000,
	      16 * MiB, "");
	assert_string_equal(fill_placed, "cma= 4ee00000+200000 d 4f000000+1000000 ");
}

/* Ranges are of the RAM that `mem=` leaves, and so is the region. */
static void with_less_memory(void **state)
{
	(void)state;
	gives(MACHINE(""), "16M", "0-256M:16M,256M-:32M", 0x7000000, 0x45000000, 16 * MiB,
	      "memblock: mem= keeps 0x7000100 of 0x10000000 bytes\n");
	assert_string_equal(fill_placed, "cma= 46000000+1000000 ");
	gives(MACHINE(""), NULL, "16M@0x47000000", 0x7000000, 0, 0,
	      "memblock: mem= keeps 0x7000100 of 0x10000000 bytes\n" NOTHING
	      "not all of the 0x1000000 bytes at 0x47000000 are memory\n");
	gives(MACHINE(""), "16M@0x44000000", "32M@0x42000000", 0x7000000, 0x42000000, 32 * MiB,
	      "memblock: mem= keeps 0x7000100 of 0x10000000 bytes\n");
	assert_string_equal(fill_placed, "cma= 44000000+1000000 ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_AT_EACH_PAGE_SHIFT(anywhere),
		HOST_AT_EACH_PAGE_SHIFT(at_a_place),
		HOST_AT_EACH_PAGE_SHIFT(beside_others),
		HOST_AT_EACH_PAGE_SHIFT(with_less_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
