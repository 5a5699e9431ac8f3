// SPDX-License-Identifier: BSD-2-Clause
/*
 * Any bytes as a devicetree, in memory of exactly their size: all of it is shown as the prompt's
 * `dt` shows it, and every path that is offered for completion leads somewhere. What is shown is
 * printable, and of bounded length.
 *
 * Sources: lib/devicetree/devicetree_chosen.c
 * Sources: kernel/show/devicetree/devicetree_print.c kernel/show/devicetree/devicetree_path.c
 * Sources: kernel/show/devicetree/devicetree_value.c
 * Sources: kernel/show/devicetree/devicetree_value_nodes.c lib/devicetree/devicetree.c
 * Sources: lib/devicetree/devicetree_node.c lib/devicetree/devicetree_memory.c lib/format.c
 * Libs: -lfdt
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libfdt.h>

#include <kernel/devicetree_print.h>
#include <kernel/errno.h>
#include <lib/devicetree_node.h>
#include <lib/printk.h>

#include "fuzz.h"

/* Of each node, at most so many levels are walked over and so many nodes shown. */
#define NODES_MOST 32

static unsigned lines, chars, longest;

/* As printk: what doesn't fit into its buffer is lost, and nothing that is shown may be. */
static int print(const char *format, ...)
{
	char text[PRINTK_BYTES];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	REQUIRE(len >= 0 && len < PRINTK_BYTES);
	for (int i = 0; i < len; i++) {
		REQUIRE(text[i] == '\n' || (text[i] >= ' ' && text[i] < 0x7f));
		chars = text[i] == '\n' ? 0 : chars + 1;
		lines += text[i] == '\n';
		longest = chars > longest ? chars : longest;
	}
	return len;
}

static void begin(void)
{
	REQUIRE(!chars);
	lines = longest = 0;
}

/* What is typed is either a node or has a fault that can be told. */
static void find(const struct devicetree *dt, const char *text)
{
	struct devicetree_path_fault fault;
	struct devicetree_path path;

	begin();
	if (devicetree_path_find(dt, text, (u32)strlen(text), &path, &fault)) {
		devicetree_print_node(dt, &path, print);
		REQUIRE(lines <= DEVICETREE_PRINT_LINES + 4);
		return;
	}
	REQUIRE(fault.part >= text && fault.part + fault.bytes <= text + strlen(text));
	devicetree_print_fault(dt, &path, &fault, print);
	REQUIRE(lines == 1);
}

static void complete(const struct devicetree *dt, const char *prefix)
{
	char path[64];
	int at = 0;

	for (u32 i = 0;
	     i < NODES_MOST && devicetree_path_complete(dt, prefix, &at, path, sizeof(path)); i++) {
		REQUIRE(strlen(path) < sizeof(path));
		REQUIRE(!strncmp(path, prefix, strlen(prefix)));
		find(dt, path);
	}
}

static void show_node(const struct devicetree *dt, const struct devicetree_path *path)
{
	int node = path->node[path->depth];
	char text[256];
	int at, left = NODES_MOST;

	begin();
	devicetree_print_node(dt, path, print);
	REQUIRE(lines <= DEVICETREE_PRINT_LINES + 4 && longest < 2000);
	REQUIRE(devicetree_print_property(dt, path, "\x1b no such name", print) == -ENOENT);
	fdt_for_each_property_offset (at, dt->fdt, node) {
		const char *name;

		begin();
		if (left-- && fdt_getprop_by_offset(dt->fdt, at, &name, NULL))
			REQUIRE(!devicetree_print_property(dt, path, name, print) && lines);
	}
	if (fdt_get_path(dt->fdt, node, text, sizeof(text) - 1))
		return;
	find(dt, text);
	text[strlen(text) - 1] = '\0';
	find(dt, text);
	complete(dt, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct devicetree_path path = { .depth = 0 };
	struct devicetree_fault fault;
	struct devicetree dt;
	char *tree = malloc(size);
	int depth = 0, left = NODES_MOST;

	REQUIRE(tree);
	if (size)
		memcpy(tree, data, size);
	if (!devicetree_open(&dt, tree, size, &fault)) {
		begin();
		devicetree_print_tree(&dt, print);
		REQUIRE(lines <= DEVICETREE_PRINT_LINES + 4 && longest < 2000);
		complete(&dt, "");
		complete(&dt, "/");
		for (int node = 0; node >= 0 && depth >= 0 && left--;
		     node = fdt_next_node(tree, node, &depth)) {
			if (depth >= DEVICETREE_DEPTH_MAX)
				continue;
			path.depth = depth;
			path.node[depth] = node;
			show_node(&dt, &path);
		}
	}
	free(tree);
	return 0;
}
