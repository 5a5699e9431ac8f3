// SPDX-License-Identifier: BSD-2-Clause
/*
 * Interrupts of a Raspberry Pi 3: each CPU's own by the BCM2836's controller, the devices' by that
 * of the BCM2835 before it, which the first one has as one of its sources.
 *
 * Numbers: 0 to 7 are sent from CPU to CPU, a bit each in the receiver's first mailbox; 8 to 11 are
 * a CPU's own timers; the devices' begin at 32, 32 to a bank. All are levels, and there is nothing
 * to end.
 *
 * Source: Broadcom, "BCM2836 ARM-local peripherals" (QA7), chapter 4; "BCM2835 ARM Peripherals",
 * chapter 7; devicetree bindings brcm,bcm2836-l1-intc and brcm,bcm2835-armctrl-ic.
 */
#include <arch/barrier.h>
#include <arch/cpu.h>
#include <kernel/compiler.h>
#include <lib/devicetree_device.h>
#include <lib/devicetree_interrupt.h>
#include <lib/devicetree_node.h>

#include "inside.h"

#include <libfdt.h>

/* The CPUs' own controller: a register for each CPU, by byte offsets. */
#define LOCAL_ROUTING     0x0c /* bits 1 and 0: the CPU that devices' interrupts go to */
#define LOCAL_TIMERS      0x40
#define LOCAL_MAILBOXES   0x50 /* a bit for each of a CPU's four: it interrupts */
#define LOCAL_PENDING     0x60
#define LOCAL_MAILBOX_SET 0x80 /* 16 bytes to a CPU: ones set bits of its mailboxes */
#define LOCAL_MAILBOX     0xc0 /* the same: what is in them, and ones clear it */
#define LOCAL_BYTES       0x100
#define LOCAL_TIMER_COUNT 4
#define LOCAL_DEVICES     (1U << 8)

/* Bits of a CPU's pending interrupts. */
#define PENDING_TIMERS  0xfU
#define PENDING_MAILBOX (1U << 4)

/* The devices' controller, by byte offsets: bank 0 is the ARM's, 1 and 2 are the GPU's. */
#define DEVICE_BYTES 0x200
#define BANKS        3
#define BANK_0_MASK  0xffU /* above: what the other banks have */
#define FIRST_TIMER  IRQ_IPIS
#define FIRST_DEVICE IRQ_FIRST_SHARED

static const struct {
	u8 pending, enable, disable;
} bank_registers[BANKS] = { { 0x00, 0x18, 0x24 }, { 0x04, 0x10, 0x1c }, { 0x08, 0x14, 0x20 } };

static mmio_t *local, *devices;
static int local_node, device_node;

static unsigned number_of(u64 affinity)
{
	return affinity & 3;
}

static unsigned cpu_here(void)
{
	return number_of(cpu_affinity());
}

/* Where a register of a word for each CPU has this one's, and one of a word for each mailbox. */
static u64 word_here(u64 at)
{
	return at + sizeof(u32) * cpu_here();
}

static u64 mailbox_of(u64 at, unsigned cpu)
{
	return at + 4 * sizeof(u32) * cpu;
}

static const char *__init map_devices(const struct devicetree *dt)
{
	static const char *const name = "brcm,bcm2836-armctrl-ic";
	struct devicetree_range range;
	struct devicetree_path path;
	char text[96];

	device_node = fdt_node_offset_by_compatible(dt->fdt, -1, name);
	if (device_node < 0 || fdt_get_path(dt->fdt, device_node, text, sizeof(text)) ||
	    !devicetree_device_find(dt, text, (u32)strlen(text), &path) ||
	    devicetree_device_range(dt, &path, 0, &range) || range.bytes < DEVICE_BYTES)
		return "has no controller for devices beside it";
	return irq_map(&range, DEVICE_BYTES, &devices);
}

static const char *__init init(const struct devicetree *dt)
{
	struct devicetree_intc intc;
	const char *lacks;

	if (devicetree_device_intc(dt, &intc))
		return intc.distributor.why;
	local_node = dt->intc.node[dt->intc.depth];
	lacks = irq_map(&intc.distributor, LOCAL_BYTES, &local);
	if (!lacks)
		lacks = map_devices(dt);
	if (lacks)
		return lacks;
	for (unsigned bank = 0; bank < BANKS; bank++)
		mmio_write(devices, bank_registers[bank].disable, ~0U);
	mmio_write(local, LOCAL_ROUTING, cpu_here());
	return NULL;
}

static void quiet_cpu(void)
{
	mmio_write(local, word_here(LOCAL_TIMERS), 0);
	mmio_write(local, word_here(LOCAL_MAILBOXES), 0);
	mmio_write(local, mailbox_of(LOCAL_MAILBOX, cpu_here()), ~0U);
}

static const char *init_cpu(void)
{
	quiet_cpu();
	return NULL;
}

static bool decode(const struct devicetree_interrupt *specifier, struct irq_line *line)
{
	u32 bank = specifier->cell[0], number = specifier->cell[1];

	line->edge = false;
	line->number = FIRST_TIMER + bank;
	if (specifier->controller == local_node)
		return bank < LOCAL_TIMER_COUNT;
	line->number = FIRST_DEVICE + 32 * bank + number;
	return specifier->controller == device_node && specifier->cells >= 2 && bank < BANKS &&
	       number < 32;
}

/* Of this CPU's own: a timer is one of its bits, and all that are sent have the mailbox's. */
static void set_own(u32 number, bool on)
{
	u64 at = word_here(number < FIRST_TIMER ? LOCAL_MAILBOXES : LOCAL_TIMERS);
	u32 bit = number < FIRST_TIMER ? 0 : number - FIRST_TIMER;
	u32 others = mmio_read(local, at) & ~(1U << bit);

	mmio_write(local, at, others | (u32)on << bit);
}

static bool enable(const struct irq_line *line)
{
	u32 device = line->number - FIRST_DEVICE;

	if (line->number < FIRST_DEVICE)
		set_own(line->number, true);
	else
		mmio_write(devices, bank_registers[device / 32].enable, 1U << device % 32);
	return true;
}

static void disable(u32 number)
{
	u32 device = number - FIRST_DEVICE;

	/* One that was sent has been taken out of the mailbox, which has others' bits, too. */
	if (number >= FIRST_TIMER && number < FIRST_DEVICE)
		set_own(number, false);
	else if (number >= FIRST_DEVICE)
		mmio_write(devices, bank_registers[device / 32].disable, 1U << device % 32);
}

/*
 * The lowest number that was sent to this CPU, or IRQ_NONE.
 *
 * The DSB: from here on it can be sent again. What is sent before is the same bit, so the handler
 * has to read the sender's words after the bit is clear. DDI 0487, "Using a mailbox to send an
 * interrupt".
 */
static u32 take_sent(void)
{
	u64 at = mailbox_of(LOCAL_MAILBOX, cpu_here());
	u32 sent = mmio_read(local, at);
	u32 number = sent ? (u32)__builtin_ctz(sent) : IRQ_NONE;

	if (sent)
		mmio_write(local, at, 1U << number);
	dsb_sy();
	return number;
}

/* The lowest number that is pending and enabled. */
static u32 take(void)
{
	u32 pending = mmio_read(local, word_here(LOCAL_PENDING));

	if (pending & PENDING_MAILBOX)
		return take_sent();
	if (pending & PENDING_TIMERS)
		return FIRST_TIMER + (u32)__builtin_ctz(pending & PENDING_TIMERS);
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

/*
 * The DSB: what was written before is seen by every CPU before the controller is written to, by
 * another way. DDI 0487, "Using a mailbox to send an interrupt". ISHST: it was stores, to memory
 * that the CPUs share.
 */
static void send(const struct cpu *to, u32 number)
{
	dsb_ishst();
	mmio_write(local, mailbox_of(LOCAL_MAILBOX_SET, number_of(to->affinity)), 1U << number);
}

static void quiet(void)
{
	quiet_cpu();
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
	.send = send,
	.quiet_cpu = quiet_cpu,
	.quiet = quiet,
};
