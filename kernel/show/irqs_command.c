// SPDX-License-Identifier: BSD-2-Clause
/* The prompt's `irqs`: which interrupts there are, and how many came. */
#include <kernel/irq.h>
#include <kernel/json.h>
#include <kernel/monitor.h>
#include <lib/printk.h>

static int print_json(void)
{
	struct json j;

	json_begin(&j, printk);
	json_text(&j, "controller", irq_chip_name() ? irq_chip_name() : "none");
	json_number(&j, "unknown", irq_unknown());
	json_array(&j, "interrupts");
	for (const struct irq *irq = irq_next(NULL); irq; irq = irq_next(irq)) {
		json_object(&j, NULL);
		json_number(&j, "number", irq->number);
		json_text(&j, "name", irq->name);
		json_number(&j, "count", irq->count);
		json_close(&j);
	}
	json_close(&j);
	json_end(&j);
	return 0;
}

COMMAND(irqs, "[--json]", "interrupts: who asked for them, and how many came")
{
	bool json;
	int err = monitor_parse_json(argc, argv, &json);

	if (err)
		return err;
	if (json)
		return print_json();
	if (!irq_chip_name()) {
		printk("there is no interrupt controller\n");
		return 0;
	}
	printk("%-8s%12s  %s\n", "number", "count", "for");
	for (const struct irq *irq = irq_next(NULL); irq; irq = irq_next(irq))
		printk("%-8u%12llu  %s\n", irq->number, irq->count, irq->name);
	if (irq_unknown())
		printk("%-8s%12llu  nobody: they were disabled\n", "", irq_unknown());
	return 0;
}
