// SPDX-License-Identifier: BSD-2-Clause
/* The building blocks for reading a devicetree's nodes. The contract is in the header. */
#include <lib/devicetree_node.h>

#include <libfdt.h>

const char *devicetree_node_name(const struct devicetree *dt, int node)
{
	/* fdt_get_name() measures and checks the name once more; devicetree_open() did that */
	const char *name = fdt_offset_ptr(dt->fdt, node + (int)FDT_TAGSIZE, 1);

	return *name ? name : "/";
}

bool devicetree_node_is_named(const char *name, const char *part, u32 bytes)
{
	if (strncmp(name, part, bytes) != 0)
		return false;
	return name[bytes] == '\0' || (name[bytes] == '@' && !memchr(part, '@', bytes));
}

const void *devicetree_node_property(const struct devicetree *dt, int node, const char *name,
				     u32 *bytes)
{
	const char *strings = (const char *)dt->fdt + fdt_off_dt_strings(dt->fdt);
	const char *at = fdt_offset_ptr(dt->fdt, node + (int)FDT_TAGSIZE, 1);
	const struct fdt_property *property;
	const char *candidate;
	u32 tag;

	/* Tags, names and lengths were checked by devicetree_open(): a node ends */
	at += ALIGN_UP(strlen(at) + 1, FDT_TAGSIZE);
	for (;;) {
		property = (const void *)at;
		tag = fdt32_to_cpu(property->tag);
		if (tag == FDT_NOP) {
			at += FDT_TAGSIZE;
			continue;
		}
		if (tag != FDT_PROP)
			return NULL;
		candidate = strings + fdt32_to_cpu(property->nameoff);
		if (*candidate == *name && !strcmp(candidate, name)) {
			if (bytes)
				*bytes = fdt32_to_cpu(property->len);
			return property->data;
		}
		at += ALIGN_UP(sizeof(*property) + fdt32_to_cpu(property->len), FDT_TAGSIZE);
	}
}

bool devicetree_node_is_okay(const char *status, u32 bytes)
{
	/* What follows the string, more of a list or a buffer's rest, doesn't matter. */
	return memchr(status, '\0', bytes) && (!strcmp(status, "okay") || !strcmp(status, "ok"));
}

bool devicetree_node_enabled(const struct devicetree *dt, int node)
{
	const char *status;
	u32 bytes;

	status = devicetree_node_property(dt, node, "status", &bytes);
	if (!status)
		return true;
	return devicetree_node_is_okay(status, bytes);
}

bool devicetree_node_path_enabled(const struct devicetree *dt, const struct devicetree_path *path)
{
	for (int i = 1; i <= path->depth; i++) {
		if (!devicetree_node_enabled(dt, path->node[i]))
			return false;
	}
	return true;
}

const char *devicetree_node_string(const struct devicetree *dt, int node, const char *property)
{
	const char *value;
	u32 bytes;

	value = devicetree_node_property(dt, node, property, &bytes);
	if (!value || !memchr(value, '\0', bytes))
		return NULL;
	return value;
}

bool devicetree_node_u32(const struct devicetree *dt, int node, const char *property, u32 *value)
{
	const void *cells;
	u32 bytes;

	cells = devicetree_node_property(dt, node, property, &bytes);
	if (!cells || bytes != 4)
		return false;
	*value = (u32)devicetree_node_number(cells, 1);
	return true;
}

int devicetree_node_compatible(const struct devicetree *dt, int node, const char *const *names,
			       u32 count)
{
	const char *list, *end, *next;
	u32 bytes;

	list = devicetree_node_property(dt, node, "compatible", &bytes);
	if (!list)
		return -1;
	end = list + bytes;
	for (; (next = memchr(list, '\0', (size_t)(end - list))); list = next + 1) {
		for (u32 i = 0; i < count; i++) {
			if (!strcmp(list, names[i]))
				return (int)i;
		}
	}
	return -1;
}

/* False for a count that isn't one cell. */
static bool count_of_cells(const struct devicetree *dt, int bus, const char *property,
			   u32 otherwise, u32 *count)
{
	*count = otherwise;
	return !devicetree_node_property(dt, bus, property, NULL) ||
	       devicetree_node_u32(dt, bus, property, count);
}

bool devicetree_node_cells(const struct devicetree *dt, int bus, struct devicetree_cells *cells)
{
	return count_of_cells(dt, bus, "#address-cells", 2, &cells->address) &&
	       count_of_cells(dt, bus, "#size-cells", 1, &cells->size) && cells->address >= 1 &&
	       cells->address <= 2 && cells->size <= 2;
}

u64 devicetree_node_number(const void *from, u32 cells)
{
	const fdt32_t *cell = from;
	u64 number = 0;

	while (cells--)
		number = number << 32 | fdt32_to_cpu(*cell++);
	return number;
}

void devicetree_node_cut(struct devicetree_range *range)
{
	if (range->bytes <= ~range->base.val)
		return;
	range->bytes = ~range->base.val;
	range->why = "reaches past the last address, and is cut there";
}

bool devicetree_node_tuple(const struct devicetree *dt, int node, const char *property,
			   const struct devicetree_cells *cells, u32 index,
			   struct devicetree_range *range)
{
	u32 tuple_bytes = 4 * (cells->address + cells->size);
	const char *value;
	u32 count;
	u32 bytes;

	*range = (struct devicetree_range){ .name = devicetree_node_name(dt, node) };
	value = devicetree_node_property(dt, node, property, &bytes);
	if (!value || !bytes) {
		range->why = "lacks a list of addresses";
		return index == 0;
	}
	count = bytes / tuple_bytes;
	if (index >= count) {
		range->why = "has a list of addresses that ends inside an entry";
		return index == count && bytes % tuple_bytes != 0;
	}
	value += index * tuple_bytes;
	range->base = paddr(devicetree_node_number(value, cells->address));
	range->bytes = devicetree_node_number(value + 4 * cells->address, cells->size);
	devicetree_node_cut(range);
	return true;
}

int devicetree_node_next_child(const struct devicetree *dt, int node)
{
	u32 listed = MIN(dt->children, DEVICETREE_CHILDREN_MAX);

	if (node == 0)
		return listed ? dt->child[0] : -1;
	for (u32 i = 0; i + 1 < listed; i++) {
		if (dt->child[i] == node)
			return dt->child[i + 1];
	}
	if (dt->children <= DEVICETREE_CHILDREN_MAX)
		return -1;
	return fdt_next_subnode(dt->fdt, node);
}
