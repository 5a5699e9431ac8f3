/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which memory there is, and which of it is taken, as the devicetree has it.
 *
 * Each iterator starts with a zeroed cursor, hands out one range a call, in the order
 * of the tree, and returns false after the last. What is ill-formed is handed out
 * too, with a `why` to print (see struct devicetree_range), and never stops an iteration.
 * Ranges may overlap, repeat or lie in any order: sorting them is memblock's work.
 *
 * `dt` is an open tree, see <lib/devicetree.h>, which also states the context.
 * Source: Devicetree Specification v0.4, sections 3.4, 3.5 and 5.3; the names with a
 * comma: Linux' binding reserved-memory/shared-dma-pool.yaml.
 */
#ifndef LIB_DEVICETREE_MEMORY_H
#define LIB_DEVICETREE_MEMORY_H

#include <lib/devicetree.h>

/*
 * Memory: every tuple of every child of the root whose device_type is "memory" and
 * whose status isn't disabled. Tuples of no size, which boot loaders leave behind as
 * placeholders, are passed over.
 */
bool devicetree_memory_next(const struct devicetree *dt, struct devicetree_cursor *cursor,
			    struct devicetree_range *range);

/*
 * The blob's own list of memory reservations (/memreserve/ in source). An entry of no
 * size has bytes 0 and a why.
 */
bool devicetree_memory_next_memreserve(const struct devicetree *dt,
				       struct devicetree_cursor *cursor,
				       struct devicetree_range *range);

/* A reservation in /reserved-memory: one tuple of a static one, or a dynamic one. */
struct devicetree_reservation {
	int node;
	/*
	 * Static: the range. Dynamic: range.bytes is how much is to be found, and base is 0.
	 * Ill-formed as a range is: with bytes 0 and a why, it is to be skipped.
	 */
	struct devicetree_range range;
	bool dynamic;
	u64 align;            /* dynamic: a power of two; 1 where the node doesn't say */
	bool no_map;          /* must never be mapped, not even speculatively read */
	bool reusable;        /* the kernel may use it until its owner wants it; not with no_map */
	bool shared_dma_pool; /* together with reusable, it is a region for CMA */
	bool cma_default;     /* CMA's default region */
};

/*
 * The enabled children of /reserved-memory. `reg` makes one static, and then `size` is
 * ignored (binding); a `reg` that ends inside a tuple is skipped as a whole. A child
 * that is both no-map and reusable is taken as no-map, the safer one, with a why. What
 * is wrong with /reserved-memory itself comes first, once; its children then count
 * as if it had the root's cells and empty ranges.
 */
bool devicetree_memory_next_reservation(const struct devicetree *dt,
					struct devicetree_cursor *cursor,
					struct devicetree_reservation *reservation);

/*
 * The alloc-ranges of a dynamic reservation: it must lie within one of them. None at
 * all means anywhere.
 */
bool devicetree_memory_next_alloc_range(const struct devicetree *dt,
					const struct devicetree_reservation *reservation,
					struct devicetree_cursor *cursor,
					struct devicetree_range *range);

/*
 * What others have at places of their own: static reservations, then the list of /memreserve/. Two
 * zeroed cursors start it.
 */
bool devicetree_memory_next_taken(const struct devicetree *dt, struct devicetree_cursor *nodes,
				  struct devicetree_cursor *listed, struct devicetree_range *range);

/*
 * Does any byte of [base, base + bytes), which doesn't wrap, lie in what the tree says is memory:
 * a memory node, a static reservation, or the list of /memreserve/? What is reserved is memory,
 * whether or not a memory node covers it.
 */
bool devicetree_memory_overlaps(const struct devicetree *dt, paddr_t base, u64 bytes);

/* Is all of it, which doesn't wrap, in one memory node, and has nobody any of it there? */
bool devicetree_memory_is_free(const struct devicetree *dt, paddr_t base, u64 bytes);

#endif
