/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's voice.
 *
 * printk formats into a buffer of PRINTK_BYTES on the stack and hands it to the log, which keeps
 * it, and to the console as one piece, so that lines of several CPUs don't mix. Longer text is
 * cut there, with "..." and the newline that ends the format.
 *
 * What %s and %c print is escaped (<lib/vsnprintf.h>): text from outside makes no line and moves no
 * cursor. printk_text does the same for a text of any length, in pieces.
 *
 * Context: any with the MMU on. Sleeps and allocates never.
 */
#ifndef LIB_PRINTK_H
#define LIB_PRINTK_H

#include <kernel/compiler.h>

#define PRINTK_BYTES 384

/* Returns the number of characters printed. */
int printk(const char *format, ...) __printf(1, 2);

/* Print a text of any length as %s would. Lines of other CPUs may come between its pieces. */
void printk_text(const char *text);

#endif
