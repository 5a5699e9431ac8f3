// SPDX-License-Identifier: BSD-2-Clause
/*
 * The console: which port, and text in and out of it.
 *
 * The devicetree says which port (stdout-path, else the first that has a driver); the table below
 * says how to drive it. A further driver is one more row.
 */
#include <arch/spinlock.h>
#include <kernel/compiler.h>
#include <kernel/console.h>
#include <kernel/devicetree_device.h>
#include <kernel/errno.h>
#include <kernel/printk.h>

static const struct console_driver *const drivers[] = {
	&serial_pl011,
	&serial_16550,
};

static struct {
	const struct console_driver *driver; /* NULL until it is open */
	struct console_port port;
	struct spinlock lock;
	struct devicetree_console found;
} console;

/*
 * Can a port's first eight registers, all that a 16550 has, be reached as the tree says? It is
 * input: a shift of 200 would be undefined in C and lead out of what is mapped.
 */
static bool registers_fit(const struct devicetree_console *found)
{
	u32 width = found->reg_io_width;

	return found->reg_shift <= 8 && 8ULL << found->reg_shift <= found->registers.bytes &&
	       (width == 1 || width == 2 || width == 4);
}

int console_open(const struct devicetree *dt, console_map_fn *map)
{
	const char *compatible[ARRAY_SIZE(drivers)];
	struct devicetree_console *found = &console.found;
	vaddr_t base;

	console.driver = NULL;
	for (unsigned i = 0; i < ARRAY_SIZE(drivers); i++)
		compatible[i] = drivers[i]->compatible;
	if (devicetree_device_console(dt, compatible, ARRAY_SIZE(drivers), found))
		return -ENODEV;
	if (!registers_fit(found))
		return -ENODEV;

	base = map(found->registers.base, found->registers.bytes);
	if (!base.val)
		return -ENOMEM;
	console.port.base = vaddr_ptr(base);
	console.port.reg_shift = (u8)found->reg_shift;
	console.port.io_width = (u8)found->reg_io_width;
	drivers[found->driver]->setup(&console.port);
	console.driver = drivers[found->driver];
	return 0;
}

void console_describe(void)
{
	const struct devicetree_console *found = &console.found;

	if (!console.driver)
		return;
	printk("console: %s at %#llx, by %s%s%s%s\n", console.driver->name,
	       found->registers.base.val,
	       found->rule == DEVICETREE_CONSOLE_STDOUT_PATH ? "stdout-path"
							     : "being the first in the devicetree",
	       found->why ? " (" : "", found->why ? found->why : "", found->why ? ")" : "");
}

void console_write(const char *text, size_t bytes)
{
	if (!console.driver)
		return;
	spin_lock(&console.lock);
	for (size_t i = 0; i < bytes; i++) {
		if (text[i] == '\n')
			console.driver->put(&console.port, '\r');
		console.driver->put(&console.port, (u8)text[i]);
	}
	spin_unlock(&console.lock);
}

int console_read(void)
{
	int byte = -1;

	if (!console.driver)
		return -1;
	spin_lock(&console.lock);
	byte = console.driver->get(&console.port);
	spin_unlock(&console.lock);
	return byte;
}

void console_flush(void)
{
	if (console.driver)
		console.driver->flush(&console.port);
}

void console_bust_lock(void)
{
	spin_unlock(&console.lock);
}
