/* SPDX-License-Identifier: BSD-2-Clause */
/* Where memory went, in one line. */
#ifndef MM_MEMORY_LINE_H
#define MM_MEMORY_LINE_H

/* Print `Memory: ...` in Linux's shape, in KiB. Once pages can be allocated; any context. */
void memory_line_print(void);

#endif
