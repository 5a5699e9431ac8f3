/* SPDX-License-Identifier: BSD-2-Clause */
/* ACPI tables for host tests: a machine like QEMU's, whose bytes a test then changes. */
#ifndef ACPI_TABLES_H
#define ACPI_TABLES_H

#include "../../arch/arm64/efi/acpi.h"

#define ACPI_CPUS 4

struct acpi_machine {
	struct acpi_rsdp rsdp;
	struct __packed {
		struct acpi_header header;
		u64 table[5];
	} xsdt;
	struct acpi_fadt fadt;
	struct __packed {
		struct acpi_madt madt;
		struct acpi_gicd gicd;
		struct acpi_gicc gicc[ACPI_CPUS];
		struct acpi_gicr gicr;
	} madt;
	struct acpi_gtdt gtdt;
	struct acpi_spcr spcr;
	struct acpi_header dsdt;
};

/* GICv3, PSCI by HVC, a PL011 at 0x9000000; CPUs 0, 1, 0x100 and 0x101, the last one off. */
void acpi_machine(struct acpi_machine *m);

/* All checksums again, after a change. */
void acpi_machine_sum(struct acpi_machine *m);

#endif
