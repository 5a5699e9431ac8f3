// SPDX-License-Identifier: BSD-2-Clause
/*
 * How the prompt's `dt` decodes properties: of each kind a good one, and broken ones.
 *
 * Sources: lib/devicetree/devicetree_chosen.c
 * Sources: kernel/show/devicetree/dt_command.c kernel/show/devicetree/devicetree_print.c
 * Sources: kernel/show/devicetree/devicetree_path.c kernel/show/devicetree/devicetree_value.c
 * Sources: kernel/show/devicetree/devicetree_value_nodes.c lib/devicetree/devicetree.c
 * Sources: lib/devicetree/devicetree_node.c lib/devicetree/devicetree_memory.c
 * Sources: kernel/prompt/completion.c lib/string.c lib/format.c tests/host/tree.c
 * Sources: tests/host/dt_prompt.c
 * Libs: -lfdt
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <kernel/errno.h>

#include "dt_prompt.h"
#include "tree.h"

/* Of /dev in tests/host/dts/values.dts. */
static const char *const good_lines[][2] = {
	{ "status", "\"disabled\"" },
	{ "compatible", "\"a,b\", \"c,d\"" },
	{ "reg", "0x100000002 + 4 KiB, 0x3 + 0 B" },
	{ "interrupts", "SPI 1 (INTID 33) level high, PPI 13 (INTID 29) level low, ESPI 5 (INTID "
			"4101) edge rising ... 36 more bytes" },
	{ "clocks", "/clock 0x3, /fixed, /clock 0xffffffff" },
	{ "interrupts-extended", "/intc@1 SPI 2 (INTID 34) level high" },
	{ "cpu", "/plain, /fixed" },
	{ "size", "32 MiB" },
	{ "alignment", "4 GiB" },
	{ "text", "\"hello\", \"world\"" },
	{ "bytes", "[de ad be]" },
	{ "cells", "<0x1 0xffffffff>" },
	{ "mixed", "<0x61000000>" },
	{ "none", "true" },
	{ "name-names", "\"\", \"x\"" },
	{ "kaslr-seed", "8 bytes, not shown" },
	{ "rng-seed", "4 bytes, not shown" },
	{ "linux,initrd-start", "0x48000000" },
	{ "linux,initrd-end", "0x148000000" },
	{ "msi-map", "0x0 -> /plain 0x10, 256 of them" },
	{ "msi-parent", "/plain, /plain" },
	{ "bus-range", "0, 255" },
	{ "escape", "[1b 5b 32 4a 00]" },
	{ "label", "\"\\x1b[2J\\x7f\\xc3\\xa4\"" },
};

static void good_values(void **state)
{
	void *tree = tree_from_file("values");

	(void)state;
	dt_use(tree);
	dt_run(0, "/dev", NULL, NULL);
	dt_begins("/dev@12\n");
	for (u32 i = 0; i < ARRAY_SIZE(good_lines); i++)
		dt_has_line(good_lines[i][0], good_lines[i][1]);
	dt_gives(0, "/clock", NULL,
		 "/clock\n"
		 "  #clock-cells          1\n"
		 "  clock-frequency       4294967296 Hz\n"
		 "  assigned-clocks       /fixed, /clock 0x7\n"
		 "  phandle               0x3\n");
	dt_gives(0, "/pci", NULL,
		 "/pci@13\n"
		 "  #address-cells        3\n"
		 "  #size-cells           2\n"
		 "  #interrupt-cells      1\n"
		 "  ranges                0x2000000:0x0:0x10 -> 0x100000010 + 4 KiB\n"
		 "  interrupt-map         0x800:0x0:0x0 pin 0x1 -> /intc@1 SPI 3 (INTID 35) level "
		 "high\n"
		 "  /port@0                           0x800:0x0:0x0 + 4 KiB\n");
	dt_run(0, "/pci/port", NULL, NULL);
	dt_has_line("interrupts", "0x1"); /* the bus' own, by its map */
	dt_run(0, "/intc", NULL, NULL);
	dt_has_line("ranges", "one to one");
	dt_run(0, "/row@7", NULL, NULL);
	dt_has_line("/child", "");
	dt_run(0, "/", NULL, NULL);
	dt_has_line("model", "\"a \\\"model\\\"\\\\\"");
	dt_has_line("interrupt-parent", "/intc@1");
	dt_has_line("/wide/", "");
	dt_has_line("/row@1", "to @3                      3 alike: r 0x1 + 8 B");
	free(tree);
}

/* Of /broken. */
static const char *const broken_lines[][2] = {
	{ "reg", "0x100000002 + 3 B, <0x4> (it ends inside an entry)" },
	{ "ranges", "<0x1 0x2 0x3> (it ends inside an entry)" },
	{ "interrupts", "<0x0 0x1 0x4 0x0> (there is no interrupt parent)" },
	{ "clocks", "/clock 0x1, /clock (it ends inside an entry)" },
	{ "assigned-clocks", "/fixed, 0x77 (no node has it), <0x1> (without that node its "
			     "entries have no known length)" },
	{ "pwms", "/wide/greedy, <0x1> (that node must say how many cells follow, 16 at "
		  "most)" },
	{ "power-domains", "/wide/greedy (that node must say how many cells follow, 16 at "
			   "most)" },
	{ "mboxes", "[01 02 03] (it ends inside an entry)" },
	{ "interrupt-map", "<0x1 0x2 0x3> (#address-cells and #interrupt-cells must be "
			   "there, and 4 at most)" },
	{ "msi-map", "<0x0 0x0 0x0> (it ends inside an entry)" },
	{ "compatible", "\"abc\" (it has no NUL at its end)" },
	{ "status", "(empty)" },
	{ "size", "<0x1 0x2 0x3> (it must have 1 or 2 cells)" },
	{ "clock-frequency", "[01] (it must have 1 or 2 cells)" },
	{ "#interrupt-cells", "[01 02] (it ends inside an entry)" },
	{ "interrupt-parent", "0x1234 (no node has it)" },
};

static void broken_values(void **state)
{
	static const char bus[] = "(cells of addresses and sizes must be 0 to 4, and 1 in sum)";
	void *tree = tree_from_file("values");
	char text[128];

	(void)state;
	dt_use(tree);
	dt_run(0, "/broken", NULL, NULL);
	for (u32 i = 0; i < ARRAY_SIZE(broken_lines); i++)
		dt_has_line(broken_lines[i][0], broken_lines[i][1]);
	dt_run(0, "/bad/reg", NULL, NULL);
	snprintf(text, sizeof(text), "<0x1 0x2 0x3> %s", bus);
	dt_has_line("reg", text);
	dt_has_line("ranges", text);
	dt_run(0, "/five/reg", NULL, NULL);
	snprintf(text, sizeof(text), "<0x1 0x2 0x3 0x4 0x5 0x6> %s", bus);
	dt_has_line("reg", text);
	dt_run(0, "/zero/reg", NULL, NULL);
	snprintf(text, sizeof(text), "<0x1> %s", bus);
	dt_has_line("reg", text);
	dt_run(0, "/over", NULL, NULL);
	assert_non_null(strstr(dt_printed, "/wide/greedy, <0x1 0x2 "));
	assert_non_null(
		strstr(dt_printed, "(that node must say how many cells follow, 16 at most)"));
	dt_run(0, "/orphan", NULL, NULL);
	dt_has_line("interrupts",
		    "<0x1> (the interrupt parent's #interrupt-cells must be 1 to 16)");
	dt_run(0, "/lost", NULL, NULL);
	dt_has_line("interrupts", "<0x1> (there is no interrupt parent)");
	dt_run(0, "/map@0", NULL, NULL);
	dt_has_line("interrupt-map", "0x1 pin 0x1 -> 0x99 (no node has it), <0x1 0x2> (without the "
				     "controller its entries have no known length)");
	dt_run(0, "/map@1", NULL, NULL);
	dt_has_line("interrupt-map", "0x1 pin 0x1 -> /wide/greedy, <0x1> (the controller's "
				     "#interrupt-cells must be 1 to 16)");
	dt_run(0, "/map@2", NULL, NULL);
	dt_has_line("interrupt-map", "0x1 pin 0x1 -> /intc@1, <0x0 0x0> (it ends inside an entry)");
	free(tree);
}

/* One property: whole, an entry a line, and its bytes where they say more. */
static void properties(void **state)
{
	void *tree = tree_from_file("values");

	(void)state;
	dt_use(tree);
	dt_gives(0, "/dev@12", "reg",
		 "0x100000002 + 4 KiB\n"
		 "0x3 + 0 B\n"
		 "  0000  00 00 00 01 00 00 00 02 00 00 10 00 00 00 00 00\n"
		 "  0010  00 00 00 03 00 00 00 00\n");
	dt_run(0, "/dev", "interrupts", NULL);
	dt_begins("SPI 1 (INTID 33) level high\n"
		  "PPI 13 (INTID 29) level low\n"
		  "ESPI 5 (INTID 4101) edge rising\n"
		  "EPPI 6 (INTID 1062) edge falling\n"
		  "0x9 0x9 0x9\n"
		  "SPI 1 (INTID 33) trigger 0x5\n"
		  "  0000  00 00 00 00 00 00 00 01");
	dt_gives(0, "/dev", "compatible", "\"a,b\"\n\"c,d\"\n");
	dt_gives(0, "/dev", "text", "\"hello\"\n\"world\"\n");
	dt_gives(0, "/dev", "none", "true\n");
	dt_gives(0, "/dev", "rng-seed", "4 bytes, not shown\n");
	dt_gives(0, "/dev", "cells", "<0x1 0xffffffff>\n  0000  00 00 00 01 ff ff ff ff\n");
	dt_gives(0, "/broken", "compatible",
		 "\"abc\" (it has no NUL at its end)\n  0000  61 62 63\n");
	dt_gives(
		-ENOENT, "/fixed", "Reg",
		"dt: /fixed has no property Reg; it has: #clock-cells, clock-frequency, phandle\n");
	dt_gives(-ENOENT, "/plain/", "x\x1b",
		 "dt: /plain has no property x\\x1b; it has: phandle\n");
	dt_gives(-ENOENT, "/row@7/child", "x",
		 "dt: /row@7/child has no property x; it has: none\n");
	dt_run(-ENOENT, "/dev", "x", NULL);
	assert_non_null(strstr(dt_printed, " text, bytes and 12 more\n"));
	free(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_values),
		cmocka_unit_test(broken_values),
		cmocka_unit_test(properties),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
