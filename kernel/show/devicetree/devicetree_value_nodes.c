// SPDX-License-Identifier: BSD-2-Clause
/* Properties that refer to other nodes; "inside.h" has the contracts. */
#include "inside.h"
#include <lib/vsnprintf.h>

#include <libfdt.h>

#define CELLS_MOST     4 /* of a child's interrupt, in a map */
#define SPECIFIER_MOST 16
#define LOOKUPS_MOST   256U
#define LOOKUPS_BYTES  (16 << 20) /* of tree that they walk over */

static bool may_look_up(const struct devicetree_value *v)
{
	return v->out->lookups < MIN(LOOKUPS_MOST, LOOKUPS_BYTES / devicetree_used_bytes(v->dt));
}

/* The node of a phandle; negative if there is none. Each new one is a walk over the tree. */
static int node_of(const struct devicetree_value *v, u32 phandle)
{
	struct devicetree_out *out = v->out;

	if (phandle && phandle == out->last_phandle)
		return out->last_node;
	if (!may_look_up(v))
		return -FDT_ERR_NOTFOUND;
	out->lookups++;
	out->last_phandle = phandle;
	out->last_path[0] = '\0';
	out->last_node = fdt_node_offset_by_phandle(v->dt->fdt, phandle);
	return out->last_node;
}

void devicetree_value_between(struct devicetree_value *v)
{
	if (!v->begun)
		return;
	/* In a format: the newline of an argument would be escaped. */
	if (*v->between == '\n')
		PUT(v->out, "\n");
	else
		PUT(v->out, "%s", v->between);
}

/* Takes a phandle, shows it, and hands out its node. */
static int put_node(struct devicetree_value *v)
{
	u32 phandle = (u32)devicetree_node_number(devicetree_value_take(v, 4), 1);
	int node = node_of(v, phandle);
	char *path = v->out->last_path;

	if (node < 0) {
		PUT(v->out, "0x%x (%s)", phandle,
		    phandle == v->out->last_phandle ? "no node has it" : "not looked up");
		return node;
	}
	/* Another walk, so once for all that follow. */
	if (!*path && fdt_get_path(v->dt->fdt, node, path, sizeof(v->out->last_path)))
		snprintf(path, sizeof(v->out->last_path), "0x%x", phandle);
	devicetree_value_text(v->out, path, sizeof(v->out->last_path));
	return node;
}

const char *devicetree_value_nodes(struct devicetree_value *v)
{
	while (devicetree_value_next(v, 4))
		put_node(v);
	return devicetree_value_rest(v);
}

/*
 * Takes one specifier of `cells` cells for the interrupt controller `intc`. A GIC's are told in
 * words (Linux' binding arm,gic-v3.yaml): kind, number, trigger; the number counts from the kind's
 * first INTID. Kinds 2 and 3 are the extended ranges of GICv3.1.
 */
static void put_interrupt(struct devicetree_value *v, int intc, u32 cells)
{
	static const char *const gics[] = { "arm,gic-v3", "arm,gic-400", "arm,cortex-a15-gic" };
	static const struct {
		char name[5];
		u16 first;
	} kinds[] = { { "SPI", 32 }, { "PPI", 16 }, { "ESPI", 4096 }, { "EPPI", 1056 } };
	static const char triggers[][12] = {
		"edge rising", "edge falling", "", "level high", "", "", "", "level low"
	};
	const fdt32_t *cell = devicetree_value_take(v, 4 * cells);
	u32 kind = fdt32_to_cpu(cell[0]);
	u32 trigger;

	if (cells < 3 || kind >= ARRAY_SIZE(kinds) ||
	    devicetree_node_compatible(v->dt, intc, gics, ARRAY_SIZE(gics)) < 0) {
		for (u32 i = 0; i < cells; i++)
			PUT(v->out, "%s0x%x", i ? " " : "", fdt32_to_cpu(cell[i]));
		return;
	}
	PUT(v->out, "%s %u (INTID %llu)", kinds[kind].name, fdt32_to_cpu(cell[1]),
	    (u64)kinds[kind].first + fdt32_to_cpu(cell[1]));
	/* The bits above say which CPUs, of GICv2. */
	trigger = (fdt32_to_cpu(cell[2]) & 0xf) - 1;
	if (trigger < ARRAY_SIZE(triggers) && triggers[trigger][0])
		PUT(v->out, " %s", triggers[trigger]);
	else
		PUT(v->out, " trigger 0x%x", trigger + 1);
}

/* The node that `interrupts` go to (specification, 2.4.1): said here or above, or an ancestor. */
static int interrupt_parent(const struct devicetree_value *v)
{
	const struct devicetree_path *path = v->path;
	u32 phandle;

	for (int i = path->depth; i >= 0; i--) {
		if (devicetree_node_u32(v->dt, path->node[i], "interrupt-parent", &phandle))
			return node_of(v, phandle);
		if (i > 0 &&
		    devicetree_node_property(v->dt, path->node[i - 1], "#interrupt-cells", NULL))
			return path->node[i - 1];
	}
	return -FDT_ERR_NOTFOUND;
}

static bool specifier_cells(const struct devicetree_value *v, int node, const char *property,
			    u32 *cells)
{
	return devicetree_node_u32(v->dt, node, property, cells) && *cells <= SPECIFIER_MOST;
}

const char *devicetree_value_interrupts(struct devicetree_value *v)
{
	int intc = interrupt_parent(v);
	u32 cells;

	if (intc < 0)
		return "there is no interrupt parent";
	if (!specifier_cells(v, intc, "#interrupt-cells", &cells) || !cells)
		return "the interrupt parent's #interrupt-cells must be 1 to 16";
	while (devicetree_value_next(v, 4 * cells))
		put_interrupt(v, intc, cells);
	return devicetree_value_rest(v);
}

/* Child address, child interrupt, controller, address there, interrupt there (2.4.3). */
const char *devicetree_value_interrupt_map(struct devicetree_value *v)
{
	struct devicetree_cells cells;
	u32 child, address, interrupt;
	int intc;

	if (!devicetree_value_cells(v->dt, devicetree_value_node(v), &cells) ||
	    !specifier_cells(v, devicetree_value_node(v), "#interrupt-cells", &child) ||
	    child > CELLS_MOST)
		return "#address-cells and #interrupt-cells must be there, and 4 at most";
	while (devicetree_value_next(v, 4 * (cells.address + child + 1))) {
		devicetree_value_number(v, cells.address);
		PUT(v->out, " pin ");
		devicetree_value_number(v, child);
		PUT(v->out, " -> ");
		intc = put_node(v);
		if (intc < 0)
			return "without the controller its entries have no known length";
		address = 0; /* as Linux takes it; the specification leaves it open */
		devicetree_node_u32(v->dt, intc, "#address-cells", &address);
		if (!specifier_cells(v, intc, "#interrupt-cells", &interrupt) || !interrupt ||
		    address > CELLS_MOST)
			return "the controller's #interrupt-cells must be 1 to 16";
		if (v->left < 4 * (address + interrupt))
			return DEVICETREE_VALUE_CUT;
		devicetree_value_take(v, 4 * address);
		PUT(v->out, " ");
		put_interrupt(v, intc, interrupt);
	}
	return devicetree_value_rest(v);
}

const char *devicetree_value_id_map(struct devicetree_value *v)
{
	while (devicetree_value_next(v, 16)) {
		devicetree_value_number(v, 1);
		PUT(v->out, " -> ");
		put_node(v);
		PUT(v->out, " ");
		devicetree_value_number(v, 1);
		PUT(v->out, ", %llu of them",
		    devicetree_node_number(devicetree_value_take(v, 4), 1));
	}
	return devicetree_value_rest(v);
}

const char *devicetree_value_references(struct devicetree_value *v, const char *property)
{
	bool interrupts = !strcmp(property, "#interrupt-cells");

	while (devicetree_value_next(v, 4)) {
		int node = put_node(v);
		u32 cells = 0;

		if (node < 0)
			return v->left ? "without that node its entries have no known length"
				       : NULL;
		/* MSI controllers may leave it out (binding msi-controller.yaml). */
		if (!specifier_cells(v, node, property, &cells) &&
		    (strcmp(property, "#msi-cells") != 0 ||
		     devicetree_node_property(v->dt, node, property, NULL)))
			return "that node must say how many cells follow, 16 at most";
		if (v->left < 4 * cells)
			return DEVICETREE_VALUE_CUT;
		if (interrupts && cells) {
			PUT(v->out, " ");
			put_interrupt(v, node, cells);
			continue;
		}
		for (; cells; cells--) {
			PUT(v->out, " ");
			devicetree_value_number(v, 1);
		}
	}
	return devicetree_value_rest(v);
}
