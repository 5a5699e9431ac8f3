/* SPDX-License-Identifier: BSD-2-Clause */
/* Accesses that may fault. */
#ifndef ARCH_PROBE_H
#define ARCH_PROBE_H

#include <kernel/types.h>

/*
 * For tests and for looking around. They return 0, or -EFAULT if the access was refused. They are
 * in calls.S; the fault handler knows their addresses.
 */
int arch_probe_read(vaddr_t va, u8 *value);
int arch_probe_write(vaddr_t va, u8 value);
/* Calls the code at `va`, which has to return: 0 if it could be executed. */
int arch_probe_exec(vaddr_t va);

#endif
