// SPDX-License-Identifier: BSD-2-Clause
/* Where ACPI's tables are, and whether they are whole. <acpi.h> has the contracts. */
#include "acpi.h"

#include <kernel/errno.h>
#include <lib/string.h>

/* More than any table of these has, and little to sum up. */
#define TABLE_MOST (1 << 20)

static int __init refuse(struct acpi_fault *fault, const char *table, const char *why, u64 value)
{
	memcpy(fault->table, table, 4);
	fault->table[4] = '\0';
	fault->why = why;
	fault->value = value;
	return -EINVAL;
}

static u8 __init sum(const void *table, u64 bytes)
{
	const u8 *byte = table;
	u8 total = 0;

	while (bytes--)
		total = (u8)(total + *byte++);
	return total;
}

struct finder {
	acpi_readable *readable;
	void *arg;
	struct acpi_fault *fault;
};

/* The table at `address`, checked; NULL with a fault. `name`: of what pointed there. */
static const struct acpi_header *__init table_at(const struct finder *f, u64 address,
						 const char *name)
{
	const struct acpi_header *table = (const void *)(uintptr_t)address;

	if (!address || !f->readable(f->arg, address, sizeof(*table))) {
		refuse(f->fault, name, "points to what is no memory, at", address);
		return NULL;
	}
	if (table->bytes < sizeof(*table) || table->bytes > TABLE_MOST ||
	    !f->readable(f->arg, address, table->bytes)) {
		refuse(f->fault, table->signature, "has an impossible length,", table->bytes);
		return NULL;
	}
	if (sum(table, table->bytes)) {
		refuse(f->fault, table->signature, "has a wrong checksum, at", address);
		return NULL;
	}
	return table;
}

/*
 * One of the four: the first of its name counts. Of the others not even the length is read: what is
 * wrong with them is no reason not to start.
 */
static int __init keep(const struct finder *f, struct acpi *acpi, u64 address)
{
	static const struct {
		char signature[5];
		u32 bytes;
	} wanted[] = {
		{ "FACP", sizeof(struct acpi_fadt) },
		{ "APIC", sizeof(struct acpi_madt) },
		{ "GTDT", sizeof(struct acpi_gtdt) },
		{ "SPCR", sizeof(struct acpi_spcr) },
	};
	const void **slot[] = { (const void **)&acpi->fadt, (const void **)&acpi->madt,
				(const void **)&acpi->gtdt, (const void **)&acpi->spcr };
	const struct acpi_header *table = (const void *)(uintptr_t)address;

	if (!f->readable(f->arg, address, sizeof(*table)))
		return refuse(f->fault, "XSDT", "points to what is no memory, at", address);
	for (u32 i = 0; i < ARRAY_SIZE(wanted); i++) {
		if (memcmp(table->signature, wanted[i].signature, 4) || *slot[i])
			continue;
		if (!table_at(f, address, "XSDT"))
			return -EINVAL;
		if (table->bytes < wanted[i].bytes)
			return refuse(f->fault, table->signature,
				      "is shorter than its fields, bytes are", table->bytes);
		*slot[i] = table;
	}
	return 0;
}

/* The RSDP's list: addresses of 8 bytes (XSDT), or of 4 (RSDT) where firmware has only these. */
static const struct acpi_header *__init find_list(const struct finder *f,
						  const struct acpi_rsdp *rsdp, u32 *entry_bytes)
{
	u64 at = (uintptr_t)rsdp;

	if (!f->readable(f->arg, at, sizeof(*rsdp)) || memcmp(rsdp->signature, "RSD PTR ", 8) ||
	    sum(rsdp, 20)) {
		refuse(f->fault, "RSDP", "isn't one, at", at);
		return NULL;
	}
	*entry_bytes = 4;
	if (rsdp->revision < 2)
		return table_at(f, rsdp->rsdt, "RSDP");
	if (rsdp->bytes < sizeof(*rsdp) || !f->readable(f->arg, at, rsdp->bytes) ||
	    sum(rsdp, rsdp->bytes)) {
		refuse(f->fault, "RSDP", "has a wrong length or checksum, at", at);
		return NULL;
	}
	*entry_bytes = 8;
	return table_at(f, rsdp->xsdt, "RSDP");
}

int __init acpi_find(const void *rsdp, acpi_readable *readable, void *arg, struct acpi *acpi,
		     struct acpi_fault *fault)
{
	struct finder f = { readable, arg, fault };
	const struct acpi_header *list;
	u32 entry_bytes;

	*acpi = (struct acpi){ 0 };
	list = find_list(&f, rsdp, &entry_bytes);
	if (!list)
		return -EINVAL;
	for (u64 at = sizeof(*list); at + entry_bytes <= list->bytes; at += entry_bytes) {
		u64 address = 0;

		memcpy(&address, (const u8 *)list + at, entry_bytes);
		/* Some firmware leaves places of its list empty. */
		if (address && keep(&f, acpi, address))
			return -EINVAL;
	}
	if (!acpi->fadt)
		return refuse(fault, "FACP", "is missing: nothing says how to call firmware, of",
			      list->bytes);
	if (!acpi->madt)
		return refuse(fault, "APIC", "is missing: nothing says which CPUs there are, of",
			      list->bytes);
	return 0;
}
