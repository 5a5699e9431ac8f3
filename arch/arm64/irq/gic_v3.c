// SPDX-License-Identifier: BSD-2-Clause
/*
 * GIC version 3: a distributor for the machine's interrupts, a redistributor for each CPU, which
 * has those of its own devices, and an interface of system registers.
 *
 * Redistributors stand in one or several regions, each in an order that only they know: a CPU finds
 * its own by the affinity that is written in them.
 *
 * Source: Arm, "Generic Interrupt Controller Architecture Specification", version 3 and 4 (IHI
 * 0069), chapters 2, 4 and 12; devicetree binding arm,gic-v3.
 */
#include <arch/barrier.h>
#include <arch/cpu.h>
#include <kernel/compiler.h>
#include <lib/devicetree_device.h>
#include <lib/devicetree_node.h>

#include "inside.h"

/* Distributor. CTLR's bits mean the same with one security state and, seen from here, with two. */
#define GICD_IROUTER      0x6000
#define GICD_CTLR_GROUP_1 (1U << 1)
#define GICD_CTLR_ARE     (1U << 4) /* routed by affinity */
#define GICD_CTLR_RWP     (1U << 31)
#define GICD_BYTES        0x10000

/* Redistributor: a frame of its own registers, then one of its CPU's interrupts. */
#define GICR_CTLR         0x0
#define GICR_TYPER        0x8
#define GICR_WAKER        0x14
#define GICR_CTLR_RWP     (1U << 3)
#define GICR_TYPER_VLPIS  (1U << 1) /* two further frames: version 4 */
#define GICR_TYPER_LAST   (1U << 4) /* of its region */
#define GICR_WAKER_SLEEP  (1U << 1)
#define GICR_WAKER_ASLEEP (1U << 2)
#define GICR_FRAME_BYTES  0x10000

/* ICC_SGI1R_EL1: whom an interrupt goes to, 16 of the same Aff1 to Aff3 at most. */
#define SGI_AFF3_SHIFT   48
#define SGI_RANGE_SHIFT  44 /* which 16 of them, by Aff0 */
#define SGI_AFF2_SHIFT   32
#define SGI_NUMBER_SHIFT 24
#define SGI_AFF1_SHIFT   16

/* Regions that are used; QEMU's virt machine has two with more than 123 CPUs. */
#define REGIONS_MAX 4

/* A register that the controller takes its time with is looked at so many times, some ms. */
#define LOOKS_MAX 100000

static mmio_t *distributor;
static struct {
	mmio_t *base;
	u64 bytes;
	u64 stride; /* of the tree; 0: as each redistributor says */
} regions[REGIONS_MAX];

static void wait_while(const mmio_t *base, u64 offset, u32 bits)
{
	for (u32 looks = 0; mmio_read(base, offset) & bits && looks < LOOKS_MAX; looks++)
		;
}

/* As much of a region as its redistributors can take: it may be far larger. */
static const char *__init map_region(const struct devicetree *dt, u32 index, u32 cpus)
{
	struct devicetree_range range;
	u32 stride = 0;

	if (devicetree_device_range(dt, &dt->intc, 1 + index, &range))
		return range.why ? range.why : "has less than two ranges of registers";
	devicetree_node_u32(dt, dt->intc.node[dt->intc.depth], "redistributor-stride", &stride);
	regions[index].stride = stride;
	regions[index].bytes = MIN(range.bytes, (u64)cpus * MAX(stride, 4 * GICR_FRAME_BYTES));
	return irq_map(&range, regions[index].bytes, &regions[index].base);
}

static const char *__init init(const struct devicetree *dt)
{
	/* All that have a redistributor: also those which the tree tells us to leave alone. */
	u32 count = 1, cpus = MAX(dt->cpu_nodes, 1U);
	struct devicetree_range range;
	const char *lacks;

	if (devicetree_device_range(dt, &dt->intc, 0, &range))
		return range.why ? range.why : "has no registers";
	lacks = irq_map(&range, GICD_BYTES, &distributor);
	if (lacks)
		return lacks;
	devicetree_node_u32(dt, dt->intc.node[dt->intc.depth], "#redistributor-regions", &count);
	for (u32 i = 0; i < MIN(count, (u32)REGIONS_MAX); i++) {
		lacks = map_region(dt, i, cpus);
		if (lacks)
			return lacks;
	}
	mmio_write(distributor, GIC_CTLR, 0);
	wait_while(distributor, GIC_CTLR, GICD_CTLR_RWP);
	gic_quiet_lines(distributor, GIC_FIRST_SPI, gic_lines(distributor));
	wait_while(distributor, GIC_CTLR, GICD_CTLR_RWP);
	mmio_write(distributor, GIC_CTLR, GICD_CTLR_ARE | GICD_CTLR_GROUP_1);
	return NULL;
}

/* TYPER's upper word has the affinity, its fields in a row. */
static u32 affinity_here(void)
{
	u64 mpidr = cpu_affinity();

	return (u32)(mpidr >> 32 << 24 | (mpidr & 0xffffff));
}

static mmio_t *find_redistributor(void)
{
	u32 affinity = affinity_here();

	for (unsigned i = 0; i < REGIONS_MAX; i++) {
		u64 at = 0, stride;
		u32 typer = 0;

		while (!(typer & GICR_TYPER_LAST) &&
		       at + 2 * GICR_FRAME_BYTES <= regions[i].bytes) {
			typer = mmio_read(regions[i].base, at + GICR_TYPER);
			if (mmio_read(regions[i].base, at + GICR_TYPER + 4) == affinity)
				return regions[i].base + at;
			stride = (typer & GICR_TYPER_VLPIS ? 4 : 2) * GICR_FRAME_BYTES;
			at += MAX(stride, regions[i].stride);
		}
	}
	return NULL;
}

static const char *init_cpu(void)
{
	mmio_t *own = find_redistributor();

	/* SRE may be fixed: as 1 by EL2 or EL3, or as 0 where they keep these registers. */
	sysreg_write(icc_sre_el1, sysreg_read(icc_sre_el1) | 1);
	isb(); /* before the others are accessed */
	if (!(sysreg_read(icc_sre_el1) & 1))
		return "has no system registers: firmware keeps them to itself";
	if (!own)
		return "has no redistributor for this CPU";
	mmio_write(own, GICR_WAKER, mmio_read(own, GICR_WAKER) & ~GICR_WAKER_SLEEP);
	wait_while(own, GICR_WAKER, GICR_WAKER_ASLEEP);
	gic_quiet_lines(own + GICR_FRAME_BYTES, 0, GIC_FIRST_SPI);
	wait_while(own, GICR_CTLR, GICR_CTLR_RWP);
	this_cpu()->redistributor = own;
	sysreg_write(icc_ap1r0_el1, 0); /* no interrupt is being handled, whatever came before */
	sysreg_write(icc_pmr_el1, GIC_PRIORITY_MASK);
	sysreg_write(icc_bpr1_el1, 0);
	sysreg_write(icc_ctlr_el1, 0); /* EOIR1 ends an interrupt wholly */
	sysreg_write(icc_igrpen1_el1, 1);
	isb(); /* interrupts come from here on */
	return NULL;
}

/* Where an interrupt's registers are: those of a CPU's own devices with that CPU. */
static mmio_t *base_of(u32 number)
{
	return number < GIC_FIRST_SPI ? this_cpu()->redistributor + GICR_FRAME_BYTES : distributor;
}

static bool enable(const struct irq_line *line)
{
	u64 router = GICD_IROUTER + (u64)line->number * 8, mpidr = boot_cpu.affinity;

	if (line->number >= gic_lines(distributor))
		return false;
	if (line->number >= GIC_FIRST_SPI) {
		mmio_write(distributor, router, (u32)mpidr);
		mmio_write(distributor, router + 4, (u32)(mpidr >> 32));
	}
	return gic_enable_line(base_of(line->number), line, 1);
}

static void disable(u32 number)
{
	gic_disable_line(base_of(number), number);
	if (number < GIC_FIRST_SPI)
		wait_while(this_cpu()->redistributor, GICR_CTLR, GICR_CTLR_RWP);
	else
		wait_while(distributor, GIC_CTLR, GICD_CTLR_RWP);
}

/*
 * The DSB: reading IAR1 is what makes the interrupt active, and that has to be done before the
 * device is touched, which would otherwise still be asking. IHI 0069, "Observability of the effects
 * of accesses to the GIC registers".
 */
static u32 take(void)
{
	u32 number = (u32)sysreg_read(icc_iar1_el1);

	dsb_sy();
	return number < GIC_SPECIAL ? number : IRQ_NONE;
}

/* The DSB: what the handler told the device has arrived before the interrupt may come again. */
static void end(u32 number)
{
	dsb_sy();
	sysreg_write(icc_eoir1_el1, number);
	isb();
}

/*
 * The DSB: what was written before is seen by every CPU before the interrupt is sent, which no
 * barrier for memory alone orders with it. DDI 0487, "Using a mailbox to send an interrupt"; IHI
 * 0069, "Observability of the effects of accesses to the GIC registers". ISHST: it was stores, to
 * memory that the CPUs share. The ISB: it is sent now, not when this CPU next takes an exception.
 */
static void send(const struct cpu *to, u32 number)
{
	u64 to_one = to->affinity;
	u64 aff0 = to_one & 0xff, aff1 = to_one >> 8 & 0xff, aff2 = to_one >> 16 & 0xff;

	dsb_ishst();
	sysreg_write(icc_sgi1r_el1, to_one >> 32 << SGI_AFF3_SHIFT | aff0 / 16 << SGI_RANGE_SHIFT |
					    aff2 << SGI_AFF2_SHIFT |
					    (u64)number << SGI_NUMBER_SHIFT |
					    aff1 << SGI_AFF1_SHIFT | 1U << aff0 % 16);
	isb();
}

static void quiet_cpu(void)
{
	mmio_t *own = this_cpu()->redistributor;

	sysreg_write(icc_igrpen1_el1, 0);
	isb();
	gic_quiet_lines(own + GICR_FRAME_BYTES, 0, GIC_FIRST_SPI);
	wait_while(own, GICR_CTLR, GICR_CTLR_RWP);
}

static void quiet(void)
{
	quiet_cpu();
	gic_quiet_lines(distributor, GIC_FIRST_SPI, gic_lines(distributor));
	mmio_write(distributor, GIC_CTLR, 0);
	wait_while(distributor, GIC_CTLR, GICD_CTLR_RWP);
}

const struct irq_chip irq_gic_v3 = {
	.name = "gic 3",
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
