/* SPDX-License-Identifier: BSD-2-Clause */
/* The state of memory for people: all figures in bytes or multiples of them. */
#ifndef MM_MM_REPORT_H
#define MM_MM_REPORT_H

/* The `Memory:` line of boot, in Linux's shape. */
void mm_report_line(void);

/* Everything: total, reserved by whom, free by order and type, tables. Any context. */
void mm_report(void);

#endif
