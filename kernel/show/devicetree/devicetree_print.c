// SPDX-License-Identifier: BSD-2-Clause
/* A devicetree for people to read. The contract is in the header. */
#include <kernel/devicetree_print.h>
#include <kernel/devicetree_value.h>
#include <kernel/errno.h>
#include <lib/devicetree_chosen.h>
#include <lib/devicetree_memory.h>
#include <lib/devicetree_node.h>
#include <lib/format.h>

#include <libfdt.h>

#define PUT(out, ...)   DEVICETREE_PUT(out, __VA_ARGS__)
#define NODE_COLUMN     36
#define PROPERTY_COLUMN 24
#define LINE_CHARS      100
#define ALIKE_LEAST     3 /* two say more on two lines */
#define CHOICES_MOST    12
#define DUMP_BYTES      16

struct listing {
	struct devicetree_out out;
	const struct devicetree *dt;
	u32 lines;
	u32 nodes;
	u32 hidden;
};

static struct listing begin(const struct devicetree *dt, int (*print)(const char *format, ...))
{
	return (struct listing){ .out = { .print = print, .most = LINE_CHARS, .between = ", " },
				 .dt = dt };
}

static void end_line(struct listing *l)
{
	l->out.print("\n");
	l->out.chars = 0;
	l->lines++;
}

static void go_to(struct listing *l, u32 column)
{
	PUT(&l->out, "%*s", l->out.chars < column ? (int)(column - l->out.chars) : 1, "");
}

/* ---- nodes ---- */

static bool same_property(const struct devicetree *dt, int a, int b, const char *name)
{
	u32 a_bytes = 0, b_bytes = 0;
	const void *a_value = devicetree_node_property(dt, a, name, &a_bytes);
	const void *b_value = devicetree_node_property(dt, b, name, &b_bytes);

	return !a_value == !b_value && a_bytes == b_bytes &&
	       !memcmp(a_value ? a_value : "", b_value ? b_value : "", a_bytes);
}

/* Do two children of `bus` differ, as far as a line shows it, in their addresses only? */
static bool alike(const struct devicetree *dt, int bus, int a, int b)
{
	const char *a_name = devicetree_node_name(dt, a), *b_name = devicetree_node_name(dt, b);
	const char *at = strchr(a_name, '@');
	struct devicetree_cells cells;
	u32 a_bytes = 0, b_bytes = 0, address;
	const char *a_reg = devicetree_node_property(dt, a, "reg", &a_bytes);
	const char *b_reg = devicetree_node_property(dt, b, "reg", &b_bytes);

	if (!at || strncmp(a_name, b_name, (size_t)(at + 1 - a_name)) != 0 ||
	    fdt_first_subnode(dt->fdt, b) >= 0 || !same_property(dt, a, b, "compatible") ||
	    !same_property(dt, a, b, "status"))
		return false;
	if (!devicetree_value_cells(dt, bus, &cells) || !a_reg || !b_reg)
		return false;
	address = 4 * cells.address;
	return a_bytes == address + 4 * cells.size && b_bytes == a_bytes &&
	       !memcmp(a_reg + address, b_reg + address, a_bytes - address);
}

/* How many siblings from this node on are alike, and the last of them. */
static u32 run_of(const struct devicetree *dt, const struct devicetree_path *path, int *last)
{
	int node = path->node[path->depth];
	u32 count = 1;

	*last = node;
	if (path->depth < 1 || fdt_first_subnode(dt->fdt, node) >= 0)
		return 1;
	for (int next = fdt_next_subnode(dt->fdt, node);
	     next >= 0 && alike(dt, path->node[path->depth - 1], node, next);
	     next = fdt_next_subnode(dt->fdt, next)) {
		*last = next;
		count++;
	}
	return count;
}

static void put_address(struct listing *l, const struct devicetree_path *path)
{
	struct devicetree_cells cells;
	const void *reg;
	u32 bytes, tuple;

	if (path->depth < 1)
		return;
	reg = devicetree_node_property(l->dt, path->node[path->depth], "reg", &bytes);
	if (!reg)
		return;
	go_to(l, NODE_COLUMN);
	if (!devicetree_value_cells(l->dt, path->node[path->depth - 1], &cells)) {
		PUT(&l->out, "(broken reg)");
		return;
	}
	tuple = 4 * (cells.address + cells.size);
	if (!bytes || bytes % tuple) {
		PUT(&l->out, "(broken reg)");
		return;
	}
	devicetree_value_tuple(&l->out, &cells, reg);
	if (bytes > tuple)
		PUT(&l->out, ", %u more", bytes / tuple - 1);
}

/* What a node is in short: [status] compatible address. */
static void put_summary(struct listing *l, const struct devicetree_path *path)
{
	int node = path->node[path->depth];
	const char *value;
	u32 bytes;

	value = devicetree_node_property(l->dt, node, "status", &bytes);
	if (value && !devicetree_node_is_okay(value, bytes)) {
		go_to(l, NODE_COLUMN);
		PUT(&l->out, "[");
		devicetree_value_text(&l->out, value, MIN(bytes, 32U));
		PUT(&l->out, "]");
	}
	value = devicetree_node_property(l->dt, node, "compatible", &bytes);
	if (value) {
		go_to(l, NODE_COLUMN);
		devicetree_value_text(&l->out, value, MIN(bytes, 64U));
	}
	put_address(l, path);
}

/*
 * A line for the node at `path`, or for all from there on that are alike: returns the last. A
 * `child` has slashes, so that it can be told from a property.
 */
static int put_node(struct listing *l, const struct devicetree_path *path, int indent, bool child)
{
	int node = path->node[path->depth], last;
	u32 count = run_of(l->dt, path, &last);

	if (count < ALIKE_LEAST) {
		count = 1;
		last = node;
	}
	PUT(&l->out, "%*s", 2 * indent, "");
	if (child)
		PUT(&l->out, "/");
	devicetree_value_name(&l->out, devicetree_node_name(l->dt, node));
	if (child && fdt_first_subnode(l->dt->fdt, node) >= 0)
		PUT(&l->out, "/");
	if (count > 1) {
		PUT(&l->out, " to ");
		devicetree_value_name(&l->out, strchr(devicetree_node_name(l->dt, last), '@'));
		go_to(l, NODE_COLUMN);
		PUT(&l->out, "%u alike:", count);
	}
	put_summary(l, path);
	end_line(l);
	l->nodes += count;
	return last;
}

/* What lies below `top`, `levels` deep. */
static void put_nodes(struct listing *l, const struct devicetree_path *top, int levels)
{
	struct devicetree_path path = *top;
	int depth = top->depth;
	int node = top->node[depth];

	for (;;) {
		node = fdt_next_node(l->dt->fdt, node, &depth);
		if (node < 0 || depth <= top->depth)
			break;
		if (depth > top->depth + levels)
			continue;
		if (depth >= DEVICETREE_DEPTH_MAX || l->lines >= DEVICETREE_PRINT_LINES) {
			l->hidden++;
			continue;
		}
		path.depth = depth;
		path.node[depth] = node;
		node = put_node(l, &path, depth - top->depth, levels == 1);
	}
	if (l->hidden)
		l->out.print("... and %u more nodes; `dt PATH` shows a node and its children\n",
			     l->hidden);
}

void devicetree_print_tree(const struct devicetree *dt, int (*print)(const char *format, ...))
{
	struct devicetree_path root = { .depth = 0 };
	struct devicetree_cursor cursor = { 0 };
	struct listing l = begin(dt, print);
	struct devicetree_range range;
	char size[FORMAT_BYTES_SIZE];

	while (devicetree_memory_next_memreserve(dt, &cursor, &range)) {
		if (++l.lines > DEVICETREE_PRINT_LINES / 2)
			continue;
		print("/memreserve/ 0x%llx + %s%s%s%s\n", range.base.val,
		      format_bytes(size, sizeof(size), range.bytes), range.why ? " (" : "",
		      range.why ? range.why : "", range.why ? ")" : "");
	}
	if (l.lines > DEVICETREE_PRINT_LINES / 2) {
		print("... and %u more\n", l.lines - DEVICETREE_PRINT_LINES / 2);
		l.lines = DEVICETREE_PRINT_LINES / 2;
	}
	put_node(&l, &root, 0, false);
	put_nodes(&l, &root, DEVICETREE_BYTES_MAX);
	print("%u node%s, %u bytes%s\n", l.nodes + l.hidden, l.nodes + l.hidden == 1 ? "" : "s",
	      devicetree_used_bytes(dt),
	      devicetree_chosen_of_acpi(dt) ? ", made of ACPI's tables" : "");
}

/* ---- properties ---- */

static void put_path(struct listing *l, const struct devicetree_path *path)
{
	if (path->depth < 1)
		PUT(&l->out, "/");
	for (int i = 1; i <= path->depth; i++) {
		PUT(&l->out, "/");
		devicetree_value_name(&l->out, devicetree_node_name(l->dt, path->node[i]));
	}
}

void devicetree_print_node(const struct devicetree *dt, const struct devicetree_path *path,
			   int (*print)(const char *format, ...))
{
	struct listing l = begin(dt, print);
	u32 hidden = 0;
	int at;

	put_path(&l, path);
	end_line(&l);
	fdt_for_each_property_offset (at, dt->fdt, path->node[path->depth]) {
		const char *name;
		const void *data;
		int bytes;

		data = fdt_getprop_by_offset(dt->fdt, at, &name, &bytes);
		if (!data)
			break;
		if (l.lines >= DEVICETREE_PRINT_LINES / 2) {
			hidden++;
			continue;
		}
		PUT(&l.out, "  ");
		devicetree_value_name(&l.out, name);
		go_to(&l, PROPERTY_COLUMN);
		devicetree_value_print(&l.out, dt, path, name, data, (u32)bytes);
		end_line(&l);
	}
	if (hidden)
		print("... and %u more properties; `dt PATH PROPERTY` shows one\n", hidden);
	put_nodes(&l, path, 1);
}

/* ---- what there is instead ---- */

/* One of several words, after "it has"; a dozen of them are shown. */
static void put_choice(struct listing *l, const char *name)
{
	if (++l->hidden > CHOICES_MOST)
		return;
	PUT(&l->out, l->hidden > 1 ? ", " : " ");
	devicetree_value_name(&l->out, name);
}

static void end_choices(struct listing *l)
{
	if (!l->hidden)
		PUT(&l->out, " none");
	if (l->hidden > CHOICES_MOST)
		PUT(&l->out, " and %u more", l->hidden - CHOICES_MOST);
	end_line(l);
}

static void put_property_names(struct listing *l, int node)
{
	const char *name;
	int at;

	if (node >= 0) {
		fdt_for_each_property_offset (at, l->dt->fdt, node) {
			if (fdt_getprop_by_offset(l->dt->fdt, at, &name, NULL))
				put_choice(l, name);
		}
	}
	end_choices(l);
}

static void put_child_names(struct listing *l, int parent, const char *part, u32 bytes)
{
	int child;

	fdt_for_each_subnode (child, l->dt->fdt, parent) {
		const char *name = devicetree_node_name(l->dt, child);

		if (!bytes || devicetree_node_is_named(name, part, bytes))
			put_choice(l, name);
	}
	end_choices(l);
}

void devicetree_print_fault(const struct devicetree *dt, const struct devicetree_path *found,
			    const struct devicetree_path_fault *fault,
			    int (*print)(const char *format, ...))
{
	struct listing l = begin(dt, print);
	int node = found->node[found->depth];

	PUT(&l.out, "dt: ");
	if (fault->wrong == DEVICETREE_PATH_NO_ALIAS || fault->wrong == DEVICETREE_PATH_BAD_ALIAS) {
		devicetree_value_text(&l.out, fault->part, fault->bytes);
		PUT(&l.out, fault->wrong == DEVICETREE_PATH_NO_ALIAS
				    ? ": a path begins with / or an alias; aliases:"
				    : ": this alias isn't the path of a node; aliases:");
		put_property_names(&l, dt->aliases);
		return;
	}
	put_path(&l, found);
	PUT(&l.out, fault->wrong == DEVICETREE_PATH_SEVERAL ? " has several " : " has no ");
	devicetree_value_text(&l.out, fault->part, fault->bytes);
	if (fault->wrong == DEVICETREE_PATH_TOO_DEEP) {
		PUT(&l.out, " that is shown: it lies more than %d levels deep",
		    DEVICETREE_DEPTH_MAX - 1);
		end_line(&l);
	} else if (fault->wrong == DEVICETREE_PATH_SEVERAL) {
		PUT(&l.out, ", write one of:");
		put_child_names(&l, node, fault->part, fault->bytes);
	} else {
		PUT(&l.out, "; it has:");
		put_child_names(&l, node, NULL, 0);
	}
}

static void dump(struct listing *l, const u8 *data, u32 bytes)
{
	for (u32 at = 0; at < bytes; at += DUMP_BYTES) {
		PUT(&l->out, "  %04x ", at);
		for (u32 i = at; i < MIN(at + DUMP_BYTES, bytes); i++)
			PUT(&l->out, " %02x", data[i]);
		end_line(l);
	}
}

int devicetree_print_property(const struct devicetree *dt, const struct devicetree_path *path,
			      const char *name, int (*print)(const char *format, ...))
{
	int node = path->node[path->depth];
	struct listing l = begin(dt, print);
	const void *data;
	bool more;
	u32 bytes;

	data = devicetree_node_property(dt, node, name, &bytes);
	if (!data) {
		PUT(&l.out, "dt: ");
		put_path(&l, path);
		PUT(&l.out, " has no property ");
		devicetree_value_name(&l.out, name);
		PUT(&l.out, "; it has:");
		put_property_names(&l, node);
		return -ENOENT;
	}
	l.out.most = ~0U;
	l.out.between = "\n";
	more = devicetree_value_print(&l.out, dt, path, name, data, bytes);
	end_line(&l);
	if (more)
		dump(&l, data, bytes);
	return 0;
}
