// SPDX-License-Identifier: BSD-2-Clause
/*
 * A GIC of version 3 with CPUs in two regions of redistributors, which stand in no order.
 *
 * Sources: arch/arm64/irq/gic.c arch/arm64/irq/gic_v3.c tests/host/fake_mmio.c
 * Sources: tests/host/fake_gic.c lib/devicetree/devicetree.c lib/devicetree/devicetree_node.c
 * Sources: lib/devicetree/devicetree_device.c tests/host/tree.c
 * Libs: -lfdt
 */
#include <stdlib.h>
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include "fake_gic.h"
#include "fake_mmio.h"
#include "tree.h"

#include <arch/cpu.h>
#include <arch/irq_chip.h>
#include <kernel/compiler.h>
#include <lib/devicetree_device.h>
#include <lib/devicetree_interrupt.h>

#define OWN      32
#define TIMER    27
#define DEVICE   40
#define SPURIOUS 1023
#define DIST     0x8000000
#define REGION_0 0x80a0000
#define REGION_1 0x9000000
#define FRAME    0x10000

/* ---- the machine ---- */

/* In the order of the regions: two of the first, of two frames each; two of the second, of four. */
#define CPUS  4
#define FIRST 2
static const u64 affinity_of[CPUS] = { 0x1, 0x0, 0x1200030111, 0x10000 };
static const unsigned boot = 1;

static struct cpu others[CPUS];
static unsigned here;
static struct {
	u32 control;
	struct fake_lines lines;
	u64 router[FAKE_GIC_LINES];
	struct {
		struct fake_lines lines;
		u32 waker;
	} own[CPUS];
	bool v4; /* four frames in the second region */
} gic;

/* System registers, of each CPU. */
static const char *const names[] = { "icc_sre_el1",  "icc_ap1r0_el1", "icc_pmr_el1",
				     "icc_bpr1_el1", "icc_ctlr_el1",  "icc_igrpen1_el1",
				     "icc_iar1_el1", "icc_eoir1_el1", "icc_sgi1r_el1" };
static u64 registers[CPUS][ARRAY_SIZE(names)];

static u64 *register_of(unsigned cpu, const char *name)
{
	for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(name, names[i]))
			return &registers[cpu][i];
	fail_msg("%s", name);
	return NULL;
}

u64 host_sysreg_read(const char *name)
{
	return *register_of(here, name);
}

void host_sysreg_write(const char *name, u64 value)
{
	*register_of(here, name) = value;
}

static struct cpu *play(unsigned cpu)
{
	here = cpu;
	host_cpu = cpu == boot ? &boot_cpu : &others[cpu];
	host_cpu_affinity = affinity_of[cpu];
	return host_cpu;
}

static u32 read_distributor(u64 offset)
{
	u32 value = 0;

	if (offset == 0)
		return gic.control;
	if (offset == 4)
		return FAKE_GIC_LINES / 32 - 1;
	assert_true(fake_lines_read(&gic.lines, offset, &value));
	return value;
}

static void write_distributor(u64 offset, u32 value)
{
	u64 *router = &gic.router[(offset - 0x6000) / 8 % FAKE_GIC_LINES];

	if (offset == 0)
		gic.control = value;
	else if (offset >= 0x6000 && offset % 8)
		*router = (u32)*router | (u64)value << 32;
	else if (offset >= 0x6000)
		*router = *router >> 32 << 32 | value;
	else
		assert_true(fake_lines_write(&gic.lines, offset, value));
}

static void write_distributor_byte(u64 offset, u8 value)
{
	gic.lines.priority[offset - 0x400] = value;
}

/* Which CPU's frame, and what in it: CPU by CPU. */
static unsigned frame_at(unsigned region, u64 *offset)
{
	u64 stride = (region && gic.v4 ? 4 : 2) * FRAME;
	unsigned cpu = (unsigned)(*offset / stride) + (region ? FIRST : 0);

	*offset %= stride;
	return cpu;
}

static u32 read_own(unsigned region, u64 offset)
{
	unsigned cpu = frame_at(region, &offset);
	bool is_last = cpu == FIRST - 1 || cpu == CPUS - 1;
	u64 affinity = affinity_of[cpu];
	u32 value = 0;

	if (offset == 0)
		return 0;
	if (offset == 8)
		return (is_last ? 1 << 4 : 0) | (region && gic.v4 ? 1 << 1 : 0);
	if (offset == 12)
		return (u32)(affinity >> 32 << 24 | (affinity & 0xffffff));
	if (offset == 0x14)
		return gic.own[cpu].waker;
	assert_true(offset >= FRAME);
	assert_true(fake_lines_read(&gic.own[cpu].lines, offset - FRAME, &value));
	return value;
}

/* Only its own CPU writes there. */
static void write_own(unsigned region, u64 offset, u32 value)
{
	unsigned cpu = frame_at(region, &offset);

	assert_int_equal(cpu, here);
	if (offset == 0x14)
		gic.own[cpu].waker = value & 2 ? value | 4 : 0;
	else
		assert_true(fake_lines_write(&gic.own[cpu].lines, offset - FRAME, value));
}

static void write_own_byte(unsigned region, u64 offset, u8 value)
{
	unsigned cpu = frame_at(region, &offset);

	assert_int_equal(cpu, here);
	gic.own[cpu].lines.priority[offset - FRAME - 0x400] = value;
}

#define REGION(n)                                        \
	static u32 read_##n(u64 offset)                  \
	{                                                \
		return read_own(n, offset);              \
	}                                                \
	static void write_##n(u64 offset, u32 value)     \
	{                                                \
		write_own(n, offset, value);             \
	}                                                \
	static void write_byte_##n(u64 offset, u8 value) \
	{                                                \
		write_own_byte(n, offset, value);        \
	}

REGION(0)
REGION(1)

const struct fake_mmio fake_mmio[] = {
	{ DIST, 0x10000, read_distributor, write_distributor, write_distributor_byte },
	{ REGION_0, FIRST * 2 * FRAME, read_0, write_0, write_byte_0 },
	{ REGION_1, (CPUS - FIRST) * 4 * FRAME, read_1, write_1, write_byte_1 },
	{ 0 },
};

static const struct irq_chip *const chip = &irq_gic_v3;

static bool enable(u32 number)
{
	struct irq_line line = { .number = number, .edge = number < 16 };

	return chip->enable(&line);
}

#define CPU(n, reg) " cpu" n " { device_type = \"cpu\"; reg = <" reg ">; };"

static const char *start_cpu(unsigned cpu)
{
	play(cpu)->affinity = affinity_of[cpu];
	return chip->init_cpu();
}

/* Something is left in each register. One of the CPUs is not to be used, but has its frames. */
static void init(bool v4)
{
	struct devicetree dt;
	void *tree = tree_open(
		&dt,
		tree_from_text(
			"/ { #address-cells = <1>; #size-cells = <1>; cpus { #address-cells = <2>;"
			" #size-cells = <0>;" CPU("@1", "0 1") CPU("@0", "0 0") CPU("@1200030111",
										    "0x12 0x30111")
				CPU("@10000",
				    "0 0x10000") " };"
						 " intc { compatible = \"arm,gic-v3\"; "
						 "interrupt-controller;"
						 " #redistributor-regions = <2>; reg = <0x8000000 "
						 "0x10000"
						 " 0x80a0000 0x40000 0x9000000 0x80000>; }; };"));

	memset(&gic, 0xff, sizeof(gic));
	memset(registers, 0xff, sizeof(registers));
	memset(others, 0, sizeof(others));
	gic.control = 0;
	gic.v4 = v4;
	play(boot)->affinity = affinity_of[boot];
	assert_null(chip->init(&dt));
	free(tree);
}

static void start_machine(bool v4)
{
	init(v4);
	assert_null(start_cpu(boot));
	for (unsigned cpu = 0; cpu < CPUS; cpu++)
		if (cpu != boot)
			assert_null(start_cpu(cpu));
	play(boot);
}

/* ---- tests ---- */

static void each_cpu_finds_its_redistributor(void **state)
{
	(void)state;
	for (unsigned v4 = 0; v4 < 2; v4++) {
		static const u64 at[2][CPUS] = {
			{ REGION_0, REGION_0 + 0x20000, REGION_1, REGION_1 + 0x20000 },
			{ REGION_0, REGION_0 + 0x20000, REGION_1, REGION_1 + 0x40000 },
		};

		start_machine(v4);
		for (unsigned cpu = 0; cpu < CPUS; cpu++)
			assert_int_equal((uintptr_t)play(cpu)->redistributor, at[v4][cpu]);
	}
}

static void each_cpu_begins_with_nothing(void **state)
{
	(void)state;
	init(false);
	assert_null(start_cpu(boot));
	for (unsigned cpu = 0; cpu < CPUS; cpu++) {
		bool has_begun = cpu == boot;

		assert_int_equal(fake_lines_quiet(&gic.own[cpu].lines, 0, OWN), has_begun);
		assert_int_equal(gic.own[cpu].waker == 0, has_begun);
		assert_int_equal(*register_of(cpu, "icc_igrpen1_el1") == 1, has_begun);
		assert_int_equal(*register_of(cpu, "icc_ap1r0_el1") == 0, has_begun);
	}
	assert_null(start_cpu(3));
	assert_true(fake_lines_quiet(&gic.own[3].lines, 0, OWN));
	assert_int_equal(gic.own[3].waker, 0);
	assert_int_equal(*register_of(3, "icc_igrpen1_el1"), 1);
	assert_int_equal(*register_of(3, "icc_pmr_el1"), 0xf0);
	assert_false(fake_lines_quiet(&gic.own[2].lines, 0, OWN));
	/* A CPU that no redistributor is of. */
	host_cpu_affinity = 0x77;
	assert_string_equal(chip->init_cpu(), "has no redistributor for this CPU");
}

static void own_interrupts_are_enabled_on_each_cpu(void **state)
{
	(void)state;
	start_machine(true);
	play(3);
	assert_true(enable(TIMER));
	for (unsigned cpu = 0; cpu < CPUS; cpu++)
		assert_int_equal(fake_lines_has(gic.own[cpu].lines.enabled, TIMER), cpu == 3);
	play(0);
	chip->disable(TIMER);
	assert_true(fake_lines_has(gic.own[3].lines.enabled, TIMER));
	assert_true(enable(0));
	assert_true(fake_lines_has(gic.own[0].lines.enabled, 0));
	assert_true(fake_lines_has(gic.own[0].lines.group, 0));
}

static void devices_interrupt_the_boot_cpu(void **state)
{
	(void)state;
	start_machine(false);
	play(2);
	boot_cpu.affinity = 0x3400050607;
	assert_true(enable(DEVICE));
	boot_cpu.affinity = affinity_of[boot];
	assert_true(fake_lines_has(gic.lines.enabled, DEVICE));
	assert_int_equal(gic.router[DEVICE], 0x3400050607);
}

/* Fields by IHI 0069, "ICC_SGI1R_EL1". */
static void what_is_sent_names_the_other_cpu(void **state)
{
	static const struct {
		u64 affinity;
		u32 number;
		u64 value;
	} cases[] = {
		{ 0x0, 0, 0x0000000000000001 },      { 0x1, 7, 0x0000000007000002 },
		{ 0xf, 1, 0x0000000001008000 },      { 0x10, 2, 0x0000100002000001 },
		{ 0xff, 3, 0x0000f00003008000 },     { 0x2a05, 4, 0x00000000042a0020 },
		{ 0x810000, 5, 0x0000008105000001 }, { 0x1200030111, 6, 0x0012100306010002 },
	};

	(void)state;
	start_machine(false);
	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		others[0].affinity = cases[i].affinity;
		chip->send(&others[0], cases[i].number);
		assert_int_equal(*register_of(boot, "icc_sgi1r_el1"), cases[i].value);
	}
}

static void takes_and_ends(void **state)
{
	(void)state;
	start_machine(false);
	*register_of(boot, "icc_iar1_el1") = 3;
	assert_int_equal(chip->take(), 3);
	chip->end(3);
	assert_int_equal(*register_of(boot, "icc_eoir1_el1"), 3);
	*register_of(boot, "icc_iar1_el1") = SPURIOUS;
	assert_int_equal(chip->take(), IRQ_NONE);
}

static void one_that_goes_off_leaves_the_others_alone(void **state)
{
	(void)state;
	start_machine(true);
	assert_true(enable(TIMER));
	assert_true(enable(DEVICE));
	play(2);
	assert_true(enable(TIMER));
	assert_true(enable(1));
	chip->quiet_cpu();
	assert_true(fake_lines_quiet(&gic.own[2].lines, 0, OWN));
	assert_int_equal(*register_of(2, "icc_igrpen1_el1"), 0);
	assert_int_equal(*register_of(boot, "icc_igrpen1_el1"), 1);
	assert_true(gic.control != 0);
	assert_true(fake_lines_has(gic.lines.enabled, DEVICE));
	assert_true(fake_lines_has(gic.own[boot].lines.enabled, TIMER));
	assert_null(start_cpu(2));
	assert_int_equal(*register_of(2, "icc_igrpen1_el1"), 1);
	play(boot);
	chip->quiet();
	assert_int_equal(gic.control, 0);
	assert_true(fake_lines_quiet(&gic.lines, OWN, FAKE_GIC_LINES));
	assert_true(fake_lines_quiet(&gic.own[boot].lines, 0, OWN));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_cpu_finds_its_redistributor),
		cmocka_unit_test(each_cpu_begins_with_nothing),
		cmocka_unit_test(own_interrupts_are_enabled_on_each_cpu),
		cmocka_unit_test(devices_interrupt_the_boot_cpu),
		cmocka_unit_test(what_is_sent_names_the_other_cpu),
		cmocka_unit_test(takes_and_ends),
		cmocka_unit_test(one_that_goes_off_leaves_the_others_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
