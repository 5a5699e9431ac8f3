/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ACPI's static tables, as far as they say what a devicetree says: layouts, how they are found, and
 * the tree that is made of them. AML is not read.
 *
 * Tables are byte streams at any alignment, from firmware: each is checked (it lies in memory that
 * the firmware's map has, length, checksum) before it is read, and a structure inside before it is
 * used.
 *
 * Source: ACPI Specification 6.5, 5.2 (the tables), 5.2.12 (MADT), 5.2.24 (GTDT); Microsoft, Serial
 * Port Console Redirection Table and Debug Port Table 2; Arm BBR and DEN0094, for which of them
 * there have to be.
 */
#ifndef EFI_ACPI_H
#define EFI_ACPI_H

#include <kernel/compiler.h>
#include <kernel/types.h>

struct __packed acpi_rsdp {
	char signature[8];
	u8 sum; /* of the first 20 bytes */
	char oem[6];
	u8 revision;
	u32 rsdt;
	u32 bytes;
	u64 xsdt;
	u8 long_sum;
	u8 reserved[3];
};

struct __packed acpi_header {
	char signature[4];
	u32 bytes;
	u8 revision;
	u8 sum;
	char oem[6];
	char oem_table[8];
	u32 oem_revision;
	u32 creator;
	u32 creator_revision;
};

/* An address with its kind: 0 is memory. */
struct __packed acpi_address {
	u8 space;
	u8 width_bits;
	u8 offset_bits;
	u8 access; /* 1 to 4: 1, 2, 4 and 8 bytes; 0: not said */
	u64 base;
};

struct __packed acpi_fadt {
	struct acpi_header header;
	u8 unused[93];
	u16 arm_boot;
	u8 minor;
};

#define ACPI_FADT_PSCI     (1 << 0)
#define ACPI_FADT_PSCI_HVC (1 << 1)

struct __packed acpi_gtdt {
	struct acpi_header header;
	u64 counter;
	u32 reserved;
	struct __packed {
		u32 gsiv;
		u32 flags;
	} timer[4]; /* secure EL1, EL1, virtual, EL2: the order of the devicetree, too */
};

#define ACPI_GTDT_EDGE       (1 << 0)
#define ACPI_GTDT_ACTIVE_LOW (1 << 1)

struct __packed acpi_spcr {
	struct acpi_header header;
	u8 type;
	u8 reserved[3];
	struct acpi_address address;
	u8 interrupt_type;
	u8 irq;
	u32 gsiv;
	u8 baud;
};

#define ACPI_SPCR_GIC (1 << 3) /* of the kinds of interrupt: what `gsiv` says holds */

struct __packed acpi_madt {
	struct acpi_header header;
	u32 unused[2];
};

enum acpi_madt_type { ACPI_GICC = 0xb, ACPI_GICD = 0xc, ACPI_GICR = 0xe };

/* Each structure in the MADT begins so. */
struct __packed acpi_part {
	u8 type;
	u8 bytes;
};

struct __packed acpi_gicc {
	struct acpi_part part;
	u16 reserved;
	u32 interface;
	u32 uid;
	u32 flags;
	u32 unused[2];
	u64 parked;
	u64 base;
	u64 gicv, gich;
	u32 maintenance;
	u64 redistributor;
	u64 mpidr;
};

#define ACPI_GICC_ENABLED (1 << 0)

struct __packed acpi_gicd {
	struct acpi_part part;
	u16 reserved;
	u32 id;
	u64 base;
	u32 vectors;
	u8 version;
};

struct __packed acpi_gicr {
	struct acpi_part part;
	u16 reserved;
	u64 base;
	u32 bytes;
};

/* The tables; NULL where there is none. Only the MADT and the FADT have to be there. */
struct acpi {
	const struct acpi_fadt *fadt;
	const struct acpi_madt *madt;
	const struct acpi_gtdt *gtdt;
	const struct acpi_spcr *spcr;
};

/* What is wrong: `why` goes on a sentence that begins with the table's name. */
struct acpi_fault {
	char table[5];
	const char *why;
	u64 value;
};

/* Is all of [base, base + bytes) memory that can be read? */
typedef bool acpi_readable(void *arg, u64 base, u64 bytes);

/* Finds and checks the tables. 0 or -EINVAL, with *fault. */
int acpi_find(const void *rsdp, acpi_readable *readable, void *arg, struct acpi *acpi,
	      struct acpi_fault *fault);

/* How many bytes of room acpi_tree wants. */
u64 acpi_tree_bytes(const struct acpi *acpi);

/* A devicetree of them in `fdt`. 0 or -ENOMEM: `room` is too small. */
int acpi_tree(const struct acpi *acpi, void *fdt, u64 room);

#endif
