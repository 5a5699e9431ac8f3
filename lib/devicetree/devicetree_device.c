// SPDX-License-Identifier: BSD-2-Clause
/* The devices that a kernel needs before it has drivers. The contract is in the header. */
#include <kernel/errno.h>
#include <lib/devicetree_device.h>
#include <lib/devicetree_node.h>

#include <libfdt.h>

/*
 * Translates [base, base + bytes), which the children of `bus` see, to what `bus` itself
 * sees on its parent. NULL, or what is wrong. Empty ranges: the two are the same. No
 * ranges: nothing gets through (specification, 2.3.8).
 */
static const char *translate_one(const struct devicetree *dt, int bus, int parent, u64 *base,
				 u64 bytes)
{
	struct devicetree_cells below, above;
	u32 entry_bytes, left;
	const char *entry;

	entry = devicetree_node_property(dt, bus, "ranges", &left);
	if (!entry)
		return "lies on a bus without ranges, which no CPU can reach through";
	if (!left)
		return NULL;
	if (!devicetree_node_cells(dt, bus, &below) || !devicetree_node_cells(dt, parent, &above))
		return "lies on a bus whose addresses or sizes aren't of 1 or 2 cells";

	entry_bytes = 4 * (below.address + above.address + below.size);
	for (; left >= entry_bytes; left -= entry_bytes, entry += entry_bytes) {
		u64 from = devicetree_node_number(entry, below.address);
		u64 to = devicetree_node_number(entry + 4 * below.address, above.address);
		u64 size = devicetree_node_number(entry + 4 * (below.address + above.address),
						  below.size);
		u64 offset = *base - from;

		if (*base < from || offset >= size || bytes > size - offset)
			continue;
		if (offset > ~to || bytes > ~(to + offset))
			return "lies on a bus whose ranges reach past the last address";
		*base = to + offset;
		return NULL;
	}
	return "lies on a bus whose ranges don't hold its addresses";
}

int devicetree_device_range(const struct devicetree *dt, const struct devicetree_path *path,
			    u32 index, struct devicetree_range *range)
{
	struct devicetree_cells cells;
	int node = path->node[path->depth];

	*range = (struct devicetree_range){ .name = devicetree_node_name(dt, node) };
	if (path->depth < 1)
		return -ENOENT;
	if (!devicetree_node_cells(dt, path->node[path->depth - 1], &cells)) {
		range->why = "lies on a bus whose addresses or sizes aren't of 1 or 2 cells";
		return -EINVAL;
	}
	if (!devicetree_node_tuple(dt, node, "reg", &cells, index, range))
		return -ENOENT;
	if (!range->bytes && !range->why)
		range->why = "has registers of no size";
	for (int i = path->depth - 1; i >= 1 && !range->why; i--)
		range->why = translate_one(dt, path->node[i], path->node[i - 1], &range->base.val,
					   range->bytes);
	if (range->why)
		range->bytes = 0;
	return range->why ? -EINVAL : 0;
}

static int find_child(const struct devicetree *dt, int parent, const char *component, u32 bytes)
{
	const char *name;
	int node = 0;

	if (parent != 0)
		return fdt_subnode_offset_namelen(dt->fdt, parent, component, (int)bytes);
	/* The notes know the root's children; libfdt would walk through all of them. */
	do {
		node = devicetree_node_next_child(dt, node);
		name = node < 0 ? NULL : devicetree_node_name(dt, node);
	} while (name && !devicetree_node_is_named(name, component, bytes));
	return node;
}

/* Goes on from `found` along a path of components, each led by any number of slashes. */
static bool descend(const struct devicetree *dt, const char *path, u32 bytes,
		    struct devicetree_path *found)
{
	const char *end = path + bytes;

	for (;;) {
		const char *component;
		int node;

		while (path < end && *path == '/')
			path++;
		if (path == end)
			return true;
		component = path;
		while (path < end && *path != '/')
			path++;
		node = find_child(dt, found->node[found->depth], component,
				  (u32)(path - component));
		if (node < 0 || found->depth + 1 >= DEVICETREE_DEPTH_MAX)
			return false;
		found->node[++found->depth] = node;
	}
}

bool devicetree_device_find(const struct devicetree *dt, const char *path, u32 bytes,
			    struct devicetree_path *found)
{
	const char *slash, *target;
	u32 alias_bytes;
	int target_bytes;

	*found = (struct devicetree_path){ .depth = 0 };
	if (bytes == 0)
		return false;
	if (*path == '/')
		return descend(dt, path, bytes, found);

	/*
	 * An alias. Its value is a full path: libfdt would take an alias for that as
	 * well, and so never come back from one that names itself.
	 */
	slash = memchr(path, '/', bytes);
	alias_bytes = slash ? (u32)(slash - path) : bytes;
	if (dt->aliases < 0)
		return false;
	target = fdt_getprop_namelen(dt->fdt, dt->aliases, path, (int)alias_bytes, &target_bytes);
	if (!target || target_bytes < 2 || *target != '/' || target[target_bytes - 1] != '\0')
		return false;
	return descend(dt, target, (u32)strlen(target), found) &&
	       descend(dt, path + alias_bytes, bytes - alias_bytes, found);
}

int devicetree_device_psci(const struct devicetree *dt, struct devicetree_psci *psci)
{
	static const char *const standard[] = { "arm,psci-1.0", "arm,psci-0.2" };
	const char *method;

	if (dt->psci < 0)
		return -ENOENT;
	*psci = (struct devicetree_psci){ .name = devicetree_node_name(dt, dt->psci) };
	psci->standard =
		devicetree_node_compatible(dt, dt->psci, standard, ARRAY_SIZE(standard)) >= 0;
	devicetree_node_u32(dt, dt->psci, "cpu_on", &psci->cpu_on);
	devicetree_node_u32(dt, dt->psci, "cpu_off", &psci->cpu_off);

	method = devicetree_node_string(dt, dt->psci, "method");
	if (method && !strcmp(method, "hvc")) {
		psci->conduit = DEVICETREE_CONDUIT_HVC;
		return 0;
	}
	if (method && !strcmp(method, "smc")) {
		psci->conduit = DEVICETREE_CONDUIT_SMC;
		return 0;
	}
	psci->why = "has a method that is neither hvc nor smc";
	return -EINVAL;
}

u32 devicetree_device_timer_hz(const struct devicetree *dt)
{
	u32 hz = 0;

	if (dt->timer.depth >= 0)
		devicetree_node_u32(dt, dt->timer.node[dt->timer.depth], "clock-frequency", &hz);
	return hz;
}

static bool is_cpu(const struct devicetree *dt, int node)
{
	const char *type = devicetree_node_string(dt, node, "device_type");

	if (type)
		return !strcmp(type, "cpu");
	return devicetree_node_is_named(devicetree_node_name(dt, node), "cpu", sizeof("cpu") - 1);
}

/* The CPUs' nodes: the first one and how many there can be were noted when the tree was opened. */
static bool next_cpu_node(const struct devicetree *dt, struct devicetree_cursor *cursor)
{
	int node = cursor->node;

	if (cursor->index == dt->cpu_nodes)
		return false;
	do {
		node = node ? fdt_next_subnode(dt->fdt, node) : dt->cpu_first;
		if (node < 0)
			return false;
	} while (!is_cpu(dt, node));
	cursor->node = node;
	cursor->index++;
	return true;
}

/* NULL, or what is wrong with its address. */
static const char *read_mpidr(const struct devicetree *dt, int node, u64 *mpidr)
{
	struct devicetree_cells cells;
	const void *reg;
	u32 bytes;

	*mpidr = 0;
	if (!devicetree_node_cells(dt, dt->cpus, &cells))
		return "has an address of neither 1 nor 2 cells";
	reg = devicetree_node_property(dt, node, "reg", &bytes);
	if (!reg || bytes < 4 * cells.address)
		return "has no address in its reg";
	*mpidr = devicetree_node_number(reg, cells.address);
	return NULL;
}

/* The binding has two cells; trees of boards that began with 32 bits have one. */
static u64 read_release_addr(const struct devicetree *dt, int node)
{
	const void *cells;
	u32 bytes;

	cells = devicetree_node_property(dt, node, "cpu-release-addr", &bytes);
	if (!cells || (bytes != 4 && bytes != 8))
		return 0;
	return devicetree_node_number(cells, bytes / 4);
}

static enum devicetree_enable enable_of(const char *method)
{
	if (!method)
		return DEVICETREE_ENABLE_NONE;
	if (!strcmp(method, "psci"))
		return DEVICETREE_ENABLE_PSCI;
	if (!strcmp(method, "spin-table"))
		return DEVICETREE_ENABLE_SPIN_TABLE;
	return DEVICETREE_ENABLE_OTHER;
}

bool devicetree_device_next_cpu(const struct devicetree *dt, struct devicetree_cursor *cursor,
				struct devicetree_cpu *cpu)
{
	int node;

	if (!next_cpu_node(dt, cursor))
		return false;
	node = cursor->node;
	*cpu = (struct devicetree_cpu){ .name = devicetree_node_name(dt, node) };
	cpu->why = read_mpidr(dt, node, &cpu->mpidr);
	cpu->enabled = devicetree_node_enabled(dt, node);
	cpu->compatible = devicetree_node_string(dt, node, "compatible");
	cpu->enable_method = devicetree_node_string(dt, node, "enable-method");
	if (!cpu->enable_method)
		cpu->enable_method = devicetree_node_string(dt, dt->cpus, "enable-method");
	cpu->enable = enable_of(cpu->enable_method);
	cpu->release_addr = read_release_addr(dt, node);
	return true;
}

u32 devicetree_device_cpus(const struct devicetree *dt)
{
	struct devicetree_cursor cursor = { 0 };
	u32 count = 0;
	u64 mpidr;

	while (next_cpu_node(dt, &cursor))
		count += devicetree_node_enabled(dt, cursor.node) &&
			 !read_mpidr(dt, cursor.node, &mpidr);
	return count;
}

int devicetree_device_intc(const struct devicetree *dt, struct devicetree_intc *intc)
{
	static const char *const version_3[] = { "arm,gic-v3" };
	static const char *const bcm2836[] = { "brcm,bcm2836-l1-intc" };
	int node, error;

	if (dt->intc.depth < 0)
		return -ENOENT;
	node = dt->intc.node[dt->intc.depth];
	*intc = (struct devicetree_intc){ .name = devicetree_node_name(dt, node) };
	intc->version = devicetree_node_compatible(dt, node, version_3, 1) >= 0 ? 3 : 2;
	if (devicetree_node_compatible(dt, node, bcm2836, 1) >= 0)
		intc->version = DEVICETREE_INTC_BCM2836;
	error = devicetree_device_range(dt, &dt->intc, 0, &intc->distributor);
	if (!error && intc->version != DEVICETREE_INTC_BCM2836)
		error = devicetree_device_range(dt, &dt->intc, 1, &intc->second);
	if (error == -ENOENT)
		intc->second.why = "has less than two ranges of registers";
	return error ? -EINVAL : 0;
}
