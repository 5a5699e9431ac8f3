// SPDX-License-Identifier: BSD-2-Clause
/*
 * What versions 2 and 3 of Arm's Generic Interrupt Controller have in common.
 *
 * Of two security states the kernel is in the non-secure one, or there is but one: what belongs to
 * firmware reads as zero, and writes to it are ignored.
 *
 * Source: Arm, "Generic Interrupt Controller Architecture Specification", version 2 (IHI 0048),
 * chapter 4; version 3 (IHI 0069), chapter 12; devicetree bindings arm,gic and arm,gic-v3.
 */
#include <lib/devicetree_interrupt.h>

#include "inside.h"

/* The first cell of a specifier; the others are {number, trigger}. */
#define SPECIFIER_SPI 0
#define SPECIFIER_PPI 1
#define PPIS          16
#define SPIS          (GIC_SPECIAL - GIC_FIRST_SPI)

/* The trigger's low bits: 1 and 2 are edges, 4 and 8 levels. */
#define TRIGGER_EDGES 3

bool gic_decode(const struct devicetree_interrupt *specifier, struct irq_line *line)
{
	u32 number = specifier->cell[1];

	if (specifier->cells < 3)
		return false;
	line->edge = specifier->cell[2] & TRIGGER_EDGES;
	if (specifier->cell[0] == SPECIFIER_SPI && number < SPIS)
		line->number = GIC_FIRST_SPI + number;
	else if (specifier->cell[0] == SPECIFIER_PPI && number < PPIS)
		line->number = GIC_FIRST_PPI + number;
	else
		return false;
	return true;
}

u32 gic_lines(const mmio_t *distributor)
{
	return 32 * ((mmio_read(distributor, GIC_TYPER) & 0x1f) + 1);
}

void gic_quiet_lines(mmio_t *base, u32 first, u32 end)
{
	for (u32 at = first / 8; at < end / 8; at += sizeof(u32)) {
		mmio_write(base, GIC_ICENABLER + at, ~0U);
		mmio_write(base, GIC_ICPENDR + at, ~0U);
		mmio_write(base, GIC_ICACTIVER + at, ~0U);
	}
}

/* Where a register has a bit of an interrupt. */
static u64 word_of(u32 number)
{
	return number / 32 * sizeof(u32);
}

static u32 bit_of(u32 number)
{
	return 1U << number % 32;
}

/* The trigger of what is off. Those of interrupts between CPUs can't be written. */
static void set_trigger(mmio_t *base, const struct irq_line *line)
{
	u64 at = GIC_ICFGR + line->number / 16 * sizeof(u32);
	u32 shift = line->number % 16 * 2;
	u32 others = mmio_read(base, at) & ~(3U << shift);

	if (line->number >= GIC_FIRST_PPI)
		mmio_write(base, at, others | (line->edge ? 2U : 0U) << shift);
}

bool gic_enable_line(mmio_t *base, const struct irq_line *line, unsigned group)
{
	u64 word = word_of(line->number);
	u32 bit = bit_of(line->number);
	u32 others = mmio_read(base, GIC_IGROUPR + word) & ~bit;

	gic_disable_line(base, line->number);
	set_trigger(base, line);
	mmio_write(base, GIC_IGROUPR + word, others | (group ? bit : 0));
	mmio_write_byte(base, GIC_IPRIORITYR + line->number, GIC_PRIORITY);
	mmio_write(base, GIC_ISENABLER + word, bit);
	return mmio_read(base, GIC_ISENABLER + word) & bit;
}

void gic_disable_line(mmio_t *base, u32 number)
{
	mmio_write(base, GIC_ICENABLER + word_of(number), bit_of(number));
}
