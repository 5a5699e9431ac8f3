/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's phases, and the few things that both halves of boot use.
 */
#ifndef KERNEL_MAIN_H
#define KERNEL_MAIN_H

#include <kernel/compiler.h>
#include <lib/devicetree.h>

/* The devicetree, open. Its `fdt` follows the image from map to map. */
extern struct devicetree main_devicetree;

/* The counter, in nanoseconds since reset, when the boot report was done. */
extern u64 main_boot_ns;

/* The first lines: what this is, the machine's model, the command line. */
void main_banner(void);

/* The kernel command line; empty when there is none or it is malformed. Lies in the devicetree. */
const char *main_cmdline(void);

/* Where mmu_switch goes. */
void kernel_main(void) __noreturn;

#endif
