// SPDX-License-Identifier: BSD-2-Clause
/*
 * Which interrupts a device's node has, and what is wrong with those that can't be read.
 *
 * Sources: lib/devicetree/devicetree.c lib/devicetree/devicetree_node.c
 * Sources: lib/devicetree/devicetree_device.c lib/devicetree/devicetree_interrupt.c
 * Sources: tests/host/tree.c
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

#include <kernel/compiler.h>
#include <kernel/errno.h>
#include <lib/devicetree_device.h>
#include <lib/devicetree_interrupt.h>

#include "tree.h"

#define GIC                                                                                  \
	" gic: gic { compatible = \"arm,gic-v3\"; phandle = <7>; #interrupt-cells = <3>; };" \
	" other { phandle = <8>; #interrupt-cells = <1>; };"                                 \
	" much { phandle = <9>; #interrupt-cells = <5>; };"                                  \
	" none { phandle = <10>; };"

static const struct {
	const char *device; /* what the node /bus/d has */
	const char *bus;    /* and /bus */
	u32 index;
	int err;
	const char *why;
	u32 cells, first, last;
} cases[] = {
	{ "", "", 0, -ENOENT, NULL, 0, 0, 0 },
	{ "interrupts = <0 1 4>;", "", 0, 0, NULL, 3, 0, 4 },
	{ "interrupts = <0 1 4 1 11 8>;", "", 1, 0, NULL, 3, 1, 8 },
	{ "interrupts = <0 1 4>;", "", 1, -ENOENT, NULL, 0, 0, 0 },
	{ "interrupts = <0 1 4 1>;", "", 0, -EINVAL, "has interrupts that are cut short", 0, 0, 0 },
	{ "interrupts;", "", 0, -ENOENT, NULL, 0, 0, 0 },
	/* the nearest parent counts */
	{ "interrupts = <5 6>;", "interrupt-parent = <8>;", 1, 0, NULL, 1, 6, 6 },
	{ "interrupts = <5 6>; interrupt-parent = <8>;", "interrupt-parent = <7>;", 0, 0, NULL, 1,
	  5, 5 },
	{ "interrupts = <5>; interrupt-parent = <99>;", "", 0, -EINVAL,
	  "has interrupts of a node that isn't there", 0, 0, 0 },
	{ "interrupts = <5>; interrupt-parent = <9>;", "", 0, -EINVAL,
	  "has interrupts of a node whose #interrupt-cells isn't 1 to 4", 0, 0, 0 },
	{ "interrupts = <5>; interrupt-parent = <10>;", "", 0, -EINVAL,
	  "has interrupts of a node whose #interrupt-cells isn't 1 to 4", 0, 0, 0 },
	/* an extended list comes first, and has a controller for each */
	{ "interrupts = <0 1 4>; interrupts-extended = <8 3 7 1 2 1>;", "", 0, 0, NULL, 1, 3, 3 },
	{ "interrupts-extended = <8 3 7 1 2 1>;", "", 1, 0, NULL, 3, 1, 1 },
	{ "interrupts-extended = <8 3 7 1 2 1>;", "", 2, -ENOENT, NULL, 0, 0, 0 },
	{ "interrupts-extended = <8 3 7 1 2>;", "", 1, -EINVAL,
	  "has an interrupts-extended that is cut short", 0, 0, 0 },
	{ "interrupts-extended = <8 3 99 1>;", "", 1, -EINVAL,
	  "has interrupts of a node that isn't there", 0, 0, 0 },
	{ "interrupts-extended = [00 00];", "", 0, -EINVAL,
	  "has an interrupts-extended that is cut short", 0, 0, 0 },
};

static void specifiers(void **state)
{
	struct devicetree_interrupt found;
	struct devicetree_path path;
	struct devicetree dt;
	char text[1024];

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		void *tree;
		int err;

		snprintf(text, sizeof(text),
			 "/ { interrupt-parent = <7>; " GIC " bus { %s d { %s }; }; };",
			 cases[i].bus, cases[i].device);
		tree = tree_open(&dt, tree_from_text(text));
		assert_true(devicetree_device_find(&dt, "/bus/d", 6, &path));
		err = devicetree_interrupt(&dt, &path, cases[i].index, &found);
		if (err != cases[i].err || !found.why != !cases[i].why ||
		    (found.why && strcmp(found.why, cases[i].why) != 0))
			fail_msg("case %u: %d, %s", i, err, found.why);
		assert_string_equal(found.name, "d");
		if (!err) {
			assert_int_equal(found.cells, cases[i].cells);
			assert_int_equal(found.cell[0], cases[i].first);
			assert_int_equal(found.cell[found.cells - 1], cases[i].last);
		}
		free(tree);
	}
}

static void no_parent(void **state)
{
	struct devicetree_interrupt found;
	struct devicetree_path path;
	struct devicetree dt;
	void *tree = tree_open(&dt, tree_from_text("/ { d { interrupts = <1>; }; };"));

	(void)state;
	assert_true(devicetree_device_find(&dt, "/d", 2, &path));
	assert_int_equal(devicetree_interrupt(&dt, &path, 0, &found), -EINVAL);
	assert_string_equal(found.why, "has interrupts, and no interrupt-parent above it");
	free(tree);
}

static void by_name(void **state)
{
	struct devicetree dt;
	void *tree =
		tree_open(&dt, tree_from_text("/ { interrupt-names = \"a\", \"\", \"bc\"; };"));

	(void)state;
	assert_int_equal(devicetree_interrupt_index(&dt, 0, "a", 9), 0);
	assert_int_equal(devicetree_interrupt_index(&dt, 0, "bc", 9), 2);
	assert_int_equal(devicetree_interrupt_index(&dt, 0, "b", 9), 9);
	free(tree);
	tree = tree_open(&dt, tree_from_text("/ { interrupt-names = [61 62]; };"));
	assert_int_equal(devicetree_interrupt_index(&dt, 0, "ab", 9), 9);
	free(tree);
	tree = tree_open(&dt, tree_from_text("/ { };"));
	assert_int_equal(devicetree_interrupt_index(&dt, 0, "ab", 3), 3);
	free(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(specifiers),
		cmocka_unit_test(no_parent),
		cmocka_unit_test(by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
