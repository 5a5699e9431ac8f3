// SPDX-License-Identifier: BSD-2-Clause
/*
 * Any bytes as what firmware says: the first chooses load options, a memory map or ACPI's tables.
 * What comes of them is held against what the stub promises.
 *
 * Sources: arch/arm64/efi/efi_cmdline.c arch/arm64/efi/efi_console.c arch/arm64/efi/efi_memory.c
 * Sources: arch/arm64/efi/acpi.c arch/arm64/efi/acpi_tree.c
 * Sources: lib/devicetree/devicetree.c lib/devicetree/devicetree_node.c
 * Sources: tests/host/fake_firmware.c
 * Libs: -lfdt
 */
#include <stdlib.h>
#include <string.h>

#include <libfdt.h>

#include <lib/devicetree.h>

#include "../../arch/arm64/efi/acpi.h"
#include "fake_firmware.h"
#include "fuzz.h"

/* In memory of exactly their size, so that a byte read too many is seen. */
static void *exactly(const u8 *data, size_t size)
{
	void *copy = malloc(size ? size : 1);

	memcpy(copy, data, size);
	return copy;
}

static void options(const u8 *data, size_t size)
{
	struct efi e;
	void *text;

	if (!size)
		return;
	text = exactly(data + 1, size - 1);
	firmware.shell = data[0] & 1;
	firmware.options = text;
	firmware.options_bytes = (u32)(size - 1);
	firmware_start(&e);
	REQUIRE(!efi_read_cmdline(&e));
	REQUIRE(strlen(e.cmdline) <= 3 * ((size - 1) / 2));
	free(text);
}

static u64 last_end;

static int take(void *arg, u64 base, u64 bytes)
{
	const struct firmware *f = arg;

	REQUIRE(bytes && base <= ~0ULL - bytes && (!last_end || base > last_end));
	last_end = base + bytes;
	/* nothing of it is in an entry that isn't usable */
	for (u32 i = 0; i < f->map_count; i++) {
		const struct efi_memory *m = &f->map[i];
		bool usable = m->type == EFI_CONVENTIONAL ||
			      (m->type >= EFI_LOADER_CODE && m->type <= EFI_BOOT_SERVICES_DATA);
		bool bounded = m->pages <= (~0ULL - m->physical) / EFI_PAGE_BYTES;

		REQUIRE(usable || !bounded || !m->pages ||
			m->physical + m->pages * EFI_PAGE_BYTES <= base || m->physical >= last_end);
	}
	return 0;
}

static void map(const u8 *data, size_t size)
{
	struct efi e;

	firmware.map_count = (u32)MIN(size / sizeof(struct efi_memory), FIRMWARE_MAP_MOST);
	memcpy(firmware.map, data, firmware.map_count * sizeof(struct efi_memory));
	if (!firmware.map_count)
		return;
	firmware_start(&e);
	REQUIRE(!efi_read_map(&e));
	last_end = 0;
	REQUIRE(!efi_usable_memory(&e, take, &firmware));
}

struct tables {
	u64 base;
	u64 bytes;
};

static bool readable(void *arg, u64 base, u64 bytes)
{
	const struct tables *t = arg;

	return base >= t->base && bytes <= t->bytes && base - t->base <= t->bytes - bytes;
}

static u8 sum(const u8 *byte, size_t bytes)
{
	u8 total = 0;

	while (bytes--)
		total = (u8)(total + *byte++);
	return total;
}

/*
 * An RSDP and a list of all tables are made here, with checksums that fit, or the fuzzer would have
 * to find them: the data is one table after the other, by the lengths in their headers.
 */
#define TABLES_MOST 8

static void acpi(const u8 *data, size_t size)
{
	size_t list_bytes = sizeof(struct acpi_header) + TABLES_MOST * 8;
	struct acpi_rsdp *rsdp = calloc(1, sizeof(*rsdp) + list_bytes + size);
	struct acpi_header *list = (void *)(rsdp + 1);
	u8 *at = (u8 *)list + list_bytes, *end = at + size;
	struct tables t = { (uintptr_t)rsdp, sizeof(*rsdp) + list_bytes + size };
	struct acpi_fault fault;
	struct acpi found;

	memcpy(at, data, size);
	list->bytes = sizeof(*list);
	for (u32 i = 0; i < TABLES_MOST && at < end; i++) {
		struct acpi_header *h = (void *)at;
		u64 address = (uintptr_t)at;

		memcpy((u8 *)list + list->bytes, &address, 8);
		list->bytes += 8;
		if ((size_t)(end - at) < sizeof(*h) || h->bytes < sizeof(*h) ||
		    h->bytes > (size_t)(end - at))
			break;
		h->sum = (u8)(h->sum - sum(at, h->bytes));
		at += h->bytes;
	}
	list->sum = (u8)-sum((u8 *)list, list->bytes);
	memcpy(rsdp->signature, "RSD PTR ", 8);
	rsdp->revision = 2;
	rsdp->bytes = sizeof(*rsdp);
	rsdp->xsdt = (uintptr_t)list;
	rsdp->sum = (u8)-sum((u8 *)rsdp, 20);
	rsdp->long_sum = (u8)-sum((u8 *)rsdp, sizeof(*rsdp));

	if (!acpi_find(rsdp, readable, &t, &found, &fault)) {
		u64 room = acpi_tree_bytes(&found);
		void *fdt = malloc((size_t)room);
		struct devicetree_fault broken;
		struct devicetree dt;

		/* What this room is too small for, no machine has; what is made is a tree. */
		if (!acpi_tree(&found, fdt, room))
			REQUIRE(!devicetree_open(&dt, fdt, room, &broken));
		free(fdt);
	} else {
		REQUIRE(fault.why && fault.table[4] == '\0');
	}
	free(rsdp);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	if (!size)
		return 0;
	firmware_begin();
	if (data[0] == 'o')
		options(data + 1, size - 1);
	else if (data[0] == 'm')
		map(data + 1, size - 1);
	else
		acpi(data + 1, size - 1);
	return 0;
}
