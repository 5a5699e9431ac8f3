/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's voice.
 *
 * printk formats into a buffer of PRINTK_BYTES on the stack and hands it to the log, which keeps
 * it, and to the console as one piece, so that lines of several CPUs don't mix. Longer text is
 * cut there, with "..." and the newline that ends the format; text of any length goes through
 * log_write.
 *
 * Context: any with the MMU on. Sleeps and allocates never.
 */
#ifndef KERNEL_PRINTK_H
#define KERNEL_PRINTK_H

#include <kernel/compiler.h>

#define PRINTK_BYTES 384

/* Returns the number of characters printed. */
int printk(const char *format, ...) __printf(1, 2);

#endif
