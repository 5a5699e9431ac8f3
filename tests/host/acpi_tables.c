// SPDX-License-Identifier: BSD-2-Clause
/* <acpi_tables.h> has the contracts. */
#include <string.h>

#include "acpi_tables.h"

static void sum(void *table, size_t bytes, u8 *at)
{
	const u8 *byte = table;
	u8 total = 0;

	*at = 0;
	while (bytes--)
		total = (u8)(total + *byte++);
	*at = (u8)-total;
}

static void header(struct acpi_header *h, const char *signature, size_t bytes)
{
	memcpy(h->signature, signature, 4);
	h->bytes = (u32)bytes;
	memcpy(h->oem, "BOCHS ", 6);
	memcpy(h->oem_table, "BXPC    ", 8);
}

void acpi_machine_sum(struct acpi_machine *m)
{
	struct acpi_header *h[] = { &m->xsdt.header, &m->fadt.header, &m->madt.madt.header,
				    &m->gtdt.header, &m->spcr.header, &m->dsdt };

	sum(&m->rsdp, 20, &m->rsdp.sum);
	sum(&m->rsdp, sizeof(m->rsdp), &m->rsdp.long_sum);
	for (u32 i = 0; i < ARRAY_SIZE(h); i++)
		sum(h[i], MIN(h[i]->bytes, sizeof(*m)), &h[i]->sum);
}

void acpi_machine(struct acpi_machine *m)
{
	static const u64 mpidr[ACPI_CPUS] = { 0, 1, 0x100, 0x101 };
	static const u32 gsiv[] = { 29, 30, 27, 26 };

	memset(m, 0, sizeof(*m));
	memcpy(m->rsdp.signature, "RSD PTR ", 8);
	m->rsdp.revision = 2;
	m->rsdp.bytes = sizeof(m->rsdp);
	m->rsdp.xsdt = (uintptr_t)&m->xsdt;
	header(&m->xsdt.header, "XSDT", sizeof(m->xsdt));
	m->xsdt.table[0] = (uintptr_t)&m->dsdt;
	m->xsdt.table[1] = (uintptr_t)&m->fadt;
	m->xsdt.table[2] = (uintptr_t)&m->madt;
	m->xsdt.table[3] = (uintptr_t)&m->gtdt;
	m->xsdt.table[4] = (uintptr_t)&m->spcr;

	header(&m->dsdt, "DSDT", sizeof(m->dsdt));
	header(&m->fadt.header, "FACP", sizeof(m->fadt));
	m->fadt.arm_boot = ACPI_FADT_PSCI | ACPI_FADT_PSCI_HVC;

	header(&m->madt.madt.header, "APIC", sizeof(m->madt));
	m->madt.gicd = (struct acpi_gicd){ .part = { ACPI_GICD, sizeof(m->madt.gicd) },
					   .base = 0x8000000,
					   .version = 3 };
	for (u32 i = 0; i < ACPI_CPUS; i++)
		m->madt.gicc[i] = (struct acpi_gicc){
			.part = { ACPI_GICC, sizeof(m->madt.gicc[i]) },
			.uid = i,
			.flags = i == ACPI_CPUS - 1 ? 0 : ACPI_GICC_ENABLED,
			.mpidr = mpidr[i],
		};
	m->madt.gicr = (struct acpi_gicr){ .part = { ACPI_GICR, sizeof(m->madt.gicr) },
					   .base = 0x80a0000,
					   .bytes = 0xf60000 };

	header(&m->gtdt.header, "GTDT", sizeof(m->gtdt));
	for (u32 i = 0; i < ARRAY_SIZE(gsiv); i++)
		m->gtdt.timer[i].gsiv = gsiv[i];

	header(&m->spcr.header, "SPCR", sizeof(m->spcr));
	m->spcr.type = 3;
	m->spcr.address = (struct acpi_address){ .width_bits = 8, .access = 1, .base = 0x9000000 };
	m->spcr.interrupt_type = ACPI_SPCR_GIC;
	m->spcr.gsiv = 33;
	acpi_machine_sum(m);
}
