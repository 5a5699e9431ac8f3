// SPDX-License-Identifier: BSD-2-Clause
/*
 * What libfdt's objects, which are built with -fstack-protector, expect of a C library.
 *
 * The kernel's own files are built without: their stack has a guard page. The value is a
 * constant, with a zero byte that stops string overruns, because libfdt is called before
 * anything random is known.
 */
#include <lib/panic.h>

extern unsigned long __stack_chk_guard;
__noreturn void __stack_chk_fail(void);

unsigned long __stack_chk_guard = 0x595e9fbd94fda700UL;

void __stack_chk_fail(void)
{
	panic("__stack_chk_fail: a function of libfdt wrote beyond its array");
}
