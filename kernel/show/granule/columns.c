// SPDX-License-Identifier: BSD-2-Clause
/* A column for each granule; see <kernel/columns.h>. */
#include <arch/boot.h>
#include <kernel/columns.h>
#include <lib/printk.h>
#include <lib/vsnprintf.h>

void columns_print(const char *label, const struct columns *columns)
{
	printk("%-27s", label);
	for (unsigned i = 0; i < GRANULE_COUNT; i++)
		printk("%17s", columns->cell[i]);
	printk("\n");
}

void columns_print_head(const char *label)
{
	struct columns c;

	for (unsigned i = 0; i < GRANULE_COUNT; i++)
		snprintf(c.cell[i], sizeof(c.cell[i]), "%s%s",
			 granules[i].shift == boot_info.page_shift ? "* " : "", granules[i].name);
	columns_print(label, &c);
}
