// SPDX-License-Identifier: BSD-2-Clause
/*
 * Filling memblock from devicetrees: what is memory, who owns what, and what is said.
 *
 * Sources: mm/boot/memblock_devicetree.c mm/boot/memblock_reservations.c mm/boot/memblock.c
 * Sources: mm/boot/region_list.c lib/devicetree/devicetree.c lib/devicetree/devicetree_node.c
 * Sources: lib/devicetree/devicetree_chosen.c lib/format.c lib/devicetree/devicetree_memory.c
 * Sources: mm/boot/cma_option.c lib/cmdline.c lib/parse.c
 * Sources: mm/boot/memblock_crashkernel.c tests/host/fill.c tests/host/tree.c
 * Sources: tests/host/memblock_lists.c
 * Libs: -lfdt
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
#include <mm/memblock_devicetree.h>

#include "fill.h"
#include "host.h"
#include "memblock_lists.h"
#include "tree.h"

static void simplest(void **state)
{
	(void)state;
	fill_expect(MACHINE(""), &fill_plain,
		    "40000000+10000000 | " OURS TREE
		    "| 40000000+200000 40210000+7df0000 48000100+7ffff00 ");
	assert_true(fill_initrd.bytes == 0 && !*fill_said);
}

static void banks(void **state)
{
	(void)state;
	/* several nodes and tuples, highest first, overlapping, wrapping around, empty */
	fill_expect("/ { #size-cells = <2>; "
		    " a { device_type = \"memory\"; reg = <8 0 0 0x1000>; };"
		    " b { device_type = \"memory\"; reg = <0 0x40000000 0 0x8000000"
		    "  0 0x47000000 0 0x2000000  0 0x60000000 0 0>; };"
		    " c { device_type = \"memory\"; reg = <0xffffffff 0xfffff000 0 0x1000>; };"
		    " d { device_type = \"memory\"; };"
		    " e { device_type = \"memory\"; status = \"fail\"; reg = <0 0 0 0x1000>; }; };",
		    &fill_plain,
		    "40000000+9000000 800000000+1000 fffffffffffff000+fff | " OURS TREE
		    "| 40000000+200000 40210000+7df0000 48000100+ffff00 800000000+1000 "
		    "fffffffffffff000+fff ");
	assert_string_equal(fill_said,
			    "memblock: c reaches past the last address, and is cut there\n"
			    "memblock: d lacks a list of addresses\n");
}

static void nothing(void **state)
{
	(void)state;
	assert_int_equal(fill_error(tree_from_text("/ { };"), &fill_plain), -ENODEV);
	assert_string_equal(fill_said, "");
}

static void out_of_reach(void **state)
{
	struct memblock_setup setup = fill_plain;

	(void)state;
	setup.address_end = 0x4c000000;
	fill_expect(MACHINE(""), &setup,
		    "40000000+c000000 | " OURS TREE "| 40000000+200000 40210000+7df0000 "
		    "48000100+3ffff00 ");
	assert_string_equal(fill_said, "memblock: 0x4000000 bytes of memory at or above 0x4c000000 "
				       "ignored: this CPU can't reach them\n");
}

static void usable_ranges(void **state)
{
	(void)state;
	fill_expect(MACHINE("chosen { linux,usable-memory-range = <0x48000000 0x1000 0x40200000"
			    " 0x100000 0x20000000 0x1000 0x1 0>; };"),
		    &fill_plain,
		    "40200000+100000 48000000+1000 | " OURS TREE "| 40210000+f0000 48000100+f00 ");
	/* one that can't be read restricts nothing, but is spoken of */
	fill_expect(MACHINE("chosen { linux,usable-memory-range = <1>; };"), &fill_plain,
		    "40000000+10000000 | " OURS TREE
		    "| 40000000+200000 40210000+7df0000 48000100+7ffff00 ");
	assert_non_null(strstr(fill_said, "ends inside an entry"));
}

/* What starts a crash kernel: all of it lies in what it may use, or the header beside that. */
static void after_a_crash(void **state)
{
	(void)state;
	fill_expect(
		MACHINE("chosen { linux,usable-memory-range = <0x40000000 0x8200000>; "
			"linux,elfcorehdr = <0x481ff000 0x400>; "
			"linux,initrd-start = <0x44000001>; linux,initrd-end = <0x44000009>; };"),
		&fill_plain,
		"40000000+8200000 | " OURS "44000001+8 initrd " TREE
		"481ff000+400 ELF core header | 40000000+200000 40210000+3df0001 "
		"44000009+3fffff7 48000100+1fef00 481ff400+c00 ");
	assert_int_equal(fill_initrd.bytes, 8);
	assert_string_equal(fill_said, "memblock: a kernel has crashed: its ELF core header has "
				       "0x400 bytes at 0x481ff000\n");
	/* The crashed kernel may have left it in memory of its own. */
	fill_expect(MACHINE("chosen { linux,usable-memory-range = <0x40200000 0x8000000>; "
			    "linux,elfcorehdr = <0x4a000000 0x400>; };"),
		    &fill_plain,
		    "40200000+8000000 | " OURS TREE
		    "4a000000+400 ELF core header | 40210000+7df0000 48000100+1fff00 ");
	/* Nothing that runs gives way to it. */
	fill_expect(MACHINE("chosen { linux,elfcorehdr = <0x4020f000 0x2000>; };"), &fill_plain,
		    "40000000+10000000 | " OURS TREE
		    "| 40000000+200000 40210000+7df0000 48000100+7ffff00 ");
	assert_non_null(strstr(fill_said, "overlaps the kernel image, and isn't kept"));
	fill_expect(MACHINE("chosen { linux,elfcorehdr = <0x4a000000>; };"), &fill_plain,
		    "40000000+10000000 | " OURS TREE
		    "| 40000000+200000 40210000+7df0000 48000100+7ffff00 ");
	assert_string_equal(fill_said,
			    "memblock: chosen has a linux,elfcorehdr that isn't one address and "
			    "one size\n");
}

static void image_outside(void **state)
{
	struct memblock_setup setup = fill_plain;

	(void)state;
	setup.image_base = paddr(0x3fff8000);
	setup.devicetree_base = paddr(0x20000000);
	fill_expect(
		MACHINE(""), &setup,
		"20000000+100 3fff8000+10008000 | 20000000+100 devicetree 3fff8000+10000 kernel "
		"image | 40008000+fff8000 ");
	assert_string_equal(fill_said,
			    "memblock: the devicetree doesn't say that the kernel image at "
			    "0x3fff8000 lies in memory\n"
			    "memblock: the devicetree doesn't say that the devicetree at "
			    "0x20000000 lies in memory\n");
}

#define INITRD(start, end) \
	MACHINE("chosen { linux,initrd-start = <" start ">; linux,initrd-end = <" end ">; };")

static void no_initrd(const char *start, const char *end, const char *why)
{
	char source[512];

	snprintf(source, sizeof(source), INITRD("%s", "%s"), start, end);
	fill_lists(tree_from_text(source), &fill_plain);
	assert_true(fill_initrd.bytes == 0 && memblock_reserved_bytes(MEMBLOCK_INITRD) == 0);
	assert_non_null(strstr(fill_said, why));
}

static void initrds(void **state)
{
	(void)state;
	/* to the byte, and rounded by nobody */
	fill_expect(INITRD("0x44000123", "0x44100457"), &fill_plain,
		    "40000000+10000000 | " OURS "44000123+100334 initrd " TREE
		    "| 40000000+200000 40210000+3df0123 44100457+3effba9 48000100+7ffff00 ");
	assert_true(fill_initrd.base.val == 0x44000123 && fill_initrd.bytes == 0x100334);
	no_initrd("0x4fff0000", "0x50000001", "0x10001 bytes, isn't memory: no initrd");
	no_initrd("0x20000000", "0x20000001", "isn't memory");
	no_initrd("0x401fffff", "0x40200001", "overlaps the kernel image: no initrd");
	no_initrd("0x48000000", "0x48000001", "overlaps the devicetree");
	no_initrd("0x48000001", "0x48000000", "has a linux,initrd-end below linux,initrd-start");
}

static void limited(void **state)
{
	struct memblock_setup setup = fill_plain;

	(void)state;
	/* the devicetree and the initrd lie above the limit, and stay */
	setup.memory_limit = 0x1000000;
	fill_expect(INITRD("0x4a000003", "0x4a000005"), &setup,
		    "40000000+1000000 48000000+100 4a000003+2 | " OURS TREE "4a000003+2 initrd "
		    "| 40000000+200000 40210000+df0000 ");
	assert_string_equal(fill_said, "memblock: mem= keeps 0x1000102 of 0x10000000 bytes\n");
}

static void reserved_static(void **state)
{
	(void)state;
	fill_expect(
		"/memreserve/ 0x41000000 0x3000; /memreserve/ 0x30000000 0x10; " RESERVED(
			"fw@41001000 { reg = <0x41001000 0x1000>; };"
			"sec@42000000 { no-map; reg = <0x42000000 0x800 0x42001000 0x1>; };"
			"cma@43000000 { compatible = \"shared-dma-pool\"; reusable;"
			" reg = <0x43000000 0x200000>; };"
			"dma@44000000 { compatible = \"shared-dma-pool\"; reg = <0x44000000 1>; };"
			"bad@1 { reg = <1>; }; zero@1 { reg = <1 0>; };"
			"off@1 { status = \"disabled\"; reg = <0x45000000 1>; };"),
		&fill_plain,
		"40000000+2000000 42000000+800! 42000800+800 42001000+1! 42001001+dffefff | "
		"30000000+10 memreserve " OURS
		"41000000+1000 memreserve 41001000+1000 reserved-memory 41002000+1000 memreserve "
		"42000000+800 no-map 42001000+1 no-map 43000000+200000 cma 44000000+1 pool " TREE
		"| 40000000+200000 40210000+df0000 41003000+ffd000 42000800+800 42001001+ffefff "
		"43200000+e00000 44000001+3ffffff 48000100+7ffff00 ");
	assert_string_equal(fill_said, "memblock: bad@1 has a reg that ends inside an entry\n"
				       "memblock: zero@1 has no size\n");
	assert_string_equal(fill_placed,
			    "fw@41001000 41001000+1000 sec@42000000 42000000+800 sec@42000000 "
			    "42001000+1 dma@44000000 44000000+1 cma@43000000 43000000+200000 ");
	assert_true(memblock_no_map_bytes() == 0x801);
}

static void no_map_over_what_runs(void **state)
{
	(void)state;
	fill_expect(RESERVED("a@401ff000 { no-map; reg = <0x401ff000 0x2000>; };"
			     " b@47fff000 { no-map; reg = <0x47fff000 0x2000>; };"
			     " c@40210000 { no-map; reg = <0x40210000 0x10>; };"
			     " d@40100000 { reg = <0x40100000 0x10>; };"
			     " e@40100000 { no-map; reg = <0x40100000 0x101000>; };"),
		    &fill_plain,
		    "40000000+210000 40210000+10! 40210010+fdefff0 | 40100000+10 reserved-memory "
		    "40100010+ffff0 no-map " OURS "40210000+10 no-map 47fff000+1000 no-map " TREE
		    "48000100+f00 no-map | 40000000+100000 40210010+7deeff0 48001000+7fff000 ");
	assert_string_equal(fill_said,
			    "memblock: a@401ff000 at 0x401ff000 is no-map, but overlaps the "
			    "kernel image, and stays mapped\n"
			    "memblock: b@47fff000 at 0x47fff000 is no-map, but overlaps the "
			    "devicetree, and stays mapped\n"
			    "memblock: e@40100000 at 0x40100000 is no-map, but overlaps the "
			    "kernel image, and stays mapped\n");
}

/* The list is full at each point in turn: an error, and the invariants hold. */
static void full_at_each_point(void **state)
{
	struct memblock_setup setup = fill_plain;
	bool failed = true;

	(void)state;
	setup.memory_limit = 0x8000000;
	for (u32 room = 0; failed; room++) {
		struct devicetree dt;
		void *tree = tree_from_file("board");

		memblock_init();
		for (u32 i = room; i < REGION_LIST_STATIC; i++) {
			u64 base = 0x1000000000 + 0x1000 * i;

			assert_int_equal(memblock_reserve(paddr(base), 1, MEMBLOCK_BOOT), 0);
			assert_int_equal(memblock_add(paddr(base), 1), 0);
		}
		tree_open(&dt, tree);
		failed = fill_from(&dt, &setup) != 0;
		memblock_lists_check();
		assert_true(room < REGION_LIST_STATIC);
		free(tree);
	}
}

static void board(void **state)
{
	struct memblock_setup setup = fill_plain;

	(void)state;
	setup.image_base = paddr(0x80200000);
	setup.devicetree_base = paddr(0x8a000000);
	assert_string_equal(
		fill_lists(tree_from_file("board"), &setup),
		"80000000+10000000 90000000+200000! 90200000+4fe00000 880000000+7fff0000 "
		"8ffff0000+10000! | 80000000+10000 memreserve 80010000+20000 reserved-memory "
		"80100000+1000 reserved-memory 80200000+10000 kernel image 87ff1003+1ffd "
		"memreserve "
		"88000123+100333 initrd 8a000000+100 devicetree 90000000+200000 no-map "
		"dff00000+100000 pool 88e000000+2000000 cma 8ffff0000+10000 no-map | "
		"80030000+d0000 80101000+ff000 80210000+7de1003 87ff3000+d123 88100456+1effbaa "
		"8a000100+5ffff00 90200000+4fd00000 880000000+e000000 890000000+6fff0000 ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(simplest),
		cmocka_unit_test(banks),
		cmocka_unit_test(nothing),
		cmocka_unit_test(out_of_reach),
		cmocka_unit_test(usable_ranges),
		cmocka_unit_test(after_a_crash),
		cmocka_unit_test(image_outside),
		cmocka_unit_test(initrds),
		cmocka_unit_test(limited),
		cmocka_unit_test(reserved_static),
		cmocka_unit_test(no_map_over_what_runs),
		cmocka_unit_test(full_at_each_point),
		cmocka_unit_test(board),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
