// SPDX-License-Identifier: BSD-2-Clause
/* The prompt's `dt`: the devicetree that this kernel was started with. */
#include <arch/boot.h>
#include <kernel/completion.h>
#include <kernel/devicetree_print.h>
#include <kernel/errno.h>
#include <kernel/monitor.h>
#include <lib/printk.h>
#include <lib/string.h>

#define LISTED_MOST 256 /* by the tab key, of what may have tens of thousands of names */

/* Memory may have been written to since boot, and all that reads a tree relies on a sound one. */
static int open_anew(struct devicetree *dt, struct devicetree_fault *fault)
{
	return devicetree_open(dt, boot_devicetree.fdt, boot_info.fdt_bytes, fault);
}

COMMAND(dt, "[PATH [PROPERTY]]", "the devicetree, a node or a property of it, decoded")
{
	struct devicetree_path_fault wrong;
	struct devicetree_fault fault;
	struct devicetree_path path;
	struct devicetree dt;
	int err;

	if (argc > 3) {
		printk("dt: write dt, dt PATH, or dt PATH PROPERTY\n");
		return -EINVAL;
	}
	err = open_anew(&dt, &fault);
	if (err) {
		printk("dt: the devicetree %s: %#llx\n", fault.why, fault.value);
		return err;
	}
	if (argc == 1) {
		devicetree_print_tree(&dt, printk);
		return 0;
	}
	if (!devicetree_path_find(&dt, argv[1], (u32)strlen(argv[1]), &path, &wrong)) {
		devicetree_print_fault(&dt, &path, &wrong, printk);
		return wrong.wrong == DEVICETREE_PATH_SEVERAL ? -EINVAL : -ENOENT;
	}
	if (argc == 3)
		return devicetree_print_property(&dt, &path, argv[2], printk);
	devicetree_print_node(&dt, &path, printk);
	return 0;
}

COMPLETER(PATH)
{
	struct devicetree_fault fault;
	char path[COMPLETION_BYTES];
	struct devicetree dt;
	int at = 0;

	if (open_anew(&dt, &fault))
		return;
	/* How far they are all the same, all of them say. */
	while (devicetree_path_complete(&dt, c->prefix, &at, path, sizeof(path))) {
		if (c->found && c->count == LISTED_MOST)
			return c->found("...");
		completion_offer(c, path);
	}
}
