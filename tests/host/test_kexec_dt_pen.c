// SPDX-License-Identifier: BSD-2-Clause
/*
 * The next kernel's devicetree when CPUs wait in a pen: it reserves the pen, once, and each of
 * these CPUs is released there. Trees are dtc's, edits are the real libfdt's.
 *
 * Sources: kernel/kexec/kexec_dt.c lib/devicetree/devicetree.c lib/devicetree/devicetree_node.c
 * Sources: lib/devicetree/devicetree_device.c tests/host/tree.c
 * Sources: tests/host/kexec_dt_rooms.c
 * Libs: -lfdt
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include <libfdt.h>

#include <kernel/errno.h>
#include <kernel/kexec_dt.h>
#include <lib/devicetree_device.h>

#include "kexec_dt_rooms.h"
#include "tree.h"

#define ROOM 0x8000u
#define PEN  0x12ff70000ULL

#define CPU   " device_type = \"cpu\"; "
#define SPIN  CPU "enable-method = \"spin-table\"; "
#define INNER " inner { cpu-release-addr = <7>; }; };"

/* Its address may take 8 bytes, 4, or be missing; not in the pen; by PSCI; not well-formed. */
#define CPUS                                                                                     \
	" cpus { #address-cells = <1>; #size-cells = <0>;"                                       \
	" cpu@0 { reg = <0>; cpu-release-addr = <0 0xd8>;" SPIN INNER " cpu@1 { reg = <1>;" SPIN \
	"cpu-release-addr = <0xe0>;" INNER " cpu@2 { reg = <2>;" SPIN INNER                      \
	" cpu@3 { reg = <3>; cpu-release-addr = <0 0xf0>; status = \"disabled\";" SPIN INNER     \
	" cpu@9 { reg = <9>; cpu-release-addr = <0 0xf8>;" SPIN INNER                            \
	" cpu@4 { reg = <4>; enable-method = \"psci\"; cpu-release-addr = <0 0xfc>;" CPU INNER   \
	" cpu@x { cpu-release-addr = <8>;" SPIN "}; };"
#define CHOSEN " chosen { stdout-path = \"/uart\"; };"

static const char *const trees[] = {
	"/memreserve/ 0 0x1000; / { #address-cells = <2>;" CHOSEN CPUS
	" last { is = \"last\"; }; };",
	"/memreserve/ 0 0x1000; / { #address-cells = <2>;" CPUS CHOSEN
	" last { is = \"last\"; }; };",
	"/memreserve/ 0 0x1000; / { #address-cells = <2>;" CPUS " last { is = \"last\"; }; };",
};

#define SLOTS 5

static struct cpu_pen *pen;
static struct devicetree opened;
static struct kexec_dt_result result;

static int begin(void **state)
{
	static const u64 mpidr[SLOTS + 1] = { 0, 1, 2, 3, 4, CPU_PEN_NOBODY };

	(void)state;
	pen = calloc(1, sizeof(*pen) + (SLOTS + 1) * sizeof(pen->slot[0]));
	for (u32 i = 0; i <= SLOTS; i++)
		pen->slot[i].mpidr = mpidr[i];
	return 0;
}

static int end(void **state)
{
	(void)state;
	free(pen);
	return 0;
}

static struct kexec_dt_request request_of(void *source)
{
	tree_open(&opened, source);
	return (struct kexec_dt_request){ .source = &opened,
					  .args = "next",
					  .args_bytes = 4,
					  .pen = pen,
					  .pen_range = { { PEN }, CPU_PEN_BYTES } };
}

static void *make(const struct kexec_dt_request *request, u64 room)
{
	void *buffer = malloc(room);

	memset(buffer, 0xa5, room);
	assert_int_equal(kexec_dt_make(request, buffer, room, &result), 0);
	assert_int_equal(fdt_check_full(buffer, room), 0);
	return buffer;
}

/* What is right in each of the trees, once they were made. */
static void check(void *tree)
{
	static const struct {
		const char *node;
		u64 release;
		int bytes;
	} cpus[] = {
		{ "/cpus/cpu@0", PEN + CPU_PEN_SLOTS, 8 },
		{ "/cpus/cpu@1", PEN + CPU_PEN_SLOTS + 64, 8 },
		{ "/cpus/cpu@2", PEN + CPU_PEN_SLOTS + 128, 8 },
		{ "/cpus/cpu@3", PEN + CPU_PEN_SLOTS + 192, 8 },
		{ "/cpus/cpu@9", 0xf8, 8 },
		{ "/cpus/cpu@4", 0xfc, 8 },
		{ "/cpus/cpu@x", 8, 4 },
		{ "/cpus/cpu@0/inner", 7, 4 },
		{ "/cpus/cpu@2/inner", 7, 4 },
		{ "/cpus/cpu@9/inner", 7, 4 },
	};
	static const u64 reserved[][2] = { { 0, 0x1000 }, { PEN, CPU_PEN_BYTES } };

	for (u32 i = 0; i < ARRAY_SIZE(cpus); i++) {
		int bytes, node = fdt_path_offset(tree, cpus[i].node);
		const void *value = fdt_getprop(tree, node, "cpu-release-addr", &bytes);

		assert_non_null(value);
		assert_int_equal(bytes, cpus[i].bytes);
		assert_true((bytes == 8 ? fdt64_ld(value) : fdt32_ld(value)) == cpus[i].release);
	}
	assert_int_equal(fdt_num_mem_rsv(tree), ARRAY_SIZE(reserved));
	for (u32 i = 0; i < ARRAY_SIZE(reserved); i++) {
		uint64_t base, bytes;

		assert_int_equal(fdt_get_mem_rsv(tree, (int)i, &base, &bytes), 0);
		assert_true(base == reserved[i][0] && bytes == reserved[i][1]);
	}
	assert_string_equal(fdt_getprop(tree, fdt_path_offset(tree, "/chosen"), "bootargs", NULL),
			    "next");
	assert_string_equal(fdt_getprop(tree, fdt_path_offset(tree, "/last"), "is", NULL), "last");
}

/* And again from what was made, as kernels that follow one another do: all stays as it is. */
static void cpus_are_released_there(void **state)
{
	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(trees); i++) {
		void *source = tree_from_text(trees[i]);
		struct kexec_dt_request request = request_of(source);
		void *first = make(&request, ROOM), *again;
		u64 bytes = result.bytes;

		check(first);
		request = request_of(first);
		again = make(&request, bytes);
		assert_true(result.bytes == bytes);
		assert_memory_equal(first, again, bytes);
		free(again);
		free(first);
		free(source);
	}
}

/* Where there is none, nothing of it changes; nor is a range dropped that begins at 0. */
static void without_a_pen(void **state)
{
	void *source = tree_from_text(trees[0]), *tree;
	struct kexec_dt_request request = request_of(source);
	const char *node = "/cpus/cpu@1";
	int bytes;

	(void)state;
	request.pen = NULL;
	request.pen_range = (struct contig_range){ .bytes = 0 };
	tree = make(&request, ROOM);
	assert_int_equal(fdt_num_mem_rsv(tree), 1);
	assert_non_null(fdt_getprop(tree, fdt_path_offset(tree, node), "cpu-release-addr", &bytes));
	assert_int_equal(bytes, 4);
	free(tree);
	free(source);
}

/* So much is enough, and too little is refused. */
static void every_room(void **state)
{
	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(trees); i++) {
		void *source = tree_from_text(trees[i]);
		struct kexec_dt_request request = request_of(source);
		void *whole = make(&request, ROOM);
		u64 bytes = result.bytes;
		u64 enough = devicetree_used_bytes(&opened) + request.args_bytes +
			     KEXEC_DT_ADDED_BYTES + opened.cpu_nodes * KEXEC_DT_CPU_BYTES;

		kexec_dt_in_each_room(&request, whole, bytes, enough);
		free(whole);
		free(source);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cpus_are_released_there),
		cmocka_unit_test(without_a_pen),
		cmocka_unit_test(every_room),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
