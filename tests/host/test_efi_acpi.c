// SPDX-License-Identifier: BSD-2-Clause
/*
 * ACPI's tables: found, refused when they are broken, and the tree that is made of them, read by
 * the kernel's own readers.
 *
 * Sources: arch/arm64/efi/acpi.c arch/arm64/efi/acpi_tree.c tests/host/acpi_tables.c
 * Sources: lib/devicetree/devicetree.c lib/devicetree/devicetree_node.c
 * Sources: lib/devicetree/devicetree_chosen.c lib/devicetree/devicetree_memory.c
 * Sources: lib/devicetree/devicetree_device.c lib/devicetree/devicetree_console.c
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
#include <lib/devicetree_console.h>
#include <lib/devicetree_device.h>

#include "acpi_tables.h"

static struct acpi_machine m;
static struct acpi acpi;
static struct acpi_fault fault;

/* The machine's tables, and no byte more. */
static bool readable(void *arg, u64 base, u64 bytes)
{
	u64 first = (uintptr_t)&m;

	(void)arg;
	return base >= first && bytes <= sizeof(m) && base - first <= sizeof(m) - bytes;
}

static int find(void)
{
	return acpi_find(&m.rsdp, readable, NULL, &acpi, &fault);
}

static void refused(const char *table, const char *why)
{
	assert_int_equal(find(), -EINVAL);
	assert_string_equal(fault.table, table);
	assert_non_null(strstr(fault.why, why));
	acpi_machine(&m);
}

static void found(void **state)
{
	(void)state;
	acpi_machine(&m);
	assert_int_equal(find(), 0);
	assert_ptr_equal(acpi.fadt, &m.fadt);
	assert_ptr_equal(acpi.madt, &m.madt);
	assert_ptr_equal(acpi.gtdt, &m.gtdt);
	assert_ptr_equal(acpi.spcr, &m.spcr);

	/* The older list, of addresses of 4 bytes, can't name these tables, but is taken. */
	m.rsdp.revision = 0;
	m.rsdp.rsdt = 0x1000;
	acpi_machine_sum(&m);
	refused("RSDP", "points to what is no memory");
}

static void broken(void **state)
{
	(void)state;
	acpi_machine(&m);
	m.rsdp.signature[0] = 'X';
	refused("RSDP", "isn't one");
	m.rsdp.sum++;
	refused("RSDP", "isn't one");
	m.rsdp.bytes = 20;
	acpi_machine_sum(&m);
	refused("RSDP", "length or checksum");
	m.rsdp.xsdt = 8;
	acpi_machine_sum(&m);
	refused("RSDP", "no memory");
	m.xsdt.table[2] = 8;
	acpi_machine_sum(&m);
	refused("XSDT", "no memory");
	m.xsdt.table[2] = 0;
	acpi_machine_sum(&m);
	refused("APIC", "missing");
	m.xsdt.table[1] = (uintptr_t)&m + sizeof(m) - 35;
	acpi_machine_sum(&m);
	refused("XSDT", "no memory");
	m.fadt.header.bytes = 35;
	refused("FACP", "impossible length");
	m.fadt.header.bytes = 0x7fffffff;
	refused("FACP", "impossible length");
	m.madt.madt.header.sum++;
	refused("APIC", "checksum");
	m.gtdt.header.bytes = 60;
	acpi_machine_sum(&m);
	refused("GTDT", "shorter than its fields");
	memcpy(m.madt.madt.header.signature, "XXXX", 4);
	acpi_machine_sum(&m);
	refused("APIC", "missing");
	memcpy(m.fadt.header.signature, "XXXX", 4);
	acpi_machine_sum(&m);
	refused("FACP", "missing");
}

/* What isn't read may be as it likes, and a place of the list empty. */
static void none_of_ours(void **state)
{
	(void)state;
	acpi_machine(&m);
	m.dsdt.sum++;
	assert_int_equal(find(), 0);
	m.dsdt.bytes = 0x7fffffff;
	assert_int_equal(find(), 0);
	m.dsdt.bytes = 0;
	assert_int_equal(find(), 0);
	m.xsdt.table[0] = 0;
	acpi_machine_sum(&m);
	assert_int_equal(find(), 0);
}

static void *tree_of(struct devicetree *dt)
{
	struct devicetree_fault broken_tree;
	u64 room;
	void *fdt;

	acpi_machine_sum(&m);
	assert_int_equal(find(), 0);
	room = acpi_tree_bytes(&acpi);
	fdt = malloc((size_t)room);
	assert_int_equal(acpi_tree(&acpi, fdt, room), 0);
	assert_int_equal(devicetree_open(dt, fdt, room, &broken_tree), 0);
	return fdt;
}

static const u64 *reg_of(const void *fdt, const char *path, u32 *count)
{
	static u64 number[64];
	int bytes = 0;
	const fdt64_t *reg = fdt_getprop(fdt, fdt_path_offset(fdt, path), "reg", &bytes);

	*count = reg ? (u32)bytes / 8 : 0;
	for (u32 i = 0; i < *count; i++)
		number[i] = fdt64_ld(&reg[i]);
	return number;
}

static void describes(void **state)
{
	struct devicetree_cursor cursor = { 0 };
	struct devicetree_psci psci;
	struct devicetree_cpu cpu;
	struct devicetree dt;
	const u64 *reg;
	u32 count, cpus = 0;
	void *fdt;

	(void)state;
	acpi_machine(&m);
	fdt = tree_of(&dt);
	assert_string_equal(devicetree_model(&dt), "BOCHS BXPC");
	assert_int_equal(devicetree_device_psci(&dt, &psci), 0);
	assert_int_equal(psci.conduit, DEVICETREE_CONDUIT_HVC);
	assert_true(psci.standard);
	while (devicetree_device_next_cpu(&dt, &cursor, &cpu))
		cpus++;
	assert_int_equal(cpus, ACPI_CPUS - 1);

	reg = reg_of(fdt, "/interrupt-controller@8000000", &count);
	assert_int_equal(count, 4);
	assert_int_equal(reg[2], 0x80a0000);
	assert_int_equal(reg[3], 0xf60000);
	assert_int_equal(
		fdt_node_check_compatible(
			fdt, fdt_path_offset(fdt, "/interrupt-controller@8000000"), "arm,gic-v3"),
		0);
	reg = reg_of(fdt, "/serial@9000000", &count);
	assert_int_equal(count, 2);
	assert_int_equal(reg[0], 0x9000000);
	assert_string_equal(fdt_getprop(fdt, dt.chosen, "stdout-path", NULL), "/serial@9000000");
	assert_true(devicetree_chosen_of_acpi(&dt));
	free(fdt);
}

static u32 cell(const void *fdt, const char *path, const char *property, u32 index)
{
	const fdt32_t *cells = fdt_getprop(fdt, fdt_path_offset(fdt, path), property, NULL);

	assert_non_null(cells);
	return fdt32_ld(&cells[index]);
}

static u32 count_of(const void *fdt, const char *path, const char *property)
{
	int bytes = 0;

	return fdt_getprop(fdt, fdt_path_offset(fdt, path), property, &bytes) ? (u32)bytes / 4 : 0;
}

static int strings_of(const void *fdt, const char *path, const char *property)
{
	return fdt_stringlist_count(fdt, fdt_path_offset(fdt, path), property);
}

static void interrupts(void **state)
{
	struct devicetree dt;
	void *fdt;

	(void)state;
	acpi_machine(&m);
	m.gtdt.timer[1].flags = ACPI_GTDT_ACTIVE_LOW;
	m.gtdt.timer[2].flags = ACPI_GTDT_EDGE;
	fdt = tree_of(&dt);
	/* secure EL1 is GSIV 29, a PPI: 13 of these, level high */
	assert_int_equal(cell(fdt, "/timer", "interrupts", 0), 1);
	assert_int_equal(cell(fdt, "/timer", "interrupts", 1), 13);
	assert_int_equal(cell(fdt, "/timer", "interrupts", 2), 4);
	assert_int_equal(cell(fdt, "/timer", "interrupts", 5), 8);
	assert_int_equal(cell(fdt, "/timer", "interrupts", 8), 1);
	/* the console's is an SPI, 1 of these */
	assert_int_equal(cell(fdt, "/serial@9000000", "interrupts", 0), 0);
	assert_int_equal(cell(fdt, "/serial@9000000", "interrupts", 1), 1);
	assert_int_equal(count_of(fdt, "/timer", "interrupts"), 4 * 3);
	assert_int_equal(strings_of(fdt, "/timer", "interrupt-names"), 4);
	free(fdt);

	/* no secure timer, one of the GIC's extended PPIs, an extended SPI, and none at all */
	acpi_machine(&m);
	m.gtdt.timer[0].gsiv = 0;
	m.gtdt.timer[1].gsiv = 1056 + 5;
	m.gtdt.timer[2].gsiv = 4096 + 7;
	m.spcr.interrupt_type = 0;
	fdt = tree_of(&dt);
	assert_int_equal(count_of(fdt, "/timer", "interrupts"), 3 * 3);
	assert_string_equal(
		fdt_getprop(fdt, fdt_path_offset(fdt, "/timer"), "interrupt-names", NULL), "phys");
	assert_int_equal(cell(fdt, "/timer", "interrupts", 0), 3);
	assert_int_equal(cell(fdt, "/timer", "interrupts", 1), 5);
	assert_int_equal(cell(fdt, "/timer", "interrupts", 3), 2);
	assert_int_equal(cell(fdt, "/timer", "interrupts", 4), 7);
	assert_int_equal(count_of(fdt, "/serial@9000000", "interrupts"), 0);
	free(fdt);
	for (u32 i = 0; i < ARRAY_SIZE(m.gtdt.timer); i++)
		m.gtdt.timer[i].gsiv = 0;
	fdt = tree_of(&dt);
	assert_true(fdt_path_offset(fdt, "/timer") < 0);
	free(fdt);
}

static void other_machines(void **state)
{
	struct devicetree_psci psci;
	struct devicetree dt;
	const u64 *reg;
	u32 count;
	void *fdt;

	(void)state;
	/* GICv2, SMC, a 16550 with registers 4 bytes apart */
	acpi_machine(&m);
	m.madt.gicd.version = 2;
	m.madt.gicc[0].base = 0x8010000;
	m.fadt.arm_boot = ACPI_FADT_PSCI;
	m.spcr.type = 0;
	m.spcr.address.width_bits = 32;
	m.spcr.address.access = 3;
	fdt = tree_of(&dt);
	reg = reg_of(fdt, "/interrupt-controller@8000000", &count);
	assert_int_equal(count, 4);
	assert_int_equal(reg[2], 0x8010000);
	assert_int_equal(devicetree_device_psci(&dt, &psci), 0);
	assert_int_equal(psci.conduit, DEVICETREE_CONDUIT_SMC);
	assert_int_equal(cell(fdt, "/serial@9000000", "reg-shift", 0), 2);
	assert_int_equal(cell(fdt, "/serial@9000000", "reg-io-width", 0), 4);
	free(fdt);

	/* redistributors by CPU; no PSCI; a console in I/O space, which an arm64 CPU has none of */
	acpi_machine(&m);
	m.madt.gicr.part.type = 0x7f;
	for (u32 i = 0; i < ACPI_CPUS; i++)
		m.madt.gicc[i].redistributor = 0x80a0000 + i * 0x20000;
	m.fadt.arm_boot = 0;
	m.spcr.address.space = 1;
	fdt = tree_of(&dt);
	reg = reg_of(fdt, "/interrupt-controller@8000000", &count);
	assert_int_equal(count, 2 + 2 * ACPI_CPUS);
	assert_int_equal(reg[8], 0x80a0000 + 3 * 0x20000);
	assert_int_equal(cell(fdt, "/interrupt-controller@8000000", "#redistributor-regions", 0),
			 4);
	assert_int_equal(devicetree_device_psci(&dt, &psci), -ENOENT);
	assert_null(fdt_getprop(fdt, dt.chosen, "stdout-path", NULL));
	free(fdt);

	/* neither timer nor console nor interrupt controller, and a structure that ends the MADT */
	acpi_machine(&m);
	memcpy(m.gtdt.header.signature, "XXXX", 4);
	memcpy(m.spcr.header.signature, "XXXX", 4);
	m.madt.gicd.part.bytes = 1;
	fdt = tree_of(&dt);
	assert_true(fdt_path_offset(fdt, "/timer") < 0);
	assert_int_equal(devicetree_device_cpus(&dt), 0);
	free(fdt);
}

static void less_than_said(void **state)
{
	struct devicetree dt;
	u32 count;
	void *fdt;

	(void)state;
	/* a 16550 whose access size alone says that registers are of 4 bytes */
	acpi_machine(&m);
	m.spcr.type = 0;
	m.spcr.address.access = 3;
	fdt = tree_of(&dt);
	assert_int_equal(cell(fdt, "/serial@9000000", "reg-shift", 0), 2);
	assert_int_equal(cell(fdt, "/serial@9000000", "reg-io-width", 0), 4);
	free(fdt);

	/* The version isn't said, and a CPU that isn't there has no redistributor. */
	acpi_machine(&m);
	m.madt.gicd.version = 0;
	m.madt.gicr.part.type = 0x7f;
	for (u32 i = 0; i < ACPI_CPUS - 1; i++)
		m.madt.gicc[i].redistributor = 0x80a0000 + i * 0x20000;
	fdt = tree_of(&dt);
	reg_of(fdt, "/interrupt-controller@8000000", &count);
	assert_int_equal(count, 2 + 2 * (ACPI_CPUS - 1));
	free(fdt);
}

static void no_room(void **state)
{
	void *fdt = malloc(8192);

	(void)state;
	acpi_machine(&m);
	assert_int_equal(find(), 0);
	for (u64 room = 0; room < 1000; room += 13)
		assert_int_equal(acpi_tree(&acpi, fdt, room), -ENOMEM);
	assert_int_equal(acpi_tree(&acpi, fdt, 8192), 0);
	free(fdt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(found),          cmocka_unit_test(broken),
		cmocka_unit_test(none_of_ours),   cmocka_unit_test(describes),
		cmocka_unit_test(interrupts),     cmocka_unit_test(other_machines),
		cmocka_unit_test(less_than_said), cmocka_unit_test(no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
