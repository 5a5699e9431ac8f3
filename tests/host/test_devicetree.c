// SPDX-License-Identifier: BSD-2-Clause
/*
 * Opening a devicetree: everything that a damaged one is refused for, and the notes that
 * a good one leaves.
 *
 * Sources: lib/devicetree/devicetree.c lib/devicetree/devicetree_node.c
 * Sources: lib/devicetree/devicetree_chosen.c tests/host/tree.c
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
#include <lib/devicetree_chosen.h>
#include <lib/devicetree_node.h>

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

static void libfdt_does_not_go_on(void **state)
{
	void *tree = tree_from_text(small);
	u32 property = property_offset(tree, 0);
	int next;

	(void)state;
	/*
	 * The reason for the walk of our own: libfdt 1.6 stands still for ever, where the next tag
	 * is this one again. Later ones refuse; either may be here.
	 */
	*tag_at(tree, property + 4) = BE((u32)-12);
	if (fdt_next_tag(tree, (int)property, &next) == FDT_PROP)
		assert_int_equal(next, property);
	else
		assert_true(next < 0);
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
	void *tree = tree_open(
		&dt,
		tree_from_text(
			"/ { aliases { }; chosen { }; cpus { }; reserved-memory { };"
			" x { chosen { }; memory@0 { device_type = \"memory\"; reg = <0 1>; }; };"
			" memory@1 { device_type = \"memory\"; };"
			" y { device_type = \"memorx\"; }; z { device_type = \"memory\", \"x\"; };"
			" memory@2 { device_type = \"memory\"; };"
			" gic@0 { compatible = \"arm,gic-400\"; status = \"disabled\"; };"
			" soc { gic@1 { compatible = \"vendor,gic\", \"arm,gic-v3\"; its { }; }; };"
			" aliases { x; }; chosen { x; }; cpus { x; }; reserved-memory { x; };"
			" gic@2 { compatible = \"arm,gic-v3\"; };"
			" psci@0 { status = \"fail\"; compatible = \"arm,psci-1.0\"; };"
			" psci@1 { compatible = \"arm,psci\"; status = \"okay\"; }; };"));

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
	assert_int_equal(dt.children, 18);
	free(tree);

	tree = tree_open(&dt, tree_from_text("/ { };"));
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
	tree = tree_open(&dt, tree_from_text(source));
	assert_int_equal(dt.intc.depth, DEVICETREE_DEPTH_MAX - 1);
	assert_true(dt.psci < 0);
	free(tree);
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
	tree_open(&dt, large);
	assert_int_equal(devicetree_total_bytes(&dt), 1 << 20);
	used = devicetree_used_bytes(&dt);
	assert_in_range(used, bytes - 16, bytes + 16);

	free(tree);

	/* the reservations may come last */
	memmove(large + 4096, large + fdt_off_mem_rsvmap(large), 32);
	header(large)->off_mem_rsvmap = BE(4096);
	tree_open(&dt, large);
	assert_int_equal(devicetree_used_bytes(&dt), 4096 + 32);
	memset(large + 4096 + 8, 0, 8); /* an entry of no size doesn't end them */
	assert_int_equal(devicetree_used_bytes(&dt), 4096 + 32);
	free(large);
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
		tree_open(&dt, tree);
		assert_string_equal(devicetree_model(&dt), "linux,dummy-virt");
		assert_int_equal(devicetree_chosen_bootargs(&dt, &args), -ENOENT);
		assert_int_equal(devicetree_chosen_kaslr_seed(&dt, &seed), 0);
		assert_int_equal(devicetree_total_bytes(&dt), 1 << 20);
		assert_in_range(devicetree_used_bytes(&dt), 4096, 16384);
		free(tree);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_faults),
		cmocka_unit_test(endless_reservations),
		cmocka_unit_test(structure_faults),
		cmocka_unit_test(libfdt_does_not_go_on),
		cmocka_unit_test(every_byte),
		cmocka_unit_test(notes),
		cmocka_unit_test(deep),
		cmocka_unit_test(used_bytes),
		cmocka_unit_test(qemu_trees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
