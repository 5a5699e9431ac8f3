// SPDX-License-Identifier: BSD-2-Clause
/*
 * Which UART a devicetree says is the console.
 *
 * Sources: kernel/devicetree.c kernel/devicetree_node.c kernel/devicetree_device.c
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
#include <libfdt.h>

#include <kernel/devicetree_device.h>
#include <kernel/errno.h>

#include "tree.h"

static const char *const drivers[] = { "arm,pl011", "ns16550a" };

/* "node base driver [options] baud", with the reason in front if it isn't by stdout-path. */
static const char *console_in(void *tree)
{
	static char text[256];
	struct devicetree_console console;
	struct devicetree dt;

	tree_open(&dt, tree);
	if (devicetree_device_console(&dt, drivers, ARRAY_SIZE(drivers), &console)) {
		snprintf(text, sizeof(text), "(%s) none", console.why);
	} else {
		assert_int_equal(console.why == NULL,
				 console.rule == DEVICETREE_CONSOLE_STDOUT_PATH);
		snprintf(text, sizeof(text), "%s%s%s%s %llx %s [%s] %u", console.why ? "(" : "",
			 console.why ? console.why : "", console.why ? ") " : "",
			 console.registers.name, console.registers.base.val,
			 drivers[console.driver], console.options, console.baud);
	}
	free(tree);
	return text;
}

static void console_on_the_board(void **state)
{
	struct devicetree_console console;
	struct devicetree dt;
	void *tree = tree_open(&dt, tree_from_file("board"));

	(void)state;
	assert_int_equal(devicetree_device_console(&dt, drivers, 2, &console), 0);
	assert_int_equal(console.rule, DEVICETREE_CONSOLE_STDOUT_PATH);
	assert_int_equal(console.driver, 1);
	assert_true(console.registers.base.val == 0x11002000 && console.registers.bytes == 0x100);
	assert_int_equal(console.reg_shift, 2);
	assert_int_equal(console.reg_io_width, 4);
	assert_int_equal(console.clock_hz, 24000000);
	assert_int_equal(console.baud, 115200); /* the options, not current-speed */
	assert_string_equal(console.options, "115200n8");
	assert_int_equal(console.path.depth, 3);

	/* without a driver for it, the first that has one: not disabled, not out of reach */
	assert_int_equal(devicetree_device_console(&dt, drivers, 1, &console), 0);
	assert_int_equal(console.rule, DEVICETREE_CONSOLE_FIRST);
	assert_string_equal(console.why, "names a device that has no driver here");
	assert_true(console.registers.base.val == 0x11003000);
	assert_int_equal(console.driver, 0);
	assert_int_equal(console.reg_shift, 0);
	assert_int_equal(console.reg_io_width, 1);
	assert_int_equal(console.clock_hz, 0);
	assert_int_equal(console.baud, 57600);
	assert_string_equal(console.options, "");
	free(tree);

	/* the only ones left are disabled, on a disabled bus, behind PCI, or out of reach */
	tree = tree_from_file("board");
	fdt_nop_node(tree, fdt_path_offset(tree, "/soc/bus@1000000"));
	assert_string_equal(console_in(tree),
			    "(names no node) serial@100001000 900001000 ns16550a [] 0");
	tree = tree_from_file("board");
	fdt_nop_node(tree, fdt_path_offset(tree, "/soc/bus@1000000"));
	fdt_nop_node(tree, fdt_path_offset(tree, "/soc/high-bus@40000000/serial@100001000"));
	assert_string_equal(console_in(tree), "(names no node) none");
}

#define UARTS                                                                           \
	" a@1 { compatible = \"arm,pl011\", \"arm,primecell\"; reg = <0 1 1>;"          \
	" status = \"disabled\"; }; b@2 { compatible = \"ns16550a\"; reg = <0 2 1>; };" \
	" c@3 { compatible = \"arm,pl011\"; reg = <0 3 1>; current-speed = <300>; };"   \
	" d@4 { compatible = \"other,uart\"; reg = <0 4 1>; };"                         \
	" e@5 { compatible = \"arm,pl011\"; };"

static void console(void **state)
{
	char source[1024];

	(void)state;
#define CHOSEN(properties)                                            \
	(snprintf(source, sizeof(source),                             \
		  "/ { aliases { s1 = \"/c@3\"; }; %s chosen { %s };" \
		  " };",                                              \
		  UARTS, properties),                                 \
	 console_in(tree_from_text(source)))
	assert_string_equal(CHOSEN("stdout-path = \"/c@3\";"), "c@3 3 arm,pl011 [] 300");
	assert_string_equal(CHOSEN("stdout-path = \"/c@3:9600\";"), "c@3 3 arm,pl011 [9600] 9600");
	assert_string_equal(CHOSEN("stdout-path = \"s1:38400n8r\";"),
			    "c@3 3 arm,pl011 [38400n8r] 38400");
	assert_string_equal(CHOSEN("stdout-path = \"s1:\";"), "c@3 3 arm,pl011 [] 300");
	assert_string_equal(CHOSEN("stdout-path = \"s1:99999999999999999999\";"),
			    "c@3 3 arm,pl011 [99999999999999999999] 300");
	assert_string_equal(CHOSEN("linux,stdout-path = \"s1\";"), "c@3 3 arm,pl011 [] 300");
	assert_string_equal(CHOSEN("linux,stdout-path = \"/b@2\"; stdout-path = \"s1\";"),
			    "c@3 3 arm,pl011 [] 300");
	/* the first that is enabled, in the order of the tree, not of the drivers */
	assert_string_equal(CHOSEN(""), "(isn't there) b@2 2 ns16550a [] 0");
	assert_string_equal(CHOSEN("stdout-path = \"/a@1:9600\";"),
			    "(names a device that is disabled) b@2 2 ns16550a [] 0");
	assert_string_equal(CHOSEN("stdout-path = \"/d@4\";"),
			    "(names a device that has no driver here) b@2 2 ns16550a [] 0");
	assert_string_equal(CHOSEN("stdout-path = \"/e@5\";"),
			    "(names a device without registers that a CPU can reach) b@2 2 "
			    "ns16550a [] 0");
	assert_string_equal(CHOSEN("stdout-path = \"/nowhere\";"),
			    "(names no node) b@2 2 ns16550a [] 0");
	assert_string_equal(CHOSEN("stdout-path = \"\";"), "(names no node) b@2 2 ns16550a [] 0");
	assert_string_equal(CHOSEN("stdout-path = \":115200\";"),
			    "(names no node) b@2 2 ns16550a [] 0");
	assert_string_equal(CHOSEN("stdout-path = [2f 63];"), "(isn't there) b@2 2 ns16550a [] 0");
	assert_string_equal(CHOSEN("stdout-path = \"/\";"),
			    "(names a device that has no driver here) b@2 2 ns16550a [] 0");
#undef CHOSEN
	assert_string_equal(console_in(tree_from_text("/ { " UARTS " };")),
			    "(isn't there) b@2 2 ns16550a [] 0");
	assert_string_equal(console_in(tree_from_text("/ { };")), "(isn't there) none");
}

static void console_out_of_depth(void **state)
{
	char source[1024] = "/ { #address-cells = <1>; ";
	int depth;

	(void)state;
	for (depth = 1; depth < DEVICETREE_DEPTH_MAX; depth++)
		strcat(source, "n { #address-cells = <1>; ranges; ");
	strcat(source, "u { compatible = \"ns16550a\"; reg = <7 1>; }; ");
	for (; depth > 1; depth--)
		strcat(source, "}; ");
	strcat(source, "v { compatible = \"ns16550a\"; reg = <8 1>; }; };");
	assert_string_equal(console_in(tree_from_text(source)), "(isn't there) v 8 ns16550a [] 0");
}

static void qemu_trees(void **state)
{
	/* with secure=on the first pl011 in the tree is disabled */
	static const char *const options[] = { "", "gic-version=3", "secure=on" };

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(options); i++) {
		void *tree = tree_from_qemu(options[i], "");

		if (!tree) {
			print_message("no qemu-system-aarch64 here\n");
			skip();
		}
		assert_string_equal(console_in(tree), "pl011@9000000 9000000 arm,pl011 [] 0");
		tree = tree_from_qemu(options[i], "");
		fdt_nop_property(tree, fdt_path_offset(tree, "/chosen"), "stdout-path");
		assert_string_equal(console_in(tree),
				    "(isn't there) pl011@9000000 9000000 arm,pl011 [] 0");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(console_on_the_board),
		cmocka_unit_test(console),
		cmocka_unit_test(console_out_of_depth),
		cmocka_unit_test(qemu_trees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
