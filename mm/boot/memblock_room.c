// SPDX-License-Identifier: BSD-2-Clause
/* Where memblock's lists grow to before there is a map of memory. The contract is in the header. */
#include <arch/granule.h>
#include <kernel/compiler.h>
#include <lib/devicetree_chosen.h>
#include <lib/devicetree_memory.h>
#include <mm/memblock.h>
#include <mm/memblock_room.h>

/* What boot itself adds to either list: the image, the tree, the initrd, tables and the like. */
#define OTHERS 16

u64 __init memblock_room_bytes(const struct devicetree *dt)
{
	struct devicetree_cursor m = { 0 }, u = { 0 }, l = { 0 }, r = { 0 };
	struct devicetree_reservation reservation;
	struct devicetree_range range;
	u64 memory = OTHERS, reserved = OTHERS;

	/* Each may have page tables and a piece of the frame table of its own. */
	for (; devicetree_memory_next(dt, &m, &range); memory += 2)
		reserved += 3;
	/* Each may cut two regions of memory. */
	while (devicetree_chosen_next_usable(dt, &u, &range))
		memory += 2;
	/* Of ranges that overlap, each end may end a region: two for each range, here and above. */
	while (devicetree_memory_next_memreserve(dt, &l, &range))
		reserved += 2;
	for (; devicetree_memory_next_reservation(dt, &r, &reservation); memory += 2)
		reserved += 2;
	if (MAX(memory, reserved) <= REGION_LIST_STATIC)
		return 0;
	/* A list has up to twice the room that it needs, and outgrew as much on its way. */
	return ALIGN_UP(4 * sizeof(struct region) * (memory + reserved), PAGE_SIZE_MAX);
}

/* A place that may do: it moves up, beyond what is taken. */
struct search {
	u64 at, bytes;
	u64 limit; /* no place ends above */
	bool moved;
};

static void __init pass(struct search *s, paddr_t base, u64 bytes)
{
	if (base.val >= s->at + s->bytes || base.val + bytes <= s->at)
		return;
	s->at = ALIGN_UP(MIN(base.val + bytes, s->limit), PAGE_SIZE_MAX);
	s->moved = true;
}

/* Moves beyond all that is taken, once. True: nothing was in the way. */
static bool __init pass_taken(const struct devicetree *dt, const struct memblock_setup *setup,
			      struct search *s)
{
	struct devicetree_cursor l = { 0 }, r = { 0 };
	struct devicetree_reservation reservation;
	struct devicetree_range range;

	s->moved = false;
	pass(s, setup->image_base, setup->image_bytes);
	pass(s, setup->devicetree_base, setup->devicetree_bytes);
	if (!devicetree_chosen_initrd(dt, &range))
		pass(s, range.base, range.bytes);
	if (!devicetree_chosen_elfcorehdr(dt, &range))
		pass(s, range.base, range.bytes);
	while (devicetree_memory_next_memreserve(dt, &l, &range))
		pass(s, range.base, range.bytes);
	while (devicetree_memory_next_reservation(dt, &r, &reservation))
		if (!reservation.dynamic)
			pass(s, reservation.range.base, reservation.range.bytes);
	return !s->moved;
}

/* Looks in one range of memory, cut to [min, max). */
static bool __init look(const struct devicetree *dt, const struct memblock_setup *setup,
			struct search *s, const struct devicetree_range *memory, u64 min, u64 max)
{
	u64 end = MIN(MIN(memory->base.val + memory->bytes, max), s->limit);
	u64 base = MIN(MAX(memory->base.val, min), end);

	s->at = ALIGN_UP(base, PAGE_SIZE_MAX);
	while (s->at <= end && end - s->at >= s->bytes)
		if (pass_taken(dt, setup, s))
			return true;
	return false;
}

bool __init memblock_room_find(const struct devicetree *dt, const struct memblock_setup *setup,
			       u64 bytes, paddr_t *base)
{
	struct search s = { .bytes = bytes };
	struct devicetree_cursor m = { 0 };
	struct devicetree_range memory, usable;
	bool found = false;

	s.limit = ALIGN_DOWN(setup->address_end ? setup->address_end : REGION_ADDRESS_END.val,
			     PAGE_SIZE_MAX);
	while (!found && devicetree_memory_next(dt, &m, &memory)) {
		struct devicetree_cursor u = { 0 };
		bool any = false;

		while (!found && devicetree_chosen_next_usable(dt, &u, &usable)) {
			any |= usable.bytes > 0;
			found = look(dt, setup, &s, &memory, usable.base.val,
				     usable.base.val + usable.bytes);
		}
		if (!any)
			found = look(dt, setup, &s, &memory, 0, REGION_ADDRESS_END.val);
	}
	*base = paddr(s.at);
	return found;
}
