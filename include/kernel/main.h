/* SPDX-License-Identifier: BSD-2-Clause */
/* Where mmu_switch goes. */
#ifndef KERNEL_MAIN_H
#define KERNEL_MAIN_H

#include <kernel/compiler.h>

void kernel_main(void) __noreturn;

#endif
