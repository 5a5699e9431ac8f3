// SPDX-License-Identifier: BSD-2-Clause
/*
 * CPUs in a devicetree, and how they are started.
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

#include <lib/devicetree_device.h>

#include "tree.h"

static void cpus(void **state)
{
	struct devicetree_cursor cursor = { 0 };
	struct devicetree_cpu cpu;
	struct devicetree dt;
	void *tree = tree_open(&dt, tree_from_file("board"));

	(void)state;
	assert_int_equal(devicetree_device_cpus(&dt), 2);
	assert_int_equal(dt.cpu_nodes, 3);
	assert_true(devicetree_device_next_cpu(&dt, &cursor, &cpu));
	assert_true(cpu.mpidr == 0 && cpu.enabled && !cpu.why);
	assert_string_equal(cpu.name, "cpu@0");
	assert_string_equal(cpu.compatible, "arm,cortex-a53");
	assert_string_equal(cpu.enable_method, "psci"); /* of /cpus */
	assert_true(cpu.enable == DEVICETREE_ENABLE_PSCI && !cpu.release_addr);
	assert_true(devicetree_device_next_cpu(&dt, &cursor, &cpu));
	assert_true(cpu.mpidr == 0x100 && cpu.enabled);
	assert_string_equal(cpu.enable_method, "spin-table"); /* its own */
	assert_true(cpu.enable == DEVICETREE_ENABLE_SPIN_TABLE && cpu.release_addr == 0x8000fff8);
	assert_true(devicetree_device_next_cpu(&dt, &cursor, &cpu));
	assert_true(cpu.mpidr == 0x100000000 && !cpu.enabled);
	assert_false(devicetree_device_next_cpu(&dt, &cursor, &cpu));
	free(tree);

	/* by name where there is no type; without an address; cells that are none */
	cursor = (struct devicetree_cursor){ 0 };
	tree = tree_open(
		&dt,
		tree_from_text("/ { cpus { #address-cells = <1>; #size-cells = <0>;"
			       " cpu@5 { reg = <5>; }; cpux { reg = <6>; };"
			       " cpu@7 { device_type = \"x\"; reg = <7>; };"
			       " c { device_type = \"cpu\"; }; cpu@9 { reg = [00 00]; }; }; };"));
	assert_true(devicetree_device_next_cpu(&dt, &cursor, &cpu));
	assert_true(cpu.mpidr == 5 && !cpu.compatible && !cpu.enable_method && !cpu.why);
	assert_true(devicetree_device_next_cpu(&dt, &cursor, &cpu));
	assert_string_equal(cpu.name, "c");
	assert_string_equal(cpu.why, "has no address in its reg");
	assert_true(devicetree_device_next_cpu(&dt, &cursor, &cpu));
	assert_string_equal(cpu.why, "has no address in its reg");
	assert_false(devicetree_device_next_cpu(&dt, &cursor, &cpu));
	assert_int_equal(devicetree_device_cpus(&dt), 1);
	free(tree);

	cursor = (struct devicetree_cursor){ 0 };
	tree = tree_open(
		&dt,
		tree_from_text("/ { cpus { #address-cells = <3>; cpu@5 { reg = <0 0 5>; }; }; };"));
	assert_true(devicetree_device_next_cpu(&dt, &cursor, &cpu));
	assert_string_equal(cpu.why, "has an address of neither 1 nor 2 cells");
	assert_int_equal(devicetree_device_cpus(&dt), 0);
	free(tree);

	tree = tree_open(&dt, tree_from_text("/ { };"));
	assert_true(devicetree_device_cpus(&dt) == 0 && dt.cpu_nodes == 0 && dt.cpu_first < 0);
	free(tree);
}

/* The first of two /cpus counts, and in it what is called cpu or says that it is one. */
static void cpu_nodes(void **state)
{
	struct devicetree_cursor cursor = { 0 };
	struct devicetree_cpu cpu;
	struct devicetree dt;
	void *tree = tree_open(
		&dt,
		tree_from_text("/ { cpu@1 { device_type = \"cpu\"; reg = <1>; };"
			       " cpus { #address-cells = <1>; #size-cells = <0>;"
			       " cpu-map { cpu@2 { device_type = \"cpu\"; reg = <2>; }; };"
			       " cpu@3 { device_type = \"cache\"; reg = <3>; };"
			       " core { device_type = \"cpu\", \"x\"; reg = <4>; };"
			       " cpu { device_type = \"cpu\"; reg = <5>; };"
			       " l2 { device_type = \"cp\"; }; l3 { device_type = [63 70 75]; };"
			       " cpu@6 { reg = <6>; status = \"fail\"; }; };"
			       " cpus@1 { cpu@7 { device_type = \"cpu\"; reg = <7>; }; }; };"));

	(void)state;
	assert_int_equal(dt.cpu_nodes, 4);
	assert_int_equal(dt.cpu_first, fdt_path_offset(tree, "/cpus/cpu@3"));
	assert_int_equal(devicetree_device_cpus(&dt), 2);
	for (u64 mpidr = 4; mpidr <= 6; mpidr++) {
		assert_true(devicetree_device_next_cpu(&dt, &cursor, &cpu));
		assert_true(cpu.mpidr == mpidr && !cpu.why && cpu.enabled == (mpidr < 6));
	}
	assert_false(devicetree_device_next_cpu(&dt, &cursor, &cpu));
	assert_false(devicetree_device_next_cpu(&dt, &cursor, &cpu));
	free(tree);
}

static void enable_methods(void **state)
{
	static const struct {
		const char *cpu;
		const char *cpus;
		enum devicetree_enable enable;
		u64 release_addr;
	} cases[] = {
		{ "", "", DEVICETREE_ENABLE_NONE, 0 },
		{ "enable-method = \"psci\";", "", DEVICETREE_ENABLE_PSCI, 0 },
		{ "", "enable-method = \"psci\";", DEVICETREE_ENABLE_PSCI, 0 },
		{ "enable-method = \"spin-table\"; cpu-release-addr = <1 0x8000fff8>;",
		  "enable-method = \"psci\";", DEVICETREE_ENABLE_SPIN_TABLE, 0x18000fff8 },
		{ "cpu-release-addr = <0xd8>;", "enable-method = \"spin-table\";",
		  DEVICETREE_ENABLE_SPIN_TABLE, 0xd8 },
		{ "cpu-release-addr = <1 2 3>;", "enable-method = \"spin-table\";",
		  DEVICETREE_ENABLE_SPIN_TABLE, 0 },
		{ "cpu-release-addr = [00 d8];", "enable-method = \"spin-table\", \"psci\";",
		  DEVICETREE_ENABLE_SPIN_TABLE, 0 },
		{ "enable-method = \"brcm,brahma-b15\";", "enable-method = \"psci\";",
		  DEVICETREE_ENABLE_OTHER, 0 },
		{ "enable-method = \"\";", "", DEVICETREE_ENABLE_OTHER, 0 },
		/* no string: the one of /cpus */
		{ "enable-method = [70 73];", "enable-method = \"psci\";", DEVICETREE_ENABLE_PSCI,
		  0 },
		{ "", "cpu-release-addr = <0 8>;", DEVICETREE_ENABLE_NONE, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct devicetree_cursor cursor = { 0 };
		struct devicetree_cpu cpu;
		struct devicetree dt;
		char source[512];
		void *tree;

		snprintf(source, sizeof(source),
			 "/ { cpus { #address-cells = <1>; %s cpu@0 { reg = <0>; %s }; }; };",
			 cases[i].cpus, cases[i].cpu);
		tree = tree_open(&dt, tree_from_text(source));
		assert_true(devicetree_device_next_cpu(&dt, &cursor, &cpu));
		assert_int_equal(cpu.enable, cases[i].enable);
		assert_int_equal(cpu.release_addr, cases[i].release_addr);
		free(tree);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cpus),
		cmocka_unit_test(cpu_nodes),
		cmocka_unit_test(enable_methods),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
