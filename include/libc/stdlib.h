/* SPDX-License-Identifier: BSD-2-Clause */
/* <stdlib.h> for libfdt, which wants strtoul from it and nothing else. */
#ifndef LIBC_STDLIB_H
#define LIBC_STDLIB_H

#include <lib/string.h>

#endif
