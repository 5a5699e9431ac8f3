// SPDX-License-Identifier: BSD-2-Clause
/* Fills memblock from the devicetree. The contract, and the order, are in the header. */
#include <kernel/errno.h>
#include <lib/devicetree_chosen.h>
#include <lib/devicetree_memory.h>
#include <lib/printk.h>
#include <mm/memblock.h>
#include <mm/memblock_devicetree.h>
#include <mm/memblock_reservations.h>

/* Says what is wrong with a range, if something is. True if there is something to use. */
static bool usable(const struct devicetree_range *range)
{
	if (range->why)
		printk("memblock: %s %s\n", range->name, range->why);
	return range->bytes > 0;
}

static int add_memory(const struct devicetree *dt)
{
	struct devicetree_cursor cursor = { 0 };
	struct devicetree_range range;
	int error;

	while (devicetree_memory_next(dt, &cursor, &range)) {
		if (!usable(&range))
			continue;
		error = memblock_add(range.base, range.bytes);
		if (error)
			return error;
	}
	return 0;
}

static int drop_unreachable(u64 address_end)
{
	u64 before = memblock_memory_bytes();
	int error;

	if (!address_end)
		return 0;
	error = memblock_remove(paddr(address_end), ~address_end);
	if (!error && memblock_memory_bytes() < before)
		printk("memblock: %#llx bytes of memory at or above %#llx ignored: this CPU can't "
		       "reach them\n",
		       before - memblock_memory_bytes(), address_end);
	return error;
}

static int apply_usable_ranges(const struct devicetree *dt)
{
	struct devicetree_cursor cursor = { 0 };
	struct devicetree_range range;
	bool any = false;
	int error;

	while (devicetree_chosen_next_usable(dt, &cursor, &range)) {
		if (!usable(&range))
			continue;
		error = memblock_mark_keep(range.base, range.bytes);
		if (error)
			return error;
		any = true;
	}
	if (any)
		memblock_drop_unmarked();
	return 0;
}

int memblock_devicetree_memory(const struct devicetree *dt, u64 address_end)
{
	int error = add_memory(dt);

	if (!error)
		error = drop_unreachable(address_end);
	if (!error)
		error = apply_usable_ranges(dt);
	return error;
}

/* Reserves what runs, or is read, right now, and so is memory whatever the tree says. */
static int __init claim(paddr_t base, u64 bytes, enum memblock_owner owner)
{
	int error;

	if (!memblock_covers(base, bytes)) {
		printk("memblock: the devicetree doesn't say that the %s at %#llx lies in memory\n",
		       memblock_owner_name(owner), base.val);
		error = memblock_add(base, bytes);
		if (error)
			return error;
	}
	return memblock_reserve(base, bytes, owner);
}

static int claim_initrd(const struct devicetree *dt, struct region *initrd)
{
	struct devicetree_range range;
	struct region taken;
	int error;

	*initrd = (struct region){ .bytes = 0 };
	error = devicetree_chosen_initrd(dt, &range);
	if (error == -EINVAL)
		printk("memblock: %s %s: no initrd\n", range.name, range.why);
	if (error)
		return 0;
	if (!memblock_covers(range.base, range.bytes)) {
		printk("memblock: the initrd at %#llx, %#llx bytes, isn't memory: no initrd\n",
		       range.base.val, range.bytes);
		return 0;
	}
	if (memblock_first_reserved(range.base, range.bytes, &taken)) {
		printk("memblock: the initrd at %#llx, %#llx bytes, overlaps the %s: no initrd\n",
		       range.base.val, range.bytes, memblock_owner_name(taken.owner));
		return 0;
	}
	error = memblock_reserve(range.base, range.bytes, MEMBLOCK_INITRD);
	if (!error)
		*initrd = (struct region){ .base = range.base, .bytes = range.bytes };
	return error;
}

/*
 * The ELF core header describes the crashed kernel's memory. It is read long after boot, to save
 * that memory, so nobody else may have it. It needn't lie in memory that this kernel may use.
 */
static int claim_elfcorehdr(const struct devicetree *dt)
{
	struct devicetree_range range;
	struct region taken;
	int error;

	error = devicetree_chosen_elfcorehdr(dt, &range);
	if (error == -ENOENT)
		return 0;
	if (range.why)
		printk("memblock: %s %s\n", range.name, range.why);
	if (error)
		return 0;
	if (memblock_first_reserved(range.base, range.bytes, &taken)) {
		printk("memblock: the ELF core header at %#llx, %#llx bytes, overlaps the %s, and "
		       "isn't kept\n",
		       range.base.val, range.bytes, memblock_owner_name(taken.owner));
		return 0;
	}
	error = memblock_reserve(range.base, range.bytes, MEMBLOCK_ELFCOREHDR);
	if (!error)
		printk("memblock: a kernel has crashed: its ELF core header has %#llx bytes at "
		       "%#llx\n",
		       range.bytes, range.base.val);
	return error;
}

static int limit_memory(u64 bytes)
{
	u64 before = memblock_memory_bytes();
	int error;

	if (!bytes)
		return 0;
	error = memblock_limit_memory(bytes);
	if (!error && memblock_memory_bytes() < before)
		printk("memblock: mem= keeps %#llx of %#llx bytes\n", memblock_memory_bytes(),
		       before);
	return error;
}

int memblock_devicetree_reserve(const struct devicetree *dt, const struct memblock_setup *setup,
				struct region *initrd)
{
	int error;

	if (memblock_memory_bytes() == 0)
		return -ENODEV;
	error = claim(setup->image_base, setup->image_bytes, MEMBLOCK_IMAGE);
	if (!error)
		error = claim(setup->devicetree_base, setup->devicetree_bytes, MEMBLOCK_DEVICETREE);
	if (!error)
		error = claim(setup->lists_base, setup->lists_bytes, MEMBLOCK_REGION_LISTS);
	if (!error)
		error = claim_initrd(dt, initrd);
	if (!error)
		error = claim_elfcorehdr(dt);
	if (!error)
		error = limit_memory(setup->memory_limit);
	if (!error)
		error = memblock_reservations_make(dt, setup);
	return error;
}
