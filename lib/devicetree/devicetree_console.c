// SPDX-License-Identifier: BSD-2-Clause
/* Which UART is the console. The contract is in the header. */
#include <kernel/errno.h>
#include <lib/devicetree_console.h>
#include <lib/devicetree_device.h>
#include <lib/devicetree_node.h>

#include <libfdt.h>

/* What the caller looks for. */
struct wanted {
	const struct devicetree *dt;
	const char *const *drivers;
	u32 count;
	devicetree_console_use *use;
};

/* A property of one cell; without it *value is left alone. False if it isn't one cell. */
static bool read_cell(const struct devicetree *dt, int node, const char *property, u32 *value)
{
	return !devicetree_node_property(dt, node, property, NULL) ||
	       devicetree_node_u32(dt, node, property, value);
}

/* NULL, or what is wrong with where the node says that its registers are, and how they are. */
static const char *read_registers(const struct devicetree *dt, int node,
				  struct devicetree_console *console)
{
	struct devicetree_range *registers = &console->registers;
	u32 offset = 0;

	if (devicetree_device_range(dt, &console->path, 0, registers))
		return "has no registers that a CPU can reach";
	console->reg_shift = console->reg_io_width = DEVICETREE_CONSOLE_UNSAID;
	if (!read_cell(dt, node, "reg-shift", &console->reg_shift) ||
	    !read_cell(dt, node, "reg-io-width", &console->reg_io_width) ||
	    !read_cell(dt, node, "reg-offset", &offset))
		return "has a reg-shift, -io-width or -offset that isn't one cell";
	if (offset >= registers->bytes)
		return "has a reg-offset that leads out of its registers";
	registers->base.val += offset;
	registers->bytes -= offset;
	console->big_endian = devicetree_node_property(dt, node, "big-endian", NULL);
	return NULL;
}

/* Fills in what the node at console->path says, if it is taken: else says what it lacks. */
static const char *take(const struct wanted *w, struct devicetree_console *console)
{
	int node = console->path.node[console->path.depth];
	int driver = devicetree_node_compatible(w->dt, node, w->drivers, w->count);
	const char *lacks;

	if (driver < 0)
		return "has no driver here";
	if (!devicetree_node_path_enabled(w->dt, &console->path))
		return "is disabled";

	console->driver = (u32)driver;
	console->clock_hz = 0;
	devicetree_node_u32(w->dt, node, "clock-frequency", &console->clock_hz);
	if (!console->baud)
		devicetree_node_u32(w->dt, node, "current-speed", &console->baud);
	lacks = read_registers(w->dt, node, console);
	if (!lacks)
		lacks = w->use(console);
	if (lacks)
		console->baud = 0;
	if (lacks && !console->passed.name) {
		console->passed = console->registers;
		console->passed.name = devicetree_node_name(w->dt, node);
		console->passed.why = lacks;
	}
	return lacks;
}

/* The baud rate that options such as "115200n8" begin with; 0 if none. */
static u32 baud_of(const char *options)
{
	u32 baud = 0;

	for (; *options >= '0' && *options <= '9'; options++) {
		if (baud > 100 * 1000 * 1000)
			return 0;
		baud = 10 * baud + (u32)(*options - '0');
	}
	return baud;
}

static const char *follow_stdout_path(const struct wanted *w, struct devicetree_console *console)
{
	const struct devicetree *dt = w->dt;
	const char *path = NULL, *colon, *lacks;
	u32 bytes;

	if (dt->chosen >= 0)
		path = devicetree_node_string(dt, dt->chosen, "stdout-path");
	if (!path && dt->chosen >= 0)
		path = devicetree_node_string(dt, dt->chosen, "linux,stdout-path");
	if (!path)
		return "isn't there";

	bytes = (u32)strlen(path);
	colon = memchr(path, ':', bytes);
	if (!devicetree_device_find(dt, path, colon ? (u32)(colon - path) : bytes, &console->path))
		return "names no node";
	if (colon) {
		console->options = colon + 1;
		console->baud = baud_of(console->options);
	}
	lacks = take(w, console);
	if (!lacks)
		return NULL;
	console->lacks = lacks;
	console->options = "";
	console->baud = 0;
	return "names a device that";
}

int devicetree_console_find(const struct devicetree *dt, const char *const *drivers, u32 count,
			    devicetree_console_use *use, struct devicetree_console *console)
{
	const struct wanted wanted = { dt, drivers, count, use };
	struct devicetree_path *path = &console->path;
	int depth = 0, node = 0;

	*console = (struct devicetree_console){ .options = "", .lacks = "" };
	console->why = follow_stdout_path(&wanted, console);
	if (!console->why)
		return 0;

	console->rule = DEVICETREE_CONSOLE_FIRST;
	*path = (struct devicetree_path){ .depth = 0 };
	for (;;) {
		node = fdt_next_node(dt->fdt, node, &depth);
		if (node < 0 || depth < 1)
			return -ENODEV;
		if (depth >= DEVICETREE_DEPTH_MAX)
			continue;
		path->depth = depth;
		path->node[depth] = node;
		if (!take(&wanted, console))
			return 0;
	}
}
