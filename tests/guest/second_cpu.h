/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A second CPU, for tests of what two of them do at once. It runs one function in the kernel's map,
 * on a stack of its own, and is switched off again. It may use memory and locks, but nothing that
 * belongs to the boot CPU: no page allocator (hot lists), no console.
 */
#ifndef TESTS_GUEST_SECOND_CPU_H
#define TESTS_GUEST_SECOND_CPU_H

/* What second_cpu.S finds at the address in x0, with the MMU off. */
#define SECOND_CPU_MAIR  0  /* and tcr */
#define SECOND_CPU_TTBR0 16 /* and ttbr1 */
#define SECOND_CPU_SCTLR 32 /* and upper */
#define SECOND_CPU_STACK 48 /* and cpu */
#define SECOND_CPU_VBAR  64 /* and run */

#ifndef __ASSEMBLER__

#include <kernel/types.h>

/*
 * second_cpu_start - let another CPU run `work`, which has to return.
 *
 * NULL, or why this machine can't: half a sentence for SKIP_TEST. second_cpu_end waits for it to be
 * done, and must be called after a start that succeeded.
 */
const char *second_cpu_start(void (*work)(void));
void second_cpu_end(void);

#endif

#endif
