// SPDX-License-Identifier: BSD-2-Clause
/* Which driver an interrupt controller has: a further one is a row, and its file. */
#include <arch/irq_chip.h>
#include <kernel/compiler.h>
#include <lib/devicetree_node.h>

const struct irq_chip *__init irq_chip_find(const struct devicetree *dt)
{
	static const char *const names[] = { "arm,gic-v3", "arm,gic-400", "arm,cortex-a15-gic",
					     "brcm,bcm2836-l1-intc" };
	static const struct irq_chip *const chips[] = { &irq_gic_v3, &irq_gic_v2, &irq_gic_v2,
							&irq_bcm2836 };
	int found = -1;

	if (dt->intc.depth >= 0)
		found = devicetree_node_compatible(dt, dt->intc.node[dt->intc.depth], names,
						   ARRAY_SIZE(names));
	return found < 0 ? NULL : chips[found];
}
