/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory and string functions, under the C library's names and with its
 * contracts, because the compiler emits calls to some of them and libfdt calls
 * others. What differs from the C library is said below.
 *
 * Every access is aligned to its own size: these functions run with the MMU
 * off, where memory is Device memory, and under SCTLR_EL1.A. None allocates,
 * keeps state or uses a SIMD register. No page size enters here.
 *
 * On the host the declarations come from the host's C library, so that other
 * files under test call its functions, which the sanitizers watch. lib/string.c
 * itself is compiled there under other names.
 */
#ifndef LIB_STRING_H
#define LIB_STRING_H

#include <kernel/compiler.h>
#include <kernel/errno.h>
#include <kernel/types.h>

#ifdef GRANULE_HOST
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#else

/* memcpy's areas must not overlap; memmove's may. Both return `dst`. */
void *memcpy(void *restrict dst, const void *restrict src, size_t size);
void *memmove(void *dst, const void *src, size_t size);
void *memset(void *dst, int byte, size_t size);

/* Negative, zero or positive as the first differing byte, unsigned, says. */
int memcmp(const void *a, const void *b, size_t size);
void *memchr(const void *area, int byte, size_t size);

size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t max);

/* Letters A-Z equal a-z; there is no other locale. */
int strncasecmp(const char *a, const char *b, size_t max);

/* The terminator counts as part of the string: strchr(s, 0) finds it. */
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);

/*
 * As in C for bases 0 and 2 to 36, white space and sign included. A number that
 * is too large gives ULONG_MAX, and there is no errno that would say so: kernel
 * code uses <lib/parse.h>, this is for libfdt.
 */
unsigned long strtoul(const char *s, char **end, int base);

#endif

/*
 * Copies `src` with its terminator into the `size` bytes at `dst`. Returns the
 * length of the copy without the terminator; -E2BIG if it had to be cut, and
 * then `dst` is terminated all the same (unless `size` is 0: nothing is written).
 * Bytes after the terminator are left alone.
 */
ptrdiff_t strscpy(char *dst, const char *src, size_t size);

#endif
