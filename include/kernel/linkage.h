/* SPDX-License-Identifier: BSD-2-Clause */
/* Names for assembly: functions with a type and a size, so that symbols and backtraces work. */
#ifndef KERNEL_LINKAGE_H
#define KERNEL_LINKAGE_H

/* clang-format off */
#define FUNC(name) \
	.globl name; .hidden name; .type name, %function; .balign 4; name:
#define END(name) \
	.size name, . - name
/* A place in the code that C knows the address of. */
#define MARK(name) \
	.globl name; .hidden name; name:
/* clang-format on */

#endif
