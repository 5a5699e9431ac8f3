// SPDX-License-Identifier: BSD-2-Clause
/*
 * Reading a devicetree's properties and children: against what libfdt reads, and case by case.
 *
 * Sources: lib/devicetree/devicetree.c lib/devicetree/devicetree_node.c tests/host/tree.c
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

#include <lib/devicetree_node.h>

#include "tree.h"

/* Whatever libfdt says of a property, a name or a child, we say. */
static void compare_with_libfdt(void *tree)
{
	struct devicetree dt;
	int node, child, property, depth = 0;

	tree_open(&dt, tree);
	for (node = 0; node >= 0 && depth >= 0; node = fdt_next_node(tree, node, &depth)) {
		const char *name = fdt_get_name(tree, node, NULL);

		assert_string_equal(devicetree_node_name(&dt, node), *name ? name : "/");
		assert_null(devicetree_node_property(&dt, node, "no-such-property", NULL));
		fdt_for_each_property_offset (property, tree, node) {
			const char *property_name;
			const void *value;
			int length;
			u32 bytes;

			value = fdt_getprop_by_offset(tree, property, &property_name, &length);
			value = fdt_getprop(tree, node, property_name, &length);
			assert_ptr_equal(devicetree_node_property(&dt, node, property_name, &bytes),
					 value);
			assert_int_equal(bytes, length);
		}
	}
	node = 0;
	fdt_for_each_subnode (child, tree, 0) {
		node = devicetree_node_next_child(&dt, node);
		assert_int_equal(node, child);
	}
	assert_true(devicetree_node_next_child(&dt, node) < 0);
	free(tree);
}

static void agrees_with_libfdt(void **state)
{
	void *tree = tree_from_file("board");
	u32 bytes = tree_bytes(tree);
	void *edited = malloc(bytes);

	(void)state;
	/* NOPs, as editing in place leaves them */
	memcpy(edited, tree, bytes);
	fdt_nop_property(edited, fdt_path_offset(edited, "/chosen"), "bootargs");
	fdt_nop_property(edited, fdt_path_offset(edited, "/chosen"), "stdout-path");
	fdt_nop_node(edited, fdt_path_offset(edited, "/soc/bus@1000000"));
	compare_with_libfdt(edited);
	compare_with_libfdt(tree);
}

static void many_children(void **state)
{
	static char buffer[1 << 16] __attribute__((aligned(8)));
	char name[32];
	void *tree;

	(void)state;
	for (int count = DEVICETREE_CHILDREN_MAX - 1; count < DEVICETREE_CHILDREN_MAX + 60;
	     count += 1 + (count > DEVICETREE_CHILDREN_MAX + 1) * 50) {
		fdt_create(buffer, sizeof(buffer));
		fdt_finish_reservemap(buffer);
		fdt_begin_node(buffer, "");
		for (int i = 0; i < count; i++) {
			snprintf(name, sizeof(name), "node@%d", i);
			fdt_begin_node(buffer, name);
			fdt_property_string(buffer, "device_type", "memory");
			fdt_begin_node(buffer, "child");
			fdt_end_node(buffer);
			fdt_end_node(buffer);
		}
		fdt_end_node(buffer);
		assert_int_equal(fdt_finish(buffer), 0);
		tree = malloc(fdt_totalsize(buffer));
		compare_with_libfdt(memcpy(tree, buffer, fdt_totalsize(buffer)));
	}
}

static void model(void **state)
{
	struct devicetree dt;
	void *tree;

	(void)state;
	tree = tree_open(&dt,
			 tree_from_text("/ { model = \"the model\"; compatible = \"a,b\"; };"));
	assert_string_equal(devicetree_model(&dt), "the model");
	free(tree);
	tree = tree_open(&dt, tree_from_text("/ { compatible = \"a,b\", \"c,d\"; };"));
	assert_string_equal(devicetree_model(&dt), "a,b");
	free(tree);
	tree = tree_open(&dt, tree_from_text("/ { model = [61 62]; compatible = \"a,b\"; };"));
	assert_string_equal(devicetree_model(&dt), "a,b");
	free(tree);
	tree = tree_open(&dt, tree_from_text("/ { model; };"));
	assert_string_equal(devicetree_model(&dt), "unknown");
	free(tree);
}

static void status(void **state)
{
	static const struct {
		const char *property;
		bool enabled;
	} cases[] = {
		{ "", true },
		{ "status = \"okay\";", true },
		{ "status = \"ok\";", true },
		{ "status = \"disabled\";", false },
		{ "status = \"fail-sss\";", false },
		{ "status = \"reserved\";", false },
		{ "status = \"okayish\";", false },
		{ "status = \"oka\";", false },
		{ "status = [6f 6b 61 79];", false },
		{ "status;", false },
	};
	struct devicetree dt;
	char source[128];

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		void *tree;

		snprintf(source, sizeof(source), "/ { %s };", cases[i].property);
		tree = tree_open(&dt, tree_from_text(source));
		assert_int_equal(devicetree_node_enabled(&dt, 0), cases[i].enabled);
		free(tree);
	}
}

static void properties(void **state)
{
	static const char *const names[] = { "x,one", "x,two", "x,three" };
	struct devicetree dt;
	u32 value = 7;
	void *tree =
		tree_open(&dt, tree_from_text("/ { one = <0xcafe>; two = <1 2>; byte = [01]; none; "
					      "text = \"t\"; open = [61 62];"
					      " a { compatible = \"y\", \"x,three\", \"x,one\"; };"
					      " b { compatible = \"x,onetwo\", \"x,on\"; }; c { "
					      "compatible = [78 2c 6f 6e 65]; };"
					      " d { compatible = \"y\", \"\", \"x,two\"; }; };"));

	(void)state;
	assert_true(devicetree_node_u32(&dt, 0, "one", &value) && value == 0xcafe);
	value = 7;
	assert_false(devicetree_node_u32(&dt, 0, "two", &value));
	assert_false(devicetree_node_u32(&dt, 0, "byte", &value));
	assert_false(devicetree_node_u32(&dt, 0, "none", &value));
	assert_false(devicetree_node_u32(&dt, 0, "missing", &value));
	assert_int_equal(value, 7);
	assert_string_equal(devicetree_node_string(&dt, 0, "text"), "t");
	assert_null(devicetree_node_string(&dt, 0, "open"));
	assert_null(devicetree_node_string(&dt, 0, "none"));
	assert_null(devicetree_node_string(&dt, 0, "missing"));
	/* a name is found whole, not as a beginning or an end of another */
	assert_null(devicetree_node_property(&dt, 0, "on", NULL));
	assert_null(devicetree_node_property(&dt, 0, "ones", NULL));
	assert_null(devicetree_node_property(&dt, 0, "ne", NULL));

	assert_int_equal(devicetree_node_compatible(&dt, fdt_path_offset(tree, "/a"), names, 3), 2);
	assert_int_equal(devicetree_node_compatible(&dt, fdt_path_offset(tree, "/a"), names, 2), 0);
	assert_int_equal(devicetree_node_compatible(&dt, fdt_path_offset(tree, "/b"), names, 3),
			 -1);
	assert_int_equal(devicetree_node_compatible(&dt, fdt_path_offset(tree, "/c"), names, 3),
			 -1);
	assert_int_equal(devicetree_node_compatible(&dt, fdt_path_offset(tree, "/d"), names, 3), 1);
	assert_int_equal(devicetree_node_compatible(&dt, 0, names, 3), -1);
	free(tree);
}

static void cells(void **state)
{
	static const struct {
		const char *properties;
		bool good;
		u32 address;
		u32 size;
	} cases[] = {
		{ "", true, 2, 1 },
		{ "#address-cells = <1>; #size-cells = <2>;", true, 1, 2 },
		{ "#address-cells = <2>; #size-cells = <0>;", true, 2, 0 },
		{ "#address-cells = <0>; #size-cells = <1>;", false, 0, 0 },
		{ "#address-cells = <3>; #size-cells = <2>;", false, 0, 0 },
		{ "#address-cells = <2>; #size-cells = <3>;", false, 0, 0 },
		{ "#address-cells = <0xffffffff>;", false, 0, 0 },
		{ "#address-cells = <0 2>;", false, 0, 0 },
		{ "#size-cells = [01];", false, 0, 0 },
		{ "#size-cells;", false, 0, 0 },
	};
	struct devicetree dt;
	struct devicetree_cells found;
	char source[128];

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		void *tree;

		snprintf(source, sizeof(source), "/ { %s };", cases[i].properties);
		tree = tree_open(&dt, tree_from_text(source));
		assert_int_equal(devicetree_node_cells(&dt, 0, &found), cases[i].good);
		if (cases[i].good) {
			assert_int_equal(found.address, cases[i].address);
			assert_int_equal(found.size, cases[i].size);
		}
		free(tree);
	}
}

static void agrees_on_qemu_trees(void **state)
{
	static const char *const options[] = { "", "gic-version=3", "secure=on" };

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(options); i++) {
		void *tree = tree_from_qemu(options[i], "-smp 4 -m 512M");

		if (!tree) {
			print_message("no qemu-system-aarch64 here\n");
			skip();
		}
		compare_with_libfdt(tree);
	}
}

/* Of a property that is given twice the first one counts, for the notes as for all readers. */
static void given_twice(void **state)
{
	struct devicetree dt;
	void *tree = tree_open(
		&dt,
		tree_from_text("/ { gic@0 { compatible = \"x\"; compatible = \"arm,gic-v3\"; };"
			       " gic@1 { compatible = \"arm,gic-v3\"; status = \"okay\";"
			       "  status = \"disabled\"; };"
			       " gic@2 { compatible = \"arm,gic-v3\"; };"
			       " psci@0 { compatible = \"arm,psci\"; status = \"disabled\";"
			       "  status = \"okay\"; };"
			       " psci@1 { compatible = \"arm,psci\"; compatible = \"x\"; }; };"));

	(void)state;
	assert_int_equal(dt.intc.depth, 1);
	assert_int_equal(dt.intc.node[1], fdt_path_offset(tree, "/gic@1"));
	assert_true(devicetree_node_enabled(&dt, dt.intc.node[1]));
	assert_int_equal(dt.psci, fdt_path_offset(tree, "/psci@1"));
	free(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_libfdt),
		cmocka_unit_test(agrees_on_qemu_trees),
		cmocka_unit_test(many_children),
		cmocka_unit_test(model),
		cmocka_unit_test(status),
		cmocka_unit_test(properties),
		cmocka_unit_test(cells),
		cmocka_unit_test(given_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
