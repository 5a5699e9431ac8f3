/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Boot phases of what stands above the core: kernel_main runs them in the order of their numbers,
 * once the core has started and reported. A phase that ends the machine is the last; if none does,
 * the boot has passed.
 *
 *   BOOT_PHASE(40, monitor) { ... cmdline ... }
 */
#ifndef KERNEL_PHASE_H
#define KERNEL_PHASE_H

#include <kernel/compiler.h>

typedef void boot_phase_fn(const char *cmdline);

/* `order`: two digits. `cmdline`: the kernel's command line, which lies in the devicetree. */
#define BOOT_PHASE(order, id)                                                                      \
	static void phase_##id(const char *cmdline);                                               \
	static boot_phase_fn *const phase_entry_##id __used __section(".phases." #order "." #id) = \
		phase_##id;                                                                        \
	static void phase_##id(const char *cmdline)

extern boot_phase_fn *const _phases[], *const _phases_end[];

#endif
