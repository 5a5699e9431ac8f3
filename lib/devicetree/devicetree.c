// SPDX-License-Identifier: BSD-2-Clause
/*
 * Opening a devicetree. The contract is in the header.
 *
 * Once devicetree_open() is through:
 *   I1  every tag of the structure block lies inside it, nodes nest, one root
 *   I2  every property's value lies inside the structure block, aligned to 4 bytes
 *   I3  every property's name ends inside the strings block
 *   I4  the memory reservation list ends inside the blob
 * The walk that checks this is written by hand: on QEMU's tree it takes a quarter of
 * what fdt_next_tag() takes, and libfdt 1.6.1 adds a property's length to an offset
 * without looking (-12 makes it loop for ever), so that it needs a checked tree.
 * All other reading is libfdt's.
 */
#include <kernel/errno.h>
#include <lib/devicetree.h>
#include <lib/devicetree_node.h>

#include <libfdt.h>

#define SUPPORTED_VERSION 17

static int refuse(struct devicetree_fault *fault, int error, const char *why, u64 value)
{
	fault->why = why;
	fault->value = value;
	return error;
}

static bool block_inside(const void *fdt, u64 offset, u64 bytes)
{
	return offset >= sizeof(struct fdt_header) && offset + bytes <= fdt_totalsize(fdt);
}

static int check_header(const void *fdt, u64 available_bytes, struct devicetree_fault *fault)
{
	if (!fdt)
		return refuse(fault, -ENOENT, "none was handed over, x0 is", 0);
	if (!IS_ALIGNED((uintptr_t)fdt, DEVICETREE_ALIGN))
		return refuse(fault, -EINVAL, "must be aligned to 8 bytes, but lies at",
			      (uintptr_t)fdt);
	if (available_bytes < sizeof(struct fdt_header))
		return refuse(fault, -EINVAL, "is shorter than its header, its bytes are",
			      available_bytes);
	if (fdt_magic(fdt) != FDT_MAGIC)
		return refuse(fault, -EINVAL, "must begin with the magic 0xd00dfeed, not with",
			      fdt_magic(fdt));
	if (fdt_version(fdt) < SUPPORTED_VERSION)
		return refuse(fault, -EINVAL, "must be of version 17 at least, but is of",
			      fdt_version(fdt));
	if (fdt_last_comp_version(fdt) > SUPPORTED_VERSION)
		return refuse(fault, -EINVAL, "must be compatible with version 17, but wants",
			      fdt_last_comp_version(fdt));
	if (fdt_totalsize(fdt) > DEVICETREE_BYTES_MAX)
		return refuse(fault, -E2BIG, "may have 2 MiB at most, but its totalsize is",
			      fdt_totalsize(fdt));
	if (fdt_totalsize(fdt) > available_bytes)
		return refuse(fault, -EINVAL, "is cut short, its totalsize is", fdt_totalsize(fdt));
	if (!IS_ALIGNED(fdt_off_dt_struct(fdt), FDT_TAGSIZE) ||
	    !block_inside(fdt, fdt_off_dt_struct(fdt), fdt_size_dt_struct(fdt)))
		return refuse(fault, -EINVAL,
			      "has its structure block not aligned to 4 or outside totalsize, at",
			      fdt_off_dt_struct(fdt));
	if (!block_inside(fdt, fdt_off_dt_strings(fdt), fdt_size_dt_strings(fdt)))
		return refuse(fault, -EINVAL, "has its strings block outside totalsize, at",
			      fdt_off_dt_strings(fdt));
	return 0;
}

/* I3, for all names at once: one that begins in the block ends with it at the latest. */
static int check_strings(const void *fdt, struct devicetree_fault *fault)
{
	const char *strings = (const char *)fdt + fdt_off_dt_strings(fdt);
	u32 bytes = fdt_size_dt_strings(fdt);

	if (bytes && strings[bytes - 1] != '\0')
		return refuse(fault, -EINVAL, "has a strings block that doesn't end in NUL, at",
			      fdt_off_dt_strings(fdt));
	return 0;
}

/* Where the reservation list ends, its last entry included; 0 if it doesn't end in the blob. */
static u32 end_of_reservations(const void *fdt)
{
	u32 offset = fdt_off_mem_rsvmap(fdt);
	const fdt64_t *entry;

	while (block_inside(fdt, offset, 2 * sizeof(*entry))) {
		entry = (const void *)((const char *)fdt + offset);
		offset += (u32)(2 * sizeof(*entry));
		/* Zero address and zero size end it (specification, 5.3.1). */
		if (!entry[0] && !entry[1])
			return offset;
	}
	return 0;
}

/* I4 */
static int check_reservations(const void *fdt, struct devicetree_fault *fault)
{
	if (!IS_ALIGNED(fdt_off_mem_rsvmap(fdt), sizeof(fdt64_t)))
		return refuse(fault, -EINVAL,
			      "has its memory reservation list not aligned to 8, at",
			      fdt_off_mem_rsvmap(fdt));
	if (!end_of_reservations(fdt))
		return refuse(fault, -EINVAL, "has a memory reservation list without an end, at",
			      fdt_off_mem_rsvmap(fdt));
	return 0;
}

/* A walk over the structure block: where it is, and what the current node seems to be. */
struct walk {
	struct devicetree_fault *fault;
	const char *block;
	u32 bytes;  /* of the block, whole tags */
	u32 offset; /* of the current tag, and of the next one */
	u32 next;
	struct devicetree_path path; /* depth -1 is outside the root */
	bool psci;
	bool intc;
	bool timer;
};

static int refuse_here(struct walk *walk, const void *fdt, const char *why)
{
	return refuse(walk->fault, -EINVAL, why, fdt_off_dt_struct(fdt) + walk->offset);
}

static bool is_named(const char *node, const char *name)
{
	return devicetree_node_is_named(node, name, (u32)strlen(name));
}

/* The root's children that are found by their names. The first one of a name counts. */
static void note_child(struct devicetree *dt, int node, const char *name)
{
	if (dt->children < DEVICETREE_CHILDREN_MAX)
		dt->child[dt->children] = node;
	dt->children++;

	/* most nodes are done after their first letter */
	if (*name == 'a' && dt->aliases < 0 && is_named(name, "aliases"))
		dt->aliases = node;
	else if (*name == 'c' && dt->chosen < 0 && is_named(name, "chosen"))
		dt->chosen = node;
	else if (*name == 'c' && dt->cpus < 0 && is_named(name, "cpus"))
		dt->cpus = node;
	else if (*name == 'r' && dt->reserved_memory < 0 && is_named(name, "reserved-memory"))
		dt->reserved_memory = node;
}

/* A node that may be a CPU, by its name or by its type. What it is, readers ask it. */
static void note_cpu(struct devicetree *dt, const struct walk *walk)
{
	if (walk->path.node[1] != dt->cpus)
		return;
	if (dt->cpu_first < 0)
		dt->cpu_first = walk->path.node[2];
	dt->cpu_nodes++;
}

static const char *const psci_names[] = { "arm,psci-1.0", "arm,psci-0.2", "arm,psci" };
static const char *const timer_names[] = { "arm,armv8-timer", "arm,armv7-timer" };
static const char *const intc_names[] = { "arm,gic-v3", "arm,gic-400", "arm,cortex-a15-gic",
					  "brcm,bcm2836-l1-intc" };

/* One name of a list of what a node is compatible with. */
static void note_compatible(struct walk *walk, const char *name)
{
	/* most nodes are done here */
	if (strncmp(name, "arm,", 4) != 0 && strncmp(name, "brcm,", 5) != 0)
		return;
	for (u32 i = 0; i < ARRAY_SIZE(psci_names); i++)
		walk->psci |= !strcmp(name, psci_names[i]);
	for (u32 i = 0; i < ARRAY_SIZE(intc_names); i++)
		walk->intc |= !strcmp(name, intc_names[i]);
	for (u32 i = 0; i < ARRAY_SIZE(timer_names); i++)
		walk->timer |= !strcmp(name, timer_names[i]);
}

static void note_compatibles(struct walk *walk, const char *list, u32 bytes)
{
	const char *end = list + bytes;
	const char *next;

	for (; (next = memchr(list, '\0', (size_t)(end - list))); list = next + 1)
		note_compatible(walk, list);
}

/* A device_type: memory goes by it, and CPUs that are called otherwise. */
static void note_type(struct devicetree *dt, struct walk *walk, const char *type, u32 bytes)
{
	const struct devicetree_path *path = &walk->path;

	if (path->depth == 1 && bytes == sizeof("memory") && !memcmp(type, "memory", bytes))
		dt->memory_last = path->node[1];
	if (dt->memory_first < 0)
		dt->memory_first = dt->memory_last;
	if (path->depth == 2 && bytes >= sizeof("cpu") && !strcmp(type, "cpu") &&
	    !is_named(walk->block + path->node[2] + FDT_TAGSIZE, "cpu"))
		note_cpu(dt, walk);
}

/* What the walk saw isn't believed: of a property that is given twice, readers take the first. */
static bool is_one_of(const struct devicetree *dt, const struct devicetree_path *path,
		      const char *const *names, u32 count)
{
	return devicetree_node_compatible(dt, path->node[path->depth], names, count) >= 0 &&
	       devicetree_node_path_enabled(dt, path);
}

/* The walk leaves the properties of a node. The first enabled node of a kind counts. */
static void settle(struct devicetree *dt, struct walk *walk)
{
	const struct devicetree_path *path = &walk->path;

	if (walk->psci && dt->psci < 0 && is_one_of(dt, path, psci_names, ARRAY_SIZE(psci_names)))
		dt->psci = path->node[path->depth];
	if (walk->intc && dt->intc.depth < 0 &&
	    is_one_of(dt, path, intc_names, ARRAY_SIZE(intc_names)))
		dt->intc = *path;
	if (walk->timer && dt->timer.depth < 0 &&
	    is_one_of(dt, path, timer_names, ARRAY_SIZE(timer_names)))
		dt->timer = *path;
	walk->psci = walk->intc = walk->timer = false;
}

/* What a property says about its node. Most names are told apart by their first letter. */
static void note_property(struct devicetree *dt, struct walk *walk, const char *name,
			  const char *value, u32 bytes)
{
	if (*name == 'c' && !strcmp(name, "compatible"))
		note_compatibles(walk, value, bytes);
	else if (*name == 'd' && !strcmp(name, "device_type"))
		note_type(dt, walk, value, bytes);
}

static int begin_node(struct devicetree *dt, struct walk *walk)
{
	const char *name = walk->block + walk->offset + FDT_TAGSIZE;
	const char *end = memchr(name, '\0', walk->bytes - walk->offset - FDT_TAGSIZE);
	struct devicetree_path *path = &walk->path;

	if (!end)
		return refuse_here(walk, dt->fdt, "has a node whose name doesn't end, at");
	if (path->depth < 0 && walk->offset != 0)
		return refuse_here(walk, dt->fdt, "has a second root, at");
	walk->next = ALIGN_UP((u32)(end + 1 - walk->block), FDT_TAGSIZE);
	settle(dt, walk);
	path->depth++;
	if (path->depth < DEVICETREE_DEPTH_MAX)
		path->node[path->depth] = (int)walk->offset;
	if (path->depth == 1)
		note_child(dt, (int)walk->offset, name);
	else if (path->depth == 2 && *name == 'c' && is_named(name, "cpu"))
		note_cpu(dt, walk);
	return 0;
}

/* I2 and I3 of one property. */
static int property(struct devicetree *dt, struct walk *walk)
{
	const struct fdt_property *property = (const void *)(walk->block + walk->offset);
	u32 room = walk->bytes - walk->offset;
	const char *strings = (const char *)dt->fdt + fdt_off_dt_strings(dt->fdt);
	u32 nameoff, bytes;

	if (room < sizeof(*property) || fdt32_to_cpu(property->len) > room - sizeof(*property))
		return refuse_here(walk, dt->fdt,
				   "has a property that leaves the structure block, at");
	bytes = fdt32_to_cpu(property->len);
	nameoff = fdt32_to_cpu(property->nameoff);
	if (nameoff >= fdt_size_dt_strings(dt->fdt))
		return refuse_here(walk, dt->fdt,
				   "has a property without a name in the strings block, at");
	walk->next = walk->offset + ALIGN_UP((u32)sizeof(*property) + bytes, FDT_TAGSIZE);
	if (walk->path.depth >= 1 && walk->path.depth < DEVICETREE_DEPTH_MAX)
		note_property(dt, walk, strings + nameoff, property->data, bytes);
	return 0;
}

static int visit(struct devicetree *dt, struct walk *walk, u32 tag)
{
	bool outside = walk->path.depth < 0;

	walk->next = walk->offset + FDT_TAGSIZE;
	switch (tag) {
	case FDT_BEGIN_NODE:
		return begin_node(dt, walk);
	case FDT_END_NODE:
		if (outside)
			return refuse_here(walk, dt->fdt, "ends a node that didn't begin, at");
		settle(dt, walk);
		walk->path.depth--;
		return 0;
	case FDT_PROP:
		if (outside)
			return refuse_here(walk, dt->fdt, "has a property outside the root, at");
		return property(dt, walk);
	case FDT_NOP:
		return 0;
	case FDT_END:
		if (!outside)
			return refuse_here(walk, dt->fdt, "ends inside a node, at");
		return 0;
	default:
		return refuse_here(walk, dt->fdt, "has something that isn't a tag, at");
	}
}

/* The one walk: checks I1 to I3 tag by tag, and notes what is worth noting. */
static int walk_tree(struct devicetree *dt, struct devicetree_fault *fault)
{
	struct walk walk = {
		.fault = fault,
		.block = (const char *)dt->fdt + fdt_off_dt_struct(dt->fdt),
		.bytes = ALIGN_DOWN(fdt_size_dt_struct(dt->fdt), FDT_TAGSIZE),
		.path.depth = -1,
	};
	u32 tag;
	int error;

	do {
		if (walk.offset == walk.bytes)
			return refuse_here(&walk, dt->fdt, "is cut short, at");
		tag = fdt32_to_cpu(*(const fdt32_t *)(const void *)(walk.block + walk.offset));
		/* libfdt takes the root to be at 0, and nothing else */
		if (walk.offset == 0 && tag != FDT_BEGIN_NODE)
			return refuse_here(&walk, dt->fdt, "must have its root node first, at");
		error = visit(dt, &walk, tag);
		if (error)
			return error;
		walk.offset = walk.next;
	} while (tag != FDT_END);
	return 0;
}

int devicetree_open(struct devicetree *dt, const void *fdt, u64 available_bytes,
		    struct devicetree_fault *fault)
{
	int error;

	error = check_header(fdt, available_bytes, fault);
	if (error)
		return error;
	error = check_strings(fdt, fault);
	if (error)
		return error;
	error = check_reservations(fdt, fault);
	if (error)
		return error;

	dt->fdt = fdt;
	dt->aliases = dt->chosen = dt->cpus = dt->reserved_memory = -1;
	dt->memory_first = dt->memory_last = dt->psci = dt->timer.depth = dt->intc.depth = -1;
	dt->cpu_first = -1;
	dt->children = dt->cpu_nodes = 0;
	return walk_tree(dt, fault);
}

u32 devicetree_total_bytes(const struct devicetree *dt)
{
	return fdt_totalsize(dt->fdt);
}

u32 devicetree_used_bytes(const struct devicetree *dt)
{
	u32 end_of_struct = fdt_off_dt_struct(dt->fdt) + fdt_size_dt_struct(dt->fdt);
	u32 end_of_strings = fdt_off_dt_strings(dt->fdt) + fdt_size_dt_strings(dt->fdt);

	return MAX(end_of_reservations(dt->fdt), MAX(end_of_struct, end_of_strings));
}

const char *devicetree_model(const struct devicetree *dt)
{
	const char *model = devicetree_node_string(dt, 0, "model");

	if (!model)
		model = devicetree_node_string(dt, 0, "compatible");
	return model ? model : "unknown";
}
