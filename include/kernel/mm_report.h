/* SPDX-License-Identifier: BSD-2-Clause */
/* The state of memory for people: all figures in bytes or multiples of them. */
#ifndef KERNEL_MM_REPORT_H
#define KERNEL_MM_REPORT_H

/* Everything: total, reserved by whom, free by order and type, tables. Any context. */
void mm_report(void);

#endif
