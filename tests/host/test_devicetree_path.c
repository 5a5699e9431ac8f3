// SPDX-License-Identifier: BSD-2-Clause
/*
 * Paths as people write them: what is found, what is wrong with those that aren't, and what a
 * beginning is completed to.
 *
 * Sources: lib/devicetree/devicetree.c lib/devicetree/devicetree_node.c
 * Sources: kernel/show/devicetree/devicetree_path.c tests/host/tree.c
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

#include <kernel/devicetree_path.h>

#include "tree.h"

static struct devicetree dt;

static const char *const source =
	"/ { aliases { uart = \"/soc/uart@10\"; loop = \"loop\"; short = \"soc\"; gone = "
	"\"/soc/x\";"
	" open = [2f 73 6f 63]; none; two = \"/bus\"; };"
	" soc { uart@10 { port { }; }; uart@20 { }; i2c@30 { }; };"
	" bus@1 { a { }; }; bus@2 { }; socket { }; plain@1 { }; plain { }; plain@2 { }; };";

static void finds(const char *text, const char *path)
{
	struct devicetree_path_fault fault;
	struct devicetree_path found;
	char name[256];

	if (!devicetree_path_find(&dt, text, (u32)strlen(text), &found, &fault))
		fail_msg("%s was not found", text);
	assert_int_equal(fdt_get_path(dt.fdt, found.node[found.depth], name, sizeof(name)), 0);
	assert_string_equal(name, path);
	assert_int_equal(fdt_node_depth(dt.fdt, found.node[found.depth]), found.depth);
	for (int i = 1; i <= found.depth; i++)
		assert_int_equal(fdt_parent_offset(dt.fdt, found.node[i]), found.node[i - 1]);
}

/* `last`: the node up to which it went well. */
static void refuses(const char *text, enum devicetree_path_wrong wrong, const char *part,
		    const char *last)
{
	struct devicetree_path_fault fault;
	struct devicetree_path found;
	char name[256];

	if (devicetree_path_find(&dt, text, (u32)strlen(text), &found, &fault))
		fail_msg("%s was found", text);
	assert_int_equal(fault.wrong, wrong);
	assert_int_equal(fault.bytes, strlen(part));
	assert_memory_equal(fault.part, part, strlen(part));
	assert_int_equal(fdt_get_path(dt.fdt, found.node[found.depth], name, sizeof(name)), 0);
	assert_string_equal(name, last);
}

static void found(void **state)
{
	void *tree = tree_open(&dt, tree_from_text(source));

	(void)state;
	finds("/", "/");
	finds("///", "/");
	finds("/soc", "/soc");
	finds("//soc///uart@10/", "/soc/uart@10");
	finds("/soc/uart@20", "/soc/uart@20");
	finds("/soc/i2c", "/soc/i2c@30");
	finds("/plain", "/plain"); /* exactly that, before others without their addresses */
	finds("/plain@2", "/plain@2");
	finds("uart", "/soc/uart@10");
	finds("uart/port", "/soc/uart@10/port");
	finds("uart//", "/soc/uart@10");
	free(tree);
}

static void not_found(void **state)
{
	void *tree = tree_open(&dt, tree_from_text(source));

	(void)state;
	refuses("", DEVICETREE_PATH_NO_ALIAS, "", "/");
	refuses("soc", DEVICETREE_PATH_NO_ALIAS, "soc", "/");
	refuses("uar", DEVICETREE_PATH_NO_ALIAS, "uar", "/");
	refuses("uarts/port", DEVICETREE_PATH_NO_ALIAS, "uarts", "/");
	refuses("loop", DEVICETREE_PATH_BAD_ALIAS, "loop", "/");
	refuses("short", DEVICETREE_PATH_BAD_ALIAS, "short", "/");
	refuses("gone/port", DEVICETREE_PATH_BAD_ALIAS, "gone", "/");
	refuses("open", DEVICETREE_PATH_BAD_ALIAS, "open", "/");
	refuses("none", DEVICETREE_PATH_BAD_ALIAS, "none", "/");
	refuses("two", DEVICETREE_PATH_BAD_ALIAS, "two", "/");
	refuses("/so", DEVICETREE_PATH_NO_CHILD, "so", "/");
	refuses("/sock", DEVICETREE_PATH_NO_CHILD, "sock", "/");
	refuses("/soc@1", DEVICETREE_PATH_NO_CHILD, "soc@1", "/");
	refuses("/soc/uart@1", DEVICETREE_PATH_NO_CHILD, "uart@1", "/soc");
	refuses("/soc/uart@10/port/deep/er", DEVICETREE_PATH_NO_CHILD, "deep", "/soc/uart@10/port");
	refuses("/soc/uart/port", DEVICETREE_PATH_SEVERAL, "uart", "/soc");
	refuses("/bus/a", DEVICETREE_PATH_SEVERAL, "bus", "/");
	refuses("uart/x", DEVICETREE_PATH_NO_CHILD, "x", "/soc/uart@10");
	free(tree);

	tree = tree_open(&dt, tree_from_text("/ { a { }; };"));
	refuses("a", DEVICETREE_PATH_NO_ALIAS, "a", "/");
	free(tree);
}

static void too_deep(void **state)
{
	char text[512] = "/ {", path[64] = "";
	void *tree;

	(void)state;
	for (int i = 1; i < 20; i++)
		strcat(text, " n {");
	for (int i = 0; i < 20; i++)
		strcat(text, " };");
	tree = tree_open(&dt, tree_from_text(text));
	for (int i = 1; i < DEVICETREE_DEPTH_MAX; i++) {
		strcat(path, "/n");
		finds(path, path);
	}
	strcpy(text, path);
	strcat(text, "/n");
	refuses(text, DEVICETREE_PATH_TOO_DEEP, "n", path);
	free(tree);
}

/* All that `prefix` is completed to, one after the other, each with a blank. */
static void completes(const char *prefix, size_t size, const char *all)
{
	char text[1024] = "", buf[64];
	int at = 0;

	while (devicetree_path_complete(&dt, prefix, &at, buf, size)) {
		assert_true(strlen(buf) < size);
		assert_memory_equal(buf, prefix, strlen(prefix));
		strcat(strcat(text, buf), " ");
	}
	assert_string_equal(text, all);
}

static void completed(void **state)
{
	void *tree = tree_open(&dt, tree_from_text(source));

	(void)state;
	completes("", 64, "/ uart loop short gone open none two ");
	completes("u", 64, "uart ");
	completes("uart", 64, "uart ");
	completes("x", 64, "");
	completes("/", 64, "/aliases /soc /bus@1 /bus@2 /socket /plain@1 /plain /plain@2 ");
	completes("/so", 64, "/soc /socket ");
	completes("/so", 8, "/soc /socket ");
	completes("/so", 7, "/soc ");
	completes("/bus@", 64, "/bus@1 /bus@2 ");
	completes("/soc/", 64, "/soc/uart@10 /soc/uart@20 /soc/i2c@30 ");
	completes("//soc//u", 64, "//soc//uart@10 //soc//uart@20 ");
	completes("uart/", 64, "uart/port ");
	completes("/socket/", 64, "");
	completes("/nowhere/", 64, "");
	completes("/bus/", 64, ""); /* which one? */
	free(tree);
}

/* What nobody can type isn't offered. */
static void strange_names(void **state)
{
	static char buffer[4096] __attribute__((aligned(8)));

	(void)state;
	fdt_create(buffer, sizeof(buffer));
	fdt_finish_reservemap(buffer);
	fdt_begin_node(buffer, "");
	for (u32 i = 0; i < 5; i++) {
		static const char *const names[] = { "a b", "a\x1b", "a\xc3\xa4", "a~!", "b@1@2" };

		fdt_begin_node(buffer, names[i]);
		fdt_end_node(buffer);
	}
	fdt_end_node(buffer);
	assert_int_equal(fdt_finish(buffer), 0);
	tree_open(&dt, buffer);
	completes("/a", 64, "/a~! ");
	finds("/b", "/b@1@2");
	refuses("/b@1", DEVICETREE_PATH_NO_CHILD, "b@1", "/");
	completes("", 64, "/ ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(found),         cmocka_unit_test(not_found),
		cmocka_unit_test(too_deep),      cmocka_unit_test(completed),
		cmocka_unit_test(strange_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
