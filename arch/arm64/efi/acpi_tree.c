// SPDX-License-Identifier: BSD-2-Clause
/*
 * A devicetree of ACPI's tables: what the kernel reads of one, by the same bindings.
 *
 *   FADT  /psci                    MADT  /cpus, the interrupt controller
 *   GTDT  /timer                   SPCR  the console, and /chosen/stdout-path
 *
 * Memory is not in these tables: it is firmware's map that says it.
 *
 * Source: <acpi.h>; for the nodes the bindings arm,psci, arm,gic-v3, arm,gic, arch-timer,
 * arm,pl011, 8250 and arm,sbsa-uart of devicetree.org's dt-schema and of Linux.
 */
#include "acpi.h"

#include <kernel/errno.h>
#include <lib/string.h>
#include <lib/vsnprintf.h>

#include <libfdt.h>

#define GIC_PHANDLE 1

/* Interrupts in a tree: kind, number in that kind, trigger. */
#define GIC_SPI        0
#define GIC_PPI        1
#define GIC_ESPI       2
#define GIC_EPPI       3
#define GIC_FIRST_PPI  16
#define GIC_FIRST_SPI  32
#define GIC_FIRST_EPPI 1056
#define GIC_FIRST_ESPI 4096
#define TRIGGER_RISING 1
#define TRIGGER_HIGH   4
#define TRIGGER_LOW    8

/* Sizes that the tables leave out, as the architecture has them. */
#define GICD_V2_BYTES 0x1000
#define GICC_V2_BYTES 0x2000
#define GICD_V3_BYTES 0x10000
#define GICR_BYTES    0x20000
#define UART_BYTES    0x1000

#define NAME_ROOM  40
#define GIC_RANGES 16

/* A tree without CPUs takes 1 KiB; a CPU's 80 bytes in the MADT become 130. */
#define TREE_BYTES         4096
#define TREE_PER_MADT_BYTE 2

/* The tree in the making; after the first error nothing more is written. */
struct writer {
	void *fdt;
	int err;
};

static void __init begin(struct writer *w, const char *name)
{
	if (!w->err)
		w->err = fdt_begin_node(w->fdt, name);
}

static void __init begin_at(struct writer *w, const char *name, u64 address)
{
	char unit[NAME_ROOM];

	snprintf(unit, sizeof(unit), "%s@%llx", name, address);
	begin(w, unit);
}

static void __init end(struct writer *w)
{
	if (!w->err)
		w->err = fdt_end_node(w->fdt);
}

static void __init put(struct writer *w, const char *name, const void *value, size_t bytes)
{
	if (!w->err)
		w->err = fdt_property(w->fdt, name, value, (int)bytes);
}

static void __init put_string(struct writer *w, const char *name, const char *value)
{
	put(w, name, value, strlen(value) + 1);
}

static void __init put_u32(struct writer *w, const char *name, u32 value)
{
	fdt32_t cell = cpu_to_fdt32(value);

	put(w, name, &cell, sizeof(cell));
}

struct range {
	u64 base;
	u64 bytes;
};

/* One property of `count` ranges, in cells of two. */
static void __init put_reg(struct writer *w, const struct range *range, u32 count)
{
	fdt64_t *reg;

	if (!w->err)
		w->err = fdt_property_placeholder(w->fdt, "reg", (int)(count * 2 * sizeof(*reg)),
						  (void **)&reg);
	for (u32 i = 0; i < count && !w->err; i++) {
		fdt64_st(reg++, range[i].base);
		fdt64_st(reg++, range[i].bytes);
	}
}

static void __init put_cells(struct writer *w, u32 address, u32 size)
{
	put_u32(w, "#address-cells", address);
	put_u32(w, "#size-cells", size);
}

/* The n-th structure of this kind in the MADT, whole; NULL after the last. */
static const void *__init madt_part(const struct acpi *acpi, enum acpi_madt_type type, size_t bytes,
				    u32 n)
{
	const u8 *madt = (const u8 *)acpi->madt;
	u64 at = sizeof(*acpi->madt), all = acpi->madt->header.bytes;

	while (at + sizeof(struct acpi_part) <= all) {
		const struct acpi_part *part = (const void *)(madt + at);

		if (part->bytes < sizeof(*part) || at + part->bytes > all)
			return NULL;
		if (part->type == type && part->bytes >= bytes && n-- == 0)
			return part;
		at += part->bytes;
	}
	return NULL;
}

#define MADT_PART(acpi, type, of, n) \
	((const struct of *)madt_part(acpi, type, sizeof(struct of), n))

static void __init write_psci(struct writer *w, const struct acpi *acpi)
{
	static const char compatible[] = "arm,psci-1.0\0arm,psci-0.2";

	if (!(acpi->fadt->arm_boot & ACPI_FADT_PSCI))
		return;
	begin(w, "psci");
	put(w, "compatible", compatible, sizeof(compatible));
	put_string(w, "method", acpi->fadt->arm_boot & ACPI_FADT_PSCI_HVC ? "hvc" : "smc");
	end(w);
}

static void __init write_cpus(struct writer *w, const struct acpi *acpi)
{
	const struct acpi_gicc *cpu;

	begin(w, "cpus");
	put_cells(w, 2, 0);
	for (u32 n = 0; (cpu = MADT_PART(acpi, ACPI_GICC, acpi_gicc, n)); n++) {
		fdt64_t reg = cpu_to_fdt64(cpu->mpidr);

		if (!(cpu->flags & ACPI_GICC_ENABLED))
			continue;
		begin_at(w, "cpu", cpu->mpidr);
		put_string(w, "device_type", "cpu");
		put_string(w, "compatible", "arm,armv8");
		put(w, "reg", &reg, sizeof(reg));
		if (acpi->fadt->arm_boot & ACPI_FADT_PSCI)
			put_string(w, "enable-method", "psci");
		end(w);
	}
	end(w);
}

/*
 * What a GIC has: the distributor, and then the CPU interface (version 2) or the redistributors, as
 * regions of their own or one for each CPU (version 3). More regions than `reg` has room for are
 * left out.
 */
static u32 __init gic_ranges(const struct acpi *acpi, const struct acpi_gicd *gicd, bool v3,
			     struct range reg[GIC_RANGES])
{
	const struct acpi_gicr *region;
	const struct acpi_gicc *cpu;
	u32 count = 1;

	reg[0] = (struct range){ gicd->base, v3 ? GICD_V3_BYTES : GICD_V2_BYTES };
	for (u32 n = 0; v3 && count < GIC_RANGES; n++) {
		region = MADT_PART(acpi, ACPI_GICR, acpi_gicr, n);
		if (!region)
			break;
		reg[count++] = (struct range){ region->base, region->bytes };
	}
	for (u32 n = 0; count < (v3 ? GIC_RANGES : 2); n++) {
		cpu = MADT_PART(acpi, ACPI_GICC, acpi_gicc, n);
		if (!cpu || (v3 && MADT_PART(acpi, ACPI_GICR, acpi_gicr, 0)))
			break;
		if (v3 && !cpu->redistributor)
			continue; /* of a CPU that isn't there */
		reg[count++] = v3 ? (struct range){ cpu->redistributor, GICR_BYTES }
				  : (struct range){ cpu->base, GICC_V2_BYTES };
	}
	return count;
}

static void __init write_gic(struct writer *w, const struct acpi *acpi)
{
	const struct acpi_gicd *gicd = MADT_PART(acpi, ACPI_GICD, acpi_gicd, 0);
	const struct acpi_gicc *cpu = MADT_PART(acpi, ACPI_GICC, acpi_gicc, 0);
	struct range reg[GIC_RANGES];
	u32 count;
	bool v3;

	if (!gicd)
		return;
	v3 = gicd->version >= 3;
	if (!gicd->version) /* not said: version 2 has no redistributors */
		v3 = MADT_PART(acpi, ACPI_GICR, acpi_gicr, 0) || (cpu && cpu->redistributor);
	count = gic_ranges(acpi, gicd, v3, reg);
	begin_at(w, "interrupt-controller", gicd->base);
	put_string(w, "compatible", v3 ? "arm,gic-v3" : "arm,cortex-a15-gic");
	put(w, "interrupt-controller", NULL, 0);
	put_u32(w, "#interrupt-cells", 3);
	put_u32(w, "phandle", GIC_PHANDLE);
	if (v3 && count > 2)
		put_u32(w, "#redistributor-regions", count - 1);
	put_reg(w, reg, count);
	end(w);
}

/* A global interrupt number as the GIC's binding has it. */
static void __init interrupt_cells(u32 gsiv, u32 flags, fdt32_t cells[3])
{
	static const struct {
		u32 first, kind;
	} kinds[] = {
		{ GIC_FIRST_ESPI, GIC_ESPI },
		{ GIC_FIRST_EPPI, GIC_EPPI },
		{ GIC_FIRST_SPI, GIC_SPI },
		{ GIC_FIRST_PPI, GIC_PPI },
	};
	u32 i = 0;

	while (i < ARRAY_SIZE(kinds) - 1 && gsiv < kinds[i].first)
		i++;
	cells[0] = cpu_to_fdt32(kinds[i].kind);
	cells[1] = cpu_to_fdt32(gsiv - kinds[i].first);
	cells[2] = cpu_to_fdt32(flags & ACPI_GTDT_EDGE         ? TRIGGER_RISING
				: flags & ACPI_GTDT_ACTIVE_LOW ? TRIGGER_LOW
							       : TRIGGER_HIGH);
}

/* Those that there are, by name: firmware may leave out the secure one, and others. */
static void __init write_timer(struct writer *w, const struct acpi *acpi)
{
	static const char names[4][9] = { "sec-phys", "phys", "virt", "hyp-phys" };
	char list[sizeof(names)];
	fdt32_t interrupts[4][3];
	u32 count = 0, bytes = 0;

	for (u32 i = 0; acpi->gtdt && i < ARRAY_SIZE(interrupts); i++) {
		u32 gsiv = acpi->gtdt->timer[i].gsiv;

		if (gsiv < GIC_FIRST_PPI)
			continue;
		interrupt_cells(gsiv, acpi->gtdt->timer[i].flags, interrupts[count++]);
		memcpy(list + bytes, names[i], strlen(names[i]) + 1);
		bytes += (u32)strlen(names[i]) + 1;
	}
	if (!count)
		return;
	begin(w, "timer");
	put_string(w, "compatible", "arm,armv8-timer");
	put(w, "interrupts", interrupts, count * sizeof(interrupts[0]));
	put(w, "interrupt-names", list, bytes);
	end(w);
}

/* Kinds of console, by the SPCR's numbers. */
static const struct {
	u8 type;
	char compatible[23];
} uarts[] = {
	{ 0x00, "ns16550a" },      { 0x01, "ns16550a" },      { 0x03, "arm,pl011" },
	{ 0x0d, "arm,sbsa-uart" }, { 0x0e, "arm,sbsa-uart" }, { 0x10, "brcm,bcm2835-aux-uart" },
	{ 0x12, "ns16550a" },
};

static const char *__init uart_compatible(const struct acpi *acpi)
{
	if (!acpi->spcr || acpi->spcr->address.space || !acpi->spcr->address.base)
		return NULL;
	for (u32 i = 0; i < ARRAY_SIZE(uarts); i++) {
		if (uarts[i].type == acpi->spcr->type)
			return uarts[i].compatible;
	}
	return NULL;
}

static void __init write_console(struct writer *w, const struct acpi *acpi)
{
	const char *compatible = uart_compatible(acpi);
	const struct acpi_address *at;
	struct range reg = { 0, UART_BYTES };
	fdt32_t interrupt[3];

	if (!compatible)
		return;
	at = &acpi->spcr->address;
	reg.base = at->base;
	begin_at(w, "serial", reg.base);
	put_string(w, "compatible", compatible);
	put_reg(w, &reg, 1);
	/* Either may say that registers are of 4 bytes: then they lie so far apart, too. */
	if (compatible[0] == 'n' && (at->access == 3 || at->width_bits == 32))
		put_u32(w, "reg-shift", 2);
	if (at->access == 3 || at->width_bits == 32)
		put_u32(w, "reg-io-width", 4);
	if ((acpi->spcr->interrupt_type & ACPI_SPCR_GIC) && acpi->spcr->gsiv >= GIC_FIRST_SPI) {
		interrupt_cells(acpi->spcr->gsiv, 0, interrupt);
		put(w, "interrupts", interrupt, sizeof(interrupt));
	}
	end(w);
}

static void __init write_chosen(struct writer *w, const struct acpi *acpi)
{
	char path[NAME_ROOM];

	begin(w, "chosen");
	put(w, "granule,of-acpi", NULL, 0);
	if (uart_compatible(acpi)) {
		snprintf(path, sizeof(path), "/serial@%llx", acpi->spcr->address.base);
		put_string(w, "stdout-path", path);
	}
	end(w);
}

/* Who made the machine, by the FADT: names of 6 and 8 characters, padded with blanks. */
static void __init write_model(struct writer *w, const struct acpi *acpi)
{
	const struct acpi_header *h = &acpi->fadt->header;
	char model[2 + sizeof(h->oem) + sizeof(h->oem_table)];
	u32 n = 0;

	for (u32 i = 0; i < sizeof(h->oem) + sizeof(h->oem_table); i++) {
		char c = i < sizeof(h->oem) ? h->oem[i] : h->oem_table[i - sizeof(h->oem)];

		if (i == sizeof(h->oem))
			model[n++] = ' ';
		if (c > ' ' && c < 0x7f)
			model[n++] = c;
	}
	model[n] = '\0';
	put_string(w, "model", model);
}

u64 __init acpi_tree_bytes(const struct acpi *acpi)
{
	return TREE_BYTES + TREE_PER_MADT_BYTE * acpi->madt->header.bytes;
}

int __init acpi_tree(const struct acpi *acpi, void *fdt, u64 room)
{
	struct writer w = { .fdt = fdt };

	w.err = fdt_create(fdt, (int)room);
	if (!w.err)
		w.err = fdt_finish_reservemap(fdt);
	begin(&w, "");
	put_cells(&w, 2, 2);
	put_u32(&w, "interrupt-parent", GIC_PHANDLE);
	write_model(&w, acpi);
	write_chosen(&w, acpi);
	write_psci(&w, acpi);
	write_cpus(&w, acpi);
	write_timer(&w, acpi);
	write_gic(&w, acpi);
	write_console(&w, acpi);
	end(&w);
	if (!w.err)
		w.err = fdt_finish(fdt);
	return w.err ? -ENOMEM : 0;
}
