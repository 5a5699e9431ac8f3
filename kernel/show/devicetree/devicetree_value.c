// SPDX-License-Identifier: BSD-2-Clause
/*
 * Properties as text; <kernel/devicetree_value.h> has the contract, and
 * "inside.h" that of decoders.
 */
#include "inside.h"
#include <lib/format.h>

#include <libfdt.h>

#define CELLS_MOST 4  /* of an address or a size: libfdt's FDT_MAX_NCELLS */
#define RUN_BYTES  64 /* of text that is printed at once */
#define NAME_SHOWN 64

enum kind {
	GUESS,
	TEXT,
	COUNT,     /* decimal */
	NUMBER,    /* one number of 1 or 2 cells */
	HERTZ,     /* the same, a frequency */
	SIZE,      /* the same, in bytes */
	REG,       /* addresses and sizes, by the parent's cells */
	RANGES,    /* the children's address, the parent's, a size */
	INTERRUPT, /* specifiers of the interrupt parent's */
	INTERRUPT_MAP,
	NODES,  /* phandles */
	ID_MAP, /* {id, phandle, id there, how many} */
	SECRET,
};

/* Properties whose meaning their names tell. A star stands for any beginning. */
static const struct {
	enum kind kind;
	const char *names;
} known[] = {
	{ TEXT,
	  "compatible status model device_type name label *-names bootargs *stdout-path method "
	  "enable-method" },
	{ REG, "reg alloc-ranges assigned-addresses linux,usable-memory-range linux,elfcorehdr" },
	{ RANGES, "ranges dma-ranges" },
	{ INTERRUPT, "interrupts" },
	{ INTERRUPT_MAP, "interrupt-map" },
	{ NODES,
	  "interrupt-parent interrupt-affinity affinity cpu cpu-idle-states next-level-cache "
	  "l2-cache memory-region operating-points-v2 phy-handle remote-endpoint *-supply" },
	{ ID_MAP, "msi-map iommu-map" },
	{ COUNT, "*-cells cache-level reg-shift reg-io-width current-speed bank-width numa-node-id "
		 "bus-range linux,pci-domain" },
	{ HERTZ, "*-frequency" },
	{ SIZE, "size alignment *cache-size" },
	{ NUMBER, "phandle linux,phandle linux,initrd-start linux,initrd-end" },
	{ SECRET, "kaslr-seed rng-seed" },
};

/* Lists of phandles with a specifier each, whose length a property of the other node tells. */
static const struct {
	char names[24];
	char cells[22];
} references[] = {
	{ "clocks assigned-clocks", "#clock-cells" },
	{ "interrupts-extended", "#interrupt-cells" },
	{ "*gpios *-gpio", "#gpio-cells" },
	{ "dmas", "#dma-cells" },
	{ "resets", "#reset-cells" },
	{ "power-domains", "#power-domain-cells" },
	{ "phys", "#phy-cells" },
	{ "iommus", "#iommu-cells" },
	{ "mboxes", "#mbox-cells" },
	{ "pwms", "#pwm-cells" },
	{ "msi-parent", "#msi-cells" },
	{ "thermal-sensors", "#thermal-sensor-cells" },
};

static const char bus[] = "cells of addresses and sizes must be 0 to 4, and 1 in sum";

/* As it stands in a string. */
static bool is_plain(char c)
{
	return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
}

u32 devicetree_value_text(struct devicetree_out *out, const char *text, u32 bytes)
{
	u32 at = 0;

	while (at < bytes && text[at]) {
		u8 c = (u8)text[at];
		u32 run = 0;

		while (at + run < bytes && run < RUN_BYTES && is_plain(text[at + run]))
			run++;
		if (run)
			PUT(out, "%.*s", (int)run, text + at);
		else if (c == '"' || c == '\\')
			PUT(out, "\\%c", c);
		else
			PUT(out, "\\x%02x", c);
		at += MAX(run, 1U);
	}
	return at;
}

void devicetree_value_name(struct devicetree_out *out, const char *name)
{
	if (name[devicetree_value_text(out, name, NAME_SHOWN)])
		PUT(out, "...");
}

bool devicetree_value_next(struct devicetree_value *v, u32 bytes)
{
	if (!v->left || v->left < bytes)
		return false;
	if (v->out->chars >= v->out->most) {
		PUT(v->out, " ... %u more byte%s", v->left, v->left == 1 ? "" : "s");
		v->left = 0;
		return false;
	}
	devicetree_value_between(v);
	v->begun = true;
	return true;
}

const void *devicetree_value_take(struct devicetree_value *v, u32 bytes)
{
	const char *data = v->data;

	v->data += bytes;
	v->left -= bytes;
	return data;
}

static void put_number(struct devicetree_out *out, const void *data, u32 cells)
{
	const fdt32_t *cell = data;

	if (cells <= 2) {
		PUT(out, "0x%llx", devicetree_node_number(data, cells));
		return;
	}
	for (u32 i = 0; i < cells; i++)
		PUT(out, "%s0x%x", i ? ":" : "", fdt32_to_cpu(cell[i]));
}

void devicetree_value_number(struct devicetree_value *v, u32 cells)
{
	put_number(v->out, devicetree_value_take(v, 4 * cells), cells);
}

static void put_size(struct devicetree_out *out, const void *data, u32 cells)
{
	char size[FORMAT_BYTES_SIZE];

	if (cells > 2)
		put_number(out, data, cells);
	else
		PUT(out, "%s",
		    format_bytes(size, sizeof(size), devicetree_node_number(data, cells)));
}

void devicetree_value_tuple(struct devicetree_out *out, const struct devicetree_cells *cells,
			    const void *data)
{
	put_number(out, data, cells->address);
	if (!cells->size)
		return;
	PUT(out, " + ");
	put_size(out, (const char *)data + 4 * cells->address, cells->size);
}

bool devicetree_value_cells(const struct devicetree *dt, int node, struct devicetree_cells *cells)
{
	*cells = (struct devicetree_cells){ 2, 1 };
	if (devicetree_node_property(dt, node, "#address-cells", NULL) &&
	    !devicetree_node_u32(dt, node, "#address-cells", &cells->address))
		return false;
	if (devicetree_node_property(dt, node, "#size-cells", NULL) &&
	    !devicetree_node_u32(dt, node, "#size-cells", &cells->size))
		return false;
	return cells->address <= CELLS_MOST && cells->size <= CELLS_MOST &&
	       cells->address + cells->size;
}

static bool parent_cells(const struct devicetree_value *v, struct devicetree_cells *cells)
{
	return v->path->depth > 0 &&
	       devicetree_value_cells(v->dt, v->path->node[v->path->depth - 1], cells);
}

/* ---- decoders: NULL, or why the rest isn't what it should be ---- */

/* The rest, of which nothing is known. */
static void put_plain(struct devicetree_value *v)
{
	bool cells = v->left % 4 == 0;
	const fdt32_t *cell;

	if (!v->left)
		return;
	devicetree_value_between(v);
	PUT(v->out, cells ? "<" : "[");
	v->begun = false;
	v->between = " ";
	while (devicetree_value_next(v, cells ? 4 : 1)) {
		if (cells) {
			cell = devicetree_value_take(v, 4);
			PUT(v->out, "0x%x", fdt32_to_cpu(*cell));
		} else {
			PUT(v->out, "%02x", *(const u8 *)devicetree_value_take(v, 1));
		}
	}
	PUT(v->out, cells ? ">" : "]");
}

static const char *put_texts(struct devicetree_value *v)
{
	bool ends = !v->left || v->data[v->left - 1] == '\0';

	while (devicetree_value_next(v, 1)) {
		u32 room = v->out->most - v->out->chars;

		PUT(v->out, "\"");
		devicetree_value_take(v,
				      devicetree_value_text(v->out, v->data, MIN(v->left, room)));
		PUT(v->out, "\"");
		/* Where it was cut, the next entry says so. */
		if (v->left && !*v->data)
			devicetree_value_take(v, 1);
	}
	return ends ? NULL : "it has no NUL at its end";
}

static const char *put_counts(struct devicetree_value *v)
{
	while (devicetree_value_next(v, 4)) {
		const fdt32_t *cell = devicetree_value_take(v, 4);

		PUT(v->out, "%u", fdt32_to_cpu(*cell));
	}
	return devicetree_value_rest(v);
}

/* One number, of a cell or two. */
static const char *put_one(struct devicetree_value *v, enum kind kind)
{
	u32 cells = v->left / 4;

	if (v->left != 4 && v->left != 8)
		return "it must have 1 or 2 cells";
	v->begun = true;
	if (kind == NUMBER)
		devicetree_value_number(v, cells);
	else if (kind == SIZE)
		put_size(v->out, devicetree_value_take(v, 4 * cells), cells);
	else
		PUT(v->out, "%llu Hz",
		    devicetree_node_number(devicetree_value_take(v, 4 * cells), cells));
	return NULL;
}

static const char *put_reg(struct devicetree_value *v)
{
	struct devicetree_cells cells;
	u32 bytes;

	if (!parent_cells(v, &cells))
		return bus;
	bytes = 4 * (cells.address + cells.size);
	while (devicetree_value_next(v, bytes))
		devicetree_value_tuple(v->out, &cells, devicetree_value_take(v, bytes));
	return devicetree_value_rest(v);
}

static const char *put_ranges(struct devicetree_value *v)
{
	struct devicetree_cells below, above;
	u32 bytes;

	if (!devicetree_value_cells(v->dt, devicetree_value_node(v), &below) ||
	    !parent_cells(v, &above))
		return bus;
	bytes = 4 * (below.address + above.address + below.size);
	while (devicetree_value_next(v, bytes)) {
		devicetree_value_number(v, below.address);
		PUT(v->out, " -> ");
		devicetree_value_number(v, above.address);
		PUT(v->out, " + ");
		put_size(v->out, devicetree_value_take(v, 4 * below.size), below.size);
	}
	return devicetree_value_rest(v);
}

/* ---- which decoder ---- */

/* Strings, each of them with something in it, all of it printable. */
static bool looks_like_texts(const char *data, u32 bytes)
{
	if (!bytes || data[bytes - 1] != '\0')
		return false;
	for (u32 i = 0; i < bytes; i++) {
		if (data[i] == '\0' ? i == 0 || data[i - 1] == '\0'
				    : data[i] < ' ' || data[i] >= 0x7f)
			return false;
	}
	return true;
}

/* Is it one of these words? */
static bool name_in(const char *name, const char *words)
{
	size_t bytes = strlen(name);

	for (const char *end; *words; words = *end ? end + 1 : end) {
		bool any = *words == '*';
		size_t tail;

		words += any;
		for (end = words; *end && *end != ' ';)
			end++;
		tail = (size_t)(end - words);
		if ((any ? bytes >= tail : bytes == tail) &&
		    !memcmp(name + bytes - tail, words, tail))
			return true;
	}
	return false;
}

static enum kind kind_of(const char *name)
{
	for (u32 i = 0; i < ARRAY_SIZE(known); i++) {
		if (name_in(name, known[i].names))
			return known[i].kind;
	}
	return GUESS;
}

/* A list of phandles, or nothing that has a name. */
static const char *put_reference(struct devicetree_value *v, const char *name)
{
	for (u32 i = 0; i < ARRAY_SIZE(references); i++) {
		if (name_in(name, references[i].names))
			return devicetree_value_references(v, references[i].cells);
	}
	if (looks_like_texts(v->data, v->left))
		put_texts(v);
	else
		put_plain(v);
	return NULL;
}

static const char *decode(struct devicetree_value *v, enum kind kind, const char *name)
{
	switch (kind) {
	case TEXT:
		return put_texts(v);
	case COUNT:
		return put_counts(v);
	case HERTZ:
	case NUMBER:
	case SIZE:
		return put_one(v, kind);
	case REG:
		return put_reg(v);
	case RANGES:
		return put_ranges(v);
	case INTERRUPT:
		return devicetree_value_interrupts(v);
	case INTERRUPT_MAP:
		return devicetree_value_interrupt_map(v);
	case NODES:
		return devicetree_value_nodes(v);
	case ID_MAP:
		return devicetree_value_id_map(v);
	default:
		return put_reference(v, name);
	}
}

bool devicetree_value_print(struct devicetree_out *out, const struct devicetree *dt,
			    const struct devicetree_path *path, const char *name, const void *data,
			    u32 bytes)
{
	struct devicetree_value v = { out, dt, path, data, bytes, out->between, false };
	enum kind kind = kind_of(name);
	const char *why;

	if (kind == SECRET) {
		PUT(out, "%u bytes, not shown", bytes);
		return false;
	}
	if (!bytes) {
		PUT(out, kind == GUESS ? "true" : kind == RANGES ? "one to one" : "(empty)");
		return false;
	}
	why = decode(&v, kind, name);
	put_plain(&v);
	if (why)
		PUT(out, " (%s)", why);
	return why || !(kind == TEXT || (kind == GUESS && looks_like_texts(data, bytes)));
}
