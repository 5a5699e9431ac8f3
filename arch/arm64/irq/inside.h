/* SPDX-License-Identifier: BSD-2-Clause */
/* What drivers share: how registers are mapped, and which of them all parts of GICs have. */
#ifndef ARCH_IRQ_INSIDE_H
#define ARCH_IRQ_INSIDE_H

#include <arch/irq_chip.h>
#include <arch/mmio.h>
#include <arch/mmu.h>
#include <lib/devicetree.h>

/* Make the first `bytes` of a range accessible. NULL, or what is wrong with it. */
static inline const char *irq_map(const struct devicetree_range *range, u64 bytes,
				  mmio_t **registers)
{
	const char *lacks;
	vaddr_t at;

	if (range->bytes < bytes)
		return "has less room than its registers need";
	lacks = mmu_map_device(range->base, bytes, &at);
	if (!lacks)
		*registers = vaddr_ptr(at);
	return lacks;
}

/* INTIDs: from 0 on those that CPUs send each other, a CPU's own devices', the machine's. */
#define GIC_FIRST_PPI 16
#define GIC_FIRST_SPI 32
#define GIC_SPECIAL   1020 /* from here on: not an interrupt */

/* Of all priorities the middle, and the mask that lets every one of them through. */
#define GIC_PRIORITY      0xa0
#define GIC_PRIORITY_MASK 0xf0

/* Registers, by byte offsets: of a bit for each interrupt, of a byte, and of two bits. */
#define GIC_CTLR       0x000
#define GIC_TYPER      0x004
#define GIC_IGROUPR    0x080
#define GIC_ISENABLER  0x100
#define GIC_ICENABLER  0x180
#define GIC_ICPENDR    0x280
#define GIC_ICACTIVER  0x380
#define GIC_IPRIORITYR 0x400
#define GIC_ICFGR      0xc00

/* By the binding of both versions: {kind, number, trigger}. */
bool gic_decode(const struct devicetree_interrupt *specifier, struct irq_line *line);

/* How many interrupts a distributor has, a multiple of 32. */
u32 gic_lines(const mmio_t *distributor);

/* Interrupts [first, end), multiples of 32: none is enabled, pending or active. */
void gic_quiet_lines(mmio_t *base, u32 first, u32 end);

/*
 * Set an interrupt up, and enable it. False if that does not stick.
 *
 * `group` counts where there is one security state only; with two, what isn't firmware's is in
 * group 1, whatever is written here.
 */
bool gic_enable_line(mmio_t *base, const struct irq_line *line, unsigned group);
void gic_disable_line(mmio_t *base, u32 number);

#endif
