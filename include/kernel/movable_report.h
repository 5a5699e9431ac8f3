/* SPDX-License-Identifier: BSD-2-Clause */
/* Movable areas for people. Not with rmap_lock held. */
#ifndef KERNEL_MOVABLE_REPORT_H
#define KERNEL_MOVABLE_REPORT_H

#include <kernel/compiler.h>
#include <mm/movable.h>

/* A line with the sums. */
void movable_report(int (*print)(const char *fmt, ...) __printf(1, 2));

#endif
