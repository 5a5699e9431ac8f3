// SPDX-License-Identifier: BSD-2-Clause
/*
 * The devicetree for the kernel: firmware's, with a /chosen of ours, and memory by firmware's map.
 *
 * Firmware's tree is checked before libfdt reads it, and copied; it stays as it was. One without
 * memory is a bootloader's note (GRUB), whatever else it holds: its /chosen counts, but it
 * describes no machine.
 *
 * Source: UEFI Specification 2.10, 4.6 "EFI Configuration Table"; Devicetree Specification v0.4,
 * 3.4, 3.6; Linux, Documentation/arch/arm/uefi.rst, for the properties `linux,uefi-*`.
 */
#include "acpi.h"
#include "inside.h"

#include <kernel/assert.h>
#include <lib/devicetree_chosen.h>
#include <lib/devicetree_memory.h>
#include <lib/string.h>

#include <libfdt.h>

static const struct efi_guid devicetree_table = {
	0xb1b621d5, 0xf19c, 0x41a5, { 0x83, 0x0b, 0xd9, 0x15, 0x2c, 0x69, 0xaa, 0xe0 }
};
static const struct efi_guid acpi_table = {
	0x8868e871, 0xe4f1, 0x11d3, { 0xbc, 0x22, 0x00, 0x80, 0xc7, 0x3c, 0x88, 0x81 }
};
static const struct efi_guid memory_attributes = {
	0xdcfa911d, 0x26eb, 0x469f, { 0xa2, 0x20, 0x38, 0xb7, 0xdc, 0x46, 0x12, 0x20 }
};
static const struct efi_guid global_variable = {
	0x8be4df61, 0x93ca, 0x11d2, { 0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c }
};
static const struct efi_guid rng_protocol = {
	0x3152bca5, 0xeade, 0x433d, { 0x86, 0x2e, 0xc0, 0x1c, 0xdc, 0x29, 0x1f, 0x44 }
};

/* What is added to a tree: properties with their names, and 16 bytes for each range of RAM. */
#define ROOM_PROPERTIES 1024
#define ROOM_RANGE      16

/* What linux,uefi-secure-boot says. */
#define SECURE_BOOT_UNKNOWN  1
#define SECURE_BOOT_DISABLED 2
#define SECURE_BOOT_ENABLED  3

/* The configuration table of this name, or NULL. */
static const void *__init find_table(const struct efi *e, const struct efi_guid *guid)
{
	for (u64 i = 0; i < e->system->tables; i++) {
		if (!memcmp(&e->system->table[i].guid, guid, sizeof(*guid)))
			return e->system->table[i].table;
	}
	return NULL;
}

static bool __init has_memory(const struct devicetree *dt)
{
	struct devicetree_cursor cursor = { 0 };
	struct devicetree_range range;

	while (devicetree_memory_next(dt, &cursor, &range)) {
		if (range.bytes)
			return true;
	}
	return false;
}

static int __init put_chosen(struct efi *e, int chosen)
{
	void *fdt = e->fdt;
	int err;

	err = fdt_setprop(fdt, chosen, "bootargs", e->cmdline, (int)strlen(e->cmdline) + 1);
	if (!err && e->initrd) {
		u64 start = (uintptr_t)e->initrd;

		err = fdt_setprop_u64(fdt, chosen, "linux,initrd-start", start);
		if (!err)
			err = fdt_setprop_u64(fdt, chosen, "linux,initrd-end",
					      start + e->initrd_bytes);
	}
	return err;
}

/* Seeds by firmware's generator, where it has one: without it those of the tree stay. */
static int __init put_seeds(struct efi *e, int chosen)
{
	struct efi_rng *rng;
	u8 seed[8 + 32];
	int err;

	if (e->boot->locate_protocol(&rng_protocol, NULL, (void **)&rng) ||
	    rng->get(rng, NULL, sizeof(seed), seed))
		return 0;
	err = fdt_setprop(e->fdt, chosen, "kaslr-seed", seed, 8);
	if (!err)
		err = fdt_setprop(e->fdt, chosen, "rng-seed", seed + 8, 32);
	memset(seed, 0, sizeof(seed));
	return err;
}

/* A variable of one byte, which is 0 where firmware has none of that name. */
static efi_status __init read_flag(const struct efi *e, const efi_char *name, u8 *value)
{
	u64 bytes = sizeof(*value);
	efi_status status;

	*value = 0;
	status = e->system->runtime->get_variable(name, &global_variable, NULL, &bytes, value);
	return status == EFI_NOT_FOUND ? EFI_SUCCESS : status;
}

/* Does firmware start only what is signed? While its keys are being set up, it doesn't. */
static u32 __init secure_boot(const struct efi *e)
{
	u8 on, setup;

	if (read_flag(e, u"SecureBoot", &on) || read_flag(e, u"SetupMode", &setup))
		return SECURE_BOOT_UNKNOWN;
	return on && !setup ? SECURE_BOOT_ENABLED : SECURE_BOOT_DISABLED;
}

/* Where firmware's tables and its map are, for a Linux that this kernel starts. */
static int __init put_firmware(struct efi *e, int chosen)
{
	void *fdt = e->fdt;
	int err;

	if ((err = fdt_setprop_u64(fdt, chosen, "linux,uefi-system-table", (uintptr_t)e->system)) ||
	    (err = fdt_setprop_u64(fdt, chosen, "linux,uefi-mmap-start", (uintptr_t)e->map)) ||
	    (err = fdt_setprop_u32(fdt, chosen, "linux,uefi-mmap-size", (u32)e->map_bytes)) ||
	    (err = fdt_setprop_u32(fdt, chosen, "linux,uefi-mmap-desc-size",
				   (u32)e->map_descriptor_bytes)) ||
	    (err = fdt_setprop_u32(fdt, chosen, "linux,uefi-mmap-desc-ver", e->map_version)))
		return err;
	err = fdt_setprop_u32(fdt, chosen, "linux,uefi-secure-boot", secure_boot(e));
	return err ? err : fdt_setprop(fdt, chosen, "granule,uefi", NULL, 0);
}

/* What a Linux reads, though it lies in memory that is free now: the map and this table. */
static int __init keep_for_linux(struct efi *e)
{
	const u32 *attributes = find_table(e, &memory_attributes);
	int err = fdt_add_mem_rsv(e->fdt, (uintptr_t)e->map, e->map_room);
	u64 bytes;

	/* version, entries, bytes of each, flags; then the entries */
	if (err || !attributes || !efi_is_in_map(e, (uintptr_t)attributes, 16))
		return err;
	bytes = 16 + (u64)attributes[1] * attributes[2];
	if (!efi_is_in_map(e, (uintptr_t)attributes, bytes))
		return 0;
	return fdt_add_mem_rsv(e->fdt, (uintptr_t)attributes, bytes);
}

/* Memory is what firmware's map says, not the tree: one node for it, empty so far. */
static int __init put_memory(void *fdt)
{
	int node, err = 0;

	while (!err &&
	       ((node = fdt_node_offset_by_prop_value(fdt, -1, "device_type", "memory", 7)) >= 0 ||
		(node = fdt_subnode_offset(fdt, 0, "memory")) >= 0))
		err = fdt_del_node(fdt, node);
	if (err)
		return err;
	node = fdt_add_subnode(fdt, 0, "memory");
	return node < 0 ? node : fdt_setprop(fdt, node, "device_type", "memory", 7);
}

static int __init fill_tree(struct efi *e)
{
	int err = put_memory(e->fdt), chosen = fdt_path_offset(e->fdt, "/chosen");

	if (err)
		return err;
	if (chosen < 0)
		chosen = fdt_add_subnode(e->fdt, 0, "chosen");
	if (chosen < 0)
		return chosen;
	if ((err = put_chosen(e, chosen)) || (err = put_seeds(e, chosen)) ||
	    (err = put_firmware(e, chosen)))
		return err;
	return keep_for_linux(e);
}

/* A tree of ACPI's tables, where there are any: *tree, or NULL. */
static efi_status __init tree_of_acpi(struct efi *e, const void **tree)
{
	const void *rsdp = find_table(e, &acpi_table);
	struct acpi_fault fault;
	struct acpi acpi;
	u64 room;
	void *fdt;

	*tree = NULL;
	if (!rsdp)
		return EFI_SUCCESS;
	if (acpi_find(rsdp, efi_is_in_map, e, &acpi, &fault))
		return efi_refuse(e, EFI_LOAD_ERROR, "ACPI: table %s %s %#llx", fault.table,
				  fault.why, fault.value);
	room = acpi_tree_bytes(&acpi);
	fdt = efi_alloc(e, room, EFI_PAGE_BYTES);
	if (!fdt || acpi_tree(&acpi, fdt, room))
		return efi_refuse(e, EFI_OUT_OF_RESOURCES,
				  "no memory for a devicetree of ACPI's tables, of %llu KiB",
				  room / KiB);
	*tree = fdt;
	return EFI_SUCCESS;
}

/* What a tree without memory says: where a boot loader put an initrd. */
static void __init take_chosen(struct efi *e, const struct devicetree *dt)
{
	struct devicetree_range range;

	if (!e->initrd && !devicetree_chosen_initrd(dt, &range)) {
		e->initrd = (void *)(uintptr_t)range.base.val;
		e->initrd_bytes = range.bytes;
	}
}

/* The tree that describes the machine: firmware's, or one of its ACPI tables. */
static efi_status __init find_tree(struct efi *e, const void **tree)
{
	struct devicetree_fault fault;
	struct devicetree dt;

	*tree = find_table(e, &devicetree_table);
	if (*tree) {
		if (!efi_is_in_map(e, (uintptr_t)*tree, sizeof(struct fdt_header)) ||
		    !efi_is_in_map(e, (uintptr_t)*tree, fdt_totalsize(*tree)))
			return efi_refuse(e, EFI_LOAD_ERROR,
					  "firmware's devicetree isn't in memory, at %#llx",
					  (u64)(uintptr_t)*tree);
		if (devicetree_open(&dt, *tree, fdt_totalsize(*tree), &fault))
			return efi_refuse(e, EFI_LOAD_ERROR, "firmware's devicetree %s %#llx",
					  fault.why, fault.value);
		if (has_memory(&dt))
			return EFI_SUCCESS;
		take_chosen(e, &dt);
	}
	return tree_of_acpi(e, tree);
}

efi_status __init efi_make_tree(struct efi *e)
{
	const void *theirs;
	efi_status status = find_tree(e, &theirs);
	u64 ranges, used;
	int err;

	if (status)
		return status;
	if (!theirs)
		return efi_refuse(
			e, EFI_UNSUPPORTED,
			"firmware describes the machine neither by a devicetree with memory "
			"nor by ACPI");
	ranges = e->map_room / e->map_descriptor_bytes * ROOM_RANGE;
	e->fdt_bytes = fdt_totalsize(theirs) + ROOM_PROPERTIES + strlen(e->cmdline) + ranges;
	e->fdt = efi_alloc(e, e->fdt_bytes, EFI_PAGE_BYTES);
	if (!e->fdt)
		return efi_refuse(e, EFI_OUT_OF_RESOURCES, "no memory for a devicetree of %llu KiB",
				  e->fdt_bytes / KiB);
	if ((err = fdt_open_into(theirs, e->fdt, (int)e->fdt_bytes)) || (err = fill_tree(e)))
		return efi_refuse(e, EFI_LOAD_ERROR, "the devicetree can't be changed: %s",
				  fdt_strerror(err));
	/* What is free in it goes at the end; the kernel would refuse it, with nobody to tell. */
	used = fdt_off_dt_strings(e->fdt) + fdt_size_dt_strings(e->fdt) + ranges;
	if (used > DEVICETREE_BYTES_MAX)
		return efi_refuse(e, EFI_UNSUPPORTED,
				  "the devicetree takes %llu KiB, which is more than 2048",
				  used / KiB);
	return EFI_SUCCESS;
}

/* Where the next tuple of memory goes. */
struct memory_node {
	void *fdt;
	int node;
	u64 most; /* bytes that its size can say */
};

/*
 * In pieces that fit a size of one cell, where the board has such. What lies beyond an address of
 * one cell, or beyond the room in the tree, is left out: the kernel does without.
 */
static int __init add_range(void *arg, u64 base, u64 bytes)
{
	const struct memory_node *m = arg;
	int err = 0;

	for (u64 at = 0; at < bytes && !err; at += MIN(bytes - at, m->most))
		err = fdt_appendprop_addrrange(m->fdt, 0, m->node, "reg", base + at,
					       MIN(bytes - at, m->most));
	return err == -FDT_ERR_BADVALUE || err == -FDT_ERR_NOSPACE ? 0 : err;
}

void __init efi_finish_tree(struct efi *e)
{
	struct memory_node m = {
		.fdt = e->fdt,
		.node = fdt_path_offset(e->fdt, "/memory"),
		.most = fdt_size_cells(e->fdt, 0) == 1 ? 2 * GiB : ~0ULL,
	};
	int err = efi_usable_memory(e, add_range, &m);

	if (!err)
		err = fdt_setprop_inplace_u32(e->fdt, fdt_path_offset(e->fdt, "/chosen"),
					      "linux,uefi-mmap-size", (u32)e->map_bytes);
	ASSERT(!err); /* both nodes are there, and there is room for a range of each entry */
	fdt_pack(e->fdt);
	e->fdt_bytes = fdt_totalsize(e->fdt);
}
