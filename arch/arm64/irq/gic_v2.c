// SPDX-License-Identifier: BSD-2-Clause
/*
 * GIC version 2: a distributor, and an interface that each CPU finds at the same address.
 *
 * Source: Arm, "Generic Interrupt Controller Architecture Specification", version 2 (IHI 0048),
 * chapters 3 and 4.
 */
#include <arch/barrier.h>
#include <arch/cpu.h>
#include <kernel/compiler.h>
#include <lib/devicetree_device.h>

#include "inside.h"

/* Distributor: a byte for each interrupt, with a bit for each CPU that it may go to. */
#define GICD_ITARGETSR 0x800

/* What is sent: to a list of CPUs, a bit each; and what pends, a byte for each number. */
#define GICD_SGIR       0xf00
#define GICD_SGIR_TO    16
#define GICD_CPENDSGIR  0xf10
#define GICD_CPENDSGIRS 4

/* CPU interface, by byte offsets. */
#define GICC_CTLR 0x00
#define GICC_PMR  0x04
#define GICC_IAR  0x0c
#define GICC_EOIR 0x10

#define ENABLE     1 /* of both CTLRs: this kernel's group */
#define INTID(iar) ((iar)&0x3ff)
#define GICD_BYTES 0x1000
#define GICC_BYTES 0x1000

static mmio_t *distributor, *interface;

static const char *__init init(const struct devicetree *dt)
{
	struct devicetree_intc intc;
	const char *lacks;

	if (devicetree_device_intc(dt, &intc))
		return intc.distributor.why ? intc.distributor.why : intc.second.why;
	lacks = irq_map(&intc.distributor, GICD_BYTES, &distributor);
	if (!lacks)
		lacks = irq_map(&intc.second, GICC_BYTES, &interface);
	if (lacks)
		return lacks;
	mmio_write(distributor, GIC_CTLR, 0);
	gic_quiet_lines(distributor, GIC_FIRST_SPI, gic_lines(distributor));
	mmio_write(distributor, GIC_CTLR, ENABLE);
	return NULL;
}

/* The first words of these registers are each CPU's own. */
static void quiet_own(void)
{
	gic_quiet_lines(distributor, 0, GIC_FIRST_SPI);
	/* ICPENDR leaves alone what was sent. */
	for (u32 i = 0; i < GICD_CPENDSGIRS; i++)
		mmio_write(distributor, GICD_CPENDSGIR + i * sizeof(u32), ~0U);
}

static const char *init_cpu(void)
{
	quiet_own();
	/* A CPU reads its own bit there; 0 where it is the only one, which is CPU interface 0. */
	this_cpu()->gic_target = (u8)mmio_read(distributor, GICD_ITARGETSR) ?: 1;
	mmio_write(interface, GICC_PMR, GIC_PRIORITY_MASK);
	mmio_write(interface, GICC_CTLR, ENABLE);
	return NULL;
}

static bool enable(const struct irq_line *line)
{
	if (line->number >= gic_lines(distributor))
		return false;
	if (line->number >= GIC_FIRST_SPI)
		mmio_write_byte(distributor, GICD_ITARGETSR + line->number, boot_cpu.gic_target);
	/* ENABLE is of group 0 with one security state, of group 1 with two. */
	return gic_enable_line(distributor, line, 0);
}

static void disable(u32 number)
{
	gic_disable_line(distributor, number);
}

/*
 * The DSB: reading IAR is what lets the same interrupt pend again. What is sent while the earlier
 * one still pends is the same interrupt to the controller, so the handler has to read the sender's
 * words after this read. DDI 0487, "Using a mailbox to send an interrupt".
 */
static u32 take(void)
{
	u32 taken = mmio_read(interface, GICC_IAR), number = INTID(taken);

	if (number < GIC_FIRST_PPI)
		dsb_sy();
	this_cpu()->gic_taken = taken;
	return number < GIC_SPECIAL ? number : IRQ_NONE;
}

/* As it was taken: with the sender's number, of what a CPU sent. One at a time is handled. */
static void end(u32 number)
{
	(void)number;
	mmio_write(interface, GICC_EOIR, this_cpu()->gic_taken);
}

/*
 * The DSB: what was written before is seen by every CPU before the distributor is written to, by
 * another way. DDI 0487, "Using a mailbox to send an interrupt". ISHST: it was stores, to memory
 * that the CPUs share.
 */
static void send(const struct cpu *to, u32 number)
{
	dsb_ishst();
	mmio_write(distributor, GICD_SGIR, (u32)to->gic_target << GICD_SGIR_TO | number);
}

static void quiet_cpu(void)
{
	mmio_write(interface, GICC_CTLR, 0);
	quiet_own();
}

static void quiet(void)
{
	quiet_cpu();
	gic_quiet_lines(distributor, GIC_FIRST_SPI, gic_lines(distributor));
	mmio_write(distributor, GIC_CTLR, 0);
}

const struct irq_chip irq_gic_v2 = {
	.name = "gic 2",
	.init = init,
	.init_cpu = init_cpu,
	.decode = gic_decode,
	.enable = enable,
	.disable = disable,
	.take = take,
	.end = end,
	.send = send,
	.quiet_cpu = quiet_cpu,
	.quiet = quiet,
};
