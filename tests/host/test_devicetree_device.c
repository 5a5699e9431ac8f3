// SPDX-License-Identifier: BSD-2-Clause
/*
 * Paths, addresses, PSCI and interrupt controller in a devicetree.
 *
 * Sources: lib/devicetree/devicetree.c lib/devicetree/devicetree_node.c
 * Sources: lib/devicetree/devicetree_device.c tests/host/tree.c
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
#include <lib/devicetree_device.h>

#include "tree.h"

/* ---- find ---- */

static void expect_found(const char *path, const char *node)
{
	struct devicetree_path found;
	struct devicetree dt;
	void *tree = tree_open(&dt, tree_from_file("board"));
	/* to the byte, without a NUL, for AddressSanitizer */
	char *exact = malloc(strlen(path) + 1);
	bool there;

	memcpy(exact + 1, path, strlen(path));
	there = devicetree_device_find(&dt, exact + 1, (u32)strlen(path), &found);
	assert_int_equal(there, node != NULL);
	if (node) {
		assert_int_equal(found.node[found.depth], fdt_path_offset(tree, node));
		for (int depth = 0; depth <= found.depth; depth++)
			assert_int_equal(found.node[depth],
					 fdt_supernode_atdepth_offset(tree, found.node[found.depth],
								      depth, NULL));
	}
	free(exact);
	free(tree);
}

static void find(void **state)
{
	(void)state;
	expect_found("/", "/");
	expect_found("/soc", "/soc");
	expect_found("/soc/bus@1000000/serial@2000", "/soc/bus@1000000/serial@2000");
	expect_found("//soc///bus@1000000/", "/soc/bus@1000000");
	/* unit addresses may be left off, but not be wrong */
	expect_found("/soc/bus/serial", "/soc/bus@1000000/serial@2000");
	expect_found("/memory@80000000", "/memory@80000000");
	expect_found("/memory@8", NULL);
	expect_found("/soc/bus@1", NULL);
	expect_found("/socket", NULL);
	expect_found("/soc/none", NULL);
	expect_found("/soc/none/serial", NULL);
	/* aliases */
	expect_found("serial1", "/soc/bus@1000000/serial@3000");
	expect_found("bus0/serial@3000", "/soc/bus@1000000/serial@3000");
	expect_found("bus0/", "/soc/bus@1000000");
	expect_found("serial", NULL);
	expect_found("serial12", NULL);
	expect_found("loop", NULL);
	expect_found("relative", NULL);
	expect_found("empty", NULL);
	expect_found("", NULL);
}

static void find_odd(void **state)
{
	char source[1024] =
		"/ { aliases { open = [2f 61]; two = \"/a\", \"/b\"; none; }; b { }; a { ";
	char path[256] = "/a";
	struct devicetree_path found;
	struct devicetree dt;
	void *tree;
	int depth;

	(void)state;
	for (depth = 2; depth < DEVICETREE_DEPTH_MAX + 2; depth++)
		strcat(source, "n { ");
	for (; depth > 0; depth--)
		strcat(source, "}; ");
	tree = tree_open(&dt, tree_from_text(source));
	assert_false(devicetree_device_find(&dt, "open", 4, &found));
	assert_false(devicetree_device_find(&dt, "none", 4, &found));
	assert_true(devicetree_device_find(&dt, "two", 3, &found));
	assert_int_equal(found.node[1], fdt_path_offset(tree, "/a"));
	for (depth = 1; depth < DEVICETREE_DEPTH_MAX; depth++) {
		assert_true(devicetree_device_find(&dt, path, (u32)strlen(path), &found));
		assert_int_equal(found.depth, depth);
		strcat(path, "/n");
	}
	assert_false(devicetree_device_find(&dt, path, (u32)strlen(path), &found));
	free(tree);

	tree = tree_open(&dt, tree_from_text("/ { a@1@2 { }; };"));
	assert_false(devicetree_device_find(&dt, "a", 1, &found));
	assert_true(devicetree_device_find(&dt, "/a", 2, &found));
	assert_false(devicetree_device_find(&dt, "/a@1", 4, &found));
	free(tree);
}

/* ---- translation ---- */

/* The n-th reg of a node of the board, as "base+bytes" or the reason why not. */
static const char *range_in(void *tree, const char *path, u32 index)
{
	static char text[160];
	struct devicetree_range range;
	struct devicetree_path found;
	struct devicetree dt;
	int error;

	tree_open(&dt, tree);
	assert_true(devicetree_device_find(&dt, path, (u32)strlen(path), &found));
	error = devicetree_device_range(&dt, &found, index, &range);
	if (error == -ENOENT) {
		snprintf(text, sizeof(text), "none");
	} else if (error) {
		assert_int_equal(error, -EINVAL);
		assert_int_equal(range.bytes, 0);
		snprintf(text, sizeof(text), "%s", range.why);
	} else {
		assert_null(range.why);
		snprintf(text, sizeof(text), "%llx+%llx", range.base.val, range.bytes);
	}
	free(tree);
	return text;
}

#define BAD_CELLS "lies on a bus whose addresses or sizes aren't of 1 or 2 cells"
#define NO_RANGES "lies on a bus without ranges, which no CPU can reach through"
#define NOT_HELD  "lies on a bus whose ranges don't hold its addresses"
#define TOO_HIGH  "lies on a bus whose ranges reach past the last address"

static void translation(void **state)
{
	(void)state;
#define BOARD(path, index) range_in(tree_from_file("board"), path, index)
	assert_string_equal(BOARD("/soc/bus/serial@2000", 0), "11002000+100");
	assert_string_equal(BOARD("/soc/bus/serial@2000", 1), "none");
	assert_string_equal(BOARD("/soc/bus/serial@3000", 0), "11003000+1000");
	assert_string_equal(BOARD("/soc/interrupt-controller", 1), "14002000+2000");
	assert_string_equal(BOARD("/soc/high-bus/serial@100001000", 0), "900001000+20");
	assert_string_equal(BOARD("/soc/high-bus/serial@200000000", 0), NOT_HELD);
	assert_string_equal(BOARD("/soc/pcie/serial", 0), BAD_CELLS);
	assert_string_equal(BOARD("/soc/closed/serial", 0), NO_RANGES);
	assert_string_equal(BOARD("/soc/off/serial", 0), "16000000+20");
	assert_string_equal(BOARD("/uart-early", 0), "40000000+100");
	assert_string_equal(BOARD("/", 0), "none");
	assert_string_equal(BOARD("/firmware/psci", 0), "lacks a list of addresses");
#undef BOARD
}

static void translation_faults(void **state)
{
	char source[512];

	(void)state;
	/* a bus of 1+1 cells under a root of 2+2 */
#define BUS(ranges, reg)                                                                 \
	(snprintf(source, sizeof(source),                                                \
		  "/ { #address-cells = <2>; #size-cells = <2>; bus { #address-cells = " \
		  "<1>; #size-cells = <1>; %s d { reg = %s; }; }; };",                   \
		  ranges, reg),                                                          \
	 range_in(tree_from_text(source), "/bus/d", 0))
	assert_string_equal(BUS("ranges;", "<0x1000 0x10>"), "1000+10");
	assert_string_equal(BUS("", "<0x1000 0x10>"), NO_RANGES);
	assert_string_equal(BUS("ranges = <0x1000 8 0 0x10>;", "<0x1000 0x10>"), "800000000+10");
	assert_string_equal(BUS("ranges = <0x1000 8 0 0x10>;", "<0x1001 0xf>"), "800000001+f");
	assert_string_equal(BUS("ranges = <0x1000 8 0 0x10>;", "<0x1000 0x11>"), NOT_HELD);
	assert_string_equal(BUS("ranges = <0x1000 8 0 0x10>;", "<0x1001 0x10>"), NOT_HELD);
	assert_string_equal(BUS("ranges = <0x1000 8 0 0x10>;", "<0x1010 0x1>"), NOT_HELD);
	assert_string_equal(BUS("ranges = <0x1000 8 0 0x10>;", "<0xfff 0x1>"), NOT_HELD);
	assert_string_equal(BUS("ranges = <0x1000 8 0 0x10>;", "<0xfff 0xffffffff>"), NOT_HELD);
	/* the second entry; the first of two that hold it; what ends inside an entry is ignored */
	assert_string_equal(BUS("ranges = <0 8 0 0x10 0x1000 9 0 0x10>;", "<0x1000 1>"),
			    "900000000+1");
	assert_string_equal(BUS("ranges = <0x1000 8 0 0x10 0x1000 9 0 0x10>;", "<0x1000 1>"),
			    "800000000+1");
	assert_string_equal(BUS("ranges = <0 8 0 0x10 0x1000 9 0>;", "<0x1000 1>"), NOT_HELD);
	assert_string_equal(BUS("ranges = [00];", "<0x1000 1>"), NOT_HELD);
	/* past the last address: the offset, then the size */
	assert_string_equal(BUS("ranges = <0 0xffffffff 0xffffff00 0x10000>;", "<0x1000 1>"),
			    TOO_HIGH);
	assert_string_equal(BUS("ranges = <0 0xffffffff 0xffffff00 0x10000>;", "<0xf0 0x11>"),
			    TOO_HIGH);
	assert_string_equal(BUS("ranges = <0 0xffffffff 0xffffff00 0x10000>;", "<0xf0 0xf>"),
			    "fffffffffffffff0+f");
	assert_string_equal(BUS("ranges;", "<0x1000 0>"), "has registers of no size");
	assert_string_equal(BUS("ranges;", "<0x1000>"),
			    "has a list of addresses that ends inside an entry");
#undef BUS
	/* below a range that is so large that the distance, wrapped around, lies in it */
	assert_string_equal(range_in(tree_from_text("/ { bus { #address-cells = <1>;"
						    " #size-cells = <2>; ranges = <0x1002 0 0"
						    " 0xffffffff 0xffffffff>;"
						    " d { reg = <0x1000 0 1>; }; }; };"),
				     "/bus/d", 0),
			    NOT_HELD);
	assert_string_equal(range_in(tree_from_text("/ { #address-cells = <3>; bus {"
						    " #address-cells = <1>; ranges = <0 0 0 0 1>;"
						    " d { reg = <0 1>; }; }; };"),
				     "/bus/d", 0),
			    BAD_CELLS);
	assert_string_equal(range_in(tree_from_text("/ { #size-cells = <2>; d { reg ="
						    " <0xffffffff 0xffffffff 0 2>; }; };"),
				     "/d", 0),
			    "reaches past the last address, and is cut there");
}

/* ---- PSCI, interrupt controller ---- */

static void psci(void **state)
{
	struct devicetree_psci found;
	struct devicetree dt;
	void *tree;

	(void)state;
	tree = tree_open(
		&dt, tree_from_text(
			     "/ { psci { compatible = \"arm,psci-0.2\"; method = \"hvc\"; }; };"));
	assert_int_equal(devicetree_device_psci(&dt, &found), 0);
	assert_true(found.conduit == DEVICETREE_CONDUIT_HVC && found.standard && !found.why);
	assert_string_equal(found.name, "psci");
	free(tree);

	tree = tree_open(
		&dt, tree_from_text("/ { fw { psci { compatible = \"arm,psci\"; method = \"smc\";"
				    " cpu_on = <0x95c10002>; cpu_off = <7>; }; }; };"));
	assert_int_equal(devicetree_device_psci(&dt, &found), 0);
	assert_true(found.conduit == DEVICETREE_CONDUIT_SMC && !found.standard);
	assert_int_equal(found.cpu_on, 0x95c10002);
	assert_int_equal(found.cpu_off, 7);
	free(tree);

	tree = tree_open(
		&dt, tree_from_text(
			     "/ { psci { compatible = \"arm,psci-1.0\"; method = \"svc\"; }; };"));
	assert_int_equal(devicetree_device_psci(&dt, &found), -EINVAL);
	assert_string_equal(found.why, "has a method that is neither hvc nor smc");
	free(tree);
	tree = tree_open(&dt, tree_from_text("/ { psci { compatible = \"arm,psci-1.0\"; }; };"));
	assert_int_equal(devicetree_device_psci(&dt, &found), -EINVAL);
	free(tree);
	tree = tree_open(&dt, tree_from_text("/ { psci { method = \"hvc\"; }; };"));
	assert_int_equal(devicetree_device_psci(&dt, &found), -ENOENT);
	free(tree);
}

static void interrupt_controller(void **state)
{
	struct devicetree_intc intc;
	struct devicetree dt;
	void *tree = tree_open(&dt, tree_from_file("board"));

	(void)state;
	assert_int_equal(devicetree_device_intc(&dt, &intc), 0);
	assert_int_equal(intc.version, 2);
	assert_string_equal(intc.name, "interrupt-controller@4000000");
	assert_true(intc.distributor.base.val == 0x14000000 && intc.distributor.bytes == 0x1000);
	assert_true(intc.second.base.val == 0x14002000 && intc.second.bytes == 0x2000);
	free(tree);

	tree = tree_open(
		&dt, tree_from_text("/ { gic { compatible = \"arm,gic-v3\"; reg = <0 1 2>; }; };"));
	assert_int_equal(devicetree_device_intc(&dt, &intc), -EINVAL);
	assert_int_equal(intc.version, 3);
	assert_string_equal(intc.second.why, "has less than two ranges of registers");
	free(tree);
	tree = tree_open(
		&dt, tree_from_text("/ { gic { compatible = \"arm,gic-v3\"; reg = <0 1>; }; };"));
	assert_int_equal(devicetree_device_intc(&dt, &intc), -EINVAL);
	assert_non_null(intc.distributor.why);
	free(tree);
	tree = tree_open(&dt, tree_from_text("/ { };"));
	assert_int_equal(devicetree_device_intc(&dt, &intc), -ENOENT);
	free(tree);
}

static void qemu_trees(void **state)
{
	static const struct {
		const char *options;
		const char *arguments;
		u32 gic;
		u32 cpus;
		int psci;
		enum devicetree_conduit conduit;
	} machines[] = {
		{ "", "-smp 1", 2, 1, 0, DEVICETREE_CONDUIT_HVC },
		{ "gic-version=3", "-smp 4", 3, 4, 0, DEVICETREE_CONDUIT_HVC },
		{ "gic-version=3,virtualization=on", "-smp 2", 3, 2, 0, DEVICETREE_CONDUIT_SMC },
		/* the firmware would be ours; the first pl011 is disabled */
		{ "secure=on", "-smp 1", 2, 1, -ENOENT, DEVICETREE_CONDUIT_HVC },
	};
	struct devicetree_psci firmware;
	struct devicetree_intc intc;
	struct devicetree dt;

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(machines); i++) {
		void *tree = tree_from_qemu(machines[i].options, machines[i].arguments);

		if (!tree) {
			print_message("no qemu-system-aarch64 here\n");
			skip();
		}
		tree_open(&dt, tree);
		assert_int_equal(devicetree_device_cpus(&dt), machines[i].cpus);
		assert_int_equal(dt.cpu_nodes, machines[i].cpus);
		assert_int_equal(devicetree_device_psci(&dt, &firmware), machines[i].psci);
		if (!machines[i].psci)
			assert_int_equal(firmware.conduit, machines[i].conduit);
		assert_int_equal(devicetree_device_intc(&dt, &intc), 0);
		assert_int_equal(intc.version, machines[i].gic);
		assert_true(intc.distributor.base.val == 0x8000000);
		free(tree);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(find),        cmocka_unit_test(find_odd),
		cmocka_unit_test(translation), cmocka_unit_test(translation_faults),
		cmocka_unit_test(psci),        cmocka_unit_test(interrupt_controller),
		cmocka_unit_test(qemu_trees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
