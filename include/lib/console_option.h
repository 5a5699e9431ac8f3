/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `earlycon=` and `console=` as Linux writes them, for machines whose firmware describes no
 * console:
 *
 *   earlycon=pl011,0x9000000            earlycon=uart8250,mmio32,0x21c0500,115200n8
 *   earlycon=pl011,mmio32,0x9000000     console=uart8250,mmio32,0x21c0500
 *
 * Anything else of these names (`console=ttyAMA0`, `earlycon` alone) is for a Linux, and passed
 * over.
 * Source: Linux, Documentation/admin-guide/kernel-parameters.txt, "earlycon=" and "console=".
 */
#ifndef LIB_CONSOLE_OPTION_H
#define LIB_CONSOLE_OPTION_H

#include <kernel/compiler.h>
#include <kernel/types.h>

struct console_option {
	const char *option;     /* "earlycon" or "console" */
	const char *compatible; /* what a tree would say of such a port */
	paddr_t base;
	u64 bytes;
	u32 reg_shift;
	u32 reg_io_width;
	bool big_endian;
};

/*
 * The last option of the command line that names a port by its address; earlycon= counts before
 * console=. 0; -ENOENT if none does; -EINVAL if one begins so, but its address is none: then
 * *option is set, and nothing else. Pure; any context.
 */
int console_option_find(const char *cmdline, struct console_option *option) __must_check;

#endif
