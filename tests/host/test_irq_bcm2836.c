// SPDX-License-Identifier: BSD-2-Clause
/*
 * A Raspberry Pi 3's interrupts: mailboxes, timers and devices of four CPUs.
 *
 * Sources: arch/arm64/irq/irq_bcm2836.c tests/host/fake_mmio.c
 * Sources: lib/devicetree/devicetree.c lib/devicetree/devicetree_node.c
 * Sources: lib/devicetree/devicetree_device.c tests/host/tree.c
 * Libs: -lfdt
 */
#include <stdlib.h>
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include "fake_mmio.h"
#include "tree.h"

#include <arch/cpu.h>
#include <arch/irq_chip.h>
#include <kernel/compiler.h>
#include <lib/devicetree_device.h>
#include <lib/devicetree_interrupt.h>

#define CPUS        4
#define LOCAL       0x40000000
#define DEVICES     0x3f00b200
#define FIRST_TIMER 8
#define DEVICE      (32 + 2 * 32 + 25)

/* ---- the machine ---- */

static struct cpu cpus[CPUS];
static struct {
	u32 routing;
	u32 timers[CPUS], mailboxes[CPUS]; /* what interrupts */
	u32 mailbox[CPUS][4];
	u32 timer_asks[CPUS];
	u32 enabled[3], asks[3];
} chip_state;

static const struct irq_chip *const chip = &irq_bcm2836;

static struct cpu *play(unsigned cpu)
{
	host_cpu_affinity = 0x80000000 | cpu;
	host_cpu = cpu ? &cpus[cpu] : &boot_cpu;
	host_cpu->affinity = host_cpu_affinity;
	return host_cpu;
}

static u32 pending(unsigned cpu)
{
	u32 is_pending = chip_state.timer_asks[cpu] & chip_state.timers[cpu];

	for (unsigned i = 0; i < 4; i++)
		if (chip_state.mailbox[cpu][i] && chip_state.mailboxes[cpu] >> i & 1)
			is_pending |= 1U << (4 + i);
	for (unsigned bank = 0; bank < 3 && cpu == chip_state.routing; bank++)
		if (chip_state.asks[bank] & chip_state.enabled[bank])
			is_pending |= 1 << 8;
	return is_pending;
}

static u32 read_local(u64 offset)
{
	if (offset >= 0x40 && offset < 0x50)
		return chip_state.timers[(offset - 0x40) / 4];
	if (offset >= 0x50 && offset < 0x60)
		return chip_state.mailboxes[(offset - 0x50) / 4];
	if (offset >= 0x60 && offset < 0x70)
		return pending((unsigned)(offset - 0x60) / 4);
	assert_true(offset >= 0xc0);
	return chip_state.mailbox[(offset - 0xc0) / 16][offset / 4 % 4];
}

static void write_local(u64 offset, u32 value)
{
	if (offset == 0xc)
		chip_state.routing = value;
	else if (offset >= 0x40 && offset < 0x50)
		chip_state.timers[(offset - 0x40) / 4] = value;
	else if (offset >= 0x50 && offset < 0x60)
		chip_state.mailboxes[(offset - 0x50) / 4] = value;
	else if (offset >= 0x80 && offset < 0xc0)
		chip_state.mailbox[(offset - 0x80) / 16][offset / 4 % 4] |= value;
	else if (offset >= 0xc0)
		chip_state.mailbox[(offset - 0xc0) / 16][offset / 4 % 4] &= ~value;
	else
		fail_msg("local, offset %#llx", (unsigned long long)offset);
}

static u32 read_devices(u64 offset)
{
	assert_true(offset < 12);
	return chip_state.asks[offset / 4] & chip_state.enabled[offset / 4];
}

/* What enables, and then what disables, of banks 1, 2 and 0. */
static void write_devices(u64 offset, u32 value)
{
	static const unsigned bank_of[] = { 1, 2, 0 };
	u64 index = (offset - 0x10) / 4;
	u32 *enabled = &chip_state.enabled[bank_of[index % 3]];

	*enabled = index < 3 ? *enabled | value : *enabled & ~value;
}

const struct fake_mmio fake_mmio[] = {
	{ LOCAL, 0x100, read_local, write_local, NULL },
	{ DEVICES, 0x200, read_devices, write_devices, NULL },
	{ 0 },
};

static bool enable(u32 number)
{
	struct irq_line line = { .number = number };

	return chip->enable(&line);
}

static void start_machine(void)
{
	struct devicetree dt;
	void *tree = tree_open(
		&dt, tree_from_text("/ { #address-cells = <1>; #size-cells = <1>;"
				    " local { compatible = \"brcm,bcm2836-l1-intc\";"
				    " interrupt-controller; reg = <0x40000000 0x100>; };"
				    " devices { compatible = \"brcm,bcm2836-armctrl-ic\";"
				    " interrupt-controller; reg = <0x3f00b200 0x200>; }; };"));

	memset(&chip_state, 0xff, sizeof(chip_state));
	memset(cpus, 0, sizeof(cpus));
	play(0);
	assert_null(chip->init(&dt));
	for (unsigned cpu = 0; cpu < CPUS; cpu++) {
		play(cpu);
		assert_null(chip->init_cpu());
	}
	memset(chip_state.asks, 0, sizeof(chip_state.asks));
	memset(chip_state.timer_asks, 0, sizeof(chip_state.timer_asks));
	play(0);
	free(tree);
}

/* ---- tests ---- */

static void each_cpu_begins_with_nothing(void **state)
{
	(void)state;
	start_machine();
	assert_int_equal(chip_state.routing, 0);
	for (unsigned cpu = 0; cpu < CPUS; cpu++) {
		assert_int_equal(chip_state.timers[cpu] | chip_state.mailboxes[cpu], 0);
		assert_int_equal(chip_state.mailbox[cpu][0], 0);
		/* Firmware may wait for something in another one. */
		assert_int_equal(chip_state.mailbox[cpu][3], ~0U);
		play(cpu);
		assert_int_equal(chip->take(), IRQ_NONE);
	}
	for (unsigned bank = 0; bank < 3; bank++)
		assert_int_equal(chip_state.enabled[bank], 0);
}

static void numbers_of_devices(void **state)
{
	struct devicetree_interrupt timer = { .cells = 2, .cell = { 3, 4 } };
	struct irq_line line;

	(void)state;
	start_machine();
	timer.controller = -1;
	assert_false(chip->decode(&timer, &line));
	assert_true(enable(FIRST_TIMER + 3));
	assert_int_equal(chip_state.timers[0], 1 << 3);
	chip_state.timer_asks[0] = 1 << 3;
	assert_int_equal(chip->take(), FIRST_TIMER + 3);
	chip->disable(FIRST_TIMER + 3);
	assert_int_equal(chip->take(), IRQ_NONE);
	assert_true(enable(DEVICE));
	chip_state.asks[2] = 1 << 25;
	assert_int_equal(chip->take(), DEVICE);
	play(1);
	assert_int_equal(chip->take(), IRQ_NONE);
}

/* A bit for each number; what was taken can be sent again, and what wasn't stays. */
static void what_is_sent_arrives_there(void **state)
{
	(void)state;
	start_machine();
	play(3);
	for (u32 number = 0; number < IRQ_IPIS; number++)
		assert_true(enable(number));
	play(1);
	for (u32 number = 0; number < IRQ_IPIS; number++)
		chip->send(&cpus[3], number);
	assert_int_equal(chip->take(), IRQ_NONE);
	play(0);
	chip->send(&cpus[3], 5);
	play(3);
	for (u32 number = 0; number < IRQ_IPIS; number++) {
		assert_int_equal(chip->take(), number);
		if (number == 4)
			chip->send(&cpus[3], 4);
		chip->end(number);
		if (number == 4) {
			assert_int_equal(chip->take(), 4);
			chip->end(4);
		}
	}
	assert_int_equal(chip->take(), IRQ_NONE);
	/* One that nobody asked for doesn't take the others with it. */
	chip->disable(2);
	chip->send(&cpus[3], 1);
	assert_int_equal(chip->take(), 1);
}

static void one_that_goes_off_leaves_the_others_alone(void **state)
{
	(void)state;
	start_machine();
	assert_true(enable(FIRST_TIMER + 3));
	assert_true(enable(DEVICE));
	play(2);
	assert_true(enable(FIRST_TIMER + 3));
	assert_true(enable(0));
	chip->send(&cpus[2], 0);
	chip->quiet_cpu();
	assert_int_equal(chip_state.timers[2] | chip_state.mailboxes[2], 0);
	assert_int_equal(chip_state.mailbox[2][0], 0);
	assert_int_equal(chip_state.timers[0], 1 << 3);
	assert_int_equal(chip_state.enabled[2], 1 << 25);
	play(0);
	chip->quiet();
	assert_int_equal(chip_state.timers[0] | chip_state.enabled[2], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_cpu_begins_with_nothing),
		cmocka_unit_test(numbers_of_devices),
		cmocka_unit_test(what_is_sent_arrives_there),
		cmocka_unit_test(one_that_goes_off_leaves_the_others_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
