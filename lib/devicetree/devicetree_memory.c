// SPDX-License-Identifier: BSD-2-Clause
/* Which memory there is, and which of it is taken. The contract is in the header. */
#include <kernel/errno.h>
#include <lib/devicetree_memory.h>
#include <lib/devicetree_node.h>

#include <libfdt.h>

static bool is_memory(const struct devicetree *dt, int node)
{
	const char *type = devicetree_node_string(dt, node, "device_type");

	return type && !strcmp(type, "memory") && devicetree_node_enabled(dt, node);
}

/* The enabled memory node after `node`, or the first one (0). Negative if there is none. */
static int next_memory_node(const struct devicetree *dt, int node)
{
	do {
		if (node == dt->memory_last)
			return -1;
		node = node ? devicetree_node_next_child(dt, node) : dt->memory_first;
	} while (node >= 0 && !is_memory(dt, node));
	return node;
}

bool devicetree_memory_next(const struct devicetree *dt, struct devicetree_cursor *cursor,
			    struct devicetree_range *range)
{
	struct devicetree_cells cells;
	bool readable = devicetree_node_cells(dt, 0, &cells);

	for (;;) {
		if (cursor->index == 0) {
			int node = next_memory_node(dt, cursor->node);

			if (node < 0)
				return false;
			cursor->node = node;
			if (!readable) {
				*range = (struct devicetree_range){
					.name = devicetree_node_name(dt, node),
					.why = "lies under a root whose addresses or sizes aren't "
					       "of 1 or 2 cells",
				};
				return true;
			}
		}
		if (!devicetree_node_tuple(dt, cursor->node, "reg", &cells, cursor->index++, range))
			cursor->index = 0;
		else if (range->bytes || range->why)
			return true;
	}
}

bool devicetree_memory_next_memreserve(const struct devicetree *dt,
				       struct devicetree_cursor *cursor,
				       struct devicetree_range *range)
{
	uint64_t base, bytes;

	*range = (struct devicetree_range){ .name = "/memreserve/" };
	if (fdt_get_mem_rsv(dt->fdt, (int)cursor->index, &base, &bytes))
		return false;
	if (!base && !bytes)
		return false;
	cursor->index++;
	range->base = paddr(base);
	range->bytes = bytes;
	if (!bytes)
		range->why = "has no size";
	devicetree_node_cut(range);
	return true;
}

/* The cells below /reserved-memory: the root's, as the binding wants it, unless it has its own. */
static bool reserved_cells(const struct devicetree *dt, struct devicetree_cells *cells)
{
	int bus = dt->reserved_memory;

	if (!devicetree_node_property(dt, bus, "#address-cells", NULL) ||
	    !devicetree_node_property(dt, bus, "#size-cells", NULL))
		bus = 0;
	return devicetree_node_cells(dt, bus, cells) && cells->size > 0;
}

static const char *reserved_memory_fault(const struct devicetree *dt)
{
	int node = dt->reserved_memory;
	u32 bytes;

	if (!devicetree_node_property(dt, node, "#address-cells", NULL) ||
	    !devicetree_node_property(dt, node, "#size-cells", NULL))
		return "lacks #address-cells or #size-cells, the root's are taken";
	if (!devicetree_node_property(dt, node, "ranges", &bytes))
		return "lacks the empty ranges that it must have";
	if (bytes)
		return "must have empty ranges, what it has is ignored";
	return NULL;
}

static void read_flags(const struct devicetree *dt, struct devicetree_reservation *r)
{
	static const char *const pool[] = { "shared-dma-pool" };

	r->no_map = devicetree_node_property(dt, r->node, "no-map", NULL);
	r->reusable = devicetree_node_property(dt, r->node, "reusable", NULL);
	r->cma_default = devicetree_node_property(dt, r->node, "linux,cma-default", NULL);
	r->shared_dma_pool = devicetree_node_compatible(dt, r->node, pool, 1) >= 0;
	if (r->no_map && r->reusable) {
		r->reusable = false;
		r->range.why = "is both no-map and reusable, and is taken as no-map";
	}
}

/* A property of one size, in the size cells of /reserved-memory. */
static bool read_size(const struct devicetree *dt, int node, const char *property, u32 size_cells,
		      u64 *size)
{
	const void *cells;
	u32 bytes;

	cells = devicetree_node_property(dt, node, property, &bytes);
	if (!cells || bytes != 4 * size_cells)
		return false;
	*size = devicetree_node_number(cells, size_cells);
	return true;
}

static void read_dynamic(const struct devicetree *dt, const struct devicetree_cells *cells,
			 struct devicetree_reservation *r)
{
	u64 bytes = 0;

	r->dynamic = true;
	r->align = 1;
	if (!devicetree_node_property(dt, r->node, "size", NULL))
		r->range.why = "has neither reg nor size";
	else if (!read_size(dt, r->node, "size", cells->size, &bytes) || !bytes)
		r->range.why = "has a size of 0, or not of as many cells as sizes have";
	else if (devicetree_node_property(dt, r->node, "alignment", NULL) &&
		 (!read_size(dt, r->node, "alignment", cells->size, &r->align) || !r->align ||
		  (r->align & (r->align - 1)) != 0))
		r->range.why = "has an alignment that isn't a power of two, or not of as many "
			       "cells as sizes have";
	else
		r->range.bytes = bytes;
}

/*
 * Fills in what the child says in its tuple `index`. False after its last one. A `reg`
 * that ends inside a tuple is found out before its first tuple is believed.
 */
static bool read_reservation(const struct devicetree *dt, const struct devicetree_cells *cells,
			     u32 index, struct devicetree_reservation *r)
{
	u32 bytes;

	if (!devicetree_node_property(dt, r->node, "reg", &bytes)) {
		if (index > 0)
			return false;
		read_dynamic(dt, cells, r);
	} else if (bytes % (4 * (cells->address + cells->size)) != 0) {
		r->range.why = "has a reg that ends inside an entry";
		return index == 0;
	} else {
		if (!devicetree_node_tuple(dt, r->node, "reg", cells, index, &r->range))
			return false;
		if (!r->range.bytes && !r->range.why)
			r->range.why = "has no size";
	}
	if (r->range.bytes)
		read_flags(dt, r);
	return true;
}

bool devicetree_memory_next_reservation(const struct devicetree *dt,
					struct devicetree_cursor *cursor,
					struct devicetree_reservation *r)
{
	struct devicetree_cells cells;
	const char *fault;

	if (dt->reserved_memory < 0)
		return false;

	if (cursor->node == 0) {
		cursor->node = fdt_first_subnode(dt->fdt, dt->reserved_memory);
		fault = reserved_memory_fault(dt);
		if (!reserved_cells(dt, &cells))
			fault = "has addresses or sizes that aren't of 1 or 2 cells, and is "
				"ignored";
		if (fault) {
			*r = (struct devicetree_reservation){
				.node = dt->reserved_memory,
				.range = { .name = "reserved-memory", .why = fault },
			};
			return true;
		}
	}
	while (cursor->node >= 0 && reserved_cells(dt, &cells)) {
		*r = (struct devicetree_reservation){
			.node = cursor->node,
			.range.name = devicetree_node_name(dt, cursor->node),
		};
		if (devicetree_node_enabled(dt, cursor->node) &&
		    read_reservation(dt, &cells, cursor->index++, r))
			return true;
		cursor->node = fdt_next_subnode(dt->fdt, cursor->node);
		cursor->index = 0;
	}
	return false;
}

bool devicetree_memory_next_alloc_range(const struct devicetree *dt,
					const struct devicetree_reservation *reservation,
					struct devicetree_cursor *cursor,
					struct devicetree_range *range)
{
	struct devicetree_cells cells;

	if (!reserved_cells(dt, &cells) ||
	    !devicetree_node_property(dt, reservation->node, "alloc-ranges", NULL))
		return false;
	return devicetree_node_tuple(dt, reservation->node, "alloc-ranges", &cells, cursor->index++,
				     range);
}

static bool overlaps(const struct devicetree_range *range, paddr_t base, u64 bytes)
{
	return paddr_less(range->base, paddr_add(base, bytes)) &&
	       paddr_less(base, devicetree_range_end(range));
}

bool devicetree_memory_next_taken(const struct devicetree *dt, struct devicetree_cursor *nodes,
				  struct devicetree_cursor *listed, struct devicetree_range *range)
{
	struct devicetree_reservation reservation;

	while (devicetree_memory_next_reservation(dt, nodes, &reservation)) {
		*range = reservation.range;
		if (!reservation.dynamic)
			return true;
	}
	return devicetree_memory_next_memreserve(dt, listed, range);
}

/* Do others have any of it at places of their own? */
static bool is_taken(const struct devicetree *dt, paddr_t base, u64 bytes)
{
	struct devicetree_cursor nodes = { 0 }, listed = { 0 };
	struct devicetree_range range;

	while (devicetree_memory_next_taken(dt, &nodes, &listed, &range))
		if (overlaps(&range, base, bytes))
			return true;
	return false;
}

bool devicetree_memory_overlaps(const struct devicetree *dt, paddr_t base, u64 bytes)
{
	struct devicetree_cursor memory = { 0 };
	struct devicetree_range range;

	while (devicetree_memory_next(dt, &memory, &range))
		if (overlaps(&range, base, bytes))
			return true;
	return is_taken(dt, base, bytes);
}

bool devicetree_memory_is_free(const struct devicetree *dt, paddr_t base, u64 bytes)
{
	struct devicetree_cursor memory = { 0 };
	struct devicetree_range range;

	while (devicetree_memory_next(dt, &memory, &range))
		if (!paddr_less(base, range.base) &&
		    !paddr_less(devicetree_range_end(&range), paddr_add(base, bytes)))
			return !is_taken(dt, base, bytes);
	return false;
}
