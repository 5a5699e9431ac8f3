// SPDX-License-Identifier: BSD-2-Clause
/*
 * Opening a devicetree, reading its properties and /chosen.
 *
 * Sources: kernel/devicetree.c kernel/devicetree_node.c kernel/devicetree_chosen.c tests/host/tree.c
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

#include <kernel/devicetree_chosen.h>
#include <kernel/devicetree_node.h>
#include <kernel/errno.h>

#include "tree.h"

#define BE(x) cpu_to_fdt32(x)

/* A good tree that the structural tests damage: small, and each block where we can reach it. */
static const char small[] =
	"/memreserve/ 0x1000 0x2000; / { #address-cells = <1>; #size-cells = <1>; model = \"m\";"
	" a@1 { reg = <1 2>; }; b { c { }; }; };";

static void refused(const void *tree, u64 available, int error, const char *why)
{
	struct devicetree_fault fault = { 0 };
	struct devicetree dt;

	assert_int_equal(devicetree_open(&dt, tree, available, &fault), error);
	if (!strstr(fault.why, why))
		fail_msg("'%s' was expected, not '%s'", why, fault.why);
}

static void open_tree(struct devicetree *dt, const void *tree)
{
	struct devicetree_fault fault = { 0 };

	if (devicetree_open(dt, tree, tree_bytes(tree), &fault))
		fail_msg("refused: %s: %#llx", fault.why, fault.value);
}

static void *open_text(struct devicetree *dt, const char *source)
{
	void *tree = tree_from_text(source);

	open_tree(dt, tree);
	return tree;
}

static struct fdt_header *header(void *tree)
{
	return tree;
}

static fdt32_t *tag_at(void *tree, u32 offset)
{
	return (void *)((char *)tree + fdt_off_dt_struct(tree) + offset);
}

/* The structure-block offset of the n-th property of the whole tree. */
static u32 property_offset(const void *tree, int n)
{
	int offset = 0, next;

	for (;; offset = next) {
		if (fdt_next_tag(tree, offset, &next) == FDT_PROP && n-- == 0)
			return (u32)offset;
		assert_true(next > 0);
	}
}

static void header_faults(void **state)
{
	void *good = tree_from_text(small);
	u32 bytes = tree_bytes(good);
	char *tree = malloc(bytes + 8);

	(void)state;
	refused(NULL, 0, -ENOENT, "none was handed over");
	memcpy(tree + 4, good, bytes);
	refused(tree + 4, bytes, -EINVAL, "aligned to 8 bytes");

#define DAMAGED(field, value, error, why)         \
	do {                                      \
		memcpy(tree, good, bytes);        \
		header(tree)->field = BE(value);  \
		refused(tree, bytes, error, why); \
	} while (0)
	DAMAGED(magic, 0x1234, -EINVAL, "magic");
	DAMAGED(magic, ~FDT_MAGIC, -EINVAL, "magic"); /* an unfinished tree of fdt_sw */
	DAMAGED(version, 16, -EINVAL, "version 17 at least");
	DAMAGED(last_comp_version, 18, -EINVAL, "compatible with version 17");
	DAMAGED(totalsize, (2 << 20) + 1, -E2BIG, "2 MiB at most");
	DAMAGED(totalsize, bytes + 1, -EINVAL, "cut short");
	DAMAGED(totalsize, 47, -EINVAL, "outside totalsize");
	DAMAGED(off_dt_struct, fdt_off_dt_struct(good) + 2, -EINVAL, "not aligned to 4");
	DAMAGED(off_dt_struct, 0, -EINVAL, "structure block");
	DAMAGED(off_dt_struct, 0xfffffffc, -EINVAL, "structure block");
	DAMAGED(size_dt_struct, bytes, -EINVAL, "structure block");
	DAMAGED(size_dt_struct, 0xffffffff, -EINVAL, "structure block");
	DAMAGED(size_dt_struct, 0, -EINVAL, "is cut short, at");
	DAMAGED(off_dt_strings, 0, -EINVAL, "strings block");
	DAMAGED(size_dt_strings, bytes, -EINVAL, "strings block");
	DAMAGED(size_dt_strings, fdt_size_dt_strings(good) - 1, -EINVAL, "end in NUL");
	DAMAGED(size_dt_strings, 0, -EINVAL, "without a name");
	DAMAGED(off_mem_rsvmap, 44, -EINVAL, "list not aligned to 8");
	DAMAGED(off_mem_rsvmap, 32, -EINVAL, "list without an end");
	DAMAGED(off_mem_rsvmap, bytes & ~7u, -EINVAL, "list without an end");
#undef DAMAGED

	for (u32 i = 0; i < sizeof(struct fdt_header); i++)
		refused(good, i, -EINVAL, "shorter than its header");
	refused(good, bytes - 1, -EINVAL, "cut short");
	free(good);
	free(tree);
}

/* A tree without the end of its reservations: the list runs into what follows, to the end. */
static void endless_reservations(void **state)
{
	void *tree = tree_from_text(small);
	u32 bytes = tree_bytes(tree);
	u32 list = fdt_off_mem_rsvmap(tree);

	(void)state;
	memset((char *)tree + list, 0xff, bytes - list);
	header(tree)->size_dt_strings = 0;
	refused(tree, bytes, -EINVAL, "list without an end");
	free(tree);
}

static void structure_faults(void **state)
{
	void *good = tree_from_text(small);
	u32 bytes = tree_bytes(good);
	u32 end = fdt_size_dt_struct(good) - 4;
	u32 property = property_offset(good, 0);
	void *tree = malloc(bytes);

	(void)state;
#define DAMAGED(offset, value, why)                 \
	do {                                        \
		memcpy(tree, good, bytes);          \
		*tag_at(tree, offset) = BE(value);  \
		refused(tree, bytes, -EINVAL, why); \
	} while (0)
	DAMAGED(0, FDT_NOP, "root node first");
	DAMAGED(0, FDT_END, "root node first");
	DAMAGED(property, 7, "isn't a tag");
	DAMAGED(property, FDT_END, "ends inside a node");
	DAMAGED(end - 4, FDT_NOP, "ends inside a node");
	DAMAGED(end, FDT_NOP, "is cut short, at");
	DAMAGED(end, FDT_END_NODE, "that didn't begin");
	DAMAGED(end, FDT_PROP, "property outside the root");
	DAMAGED(end, FDT_BEGIN_NODE, "name doesn't end");
	/* lengths: past the block, wrapping around, and -12, at which libfdt stands still */
	DAMAGED(property + 4, end, "leaves the structure block");
	DAMAGED(property + 4, 0xffffffff, "leaves the structure block");
	DAMAGED(property + 4, 0x80000000, "leaves the structure block");
	DAMAGED(property + 4, (u32)-12, "leaves the structure block");
	DAMAGED(property + 8, fdt_size_dt_strings(good), "without a name");
	DAMAGED(property + 8, 0xffffffff, "without a name");
#undef DAMAGED

	/* ends, then begins once more */
	memcpy(tree, good, bytes);
	memmove(tag_at(tree, 8 + 4), tag_at(tree, 8), end - 8 - 4);
	*tag_at(tree, 8) = BE(FDT_END_NODE);
	refused(tree, bytes, -EINVAL, "property outside the root");
	*tag_at(tree, 12) = BE(FDT_BEGIN_NODE);
	refused(tree, bytes, -EINVAL, "second root");

	/* a property whose fixed part is all that is left */
	memcpy(tree, good, bytes);
	header(tree)->size_dt_struct = BE(property + 8);
	refused(tree, bytes, -EINVAL, "leaves the structure block");
	free(good);
	free(tree);
}

static void libfdt_stands_still(void **state)
{
	void *tree = tree_from_text(small);
	u32 property = property_offset(tree, 0);
	int next;

	(void)state;
	/* The reason for the walk of our own. If this fails, libfdt has learned to look. */
	*tag_at(tree, property + 4) = BE((u32)-12);
	assert_int_equal(fdt_next_tag(tree, (int)property, &next), FDT_PROP);
	assert_int_equal(next, property);
	free(tree);
}

/* No single damaged byte, and no cut, may do worse than be refused. ASan watches. */
static void every_byte(void **state)
{
	void *good = tree_from_file("board");
	u32 bytes = tree_bytes(good);
	unsigned char *tree = malloc(bytes);
	struct devicetree_fault fault;
	struct devicetree dt;
	const char *args;
	u32 opened = 0;

	(void)state;
	for (u32 i = 0; i < bytes; i++) {
		for (int flip = 1; flip < 256; flip <<= 1) {
			memcpy(tree, good, bytes);
			tree[i] ^= (unsigned char)flip;
			if (devicetree_open(&dt, tree, bytes, &fault))
				continue;
			opened++;
			devicetree_model(&dt);
			devicetree_used_bytes(&dt);
			(void)!devicetree_chosen_bootargs(&dt, &args);
		}
	}
	assert_true(opened > bytes); /* most bits are values and names */
	free(tree);

	for (u32 i = 0; i < bytes; i++) {
		tree = malloc(i + 1);
		memcpy(tree, good, i);
		assert_int_equal(devicetree_open(&dt, tree, i, &fault), -EINVAL);
		free(tree);
	}
	free(good);
}

static void notes(void **state)
{
	struct devicetree dt;
	void *tree = open_text(
		&dt, "/ { aliases { }; chosen { }; cpus { }; reserved-memory { };"
		     " x { chosen { }; memory@0 { device_type = \"memory\"; reg = <0 1>; }; };"
		     " memory@1 { device_type = \"memory\"; };"
		     " y { device_type = \"memorx\"; }; z { device_type = \"memory\", \"x\"; };"
		     " memory@2 { device_type = \"memory\"; };"
		     " gic@0 { compatible = \"arm,gic-400\"; status = \"disabled\"; };"
		     " soc { gic@1 { compatible = \"vendor,gic\", \"arm,gic-v3\"; its { }; }; };"
		     " gic@2 { compatible = \"arm,gic-v3\"; };"
		     " psci@0 { status = \"fail\"; compatible = \"arm,psci-1.0\"; };"
		     " psci@1 { compatible = \"arm,psci\"; status = \"okay\"; }; };");

	(void)state;
	assert_int_equal(dt.aliases, fdt_path_offset(tree, "/aliases"));
	assert_int_equal(dt.chosen, fdt_path_offset(tree, "/chosen"));
	assert_int_equal(dt.cpus, fdt_path_offset(tree, "/cpus"));
	assert_int_equal(dt.reserved_memory, fdt_path_offset(tree, "/reserved-memory"));
	assert_int_equal(dt.memory_first, fdt_path_offset(tree, "/memory@1"));
	assert_int_equal(dt.memory_last, fdt_path_offset(tree, "/memory@2"));
	assert_int_equal(dt.psci, fdt_path_offset(tree, "/psci@1"));
	assert_int_equal(dt.intc.depth, 2);
	assert_int_equal(dt.intc.node[0], 0);
	assert_int_equal(dt.intc.node[1], fdt_path_offset(tree, "/soc"));
	assert_int_equal(dt.intc.node[2], fdt_path_offset(tree, "/soc/gic@1"));
	assert_int_equal(dt.children, 14);
	free(tree);

	tree = open_text(&dt, "/ { };");
	assert_true(dt.aliases < 0 && dt.chosen < 0 && dt.cpus < 0 && dt.reserved_memory < 0);
	assert_true(dt.memory_first < 0 && dt.memory_last < 0 && dt.psci < 0 && dt.intc.depth < 0);
	assert_true(devicetree_node_next_child(&dt, 0) < 0);
	assert_string_equal(devicetree_model(&dt), "unknown");
	free(tree);
}

/* A tree that is deeper than paths are noted, with something to note at the bottom. */
static void deep(void **state)
{
	char source[4096] = "/ { ";
	struct devicetree dt;
	void *tree;

	(void)state;
	for (int depth = 1; depth < DEVICETREE_DEPTH_MAX - 1; depth++)
		strcat(source, "n { ");
	strcat(source, "n { compatible = \"arm,gic-v3\"; n { compatible = \"arm,psci-1.0\"; ");
	for (int depth = 1; depth < DEVICETREE_DEPTH_MAX + 2; depth++)
		strcat(source, "}; ");
	tree = open_text(&dt, source);
	assert_int_equal(dt.intc.depth, DEVICETREE_DEPTH_MAX - 1);
	assert_true(dt.psci < 0);
	free(tree);
}

/* Whatever libfdt says of a property, a name or a child, we say. */
static void compare_with_libfdt(void *tree)
{
	struct devicetree dt;
	int node, child, property, depth = 0;

	open_tree(&dt, tree);
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

static void used_bytes(void **state)
{
	struct devicetree dt;
	void *tree = tree_from_text(small);
	u32 bytes = tree_bytes(tree);
	char *large = calloc(1, 1 << 20);
	u32 used;

	(void)state;
	assert_int_equal(fdt_open_into(tree, large, 1 << 20), 0);
	open_tree(&dt, large);
	assert_int_equal(devicetree_total_bytes(&dt), 1 << 20);
	used = devicetree_used_bytes(&dt);
	assert_in_range(used, bytes - 16, bytes + 16);

	/* the used bytes alone are the whole tree */
	free(tree);
	tree = malloc(used);
	memcpy(tree, large, used);
	devicetree_trim(&dt, tree);
	assert_int_equal(tree_bytes(tree), used);
	dt.fdt = tree;
	assert_string_equal(devicetree_model(&dt), "m");
	compare_with_libfdt(tree);

	/* the reservations may come last */
	memmove(large + 4096, large + fdt_off_mem_rsvmap(large), 32);
	header(large)->off_mem_rsvmap = BE(4096);
	open_tree(&dt, large);
	assert_int_equal(devicetree_used_bytes(&dt), 4096 + 32);
	free(large);
}

static void model(void **state)
{
	struct devicetree dt;
	void *tree;

	(void)state;
	tree = open_text(&dt, "/ { model = \"the model\"; compatible = \"a,b\"; };");
	assert_string_equal(devicetree_model(&dt), "the model");
	free(tree);
	tree = open_text(&dt, "/ { compatible = \"a,b\", \"c,d\"; };");
	assert_string_equal(devicetree_model(&dt), "a,b");
	free(tree);
	tree = open_text(&dt, "/ { model = [61 62]; compatible = \"a,b\"; };");
	assert_string_equal(devicetree_model(&dt), "a,b");
	free(tree);
	tree = open_text(&dt, "/ { model; };");
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
		tree = open_text(&dt, source);
		assert_int_equal(devicetree_node_enabled(&dt, 0), cases[i].enabled);
		free(tree);
	}
}

static void properties(void **state)
{
	static const char *const names[] = { "x,one", "x,two", "x,three" };
	struct devicetree dt;
	u32 value = 7;
	void *tree = open_text(
		&dt,
		"/ { one = <0xcafe>; two = <1 2>; byte = [01]; none; text = \"t\"; open = [61 62];"
		" a { compatible = \"y\", \"x,three\", \"x,one\"; };"
		" b { compatible = \"x,onetwo\", \"x,on\"; }; c { compatible = [78 2c 6f 6e 65]; };"
		" d { compatible = \"y\", \"\", \"x,two\"; }; };");

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
		tree = open_text(&dt, source);
		assert_int_equal(devicetree_node_cells(&dt, 0, &found), cases[i].good);
		if (cases[i].good) {
			assert_int_equal(found.address, cases[i].address);
			assert_int_equal(found.size, cases[i].size);
		}
		free(tree);
	}
}

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
		tree = open_text(&dt, source);
		args = NULL;
		assert_int_equal(devicetree_chosen_bootargs(&dt, &args), cases[i].error);
		if (cases[i].args)
			assert_string_equal(args, cases[i].args);
		else
			assert_null(args);
		free(tree);
	}
	tree = open_text(&dt, "/ { };");
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
		tree = open_text(&dt, source);
		assert_int_equal(devicetree_chosen_initrd(&dt, &range), cases[i].error);
		assert_true(range.base.val == cases[i].base && range.bytes == cases[i].bytes);
		if (cases[i].why)
			assert_non_null(strstr(range.why, cases[i].why));
		else
			assert_null(range.why);
		free(tree);
	}
	tree = open_text(&dt, "/ { };");
	assert_int_equal(devicetree_chosen_initrd(&dt, &range), -ENOENT);
	free(tree);
}

static void kaslr_seed(void **state)
{
	struct devicetree dt;
	u64 seed = 1;
	void *tree;

	(void)state;
	tree = open_text(&dt, "/ { chosen { kaslr-seed = <0x01234567 0x89abcdef>; x = <7>; }; };");
	assert_int_equal(devicetree_chosen_kaslr_seed(&dt, &seed), 0);
	assert_true(seed == 0x0123456789abcdef);
	devicetree_chosen_wipe_kaslr_seed(&dt, tree);
	seed = 1;
	assert_int_equal(devicetree_chosen_kaslr_seed(&dt, &seed), -ENOENT);
	assert_int_equal(seed, 1);
	for (u32 i = 0; i + 8 <= tree_bytes(tree); i++)
		assert_int_not_equal(memcmp((char *)tree + i, "\x01\x23\x45\x67", 4), 0);
	open_tree(&dt, tree);
	assert_true(devicetree_node_u32(&dt, dt.chosen, "x", (u32 *)&seed));
	free(tree);

	tree = open_text(&dt, "/ { chosen { kaslr-seed = <7>; }; };");
	assert_int_equal(devicetree_chosen_kaslr_seed(&dt, &seed), -EINVAL);
	devicetree_chosen_wipe_kaslr_seed(&dt, tree);
	free(tree);
	tree = open_text(&dt, "/ { chosen { }; };");
	assert_int_equal(devicetree_chosen_kaslr_seed(&dt, &seed), -ENOENT);
	devicetree_chosen_wipe_kaslr_seed(&dt, tree);
	free(tree);
	tree = open_text(&dt, "/ { };");
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
	tree = open_text(&dt, "/ { #address-cells = <2>; #size-cells = <1>; chosen {"
			      " linux,usable-memory-range = <1 2 3  4 5 6  7>; }; };");
	assert_true(devicetree_chosen_next_usable(&dt, &cursor, &range));
	assert_true(range.base.val == 0x100000002 && range.bytes == 3 && !range.why);
	assert_true(devicetree_chosen_next_usable(&dt, &cursor, &range));
	assert_true(range.base.val == 0x400000005 && range.bytes == 6 && !range.why);
	assert_true(devicetree_chosen_next_usable(&dt, &cursor, &range));
	assert_true(range.bytes == 0 && strstr(range.why, "ends inside an entry"));
	assert_false(devicetree_chosen_next_usable(&dt, &cursor, &range));
	free(tree);

	cursor = (struct devicetree_cursor){ 0 };
	tree = open_text(&dt, "/ { #address-cells = <3>; chosen {"
			      " linux,usable-memory-range = <1 2 3>; }; };");
	assert_true(devicetree_chosen_next_usable(&dt, &cursor, &range));
	assert_true(range.bytes == 0 && strstr(range.why, "cells"));
	assert_false(devicetree_chosen_next_usable(&dt, &cursor, &range));
	free(tree);

	cursor = (struct devicetree_cursor){ 0 };
	tree = open_text(&dt, "/ { chosen { }; };");
	assert_false(devicetree_chosen_next_usable(&dt, &cursor, &range));
	free(tree);
}

static void qemu_trees(void **state)
{
	static const char *const machines[][2] = {
		{ "", "-cpu max -m 512M" },
		{ "gic-version=3", "-cpu max -m 8G -smp 4" },
		{ "secure=on", "-cpu max -m 128M" },
		{ "virtualization=on,gic-version=3", "-cpu max -m 64M" },
	};
	struct devicetree dt;
	const char *args;
	u64 seed;

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(machines); i++) {
		void *tree = tree_from_qemu(machines[i][0], machines[i][1]);

		if (!tree) {
			print_message("no qemu-system-aarch64 here\n");
			skip();
		}
		open_tree(&dt, tree);
		assert_string_equal(devicetree_model(&dt), "linux,dummy-virt");
		assert_int_equal(devicetree_chosen_bootargs(&dt, &args), -ENOENT);
		assert_int_equal(devicetree_chosen_kaslr_seed(&dt, &seed), 0);
		assert_int_equal(devicetree_total_bytes(&dt), 1 << 20);
		assert_in_range(devicetree_used_bytes(&dt), 4096, 16384);
		compare_with_libfdt(tree);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_faults),
		cmocka_unit_test(endless_reservations),
		cmocka_unit_test(structure_faults),
		cmocka_unit_test(libfdt_stands_still),
		cmocka_unit_test(every_byte),
		cmocka_unit_test(notes),
		cmocka_unit_test(deep),
		cmocka_unit_test(agrees_with_libfdt),
		cmocka_unit_test(many_children),
		cmocka_unit_test(used_bytes),
		cmocka_unit_test(model),
		cmocka_unit_test(status),
		cmocka_unit_test(properties),
		cmocka_unit_test(cells),
		cmocka_unit_test(bootargs),
		cmocka_unit_test(initrd),
		cmocka_unit_test(kaslr_seed),
		cmocka_unit_test(usable_ranges),
		cmocka_unit_test(qemu_trees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
