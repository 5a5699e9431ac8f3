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

/* A place that may do: it moves up, past what is taken. */
struct search {
	paddr_t at;
	u64 bytes;
	paddr_t limit; /* no place ends above */
	bool moved;
};

static void __init pass(struct search *s, paddr_t base, u64 bytes)
{
	paddr_t end = paddr_add(base, bytes);

	if (!paddr_less(base, paddr_add(s->at, s->bytes)) || !paddr_less(s->at, end))
		return;
	s->at = paddr_up(paddr_min(end, s->limit), PAGE_SIZE_MAX);
	s->moved = true;
}

/* Moves past all that is taken, once. True: nothing was in the way. */
static bool __init pass_taken(const struct devicetree *dt, const struct memblock_setup *setup,
			      struct search *s)
{
	struct devicetree_cursor nodes = { 0 }, listed = { 0 };
	struct devicetree_range range;

	s->moved = false;
	pass(s, setup->image_base, setup->image_bytes);
	pass(s, setup->devicetree_base, setup->devicetree_bytes);
	if (!devicetree_chosen_initrd(dt, &range))
		pass(s, range.base, range.bytes);
	if (!devicetree_chosen_elfcorehdr(dt, &range))
		pass(s, range.base, range.bytes);
	while (devicetree_memory_next_taken(dt, &nodes, &listed, &range))
		pass(s, range.base, range.bytes);
	return !s->moved;
}

/* Looks in what two ranges have in common. */
static bool __init look(const struct devicetree *dt, const struct memblock_setup *setup,
			struct search *s, const struct devicetree_range *memory,
			const struct devicetree_range *usable)
{
	paddr_t end = paddr_min(devicetree_range_end(memory), devicetree_range_end(usable));

	end = paddr_min(end, s->limit);
	s->at = paddr_up(paddr_min(paddr_max(memory->base, usable->base), end), PAGE_SIZE_MAX);
	while (!paddr_less(end, s->at) && paddr_diff(end, s->at) >= s->bytes)
		if (pass_taken(dt, setup, s))
			return true;
	return false;
}

bool __init memblock_room_find(const struct devicetree *dt, const struct memblock_setup *setup,
			       u64 bytes, paddr_t *base)
{
	paddr_t end = setup->address_end ? paddr(setup->address_end) : REGION_ADDRESS_END;
	struct search s = { .bytes = bytes, .limit = paddr_down(end, PAGE_SIZE_MAX) };
	struct devicetree_cursor m = { 0 };
	struct devicetree_range memory, usable;
	bool found = false;

	while (!found && devicetree_memory_next(dt, &m, &memory)) {
		struct devicetree_cursor u = { 0 };
		bool any = false;

		while (!found && devicetree_chosen_next_usable(dt, &u, &usable)) {
			any |= usable.bytes > 0;
			found = look(dt, setup, &s, &memory, &usable);
		}
		if (!any)
			found = look(dt, setup, &s, &memory, &memory);
	}
	*base = s.at;
	return found;
}
