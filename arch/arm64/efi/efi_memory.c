// SPDX-License-Identifier: BSD-2-Clause
/*
 * Memory as firmware sees it: what the stub takes, the map, and the end of boot services.
 *
 * Source: UEFI Specification 2.10, 7.2 "Memory Allocation Services", 7.4.6 "ExitBootServices".
 */
#include "inside.h"

/* Descriptors that may be added between a look at how many there are and the next. */
#define MAP_SLACK 32

static u64 pages_of(u64 bytes)
{
	return (bytes + EFI_PAGE_BYTES - 1) / EFI_PAGE_BYTES;
}

void *__init efi_alloc(const struct efi *e, u64 bytes, u64 align)
{
	u64 extra = align > EFI_PAGE_BYTES ? align - EFI_PAGE_BYTES : 0, address = 0;

	if (bytes > ~0ULL - extra - EFI_PAGE_BYTES ||
	    e->boot->allocate_pages(EFI_ANY_PAGES, EFI_LOADER_DATA, pages_of(bytes + extra),
				    &address))
		return NULL;
	return (void *)(uintptr_t)ALIGN_UP(address, align);
}

static efi_status __init get_map(struct efi *e)
{
	e->map_bytes = e->map_room;
	return e->boot->get_memory_map(&e->map_bytes, e->map, &e->map_key, &e->map_descriptor_bytes,
				       &e->map_version);
}

efi_status __init efi_read_map(struct efi *e)
{
	efi_status status;

	e->map_room = 0;
	status = get_map(e);
	if (status != EFI_BUFFER_TOO_SMALL || e->map_descriptor_bytes < sizeof(struct efi_memory) ||
	    e->map_descriptor_bytes > EFI_PAGE_BYTES || e->map_descriptor_bytes % sizeof(u64))
		return efi_refuse(
			e, EFI_LOAD_ERROR,
			"firmware's memory map can't be read: status %#llx, entries of %llu "
			"bytes",
			status, e->map_descriptor_bytes);
	e->map_room = e->map_bytes + MAP_SLACK * e->map_descriptor_bytes;
	e->map = efi_alloc(e, e->map_room, EFI_PAGE_BYTES);
	if (!e->map)
		return efi_refuse(e, EFI_OUT_OF_RESOURCES, "no memory for a map of %llu bytes",
				  e->map_room);
	status = get_map(e);
	return status ? efi_refuse(e, status, "the memory map has grown: status %#llx", status)
		      : EFI_SUCCESS;
}

efi_status __init efi_exit_boot_services(struct efi *e)
{
	efi_status status = EFI_INVALID_PARAMETER;

	/*
	 * A key is stale when the map changed after it was given, which ending the timer may do.
	 * After the first attempt only the map may be asked for, and the second has to do.
	 */
	for (int attempt = 0; attempt < 2 && status; attempt++) {
		status = get_map(e);
		if (!status)
			status = e->boot->exit_boot_services(e->image, e->map_key);
	}
	return status;
}

static u64 count(const struct efi *e)
{
	return e->map_bytes / e->map_descriptor_bytes;
}

static struct efi_memory *entry(const struct efi *e, u64 index)
{
	return (void *)((u8 *)e->map + index * e->map_descriptor_bytes);
}

/* The exclusive end of an entry; its base if it is empty, or ends past all addresses. */
static u64 end_of(const struct efi_memory *m)
{
	return m->pages <= (~0ULL - m->physical) / EFI_PAGE_BYTES
		       ? m->physical + m->pages * EFI_PAGE_BYTES
		       : m->physical;
}

bool __init efi_is_in_map(void *arg, u64 base, u64 bytes)
{
	const struct efi *e = arg;

	for (u64 i = 0; i < count(e); i++) {
		const struct efi_memory *m = entry(e, i);

		if (m->type != EFI_MMIO && m->type != EFI_MMIO_PORTS && base >= m->physical &&
		    base <= end_of(m) && bytes <= end_of(m) - base)
			return true;
	}
	return false;
}

/* Firmware's order is its own. There are tens of entries: insertion does. */
static void __init sort_map(struct efi *e)
{
	for (u64 i = 1; i < count(e); i++) {
		for (u64 j = i; j > 0 && entry(e, j)->physical < entry(e, j - 1)->physical; j--) {
			u64 *a = (u64 *)entry(e, j), *b = (u64 *)entry(e, j - 1);

			for (u64 word = 0; word < e->map_descriptor_bytes / sizeof(u64); word++) {
				u64 value = a[word];

				a[word] = b[word];
				b[word] = value;
			}
		}
	}
}

static bool is_usable(const struct efi_memory *m)
{
	switch (m->type) {
	case EFI_LOADER_CODE:
	case EFI_LOADER_DATA:
	case EFI_BOOT_SERVICES_CODE:
	case EFI_BOOT_SERVICES_DATA:
	case EFI_CONVENTIONAL:
		return (m->attributes & EFI_MEMORY_WB) &&
		       !(m->attributes & (EFI_MEMORY_RUNTIME | EFI_MEMORY_SPECIFIC));
	default:
		return false;
	}
}

/* Ranges as they come, ascending: those that touch become one before they are handed on. */
struct merge {
	int (*take)(void *arg, u64 base, u64 bytes);
	void *arg;
	u64 base, end;
};

static int __init hand_on(struct merge *merge)
{
	u64 bytes = merge->end - merge->base;

	return bytes ? merge->take(merge->arg, merge->base, bytes) : 0;
}

static int __init add(struct merge *merge, u64 base, u64 end)
{
	int err = 0;

	if (base > merge->end) {
		err = hand_on(merge);
		merge->base = base;
	}
	merge->end = MAX(merge->end, end);
	return err;
}

/*
 * [*base, end) up to the first entry in it that isn't usable: entries of firmware's overlap
 * sometimes, and then the careful one counts. Returns where that part ends, and moves *base to
 * where the next begins.
 */
static u64 __init cut(const struct efi *e, u64 *base, u64 end)
{
	u64 first = end, next = end;

	for (u64 i = 0; i < count(e); i++) {
		const struct efi_memory *m = entry(e, i);

		if (is_usable(m) || end_of(m) <= *base || m->physical >= first)
			continue;
		first = MAX(m->physical, *base);
		next = end_of(m);
	}
	*base = next;
	return first;
}

int __init efi_usable_memory(struct efi *e, int (*take)(void *arg, u64 base, u64 bytes), void *arg)
{
	struct merge merge = { take, arg, 0, 0 };
	int err = 0;

	sort_map(e);
	/* A Linux that kexec starts uses runtime services at the addresses where they lie. */
	for (u64 i = 0; i < count(e); i++)
		entry(e, i)->virtual = entry(e, i)->physical;
	for (u64 i = 0; i < count(e) && !err; i++) {
		const struct efi_memory *m = entry(e, i);
		u64 at = MAX(m->physical, merge.end), end = end_of(m);

		while (is_usable(m) && at < end && !err) {
			u64 base = at, part = cut(e, &at, end);

			if (part > base)
				err = add(&merge, base, part);
		}
	}
	return err ? err : hand_on(&merge);
}
