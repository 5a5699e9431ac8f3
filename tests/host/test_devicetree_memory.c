// SPDX-License-Identifier: BSD-2-Clause
/*
 * Memory and reservations in a devicetree.
 *
 * Sources: lib/devicetree/devicetree.c lib/devicetree/devicetree_node.c
 * Sources: lib/devicetree/devicetree_memory.c tests/host/tree.c
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

#include <lib/devicetree_memory.h>

#include "tree.h"

/* What an iterator gives, as text: "base+bytes", with "name(why)" in front if it is ill-formed. */
static char got[4096];

#define ADD(...) snprintf(got + strlen(got), sizeof(got) - strlen(got), __VA_ARGS__)

static void add_range(const struct devicetree_range *range)
{
	if (range->why)
		ADD("%s(%s) ", range->name, range->why);
	if (range->bytes)
		ADD("%llx+%llx ", range->base.val, range->bytes);
	else
		assert_non_null(range->why);
	assert_true(range->bytes <= ~range->base.val);
}

static const char *memory_of(const char *source)
{
	struct devicetree_cursor cursor = { 0 };
	struct devicetree_range range;
	struct devicetree dt;
	void *tree = tree_from_text(source);

	got[0] = '\0';
	tree_open(&dt, tree);
	while (devicetree_memory_next(&dt, &cursor, &range))
		add_range(&range);
	assert_false(devicetree_memory_next(&dt, &cursor, &range));
	free(tree);
	return got;
}

#define MEMORY(properties) "memory@0 { device_type = \"memory\"; " properties " }; "

static void memory(void **state)
{
	(void)state;
	assert_string_equal(memory_of("/ { };"), "");
	assert_string_equal(memory_of("/ { " MEMORY("reg = <0 1 2>;") "};"), "1+2 ");
	assert_string_equal(memory_of("/ { #address-cells = <1>; #size-cells = <1>; " MEMORY(
				    "reg = <0x40000000 0x10000000 0x80000000 0x1000>;") "};"),
			    "40000000+10000000 80000000+1000 ");
	assert_string_equal(memory_of("/ { #address-cells = <2>; #size-cells = <2>; " MEMORY(
				    "reg = <8 0x40000000 1 0x10>;") "};"),
			    "840000000+100000010 ");
	/* any order, and between other nodes */
	assert_string_equal(memory_of("/ { #address-cells = <1>; #size-cells = <1>; a { };"
				      " memory@9 { device_type = \"memory\"; reg = <9 1>; }; b { };"
				      " memory@1 { device_type = \"memory\"; reg = <1 2>; }; };"),
			    "9+1 1+2 ");
	/* by type, not by name */
	assert_string_equal(memory_of("/ { memory@0 { reg = <0 0 9>; };"
				      " ram { device_type = \"memory\"; reg = <0 1 2>; }; };"),
			    "1+2 ");
	/* children of the root only */
	assert_string_equal(memory_of("/ { soc { " MEMORY("reg = <0 1 2>;") "}; };"), "");
}

static void memory_status(void **state)
{
	(void)state;
	assert_string_equal(memory_of("/ { " MEMORY("reg = <0 1 2>; status = \"disabled\";") "};"),
			    "");
	assert_string_equal(memory_of("/ { " MEMORY("reg = <0 1 2>; status = \"okay\";") "};"),
			    "1+2 ");
	/* the first, the last and the middle one */
	assert_string_equal(
		memory_of(
			"/ { a { device_type = \"memory\"; status = \"disabled\"; reg = <0 1 1>; };"
			" b { device_type = \"memory\"; reg = <0 2 2>; };"
			" c { device_type = \"memory\"; status = \"fail\"; reg = <0 3 3>; };"
			" d { device_type = \"memory\"; reg = <0 4 4>; };"
			" e { device_type = \"memory\"; status = \"disabled\"; reg = <0 5 5>; };"
			" };"),
		"2+2 4+4 ");
}

static void memory_faults(void **state)
{
	(void)state;
	/* no size: a placeholder, not worth a word */
	assert_string_equal(memory_of("/ { " MEMORY("reg = <0 1 0  0 2 3>;") "};"), "2+3 ");
	assert_string_equal(memory_of("/ { " MEMORY("reg = <0 0 0>;") "};"), "");
	/* wrapping around */
	assert_string_equal(memory_of("/ { #size-cells = <2>; " MEMORY(
				    "reg = <0xffffffff 0xfffff000 0 0x1000>;") "};"),
			    "memory@0(reaches past the last address, and is cut there) "
			    "fffffffffffff000+fff ");
	assert_string_equal(memory_of("/ { #size-cells = <2>; " MEMORY(
				    "reg = <0 1 0xffffffff 0xffffffff  0 5 0 6>;") "};"),
			    "memory@0(reaches past the last address, and is cut there) "
			    "1+fffffffffffffffe 5+6 ");
	assert_string_equal(memory_of("/ { #size-cells = <2>; " MEMORY(
				    "reg = <0 0 0xffffffff 0xffffffff>;") "};"),
			    "0+ffffffffffffffff ");
	/* cut short, at every length: whole tuples count */
	assert_string_equal(memory_of("/ { " MEMORY("reg = <0 1 2 0 3>;") "};"),
			    "1+2 memory@0(has a list of addresses that ends inside an entry) ");
	assert_string_equal(memory_of("/ { " MEMORY("reg = [00 00 00];") "};"),
			    "memory@0(has a list of addresses that ends inside an entry) ");
	assert_string_equal(memory_of("/ { " MEMORY("reg;") MEMORY("") "};"),
			    "memory@0(lacks a list of addresses) "
			    "memory@0(lacks a list of addresses) ");
	/* one bad node doesn't cost the others */
	assert_string_equal(memory_of("/ { " MEMORY("reg = <7>;") MEMORY("reg = <0 1 2>;") "};"),
			    "memory@0(has a list of addresses that ends inside an entry) 1+2 ");
	/* bogus cells */
	assert_string_equal(memory_of("/ { #address-cells = <3>; " MEMORY("reg = <0 0 1 2>;")
					      MEMORY("reg = <0 0 1 2>;") "};"),
			    "memory@0(lies under a root whose addresses or sizes aren't of 1 or 2 "
			    "cells) "
			    "memory@0(lies under a root whose addresses or sizes aren't of 1 or 2 "
			    "cells) ");
	/* sizes of no cells: all of no size */
	assert_string_equal(memory_of("/ { #size-cells = <0>; " MEMORY("reg = <0 1>;") "};"), "");
}

static const char *memreserve_of(const char *source, void (*edit)(void *tree))
{
	struct devicetree_cursor cursor = { 0 };
	struct devicetree_range range;
	struct devicetree dt;
	void *tree = tree_from_text(source);

	if (edit)
		edit(tree);
	got[0] = '\0';
	tree_open(&dt, tree);
	while (devicetree_memory_next_memreserve(&dt, &cursor, &range))
		add_range(&range);
	assert_false(devicetree_memory_next_memreserve(&dt, &cursor, &range));
	free(tree);
	return got;
}

/* dtc refuses what wraps around; the list lies at 40, and its second entry at 56. */
static void wrap_second(void *tree)
{
	memset((char *)tree + 56, 0xff, 8);
}

static void memreserve(void **state)
{
	(void)state;
	assert_string_equal(memreserve_of("/ { };", NULL), "");
	assert_string_equal(
		memreserve_of("/memreserve/ 0x48000000 0x100001; /memreserve/ 0x1 0x2; / { };",
			      NULL),
		"48000000+100001 1+2 ");
	/* only zero and zero end the list */
	assert_string_equal(
		memreserve_of("/memreserve/ 0x5 0x0; /memreserve/ 0x0 0x7; / { };", NULL),
		"/memreserve/(has no size) 0+7 ");
	assert_string_equal(memreserve_of("/memreserve/ 0x1 0x2; /memreserve/ 0x1000 0x3;"
					  " /memreserve/ 0x5 0x6; / { };",
					  wrap_second),
			    "1+2 /memreserve/(reaches past the last address, and is cut there) "
			    "5+6 ");
}

static const char *reserved_of_tree(void *tree)
{
	struct devicetree_cursor cursor = { 0 };
	struct devicetree_reservation r;
	struct devicetree dt;

	got[0] = '\0';
	tree_open(&dt, tree);
	while (devicetree_memory_next_reservation(&dt, &cursor, &r)) {
		struct devicetree_cursor ranges = { 0 };
		struct devicetree_range range;

		add_range(&r.range);
		if (!r.range.bytes)
			continue;
		if (!r.range.why)
			ADD("%s ", r.range.name);
		if (r.no_map)
			ADD("no-map ");
		if (r.reusable)
			ADD("reusable ");
		if (r.shared_dma_pool)
			ADD("pool ");
		if (r.cma_default)
			ADD("default ");
		if (!r.dynamic)
			continue;
		ADD("dynamic align %llx in ( ", r.align);
		while (devicetree_memory_next_alloc_range(&dt, &r, &ranges, &range))
			add_range(&range);
		assert_false(devicetree_memory_next_alloc_range(&dt, &r, &ranges, &range));
		ADD(") ");
	}
	assert_false(devicetree_memory_next_reservation(&dt, &cursor, &r));
	free(tree);
	return got;
}

static const char *reserved_of(const char *source)
{
	return reserved_of_tree(tree_from_text(source));
}

#define RESERVED(children)                                               \
	"/ { #address-cells = <2>; #size-cells = <2>; reserved-memory {" \
	" #address-cells = <2>; #size-cells = <2>; ranges; " children " }; };"

static void reserved_static(void **state)
{
	(void)state;
	assert_string_equal(reserved_of("/ { };"), "");
	assert_string_equal(reserved_of(RESERVED("")), "");
	assert_string_equal(reserved_of(RESERVED("a@1 { reg = <0 1 0 2>; };")), "1+2 a@1 ");
	assert_string_equal(reserved_of(RESERVED("a@1 { reg = <0 1 0 2 4 5 0 6>; no-map; };"
						 " b { reusable; reg = <0 7 0 8>;"
						 " compatible = \"x\", \"shared-dma-pool\"; };")),
			    "1+2 a@1 no-map 400000005+6 a@1 no-map 7+8 b reusable pool ");
	assert_string_equal(reserved_of(RESERVED("a { reg = <0 1 0 2>; status = \"disabled\"; };"
						 " b { reg = <0 3 0 4>; status = \"okay\"; };")),
			    "3+4 b ");
	/* reg wins over size */
	assert_string_equal(reserved_of(RESERVED("a { reg = <0 1 0 2>; size = <0 9>; };")),
			    "1+2 a ");
}

static void reserved_dynamic(void **state)
{
	(void)state;
	assert_string_equal(reserved_of(RESERVED("a { size = <0 0x400000>; };")),
			    "0+400000 a dynamic align 1 in ( ) ");
	assert_string_equal(
		reserved_of(RESERVED("a { size = <1 0>; alignment = <0 0x200000>; reusable;"
				     " compatible = \"shared-dma-pool\"; linux,cma-default;"
				     " alloc-ranges = <0 0x40000000 0 0x1000 8 0 8 0>; };")),
		"0+100000000 a reusable pool default dynamic align 200000 in ( 40000000+1000 "
		"800000000+800000000 ) ");
	assert_string_equal(
		reserved_of(RESERVED("a { size = <0 1>; no-map; alloc-ranges = <0 1 0>; };")),
		"0+1 a no-map dynamic align 1 in ( a(has a list of addresses that ends inside an "
		"entry) ) ");
	assert_string_equal(
		reserved_of(RESERVED("a { size = <0 1>; alignment = <0x80000000 0>; };")),
		"0+1 a dynamic align 8000000000000000 in ( ) ");
}

#define BAD_SIZE "has a size of 0, or not of as many cells as sizes have"
#define BAD_ALIGNMENT                                                                   \
	"has an alignment that isn't a power of two, or not of as many cells as sizes " \
	"have"

static void reserved_faults(void **state)
{
	(void)state;
	assert_string_equal(reserved_of(RESERVED("a { }; b { reg = <0 1 0 2>; };")),
			    "a(has neither reg nor size) 1+2 b ");
	assert_string_equal(reserved_of(RESERVED("a { size = <0 0>; };")), "a(" BAD_SIZE ") ");
	assert_string_equal(reserved_of(RESERVED("a { size = <5>; };")), "a(" BAD_SIZE ") ");
	assert_string_equal(reserved_of(RESERVED("a { size = <0 0 5>; };")), "a(" BAD_SIZE ") ");
	assert_string_equal(reserved_of(RESERVED("a { size = <0 1>; alignment = <0 3>; };")),
			    "a(" BAD_ALIGNMENT ") ");
	assert_string_equal(reserved_of(RESERVED("a { size = <0 1>; alignment = <0 0>; };")),
			    "a(" BAD_ALIGNMENT ") ");
	assert_string_equal(reserved_of(RESERVED("a { size = <0 1>; alignment = <4>; };")),
			    "a(" BAD_ALIGNMENT ") ");
	/* a reg that is cut short: none of it */
	assert_string_equal(reserved_of(RESERVED("a { reg = <0 1 0 2 0 3>; }; b { reg = <1>; };")),
			    "a(has a reg that ends inside an entry) b(has a reg that ends inside "
			    "an entry) ");
	assert_string_equal(reserved_of(RESERVED("a { reg = <0 1 0 0 0 3 0 4>; };")),
			    "a(has no size) 3+4 a ");
	assert_string_equal(reserved_of(RESERVED("a { reg; };")), "a(lacks a list of addresses) ");
	assert_string_equal(reserved_of(RESERVED("a { reg = <0xffffffff 0xffffffff 0 2>; };"
						 " b { reg = <0 2 0xffffffff 0xffffffff>; };")),
			    "a(reaches past the last address, and is cut there) "
			    "b(reaches past the last address, and is cut there) "
			    "2+fffffffffffffffd ");
	/* no-map and reusable exclude each other: the safe one counts */
	assert_string_equal(reserved_of(RESERVED("a { reg = <0 1 0 2>; no-map; reusable; };")),
			    "a(is both no-map and reusable, and is taken as no-map) 1+2 no-map ");
}

static void reserved_parent(void **state)
{
	static const char child[] = "a { reg = <0 1 0 2>; }; }; };";
	char source[512];

	(void)state;
#define PARENT(root, properties)                                                              \
	(snprintf(source, sizeof(source), "/ { %s reserved-memory { %s %s", root, properties, \
		  child),                                                                     \
	 reserved_of(source))
	assert_string_equal(PARENT("", "#address-cells = <2>; #size-cells = <2>;"),
			    "reserved-memory(lacks the empty ranges that it must have) 1+2 a ");
	assert_string_equal(
		PARENT("", "#address-cells = <2>; #size-cells = <2>; ranges = <0 0 0 0 0 1>;"),
		"reserved-memory(must have empty ranges, what it has is ignored) 1+2 a ");
	assert_string_equal(
		PARENT("#size-cells = <2>;", "ranges;"),
		"reserved-memory(lacks #address-cells or #size-cells, the root's are taken) "
		"1+2 a ");
	assert_string_equal(
		PARENT("#size-cells = <2>;", "#address-cells = <1>; ranges;"),
		"reserved-memory(lacks #address-cells or #size-cells, the root's are taken) "
		"1+2 a ");
	/* its own cells, if it has them, not the root's */
	assert_string_equal(
		PARENT("#size-cells = <1>;", "#address-cells = <2>; #size-cells = <2>; ranges;"),
		"1+2 a ");
	assert_string_equal(PARENT("", "#address-cells = <1>; #size-cells = <1>; ranges;"),
			    "0+1 a 0+2 a ");
	assert_string_equal(PARENT("", "#address-cells = <3>; #size-cells = <1>; ranges;"),
			    "reserved-memory(has addresses or sizes that aren't of 1 or 2 cells, "
			    "and is ignored) ");
	assert_string_equal(PARENT("", "#address-cells = <2>; #size-cells = <0>; ranges;"),
			    "reserved-memory(has addresses or sizes that aren't of 1 or 2 cells, "
			    "and is ignored) ");
#undef PARENT
}

static void board(void **state)
{
	(void)state;
	assert_string_equal(reserved_of_tree(tree_from_file("board")),
			    "80010000+20000 firmware@80010000 80100000+1000 firmware@80010000 "
			    "90000000+200000 secure@90000000 no-map "
			    "0+2000000 camera reusable pool default dynamic align 400000 in ( "
			    "880000000+10000000 c0000000+10000000 ) "
			    "0+5000 modem no-map dynamic align 1 in ( ) "
			    "0+100000 dma pool dynamic align 100000 in ( d0000000+10000000 ) ");
}

static const char *qemu_memory(const char *options, const char *arguments)
{
	struct devicetree_cursor cursor = { 0 };
	struct devicetree_range range;
	struct devicetree dt;
	void *tree = tree_from_qemu(options, arguments);

	if (!tree) {
		print_message("no qemu-system-aarch64 here\n");
		skip();
	}
	got[0] = '\0';
	tree_open(&dt, tree);
	while (devicetree_memory_next(&dt, &cursor, &range))
		add_range(&range);
	free(tree);
	return got;
}

static void qemu_trees(void **state)
{
	(void)state;
	assert_string_equal(qemu_memory("", "-m 512M"), "40000000+20000000 ");
	/* secure=on has a disabled memory node */
	assert_string_equal(qemu_memory("secure=on", "-m 64M"), "40000000+4000000 ");
	/* NUMA: the highest node comes first */
	assert_string_equal(
		qemu_memory("", "-smp 2 -m 512M"
				" -object memory-backend-ram,id=a,size=128M -numa node,memdev=a"
				" -object memory-backend-ram,id=b,size=384M -numa node,memdev=b"),
		"48000000+18000000 40000000+8000000 ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory),          cmocka_unit_test(memory_status),
		cmocka_unit_test(memory_faults),   cmocka_unit_test(memreserve),
		cmocka_unit_test(reserved_static), cmocka_unit_test(reserved_dynamic),
		cmocka_unit_test(reserved_faults), cmocka_unit_test(reserved_parent),
		cmocka_unit_test(board),           cmocka_unit_test(qemu_trees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
