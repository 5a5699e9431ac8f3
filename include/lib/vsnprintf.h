/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Formatted output into a buffer. A subset of C's, which behaves as C says:
 *
 *   conversions  %d %i %u %x %X %o %c %s %p %%
 *   lengths      hh h l ll z t j
 *   flags        - 0 + # space, a width and a precision, either of them also *
 *
 * Beyond C: what %s and %c print is text, not control: a byte of it that isn't printable
 * (<lib/printable.h>) comes out as \xNN, a newline included, so that text from outside can neither
 * act on a terminal nor pass for a line of its own. Newlines stand in the format. A backslash
 * stays one: a text that was formatted before is not changed again.
 * %p prints 0x and lower-case hex digits, a null pointer as 0x0; a null string prints "(null)";
 * what is not a conversion, %n and %f included, is printed as it stands and takes no argument.
 *
 * Works from the first instruction of C on: no allocation, no state, no table
 * that holds an address. No page size enters here.
 */
#ifndef LIB_VSNPRINTF_H
#define LIB_VSNPRINTF_H

#include <stdarg.h>

#include <kernel/compiler.h>
#include <kernel/types.h>

/* The C library's keep their names there: tests compare these with them. */
#ifdef GRANULE_HOST
#include <stdio.h>
#define vsnprintf granule_vsnprintf
#define snprintf  granule_snprintf
#endif

/*
 * Write at most `size` bytes to `buf`, the terminator included, and return the
 * length that the whole text has without it. The text was cut if the result is
 * `size` or more. `buf` may be NULL if `size` is 0.
 */
int vsnprintf(char *buf, size_t size, const char *format, va_list args) __printf(3, 0);
int snprintf(char *buf, size_t size, const char *format, ...) __printf(3, 4);

/*
 * The same, but return how many characters are in `buf`, without the terminator:
 * always less than `size`, and 0 if that is 0. `at += scnprintf(buf + at, size -
 * at, …)` is safe, cut or not.
 */
int vscnprintf(char *buf, size_t size, const char *format, va_list args) __printf(3, 0);
int scnprintf(char *buf, size_t size, const char *format, ...) __printf(3, 4);

#endif
