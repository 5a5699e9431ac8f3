// SPDX-License-Identifier: BSD-2-Clause
/* What the boot loader says in /chosen. The contract is in the header. */
#include <kernel/errno.h>
#include <lib/devicetree_chosen.h>
#include <lib/devicetree_node.h>

#include <libfdt.h>

int devicetree_chosen_bootargs(const struct devicetree *dt, const char **args)
{
	const char *value, *end;
	u32 bytes;

	if (dt->chosen < 0)
		return -ENOENT;
	value = devicetree_node_property(dt, dt->chosen, "bootargs", &bytes);
	if (!value || !bytes)
		return -ENOENT;
	end = memchr(value, '\0', bytes);
	if (!end)
		return -EINVAL;
	/* A buffer of fixed size, padded with NULs, is still one string. */
	for (; end < value + bytes; end++) {
		if (*end != '\0')
			return -EINVAL;
	}
	*args = value;
	return 0;
}

bool devicetree_chosen_of_acpi(const struct devicetree *dt)
{
	return dt->chosen >= 0 && devicetree_node_property(dt, dt->chosen, "granule,of-acpi", NULL);
}

static int initrd_bound(const struct devicetree *dt, const char *property, u64 *value)
{
	const void *cells;
	u32 bytes;

	cells = devicetree_node_property(dt, dt->chosen, property, &bytes);
	if (!cells)
		return -ENOENT;
	if (bytes != 4 && bytes != 8)
		return -EINVAL;
	*value = devicetree_node_number(cells, bytes / 4);
	return 0;
}

int devicetree_chosen_initrd(const struct devicetree *dt, struct devicetree_range *range)
{
	u64 start = 0, end = 0;
	int start_error, end_error;

	*range = (struct devicetree_range){ .name = "chosen" };
	if (dt->chosen < 0)
		return -ENOENT;
	start_error = initrd_bound(dt, "linux,initrd-start", &start);
	end_error = initrd_bound(dt, "linux,initrd-end", &end);
	if (start_error == -ENOENT && end_error == -ENOENT)
		return -ENOENT;
	if (start_error == -ENOENT || end_error == -ENOENT)
		range->why = "has only one of linux,initrd-start and linux,initrd-end";
	else if (start_error || end_error)
		range->why = "has a linux,initrd-start or -end of neither 1 nor 2 cells";
	else if (start > end)
		range->why = "has a linux,initrd-end below linux,initrd-start";
	if (range->why)
		return -EINVAL;
	range->base = paddr(start);
	range->bytes = end - start;
	return start == end ? -ENOENT : 0;
}

int devicetree_chosen_kaslr_seed(const struct devicetree *dt, u64 *seed)
{
	const void *cells;
	u64 value;
	u32 bytes;

	if (dt->chosen < 0)
		return -ENOENT;
	cells = devicetree_node_property(dt, dt->chosen, "kaslr-seed", &bytes);
	if (!cells)
		return -ENOENT;
	if (bytes != 8)
		return -EINVAL;
	value = devicetree_node_number(cells, 2);
	if (!value)
		return -ENOENT;
	*seed = value;
	return 0;
}

void devicetree_chosen_wipe_kaslr_seed(const struct devicetree *dt, void *fdt)
{
	void *cells;
	int bytes;

	if (dt->chosen < 0)
		return;
	cells = fdt_getprop_w(fdt, dt->chosen, "kaslr-seed", &bytes);
	if (cells)
		memset(cells, 0, (size_t)bytes);
}

bool devicetree_chosen_next_usable(const struct devicetree *dt, struct devicetree_cursor *cursor,
				   struct devicetree_range *range)
{
	struct devicetree_cells cells;

	if (dt->chosen < 0 ||
	    !devicetree_node_property(dt, dt->chosen, "linux,usable-memory-range", NULL))
		return false;
	if (!devicetree_node_cells(dt, 0, &cells)) {
		*range = (struct devicetree_range){ .name = "chosen" };
		range->why = "has a linux,usable-memory-range, but the root's cells aren't 1 or 2";
		return cursor->index++ == 0;
	}
	return devicetree_node_tuple(dt, dt->chosen, "linux,usable-memory-range", &cells,
				     cursor->index++, range);
}

int devicetree_chosen_elfcorehdr(const struct devicetree *dt, struct devicetree_range *range)
{
	static const char property[] = "linux,elfcorehdr";
	struct devicetree_cells cells;
	u32 bytes;

	*range = (struct devicetree_range){ .name = "chosen" };
	if (dt->chosen < 0 || !devicetree_node_property(dt, dt->chosen, property, &bytes))
		return -ENOENT;
	if (!devicetree_node_cells(dt, 0, &cells))
		range->why = "has a linux,elfcorehdr, but the root's cells aren't 1 or 2";
	else if (bytes != 4 * (cells.address + cells.size))
		range->why = "has a linux,elfcorehdr that isn't one address and one size";
	else if (devicetree_node_tuple(dt, dt->chosen, property, &cells, 0, range) && !range->bytes)
		range->why = "has a linux,elfcorehdr of no size";
	return range->why && !range->bytes ? -EINVAL : 0;
}
