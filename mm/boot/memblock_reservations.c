// SPDX-License-Identifier: BSD-2-Clause
/* What of memory others have. The contract, and the order, are in the header. */
#include <kernel/compiler.h>
#include <kernel/errno.h>
#include <lib/devicetree_memory.h>
#include <lib/printk.h>
#include <mm/memblock_crashkernel.h>
#include <mm/memblock_reservations.h>

#include "inside.h"

static enum memblock_owner __init owner_of(const struct devicetree_reservation *reservation)
{
	if (reservation->no_map)
		return MEMBLOCK_NO_MAP;
	if (reservation->shared_dma_pool && reservation->reusable)
		return MEMBLOCK_CMA;
	if (reservation->shared_dma_pool)
		return MEMBLOCK_POOL;
	return MEMBLOCK_FIRMWARE;
}

/* What the place and the size of a reservation that is free to choose are multiples of. */
static u64 __init unit_of(enum memblock_owner owner)
{
	return owner == MEMBLOCK_CMA ? MEMBLOCK_CMA_UNIT : MEMBLOCK_UNIT;
}

/* What is done with a node, and so when. */
enum step {
	STEP_NEVER, /* it is ill-formed, or bypassed */
	STEP_STATIC,
	STEP_STATIC_CMA,
	STEP_DYNAMIC,
};

/* `cma=` comes as a node, too. */
static bool __init is_option(const struct devicetree_reservation *reservation)
{
	return reservation->node < 0;
}

/* `cma=` takes the place of the node that would be the default region. */
static bool __init bypassed(const struct memblock_setup *setup,
			    const struct devicetree_reservation *reservation)
{
	return setup->cma.kind != CMA_OPTION_NONE && reservation->cma_default &&
	       owner_of(reservation) == MEMBLOCK_CMA && !is_option(reservation);
}

static enum step __init step_of(const struct memblock_setup *setup,
				const struct devicetree_reservation *reservation)
{
	if (!reservation->range.bytes || bypassed(setup, reservation))
		return STEP_NEVER;
	if (reservation->dynamic)
		return STEP_DYNAMIC;
	return owner_of(reservation) == MEMBLOCK_CMA ? STEP_STATIC_CMA : STEP_STATIC;
}

/* Says what is wrong with a node, and that it is bypassed. */
static void __init report(const struct memblock_setup *setup,
			  const struct devicetree_reservation *reservation)
{
	const struct devicetree_range *range = &reservation->range;

	if (range->why)
		printk("memblock: %s %s\n", range->name, range->why);
	if (range->bytes && bypassed(setup, reservation))
		printk("memblock: %s, %#llx bytes, is bypassed: cma= is there instead of "
		       "linux,cma-default\n",
		       range->name, range->bytes);
}

/* Reserves what was decided on, and passes it on. */
static int __init grant(const struct memblock_setup *setup,
			const struct devicetree_reservation *reservation, paddr_t base)
{
	int error = memblock_reserve(base, reservation->range.bytes, owner_of(reservation));

	if (!error && setup->placed)
		setup->placed(setup->context, reservation, base);
	return error;
}

/* What the running kernel uses stays mapped, even where a node says no-map. */
static bool __init hits_claimed(paddr_t base, u64 bytes, struct region *hit)
{
	paddr_t from = base;

	while (memblock_next_reserved(&from, hit) && paddr_less(hit->base, paddr_add(base, bytes)))
		if (memblock_in_use(hit->owner))
			return true;
	return false;
}

static int __init take(const struct memblock_setup *setup,
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
	return grant(setup, reservation, base);
}

static int __init reserve_listed(const struct devicetree *dt)
{
	struct devicetree_cursor cursor = { 0 };
	struct devicetree_range range;
	int error = 0;

	while (!error && devicetree_memory_next_memreserve(dt, &cursor, &range)) {
		if (range.why)
			printk("memblock: %s %s\n", range.name, range.why);
		error = memblock_reserve(range.base, range.bytes, MEMBLOCK_MEMRESERVE);
	}
	return error;
}

/* Says why CMA can have nothing of a range. */
static void __init say_nothing_left(const struct devicetree_range *range, u64 unit)
{
	paddr_t end = paddr_down(devicetree_range_end(range), unit);
	paddr_t base = paddr_up(range->base, unit);
	struct region hit;

	if (paddr_less(base, range->base) || !paddr_less(base, end))
		printk("memblock: %s: no CMA region at %#llx, %#llx bytes: it has no whole %#llx "
		       "bytes at a multiple of that\n",
		       range->name, range->base.val, range->bytes, unit);
	else if (memblock_first_reserved(base, paddr_diff(end, base), &hit))
		printk("memblock: %s: no CMA region at %#llx, %#llx bytes: the %s at %#llx leaves "
		       "no whole %#llx bytes\n",
		       range->name, range->base.val, range->bytes, memblock_owner_name(hit.owner),
		       hit.base.val, unit);
	else
		printk("memblock: %s: no CMA region at %#llx, %#llx bytes: no whole %#llx bytes of "
		       "it are memory\n",
		       range->name, range->base.val, range->bytes, unit);
}

/*
 * CMA lends a region out and takes it back, so nobody else may have any of it: of the place that
 * was named it gets the largest run that is free, and the rest is what it would be without.
 */
static int __init take_largest(const struct memblock_setup *setup,
			       struct devicetree_reservation *reservation)
{
	struct devicetree_range *range = &reservation->range;
	u64 unit = unit_of(MEMBLOCK_CMA);
	struct memblock_request request = { .min = range->base,
					    .max = devicetree_range_end(range),
					    .align = unit };
	struct region run = memblock_largest_free(&request, unit);

	if (!run.bytes) {
		say_nothing_left(range, unit);
		return 0;
	}
	if (run.bytes < range->bytes)
		printk("memblock: %s: %#llx bytes at %#llx are narrowed to %#llx at %#llx, which "
		       "are free and multiples of %#llx\n",
		       range->name, range->bytes, range->base.val, run.bytes, run.base.val, unit);
	range->base = run.base;
	range->bytes = run.bytes;
	return grant(setup, reservation, run.base);
}

/* A search for a place. */
struct search {
	struct memblock_request request;
	u64 unit;          /* of its size */
	const char *where; /* where it looked, in words */
	paddr_t base;      /* what it found */
	u64 largest;       /* the most that there was where it found no room */
};

/* Looks where the request says. Nothing is reserved. */
static bool __init look(struct search *s)
{
	if (!memblock_find_range(&s->request, &s->base))
		return true;
	s->largest = MAX(s->largest, memblock_largest_free(&s->request, s->unit).bytes);
	return false;
}

/* Looks in the range of the option; without one, everywhere. */
static bool __init look_for_option(const struct cma_option *option, struct search *search)
{
	search->where = option->kind == CMA_OPTION_RANGE ? " within its range" : "";
	search->request.min = option->base;
	search->request.max = option->limit;
	return look(search);
}

/* Looks in the alloc-ranges of a node in turn; without any, everywhere. */
static bool __init look_in_ranges(const struct devicetree *dt,
				  const struct devicetree_reservation *reservation,
				  struct search *search)
{
	struct devicetree_cursor cursor = { 0 };
	struct devicetree_range range;
	bool any = false;

	while (devicetree_memory_next_alloc_range(dt, reservation, &cursor, &range)) {
		any = true;
		search->where = " within its alloc-ranges";
		if (range.why)
			printk("memblock: %s %s\n", range.name, range.why);
		if (!range.bytes)
			continue;
		search->request.min = range.base;
		search->request.max = devicetree_range_end(&range);
		if (look(search))
			return true;
	}
	return !any && look(search);
}

/* Takes the highest place, or says that there is none, which is no error. */
static int __init take_highest(const struct devicetree *dt, const struct memblock_setup *setup,
			       struct devicetree_reservation *reservation)
{
	u64 unit = unit_of(owner_of(reservation));
	struct search search = {
		/* 0 where rounding up wraps around, and nothing is found for that */
		.request.bytes = ALIGN_UP(reservation->range.bytes, unit),
		.request.align = MAX(reservation->align, unit),
		.unit = unit,
		.where = "",
	};

	if (is_option(reservation) ? look_for_option(&setup->cma, &search)
				   : look_in_ranges(dt, reservation, &search)) {
		reservation->range.bytes = search.request.bytes;
		return take(setup, reservation, search.base);
	}
	printk("memblock: %s: no free memory for %#llx bytes aligned to %#llx%s; the largest free "
	       "run has %#llx\n",
	       reservation->range.name, reservation->range.bytes, search.request.align,
	       search.where, search.largest);
	return 0;
}

/* `cma=` in the words of a node. Its size is rounded up, so far as there are addresses. */
static struct devicetree_reservation __init option_as_node(const struct memblock_setup *setup)
{
	const struct cma_option *option = &setup->cma;
	u64 bytes = ALIGN_UP(option->bytes, unit_of(MEMBLOCK_CMA));
	u64 most = paddr_diff(REGION_ADDRESS_END, option->base);
	bool fixed = option->kind == CMA_OPTION_FIXED;

	if (bytes < option->bytes || bytes > most)
		bytes = most;
	return (struct devicetree_reservation){
		.node = -1,
		.range = { .name = "cma=",
			   .base = option->base,
			   .bytes = fixed ? bytes : option->bytes },
		.dynamic = !fixed,
		.align = 1,
		.reusable = true,
		.shared_dma_pool = true,
		.cma_default = true,
	};
}

/* Reserves the tree's nodes whose step it is, and the option after them. */
static int __init reserve(const struct devicetree *dt, const struct memblock_setup *setup,
			  enum step step)
{
	struct devicetree_cursor cursor = { 0 };
	struct devicetree_reservation reservation;
	bool last = false;
	int error = 0;

	while (!error && !last) {
		last = !devicetree_memory_next_reservation(dt, &cursor, &reservation);
		if (last)
			reservation = option_as_node(setup);
		/* The first step reports on all of them. */
		if (step == STEP_STATIC)
			report(setup, &reservation);
		if (step_of(setup, &reservation) != step)
			continue;
		if (step == STEP_DYNAMIC)
			error = take_highest(dt, setup, &reservation);
		else if (step == STEP_STATIC_CMA)
			error = take_largest(setup, &reservation);
		else
			error = take(setup, &reservation, reservation.range.base);
	}
	return error;
}

int __init memblock_reservations_make(const struct devicetree *dt,
				      const struct memblock_setup *setup)
{
	int error;

	error = reserve(dt, setup, STEP_STATIC);
	if (!error)
		error = reserve_listed(dt);
	if (!error)
		error = reserve(dt, setup, STEP_STATIC_CMA);
	if (!error)
		error = memblock_crashkernel_reserve(&setup->crash, CRASH_OPTION_FIXED);
	if (!error)
		error = reserve(dt, setup, STEP_DYNAMIC);
	if (!error)
		error = memblock_crashkernel_reserve(&setup->crash, CRASH_OPTION_ANYWHERE);
	return error;
}
