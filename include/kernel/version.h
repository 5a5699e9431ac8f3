/* SPDX-License-Identifier: BSD-2-Clause */
/* What this is, in one string. */
#ifndef KERNEL_VERSION_H
#define KERNEL_VERSION_H

#define VERSION_NUMBER "0.1"

#ifdef __clang__
#define VERSION_COMPILER __VERSION__
#else
#define VERSION_COMPILER "gcc " __VERSION__
#endif

#ifdef CONST_PAGE_SHIFT
#define VERSION_KIND ", constant page size: for comparison only"
#else
#define VERSION_KIND ""
#endif

#define VERSION_TEXT VERSION_NUMBER " (" VERSION_COMPILER VERSION_KIND ")"

#endif
