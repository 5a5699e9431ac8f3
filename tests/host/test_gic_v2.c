// SPDX-License-Identifier: BSD-2-Clause
/*
 * A GIC of version 2 with three CPUs: the first words of the distributor are each CPU's own, and so
 * is the interface.
 *
 * Sources: arch/arm64/irq/gic.c arch/arm64/irq/gic_v2.c tests/host/fake_mmio.c
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

#define CPUS      3
#define OWN       32
#define TIMER     27
#define DEVICE    40
#define SPURIOUS  1023
#define DIST      0x8000000
#define INTERFACE 0x8010000

/* ---- the machine ---- */

static struct cpu cpus[CPUS - 1]; /* all but the boot CPU */
static struct {
	struct fake_lines lines; /* from OWN on */
	u8 targets[FAKE_GIC_LINES];
	u32 control;
	struct {
		struct fake_lines lines;
		u8 sent[16]; /* of each number, by whom: a bit for each CPU */
		u32 control, mask, active;
	} cpu[CPUS];
	unsigned cpus;
} gic;

static unsigned here(void)
{
	return host_cpu == &boot_cpu ? 0 : (unsigned)(host_cpu - cpus) + 1;
}

static struct cpu *play(unsigned cpu)
{
	host_cpu = cpu ? &cpus[cpu - 1] : &boot_cpu;
	host_cpu_affinity = cpu;
	return host_cpu;
}

/* Does a register's offset lie in a word that each CPU has for itself? */
static struct fake_lines *lines_at(u64 offset)
{
	u64 unit = offset < 0x400    ? offset % 0x80 * 8
		   : offset >= 0xc00 ? (offset - 0xc00) * 4
				     : OWN;

	return unit < OWN ? &gic.cpu[here()].lines : &gic.lines;
}

static u32 read_distributor(u64 offset)
{
	u32 value = 0;

	if (offset == 0)
		return gic.control;
	if (offset == 4)
		return FAKE_GIC_LINES / 32 - 1;
	if (offset >= 0x800 && offset < 0x800 + OWN)
		return gic.cpus > 1 ? 0x01010101U << here() : 0;
	assert_true(fake_lines_read(lines_at(offset), offset, &value));
	return value;
}

static void write_distributor(u64 offset, u32 value)
{
	if (offset == 0) {
		gic.control = value;
	} else if (offset == 0xf00) {
		assert_int_equal(value >> 24, 0);
		for (unsigned cpu = 0; cpu < gic.cpus; cpu++)
			if (value >> (16 + cpu) & 1)
				gic.cpu[cpu].sent[value & 15] |= (u8)(1 << here());
	} else if (offset >= 0xf10 && offset < 0xf20) {
		for (unsigned i = 0; i < 4; i++)
			gic.cpu[here()].sent[offset - 0xf10 + i] &= (u8) ~(value >> 8 * i);
	} else {
		assert_true(fake_lines_write(lines_at(offset), offset, value));
	}
}

static void write_distributor_byte(u64 offset, u8 value)
{
	if (offset >= 0x800)
		gic.targets[offset - 0x800] = value;
	else if (offset < 0x400 + OWN)
		gic.cpu[here()].lines.priority[offset - 0x400] = value;
	else
		gic.lines.priority[offset - 0x400] = value;
}

/* Of what was sent, the lowest number and the first sender; else a device of its own. */
static u32 acknowledge(void)
{
	struct fake_lines *own = &gic.cpu[here()].lines;
	u8 *sent = gic.cpu[here()].sent;

	for (u32 number = 0; number < 16; number++) {
		u32 by = (u32)__builtin_ctz(sent[number] | 0x100);

		if (!sent[number] || !fake_lines_has(own->enabled, number))
			continue;
		sent[number] &= (u8)(sent[number] - 1);
		return gic.cpu[here()].active = by << 10 | number;
	}
	return SPURIOUS;
}

static u32 read_interface(u64 offset)
{
	assert_int_equal(offset, 0xc);
	return acknowledge();
}

static void write_interface(u64 offset, u32 value)
{
	if (offset == 0x0)
		gic.cpu[here()].control = value;
	else if (offset == 0x4)
		gic.cpu[here()].mask = value;
	else if (offset == 0x10)
		assert_int_equal(value, gic.cpu[here()].active);
	else
		fail_msg("interface, offset %#llx", (unsigned long long)offset);
}

const struct fake_mmio fake_mmio[] = {
	{ DIST, 0x1000, read_distributor, write_distributor, write_distributor_byte },
	{ INTERFACE, 0x1000, read_interface, write_interface, NULL },
	{ 0 },
};

static const struct irq_chip *const chip = &irq_gic_v2;

static struct irq_line line_of(u32 number)
{
	return (struct irq_line){ .number = number, .edge = number < 16 };
}

static bool enable(u32 number)
{
	struct irq_line line = line_of(number);

	return chip->enable(&line);
}

/* A machine of so many CPUs, with something left in each register. */
static void start_machine(unsigned count)
{
	struct devicetree dt;
	void *tree = tree_open(
		&dt, tree_from_text("/ { #address-cells = <1>; #size-cells = <1>;"
				    " intc { compatible = \"arm,gic-400\"; interrupt-controller;"
				    " reg = <0x8000000 0x1000 0x8010000 0x1000>; }; };"));

	memset(&gic, 0xff, sizeof(gic));
	memset(cpus, 0, sizeof(cpus));
	gic.cpus = count;
	for (unsigned cpu = 0; cpu < count; cpu++) {
		play(cpu)->affinity = cpu;
		if (!cpu)
			assert_null(chip->init(&dt));
		assert_null(chip->init_cpu());
	}
	play(0);
	free(tree);
}

/* ---- tests ---- */

static void each_cpu_begins_with_nothing(void **state)
{
	(void)state;
	start_machine(CPUS);
	assert_true(fake_lines_quiet(&gic.lines, OWN, FAKE_GIC_LINES));
	assert_int_equal(gic.control, 1);
	for (unsigned cpu = 0; cpu < CPUS; cpu++) {
		assert_true(fake_lines_quiet(&gic.cpu[cpu].lines, 0, OWN));
		for (unsigned number = 0; number < 16; number++)
			assert_int_equal(gic.cpu[cpu].sent[number], 0);
		assert_int_equal(gic.cpu[cpu].control, 1);
		assert_int_equal(gic.cpu[cpu].mask, 0xf0);
		assert_int_equal(play(cpu)->gic_target, 1 << cpu);
		assert_int_equal(chip->take(), IRQ_NONE);
	}
}

static void own_interrupts_are_enabled_on_each_cpu(void **state)
{
	(void)state;
	start_machine(CPUS);
	play(1);
	assert_true(enable(TIMER));
	for (unsigned cpu = 0; cpu < CPUS; cpu++)
		assert_int_equal(fake_lines_has(gic.cpu[cpu].lines.enabled, TIMER), cpu == 1);
	assert_int_equal(gic.cpu[1].lines.priority[TIMER], 0xa0);
	play(2);
	chip->disable(TIMER);
	assert_true(fake_lines_has(gic.cpu[1].lines.enabled, TIMER));
	assert_int_equal(gic.targets[TIMER], 0xff); /* it has none, and nobody wrote one */
}

static void devices_interrupt_the_boot_cpu(void **state)
{
	(void)state;
	start_machine(CPUS);
	play(2);
	assert_true(enable(DEVICE));
	assert_true(fake_lines_has(gic.lines.enabled, DEVICE));
	assert_int_equal(gic.targets[DEVICE], 1);
	assert_false(enable(FAKE_GIC_LINES));
}

/* What two CPUs send is two interrupts, and each is ended with its sender's number. */
static void what_is_sent_arrives_there(void **state)
{
	(void)state;
	start_machine(CPUS);
	play(2);
	for (u32 number = 0; number < IRQ_IPIS; number++)
		assert_true(enable(number));
	for (unsigned from = 0; from < 2; from++) {
		play(from);
		chip->send(&cpus[1], 3);
		assert_int_equal(chip->take(), IRQ_NONE);
	}
	play(2);
	chip->send(&boot_cpu, 0);
	chip->send(&cpus[1], 1);
	assert_int_equal(chip->take(), 1);
	chip->end(1);
	for (unsigned from = 0; from < 2; from++) {
		assert_int_equal(chip->take(), 3);
		assert_int_equal(gic.cpu[2].active >> 10, from);
		chip->end(3);
	}
	assert_int_equal(chip->take(), IRQ_NONE);
	assert_int_equal(gic.cpu[0].sent[0], 1 << 2);
	assert_int_equal(gic.cpu[1].sent[0], 0);
}

static void one_that_goes_off_leaves_the_others_alone(void **state)
{
	(void)state;
	start_machine(CPUS);
	assert_true(enable(TIMER));
	assert_true(enable(DEVICE));
	play(1);
	assert_true(enable(TIMER));
	assert_true(enable(5));
	chip->send(&cpus[0], 5);
	chip->send(&boot_cpu, 5);
	chip->quiet_cpu();
	assert_true(fake_lines_quiet(&gic.cpu[1].lines, 0, OWN));
	assert_int_equal(gic.cpu[1].control, 0);
	assert_int_equal(gic.cpu[1].sent[5], 0);
	assert_int_equal(gic.control, 1);
	assert_int_equal(gic.cpu[0].control, 1);
	assert_int_equal(gic.cpu[0].sent[5], 1 << 1);
	assert_true(fake_lines_has(gic.lines.enabled, DEVICE));
	assert_true(fake_lines_has(gic.cpu[0].lines.enabled, TIMER));
	/* And it comes back. */
	assert_null(chip->init_cpu());
	assert_int_equal(gic.cpu[1].control, 1);
	play(0);
	chip->quiet();
	assert_int_equal(gic.control | gic.cpu[0].control, 0);
	assert_true(fake_lines_quiet(&gic.lines, OWN, FAKE_GIC_LINES));
	assert_true(fake_lines_quiet(&gic.cpu[0].lines, 0, OWN));
}

/* The only CPU has no bit of its own to read. */
static void a_single_cpu_reaches_itself(void **state)
{
	(void)state;
	start_machine(1);
	assert_true(enable(7));
	chip->send(&boot_cpu, 7);
	assert_int_equal(chip->take(), 7);
	chip->end(7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_cpu_begins_with_nothing),
		cmocka_unit_test(own_interrupts_are_enabled_on_each_cpu),
		cmocka_unit_test(devices_interrupt_the_boot_cpu),
		cmocka_unit_test(what_is_sent_arrives_there),
		cmocka_unit_test(one_that_goes_off_leaves_the_others_alone),
		cmocka_unit_test(a_single_cpu_reaches_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
