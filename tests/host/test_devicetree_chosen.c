// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the boot loader says in /chosen.
 *
 * Sources: lib/devicetree/devicetree.c lib/devicetree/devicetree_node.c
 * Sources: lib/devicetree/devicetree_chosen.c tests/host/tree.c
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
#include <libfdt.h>

#include <kernel/errno.h>
#include <lib/devicetree_chosen.h>
#include <lib/devicetree_node.h>

#include "tree.h"

static void bootargs(void **state)
{
	static const struct {
		const char *property;
		int error;
		const char *args;
	} cases[] = {
		{ "bootargs = \"pagesize=16k quiet\";", 0, "pagesize=16k quiet" },
		{ "bootargs = \"\";", 0, "" },
		{ "bootargs;", -ENOENT, NULL },
		{ "", -ENOENT, NULL },
		{ "bootargs = [61 62 63];", -EINVAL, NULL },
		{ "bootargs = [61 00 00 00 00];", 0, "a" },
		{ "bootargs = \"a\", \"b\";", -EINVAL, NULL },
		{ "bootargs = [61 00 62];", -EINVAL, NULL },
	};
	struct devicetree dt;
	const char *args;
	char source[128];
	void *tree;

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		snprintf(source, sizeof(source), "/ { chosen { %s }; };", cases[i].property);
		tree = tree_open(&dt, tree_from_text(source));
		args = NULL;
		assert_int_equal(devicetree_chosen_bootargs(&dt, &args), cases[i].error);
		if (cases[i].args)
			assert_string_equal(args, cases[i].args);
		else
			assert_null(args);
		free(tree);
	}
	tree = tree_open(&dt, tree_from_text("/ { };"));
	assert_int_equal(devicetree_chosen_bootargs(&dt, &args), -ENOENT);
	free(tree);
}

static void initrd(void **state)
{
	static const struct {
		const char *properties;
		int error;
		u64 base;
		u64 bytes;
		const char *why;
	} cases[] = {
		{ "linux,initrd-start = <0x48000000>; linux,initrd-end = <0x48123457>;", 0,
		  0x48000000, 0x123457, NULL },
		{ "linux,initrd-start = <0x8 0x00000001>; linux,initrd-end = <0x8 0x3>;", 0,
		  0x800000001, 2, NULL },
		{ "linux,initrd-start = <0x48000000>; linux,initrd-end = <0x1 0x0>;", 0, 0x48000000,
		  0xb8000000, NULL },
		{ "linux,initrd-start = <0>; linux,initrd-end = <0xffffffff 0xffffffff>;", 0, 0,
		  ~0ULL, NULL },
		{ "linux,initrd-start = <5>; linux,initrd-end = <5>;", -ENOENT, 5, 0, NULL },
		{ "linux,initrd-start = <6>; linux,initrd-end = <5>;", -EINVAL, 0, 0, "below" },
		{ "linux,initrd-start = <6>;", -EINVAL, 0, 0, "only one" },
		{ "linux,initrd-end = <6>;", -EINVAL, 0, 0, "only one" },
		{ "linux,initrd-start = <0 0 6>; linux,initrd-end = <9>;", -EINVAL, 0, 0,
		  "neither 1 nor 2" },
		{ "linux,initrd-start = <6>; linux,initrd-end = [00 00];", -EINVAL, 0, 0,
		  "neither 1 nor 2" },
		{ "linux,initrd-start; linux,initrd-end;", -EINVAL, 0, 0, "neither 1 nor 2" },
		{ "", -ENOENT, 0, 0, NULL },
	};
	struct devicetree_range range;
	struct devicetree dt;
	char source[256];
	void *tree;

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		snprintf(source, sizeof(source), "/ { chosen { %s }; };", cases[i].properties);
		tree = tree_open(&dt, tree_from_text(source));
		assert_int_equal(devicetree_chosen_initrd(&dt, &range), cases[i].error);
		assert_true(range.base.val == cases[i].base && range.bytes == cases[i].bytes);
		if (cases[i].why)
			assert_non_null(strstr(range.why, cases[i].why));
		else
			assert_null(range.why);
		free(tree);
	}
	tree = tree_open(&dt, tree_from_text("/ { };"));
	assert_int_equal(devicetree_chosen_initrd(&dt, &range), -ENOENT);
	free(tree);
}

static void kaslr_seed(void **state)
{
	struct devicetree dt;
	u64 seed = 1;
	void *tree;

	(void)state;
	tree = tree_open(
		&dt, tree_from_text(
			     "/ { chosen { kaslr-seed = <0x01234567 0x89abcdef>; x = <7>; }; };"));
	assert_int_equal(devicetree_chosen_kaslr_seed(&dt, &seed), 0);
	assert_true(seed == 0x0123456789abcdef);
	devicetree_chosen_wipe_kaslr_seed(&dt, tree);
	seed = 1;
	assert_int_equal(devicetree_chosen_kaslr_seed(&dt, &seed), -ENOENT);
	assert_int_equal(seed, 1);
	for (u32 i = 0; i + 8 <= tree_bytes(tree); i++)
		assert_int_not_equal(memcmp((char *)tree + i, "\x01\x23\x45\x67", 4), 0);
	tree_open(&dt, tree);
	assert_true(devicetree_node_u32(&dt, dt.chosen, "x", (u32 *)&seed));
	free(tree);

	tree = tree_open(&dt, tree_from_text("/ { chosen { kaslr-seed = <7>; }; };"));
	assert_int_equal(devicetree_chosen_kaslr_seed(&dt, &seed), -EINVAL);
	devicetree_chosen_wipe_kaslr_seed(&dt, tree);
	free(tree);
	tree = tree_open(&dt, tree_from_text("/ { chosen { }; };"));
	assert_int_equal(devicetree_chosen_kaslr_seed(&dt, &seed), -ENOENT);
	devicetree_chosen_wipe_kaslr_seed(&dt, tree);
	free(tree);
	tree = tree_open(&dt, tree_from_text("/ { };"));
	assert_int_equal(devicetree_chosen_kaslr_seed(&dt, &seed), -ENOENT);
	devicetree_chosen_wipe_kaslr_seed(&dt, tree);
	free(tree);
}

static void usable_ranges(void **state)
{
	struct devicetree_cursor cursor = { 0 };
	struct devicetree_range range;
	struct devicetree dt;
	void *tree;

	(void)state;
	tree = tree_open(&dt,
			 tree_from_text("/ { #address-cells = <2>; #size-cells = <1>; chosen {"
					" linux,usable-memory-range = <1 2 3  4 5 6  7>; }; };"));
	assert_true(devicetree_chosen_next_usable(&dt, &cursor, &range));
	assert_true(range.base.val == 0x100000002 && range.bytes == 3 && !range.why);
	assert_true(devicetree_chosen_next_usable(&dt, &cursor, &range));
	assert_true(range.base.val == 0x400000005 && range.bytes == 6 && !range.why);
	assert_true(devicetree_chosen_next_usable(&dt, &cursor, &range));
	assert_true(range.bytes == 0 && strstr(range.why, "ends inside an entry"));
	assert_false(devicetree_chosen_next_usable(&dt, &cursor, &range));
	free(tree);

	cursor = (struct devicetree_cursor){ 0 };
	tree = tree_open(&dt, tree_from_text("/ { #address-cells = <3>; chosen {"
					     " linux,usable-memory-range = <1 2 3>; }; };"));
	assert_true(devicetree_chosen_next_usable(&dt, &cursor, &range));
	assert_true(range.bytes == 0 && strstr(range.why, "cells"));
	assert_false(devicetree_chosen_next_usable(&dt, &cursor, &range));
	free(tree);

	cursor = (struct devicetree_cursor){ 0 };
	tree = tree_open(&dt, tree_from_text("/ { chosen { }; };"));
	assert_false(devicetree_chosen_next_usable(&dt, &cursor, &range));
	free(tree);
}

static void elfcorehdr(void **state)
{
	static const struct {
		const char *root, *property, *why;
	} bad[] = {
		{ "", "linux,elfcorehdr;", "isn't one address and one size" },
		{ "", "linux,elfcorehdr = <1 2>;", "isn't one address and one size" },
		{ "", "linux,elfcorehdr = <1 2 3 4>;", "isn't one address and one size" },
		{ "", "linux,elfcorehdr = <1 2 3 1 2 3>;", "isn't one address and one size" },
		{ "", "linux,elfcorehdr = <1 2 0>;", "of no size" },
		{ "#address-cells = <3>;", "linux,elfcorehdr = <1 2 3 4>;", "cells aren't 1 or 2" },
	};
	struct devicetree_range range;
	struct devicetree dt;
	char source[160];
	void *tree;

	(void)state;
	tree = tree_open(&dt, tree_from_text("/ { chosen { linux,elfcorehdr = <1 2 3>; }; };"));
	assert_int_equal(devicetree_chosen_elfcorehdr(&dt, &range), 0);
	assert_true(range.base.val == 0x100000002 && range.bytes == 3 && !range.why);
	free(tree);
	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		snprintf(source, sizeof(source), "/ { %s chosen { %s }; };", bad[i].root,
			 bad[i].property);
		tree = tree_open(&dt, tree_from_text(source));
		assert_int_equal(devicetree_chosen_elfcorehdr(&dt, &range), -EINVAL);
		assert_true(strstr(range.why, bad[i].why) && !range.bytes);
		free(tree);
	}
	tree = tree_open(&dt, tree_from_text("/ { chosen { }; };"));
	assert_int_equal(devicetree_chosen_elfcorehdr(&dt, &range), -ENOENT);
	free(tree);
	tree = tree_open(&dt, tree_from_text("/ { };"));
	assert_int_equal(devicetree_chosen_elfcorehdr(&dt, &range), -ENOENT);
	free(tree);
}

/* Names with a unit address, where the binding has none: found as libfdt, and Linux, find them. */
static void named_with_addresses(void **state)
{
	struct devicetree dt;
	const char *args = "";
	void *tree = tree_open(
		&dt,
		tree_from_text("/ { chosenx { }; aliases@ { }; chosen@0 { bootargs = \"a\"; };"
			       " chosen { }; cpus@1,2 { }; reserved-memory@0 { }; cpu { }; };"));

	(void)state;
	assert_int_equal(dt.aliases, fdt_path_offset(tree, "/aliases"));
	assert_int_equal(dt.chosen, fdt_path_offset(tree, "/chosen"));
	assert_int_equal(dt.cpus, fdt_path_offset(tree, "/cpus"));
	assert_int_equal(dt.reserved_memory, fdt_path_offset(tree, "/reserved-memory"));
	assert_true(dt.aliases > 0 && dt.cpus > 0 && dt.reserved_memory > 0);
	assert_int_equal(devicetree_chosen_bootargs(&dt, &args), 0);
	assert_string_equal(args, "a");
	free(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bootargs),   cmocka_unit_test(initrd),
		cmocka_unit_test(kaslr_seed), cmocka_unit_test(usable_ranges),
		cmocka_unit_test(elfcorehdr), cmocka_unit_test(named_with_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
