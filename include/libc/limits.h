/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * <limits.h> for the kernel and for libfdt: gcc's own insists on a C library's.
 * Must be found before the compiler's directory is.
 */
#ifndef LIBC_LIMITS_H
#define LIBC_LIMITS_H

#define CHAR_BIT __CHAR_BIT__

#define INT_MAX   __INT_MAX__
#define INT_MIN   (-INT_MAX - 1)
#define UINT_MAX  (INT_MAX * 2U + 1)
#define LONG_MAX  __LONG_MAX__
#define LONG_MIN  (-LONG_MAX - 1)
#define ULONG_MAX (LONG_MAX * 2UL + 1)

#endif
