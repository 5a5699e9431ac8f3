// SPDX-License-Identifier: BSD-2-Clause
/* What of memory others have. The contract is in the header. */
#include <kernel/devicetree_memory.h>
#include <kernel/errno.h>
#include <kernel/printk.h>
#include <mm/memblock.h>
#include <mm/memblock_reservations.h>

/* Says what is wrong with a range, if something is. True if there is something to use. */
static bool usable(const struct devicetree_range *range)
{
	if (range->why)
		printk("memblock: %s %s\n", range->name, range->why);
	return range->bytes > 0;
}

static enum memblock_owner owner_of(const struct devicetree_reservation *reservation)
{
	if (reservation->no_map)
		return MEMBLOCK_NO_MAP;
	if (reservation->shared_dma_pool && reservation->reusable)
		return MEMBLOCK_CMA;
	if (reservation->shared_dma_pool)
		return MEMBLOCK_POOL;
	return MEMBLOCK_FIRMWARE;
}

/* The image, the tree and the initrd have to stay mapped, whoever wants them not to. */
static bool hits_claimed(paddr_t base, u64 bytes, struct region *hit)
{
	u64 end = base.val + bytes;

	while (base.val < end && memblock_first_reserved(base, end - base.val, hit)) {
		if (hit->owner == MEMBLOCK_IMAGE || hit->owner == MEMBLOCK_DEVICETREE ||
		    hit->owner == MEMBLOCK_INITRD)
			return true;
		base = paddr(region_end(hit));
	}
	return false;
}

static int take(const struct memblock_setup *setup,
		const struct devicetree_reservation *reservation, paddr_t base)
{
	u64 bytes = reservation->range.bytes;
	struct region hit;
	int error;

	if (reservation->no_map && hits_claimed(base, bytes, &hit)) {
		printk("memblock: %s at %#llx is no-map, but overlaps the %s, and stays mapped\n",
		       reservation->range.name, base.val, memblock_owner_name(hit.owner));
	} else if (reservation->no_map) {
		error = memblock_mark_no_map(base, bytes);
		if (error)
			return error;
	}
	error = memblock_reserve(base, bytes, owner_of(reservation));
	if (!error && setup->placed)
		setup->placed(setup->context, reservation, base);
	return error;
}

static int reserve_static(const struct devicetree *dt, const struct memblock_setup *setup)
{
	struct devicetree_cursor cursor = { 0 };
	struct devicetree_reservation reservation;
	int error;

	while (devicetree_memory_next_reservation(dt, &cursor, &reservation)) {
		if (!usable(&reservation.range) || reservation.dynamic)
			continue;
		error = take(setup, &reservation, reservation.range.base);
		if (error)
			return error;
	}
	return 0;
}

static int reserve_listed(const struct devicetree *dt)
{
	struct devicetree_cursor cursor = { 0 };
	struct devicetree_range range;
	int error;

	while (devicetree_memory_next_memreserve(dt, &cursor, &range)) {
		if (!usable(&range))
			continue;
		error = memblock_reserve(range.base, range.bytes, MEMBLOCK_MEMRESERVE);
		if (error)
			return error;
	}
	return 0;
}

/* Finds a place for a dynamic reservation, without reserving it: -ENOMEM if there is none. */
static int find_place(const struct devicetree *dt, const struct devicetree_reservation *reservation,
		      struct memblock_request *request, paddr_t *base)
{
	struct devicetree_cursor cursor = { 0 };
	struct devicetree_range range;
	bool any = false;

	while (devicetree_memory_next_alloc_range(dt, reservation, &cursor, &range)) {
		any = true;
		if (!usable(&range))
			continue;
		request->min = range.base;
		request->max = paddr(range.base.val + range.bytes);
		if (!memblock_find_range(request, base))
			return 0;
	}
	return any ? -ENOMEM : memblock_find_range(request, base);
}

static int reserve_dynamic_one(const struct devicetree *dt, const struct memblock_setup *setup,
			       struct devicetree_reservation *reservation)
{
	bool for_cma = owner_of(reservation) == MEMBLOCK_CMA;
	u64 unit = for_cma && setup->cma_align ? setup->cma_align : MAX(setup->granularity, 1ULL);
	struct memblock_request request = {
		.bytes = ALIGN_UP(reservation->range.bytes, unit),
		.align = MAX(reservation->align, unit),
	};
	paddr_t base;

	if (request.bytes < reservation->range.bytes ||
	    find_place(dt, reservation, &request, &base)) {
		printk("memblock: %s: no free memory for %#llx bytes aligned to %#llx%s\n",
		       reservation->range.name, reservation->range.bytes, request.align,
		       request.max.val ? " within its alloc-ranges" : "");
		return 0;
	}
	reservation->range.bytes = request.bytes;
	return take(setup, reservation, base);
}

static int reserve_dynamic(const struct devicetree *dt, const struct memblock_setup *setup)
{
	struct devicetree_cursor cursor = { 0 };
	struct devicetree_reservation reservation;
	int error;

	while (devicetree_memory_next_reservation(dt, &cursor, &reservation)) {
		/* what is ill-formed was reported in the first round */
		if (!reservation.range.bytes || !reservation.dynamic)
			continue;
		error = reserve_dynamic_one(dt, setup, &reservation);
		if (error)
			return error;
	}
	return 0;
}

int memblock_reservations_make(const struct devicetree *dt, const struct memblock_setup *setup)
{
	int error = reserve_static(dt, setup);

	if (!error)
		error = reserve_listed(dt);
	if (!error)
		error = reserve_dynamic(dt, setup);
	return error;
}
