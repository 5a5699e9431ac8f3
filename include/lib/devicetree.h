/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading the flattened devicetree that the boot loader hands over.
 *
 * Seven files share the work. This one opens the tree, <lib/devicetree_chosen.h> reads
 * what the boot loader says, <lib/devicetree_memory.h> which memory there is and which
 * of it is taken, <lib/devicetree_device.h> finds the few devices that a kernel needs
 * before it has drivers, <lib/devicetree_console.h> the one that it speaks by, and
 * <lib/devicetree_interrupt.h> by which interrupts they call. Below them are
 * <lib/devicetree_node.h> and libfdt.
 *
 * A tree is input, and may be hostile. devicetree_open() checks its structure
 * once; after that no reader looks outside [fdt, fdt + totalsize), loops for
 * ever or believes a length, and each says what it refused, and why.
 *
 * A walk of libfdt over the whole tree, to find one path, takes up to 150,000
 * instructions on QEMU's 8 KiB. So devicetree_open() walks once and notes where things
 * are (45,000), and the readers start from its notes.
 *
 * Nothing here allocates, prints, keeps state of its own or depends on the page
 * size. The notes are byte offsets: they hold for a copy of the tree at another
 * address as well (set `fdt` to it), until somebody edits the tree. Strings that
 * are handed out lie in the tree, or are literals (every `why`): print
 * or copy them before the tree or the image moves.
 *
 * Context: any, boot included (identity map, before the final relocation).
 * Source: Devicetree Specification v0.4, chapters 2, 3 and 5.
 */
#ifndef LIB_DEVICETREE_H
#define LIB_DEVICETREE_H

#include <kernel/compiler.h>
#include <kernel/types.h>

/* The arm64 boot protocol's limits for the blob (Linux, booting.rst, section 2). */
#define DEVICETREE_BYTES_MAX (2 * MiB)
#define DEVICETREE_ALIGN     8

/* Nodes that lie deeper than this aren't searched for devices. */
#define DEVICETREE_DEPTH_MAX 12

/* So many children of the root are noted; those after them cost a walk. */
#define DEVICETREE_CHILDREN_MAX 96

/* A node with its ancestors: node[0] is the root, node[depth] the node itself. */
struct devicetree_path {
	int depth; /* negative: no such node */
	int node[DEVICETREE_DEPTH_MAX];
};

/* An open tree. Offsets are libfdt's node offsets; negative means "has none". */
struct devicetree {
	const void *fdt;
	int aliases;
	int chosen;
	int cpus;
	int reserved_memory;
	int memory_first; /* the first and the last child of the root that is a memory node */
	int memory_last;
	int psci;
	int cpu_first;                /* the first child of /cpus that may be a CPU */
	u32 cpu_nodes;                /* how many may be one: no fewer than there are */
	struct devicetree_path timer; /* of the CPUs: the architecture's */
	struct devicetree_path intc;
	u32 children; /* of the root, all of them; the first ones are listed in child[] */
	int child[DEVICETREE_CHILDREN_MAX];
};

/*
 * Why a tree was refused: what is wrong and what would be right, and the number
 * that is meant. Print as "devicetree: %s: %#llx".
 */
struct devicetree_fault {
	const char *why;
	u64 value;
};

/*
 * A range of physical addresses that the tree names, as it is given: neither
 * rounded nor checked against memory. A range never wraps around.
 *
 *   why == NULL               well-formed, bytes > 0
 *   why != NULL, bytes > 0    ill-formed, but usable as it is given here
 *   why != NULL, bytes == 0   to be reported and skipped
 */
struct devicetree_range {
	paddr_t base;
	u64 bytes;
	const char *name; /* of the node, unit address included */
	const char *why;
};

static inline paddr_t devicetree_range_end(const struct devicetree_range *range)
{
	return paddr_add(range->base, range->bytes);
}

/* Where an iteration stands. `struct devicetree_cursor c = { 0 };` starts one. */
struct devicetree_cursor {
	int node;
	u32 index;
};

/*
 * Checks the blob at `fdt`, of which `available_bytes` may be read, and fills
 * `dt`. Everything is checked that makes later reads safe: alignment, magic,
 * version (17, or newer and compatible with it), sizes, where the blocks lie, that
 * the memory reservation list ends, that nodes nest and names end.
 *
 * -ENOENT without a tree (NULL), -E2BIG if it is too large, else -EINVAL; `fault`
 * then says why, and `dt` must not be used.
 */
int devicetree_open(struct devicetree *dt, const void *fdt, u64 available_bytes,
		    struct devicetree_fault *fault) __must_check;

/* The blob's totalsize, and how much of it is content: QEMU's is 1 MiB for 8 KiB. */
u32 devicetree_total_bytes(const struct devicetree *dt);
u32 devicetree_used_bytes(const struct devicetree *dt);

/* The root's model, else its first compatible, else "unknown". */
const char *devicetree_model(const struct devicetree *dt);

#endif
