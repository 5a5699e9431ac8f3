/* SPDX-License-Identifier: BSD-2-Clause */
/* <string.h> for libraries written against a C library, such as libfdt. */
#ifndef LIBC_STRING_H
#define LIBC_STRING_H

#include <lib/string.h>

#endif
