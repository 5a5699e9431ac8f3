/* SPDX-License-Identifier: BSD-2-Clause */
/* Names for what the kernel's addresses are for, by <arch/layout.h> and the linker script. */
#ifndef ARCH_VA_REGION_H
#define ARCH_VA_REGION_H

#include <kernel/types.h>

/* The name of what `va` lies in, and the last address of that in *last. Never NULL. */
const char *va_region_name(u64 va, u64 *last);

#endif
