/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The region that `crashkernel=` asks for: a part of memblock_devicetree_reserve(), whose header
 * has the order.
 *
 * It has exactly the size and place that were asked for, or it isn't there: a crash kernel that is
 * loaded into less wouldn't fit, and one that somebody else's memory is in the middle of is no use
 * to anyone. That is no error. Where nothing is reserved, a line says why.
 *
 * The region is mapped like any other memory, since a kernel is loaded into it, and belongs to
 * nobody else until the machine is switched off.
 *
 * Locking and context: memblock's (boot, one CPU). No page size enters: places and sizes are
 * multiples of CRASH_OPTION_UNIT.
 */
#ifndef MM_MEMBLOCK_CRASHKERNEL_H
#define MM_MEMBLOCK_CRASHKERNEL_H

#include <kernel/compiler.h>
#include <mm/crash_option.h>

/*
 * Reserve the region of an option of the kind fixed, or anywhere: the highest free place. They do
 * nothing for any other kind. Errors are those of memblock_reserve().
 */
int memblock_crashkernel_fixed(const struct crash_option *option) __must_check;
int memblock_crashkernel_anywhere(const struct crash_option *option) __must_check;

#endif
