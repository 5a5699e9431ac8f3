// SPDX-License-Identifier: BSD-2-Clause
/*
 * The prompt's `dt`: trees of all sizes, damaged ones too, and words that mean nothing in them.
 *
 * Sources: lib/devicetree/devicetree_chosen.c
 * Sources: kernel/show/devicetree/dt_command.c kernel/show/devicetree/devicetree_print.c
 * Sources: kernel/show/devicetree/devicetree_path.c kernel/show/devicetree/devicetree_value.c
 * Sources: kernel/show/devicetree/devicetree_value_nodes.c lib/devicetree/devicetree.c
 * Sources: lib/devicetree/devicetree_node.c lib/devicetree/devicetree_memory.c
 * Sources: kernel/prompt/completion.c lib/string.c lib/format.c tests/host/tree.c
 * Sources: tests/host/dt_prompt.c
 * Libs: -lfdt -Wl,--wrap=fdt_get_path -Wl,--wrap=fdt_node_offset_by_phandle
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libfdt.h>

#include <kernel/completion.h>
#include <kernel/devicetree_print.h>
#include <kernel/errno.h>

#include "dt_prompt.h"
#include "tree.h"

static void whole_tree(void **state)
{
	void *tree = tree_from_file("values");

	(void)state;
	dt_use(tree);
	dt_gives(0, NULL, NULL,
		 "/memreserve/ 0x80000000 + 64 KiB\n"
		 "/memreserve/ 0x90000000 + 0 B (has no size)\n"
		 "/\n"
		 "  intc@1                            arm,gic-v3 0x1 + 64 KiB\n"
		 "  clock\n"
		 "  fixed\n"
		 "  wide\n"
		 "    greedy\n"
		 "  dev@12                            [disabled] a,b 0x100000002 + 4 KiB, 1 more\n"
		 "  plain\n"
		 "  pci@13\n"
		 "    port@0                          0x800:0x0:0x0 + 4 KiB\n"
		 "  five\n"
		 "    reg@0                           (broken reg)\n"
		 "  bad\n"
		 "    reg@0                           (broken reg)\n"
		 "  zero\n"
		 "    reg@0                           (broken reg)\n"
		 "  broken                            [] abc (broken reg)\n"
		 "  over\n"
		 "  orphan\n"
		 "  lost\n"
		 "  map@0\n"
		 "  map@1\n"
		 "  map@2\n"
		 "  row@1 to @3                       3 alike: r 0x1 + 8 B\n"
		 "  row@4                             r 0x4 + 9 B\n"
		 "  row@5                             r 0x5 + 8 B\n"
		 "  row@6                             r 0x6 + 8 B\n"
		 "  row@7                             r 0x7 + 8 B\n"
		 "    child\n"
		 "  row@8                             s 0x8 + 8 B\n"
		 "  rows@8                            s 0x8 + 8 B\n"
		 "  rows@9                            s 0x9 + 8 B\n"
		 "  rows@a                            [fail] s 0xa + 8 B\n"
		 "  rows@b                            s (broken reg)\n"
		 "36 nodes, 3567 bytes\n");
	free(tree);
}

static void wrong_words(void **state)
{
	void *tree = tree_from_text(
		"/ { aliases { bad = \"bad\"; a = \"/u@1\"; }; u@1 { }; u@2 { }; };");

	(void)state;
	dt_use(tree);
	dt_run(-EINVAL, "/", "reg", "more");
	assert_string_equal(dt_printed, "dt: write dt, dt PATH, or dt PATH PROPERTY\n");
	dt_gives(0, "a", NULL, "/u@1\n");
	dt_gives(-ENOENT, "b", NULL, "dt: b: a path begins with / or an alias; aliases: bad, a\n");
	dt_gives(-ENOENT, "bad", NULL,
		 "dt: bad: this alias isn't the path of a node; aliases: bad, a\n");
	dt_gives(-ENOENT, "/v", NULL, "dt: / has no v; it has: aliases, u@1, u@2\n");
	dt_gives(-ENOENT, "/u@1/\x1b[2J/x", NULL, "dt: /u@1 has no \\x1b[2J; it has: none\n");
	dt_gives(-EINVAL, "/u", NULL, "dt: / has several u, write one of: u@1, u@2\n");
	free(tree);
	tree = tree_from_text("/ { };");
	dt_use(tree);
	dt_gives(-ENOENT, "a", NULL, "dt: a: a path begins with / or an alias; aliases: none\n");
	dt_gives(0, "/", NULL, "/\n");
	dt_gives(0, NULL, NULL, "/\n1 node, 72 bytes\n");
	free(tree);
}

/* Written to since boot: it is looked at again, and refused. */
static void damaged(void **state)
{
	void *tree = tree_from_text("/ { a { b; }; };");
	fdt32_t *tag = (void *)((char *)tree + fdt_off_dt_struct(tree));

	(void)state;
	dt_use(tree);
	tag[2] = cpu_to_fdt32(7);
	dt_run(-EINVAL, NULL, NULL, NULL);
	dt_begins("dt: the devicetree has something that isn't a tag, at: 0x");
	fdt_set_magic(tree, 0);
	dt_gives(-EINVAL, "/", NULL,
		 "dt: the devicetree must begin with the magic 0xd00dfeed, not with: 0\n");
	free(tree);
}

static u32 lines(void)
{
	u32 count = 0;

	for (const char *c = dt_printed; (c = strchr(c, '\n')); c++)
		count++;
	return count;
}

/* Very many nodes, properties, reservations and levels, and very long names and values. */
static void bounds(void **state)
{
	static char buffer[1 << 20] __attribute__((aligned(8)));
	static char name[3000];

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	fdt_create(buffer, sizeof(buffer));
	for (u32 i = 0; i < 1500; i++)
		fdt_add_reservemap_entry(buffer, 0x1000 + i, 0x1000);
	fdt_finish_reservemap(buffer);
	fdt_begin_node(buffer, "");
	fdt_property(buffer, "bootargs", name, sizeof(name));
	fdt_property(buffer, "bytes", name, sizeof(name) - 1);
	for (u32 i = 0; i < 1500; i++) {
		char word[16];

		snprintf(word, sizeof(word), "p%u", i);
		fdt_property_u32(buffer, word, i);
	}
	fdt_begin_node(buffer, name);
	fdt_end_node(buffer);
	for (u32 i = 0; i < 20; i++)
		fdt_begin_node(buffer, "deep");
	for (u32 i = 0; i < 20; i++)
		fdt_end_node(buffer);
	for (u32 i = 0; i < 3000; i++) {
		fdt_begin_node(buffer, "one");
		fdt_end_node(buffer);
	}
	fdt_end_node(buffer);
	assert_int_equal(fdt_finish(buffer), 0);
	dt_use(buffer);

	dt_run(0, NULL, NULL, NULL);
	assert_in_range(lines(), DEVICETREE_PRINT_LINES, DEVICETREE_PRINT_LINES + 3);
	assert_non_null(strstr(dt_printed, "\n... and 1000 more\n"));
	assert_non_null(strstr(dt_printed, "... and 2522 more nodes; `dt PATH` shows"));
	assert_non_null(strstr(dt_printed, "\n3022 nodes, "));
	assert_non_null(strstr(dt_printed, "nnn...\n"));
	dt_run(0, "/", NULL, NULL);
	assert_in_range(lines(), DEVICETREE_PRINT_LINES, DEVICETREE_PRINT_LINES + 3);
	assert_non_null(strstr(dt_printed, "nnn\" ... 2924 more bytes\n"));
	assert_non_null(strstr(dt_printed, "... and 1003 more properties;"));
	dt_run(0, "/", "bootargs", NULL);
	assert_int_equal(strlen(dt_printed), sizeof(name) - 1 + 3);
	dt_run(0, "/", "bytes", NULL);
	assert_int_equal(lines(), 1 + (sizeof(name) - 1 + 15) / 16);
	dt_run(-ENOENT, "/", "p1500", NULL);
	assert_int_equal(lines(), 1);
	dt_run(-ENOENT, "/x", NULL, NULL);
	assert_int_equal(lines(), 1);
	dt_run(-ENOENT, "/deep/deep/deep/deep/deep/deep/deep/deep/deep/deep/deep/deep/deep", NULL,
	       NULL);
	assert_non_null(strstr(dt_printed,
			       "deep has no deep that is shown: it lies more than 11 levels"
			       " deep\n"));
}

/* Every node of QEMU's tree can be had by its path, and nothing in it is called broken. */
static void qemu_trees(void **state)
{
	static const char *const options[] = { "", "gic-version=3", "secure=on" };

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(options); i++) {
		void *tree = tree_from_qemu(options[i], "-smp 4 -m 512M");
		char path[256];

		if (!tree) {
			print_message("no qemu-system-aarch64 here\n");
			skip();
		}
		dt_use(tree);
		for (int node = 0, depth = 0; node >= 0 && depth >= 0;
		     node = fdt_next_node(tree, node, &depth)) {
			assert_int_equal(fdt_get_path(tree, node, path, sizeof(path)), 0);
			dt_run(0, path, NULL, NULL);
			dt_begins(path);
			assert_null(strstr(dt_printed, " (it "));
			assert_null(strstr(dt_printed, "no node"));
			assert_null(strstr(dt_printed, "must"));
		}
		free(tree);
	}
}

extern const struct completer completer_entry_PATH;

static u32 offered, left_out;

static void find(const char *word)
{
	if (!strcmp(word, "...")) {
		left_out++;
		return;
	}
	assert_memory_equal(word, "/row", 4);
	offered++;
}

/* The tab key: what a path may go on with, unless the tree is damaged. */
static void completion(void **state)
{
	struct completion c = { .prefix = "/row", .found = find };
	void *tree = tree_from_file("values");

	(void)state;
	dt_use(tree);
	offered = 0;
	completer_entry_PATH.offer(&c);
	assert_int_equal(offered, 12);
	assert_string_equal(c.common, "/row");
	fdt_set_magic(tree, 0);
	completer_entry_PATH.offer(&c);
	assert_int_equal(offered, 12);
	free(tree);
}

/* What walks over the tree. */
static u32 walks;

int __real_fdt_get_path(const void *fdt, int node, char *buf, int size);
int __wrap_fdt_get_path(const void *fdt, int node, char *buf, int size);
int __real_fdt_node_offset_by_phandle(const void *fdt, uint32_t phandle);
int __wrap_fdt_node_offset_by_phandle(const void *fdt, uint32_t phandle);

int __wrap_fdt_get_path(const void *fdt, int node, char *buf, int size)
{
	walks++;
	return __real_fdt_get_path(fdt, node, buf, size);
}

int __wrap_fdt_node_offset_by_phandle(const void *fdt, uint32_t phandle)
{
	walks++;
	return __real_fdt_node_offset_by_phandle(fdt, phandle);
}

/* A tree of 1 MiB costs as many walks as it has time for, whatever stands in it. */
static void large_tree(void **state)
{
	static char buffer[2 << 20] __attribute__((aligned(8)));
	static fdt32_t same[5000], others[1000];
	struct completion c = { .prefix = "/row", .found = find };
	char name[16];

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(same); i++)
		same[i] = cpu_to_fdt32(7);
	for (u32 i = 0; i < ARRAY_SIZE(others); i++)
		others[i] = cpu_to_fdt32(1000 + i);
	fdt_create(buffer, sizeof(buffer));
	fdt_finish_reservemap(buffer);
	fdt_begin_node(buffer, "");
	fdt_property(buffer, "memory-region", same, sizeof(same));
	fdt_property(buffer, "affinity", others, sizeof(others));
	for (u32 i = 0; i < 50000; i++) {
		snprintf(name, sizeof(name), "row%05u", (i + 1) % 50000);
		fdt_begin_node(buffer, name);
		fdt_end_node(buffer);
	}
	fdt_begin_node(buffer, "last");
	fdt_property_u32(buffer, "phandle", 7);
	fdt_end_node(buffer);
	fdt_end_node(buffer);
	assert_int_equal(fdt_finish(buffer), 0);
	dt_use(buffer);

	walks = 0;
	dt_run(0, "/", "memory-region", NULL);
	assert_int_equal(walks, 2);
	assert_memory_equal(dt_printed, "/last\n/last\n", 12);
	walks = 0;
	dt_run(0, "/", "affinity", NULL);
	assert_in_range(walks, 1, 20);
	assert_memory_equal(dt_printed, "0x3e8 (no node has it)\n", 23);
	assert_non_null(strstr(dt_printed, "\n0x7cf (not looked up)\n"));

	offered = left_out = 0;
	completer_entry_PATH.offer(&c);
	assert_in_range(offered, 100, 1000);
	assert_int_equal(left_out, 1);
	/* The first ones have more in common than all. */
	c = (struct completion){ .prefix = "/row" };
	completer_entry_PATH.offer(&c);
	assert_int_equal(c.count, 50000);
	assert_string_equal(c.common, "/row");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_tree), cmocka_unit_test(wrong_words),
		cmocka_unit_test(damaged),    cmocka_unit_test(bounds),
		cmocka_unit_test(qemu_trees), cmocka_unit_test(completion),
		cmocka_unit_test(large_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
