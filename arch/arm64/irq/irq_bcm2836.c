// SPDX-License-Identifier: BSD-2-Clause
/*
 * Interrupts of a Raspberry Pi 3: each CPU's own by the BCM2836's controller, the devices' by that
 * of the BCM2835 before it, which the first one has as one of its sources.
 *
 * Numbers: a CPU's own from 0 on (timers 0 to 3, mailboxes 4 to 7), the devices' from 32 on, 32 to
 * a bank. All are levels, and there is nothing to end.
 *
 * Source: Broadcom, "BCM2836 ARM-local peripherals" (QA7), chapter 4; "BCM2835 ARM Peripherals",
 * chapter 7; devicetree bindings brcm,bcm2836-l1-intc and brcm,bcm2835-armctrl-ic.
 */
#include <arch/barrier.h>
#include <arch/cpu.h>
#include <arch/mmu.h>
#include <kernel/compiler.h>
#include <lib/devicetree_device.h>
#include <lib/devicetree_interrupt.h>
#include <lib/devicetree_node.h>

#include "inside.h"

#include <libfdt.h>

/* The CPUs' own controller: a register for each CPU, by byte offsets. */
#define LOCAL_ROUTING     0x0c /* bits 1 and 0: the CPU that devices' interrupts go to */
#define LOCAL_TIMERS      0x40
#define LOCAL_PENDING     0x60
#define LOCAL_BYTES       0x100
#define LOCAL_TIMER_COUNT 4
#define LOCAL_DEVICES     (1U << 8)
#define LOCAL_MASK        0xffU

/* The devices' controller, by byte offsets: bank 0 is the ARM's, 1 and 2 are the GPU's. */
#define DEVICE_BYTES 0x200
#define BANKS        3
#define BANK_0_MASK  0xffU /* above: what the other banks have */
#define FIRST_DEVICE 32

static const struct {
	u8 pending, enable, disable;
} bank_registers[BANKS] = { { 0x00, 0x18, 0x24 }, { 0x04, 0x10, 0x1c }, { 0x08, 0x14, 0x20 } };

static mmio_t *local, *devices;
static int local_node, device_node;

static unsigned cpu_here(void)
{
	return cpu_affinity() & 3;
}

static const char *__init map_devices(const struct devicetree *dt)
{
	static const char *const name = "brcm,bcm2836-armctrl-ic";
	struct devicetree_range range;
	struct devicetree_path path;
	const char *lacks;
	char text[96];
	vaddr_t at;

	device_node = fdt_node_offset_by_compatible(dt->fdt, -1, name);
	if (device_node < 0 || fdt_get_path(dt->fdt, device_node, text, sizeof(text)) ||
	    !devicetree_device_find(dt, text, (u32)strlen(text), &path) ||
	    devicetree_device_range(dt, &path, 0, &range) || range.bytes < DEVICE_BYTES)
		return "has no controller for devices beside it";
	lacks = mmu_map_device(range.base, DEVICE_BYTES, &at);
	if (!lacks)
		devices = vaddr_ptr(at);
	return lacks;
}

static const char *__init init(const struct devicetree *dt)
{
	struct devicetree_intc intc;
	const char *lacks;
	vaddr_t at;

	if (devicetree_device_intc(dt, &intc))
		return intc.distributor.why;
	if (intc.distributor.bytes < LOCAL_BYTES)
		return "has less room than its registers need";
	local_node = dt->intc.node[dt->intc.depth];
	lacks = mmu_map_device(intc.distributor.base, LOCAL_BYTES, &at);
	if (!lacks)
		lacks = map_devices(dt);
	if (lacks)
		return lacks;
	local = vaddr_ptr(at);
	for (unsigned bank = 0; bank < BANKS; bank++)
		mmio_write(devices, bank_registers[bank].disable, ~0U);
	mmio_write(local, LOCAL_ROUTING, cpu_here());
	return NULL;
}

static const char *init_cpu(void)
{
	mmio_write(local, LOCAL_TIMERS + 4 * cpu_here(), 0);
	return NULL;
}

static bool decode(const struct devicetree_interrupt *specifier, struct irq_line *line)
{
	u32 bank = specifier->cell[0], number = specifier->cell[1];

	line->edge = false;
	line->number = bank;
	if (specifier->controller == local_node)
		return bank < LOCAL_TIMER_COUNT;
	line->number = FIRST_DEVICE + 32 * bank + number;
	return specifier->controller == device_node && specifier->cells >= 2 && bank < BANKS &&
	       number < 32;
}

/* Of one of its own timers: a bit each, in the register of this CPU. */
static void set_timer(u32 number, bool on)
{
	u64 at = LOCAL_TIMERS + 4 * cpu_here();
	u32 others = mmio_read(local, at) & ~(1U << number);

	mmio_write(local, at, others | (u32)on << number);
}

static bool enable(const struct irq_line *line)
{
	u32 device = line->number - FIRST_DEVICE;

	if (line->number < FIRST_DEVICE)
		set_timer(line->number, true);
	else
		mmio_write(devices, bank_registers[device / 32].enable, 1U << device % 32);
	return true;
}

static void disable(u32 number)
{
	u32 device = number - FIRST_DEVICE;

	if (number < FIRST_DEVICE)
		set_timer(number, false);
	else
		mmio_write(devices, bank_registers[device / 32].disable, 1U << device % 32);
}

/* The lowest number that is pending and enabled. */
static u32 take(void)
{
	u32 pending = mmio_read(local, LOCAL_PENDING + 4 * cpu_here());

	if (pending & LOCAL_MASK)
		return (u32)__builtin_ctz(pending & LOCAL_MASK);
	if (!(pending & LOCAL_DEVICES))
		return IRQ_NONE;
	for (u32 bank = 0; bank < BANKS; bank++) {
		u32 here = mmio_read(devices, bank_registers[bank].pending);

		here &= bank ? ~0U : BANK_0_MASK;
		if (here)
			return FIRST_DEVICE + 32 * bank + (u32)__builtin_ctz(here);
	}
	return IRQ_NONE;
}

/* The DSB: what the handler told the device has arrived, and it asks no more. */
static void end(u32 number)
{
	(void)number;
	dsb_sy();
}

static void quiet(void)
{
	mmio_write(local, LOCAL_TIMERS + 4 * cpu_here(), 0);
	for (unsigned bank = 0; bank < BANKS; bank++)
		mmio_write(devices, bank_registers[bank].disable, ~0U);
}

const struct irq_chip irq_bcm2836 = {
	.name = "bcm2836",
	.init = init,
	.init_cpu = init_cpu,
	.decode = decode,
	.enable = enable,
	.disable = disable,
	.take = take,
	.end = end,
	.quiet = quiet,
};
