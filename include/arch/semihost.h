/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Semihosting: services of the debugger or emulator that runs the machine.
 *
 * Whether anybody answers is found out by trying: where nobody does, HLT 0xF000 is an undefined
 * instruction, and the exception vectors turn that one into a result of -1.
 *
 * Source: Arm, "Semihosting for AArch32 and AArch64", 2020.
 */
#ifndef ARCH_SEMIHOST_H
#define ARCH_SEMIHOST_H

#define SEMIHOST_HLT 0xf000 /* HLT's immediate */

#define SEMIHOST_WRITE0        0x04
#define SEMIHOST_ERRNO         0x13
#define SEMIHOST_EXIT_EXTENDED 0x20
#define SEMIHOST_EXIT_REASON   0x20026 /* ADP_Stopped_ApplicationExit */

#define SEMIHOST_STATUS_USAGE 2 /* of `verdict: usage`: <lib/verdict.h> has them all */

#ifndef __ASSEMBLER__

#include <kernel/types.h>

/* One call; -1 where nobody answers. The vectors know the address of its HLT. */
s64 semihost_call(u64 operation, const void *parameter);

/* Print a text by semihosting; for when there is no console. Any context, MMU off included. */
void semihost_write(const char *text);

/* Is there anybody? Any context in which the vectors are ours. */
bool semihost_answers(void);

/* End the machine with this status, or return where nobody answers. */
void semihost_exit(u32 status);

/*
 * semihost_die - say why on the only channel there is, end with `verdict: usage`, else stop.
 *
 * For boot before there can be a console. Any context.
 */
void semihost_die(const char *why) __attribute__((noreturn));

#endif

#endif
