// SPDX-License-Identifier: BSD-2-Clause
/*
 * Trees with more ranges than memblock's lists begin with: the room that is found suffices, and
 * is nobody's.
 *
 * Sources: mm/boot/memblock_room.c mm/boot/memblock_devicetree.c mm/boot/memblock_reservations.c
 * Sources: mm/boot/memblock.c mm/boot/region_list.c lib/devicetree/devicetree.c
 * Sources: lib/devicetree/devicetree_node.c lib/format.c lib/devicetree/devicetree_chosen.c
 * Sources: lib/devicetree/devicetree_memory.c mm/boot/cma_option.c lib/cmdline.c lib/parse.c
 * Sources: mm/boot/memblock_crashkernel.c tests/host/fill.c
 * Sources: tests/host/tree.c tests/host/memblock_lists.c
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

#include <arch/granule.h>
#include <kernel/errno.h>
#include <mm/memblock.h>
#include <mm/memblock_room.h>

#include "fill.h"
#include "memblock_lists.h"
#include "tree.h"

static char source[65536];

static void __printf(1, 2) add(const char *format, ...)
{
	size_t used = strlen(source);
	va_list args;

	va_start(args, format);
	assert_in_range(vsnprintf(source + used, sizeof(source) - used, format, args), 0,
			sizeof(source) - used - 1);
	va_end(args);
}

/* The tree in `source`, taken in with the room that it is said to need. Returns that. */
static u64 take_in(const struct memblock_setup *plain)
{
	struct memblock_setup setup = *plain;
	struct devicetree dt;
	void *lent, *tree = tree_open(&dt, tree_from_text(source));
	u64 bytes = memblock_room_bytes(&dt);
	struct region hit;

	memblock_init();
	if (!bytes) {
		assert_int_equal(fill_from(&dt, &setup), 0);
		free(tree);
		return 0;
	}
	assert_true(IS_ALIGNED(bytes, PAGE_SIZE_MAX));
	lent = malloc(bytes);
	assert_true(memblock_room_find(&dt, &setup, bytes, &setup.lists_base));
	assert_true(IS_ALIGNED(setup.lists_base.val, PAGE_SIZE_MAX));
	/* taken in without it, the place is free memory; then with it */
	memblock_lend(lent, bytes);
	assert_int_equal(fill_from(&dt, &setup), 0);
	assert_true(memblock_covers(setup.lists_base, bytes));
	if (memblock_first_reserved(setup.lists_base, bytes, &hit))
		fail_msg("%#llx is %s's", setup.lists_base.val, memblock_owner_name(hit.owner));
	setup.lists_bytes = bytes;
	memblock_init();
	memblock_lend(lent, bytes);
	assert_int_equal(fill_from(&dt, &setup), 0);
	assert_int_equal(memblock_reserved_bytes(MEMBLOCK_REGION_LISTS), bytes);
	memblock_lists_check();
	memblock_init();
	free(lent);
	free(tree);
	return bytes;
}

/* `count` of something, 128 KiB apart from `at` on. */
static void many_of(u32 count, u32 at, const char *before, const char *each, const char *after)
{
	*source = '\0';
	if (!before)
		for (u32 i = 0; i < count; i++)
			add("/memreserve/ %#x 0x800;", at + 0x20000 * i);
	add("/ { #address-cells = <1>; #size-cells = <1>; " RAM "%s", before ? before : "");
	for (u32 i = 0; i < count && each; i++)
		add(each, at + 0x20000 * i, at + 0x20000 * i);
	add("%s };", after);
}

#define NODES "reserved-memory { #address-cells = <1>; #size-cells = <1>; ranges;"

static void many(void **state)
{
	(void)state;
	for (u32 count = 16; count <= 512; count *= 2) {
		bool few = count <= 32, few_of_memory = count == 16;

		many_of(count, 0x41000000, NODES, "r%x { reg = <%#x 0x800>; no-map; };", "};");
		assert_true(!take_in(&fill_plain) == few);
		many_of(count, 0x41000000, NODES, "r%x { reg = <%#x 0x800>; };", "};");
		assert_true(!take_in(&fill_plain) == few);
		many_of(count, 0x60000000, "m@1 { device_type = \"memory\"; reg = <",
			"%#x 0x800 %#x 0x1000 ", ">; };");
		assert_true(!take_in(&fill_plain) == few_of_memory);
		many_of(count, 0x41000000, NULL, NULL, "");
		assert_true(!take_in(&fill_plain) == few);
		many_of(count, 0x41000000,
			"chosen { linux,usable-memory-range = <0x40000000 0x400000 ",
			"%#x 0x11000 0x%x 0x800 ", ">; };");
		take_in(&fill_plain);
	}
}

/* The last one lies around all others, and so fills each gap between them. */
static void around(void **state)
{
	(void)state;
	many_of(200, 0x41000000, NODES, "r%x { reg = <%#x 0x800>; no-map; };",
		"all { reg = <0x40800000 0x4000000>; no-map; }; };");
	assert_true(take_in(&fill_plain) > 0);
}

/* The lowest place that is free, whatever lies below it. */
static void places(void **state)
{
	struct memblock_setup setup = fill_plain;
	struct devicetree dt;
	paddr_t base;
	void *tree;

	(void)state;
	strcpy(source,
	       "/memreserve/ 0x40000000 1; /memreserve/ 0x40020000 0x10001;"
	       "/ { #address-cells = <1>; #size-cells = <1>; " RAM
	       "chosen { linux,initrd-start = <0x40050001>; linux,initrd-end = <0x40050003>;"
	       " linux,elfcorehdr = <0x40060000 0x100>; };" NODES
	       " a { reg = <0x40080000 0x10>; }; b { reg = <0x400a0000 0x10>; no-map; };"
	       " c { size = <0x1000>; }; d { reg = <0x400b0000 0x140000>; }; }; };");
	setup.image_bytes = 0x7df0000; /* up to the tree, nearly */
	tree = tree_open(&dt, tree_from_text(source));
	assert_true(memblock_room_find(&dt, &setup, 0x10000, &base));
	assert_int_equal(base.val, 0x40010000);
	assert_true(memblock_room_find(&dt, &setup, 0x20000, &base));
	assert_int_equal(base.val, 0x48010000);
	free(tree);
}

/* None: what the CPU can't reach, what isn't usable, what is too small. */
static void no_place(void **state)
{
	struct memblock_setup setup = fill_plain;
	struct devicetree dt;
	paddr_t base;
	void *tree = tree_open(&dt, tree_from_text(MACHINE("")));

	(void)state;
	assert_false(memblock_room_find(&dt, &setup, 0x10000000, &base));
	setup.address_end = 0x40000000;
	assert_false(memblock_room_find(&dt, &setup, 0x10000, &base));
	setup.address_end = 0x40010000;
	assert_true(memblock_room_find(&dt, &setup, 0x10000, &base));
	free(tree);
	setup.address_end = 0;
	strcpy(source, MACHINE("chosen { linux,usable-memory-range = <0x41001000 0x1f000"
			       " 0x42000000 0x10000>; };"));
	tree = tree_open(&dt, tree_from_text(source));
	assert_true(memblock_room_find(&dt, &setup, 0x10000, &base));
	assert_int_equal(base.val, 0x41010000);
	assert_false(memblock_room_find(&dt, &setup, 0x20000, &base));
	free(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many),
		cmocka_unit_test(around),
		cmocka_unit_test(places),
		cmocka_unit_test(no_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
