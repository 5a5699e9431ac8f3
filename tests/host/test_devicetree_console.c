// SPDX-License-Identifier: BSD-2-Clause
/*
 * Which UART a devicetree says is the console.
 *
 * Sources: lib/devicetree/devicetree.c lib/devicetree/devicetree_node.c
 * Sources: lib/devicetree/devicetree_device.c lib/devicetree/devicetree_console.c tests/host/tree.c
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
#include <lib/devicetree_console.h>

#include "tree.h"

static const char *const drivers[] = { "arm,pl011", "ns16550a" };

static const char *use_any(const struct devicetree_console *console)
{
	(void)console;
	return NULL;
}

static const char *use_none_below_3(const struct devicetree_console *console)
{
	return console->registers.base.val < 3 ? "has registers that lie in memory" : NULL;
}

/* "node base driver [options] baud", with the reason in front if it isn't by stdout-path. */
static devicetree_console_use *use = use_any;

static const char *console_in(void *tree)
{
	static char text[256];
	struct devicetree_console console;
	struct devicetree dt;

	tree_open(&dt, tree);
	if (devicetree_console_find(&dt, drivers, ARRAY_SIZE(drivers), use, &console)) {
		snprintf(text, sizeof(text), "(%s%s%s) none", console.why,
			 *console.lacks ? " " : "", console.lacks);
	} else {
		assert_int_equal(console.why == NULL,
				 console.rule == DEVICETREE_CONSOLE_STDOUT_PATH);
		snprintf(text, sizeof(text), "%s%s%s%s%s%s %llx %s [%s] %u", console.why ? "(" : "",
			 console.why ? console.why : "", *console.lacks ? " " : "", console.lacks,
			 console.why ? ") " : "", console.registers.name,
			 console.registers.base.val, drivers[console.driver], console.options,
			 console.baud);
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
	assert_int_equal(devicetree_console_find(&dt, drivers, 2, use_any, &console), 0);
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
	assert_int_equal(devicetree_console_find(&dt, drivers, 1, use_any, &console), 0);
	assert_int_equal(console.rule, DEVICETREE_CONSOLE_FIRST);
	assert_string_equal(console.why, "names a device that");
	assert_string_equal(console.lacks, "has no driver here");
	assert_true(console.registers.base.val == 0x11003000);
	assert_int_equal(console.driver, 0);
	assert_int_equal(console.reg_shift, DEVICETREE_CONSOLE_UNSAID);
	assert_int_equal(console.reg_io_width, DEVICETREE_CONSOLE_UNSAID);
	assert_int_equal(console.clock_hz, 0);
	assert_int_equal(console.baud, 57600);
	assert_string_equal(console.options, "");
	free(tree);

	/* the only ones left are disabled, on a disabled bus, on PCI, or out of reach */
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
			    "(names a device that has no registers that a CPU can reach) b@2 2 "
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

/* What the caller can't use is passed over, and remembered. */
static void passed_over(void **state)
{
	struct devicetree_console console;
	struct devicetree dt;
	void *tree = tree_open(
		&dt, tree_from_text("/ { " UARTS " chosen { stdout-path = \"/b@2:9600\"; }; };"));

	(void)state;
	assert_int_equal(devicetree_console_find(&dt, drivers, 2, use_none_below_3, &console), 0);
	assert_string_equal(console.registers.name, "c@3");
	assert_int_equal(console.rule, DEVICETREE_CONSOLE_FIRST);
	assert_string_equal(console.why, "names a device that");
	assert_string_equal(console.lacks, "has registers that lie in memory");
	assert_string_equal(console.passed.name, "b@2");
	assert_int_equal(console.passed.base.val, 2);
	assert_string_equal(console.passed.why, "has registers that lie in memory");
	assert_int_equal(console.baud, 300); /* its own, and not what was said of another */
	free(tree);

	use = use_none_below_3;
	assert_string_equal(
		console_in(tree_from_text("/ { b@2 { compatible = \"ns16550a\"; reg = <0 "
					  "2 1>; }; };")),
		"(isn't there) none");
	use = use_any;
}

/* Where its registers are and how they are read may be said in several properties. */
static void properties_of_registers(void **state)
{
	struct devicetree_console console;
	struct devicetree dt;
	char source[512];
	void *tree;

	(void)state;
#define UART(properties)                                                                      \
	(snprintf(source, sizeof(source),                                                     \
		  "/ { u@1000 { compatible = \"ns16550a\"; reg = <0 0x1000 0x100>; %s }; };", \
		  properties),                                                                \
	 tree = tree_open(&dt, tree_from_text(source)),                                       \
	 devicetree_console_find(&dt, drivers, 2, use_any, &console))
	assert_int_equal(UART("reg-offset = <0x40>; big-endian;"), 0);
	assert_true(console.registers.base.val == 0x1040 && console.registers.bytes == 0xc0);
	assert_true(console.big_endian);
	free(tree);
	assert_int_equal(UART("reg-offset = <0>; reg-shift = <0>; reg-io-width = <4>;"), 0);
	assert_true(console.registers.base.val == 0x1000 && console.registers.bytes == 0x100);
	assert_true(!console.big_endian && !console.reg_shift && console.reg_io_width == 4);
	assert_null(console.passed.name);
	free(tree);

	static const char *const wrong[] = { "reg-offset = <0x100>;", "reg-offset = <0xffffffff>;",
					     "reg-offset = <0 8>;",   "reg-shift = [02];",
					     "reg-io-width = <>;",    "reg-offset;" };

	for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_int_equal(UART(wrong[i]), -ENODEV);
		assert_string_equal(
			console.passed.why,
			i < 2 ? "has a reg-offset that leads out of its registers"
			      : "has a reg-shift, -io-width or -offset that isn't one cell");
		free(tree);
	}
#undef UART
}

/* "okay" or "ok", padded or first of several, of the port and of all above it; nothing else. */
static void states(void **state)
{
	static const struct {
		const char *text;
		bool on;
	} cases[] = {
		{ "", true },
		{ "status = \"okay\";", true },
		{ "status = \"ok\";", true },
		{ "status = \"okay\", \"\";", true },
		{ "status = \"disabled\";", false },
		{ "status = \"reserved\";", false },
		{ "status = \"fail\";", false },
		{ "status = \"fail-needs-probe\";", false },
		{ "status = \"okay2\";", false },
		{ "status = [6f 6b];", false },
		{ "status;", false },
	};
	char source[256];

	(void)state;
	for (unsigned i = 0; i < 2 * ARRAY_SIZE(cases); i++) {
		const char *text = cases[i / 2].text;

		snprintf(source, sizeof(source),
			 "/ { bus { ranges; %s u@1 { compatible = \"ns16550a\"; reg = <0 1 1>; %s "
			 "}; "
			 "}; };",
			 i % 2 ? text : "", i % 2 ? "" : text);
		assert_string_equal(console_in(tree_from_text(source)),
				    cases[i / 2].on ? "(isn't there) u@1 1 ns16550a [] 0"
						    : "(isn't there) none");
	}
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
		cmocka_unit_test(passed_over),
		cmocka_unit_test(properties_of_registers),
		cmocka_unit_test(states),
		cmocka_unit_test(console_out_of_depth),
		cmocka_unit_test(qemu_trees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
